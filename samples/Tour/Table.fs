/// Aligned tables on the console.
module Tour.Table

open System

/// A heading with a line under it.
let heading (text: string) =
    printfn "\n%s\n%s\n" text (String('─', text.Length))

/// Four significant digits.
let number (value: float) = value.ToString "G4"

let private widths (rows: string list list) =
    rows |> List.transpose |> List.map (List.map String.length >> List.max)

/// The first column to the left, the others to the right.
let private line (widths: int list) (cells: string list) =
    List.zip widths cells
    |> List.mapi (fun column (width, cell) ->
        if column = 0 then
            cell.PadRight width
        else
            cell.PadLeft width)
    |> String.concat "   "

/// Prints a table; all rows as long as the header.
let print (header: string list) (rows: string list list) =
    let widths = widths (header :: rows)
    printfn "  %s" (line widths header)
    printfn "  %s" (widths |> List.map (fun width -> String('─', width)) |> String.concat "   ")
    rows |> List.iter (line widths >> printfn "  %s")
