/// Steps by hand: optimizers with a closed form, and the comparison with it.
module OptCore.Tests.Oracle.ByHand

open OptCore
open OptCore.Tests.Oracle.Sweeps

/// One step (or a few) by hand: the rate is 1/2, the numbers are such that the results are exact where `Exact` says so.
type ByHand = {
    Name: string
    Optimizer: Optimizer
    Layout: Layout
    Start: float list
    /// Gradient, expected parameters.
    Steps: (float list * float list) list
    Exact: bool
}

let half = Optimizer.Sgd 0.5

let hand name (optimizer: Optimizer) start steps = {
    Name = name
    Optimizer = optimizer
    Layout = layoutOf (List.length start)
    Start = start
    Steps = steps
    Exact = true
}

let near (byHand: ByHand) = { byHand with Exact = false }

let on layout (byHand: ByHand) = { byHand with Layout = layout }

let checkByHand byHand () =
    let gradients, expected = List.unzip byHand.Steps

    let problem = {
        Optimizer = byHand.Optimizer
        Layout = byHand.Layout
        Start = Array.ofList byHand.Start
        Gradients = gradients |> List.map Array.ofList |> Array.ofList
        Losses = Array.create gradients.Length nan
        Curvature = 0.0
    }

    let expected = expected |> List.map Array.ofList |> Array.ofList
    let actual = (Runs.run<float> Execution.Default Pure problem).After

    let narrow =
        (Runs.run<float32> Execution.Default Pure problem).After |> Checks.widen

    if byHand.Exact then
        Checks.firstDifferent expected actual |> Checks.demand byHand.Name problem

        Checks.firstDifferent expected narrow
        |> Checks.demand $"{byHand.Name}, float32" problem
    else
        Checks.firstApart 4e-15 true problem.Start expected actual
        |> Checks.demand byHand.Name problem

        Checks.firstApart 2e-7 true problem.Start expected narrow
        |> Checks.demand $"{byHand.Name}, float32" problem
