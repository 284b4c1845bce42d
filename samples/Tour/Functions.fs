/// (b) Seven optimizers on two functions, with the rates of the usual textbook comparison.
module Tour.Functions

open OptCore
open OptDsl

let private distance (point: float[]) (minimizer: float seq) =
    Seq.map2 (fun x y -> (x - y) ** 2.0) point minimizer |> Seq.sum |> sqrt

/// The first update count at which the value is within 1e-3 of the minimum.
let private stepsTo (tolerance: float) (minimum: float) (result: Result) =
    let reached (value: float) = value - minimum <= tolerance

    match result.History |> Seq.tryFind (fun point -> reached point.Value) with
    | Some point -> string point.Step
    | None when reached result.Value -> string result.Steps
    | None -> "–"

let private row (objective: IObjective) (result: Result) =
    let text = string result.State.Plan.Optimizer

    match Option.ofNullable result.DivergedAt with
    | Some step -> [ text; $"{result.Reason} at step {step}"; "–"; "–" ]
    | None -> [
        text
        Table.number result.Value
        Table.number (distance result.Point (nonNull objective.Minimizer))
        stepsTo 1e-3 (objective.Minimum.GetValueOrDefault()) result
      ]

/// Runs all; those that diverge run again with the gradient clipped to norm 1.
let private compare (steps: int) (objective: IObjective) (start: float[]) (optimizers: Optimizer list) =
    let run = minimize steps objective start
    let results = optimizers |> List.map run

    let again =
        List.zip optimizers results
        |> List.filter (fun (_, result) -> result.Reason = Reason.Diverged)
        |> List.map (fst >> clip 1.0 >> run)

    Table.print [
        $"{objective.Name}, {steps} steps"
        "final value"
        "distance to x*"
        "steps to 1e-3"
    ] [
        yield! results |> List.map (row objective)
        yield! again |> List.map (row objective)
    ]

let run () =
    Table.heading "(b) Rosenbrock from (−1, 0.5), Beale from (3, 3)"

    compare 200 (Objective.rosenbrock 2) [| -1.0; 0.5 |] [
        sgd 0.001
        sgd 0.001 |> momentum 0.9
        sgd 0.001 |> nesterov 0.9
        adagrad 0.001
        rmsProp 0.001
        adaDelta 1.0
        adam 0.001
    ]

    printfn ""

    compare 500 Objective.beale [| 3.0; 3.0 |] [
        sgd 0.001
        sgd 0.001 |> momentum 0.9
        sgd 0.001 |> nesterov 0.9
        adagrad 0.5
        rmsProp 0.01
        adaDelta 1.0
        adam 0.01
    ]

    printfn
        "\n  The rates are those of the textbook comparison. It gives none for AdaDelta, which has 1.0 here (PyTorch's default),"

    printfn
        "  nor for Nesterov on Beale, which has momentum's. What diverged is repeated with clip 1.0 below the others."
