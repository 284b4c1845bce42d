// What every experiment needs: the library, tables, a folder for pictures, claims that are checked.
#load "charts.fsx"

open System
open System.Globalization
open OptCore
open OptDsl
open Plotly.NET

let private invariant = CultureInfo.InvariantCulture
let mutable private failures = 0

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
let picture (name: string) (chart: GenericChart) = Charts.picture name chart

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
