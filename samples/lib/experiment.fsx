// What every experiment needs: the library, tables, a folder for pictures, claims that are checked.
#r "../../src/OptDsl.FSharp/bin/Release/net10.0/OptCore.CSharp.dll"
#r "../../src/OptDsl.FSharp/bin/Release/net10.0/OptModels.CSharp.dll"
#r "../../src/OptDsl.FSharp/bin/Release/net10.0/OptDsl.FSharp.dll"
#load "../../src/OptDsl.FSharp/content/OptDsl.FSharp.fsx"

open System
open System.Globalization
open System.IO
open OptCore
open OptDsl

let private invariant = CultureInfo.InvariantCulture
let mutable private failures = 0

/// Pictures go to the folder given as the script's argument, else to OPTDSL_OUT, else to samples/out.
let private folder =
    match List.ofArray fsi.CommandLineArgs, Environment.GetEnvironmentVariable "OPTDSL_OUT" with
    | _ :: given :: _, _ -> given
    | _, null
    | _, "" -> Path.Combine(__SOURCE_DIRECTORY__, "..", "out")
    | _, given -> given

/// A number in four digits.
let number (x: float) = x.ToString("G4", invariant)

/// What the experiment shows, before its numbers.
let shows (text: string) = printfn "%s\n" text

/// A table, numbers to the right.
let table (head: string list) (rows: string list list) =
    let isText column =
        rows
        |> List.forall (fun row -> not (Char.IsDigit(row |> List.item column |> Seq.last)))

    TextTable.lines "   " isText (head :: rows) |> List.iter (printfn "  %s")
    printfn ""

/// Writes a picture.
let picture (name: string) (chart: Chart) =
    Chart.save (Path.Combine(folder, name + ".svg")) chart
    printfn "picture %s.svg" name

/// A claim of theory, which holds or fails the script.
let claim (statement: string) (holds: bool) =
    printfn "%s %s" (if holds then "holds:" else "FAILS:") statement

    if not holds then
        failures <- failures + 1

/// Whether two numbers are equal up to a relative error.
let near (tolerance: float) (a: float) (b: float) =
    a = b || abs (a - b) <= tolerance * max (abs a) (abs b)

/// Whether a value stays below its bound at every step, up to rounding: relative, and an absolute part where the minimiser is not 0.
let below (rounding: float) (values: float seq) (bounds: float seq) =
    Seq.zip values bounds
    |> Seq.forall (fun (value, bound) -> value <= bound * (1.0 + 1e-10) + rounding)

/// ‖a − b‖.
let distance (a: float seq) (b: float seq) =
    Seq.zip a b |> Seq.sumBy (fun (x, y) -> (x - y) * (x - y)) |> sqrt

/// The points of the first so many updates, the start first.
let points (steps: int) (objective: IObjective) (start: float[]) (optimizer: Optimizer) =
    optimizer
    |> trace objective start
    |> Seq.truncate (steps + 1)
    |> Seq.map _.Point
    |> Array.ofSeq

/// The last line of a script: its exit code says whether all claims hold.
let finish () =
    if failures > 0 then
        printfn "\n%d claims fail" failures
        exit 1
