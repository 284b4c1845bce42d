namespace OptDsl.Charts

open System
open System.Xml.Linq

/// From values to pixels.
type internal View = {
    X: float -> float
    Y: float -> float
    /// The width of the area between the axes.
    Width: float
}

/// Series and points inside the axes.
[<RequireQualifiedAccess>]
module internal Marks =

    let private colour k = $"s{k % Theme.count}", Theme.series k

    // The second round through the colours is dotted.
    let private dots k =
        if k < Theme.count then
            []
        else
            [ "stroke-dasharray", "2 3" ]

    // One for each of the bounds of a picture: grey as they are, their dashes tell them apart.
    let private dashes = [| "6 4"; "2 3"; "10 3 2 3"; "12 5" |]

    /// The strokes of the k-th series, or of the k-th bound.
    let strokes (k: int) (stroke: Stroke) : (string * string) list =
        let fixedPart = [ "fill", "none"; "stroke-linejoin", "round"; "stroke-linecap", "round" ]

        match stroke with
        | Bound ->
            fixedPart
            @ [
                "class", "bound"
                "stroke", Theme.faint
                "stroke-width", "1.5"
                "stroke-dasharray", dashes[k % dashes.Length]
            ]
        | _ ->
            let style, light = colour k
            fixedPart @ [ "class", style; "stroke", light; "stroke-width", "2" ] @ dots k

    let private shapes = [|
        "M-4 0A4 4 0 1 1 4 0A4 4 0 1 1 -4 0Z"
        "M-3.5 -3.5H3.5V3.5H-3.5Z"
        "M0 -5L5 0L0 5L-5 0Z"
        "M0 -4.5L4.5 3.5H-4.5Z"
        "M0 4.5L4.5 -3.5H-4.5Z"
        "M-4.5 -1.5H-1.5V-4.5H1.5V-1.5H4.5V1.5H1.5V4.5H-1.5V1.5H-4.5Z"
    |]

    let private at (x: float) (y: float) =
        "transform", $"translate({Svg.number x} {Svg.number y})"

    /// The marker of the k-th series: its shape tells it apart where colours do not.
    let marker (k: int) (x: float) (y: float) : XElement =
        Svg.element "path" [
            "class", $"f{k % Theme.count}"
            "fill", Theme.series k
            "d", shapes[k % shapes.Length]
            at x y
        ] []

    /// A marked point: a ring for a start, a star for a minimiser.
    let spot (shape: Shape) (x: float) (y: float) : XElement =
        match shape with
        | Start ->
            let ring r style fill extra =
                Svg.element "circle" ([ "class", style; "fill", fill; "r", r; at x y ] @ extra) []

            Svg.group [] [ ring "6" "ink" Theme.ink []; ring "3.5" "page" Theme.page [] ]
        | Minimum ->
            let corner i =
                let r = if i % 2 = 0 then 9.0 else 3.8
                let angle = float i * Math.PI / 5.0
                struct (r * sin angle, -r * cos angle)

            let star = Svg.through (Seq.init 10 corner) + "Z"
            let fill = [ "class", "ink"; "fill", Theme.ink ]
            let casing = [ "class", "casing"; "fill", "none"; "stroke", Theme.page; "stroke-width", "2" ]

            Svg.group [] [
                for style in [ casing; fill ] -> Svg.element "path" (style @ [ "d", star; at x y ]) []
            ]

    /// The stretches of a series between its gaps, in pixels.
    let stretches (view: View) (points: struct (float * float)[]) : struct (float * float)[] list =
        let placed =
            points
            |> Array.map (fun struct (x, y) ->
                if Double.IsFinite x && Double.IsFinite y then
                    ValueSome(struct (view.X x, view.Y y))
                else
                    ValueNone)

        let add (done', current) place =
            match place with
            | ValueSome point -> done', point :: current
            | ValueNone -> (if List.isEmpty current then done' else current :: done'), []

        let finished, last = Array.fold add ([], []) placed

        (if List.isEmpty last then finished else last :: finished)
        |> List.map (List.rev >> Array.ofList)
        |> List.rev

    // Of thousands of points in one column of pixels the first, lowest, highest and last are seen.
    let private thinned (view: View) (points: struct (float * float)[]) =
        let column struct (x: float, _: float) = Math.Floor x

        let ascends =
            points
            |> Seq.pairwise
            |> Seq.forall (fun (struct (a, _), struct (b, _)) -> a <= b)

        if float points.Length > 4.0 * view.Width && ascends then
            let height (struct (_: float, y: float)) = y

            let kept (_, block) =
                let block = Array.ofSeq block
                let low, high = Array.minBy height block, Array.maxBy height block

                let inner =
                    if Array.IndexOf(block, low) <= Array.IndexOf(block, high) then
                        [ low; high ]
                    else
                        [ high; low ]

                List.distinct [ block[0]; yield! inner; block[block.Length - 1] ]

            points |> Seq.groupBy column |> Seq.collect kept |> Array.ofSeq
        else
            points

    // Some places along a curve, other ones for every series, so that markers do not hide each other.
    let private along k count (points: struct (float * float)[]) =
        let first, last = points[0], points[points.Length - 1]
        let struct (a, _), struct (b, _) = first, last

        [
            for i in 0 .. count - 1 do
                let x = a + (b - a) * (float i + 0.3 + 0.13 * float (k % 6)) / float count
                points |> Array.minBy (fun struct (px, _) -> abs (px - x))
        ]
        |> List.distinct

    let private curve k (series: Series) (points: struct (float * float)[]) =
        Svg.element "path" (strokes k series.Stroke @ [ "d", Svg.through points ]) []

    let private dot k struct (x, y) = marker k x y

    let private casing points =
        let style = [
            "class", "casing"
            "fill", "none"
            "stroke", Theme.page
            "stroke-width", "4"
            "stroke-opacity", "0.7"
        ]

        Svg.element "path" (style @ [ "d", Svg.through points ]) []

    let private iterates k (points: struct (float * float)[]) =
        if points.Length > 80 then
            []
        else
            let style = [ "class", $"f{k % Theme.count}"; "fill", Theme.series k; "r", "2" ]
            [ for struct (x, y) in points -> Svg.element "circle" (style @ [ at x y ]) [] ]

    /// One series; with markers where there are others to tell it from.
    let series (view: View) (marked: bool) (k: int) (series: Series) : XElement list = [
        for raw in stretches view series.Points do
            let points = thinned view raw
            let last = points[points.Length - 1]

            match series.Stroke with
            | Trail ->
                casing points
                curve k series points
                yield! iterates k points
                dot k last
            | _ when points.Length = 1 -> dot k last
            | Bound -> curve k series points
            | Line ->
                curve k series points

                if marked then
                    yield! along k 5 points |> List.map (dot k)
    ]
