/// Charts of lines and their axes: the data on the page, exactly, and what is refused.
module OptPlotly.Tests.LineTests

open Expecto
open OptCore
open OptDsl
open OptDsl.Plotting
open OptPlotly.Tests
open OptPlotly.Tests.Charts

let private lines =
    testList "lines" [
        testCase "over 0, 1, 2, …: names, numbers, linear axes" (fun () ->
            let chart = Chart.lines [ "a", [ 1.0; 0.5; 0.25 ]; "b", [ 2.0; nan; infinity ] ]
            Expect.equal (Read.kinds chart) [ "line", "a"; "line", "b" ] "traces"
            Read.same (Read.named "a" chart |> Read.numbers "x") [ 0.0; 1.0; 2.0 ] "x"
            Read.same (Read.named "a" chart |> Read.numbers "y") [ 1.0; 0.5; 0.25 ] "y"
            Read.same (Read.named "b" chart |> Read.numbers "y") [ 2.0; nan; nan ] "gaps"
            Expect.equal (Read.axis "xaxis" chart |> Read.text "type") "linear" "x axis"
            Expect.equal (Read.axis "yaxis" chart |> Read.text "type") "linear" "y axis")
        testCase "colour, dashes and marker of a line are its own" (fun () ->
            let chart = Chart.lines [ for i in 1..7 -> string i, [ 1.0 ] ]

            let all path =
                Read.traces chart |> List.map (Read.text path)

            Expect.equal (List.distinct (all "line/color")).Length 7 "colours"
            Expect.equal (List.distinct (all "marker/symbol")).Length 7 "markers"
            Expect.equal (List.distinct (List.truncate 5 (all "line/dash"))).Length 5 "dashes")
        testCase "a bound is dashed and stays above lines that are added behind it" (fun () ->
            let chart =
                Chart.points [ "f", [ 1.0, 2.0; 2.0, 4.0 ] ]
                |> Chart.boundPoints "theory" [ 1.0, 3.0; 2.0, 5.0 ]
                |> Chart.linePoints "g" [ 0.5, 1.0 ]

            Expect.equal (Read.kinds chart) [ "line", "f"; "line", "g"; "bound", "theory" ] "order"
            Expect.stringContains (Read.named "theory" chart |> Read.text "line/dash") "px" "dashes"
            Read.same (Read.named "theory" chart |> Read.numbers "y") [ 3.0; 5.0 ] "y")
        testCase "one line has no legend, two have" (fun () ->
            let one = Chart.lines [ "a", [ 1.0 ] ]
            let two = one |> Chart.line "b" [ 2.0 ]
            Expect.equal (Read.layout one |> Read.text "showlegend") "False" "one"
            Expect.equal (Read.layout two |> Read.text "showlegend") "True" "two"
            Expect.equal (Read.kinds one) [ "line", "a" ] "the first chart is as it was")
        testCase "whole numbers that are few get a tick each" (fun () ->
            let few = Chart.lines [ "a", [ 1.0; 2.0; 3.0 ] ]
            Expect.equal (Read.axis "xaxis" few |> Read.at "dtick" |> Read.number) 1.0 "few"
            Expect.isFalse (Chart.lines [ "a", List.init 50 float ] |> Read.axis "xaxis" |> Read.has "dtick") "many")
        testCase "of many points the first, the last and every spike are kept, in order" (fun () ->
            let ys =
                Array.init 100_000 (fun i ->
                    if i = 31_415 then 7.0
                    elif i = 77_777 then -7.0
                    else sin (float i))

            let kept = Lines.kept ys
            Expect.isLessThanOrEqual kept.Length 4001 "number"
            Expect.equal kept[..499] [| 0..499 |] "start"
            Expect.containsAll kept [ 31_415; 77_777; 99_999 ] "spikes and end"
            Expect.isAscending kept "order"
            Expect.equal (Lines.kept [| 1.0; 2.0 |]) [| 0; 1 |] "few are all kept")
    ]

let private axes =
    testList "axes" [
        testCase "logarithmic axes, and ranges on them" (fun () ->
            let chart =
                Chart.points [ "f", [ 1.0, 1.0; 10.0, 0.1 ] ]
                |> Chart.yRange (0.01, 100.0)
                |> Chart.logX
                |> Chart.logY
                |> Chart.xRange (1.0, 1000.0)
                |> Chart.labels "a" "b"

            Expect.equal (Read.axis "xaxis" chart |> Read.text "type") "log" "x"
            Expect.equal (Read.axis "yaxis" chart |> Read.text "type") "log" "y"
            Read.same (Read.axis "xaxis" chart |> Read.numbers "range") [ 0.0; 3.0 ] "x range"
            Read.same (Read.axis "yaxis" chart |> Read.numbers "range") [ -2.0; 2.0 ] "y range"
            Expect.equal (Read.axis "xaxis" chart |> Read.text "title/text") "a" "label")
        testCase "what a logarithmic axis cannot show is refused by its name" (fun () ->
            let chart = Chart.lines [ "fine", [ 1.0 ]; "bad", [ 1.0; 0.0 ] ]

            (fun () -> chart |> Chart.logY)
            |> refuses "\"bad\"[1] is 0 on the logarithmic y axis"

            (fun () -> Chart.points [ "p", [ -1.0, 1.0; 2.0, 1.0 ] ] |> Chart.logX)
            |> refuses "\"p\"[0] is -1"

            (fun () -> Chart.points [ "p", [ 0.0, 1.0 ] ] |> Chart.logX)
            |> refuses "\"p\"[0] is 0"

            (fun () -> Chart.contour (0.0, 1.0) (0.0, 1.0) (+) |> Chart.logX)
            |> refuses "linear axes")
        testCase "a run begins at step 0 and may stand on a logarithmic axis" (fun () ->
            let chart =
                Chart.losses [ "gd", sgd 0.001 |> minimize 10 valley start ] |> Chart.logX

            Expect.equal (Read.axis "xaxis" chart |> Read.text "type") "log" "type"

            Expect.equal
                (Read.named "gd" chart |> Read.numbers "x").Head
                0.0
                "the point is left to plotly.js, which drops it")
        testCase "ranges and sizes out of range are refused" (fun () ->
            let chart = Chart.lines [ "a", [ 1.0; 2.0 ] ]

            (fun () -> chart |> Chart.yRange (2.0, 1.0))
            |> refuses "expected finite low < high"

            (fun () -> chart |> Chart.logY |> Chart.yRange (0.0, 1.0))
            |> refuses "0 < low < high"

            (fun () -> chart |> Chart.size 0 0) |> refuses "160 ≤ width"
            (fun () -> Chart.panels 2 []) |> refuses "No chart"
            (fun () -> Chart.panels 0 [ chart ]) |> refuses "1 ≤ value"
            (fun () -> chart |> Chart.animate 1) |> refuses "2 ≤ value")
    ]

[<Tests>]
let tests = testList "charts" [ lines; axes ]
