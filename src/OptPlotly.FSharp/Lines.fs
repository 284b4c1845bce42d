namespace OptDsl.Plotting

open System
open Plotly.NET
open Plotly.NET.LayoutObjects

/// A line as data: where its points lie, and what a pointer on them reads beside that.
type internal Series = {
    Name: string
    X: float[]
    Y: float[]
    /// Further numbers of every point: their name, and one for each.
    Told: (string * float[]) list
}

/// Lines over an axis, the bounds of theory on them, marked places.
[<RequireQualifiedAccess>]
module internal Lines =

    // Beyond that many points a line is thinned: a page of millions of numbers would not open.
    let private most = 4000
    // The start of a run stays whole, so that a logarithmic axis shows it.
    let private head = 500

    /// The indices of the points that are drawn: all of few; of many the first ones, and of each group of the rest those with the
    /// smallest and the largest value, so that no spike is lost.
    let kept (values: float[]) : int[] =
        if values.Length <= most then
            [| 0 .. values.Length - 1 |]
        else
            let groups = (most - head) / 2
            let rest = values.Length - head

            let border k =
                head + int (int64 rest * int64 k / int64 groups)

            [|
                yield! [| 0 .. head - 1 |]

                for k in 0 .. groups - 1 do
                    let group = [| border k .. border (k + 1) - 1 |]
                    let shown = group |> Array.filter (fun i -> Double.IsFinite values[i])

                    if shown.Length = 0 then
                        yield group[0]
                    else
                        let least, largest =
                            Array.minBy (Array.get values) shown, Array.maxBy (Array.get values) shown

                        yield! Array.distinct [| min least largest; max least largest |]

                yield values.Length - 1
            |]
            |> Array.distinct

    // JSON has no infinities; like NaN they are gaps.
    let private finite = Array.map (fun x -> if Double.IsFinite x then x else nan)

    let private thinned (series: Series) =
        let kept = kept series.Y

        let pick (values: float[]) =
            kept |> Array.map (Array.get values) |> finite

        {
            series with
                X = pick series.X
                Y = pick series.Y
                Told = [ for name, values in series.Told -> name, pick values ]
        }

    /// What a pointer reads: the names of x and y, then what else is told.
    let hover (x: string) (y: string) (told: (string * float[]) list) =
        let others =
            told
            |> List.mapi (fun i (name, _) -> $"<br>{name} %%{{customdata[{i}]:.4~g}}")
            |> String.concat ""

        $"{x} %%{{x}}<br>{y} %%{{y:.4~g}}{others}"

    /// The numbers told, point by point.
    let custom (told: (string * float[]) list) (count: int) : float[][] = [|
        for i in 0 .. count - 1 -> [| for _, values in told -> values[i] |]
    |]

    let private told (names: string * string) (series: Series) (trace: Trace2D) =
        let hover = hover (fst names) (snd names) series.Told
        trace |> Objects.set [ "hovertemplate" := hover ] |> ignore

        if series.Told.IsEmpty then
            trace
        else
            trace |> Objects.set [ "customdata" := custom series.Told series.X.Length ]

    let private trace kind (series: Series) =
        Trace2D "scatter"
        |> Objects.set [ "meta" := kind; "name" := series.Name; "x" := series.X; "y" := series.Y ]

    /// The i-th line of a picture, of which a pointer reads (x, y) by these names.
    let line (names: string * string) (i: int) (series: Series) : Trace =
        let series = thinned series

        trace "line" series
        |> told names series
        |> Objects.set [
            "mode" := "lines+markers"
            "cliponaxis" := box false
            "line"
            := Line()
               |> Objects.set [
                   "color" := Theme.color i
                   "width" := box (if i = 0 then 2.6 else 2.0)
                   "dash" := Theme.dash i
               ]
               |> box
            "marker"
            := TraceObjects.Marker()
               |> Objects.set [
                   "color" := Theme.color i
                   "symbol" := Theme.symbol i
                   "size" := box 7
                   "maxdisplayed" := box 12
               ]
               |> box
        ]
        :> Trace

    /// What theory says: thin, dashed, above the lines.
    let bound (names: string * string) (series: Series) : Trace =
        let series = thinned series

        trace "bound" series
        |> told names series
        |> Objects.set [
            "mode" := "lines"
            "line"
            := Line()
               |> Objects.set [ "color" := Theme.theory; "width" := box 1.6; "dash" := "4px,3px" ]
               |> box
        ]
        :> Trace

    /// A line straight up at x, for a place that matters.
    let mark (i: int) (text: string) (x: float) (low: float, high: float) : Trace =
        Trace2D "scatter"
        |> Objects.set [
            "meta" := "mark"
            "name" := text
            "x" := [| x; x |]
            "y" := [| low; high |]
            "mode" := "lines"
            "hovertemplate" := "%{x:.4~g}"
            "line"
            := Line()
               |> Objects.set [ "color" := Theme.color i; "width" := box 2.0; "dash" := Theme.dash i ]
               |> box
        ]
        :> Trace

    let counted name (ys: float seq) =
        let ys = Array.ofSeq ys

        {
            Name = name
            X = Array.init ys.Length float
            Y = ys
            Told = []
        }

    let through name (points: (float * float) seq) =
        let xs, ys = points |> Array.ofSeq |> Array.unzip

        {
            Name = name
            X = xs
            Y = ys
            Told = []
        }

    // Few whole numbers below get a tick each: no epoch 1.5.
    let private ticks (traces: Trace list) (layout: Layout) =
        let xs =
            traces
            |> List.collect (Objects.numbers "x" >> Option.map List.ofArray >> Option.defaultValue [])

        let few =
            not xs.IsEmpty
            && List.max xs - List.min xs <= 12.0
            && List.max xs - List.min xs >= 1.0

        if few && xs |> List.forall (fun x -> x = floor x) then
            match Objects.find<LinearAxis> "xaxis" layout with
            | Some axis -> axis.SetProperty("dtick", 1.0)
            | None -> ()

    let private layout () =
        Theme.layout 760 440
        |> Objects.set [ "xaxis" := Theme.axis (); "yaxis" := Theme.axis () ]

    let chart (names: string * string) (series: Series list) : GenericChart =
        let traces = series |> List.mapi (line names)
        let layout = layout ()
        ticks traces layout
        Theme.chart layout traces |> Theme.legend

    /// Adds a trace above all, or below bounds and marked places: no line hides them.
    let add (isAbove: bool) (trace: int -> Trace) (chart: GenericChart) : GenericChart =
        let traces = GenericChart.getTraces chart

        let isAboveLines trace =
            List.contains (Objects.kind trace) [ "bound"; "mark"; "minimizer"; "start" ]

        let lines =
            traces
            |> List.filter (fun t -> Objects.kind t = "line" || Objects.kind t = "path")

        let added = trace lines.Length
        let above, below = traces |> List.partition isAboveLines

        let all =
            if isAbove then
                traces @ [ added ]
            else
                below @ [ added ] @ above

        chart |> Objects.withTraces all |> Theme.legend
