/// Every file that is generated, whole or in part.
module WordWriter.Generated

open System

let private first =
    "    // From here to the end of the region generated from the records by scripts/generate."

let private last = "    // The end of the region."

/// A text with its region replaced.
let private region (content: string) (old: string) =
    match old.IndexOf(first, StringComparison.Ordinal), old.IndexOf(last, StringComparison.Ordinal) with
    | start, stop when start >= 0 && stop > start -> $"{old[.. start - 1]}{first}\n\n{content}\n\n{old[stop..]}"
    | _ -> failwith $"there is no region:\n{first}\n{last}"

let private fluent = "src/OptCore.CSharp/Pipelines/Fluent/"

/// The path in the repository, and what the file should be, given what it is.
let files: (string * (string -> string)) list = [
    $"{fluent}Optimizer.Heads.cs", (fun _ -> CSharp.heads ())
    $"{fluent}Optimizer.Stages.cs", (fun _ -> CSharp.stages ())
    $"{fluent}Optimizer.Schedules.cs", (fun _ -> CSharp.schedules ())
    "src/OptDsl.FSharp/HeadWords.fs", (fun old -> region (FSharp.heads ()) old)
    "src/OptDsl.FSharp/StageWords.fs", (fun old -> region (FSharp.stages ()) old)
    "src/OptDsl.FSharp/ScheduleWords.fs", (fun old -> region (FSharp.schedules ()) old)
    "src/OptDsl.FSharp/OptimizerWords.fs", (fun old -> region (FSharp.optimizers ()) old)
    "src/OptDsl.FSharp/Schedule.fs", (fun old -> region (FSharp.values ()) old)
    "docs/formulas.md", (fun _ -> Formulas.write ())
]
