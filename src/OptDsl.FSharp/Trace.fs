namespace OptDsl

open System
open OptCore

/// <summary>A step seen from inside.</summary>
[<RequireQualifiedAccess>]
module Trace =

    /// <summary>
    /// What stands behind every stage in the step that a gradient makes from a state, tensor by tensor; prints as a table:
    /// <c>state |> Trace.step [| 0.5; -0.5 |]</c>. The state stays as it is. A wrong length is an <c>ArgumentException</c>.
    /// </summary>
    let step (gradient: 'T[]) (state: State<'T>) : StepTrace =
        let struct (_, trace) = state.Plan.Trace(state, ReadOnlySpan<'T> gradient)
        trace

    /// <summary>As <c>step</c>, with the loss that stages such as <c>plateau</c> look at.</summary>
    let stepWith (loss: float) (gradient: 'T[]) (state: State<'T>) : StepTrace =
        let struct (_, trace) = state.Plan.Trace(state, ReadOnlySpan<'T> gradient, loss)
        trace

    /// <summary>What one update of a plan costs, stage by stage; prints as a table: <c>adam 0.001 |> plan layout |> Trace.cost</c>.</summary>
    let cost (plan: Plan<'T>) : PlanCost = plan.Cost()
