namespace OptDsl.Charts

open System.Xml.Linq

/// What stands around the data of a plot: its axes, title, legend, and the key of a contour.
[<RequireQualifiedAccess>]
module internal Frame =

    let small = 12.0
    let private titleSize = 15.0

    /// How many labels fit side by side on an axis so wide: fewer, the wider they are.
    let private ticksAcross (width: float) scale =
        let fits (ticks: (float * string) list) =
            let widest =
                ticks |> List.fold (fun most (_, label) -> max most (Svg.width small label)) 0.0

            float ticks.Length * (widest + 14.0) <= width + widest

        [ 8..-1..1 ]
        |> List.map (fun count -> Scale.ticks (min count (int (width / 60.0))) scale)
        |> List.tryFind fits
        |> Option.defaultValue []

    let private ticksUp (height: float) scale =
        Scale.ticks (max 2 (int (height / 42.0))) scale

    /// The room that the labels of the vertical axis need.
    let labelsWidth (height: float) (scale: Scale) : float =
        ticksUp height scale
        |> List.fold (fun most (_, label) -> max most (Svg.width small label)) 0.0

    let private grid = Svg.line "grid" Theme.lines
    let private tick = Svg.line "edge" Theme.faint

    /// The horizontal axis at the height h, over the width w: labels, grid lines where asked for, name.
    let horizontal (lines: bool) (w: float) (h: float) (scale: Scale) (label: string) : XElement list = [
        for x, label in ticksAcross w scale do
            let px = Scale.place 0.0 w scale x

            if lines then
                grid px 0.0 px h

            tick px h px (h + 5.0)
            Svg.text "ink" small "middle" px (h + 19.0) label

        for x in Scale.minor scale do
            let px = Scale.place 0.0 w scale x
            tick px h px (h + 3.0)

        if label <> "" then
            Svg.text "ink" small "middle" (w / 2.0) (h + 38.0) (Svg.shorten (int (w / 7.0)) label)
    ]

    /// The vertical axis at the left: labels, grid lines where asked for, name.
    let vertical (lines: bool) (w: float) (h: float) (scale: Scale) (label: string) : XElement list = [
        for y, label in ticksUp h scale do
            let py = Scale.place h 0.0 scale y

            if lines then
                grid 0.0 py w py

            tick -5.0 py 0.0 py
            Svg.text "ink" small "end" -8.0 (py + 4.0) label

        for y in Scale.minor scale do
            let py = Scale.place h 0.0 scale y
            tick -3.0 py 0.0 py

        if label <> "" then
            let name = Svg.text "ink" small "middle" 0.0 0.0 (Svg.shorten (int (h / 7.0)) label)
            let x = -(labelsWidth h scale + 22.0)

            name.SetAttributeValue(
                XName.Get "transform",
                $"translate({Svg.number x} {Svg.number (h / 2.0)}) rotate(-90)"
            )

            name
    ]

    /// The four edges of the area.
    let edges (w: float) (h: float) : XElement =
        Svg.rectangle [ "class", "edge"; "fill", "none"; "stroke", Theme.faint ] 0.0 0.0 w h

    /// Title and subtitle over a picture of the width, and the height they take.
    let heading (width: float) (title: string) (subtitle: string) : XElement list * float =
        let titles = Svg.wrap (int (width / (0.58 * titleSize))) title
        let notes = Svg.wrap (int (width / (0.55 * small))) subtitle
        let below = 20.0 * float titles.Length

        let bold i line =
            let text = Svg.text "ink" titleSize "start" 0.0 (16.0 + 20.0 * float i) line
            text.SetAttributeValue(XName.Get "font-weight", "600")
            text

        let note i line =
            Svg.text "faint" small "start" 0.0 (below + 13.0 + 16.0 * float i) line

        let height = below + 16.0 * float notes.Length
        List.mapi bold titles @ List.mapi note notes, (if height > 0.0 then height + 10.0 else 6.0)

    /// Entries of a legend side by side, in as many rows as the width asks for, and the height they take.
    let legend (width: float) (entries: (string * XElement list) list) : XElement list * float =
        let limit = int ((width - 36.0) / (0.58 * small))

        let size (name: string) =
            36.0 + Svg.width small (Svg.shorten limit name) + 16.0

        let place (placed, x, y) (name, sample) =
            let x, y =
                if x > 0.0 && x + size name - 16.0 > width then
                    0.0, y + 20.0
                else
                    x, y

            let label = Svg.text "ink" small "start" 36.0 4.0 (Svg.shorten limit name)

            let whole =
                Svg.group [ "transform", $"translate({Svg.number x} {Svg.number y})" ] (sample @ [ label ])

            whole :: placed, x + size name, y

        let placed, _, y = entries |> List.fold place ([], 0.0, 0.0)
        List.rev placed, (if entries.IsEmpty then 0.0 else y + 20.0)

    /// What a series looks like, for the legend.
    let sample (marked: bool) (k: int) (stroke: Stroke) : XElement list = [
        Svg.element "path" (Marks.strokes k stroke @ [ "d", "M0 0H28" ]) []
        if stroke = Trail || (stroke = Line && marked) then
            Marks.marker k 14.0 0.0
    ]
