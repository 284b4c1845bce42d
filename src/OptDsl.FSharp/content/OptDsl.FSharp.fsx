// Loaded by F# Interactive: with the package (#r "nuget: OptDsl") by itself, from a checkout by #load.
// Every value of these libraries that can say what it is prints so: an optimizer as the code that builds it, a result in a line.

open System
open System.Text.RegularExpressions
open OptCore

/// Whether the type is one of these libraries' and has a text that somebody wrote; the one that F# makes of a record is no better than the
/// prompt's own.
let private speaks (value: Type) =
    Regex.IsMatch(string (value.Assembly.GetName().Name), @"^Opt\w+\.[CF]Sharp$")
    && (match value.GetMethod("ToString", Type.EmptyTypes) with
        | null -> false
        | method ->
            method.DeclaringType <> typeof<obj>
            && method.DeclaringType <> typeof<ValueType>
            && not (
                value.IsDefined(typeof<CompilationMappingAttribute>, false)
                && method.IsDefined(typeof<Runtime.CompilerServices.CompilerGeneratedAttribute>, false)
            ))

// No text: F# Interactive asks the next printer, and prints in its own way in the end.
fsi.AddPrinter(fun (value: obj) ->
    if speaks (value.GetType()) && not (value :? exn) then
        string value
    else
        Unchecked.defaultof<string>)

// A user's own types, too.
fsi.AddPrinter(fun (objective: IObjective) -> string objective)
fsi.AddPrinter(fun (schedule: ISchedule) -> string schedule)
fsi.AddPrinter(fun (stage: IStage) -> Words.Print stage)
// F# calls the number types by other names than the library's messages do.
fsi.AddPrinter(fun (plan: Plan<float>) -> (string plan).Replace(" of Double", " of float"))
fsi.AddPrinter(fun (plan: Plan<float32>) -> (string plan).Replace(" of Single", " of float32"))
