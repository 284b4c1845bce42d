/// Charts of functions of two variables and planes of losses: the data on the page, exactly, and what is refused.
module OptPlotly.Tests.FieldTests

open System
open System.IO
open System.Threading
open Expecto
open OptCore
open OptDsl
open OptDsl.Plotting
open OptPlotly.Tests
open OptPlotly.Tests.Charts

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

    let never () = false

    testList "planes" [
        testCase "values at center + a·u + b·v" (fun () ->
            let center, u, v = [| 1.0; 2.0; 3.0 |], [| 1.0; 0.0; 0.0 |], [| 0.0; 0.5; 0.5 |]

            let field =
                Plane.field (fun () -> 0.0) never (PlaneOptions(Grid = 5)) 2.0 center u v loss

            Expect.equal field.Xs [| -2.0; -1.0; 0.0; 1.0; 2.0 |] "sides"
            Expect.equal field.Values[3, 1] (Objective.value [| 2.0; 1.5; 2.5 |] loss) "a = 1, b = −1")
        testCase "a sample of the sum stands for it: every second of four" (fun () ->
            let field =
                Plane.field
                    (fun () -> 0.0)
                    never
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

            Plane.field clock never (PlaneOptions(Grid = 20, Log = log, Progress = progress)) 1.0 zero u v loss
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
                    Plane.field clock never (PlaneOptions(Log = log, Cancellation = source.Token)) 1.0 zero u v loss
                    |> ignore)
                "stopped"

            use quiet = new StringWriter()

            Plane.field (fun () -> 0.0) never (PlaneOptions(Grid = 2, Log = quiet)) 1.0 zero u v loss
            |> ignore

            Expect.equal (string quiet) "" "short work says nothing")
        testCase "stopped by Ctrl-C it is the rows that are done, and says so" (fun () ->
            let center, u, v = [| 1.0; 2.0; 3.0 |], [| 1.0; 0.0; 0.0 |], [| 0.0; 0.5; 0.5 |]

            let stoppedAt evaluation =
                use log = new StringWriter()
                let left = ref evaluation

                let asked () =
                    left.Value <- left.Value - 1
                    left.Value < 0

                let field =
                    Plane.field (fun () -> 0.0) asked (PlaneOptions(Grid = 5, Log = log)) 2.0 center u v loss

                field, string log

            let whole, said =
                Plane.field (fun () -> 0.0) never (PlaneOptions(Grid = 5)) 2.0 center u v loss, snd (stoppedAt 25)

            Expect.equal said "" "nobody asks behind the last point"

            for evaluation, rows in [ 10, 2; 14, 2; 15, 3; 24, 4 ] do
                let field, said = stoppedAt evaluation
                Expect.equal field.Xs whole.Xs[.. rows - 1] "rows"
                Expect.equal field.Ys whole.Ys "columns"
                Expect.equal field.Values whole.Values[.. rows - 1, *] "values"
                Expect.equal (said.Trim()) $"Chart.plane was stopped: {rows} of 5 rows are drawn." "log"

            Expect.throwsT<OperationCanceledException> (fun () -> stoppedAt 9 |> ignore) "one row is no plane")
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

[<Tests>]
let tests = testList "charts" [ fields; planes ]
