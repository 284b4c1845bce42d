/// What holds of the optimizer whatever the gradients are. `dotnet test` draws them at random.
module Tests

open System
open FsCheck
open FsCheck.FSharp
open NUnit.Framework
open OptCore
open Optimizer

/// Clipped gradients have length c at most, momentum adds them up to c/(1 − β), and the rate never rises above η: no step is
/// longer than η c/(1 − β). `clip` lets a gradient pass whose length is no number; `skipNonFinite` would leave it out.
/// What every optimizer has to keep, `OptVerify.Laws.forOptimizer optimizer` lists as properties: `Check.QuickThrowOnFailure law.Check`.
[<Test>]
let ``no step is longer than the rate times the sum of the momentum`` () =
    let bound = rate * longest / (1.0 - beta)
    let plan = optimizer.Plan start.Length
    let rounding = 1e-12

    let holds (draws: (NormalFloat * NormalFloat) list) =
        let mutable state = plan.Init start

        [ for NormalFloat x, NormalFloat y in draws -> [| x; y |] ]
        |> List.filter (fun gradient -> Double.IsFinite(Double.Hypot(gradient[0], gradient[1])))
        |> List.forall (fun gradient ->
            let before = state.ToArray()
            state <- plan.Step(state, gradient)
            let after = state.ToArray()

            Double.Hypot(after[0] - before[0], after[1] - before[1]) <= bound + rounding)

    Check.QuickThrowOnFailure holds
