/// One picture of every kind, and the traces that belong on it: their kind, their name, the number of their points.
module OptPlotly.Tests.Gallery

open OptCore
open OptDsl
open OptDsl.Plotting
open Plotly.NET

type Picture = {
    Name: string
    Chart: Lazy<GenericChart>
    /// Written by hand: what a reader of the picture expects to find.
    Traces: (string * string * int) list
}

let private picture name traces chart = {
    Name = name
    Chart = chart
    Traces = traces
}

let private valley = Objective.rosenbrock 2
let private start = [| -1.2; 1.0 |]
let private run optimizer = optimizer |> minimize 100 valley start
let private way optimizer = optimizer |> trace valley start
let private wells = Objective.sharpAndFlat 25.0

let private reports =
    lazy
        (let session = (sgd 0.002 |> momentum 0.9 |> clip 1.0).Plan(2).Start start

         [
             for _ in 1..60 ->
                 let point = session.AsSpan().ToArray()
                 session.StepReported(Objective.gradient point valley, Objective.value point valley)
         ])

let private rates = lazy (sgd 0.1 |> Run.findRate (1e-5, 1.0) 200 valley start)

let private race =
    lazy
        (Run.race 50 (Objective.quadratic [| 1.0; 1.0 |]) [| 3.0; 4.0 |] [
            "at once", sgd 0.999999
            "momentum", sgd 0.1 |> momentum 0.5
            "gd", sgd 0.01
            "too fast", sgd 2.5
        ])

let private contour () =
    Chart.objective (-1.8, 1.8) (-0.8, 1.8) valley
    |> Chart.gradients valley
    |> Chart.trajectory "momentum" 100 (way (sgd 0.001 |> momentum 0.9))
    |> Chart.trajectory "adam" 100 (way (adam 0.05))
    |> Chart.title "Rosenbrock's valley"
    |> Chart.labels "x" "y"

let pictures: Picture list = [
    picture
        "losses"
        [ "line", "gd", 100; "line", "adam", 100; "bound", "e⁻ᵗ", 100 ]
        (lazy
            (Chart.losses [ "gd", run (sgd 0.001); "adam", run (adam 0.1) ]
             |> Chart.bound "e⁻ᵗ" [ for t in 0..99 -> 24.2 * exp (-0.05 * float t) ]
             |> Chart.logY
             |> Chart.title "Losses and a bound"))
    picture
        "contour"
        [
            "contour", "", 121
            "arrows", "−∇f", 675
            "path", "momentum", 101
            "path", "adam", 101
            "minimizer", "minimizer", 1
            "start", "start", 1
            "start", "start", 1
        ]
        (lazy (contour ()))
    picture
        "function"
        [ "contour", "", 121 ]
        (lazy
            (Chart.contour (-6.0, 6.0) (-6.0, 6.0) (fun x y -> sin x * cos y)
             |> Chart.title "sin x cos y"))
    picture
        "surface"
        [
            "surface", "f", 81
            "path", "adam", 101
            "minimizer", "minimizer", 1
            "start", "start", 1
        ]
        (lazy
            (Chart.surface (-1.8, 1.8) (-0.8, 1.8) valley
             |> Chart.trajectory "adam" 100 (way (adam 0.05))
             |> Chart.title "Rosenbrock's valley in space"))
    picture
        "sharp beside flat"
        [
            "surface", "f", 81
            "path", "sgd", 41
            "minimizer", "minimizer", 1
            "start", "start", 1
            "surface", "f", 81
            "path", "sgd", 41
            "minimizer", "minimizer", 1
            "start", "start", 1
        ]
        (lazy
            (let noisy = sgd 0.02 |> noise 1.0 0.0 3

             let side (center: float) text =
                 Chart.surface (center - 0.6, center + 0.6) (-0.6, 0.6) wells
                 |> Chart.trajectory "sgd" 40 (noisy |> trace wells [| center + 0.4; 0.4 |])
                 |> Chart.zRange (-0.1, 3.0)
                 |> Chart.title text

             Chart.panels 2 [ side wells.Sharp[0] "sharp"; side wells.Flat[0] "flat" ]))
    picture
        "schedules"
        [ "line", "cosine", 101; "line", "warmupCosine", 101; "line", "oneCycle", 101 ]
        (lazy
            (Chart.schedules 101 [
                "cosine", Schedule.cosine 100
                "warmupCosine", Schedule.warmupCosine 10 100
                "oneCycle", Schedule.oneCycle 100
            ]))
    picture
        "bias correction"
        [ "line", "β = 0.9", 1000; "line", "β = 0.999", 1000 ]
        (lazy (Chart.biasCorrection 1000 [ 0.9; 0.999 ] |> Chart.logX))
    picture
        "rate test"
        [
            "line", "value", rates.Value.Rates.Length
            "line", "smoothed", rates.Value.Rates.Length
            "mark", "suggested " + Text.number 3 rates.Value.Suggested, 2
            "mark", "turning " + Text.number 3 rates.Value.Turning, 2
        ]
        (lazy (Chart.rateTest rates.Value))
    picture
        "race"
        [
            "line", "at once", 50
            "line", "momentum", 50
            "line", "gd", 50
            "line", "too fast", race.Value.Entrants[3].Result.History.Count
        ]
        (lazy (Chart.race race.Value))
    picture
        "gradient norms"
        [ "line", "gd", 100; "line", "adam", 100 ]
        (lazy (Chart.gradientNorms [ "gd", run (sgd 0.001); "adam", run (adam 0.1) ]))
    picture "update ratios" [ "line", "adam", 100 ] (lazy (Chart.updateRatios 100 [ "adam", way (adam 0.05) ]))
    picture
        "stages"
        [ "line", "adam.m", 101; "line", "adam.v", 101; "line", "momentum.v", 101 ]
        (lazy
            (Chart.stages 100 (way (adam 0.05 |> momentum 0.5))
             |> Chart.title "What the stages hold"))
    picture
        "reports"
        [
            "line", "loss", 60
            "line", "rate", 60
            "line", "‖g‖", 60
            "line", "‖u‖ behind Gradient", 60
            "line", "‖Δp‖", 60
            "line", "‖p‖", 60
            "line", "ratio", 60
        ]
        (lazy (Chart.reports reports.Value))
    picture
        "loss plane"
        [ "contour", "", 21 ]
        (lazy
            (let loss =
                Objective.logistic 0.01 (array2D [ [ 1.0; 0.5 ]; [ -1.0; 0.3 ]; [ 0.2; -1.0 ] ]) [| 1.0; 0.0; 1.0 |]

             Chart.planeWith
                 (PlaneOptions(Grid = 21, Samples = 2))
                 3.0
                 [| 0.0; 0.0 |]
                 [| 1.0; 0.0 |]
                 [| 0.6; 0.8 |]
                 loss
             |> Chart.title "A cut through a loss"))
    picture
        "animation"
        [
            "contour", "", 121
            "arrows", "−∇f", 675
            "path", "momentum", 101
            "path", "adam", 101
            "minimizer", "minimizer", 1
            "start", "start", 1
            "start", "start", 1
        ]
        (lazy (contour () |> Chart.animate 20))
    picture
        "panels"
        [ "line", "a", 3; "bound", "a², above", 3; "line", "a", 2; "line", "b", 2 ]
        (lazy
            (Chart.panels 2 [
                Chart.lines [ "a", [ 1.0; 2.0; 3.0 ] ]
                |> Chart.bound "a², above" [ 1.0; 4.0; 9.0 ]
                |> Chart.title "left"
                Chart.lines [ "a", [ 1.0; 0.1 ]; "b", [ 0.5; 0.01 ] ]
                |> Chart.logY
                |> Chart.title "right"
            ]))
]
