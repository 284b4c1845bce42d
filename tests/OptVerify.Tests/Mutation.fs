/// How a library is given one mistake.
module OptVerify.Tests.Mutation

open System
open OptCore
open OptDsl
open OptVerify

/// A rule of a user on update, parameters and one slot (empty where none is named).
type Rule(phase: Phase, slot: string, rule: float[] -> float[] -> float[] -> unit) =

    interface IStage with
        member _.Phase = phase
        member _.Equation = "a mutant"
        member _.Slots = if slot = "" then [||] else [| SlotSpec.Element slot |]

    interface ISpanStage with
        member _.Apply step =
            let update, parameters = step.Update.ToArray(), step.Parameters.ToArray()
            let state = if slot = "" then [||] else step.Slot(slot).ToArray()
            rule update parameters state
            update.AsSpan().CopyTo step.Update

            if phase >= Phase.Constraint then
                parameters.AsSpan().CopyTo step.Parameters

            if slot <> "" then
                state.AsSpan().CopyTo(step.Slot slot)

/// A schedule of a user.
type Factor(at: int64 -> float) =

    interface ISchedule with
        member _.At step = at step
        member _.Equation = "a mutant"

let library = Subject.library

/// Replaces stages of one type.
let swap<'stage when 'stage :> IStage> name (replace: 'stage -> IStage) =
    Subject.withStage name (fun stage ->
        match box stage with
        | :? 'stage as stage -> Some(replace stage)
        | _ -> None)

let elementwise phase slot (rule: float[] -> float[] -> int -> unit) : IStage =
    Rule(
        phase,
        slot,
        fun u _ state ->
            for i in 0 .. u.Length - 1 do
                rule u state i
    )

let norm (x: float[]) = sqrt (Array.sumBy (fun x -> x * x) x)

let nothing: IStage = Scale 1.0

/// Optimizers of a kind without what is neither a stage nor a schedule: scopes, factors of tensors.
let rebuilt name (wanted: Optimizer -> bool) =
    Subject.withOptimizer name (fun optimizer ->
        if wanted optimizer then
            Subject.rebuild id id optimizer
        else
            optimizer)

let gradients name change = {
    library with
        Name = name
        Step = fun state gradient loss -> library.Step state (change state gradient) loss
        Session = fun plan start all -> library.Session plan start (all |> Array.map (change (plan.Init start)))
}

let observed name (change: float -> float[] -> float[] -> float * float[]) =
    let observe (objective: IObjective) : IObjective =
        FunctionObjective(
            objective.Dimension,
            FunctionObjective.ValueAndGradient(fun point gradient ->
                let value = objective.Evaluate(point, gradient)
                let value, slope = change value (gradient.ToArray()) (point.ToArray())
                slope.AsSpan().CopyTo gradient
                value)
        )

    {
        library with
            Name = name
            Observe = observe
    }

let scheduled name (at: ISchedule -> int64 -> float) =
    Subject.withSchedule name at (fun schedule -> Factor(at schedule))

let rate name (factor: float) =
    Subject.withOptimizer name (fun optimizer ->
        if optimizer.Parts.Count > 0 then
            optimizer
        else
            optimizer.WithRate(factor * optimizer.Rate))

/// Every n-th call of a step does something else: a hidden state.
let forgetful name period =
    let mutable calls = 0

    {
        library with
            Name = name
            Step =
                fun state gradient loss ->
                    calls <- calls + 1

                    library.Step
                        state
                        (if calls % period = 0 then
                             Array.map (fun g -> 1.5 * g) gradient
                         else
                             gradient)
                        loss
    }

let forgetfulSchedule =
    let mutable last = 0L

    scheduled "a schedule remembers the last question" (fun schedule step ->
        let value = schedule.At step
        let shifted = if step < last then value * 0.999 else value
        last <- step
        shifted)
