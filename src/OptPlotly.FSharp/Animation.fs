namespace OptDsl.Plotting

open System
open Giraffe.ViewEngine
open Plotly.NET
open Plotly.NET.LayoutObjects

/// A run step by step: a slider below the picture cuts the paths and lines off at a step. A button plays it.
[<RequireQualifiedAccess>]
module internal Animation =

    let private moves (trace: Trace) =
        match Objects.kind trace with
        | "path"
        | "line" -> true
        | _ -> false

    // Plotly.NET has no frames; the slider hands plotly.js the shorter data, and the button moves the slider.
    let private play =
        "(function(b){var p=b.parentNode.querySelector('.js-plotly-plot');if(!p||!window.Plotly)return;"
        + "if(b.timer){clearInterval(b.timer);b.timer=null;b.textContent='▶ play';return;}"
        + "var s=p.layout.sliders[0],i=s.active+1>=s.steps.length?0:s.active+1;b.textContent='❚❚ pause';"
        + "b.timer=setInterval(function(){if(i>=s.steps.length){clearInterval(b.timer);b.timer=null;b.textContent='▶ play';return;}"
        + "Plotly.restyle(p,s.steps[i].args[0],s.steps[i].args[1]);Plotly.relayout(p,'sliders[0].active',i);i++;},120);})(this)"

    let private steps (frames: int) (moving: (int * Trace) list) =
        let numbers axis (trace: Trace) =
            Objects.numbers axis trace |> Option.defaultValue [||]

        // The longest decides what a frame is: all are cut at the same step.
        let longest =
            moving |> List.map (fun (_, trace) -> (numbers "x" trace).Length) |> List.max

        let frames = min frames longest
        let spatial = moving |> List.exists (fun (_, trace) -> trace :? Trace3D)

        [|
            for frame in 1..frames do
                let count = max 1 (int (int64 longest * int64 frame / int64 frames))

                let cut axis : obj[] = [| for _, trace in moving -> numbers axis trace |> Array.truncate count |]

                let data =
                    Objects.plain [
                        "x" := cut "x"
                        "y" := cut "y"
                        if spatial then
                            "z" := cut "z"
                    ]

                SliderStep()
                |> Objects.set [
                    "label" := string (count - 1)
                    "method" := "restyle"
                    "args" := [| box data; box [| for i, _ in moving -> i |] |]
                ]
        |]

    /// So many frames, the last one the whole.
    let animate (frames: int) (chart: GenericChart) : GenericChart =
        if frames < 2 then
            raise (ArgumentOutOfRangeException(nameof frames, $"frames = {frames} is outside its range: 2 ≤ value."))

        let moving =
            GenericChart.getTraces chart |> List.indexed |> List.filter (snd >> moves)

        if moving.IsEmpty then
            raise (ArgumentException("The chart has no line and no path that could be animated.", nameof chart))

        let steps = steps frames moving

        let slider =
            Slider()
            |> Objects.set [
                "steps" := steps
                "active" := steps.Length - 1
                "currentvalue"
                := Objects.plain [ "prefix" := "up to step "; "xanchor" := "right" ]
                "pad" := Objects.plain [ "t" := 95 ]
            ]

        let button =
            button [ _onclick play; _type "button"; _style "margin-left:60px" ] [ str "▶ play" ]

        chart
        |> Objects.withLayout (fun layout ->
            layout.SetProperty("sliders", [| slider |])
            let height = Objects.find<int> "height" layout |> Option.defaultValue 440
            layout.SetProperty("height", height + 115)
            let margin = Objects.find<Margin> "margin" layout |> Option.defaultWith Margin
            layout.SetProperty("margin", Objects.copyTo (Margin()) margin |> Objects.set [ "b" := 175 ]))
        |> Chart.withDescription [ button ]
