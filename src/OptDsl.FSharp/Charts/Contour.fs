namespace OptDsl.Charts

open System
open System.Collections.Generic

/// Values on a rectangular grid: Values[i, j] belongs to (Xs[i], Ys[j]). Xs and Ys ascend.
type internal Grid = {
    Xs: float[]
    Ys: float[]
    Values: float[,]
}

/// Marching squares. Where a value is +∞ or NaN it lies above every level; a saddle is decided by the mean of its corners.
[<RequireQualifiedAccess>]
module internal Contour =

    // An edge of the grid: from (i, j) to the right (true) or upwards.
    [<Struct>]
    type private Edge = { I: int; J: int; Right: bool }

    let private above level value = not (value < level)

    // Where the level lies on an edge: linear, at the finite end where the other one is not finite.
    let private part (level: float) (a: float) (b: float) =
        if not (Double.IsFinite a) then 1.0
        elif not (Double.IsFinite b) then 0.0
        else (level - a) / (b - a)

    let private point grid level edge =
        let x, y, v = grid.Xs[edge.I], grid.Ys[edge.J], grid.Values[edge.I, edge.J]

        if edge.Right then
            struct (x + part level v grid.Values[edge.I + 1, edge.J] * (grid.Xs[edge.I + 1] - x), y)
        else
            struct (x, y + part level v grid.Values[edge.I, edge.J + 1] * (grid.Ys[edge.J + 1] - y))

    // The pairs of edges that the level connects within the cell of (i, j): bottom, right, top, left.
    let private connections grid level i j =
        let corners = [|
            grid.Values[i, j]
            grid.Values[i + 1, j]
            grid.Values[i + 1, j + 1]
            grid.Values[i, j + 1]
        |]

        let bottom = { I = i; J = j; Right = true }
        let left = { I = i; J = j; Right = false }
        let right = { I = i + 1; J = j; Right = false }
        let top = { I = i; J = j + 1; Right = true }
        let edges = [| bottom; right; top; left |]
        let sides = corners |> Array.map (above level)

        let crossed =
            Array.indexed edges
            |> Array.filter (fun (k, _) -> sides[k] <> sides[(k + 1) % 4])
            |> Array.map snd

        match crossed with
        | [| a; b |] -> [ a, b ]
        | [| _; _; _; _ |] when above level (Array.average corners) = sides[0] -> [ bottom, right; top, left ]
        | [| _; _; _; _ |] -> [ left, bottom; right, top ]
        | _ -> []

    let private neighbours grid level =
        let table = Dictionary<Edge, Edge list>()

        let add a b =
            table[a] <- b :: (if table.ContainsKey a then table[a] else [])

        for i in 0 .. grid.Xs.Length - 2 do
            for j in 0 .. grid.Ys.Length - 2 do
                for a, b in connections grid level i j do
                    add a b
                    add b a

        table

    /// The lines on which the value is the level; a closed one ends at its start.
    let lines (grid: Grid) (level: float) : struct (float * float)[] list =
        let table = neighbours grid level
        let seen = HashSet<Edge>()

        let rec walk line edge =
            if seen.Add edge then
                match table[edge] |> List.tryFind (seen.Contains >> not) with
                | Some next -> walk (edge :: line) next
                | None -> edge :: line
            else
                line

        let from start =
            let line = walk [] start
            let isRing = line.Length > 2 && List.contains start table[line.Head]

            List.map (point grid level) (if isRing then start :: line else line)
            |> Array.ofList

        // The open lines from their ends first, then what is left: rings.
        let ends = [
            for pair in table do
                if pair.Value.Length = 1 then
                    pair.Key
        ]

        [
            for start in Seq.append ends (List.ofSeq table.Keys) do
                if not (seen.Contains start) then
                    from start
        ]

    // A border below every level closes the lines at the edge of the picture.
    let private bordered grid =
        let twice (xs: float[]) = [| xs[0]; yield! xs; xs[xs.Length - 1] |]
        let columns, rows = grid.Xs.Length, grid.Ys.Length

        {
            Xs = twice grid.Xs
            Ys = twice grid.Ys
            Values =
                Array2D.init (columns + 2) (rows + 2) (fun i j ->
                    if i = 0 || j = 0 || i > columns || j > rows then
                        Double.NegativeInfinity
                    else
                        grid.Values[i - 1, j - 1])
        }

    /// The rings that enclose, by the even-odd rule, the part of the grid whose values are not below the level.
    let regions (grid: Grid) (level: float) : struct (float * float)[] list = lines (bordered grid) level

    /// Levels between the smallest and the largest finite value: evenly spaced in the logarithm of the distance from the
    /// given bottom, from what a thousandth of the grid lies below, over at most six decades; none where the grid is constant.
    let levels (count: int) (bottom: float) (grid: Grid) : float[] =
        let heights =
            [|
                for v in Seq.cast<float> grid.Values do
                    if Double.IsFinite v && v > bottom then
                        v - bottom
            |]
            |> Array.sort

        if heights.Length = 0 || heights[0] = heights[heights.Length - 1] then
            [||]
        else
            let high = heights[heights.Length - 1]
            let low = max heights[heights.Length / 1000] (high * 1e-6)

            [|
                for k in 1..count -> bottom + low * Math.Pow(high / low, float k / float (count + 1))
            |]
