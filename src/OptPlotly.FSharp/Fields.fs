namespace OptDsl.Plotting

open System
open Plotly.NET
open Plotly.NET.LayoutObjects
open OptCore
open OptDsl

/// A function over the plane: its values at (xs[i], ys[j]).
type internal Field = {
    Xs: float[]
    Ys: float[]
    Values: float[,]
}

/// Contours and surfaces, and the ways of optimizers on them.
[<RequireQualifiedAccess>]
module internal Fields =

    let private ascends (name: string) (items: float[]) =
        if
            items.Length < 2
            || Array.exists (fun (a, b) -> not (a < b)) (Array.pairwise items)
        then
            raise (
                ArgumentException(
                    $"{name} of a contour or surface does not ascend, or has less than two numbers.",
                    name
                )
            )

    let check (field: Field) =
        ascends "xs" field.Xs
        ascends "ys" field.Ys

        if
            (field.Values.GetLength 0, field.Values.GetLength 1)
            <> (field.Xs.Length, field.Ys.Length)
        then
            let found = $"{field.Values.GetLength 0} × {field.Values.GetLength 1}"
            raise (ArgumentException($"values are {found}; expected {field.Xs.Length} × {field.Ys.Length}.", "values"))

        field

    let private spaced (name: string) (low: float, high: float) n =
        if not (low < high && Double.IsFinite(high - low)) then
            let said =
                FormattableString.Invariant $"{name} is {low} … {high}; expected finite low < high."

            raise (ArgumentException(said, name))

        [| for i in 0 .. n - 1 -> low + (high - low) * float i / float (n - 1) |]

    /// A function over a rectangle, at so many points along each side.
    let sampled n xRange yRange (f: float -> float -> float) : Field =
        let xs, ys = spaced "xRange" xRange n, spaced "yRange" yRange n

        {
            Xs = xs
            Ys = ys
            Values = Array2D.init n n (fun i j -> f xs[i] ys[j])
        }

    let valueOf (objective: IObjective) =
        if objective.Dimension <> 2 then
            let found = $"{objective.Name} has {objective.Dimension} parameters"

            raise (
                ArgumentException(
                    $"{found}; a contour or surface shows 2. Chart.plane cuts a plane through more.",
                    nameof objective
                )
            )

        fun x y -> Objective.value [| x; y |] objective

    let private finite (field: Field) =
        field.Values |> Seq.cast<float> |> Seq.filter Double.IsFinite |> Array.ofSeq

    /// The scale of a field: logarithmic above a known bottom, else what suits the values.
    let scaleOf (bottom: float option) (field: Field) =
        match bottom, finite field with
        | Some bottom, _ -> Levels.Logarithmic bottom
        | None, [||] -> Levels.Linear
        | None, values -> Levels.choose values

    // plotly.js wants rows of equal y.
    let private rows (f: float -> float) (field: Field) : float[][] = [|
        for j in 0 .. field.Ys.Length - 1 -> [| for i in 0 .. field.Xs.Length - 1 -> f field.Values[i, j] |]
    |]

    // Read by a pointer only: six digits keep the page small.
    let private short (x: float) =
        if Double.IsFinite x && x <> 0.0 then
            Double.Parse(
                x.ToString("E5", Globalization.CultureInfo.InvariantCulture),
                Globalization.CultureInfo.InvariantCulture
            )
        elif x = 0.0 then
            0.0
        else
            nan

    let private bar (title: string) (levels: float[]) =
        // Every other level is enough where they are many.
        let every = if levels.Length > 8 then 2 else 1
        let shown = [| for i in 0..every .. levels.Length - 1 -> i |]

        ColorBar()
        |> Objects.set [
            "title" := box (Theme.title title)
            "tickvals" := box (Array.map float shown)
            "ticktext" := box (shown |> Array.map (Array.get (Text.labels levels)))
            "thickness" := box 16
            "outlinewidth" := box 0
        ]

    /// The trace of a filled contour with the given levels.
    let contourTrace (scale: Levels.Scale) (levels: float[]) (field: Field) : Trace =
        let contours =
            TraceObjects.Contours()
            |> Objects.set [
                "start" := box 0.0
                "end" := box (float (max 0 (levels.Length - 1)))
                "size" := box 1.0
                "coloring" := "fill"
            ]

        Trace2D "contour"
        |> Objects.set [
            "meta" := "contour"
            "x" := field.Xs
            "y" := field.Ys
            "z" := rows (Levels.position scale levels) field
            "customdata" := rows short field
            "contours" := contours
            "autocontour" := box false
            "zmin" := box -1.0
            "zmax" := box (float levels.Length)
            "colorscale" := Theme.scale
            "colorbar" := bar "f" levels
            "line"
            := Line()
               |> Objects.set [ "color" := "rgba(60,70,80,0.45)"; "width" := box 0.7 ]
               |> box
            "showlegend" := box false
            "hovertemplate" := "%{x:.4~g}, %{y:.4~g}<br>f %{customdata:.5~g}<extra></extra>"
        ]
        :> Trace

    let private ranged (values: float[]) =
        Theme.axis () |> Objects.set [ "range" := [| values[0]; Array.last values |] ]

    let contour (bottom: float option) (field: Field) : GenericChart =
        let field = check field
        let scale = scaleOf bottom field
        let levels = Levels.between 15 scale (finite field)

        let layout =
            Theme.layout 700 560
            |> Objects.set [
                "xaxis" := ranged field.Xs |> Objects.set [ "showgrid" := box false ] |> box
                "yaxis" := ranged field.Ys |> Objects.set [ "showgrid" := box false ] |> box
                "legend" := Theme.legendBelow () |> box
            ]

        Theme.chart layout [ contourTrace scale levels field ]

    /// The field behind the contour of a chart. Its values are those a pointer reads.
    let ofContour (chart: GenericChart) : Field option =
        GenericChart.getTraces chart
        |> List.tryFind (fun trace -> Objects.kind trace = "contour")
        |> Option.map (fun trace ->
            let rows = Objects.find<float[][]> "customdata" trace |> Option.get
            let xs, ys = (Objects.numbers "x" trace).Value, (Objects.numbers "y" trace).Value

            {
                Xs = xs
                Ys = ys
                Values = Array2D.init xs.Length ys.Length (fun i j -> rows[j][i])
            })

    /// The surface itself, coloured as the contour would be.
    let surface (bottom: float option) (field: Field) : GenericChart =
        let field = check field
        let scale = scaleOf bottom field
        let levels = Levels.between 15 scale (finite field)

        let trace =
            Trace3D "surface"
            |> Objects.set [
                "meta" := "surface"
                "name" := "f"
                "x" := field.Xs
                "y" := field.Ys
                "z" := rows (fun z -> if Double.IsFinite z then z else nan) field
                "surfacecolor" := rows (Levels.position scale levels) field
                "cmin" := box -1.0
                "cmax" := box (float levels.Length)
                "colorscale" := Theme.surfaceScale
                "colorbar" := bar "f" levels |> Objects.set [ "len" := 0.75 ] |> box
                "showlegend" := box false
                "hovertemplate" := "%{x:.4~g}, %{y:.4~g}<br>f %{z:.5~g}<extra></extra>"
                "contours"
                := TraceObjects.Contours()
                   |> Objects.set [
                       "x" := TraceObjects.Contours() |> Objects.set [ "highlight" := false ] |> box
                       "y" := TraceObjects.Contours() |> Objects.set [ "highlight" := false ] |> box
                       "z"
                       := TraceObjects.Contours()
                          |> Objects.set [ "show" := box true; "color" := "#5b6b7b"; "width" := box 1 ]
                          |> box
                   ]
                   |> box
            ]

        let eye = Objects.plain [ "x" := box -1.5; "y" := box -1.65; "z" := box 1.15 ]
        let aspect = Objects.plain [ "x" := box 1.0; "y" := box 1.0; "z" := box 0.75 ]

        let scene =
            Scene()
            |> Objects.set [
                "xaxis" := ranged field.Xs |> Objects.set [ "title" := Theme.title "x" ] |> box
                "yaxis" := ranged field.Ys |> Objects.set [ "title" := Theme.title "y" ] |> box
                "zaxis" := Theme.axis () |> Objects.set [ "title" := Theme.title "f" ] |> box
                "camera" := Camera() |> Objects.set [ "eye" := eye ] |> box
                "aspectmode" := "manual"
                "aspectratio" := aspect
            ]

        let layout =
            Theme.layout 760 620
            |> Objects.set [
                "scene" := box scene
                "legend" := Theme.legendBelow () |> Objects.set [ "y" := 0.02 ] |> box
                "margin"
                := Objects.set [ "l" := box 10; "r" := box 10; "t" := box 60; "b" := box 20 ] (Margin())
                   |> box
            ]

        Theme.chart layout [ trace ]

    /// The contour of a chart with other levels.
    let relevel (levels: float seq) (chart: GenericChart) : GenericChart =
        let levels = levels |> Seq.distinct |> Seq.sort |> Array.ofSeq

        if levels |> Array.exists (Double.IsFinite >> not) || levels.Length = 0 then
            raise (ArgumentException("levels are finite numbers, one at least.", nameof levels))

        match ofContour chart with
        | None -> raise (ArgumentException("The chart has no contour whose levels could be changed.", nameof chart))
        | Some field ->
            let change (trace: Trace) =
                if Objects.kind trace = "contour" then
                    contourTrace Levels.Linear levels field
                else
                    trace

            chart |> Objects.withTraces (GenericChart.getTraces chart |> List.map change)

    // Paths.

    let private place (space: bool) (xs: float[]) (ys: float[]) (zs: float[]) : (string * obj) list = [
        "x" := xs
        "y" := ys
        if space then
            "z" := zs
            "optdslHeights" := zs
    ]

    let private fresh (space: bool) : Trace =
        if space then Trace3D "scatter3d" else Trace2D "scatter"

    let private readable told =
        let others =
            told
            |> List.mapi (fun i (name, _) -> $"<br>{name} %%{{customdata[{i}]:.4~g}}")
            |> String.concat ""

        $"%%{{x:.4~g}}, %%{{y:.4~g}}{others}"

    let private spot kind text symbol (i: int) (xs, ys, zs) space showsLegend : Trace =
        fresh space
        |> Objects.set (place space xs ys zs)
        |> Objects.set [
            "meta" := kind
            "name" := text
            "legendgroup" := text
            "showlegend" := box showsLegend
            "mode" := "markers"
            "hovertemplate" := "%{x:.4~g}, %{y:.4~g}"
            "marker"
            := TraceObjects.Marker()
               |> Objects.set [
                   "symbol" := symbol
                   "size" := box (if space then 6 else i)
                   "color" := (if kind = "start" then "#ffffff" else "#f7d038")
                   "line"
                   := Line() |> Objects.set [ "color" := Theme.ink; "width" := box 1.8 ] |> box
               ]
               |> box
        ]

    // Drawn exactly on the surface a way would be half hidden in it: it is drawn a little above, by a part of the heights shown, on a
    // logarithmic axis of its own height. The heights themselves are kept beside it.
    let private heights = "optdslHeights"

    let private shown (chart: GenericChart) =
        let layout = GenericChart.getLayout chart

        let axis =
            Objects.find<Scene> "scene" layout
            |> Option.bind (Objects.find<LinearAxis> "zaxis")

        let isLog = axis |> Option.bind (Objects.find<string> "type") = Some "log"

        let values = [
            for trace in GenericChart.getTraces chart do
                match Objects.kind trace, Objects.find<float[][]> "z" trace with
                | "surface", Some rows -> yield! rows |> Seq.concat |> Seq.filter Double.IsFinite
                | _ -> ()
        ]

        match isLog, axis |> Option.bind (Objects.find<float[]> "range"), values with
        | true, _, _ -> fun (z: float) -> 1.06 * z
        | false, Some [| low; high |], _ -> fun z -> z + 0.012 * (high - low)
        | _, _, [] -> id
        | _, _, values ->
            let lift = 0.012 * (List.max values - List.min values)
            fun z -> z + lift

    /// Ways and marks over a surface, lifted as its axis of heights needs.
    let lift (chart: GenericChart) : GenericChart =
        let shown = shown chart

        let change (trace: Trace) =
            match Objects.find<float[]> heights trace with
            | Some zs -> Objects.copyTrace trace |> Objects.set [ "z" := Array.map shown zs ]
            | None -> trace

        chart |> Objects.withTraces (GenericChart.getTraces chart |> List.map change)

    let private has kind (chart: GenericChart) =
        GenericChart.getTraces chart
        |> List.exists (fun trace -> Objects.kind trace = kind)

    /// A star at a minimizer.
    let minimizer (x: float, y: float) (z: float) (chart: GenericChart) : GenericChart =
        let space = Axes.isSpatial chart

        let trace =
            spot "minimizer" "minimizer" (if space then "diamond" else "star") 15 ([| x |], [| y |], [| z |]) space

        chart |> Lines.add true (fun _ -> trace (not (has "minimizer" chart))) |> lift

    /// A way through the plane, or over the surface at the heights zs; a ring at its start.
    let path
        name
        (xs: float[])
        (ys: float[])
        (zs: float[])
        (told: (string * float[]) list)
        (chart: GenericChart)
        : GenericChart =
        let space = Axes.isSpatial chart

        let trace i =
            // The first is the widest: what another way covers still shows on both sides of it.
            let width = max 1.6 (4.6 - 1.1 * float i)
            let symbol = if space then "circle" else Theme.symbol i

            fresh space
            |> Objects.set (place space xs ys zs)
            |> Objects.set [
                "meta" := "path"
                "name" := name
                "mode" := "lines+markers"
                "hovertemplate" := readable told
                "line"
                := Line()
                   |> Objects.set [ "color" := Theme.color i; "width" := box (if space then 6.0 else width) ]
                   |> box
                "marker"
                := TraceObjects.Marker()
                   |> Objects.set [
                       "color" := Theme.color i
                       "symbol" := symbol
                       "size" := box (if space then 3.0 else 5.0 + width / 2.0)
                   ]
                   |> (fun marker ->
                       if space then
                           marker
                       else
                           Objects.set [ "maxdisplayed" := box 40 ] marker)
                   |> box
                if not told.IsEmpty then
                    "customdata" := Lines.custom told xs.Length
            ]

        let drawn = chart |> Lines.add false trace |> lift

        if xs.Length = 0 then
            drawn
        else
            let heights = if space then [| zs[0] |] else [||]

            let start =
                spot "start" "start" "circle" 11 ([| xs[0] |], [| ys[0] |], heights) space

            drawn |> Lines.add true (fun _ -> start (not (has "start" chart))) |> lift

    /// Arrows along −∇f on a grid over the contour, as long as it allows: its direction, not its size.
    let arrows (objective: IObjective) (chart: GenericChart) : GenericChart =
        match ofContour chart with
        | None -> raise (ArgumentException("Arrows of gradients stand on a contour; the chart has none.", nameof chart))
        | Some field ->
            valueOf objective |> ignore
            let n = 15

            let side (values: float[]) =
                values[0], Array.last values - values[0]

            let (x0, w), (y0, h) = side field.Xs, side field.Ys
            let cell = 0.7 / float n

            let arrow x y =
                let g = Objective.gradient [| x; y |] objective
                // The direction is that of the plane; the length is measured by the sides of the picture.
                let size = sqrt ((g[0] / w) ** 2.0 + (g[1] / h) ** 2.0)

                if size > 0.0 && Double.IsFinite size then
                    let dx, dy = -g[0] / size * cell, -g[1] / size * cell
                    Some(x - dx / 2.0, y - dy / 2.0, x + dx / 2.0, y + dy / 2.0)
                else
                    None

            let all = [|
                for i in 0 .. n - 1 do
                    for j in 0 .. n - 1 do
                        let x, y = x0 + w * (float i + 0.5) / float n, y0 + h * (float j + 0.5) / float n

                        match arrow x y with
                        | Some it -> it
                        | None -> ()
            |]

            let trace =
                Trace2D "scatter"
                |> Objects.set [
                    "meta" := "arrows"
                    "name" := "−∇f"
                    "mode" := "lines+markers"
                    "hoverinfo" := "skip"
                    "x"
                    := [|
                        for a, _, b, _ in all do
                            yield! [| a; b; nan |]
                    |]
                    "y"
                    := [|
                        for _, a, _, b in all do
                            yield! [| a; b; nan |]
                    |]
                    "line"
                    := Line() |> Objects.set [ "color" := "#6b5b4b"; "width" := box 1.0 ] |> box
                    "marker"
                    := TraceObjects.Marker()
                       |> Objects.set [
                           "symbol" := "arrow"
                           "angleref" := "previous"
                           "color" := "#6b5b4b"
                           "size"
                           := [|
                               for _ in all do
                                   yield! [| 0; 8; 0 |]
                           |]
                       ]
                       |> box
                ]

            let contour, rest =
                GenericChart.getTraces chart
                |> List.partition (fun trace -> Objects.kind trace = "contour")

            chart |> Objects.withTraces (contour @ [ trace ] @ rest) |> Theme.legend
