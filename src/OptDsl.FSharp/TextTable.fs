namespace OptDsl

/// <summary>Tables in plain text.</summary>
[<RequireQualifiedAccess>]
module TextTable =

    /// <summary>The width of every column: that of its longest cell. All rows must have the same number of cells.</summary>
    let widths (rows: string list list) : int list =
        rows |> List.transpose |> List.map (List.map String.length >> List.max)

    /// <summary>
    /// The rows as lines of aligned columns, without blanks at their ends: <c>TextTable.lines "  " (fun column -> column = 0) rows</c>
    /// aligns the first column to the left, the others to the right. All rows must have the same number of cells.
    /// </summary>
    let lines (gap: string) (isLeft: int -> bool) (rows: string list list) : string list =
        let widths = widths rows

        let pad column (width: int) (cell: string) =
            if isLeft column then
                cell.PadRight width
            else
                cell.PadLeft width

        [
            for row in rows -> (List.map3 pad [ 0 .. widths.Length - 1 ] widths row |> String.concat gap).TrimEnd()
        ]
