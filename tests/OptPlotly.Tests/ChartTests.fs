/// Charts: the data on the page, exactly, and what is refused.
module OptPlotly.Tests.ChartTests

open System
open System.Globalization
open System.IO
open System.Threading
open Expecto
open OptCore
open OptDsl
open OptDsl.Plotting
open OptPlotly.Tests
open Plotly.NET

let private valley = Objective.rosenbrock 2
let private start = [| -1.2; 1.0 |]

let private refuses (part: string) (make: unit -> GenericChart) =
    let error = Expect.throwsC (make >> ignore) id
    Expect.isTrue (error :? ArgumentException) $"{error}"
    Expect.stringContains error.Message part "message"

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

let private fields =
    testList "contours and surfaces" [
        testCase "a contour has the function's values at its points" (fun () ->
            let chart = Chart.contour (0.0, 1.2) (2.0, 3.2) (fun x y -> x + 10.0 * y)
            let trace = Read.traces chart |> List.head
            Expect.equal (Read.numbers "x" trace).Length 121 "columns"
            let values = Read.rows "customdata" trace
            let value = values[20][70]
            Expect.floatClose Accuracy.medium value (0.7 + 10.0 * 2.2) "row by y, column by x"
            Expect.equal (Read.axis "xaxis" chart |> Read.numbers "range") [ 0.0; 1.2 ] "range")
        testCase "levels lie at whole positions, labels tell them apart" (fun () ->
            for levels in [ [| 2.401; 2.402; 2.403 |]; [| 1e-9; 1.0; 5e8 |]; [| -3.0; 0.0; 1.5 |] ] do
                let places = levels |> Array.map (Levels.position Levels.Linear levels)
                Expect.equal places [| 0.0; 1.0; 2.0 |] "places"
                Expect.equal (Array.distinct (Text.labels levels)).Length 3 "labels"

            Expect.equal
                (Text.labels [| 2.401; 2.402; 2.403 |])
                [| "2.401"; "2.402"; "2.403" |]
                "as many digits as needed"

            Expect.equal (Text.labels [| -0.5; 2e8 |]) [| "−0.5"; "2·10<sup>8</sup>" |] "a true minus, powers of ten")
        testCase "positions between levels, and beyond them" (fun () ->
            let at = Levels.position Levels.Linear [| 1.0; 2.0; 4.0 |]

            Expect.equal
                (List.map at [ 1.5; 3.0; 0.5; -9.0; 99.0; nan; infinity ])
                [ 0.5; 1.5; -0.5; -1.0; 3.0; 3.0; 3.0 ]
                "linear"

            let log = Levels.position (Levels.Logarithmic 0.0) [| 1.0; 100.0 |]
            Expect.equal (List.map log [ 10.0; 0.0 ]) [ 0.5; -1.0 ] "logarithmic")
        testCase "levels are even for a wave, logarithmic for a valley" (fun () ->
            let wave = [| for i in 0..999 -> sin (float i) |]
            let valley = [| for i in 1..1000 -> 1e4 * (float i / 1000.0) ** 8.0 |]
            Expect.equal (Levels.choose wave) Levels.Linear "wave"
            Expect.equal (Levels.choose valley) (Levels.Logarithmic(Array.min valley)) "valley"
            Expect.equal (Levels.between 3 Levels.Linear [| 0.0; 4.0 |]) [| 1.0; 2.0; 3.0 |] "even"
            Expect.equal (Levels.between 3 Levels.Linear [| 2.0; 2.0 |]) [||] "a constant has none")
        testCase "levels of one's own are the ones drawn" (fun () ->
            let chart =
                Chart.contour (0.0, 1.0) (0.0, 1.0) (fun x _ -> x)
                |> Chart.levels [ 0.75; 0.25 ]

            let trace = Read.traces chart |> List.head
            Expect.equal (Read.at "contours/end" trace |> Read.number) 1.0 "two"
            let row = (Read.rows "z" trace)[0]
            Expect.floatClose Accuracy.medium row[30] 0.0 "at ¼"
            Expect.floatClose Accuracy.medium row[60] 0.5 "in the middle"
            (fun () -> chart |> Chart.levels []) |> refuses "one at least"

            (fun () -> Chart.lines [ "a", [ 1.0 ] ] |> Chart.levels [ 1.0 ])
            |> refuses "no contour")
        testCase "a trajectory: its points, and step, loss, rate, ‖g‖ of each; start and minimizer" (fun () ->
            let trace =
                adam 0.1 |> cosine 10 |> trace valley start |> Seq.truncate 4 |> List.ofSeq

            let chart =
                Chart.objective (-2.0, 2.0) (-1.0, 3.0) valley
                |> Chart.trajectory "adam" 3 trace

            Expect.equal
                (Read.kinds chart)
                [ "contour", ""; "path", "adam"; "minimizer", "minimizer"; "start", "start" ]
                "traces"

            let path = Read.named "adam" chart
            Read.same (Read.numbers "x" path) [ for p in trace -> p.Point[0] ] "x"
            Read.same (Read.numbers "y" path) [ for p in trace -> p.Point[1] ] "y"

            Expect.equal
                (Read.rows "customdata" path)
                [ for p in trace -> [ float p.Step; p.Value; p.Rate; p.GradientNorm ] ]
                "told"

            Read.same (Read.named "start" chart |> Read.numbers "x") [ -1.2 ] "start"
            Read.same (Read.named "minimizer" chart |> Read.numbers "y") [ 1.0 ] "minimizer")
        testCase "over a surface the same, at the heights of its losses" (fun () ->
            let trace = sgd 0.001 |> trace valley start |> Seq.truncate 3 |> List.ofSeq

            let chart =
                Chart.surface (-2.0, 2.0) (-1.0, 3.0) valley
                |> Chart.trajectory "gd" 2 trace
                |> Chart.logZ

            let path = Read.named "gd" chart
            Expect.equal (Read.text "type" path) "scatter3d" "in space"
            Read.same (Read.numbers "optdslHeights" path) [ for p in trace -> p.Value ] "heights"

            Read.same
                (Read.numbers "z" path)
                [ for p in trace -> 1.06 * p.Value ]
                "drawn a little above, so that the surface does not hide them"

            let surface = Read.named "f" chart
            let x, y = (Read.numbers "x" surface)[7], (Read.numbers "y" surface)[50]
            let heights = Read.rows "z" surface
            let height = heights[50][7]
            Expect.equal height (Objective.value [| x; y |] valley) "height"
            Expect.equal (Read.layout chart |> Read.text "scene/zaxis/type") "log" "axis"
            (fun () -> chart |> Chart.path "p" [ 0.0, 0.0 ]) |> refuses "heights")
        testCase "arrows point along −∇f" (fun () ->
            let bowl = Objective.quadratic [| 1.0; 4.0 |]
            let chart = Chart.objective (-1.0, 1.0) (-1.0, 1.0) bowl |> Chart.gradients bowl
            let arrows = Read.named "−∇f" chart
            let xs, ys = Read.numbers "x" arrows, Read.numbers "y" arrows
            // 15 × 15 places, none in the middle, where the gradient is 0; tail, head, gap.
            Expect.equal xs.Length (3 * (15 * 15 - 1)) "number"

            for k in 0..223 do
                let x0, x1, y0, y1 = xs[3 * k], xs[3 * k + 1], ys[3 * k], ys[3 * k + 1]
                let gx, gy = (x0 + x1) / 2.0, 4.0 * (y0 + y1) / 2.0
                Expect.isLessThan (abs ((x1 - x0) * gy - (y1 - y0) * gx)) 1e-12 "parallel"
                Expect.isLessThan ((x1 - x0) * gx + (y1 - y0) * gy) 0.0 "downwards")
        testCase "other dimensions and crooked grids are refused" (fun () ->
            (fun () -> Chart.objective (0.0, 1.0) (0.0, 1.0) (Objective.rosenbrock 3))
            |> refuses "has 3 parameters"

            (fun () -> Chart.contour (1.0, 0.0) (0.0, 1.0) (+)) |> refuses "xRange is 1 … 0"

            (fun () -> Chart.contourOf None [| 0.0; 0.0 |] [| 0.0; 1.0 |] (Array2D.zeroCreate 2 2))
            |> refuses "xs"

            (fun () -> Chart.contourOf None [| 0.0; 1.0 |] [| 0.0; 1.0 |] (Array2D.zeroCreate 3 2))
            |> refuses "3 × 2; expected 2 × 2"

            (fun () ->
                Chart.contour (0.0, 1.0) (0.0, 1.0) (+)
                |> Chart.trajectory "p" 1 (sgd 0.1 |> trace (Objective.rosenbrock 3) [| 0.0; 0.0; 0.0 |]))
            |> refuses "3 parameters")
    ]

let private planes =
    let loss =
        Objective.leastSquares (array2D [ [ 1.0; 0.0; 0.0 ]; [ 0.0; 2.0; 0.0 ]; [ 0.0; 0.0; 3.0 ]; [ 1.0; 1.0; 1.0 ] ]) [|
            1.0
            0.0
            2.0
            5.0
        |]

    testList "planes" [
        testCase "values at center + a·u + b·v" (fun () ->
            let center, u, v = [| 1.0; 2.0; 3.0 |], [| 1.0; 0.0; 0.0 |], [| 0.0; 0.5; 0.5 |]
            let field = Plane.field (fun () -> 0.0) (PlaneOptions(Grid = 5)) 2.0 center u v loss
            Expect.equal field.Xs [| -2.0; -1.0; 0.0; 1.0; 2.0 |] "sides"
            Expect.equal field.Values[3, 1] (Objective.value [| 2.0; 1.5; 2.5 |] loss) "a = 1, b = −1")
        testCase "a sample of the sum stands for it: every second of four" (fun () ->
            let field =
                Plane.field
                    (fun () -> 0.0)
                    (PlaneOptions(Grid = 3, Samples = 2))
                    1.0
                    [| 0.0; 0.0; 0.0 |]
                    [| 1.0; 0.0; 0.0 |]
                    [| 0.0; 0.0; 1.0 |]
                    loss

            // Terms ½(aᵢ·p − bᵢ)² of rows 0 and 2 at (1, 0, 1): ½(1−1)² and ½(3−2)²; their mean.
            Expect.floatClose Accuracy.veryHigh field.Values[2, 2] 0.25 "mean of two")
        testCase "long work is announced with its estimate; progress is told; it can be stopped" (fun () ->
            let mutable ticks = 0.0

            let clock () =
                ticks <- ticks + 0.5
                ticks

            use log = new StringWriter()
            let parts = ResizeArray<float>()

            let progress = {
                new IProgress<float> with
                    member _.Report part = parts.Add part
            }

            let zero, u, v = [| 0.0; 0.0; 0.0 |], [| 1.0; 0.0; 0.0 |], [| 0.0; 1.0; 0.0 |]

            Plane.field clock (PlaneOptions(Grid = 20, Log = log, Progress = progress)) 1.0 zero u v loss
            |> ignore
            // 400 evaluations of half a second.
            Expect.stringContains (string log) "400 evaluations" "how many"
            Expect.stringContains (string log) "about 3 minutes" "how long"
            Expect.stringContains (string log) "Samples" "what helps"
            Expect.equal (List.ofSeq parts) [ for i in 1..20 -> float i / 20.0 ] "parts"
            use source = new CancellationTokenSource()
            source.Cancel()

            Expect.throwsT<OperationCanceledException>
                (fun () ->
                    Plane.field clock (PlaneOptions(Log = log, Cancellation = source.Token)) 1.0 zero u v loss
                    |> ignore)
                "stopped"

            use quiet = new StringWriter()

            Plane.field (fun () -> 0.0) (PlaneOptions(Grid = 2, Log = quiet)) 1.0 zero u v loss
            |> ignore

            Expect.equal (string quiet) "" "short work says nothing")
        testCase "wrong options are refused" (fun () ->
            let zero = [| 0.0; 0.0; 0.0 |]

            (fun () -> Chart.planeWith (PlaneOptions(Grid = 1)) 1.0 zero zero zero loss)
            |> refuses "Grid = 1"

            (fun () -> Chart.planeWith (PlaneOptions(Samples = -1)) 1.0 zero zero zero loss)
            |> refuses "Samples = -1"

            (fun () -> Chart.plane 0.0 zero zero zero loss) |> refuses "radius = 0"

            (fun () -> Chart.plane 1.0 zero [| 0.0 |] zero loss)
            |> refuses "u has 1 numbers")
    ]

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

let private output =
    testList "out" [
        testCase "a page needs no network" (fun () ->
            let html = Chart.toHtml (Chart.lines [ "a", [ 1.0 ] ])

            Expect.isFalse
                (Text.RegularExpressions.Regex.IsMatch(html, "<(script|link)[^>]*(src|href)=\"?http"))
                "nothing to load"

            Expect.stringContains html "Plotly.newPlot" "drawn"
            // Browsers look for it in the first 1,024 bytes.
            Expect.stringContains html[..1023] "<meta charset=\"utf-8\">" "the encoding"
            Expect.isGreaterThan html.Length 1_000_000 "plotly.js is in it")
        testCase "unknown extensions and folders are refused" (fun () ->
            let chart = Chart.lines [ "a", [ 1.0 ] ]
            Expect.throwsT<ArgumentException> (fun () -> Chart.save "x.bmp" chart) "extension"
            Expect.throwsT<ArgumentException> (fun () -> Chart.save "x" chart) "none"

            let nowhere =
                Path.Combine(Path.GetTempPath(), $"nowhere-{Guid.NewGuid():N}", "x.html")

            Expect.throwsT<DirectoryNotFoundException> (fun () -> Chart.save nowhere chart) "folder"
            Expect.isFalse (Directory.Exists(nonNull (Path.GetDirectoryName nowhere))) "not made")
        testCase "numbers are those of no culture" (fun () ->
            let before = Thread.CurrentThread.CurrentCulture
            let comma = CultureInfo.InvariantCulture.Clone() :?> CultureInfo
            comma.NumberFormat.NumberDecimalSeparator <- ","
            comma.NumberFormat.NegativeSign <- "minus"

            let draw () =
                Chart.objective (-2.0, 2.5) (-1.0, 1.5) valley
                |> Chart.path "p" [ -1.5, 0.25 ]
                |> GenericChart.toJson

            let expected = draw ()
            Thread.CurrentThread.CurrentCulture <- comma

            try
                Expect.equal (draw ()) expected "the same text"
            finally
                Thread.CurrentThread.CurrentCulture <- before)
    ]

// Alone: other tests read the variable, too.
[<Tests>]
let withoutBrowser =
    testSequenced (
        testCase "without a browser PNG and SVG say what is missing" (fun () ->
            let before = Environment.GetEnvironmentVariable Browser.Variable
            Environment.SetEnvironmentVariable(Browser.Variable, "/no/such/browser")

            try
                let error =
                    Expect.throwsC
                        (fun () ->
                            Chart.save (Path.Combine(Path.GetTempPath(), "x.png")) (Chart.lines [ "a", [ 1.0 ] ]))
                        id

                Expect.isTrue (error :? InvalidOperationException) $"{error}"

                for part in [ "/no/such/browser"; "chromium"; Browser.Variable; ".html" ] do
                    Expect.stringContains error.Message part "message"
            finally
                Environment.SetEnvironmentVariable(Browser.Variable, before))
    )

[<Tests>]
let tests =
    testList "charts" [ lines; axes; fields; planes; runs; combined; output ]
