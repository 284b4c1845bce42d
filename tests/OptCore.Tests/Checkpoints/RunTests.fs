/// Runs that are interrupted and go on from their folder end with the bits of a run that nothing has interrupted.
module OptCore.Tests.Checkpoints.RunTests

open System
open System.IO
open System.Threading
open Expecto
open OptCore
open OptCore.Tests.BadInput.Refusals
open OptCore.Tests.Checkpoints.Published
open OptCore.Tests.Minimizing.Disturbed

/// Every update sees the value 0, the whole objective is 1: what an update sees is refuted every time. The process ends at an evaluation.
type private Misleading(at: int) =
    let mutable count = 0

    interface IObjective with
        member _.Dimension = 4
        member _.Name = "misleading"

        member _.Evaluate(_: ReadOnlySpan<float>, gradient: Span<float>) =
            gradient.Fill 1.0
            1.0

        member _.Evaluate(_: int64, _: ReadOnlySpan<float>, gradient: Span<float>) =
            count <- count + 1

            if count = at then
                raise (Stopped())

            gradient.Fill 1.0
            0.0

let private recording (log: string) (options: MinimizeOptions) =
    MinimizeOptions(
        Steps = options.Steps,
        GradientTolerance = options.GradientTolerance,
        Patience = options.Patience,
        HistoryEvery = options.HistoryEvery,
        Checkpoints = options.Checkpoints,
        Record = log
    )

let private run (text: string) (options: MinimizeOptions) (objective: IObjective) (token: CancellationToken) =
    Minimizer.Minimize(Optimizer.Parse text, objective, start, options, token)

let private toEnd text options broken =
    run text options (quiet broken) CancellationToken.None

let private summary (result: Result<float>) =
    match result.Checkpoints with
    | null -> failtest "no summary"
    | summary -> summary

let private files (folder: string) =
    List.sort [ for path in Directory.GetFiles folder -> FileInfo(path).Name ]

[<Tests>]
let tests =
    testList "checkpoint/run" [
        testCase "of the entries of a run those of doubles and of integers are read" (fun () ->
            for kind in [ "F64"; "I64"; "F32"; "U64"; "I32"; "F16"; "U8" ] do
                for length in [ 0L; 3L; int64 Array.MaxLength; int64 Array.MaxLength + 1L ] do
                    // Nothing of the largest size is made here.
                    if length < 10L || length > int64 Array.MaxLength then
                        let bytes = length * 8L

                        let target =
                            RunRecord
                                .Reader("a file")
                                .Target(StoredTensor("run/history", kind, [| length |], 0L, bytes))

                        let reads = length < 10L && (kind = "F64" || kind = "I64")
                        Expect.equal (not (isNull target)) reads $"{kind}, {length}")

        testCase "a process that ends at any evaluation" (fun () ->
            for text, broken in pipelines do
                let whole = toEnd text (without (options "-")) broken
                Expect.isNull whole.Checkpoints "none asked for"

                for at in [ 1; 2; 3; 7; 12; 13; 14; 29; 31; 40 ] do
                    inFolder (fun folder ->
                        try
                            run text (options folder) (dying at broken) CancellationToken.None |> ignore
                        with :? Stopped ->
                            ()

                        let resumed = toEnd text (options folder) broken
                        Expect.equal resumed whole $"{text}, ended at {at}"
                        Expect.isTrue (summary resumed).ResumedAt.HasValue "it says so"
                        Expect.stringContains (resumed.ToString()) "resumed at step" "in its text"))

        testCase "patience, and the waits between suspicions that were refuted, go on" (fun () ->
            let check text (objective: int -> IObjective) (with': string -> MinimizeOptions) reason =
                let whole = run text (without (with' "-")) (objective -1) CancellationToken.None
                Expect.equal whole.Reason reason "reason"

                for at in [ 6; 9; 10 ] do
                    inFolder (fun folder ->
                        try
                            run text (with' folder) (objective at) CancellationToken.None |> ignore
                        with :? Stopped ->
                            ()

                        let resumed = run text (with' folder) (objective -1) CancellationToken.None
                        Expect.equal resumed whole $"{text}, ended at {at}"
                        Expect.isTrue (summary resumed).ResumedAt.HasValue "it says so")

                whole

            let kept folder =
                Checkpoints(folder, EverySteps = 4L, HandleSignals = false)

            // Nothing moves: ten updates without an improvement.
            let standing folder =
                MinimizeOptions(Steps = 30L, Patience = 10L, Checkpoints = kept folder)

            let still at =
                Watched(sum, at, (fun () -> raise (Stopped())), never) :> IObjective

            let stalled = check "sgd 0.0" still standing Reason.Stalled
            Expect.equal stalled.Steps 10L "its patience"

            // Refuted at 0, 1, 3, 7, 15: five evaluations more, and the last one.
            let suspicious folder =
                MinimizeOptions(Steps = 30L, Target = 0.5, Checkpoints = kept folder)

            let refuted =
                check "sgd 0.05" (fun at -> Misleading at) suspicious Reason.LimitReached

            Expect.equal refuted.Evaluations 36L "twice as long each time")

        testCase "a cancelled run goes on where it stood, twice" (fun () ->
            for text, broken in pipelines do
                let whole = toEnd text (without (options "-")) broken

                for at in [ 1; 2; 5; 8; 9; 10; 17; 20 ] do
                    inFolder (fun folder ->
                        let rec lives left =
                            use source = new CancellationTokenSource()
                            let objective = Watched(batches, at, (fun () -> source.Cancel()), broken)
                            let result = run text (options folder) objective source.Token

                            if result.Reason = Reason.Cancelled && left > 0 then
                                lives (left - 1)
                            elif result.Reason = Reason.Cancelled then
                                toEnd text (options folder) broken
                            else
                                result

                        Expect.equal (lives 2) whole $"{text}, cancelled at every {at}th"))

        testCase "nothing is evaluated twice after a cancellation" (fun () ->
            inFolder (fun folder ->
                use source = new CancellationTokenSource()
                let first = Watched(batches, 8, (fun () -> source.Cancel()), never)
                run "sgd 0.05 |> accumulate 3" (options folder) first source.Token |> ignore
                let second = quiet never

                run "sgd 0.05 |> accumulate 3" (options folder) second CancellationToken.None
                |> ignore

                Expect.equal (first.Count + second.Count) 90 "three for each of thirty updates"))

        testCase "a finished run is the same when it is asked for again, and goes on for more steps" (fun () ->
            inFolder (fun folder ->
                let text, broken = List.head pipelines
                let first = toEnd text (options folder) broken
                let again = quiet broken
                Expect.equal (run text (options folder) again CancellationToken.None) first "again"
                Expect.equal again.Count 0 "no update is made again"

                let longer (o: MinimizeOptions) =
                    MinimizeOptions(Steps = 45L, HistoryEvery = 2, Checkpoints = o.Checkpoints)

                Expect.equal
                    (toEnd text (longer (options folder)) broken)
                    (toEnd text (longer (without (options folder))) broken)
                    "more steps"))

        testCase "from a state, and with a stop in between" (fun () ->
            inFolder (fun folder ->
                let plan = (Optimizer.Parse "adam 0.05").Plan 4

                let later =
                    (Minimizer.Minimize(plan, batches, start, MinimizeOptions(Steps = 5L))).State

                let whole = Minimizer.Minimize(later, batches, without (options "-"))
                use source = new CancellationTokenSource()

                Minimizer.Minimize(
                    later,
                    Watched(batches, 8, (fun () -> source.Cancel()), never),
                    options folder,
                    source.Token
                )
                |> ignore

                let resumed = Minimizer.Minimize(later, quiet never, options folder)
                Expect.equal resumed whole "the same"
                Expect.equal (summary resumed).ResumedAt (Nullable 13L) "five before, eight then"))

        testCase "so many files are kept, and none half written" (fun () ->
            inFolder (fun folder ->
                let keep k =
                    MinimizeOptions(
                        Steps = 30L,
                        Checkpoints = Checkpoints(folder, EverySteps = 4L, Keep = k, HandleSignals = false)
                    )

                File.WriteAllText(Path.Combine(folder, "step-000000000009.safetensors.1.1.writing"), "left over")
                let result = toEnd "sgd 0.05" (keep 3) never
                Expect.equal (summary result).Written 9 "start, seven, end"

                Expect.equal
                    (files folder)
                    [ for step in [ 24L; 28L; 30L ] -> $"step-{step:D12}.safetensors" ]
                    "the newest"))

        testCase "every span of time" (fun () ->
            inFolder (fun folder ->
                let result =
                    toEnd
                        "sgd 0.05"
                        (MinimizeOptions(
                            Steps = 20L,
                            Checkpoints = Checkpoints(folder, Every = TimeSpan.FromTicks 1L, HandleSignals = false)
                        ))
                        never

                Expect.equal (summary result).Written 21 "the start and every update"))

        testCase "the time goes on, for the result and for the files that are due" (fun () ->
            inFolder (fun folder ->
                let kept =
                    MinimizeOptions(
                        Steps = 30L,
                        Checkpoints = Checkpoints(folder, Every = TimeSpan.FromMinutes 30.0, HandleSignals = false)
                    )

                use source = new CancellationTokenSource()
                let first = Watched(batches, 8, (fun () -> source.Cancel()), never)
                run "sgd 0.05" kept first source.Token |> ignore

                // An hour has gone by until there.
                let path = Path.Combine(folder, List.last (files folder))
                let hour = TimeSpan.FromHours(1.0).Ticks

                let aged (item: Item) = {
                    item with
                        Bytes = Array.concat [ item.Bytes[..15]; BitConverter.GetBytes hour; item.Bytes[24..] ]
                }

                File.WriteAllBytes(path, render (withItem "run/counts" aged (read path)))
                let resumed = toEnd "sgd 0.05" kept never
                Expect.isGreaterThan resumed.Elapsed (TimeSpan.FromHours 1.0) "the hour before"
                Expect.isLessThan resumed.Elapsed (TimeSpan.FromHours 1.4) "once"
                Expect.equal (summary resumed).Written 1 "the end: half an hour has not gone by since"))

        testCase "a damaged file is passed over for the one before" (fun () ->
            for text, broken in pipelines do
                inFolder (fun folder ->
                    let whole = toEnd text (without (options "-")) broken
                    toEnd text (options folder) broken |> ignore
                    let newest = Path.Combine(folder, List.last (files folder))
                    let bytes = File.ReadAllBytes newest
                    bytes[bytes.Length / 2] <- bytes[bytes.Length / 2] ^^^ 1uy
                    File.WriteAllBytes(newest, bytes)
                    let resumed = toEnd text (options folder) broken
                    Expect.equal resumed whole text
                    Expect.hasLength (summary resumed).PassedOver 1 "it says so"
                    // Half of both.
                    for file in files folder do
                        let path = Path.Combine(folder, file)
                        File.WriteAllBytes(path, Array.truncate 100 (File.ReadAllBytes path))

                    let anew = toEnd text (options folder) broken
                    Expect.equal anew whole "from the start"
                    Expect.equal (summary anew).ResumedAt (Nullable()) "it says so"
                    Expect.equal (files folder).Length 2 "only whole ones are left"))

        testCase "the folder of another run is refused and left as it is" (fun () ->
            inFolder (fun folder ->
                let text, _ = List.head pipelines
                toEnd text (options folder) never |> ignore
                let before = files folder

                let refusedRun words (action: unit -> Result<float>) =
                    argument ("another run" :: words) action

                refusedRun [ "adam" ] (fun () -> toEnd "adam 0.05" (options folder) never)

                refusedRun [ "objective watched" ] (fun () ->
                    Minimizer.Minimize(Optimizer.Parse text, batches, start, options folder))

                refusedRun [ "start" ] (fun () ->
                    Minimizer.Minimize(Optimizer.Parse text, quiet never, Array.map ((*) 2.0) start, options folder))

                Expect.equal (files folder) before "as it was"))

        testCase "a folder that cannot be written is found at the start, or told at the end" (fun () ->
            inFolder (fun folder ->
                let taken = Path.Combine(folder, "file")
                File.WriteAllText(taken, "no folder")

                Expect.throwsT<IOException>
                    (fun () -> toEnd "sgd 0.05" (options taken) never |> ignore)
                    "at the start"

                let gone = Path.Combine(folder, "gone")
                let whole = toEnd "sgd 0.05" (without (options gone)) never

                let losing = Watched(batches, 10, (fun () -> Directory.Delete(gone, true)), never)

                let result = run "sgd 0.05" (options gone) losing CancellationToken.None
                Expect.equal result whole "the run goes on"
                Expect.equal (summary result).Failed 6 "8 is written; 12, 16, 20, 24, 28, 30 are not"
                Expect.stringContains (result.ToString()) "not written" "it says so"))

        testCase "the log of a run that was interrupted is that of an undisturbed one, byte for byte" (fun () ->
            for text, broken in pipelines do
                inFolder (fun folder ->
                    let whole = Path.Combine(folder, "whole.log")
                    toEnd text (recording whole (without (options "-"))) broken |> ignore

                    for at in [ 1; 2; 8; 13; 20; 29 ] do
                        for gentle in [ false; true ] do
                            let log = Path.Combine(folder, $"{at}-{gentle}.log")
                            let kept = recording log (options (Path.Combine(folder, $"{at}-{gentle}")))
                            use source = new CancellationTokenSource()

                            let stop () =
                                if gentle then source.Cancel() else raise (Stopped())

                            try
                                run text kept (Watched(batches, at, stop, broken)) source.Token |> ignore
                            with :? Stopped ->
                                ()

                            toEnd text kept broken |> ignore
                            Expect.equal (File.ReadAllText log) (File.ReadAllText whole) $"{text}, {at}, {gentle}"
                            toEnd text kept broken |> ignore
                            Expect.equal (File.ReadAllText log) (File.ReadAllText whole) "a finished run adds nothing"))

        testCase
            "a log that is not there begins where the run resumes; one of another run is refused and left as it is"
            (fun () ->
                inFolder (fun folder ->
                    let text, broken = List.head pipelines
                    let log = Path.Combine(folder, "a.log")
                    let kept = options (Path.Combine(folder, "run"))
                    use source = new CancellationTokenSource()

                    run text kept (Watched(batches, 13, (fun () -> source.Cancel()), broken)) source.Token
                    |> ignore

                    let resumed = toEnd text (recording log kept) broken
                    Expect.equal (summary resumed).ResumedAt (Nullable 13L) "resumed"
                    Expect.equal (string (Replay.Run(log, quiet broken))) "the same for 17 updates" "replayed"

                    let text' = File.ReadAllText log
                    // Another start, another objective, a step that is missing, a line that is cut off, no log at all.
                    let lines = File.ReadAllLines log
                    let other = Path.Combine(folder, "other.log")

                    Minimizer.Minimize(
                        Optimizer.Parse text,
                        quiet broken,
                        Array.map ((*) 2.0) start,
                        recording other (without (options "-"))
                    )
                    |> ignore

                    for wrong, words in
                        [
                            File.ReadAllText other, [ "another state" ]
                            text'.Replace("objective watched", "objective seen"), [ "objective" ]
                            String.Join("\n", Array.removeAt 5 lines) + "\n", [ "no step 15" ]
                            text'.Substring(0, text'.Length - 10), [ "within a line" ]
                            "", [ "objective" ]
                        ] do
                        File.WriteAllText(log, wrong)

                        argument ("a.log" :: "step 30" :: words) (fun () -> toEnd text (recording log kept) broken)

                        Expect.equal (File.ReadAllText log) wrong "as it was"))

        testCase "what a log has beyond the end of a shorter run is cut off" (fun () ->
            inFolder (fun folder ->
                let text, broken = List.head pipelines

                let shorter (o: MinimizeOptions) =
                    MinimizeOptions(
                        Steps = 25L,
                        GradientTolerance = o.GradientTolerance,
                        Patience = o.Patience,
                        HistoryEvery = o.HistoryEvery,
                        Checkpoints = o.Checkpoints
                    )

                let whole, log = Path.Combine(folder, "whole.log"), Path.Combine(folder, "a.log")
                toEnd text (recording whole (shorter (without (options "-")))) broken |> ignore
                let kept = options (Path.Combine(folder, "run"))

                // The newest file is of step 24; the log has the updates 24 and 25, too.
                try
                    run text (recording log kept) (dying 27 broken) CancellationToken.None |> ignore
                with :? Stopped ->
                    ()

                Expect.hasLength (File.ReadAllLines log) 29 "three lines, and twenty-six updates"
                let resumed = toEnd text (recording log (shorter kept)) broken
                Expect.equal (summary resumed).ResumedAt (Nullable 24L) "resumed"
                Expect.equal (File.ReadAllText log) (File.ReadAllText whole) "as if it had never been there"))

        testCase "a log that began where the run resumes goes on, when it resumes there again" (fun () ->
            inFolder (fun folder ->
                let text, broken = List.head pipelines
                let log = Path.Combine(folder, "a.log")
                let kept = options (Path.Combine(folder, "run"))
                use source = new CancellationTokenSource()

                run text kept (Watched(batches, 13, (fun () -> source.Cancel()), broken)) source.Token
                |> ignore

                // Before there is another file.
                try
                    run text (recording log kept) (dying 2 broken) CancellationToken.None |> ignore
                with :? Stopped ->
                    ()

                let resumed = toEnd text (recording log kept) broken
                Expect.equal (summary resumed).ResumedAt (Nullable 13L) "resumed"
                Expect.equal (string (Replay.Run(log, quiet broken))) "the same for 17 updates" "replayed"))

        testCase "no log begins between the gradients of one update" (fun () ->
            inFolder (fun folder ->
                let text = "sgd 0.05 |> accumulate 3"
                let kept = options (Path.Combine(folder, "run"))
                use source = new CancellationTokenSource()

                run text kept (Watched(batches, 8, (fun () -> source.Cancel()), never)) source.Token
                |> ignore

                argument [ "no log"; "step 2" ] (fun () ->
                    toEnd text (recording (Path.Combine(folder, "a.log")) kept) never)))

        testCase "wrong options" (fun () ->
            argument [ "Folder" ] (fun () -> Checkpoints "")
            range [ "EverySteps"; "1 ≤ value" ] (fun () -> Checkpoints("a", EverySteps = 0L))
            range [ "Every"; "0 < value" ] (fun () -> Checkpoints("a", Every = TimeSpan.Zero))
            range [ "Keep"; "1 ≤ value" ] (fun () -> Checkpoints("a", Keep = 0)))
    ]
