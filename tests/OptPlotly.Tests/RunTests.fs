/// Charts of runs, and several in one: the data on the page, exactly, and what is refused.
module OptPlotly.Tests.RunTests

open System
open Expecto
open OptCore
open OptDsl
open OptPlotly.Tests
open Plotly.NET
open OptPlotly.Tests.Charts

let private runs =
    testList "runs" [
        testCase "losses: what the updates saw, with rate and norm" (fun () ->
            let result = sgd 0.001 |> minimize 5 valley start
            let trace = Chart.losses [ "gd", result ] |> Read.named "gd"
            let history = List.ofSeq result.History
            Read.same (Read.numbers "x" trace) [ for h in history -> float h.Step ] "steps"
            Read.same (Read.numbers "y" trace) [ for h in history -> h.Value ] "losses"
            Expect.equal (Read.rows "customdata" trace) [ for h in history -> [ h.Rate; h.GradientNorm ] ] "told"
            Expect.stringContains (Read.text "hovertemplate" trace) "rate %{customdata[0]" "hover")
        testCase "gaps and norms leave out what is not above 0" (fun () ->
            let bowl = Objective.quadratic [| 1.0; 1.0 |]
            let result = sgd 1.0 |> minimize 2 bowl [| 3.0; 4.0 |]
            Read.same (Chart.gaps 0.0 [ "gd", result ] |> Read.named "gd" |> Read.numbers "y") [ 12.5; nan ] "gaps"

            Read.same
                (Chart.gradientNorms [ "gd", result ] |> Read.named "gd" |> Read.numbers "y")
                [ 5.0; nan ]
                "norms")
        testCase "the axis of gaps shows what most runs reach" (fun () ->
            let bowl = Objective.quadratic [| 1.0; 1.0 |]

            let run optimizer =
                optimizer |> minimize 40 bowl [| 3.0; 4.0 |]

            let slow = run (sgd 0.01)

            let chart =
                Chart.gaps 0.0 [
                    "lucky", run (sgd 0.9999999)
                    "slow", slow
                    "slower", run (sgd 0.001)
                    "diverges", run (sgd 5.0)
                ]

            match Read.axis "yaxis" chart |> Read.numbers "range" with
            | [ low; high ] ->
                let end' = (Seq.last slow.History).Value
                Expect.isGreaterThan low (log10 end' - 3.5) "not to the bottom of the floats"
                Expect.isLessThan low (log10 end') "the slow one is in it"
                Expect.isLessThan high (log10 12.5 + 2.5) "not to its top"
            | _ -> failtest "no range")
        testCase "a run that diverges does not flatten the losses" (fun () ->
            let bowl = Objective.quadratic [| 1.0 |]

            let chart =
                Chart.losses [
                    "fine", sgd 0.1 |> minimize 30 bowl [| 2.0 |]
                    "diverges", sgd 5.0 |> minimize 30 bowl [| 2.0 |]
                ]

            let top = Read.axis "yaxis" chart |> Read.numbers "range" |> List.last
            Expect.isLessThanOrEqual top 4.0 "twice the start's distance")
        testCase "schedules and bias correction" (fun () ->
            let chart = Chart.schedule 5 (Schedule.cosine 4)

            Read.same
                (Read.traces chart |> List.head |> Read.numbers "y")
                (List.ofArray (Schedule.values 5 (Schedule.cosine 4)))
                "values"

            Expect.equal (Read.layout chart |> Read.text "title/text") "Schedule.cosine 4" "title"
            let factors = Chart.biasCorrection 2 [ 0.5 ]
            Read.same (Read.named "β = 0.5" factors |> Read.numbers "y") [ 2.0; 4.0 / 3.0 ] "1/(1 − βᵏ)"
            Read.same (Read.named "β = 0.5" factors |> Read.numbers "x") [ 1.0; 2.0 ] "k")
        testCase "a rate test marks the suggested and the turning rate" (fun () ->
            let test = sgd 1.0 |> Run.findRate (1e-6, 10.0) 100 valley start
            let chart = Chart.rateTest test
            let marks = Read.traces chart |> List.filter (fun t -> Read.kind t = "mark")
            Expect.equal [ for m in marks -> (Read.name m).Split(' ')[0] ] [ "suggested"; "turning" ] "marks"
            Read.same [ for m in marks -> (Read.numbers "x" m).Head ] [ test.Suggested; test.Turning ] "rates"
            Read.same (Read.named "value" chart |> Read.numbers "x") (List.ofArray test.Rates) "x"
            Expect.equal (Read.axis "xaxis" chart |> Read.text "type") "log" "x axis"

            let before = [
                for rate, value in Seq.zip test.Rates test.Values do
                    if rate <= test.Turning then
                        value
            ]

            let top = Read.axis "yaxis" chart |> Read.numbers "range" |> List.last
            Expect.isLessThanOrEqual top (log10 (2.0 * List.max before) + 1e-9) "divergence leaves the picture")
        testCase "a race: entrants in the order of their ranking" (fun () ->
            let race =
                Run.race 20 valley start [ "gd", sgd 0.001; "adam", adam 0.1; "frozen", sgd 0.0 ]

            let chart = Chart.race race
            Expect.equal (Read.traces chart |> List.map Read.name) [ for e in race.Entrants -> e.Name ] "order"
            Expect.equal (Read.layout chart |> Read.text "title/text") "Rosenbrock" "title"
            Expect.equal (Read.axis "yaxis" chart |> Read.text "type") "log" "axis")
        testCase "stages: the norm of every slot" (fun () ->
            let points =
                sgd 0.1
                |> momentum 0.5
                |> trace (Objective.quadratic [| 1.0; 1.0 |]) [| 3.0; 4.0 |]

            let slot = Chart.stages 2 points |> Read.named "momentum.v"
            // v₁ = g₀ = p₀ of norm 5, p₁ = 0.9 p₀; v₂ = 0.5 v₁ + p₁ = 1.4 p₀ of norm 7.
            let norms = Read.numbers "y" slot
            Expect.isTrue (Double.IsNaN norms[0]) "0 at the start is a gap"
            Expect.floatClose Accuracy.veryHigh norms[1] 5.0 "after one update"
            Expect.floatClose Accuracy.veryHigh norms[2] 7.0 "after two")
        testCase "update ratios: ‖Δp‖/‖p‖" (fun () ->
            let points = sgd 0.25 |> trace (Objective.quadratic [| 1.0; 1.0 |]) [| 3.0; 4.0 |]

            Read.same
                (Chart.updateRatios 2 [ "gd", points ] |> Read.named "gd" |> Read.numbers "y")
                [ 0.25; 0.25 ]
                "a quarter each")
        testCase "reports: four panels" (fun () ->
            let point = [| 3.0; 4.0 |]
            let session = (sgd 0.5).Plan(2).Start point
            let report = session.StepReported(point, 12.5)
            let chart = Chart.reports [ report ]

            let value name =
                Read.named name chart |> Read.numbers "y" |> List.exactlyOne

            Expect.equal
                (List.map value [ "loss"; "rate"; "‖g‖"; "‖Δp‖"; "‖p‖"; "ratio" ])
                [ 12.5; 0.5; 5.0; 2.5; 5.0; 0.5 ]
                "numbers"

            Expect.equal
                [ for t in Read.traces chart -> Read.text "xaxis" t ]
                [ "x"; "x2"; "x3"; "x3"; "x3"; "x3"; "x4" ]
                "panels")
    ]

let private combined =
    testList "combined" [
        testCase
            "panels: axes of their own, titles, each name once in the legend; the charts stay as they are"
            (fun () ->
                let left = Chart.lines [ "a", [ 1.0 ]; "b", [ 2.0 ] ] |> Chart.title "left"

                let right =
                    Chart.lines [ "a", [ 3.0 ]; "c", [ 4.0 ] ] |> Chart.title "right" |> Chart.logY

                let before = GenericChart.toJson left, GenericChart.toJson right
                let chart = Chart.panels 2 [ left; right ]

                Expect.equal
                    [ for t in Read.traces chart -> Read.name t, Read.text "yaxis" t ]
                    [ "a", "y"; "b", "y"; "a", "y2"; "c", "y2" ]
                    "axes"

                let shown = [
                    for t in Read.traces chart -> not (Read.has "showlegend" t) || Read.text "showlegend" t = "True"
                ]

                Expect.equal shown [ true; true; false; true ] "legend"
                Expect.equal (Read.axis "yaxis2" chart |> Read.text "type") "log" "its axis"
                Expect.equal (Read.axis "yaxis" chart |> Read.text "type") "linear" "and that of the other"

                Expect.equal
                    [
                        for a in (Read.layout chart |> Read.at "annotations").EnumerateArray() -> Read.text "text" a
                    ]
                    [ "left"; "right" ]
                    "titles"

                Expect.equal (GenericChart.toJson left, GenericChart.toJson right) before "not changed")
        testCase "words on panels change all of them" (fun () ->
            let chart =
                Chart.panels 1 [ for ys in [ [ 1.0 ]; [ 2.0 ] ] -> Chart.lines [ "a", ys ] ]
                |> Chart.logY
                |> Chart.xRange (0.0, 9.0)

            Expect.equal
                [ for a in [ "yaxis"; "yaxis2" ] -> Read.axis a chart |> Read.text "type" ]
                [ "log"; "log" ]
                "types"

            Read.same (Read.axis "xaxis2" chart |> Read.numbers "range") [ 0.0; 9.0 ] "range")
        testCase "an animation cuts paths at its frames and ends with the whole" (fun () ->
            let chart =
                Chart.contour (0.0, 1.0) (0.0, 1.0) (+)
                |> Chart.path "p" [ for i in 0..9 -> float i, 0.0 ]
                |> Chart.animate 5

            let slider =
                (Read.layout chart |> Read.at "sliders").EnumerateArray() |> Seq.exactlyOne

            let steps = [ for s in (Read.at "steps" slider).EnumerateArray() -> s ]
            let data = [ for s in steps -> ((Read.at "args" s).EnumerateArray() |> Seq.head) ]
            Expect.equal [ for d in data -> (Read.rows "x" d |> List.exactlyOne).Length ] [ 2; 4; 6; 8; 10 ] "points"
            Expect.equal [ for s in steps -> Read.text "label" s ] [ "1"; "3"; "5"; "7"; "9" ] "steps"
            Expect.equal (Read.text "method" steps[0]) "restyle" "method"

            (fun () -> Chart.contour (0.0, 1.0) (0.0, 1.0) (+) |> Chart.animate 5)
            |> refuses "no line and no path")
        testCase "charts are Plotly.NET's: its own words change them" (fun () ->
            let chart = Chart.lines [ "a", [ 1.0 ] ] |> Chart.withTitle "theirs"
            Expect.equal (Read.layout chart |> Read.text "title/text") "theirs" "title"
            let both = Chart.combine [ chart; Chart.lines [ "b", [ 2.0 ] ] ]
            Expect.equal (Read.traces both |> List.map Read.name) [ "a"; "b" ] "traces")
        testCase "a chart says what it shows" (fun () ->
            let chart = Chart.contour (0.0, 1.0) (0.0, 1.0) (+) |> Chart.path "p" [ 0.0, 0.0 ]
            Expect.equal (Chart.describe chart) "chart of contour, \"p\", \"start\"" "line")
    ]

[<Tests>]
let tests = testList "charts" [ runs; combined ]
