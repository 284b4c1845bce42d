/// Aligned tables on the console.
module Tour.Table

open System
open OptDsl

/// A heading with a line under it.
let heading (text: string) =
    printfn "\n%s\n%s\n" text (String('─', text.Length))

/// Four significant digits.
let number (value: float) = value.ToString "G4"

/// Prints a table with a line under its header; the first column to the left, the others to the right.
let print (header: string list) (rows: string list list) =
    let under =
        TextTable.widths (header :: rows) |> List.map (fun width -> String('─', width))

    header :: under :: rows
    |> TextTable.lines "   " (fun column -> column = 0)
    |> List.iter (printfn "  %s")
