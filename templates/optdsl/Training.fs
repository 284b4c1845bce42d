/// The optimizer, what it minimizes, and the picture of its run.
module Training

open OptCore
open OptDsl

/// Words compose in any order; print the value to see in which one they act.
let optimizer = 0.05 |> (sgd >> momentum 0.9 >> clip 1.0 >> cosine 300)

/// Any function in F#'s arithmetic has a gradient: here Rosenbrock's valley.
let objective =
    Objective.ofGeneric 2 (fun x -> (1.0 - x[0]) ** 2.0 + 100.0 * (x[1] - x[0] ** 2.0) ** 2.0)

let start = [| -1.0; 0.5 |]

let run () =
    optimizer |> minimize 300 objective start

/// The way over the level lines, as a page that any browser opens.
let picture (path: string) =
    Chart.objective (-1.6, 1.6) (-0.6, 1.6) objective
    |> Chart.trajectory "momentum" 300 (optimizer |> trace objective start)
    |> Chart.title "Rosenbrock's valley"
    |> Chart.save path
