namespace OptDsl.Charts

open System
open System.Xml.Linq

/// Plots as pictures.
[<RequireQualifiedAccess>]
module internal Picture =

    let private ring (view: View) points =
        Svg.through (points |> Array.map (fun struct (x, y) -> struct (view.X x, view.Y y)))

    // From the lowest level up, each region over the one below it.
    let private field (view: View) w h (field: Field) = [
        let bands = field.Levels.Length
        Svg.rectangle [ "class", "b0"; "fill", Theme.band bands 0 ] 0.0 0.0 w h

        for k in 1..bands do
            let data =
                Contour.regions field.Grid field.Levels[k - 1]
                |> List.map (fun r -> ring view r + "Z")

            let style = [ "class", $"b{k}"; "fill", Theme.band bands k; "fill-rule", "evenodd" ]
            Svg.element "path" (style @ [ "d", String.Join("", data) ]) []

        for level in field.Levels do
            let data = Contour.lines field.Grid level |> List.map (ring view)
            let style = [ "class", "iso"; "fill", "none"; "stroke", Theme.faint; "stroke-width", "0.6" ]
            Svg.element "path" (style @ [ "stroke-opacity", "0.6"; "d", String.Join("", data) ]) []
    ]

    // The key of the bands at the right, every so manieth level with its value.
    let private key w h (field: Field) = [
        let n = field.Levels.Length
        let band = h / float (n + 1)
        let stride = int (ceil (16.0 / band))

        for k in 0..n do
            let y = h - band * float (k + 1)
            Svg.rectangle [ "class", $"b{k}"; "fill", Theme.band n k ] (w + 16.0) y 14.0 band

        for k in 1..n do
            if k % stride = 0 then
                Svg.text "ink" 11.0 "start" (w + 35.0) (h - band * float k + 4.0) (Scale.short field.Levels[k - 1])

        if n > 0 then
            Svg.rectangle [ "class", "edge"; "fill", "none"; "stroke", Theme.faint ] (w + 16.0) 0.0 14.0 h
    ]

    let private keyWidth (plot: Plot) =
        match plot.Field with
        | Some field when field.Levels.Length > 0 ->
            40.0 + (field.Levels |> Array.map (Scale.short >> Svg.width 11.0) |> Array.max)
        | _ -> 14.0

    // A contour is drawn with equal units on both axes where that makes a picture of an ordinary shape.
    let private height (plot: Plot) w (x: Scale) (y: Scale) =
        let equal = w * (y.High - y.Low) / (x.High - x.Low)

        match plot.Height, plot.Field with
        | Some h, _ -> h
        | None, Some _ when equal >= 0.4 * w && equal <= 1.1 * w -> equal
        | None, Some _ -> 0.7 * w
        | None, None -> 300.0

    // Bounds are counted apart from what has colours.
    let private numbered (plot: Plot) =
        let number (bounds, others) (series: Series) =
            if series.Stroke = Bound then
                (bounds, series), (bounds + 1, others)
            else
                (others, series), (bounds, others + 1)

        List.mapFold number (0, 0) plot.Series |> fst

    let private isShown (x: Scale) (y: Scale) (spot: Spot) =
        spot.X >= x.Low && spot.X <= x.High && spot.Y >= y.Low && spot.Y <= y.High

    let private nameOf spot =
        match spot.Name, spot.Shape with
        | "", Start -> "start"
        | "", Minimum -> "minimiser"
        | name, _ -> name

    let private entries marked (plot: Plot) (spots: Spot list) =
        let single = plot.Series.Length = 1 && spots.IsEmpty && plot.Series.Head.Name = ""

        [
            if not single then
                for k, series in numbered plot do
                    series.Name, Frame.sample marked k series.Stroke

                for name, shape in spots |> List.map (fun spot -> nameOf spot, spot.Shape) |> List.distinct do
                    name, [ Marks.spot shape 14.0 0.0 ]
        ]

    let private empty w h =
        Svg.text "faint" 13.0 "middle" (w / 2.0) (h / 2.0) "no finite values"

    let private isEmpty (plot: Plot) =
        let finite =
            plot.Series
            |> Seq.collect _.Points
            |> Seq.exists (fun struct (x, y) -> Double.IsFinite x && Double.IsFinite y)

        not finite && plot.Field.IsNone && plot.Spots.IsEmpty

    // The data, cut at the edges of the area; marked points may stand on an edge.
    let private data id (plot: Plot) marked view w h (spots: Spot list) = [
        let clip = Svg.element "clipPath" [ "id", id ] [ Svg.rectangle [] 0.0 0.0 w h ]
        clip

        Svg.group [ "clip-path", $"url(#{id})" ] [
            match plot.Field with
            | Some it -> yield! field view w h it
            | None -> ()

            for k, series in numbered plot do
                yield! Marks.series view marked k series
        ]

        for spot in spots do
            Marks.spot spot.Shape (view.X spot.X) (view.Y spot.Y)
    ]

    let private translated x y children =
        Svg.group [ "transform", $"translate({Svg.number x} {Svg.number y})" ] children

    /// A plot of its width, and the height it takes. The id must be one of its own within the document.
    let panel (id: string) (plot: Plot) : XElement * float =
        let xs, ys = Plot.scales plot
        let named (axis: Axis) = axis.Label <> ""
        let guess = defaultArg plot.Height 300.0
        let left = Frame.labelsWidth guess ys + 12.0 + (if named plot.Y then 24.0 else 0.0)
        let w = max 60.0 (plot.Width - left - keyWidth plot - 16.0)
        let h = height plot w xs ys
        let spots = plot.Spots |> List.filter (isShown xs ys) |> List.distinct

        let marked =
            numbered plot |> List.filter (fun (_, s) -> s.Stroke <> Bound) |> List.length > 1

        let view = {
            X = Scale.place 0.0 w xs
            Y = Scale.place h 0.0 ys
            Width = w
        }

        let title, top = Frame.heading (plot.Width - 32.0) plot.Title plot.Subtitle
        let legend, rows = Frame.legend (plot.Width - 32.0) (entries marked plot spots)
        let below = if named plot.X then 46.0 else 28.0
        let lines = plot.Field.IsNone

        let area = [
            yield! Frame.horizontal lines w h xs plot.X.Label
            yield! Frame.vertical lines w h ys plot.Y.Label
            yield! data id plot marked view w h spots
            Frame.edges w h
            yield! plot.Field |> Option.map (key w h) |> Option.defaultValue []

            if isEmpty plot then
                empty w h
        ]

        let whole = [
            translated 16.0 12.0 title
            translated (16.0 + left) (12.0 + top) area
            translated 16.0 (12.0 + top + h + below + 14.0) legend
        ]

        Svg.group [] whole, 12.0 + top + h + below + rows + 10.0

    /// A standalone document of plots in so many columns.
    let document (columns: int) (plots: Plot list) : XDocument =
        let rows =
            plots
            |> List.mapi (fun i plot -> panel $"area{i}" plot, plot.Width)
            |> List.chunkBySize (max 1 columns)

        let width = rows |> List.map (List.sumBy snd) |> List.fold max 0.0
        let heights = rows |> List.map (List.map (fst >> snd) >> List.max)

        let bands =
            plots
            |> List.choose _.Field
            |> List.fold (fun most f -> max most f.Levels.Length) 0

        let tops = List.scan (+) 0.0 heights

        let lefts row =
            row |> List.map snd |> List.scan (+) 0.0

        let panels = [
            for row, top in List.zip rows (List.truncate rows.Length tops) do
                for ((content, _), _), left in List.zip row (List.truncate row.Length (lefts row)) do
                    translated left top [ content ]
        ]

        let style = Svg.content "style" [] (Theme.dark bands)
        let titles = plots |> List.map _.Title |> List.filter ((<>) "")

        let name =
            Svg.content "title" [] (titles |> List.tryHead |> Option.defaultValue "chart")

        let total = List.sum heights

        let attributes = [
            "viewBox", $"0 0 {Svg.number width} {Svg.number total}"
            "width", Svg.number width
            "height", Svg.number total
            "role", "img"
            "font-family", "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"
        ]

        let page = Svg.rectangle [ "class", "page"; "fill", Theme.page ] 0.0 0.0 width total
        XDocument(Svg.element "svg" attributes (name :: style :: page :: panels))
