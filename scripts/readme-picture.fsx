// The picture of README.md: two ways through Rosenbrock's valley, and how fast they go.
#load "../samples/lib/charts.fsx"

open OptCore
open OptDsl

let valley, start = Objective.rosenbrock 2, [| -1.2; 1.0 |]
let steps = 300

let optimizers = [
    "sgd 0.001 |> momentum 0.9", sgd 0.001 |> momentum 0.9
    "adam 0.05", adam 0.05
]

let ways =
    let chart = Chart.objective (-1.8, 1.8) (-0.8, 1.8) valley

    optimizers
    |> List.fold
        (fun chart (name, optimizer) -> chart |> Chart.trajectory name steps (optimizer |> trace valley start))
        chart
    |> Chart.labels "x" "y"
    |> Chart.title "Rosenbrock's valley"

let losses =
    Chart.losses [
        for name, optimizer in optimizers -> name, optimizer |> minimize steps valley start
    ]
    |> Chart.logY
    |> Chart.title "loss"

match fsi.CommandLineArgs with
| [| _; path |] -> Chart.panels 2 [ ways; losses ] |> Chart.size 900 430 |> Chart.save path
| _ -> failwith "expected: scripts/readme-picture.fsx PATH"
