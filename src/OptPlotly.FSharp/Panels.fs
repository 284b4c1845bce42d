namespace OptDsl.Plotting

open System
open Plotly.NET
open Plotly.NET.LayoutObjects

/// Several charts in one picture, by Plotly.NET's own grid.
[<RequireQualifiedAccess>]
module internal Panels =

    let private title (chart: GenericChart) =
        Objects.find<Title> "title" (GenericChart.getLayout chart)
        |> Option.bind (Objects.find<string> "text")
        |> Option.defaultValue ""

    let private size name (fallback: int) (chart: GenericChart) =
        Objects.find<int> name (GenericChart.getLayout chart)
        |> Option.defaultValue fallback

    let private named (chart: GenericChart) =
        GenericChart.getTraces chart
        |> List.filter (fun trace -> Objects.name trace <> "")

    // Of equal names in several panels one stands in the legend; a panel's only line is named by the panel's title.
    let private told (charts: GenericChart list) : GenericChart list =
        let folder (seen: Set<string>) (chart: GenericChart) =
            let alone = (named chart).Length < 2 && title chart <> ""

            let change (trace: Trace) =
                let trace = Objects.copyTrace trace

                if Objects.kind trace = "contour" || Objects.kind trace = "surface" then
                    if charts.Length > 1 then
                        trace.SetProperty("showscale", false)
                elif alone || seen.Contains(Objects.name trace) then
                    trace.SetProperty("showlegend", false)

                if Objects.name trace <> "" then
                    trace.SetProperty("legendgroup", Objects.name trace)

                trace

            let names = if alone then [] else List.map Objects.name (named chart)
            let traces = GenericChart.getTraces chart |> List.map change
            Objects.withTraces traces chart, Set.union seen (Set.ofList names)

        charts |> List.mapFold folder Set.empty |> fst

    let private untitled (chart: GenericChart) =
        chart
        |> Objects.withLayout (fun layout ->
            for name in [ "title"; "width"; "height"; "legend"; "margin" ] do
                layout.RemoveProperty name |> ignore

            for property in layout.GetProperties false |> Array.ofSeq do
                match property.Value with
                | :? LinearAxis as axis -> layout.SetProperty(property.Key, Objects.copyTo (LinearAxis()) axis)
                | :? Scene as scene -> layout.SetProperty(property.Key, Objects.copyTo (Scene()) scene)
                | _ -> ())

    let grid (columns: int) (charts: GenericChart list) : GenericChart =
        if columns < 1 then
            raise (ArgumentOutOfRangeException(nameof columns, $"columns = {columns} is outside its range: 1 ≤ value."))

        if charts.IsEmpty then
            raise (ArgumentException("No chart was given for the panels.", nameof charts))

        let columns = min columns charts.Length
        let rows = (charts.Length + columns - 1) / columns
        // As the charts are, but no wider than a screen.
        let width =
            charts |> List.map (size "width" 760) |> List.max |> min (1200 / columns)

        let tall = charts |> List.map (size "height" 440) |> List.max

        let height =
            if columns = 1 then
                min tall 300
            else
                min tall (max 180 (width * 3 / 4))

        let titles = charts |> List.map (title >> Text.wrap (max 24 (width / 8)))
        let combined = charts |> told |> List.map untitled

        combined
        |> Chart.Grid(
            rows,
            columns,
            SubPlotTitles = titles,
            SubPlotTitleFont = Theme.font 13,
            SubPlotTitleOffset = 0.0,
            XGap = (if columns = 1 then 0.1 else 0.22),
            YGap = (if rows = 1 then 0.1 else 0.42)
        )
        |> Objects.withLayout (fun layout ->
            layout
            |> Objects.set [
                "width" := max 480 (columns * width)
                "height" := max 340 (rows * height + 90)
                "margin" := Theme.margin 40
                "legend" := (Theme.legendBelow () |> Objects.set [ "y" := -0.25 / float rows ])
            ]
            |> ignore)
        |> Theme.legend
