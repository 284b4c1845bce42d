namespace OptDsl.Plotting

open DynamicObj
open Plotly.NET
open Plotly.NET.LayoutObjects

/// What all pictures look like. Colours are told apart with every kind of colour blindness (Okabe and Ito's, without their yellow and
/// black, and two of Tol's), and none stands alone: lines differ in dashes and markers, too.
[<RequireQualifiedAccess>]
module internal Theme =

    let private palette = [|
        "#0072B2"
        "#D55E00"
        "#009E73"
        "#CC79A7"
        "#E69F00"
        "#882255"
        "#999933"
        "#56B4E9"
    |]

    // The first is solid and lies below; what lies above it has gaps that show it.
    let private dashes = [| "solid"; "9px,3px"; "5px,3px"; "2px,3px"; "9px,3px,2px,3px" |]

    let private symbols = [| "circle"; "square"; "diamond"; "triangle-up"; "x"; "star"; "triangle-down" |]

    let private at i (items: string[]) = items[i % items.Length]
    let color i = at i palette
    let dash i = at i dashes
    let symbol i = at i symbols
    /// Text and axes.
    let ink = "#222222"
    /// What theory says: drawn above the lines, so that it is seen where it lies on one.
    let theory = "#333333"

    /// Low is dark, high is light: paths stand out on most of it.
    let scale: obj[][] = [|
        [| 0.0; "#4d7ea8" |]
        [| 0.25; "#86abc9" |]
        [| 0.5; "#b5cde0" |]
        [| 0.75; "#dbe7f0" |]
        [| 1.0; "#fbfcfe" |]
    |]

    /// On a surface the highest must not be lost on the white of the page.
    let surfaceScale: obj[][] = [| [| 0.0; "#2f5f8f" |]; [| 0.5; "#8db1cf" |]; [| 1.0; "#d5dfe8" |] |]

    let font size =
        Objects.set
            [
                "family" := "Open Sans, DejaVu Sans, Arial, sans-serif"
                "size" := box size
                "color" := ink
            ]
            (Font())

    let title (text: string) =
        Objects.set [ "text" := text ] (Title())

    let axis () =
        Objects.set
            [
                "type" := "linear"
                "showline" := box true
                "linecolor" := "#555555"
                "ticks" := "outside"
                "gridcolor" := "#e6e6e6"
                "zeroline" := box false
                "automargin" := box true
                "exponentformat" := "power"
            ]
            (LinearAxis())

    let margin (right: int) =
        Objects.set [ "l" := box 70; "r" := box right; "t" := box 70; "b" := box 60 ] (Margin())

    let layout (width: int) (height: int) =
        Objects.set
            [
                "width" := box width
                "height" := box height
                "font" := box (font 13)
                "paper_bgcolor" := "#ffffff"
                "plot_bgcolor" := "#ffffff"
                "hovermode" := "closest"
                "margin" := box (margin 40)
                "showlegend" := box false
            ]
            (Layout())

    let private config () =
        Objects.set [ "displaylogo" := box false ] (Config())

    /// Whoever shows or saves the chart needs no network: plotly.js is part of the page.
    let display () =
        DisplayOptions.init (PlotlyJSReference = PlotlyJSReference.Full)

    let chart (layout: Layout) (traces: Trace list) : GenericChart =
        GenericChart.MultiChart(traces, layout, config (), display ())

    let private isNamed (trace: Trace) =
        Objects.name trace <> "" && Objects.find<bool> "showlegend" trace <> Some false

    /// Where a legend stands below, beside a colour bar.
    let legendBelow () =
        Objects.set [ "orientation" := "h"; "x" := box 0.0; "y" := box -0.14; "yanchor" := "top" ] (Legend())

    /// A legend where there is something to tell apart; below the picture, where long names would take half of it.
    let legend (chart: GenericChart) : GenericChart =
        let named = GenericChart.getTraces chart |> List.filter isNamed
        let isLong = named |> List.exists (fun trace -> (Objects.name trace).Length > 28)

        chart
        |> Objects.withLayout (fun layout ->
            layout.SetProperty("showlegend", (named.Length > 1))

            if isLong && (Objects.find<Legend> "legend" layout).IsNone then
                layout.SetProperty("legend", legendBelow () |> Objects.set [ "y" := -0.22 ]))
