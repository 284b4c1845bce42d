/// A problem in every mode there is: pure, in place, with reuse, by blocks, at every vector width.
module OptDsl.Tests.Purity.Modes

open System
open System.Numerics
open Expecto
open OptCore
open OptCore.Kernels
open OptDsl.Tests.Problems

let sameStates (actual: 'State[]) (expected: 'State[]) message =
    Expect.hasLength actual expected.Length message

    for t in 0 .. actual.Length - 1 do
        if not (actual[t].Equals expected[t]) then
            failtestf "%s, after %d steps: %O, expected %O" message t actual[t] expected[t]

let executions = [
    for bits in [ 128; 256; 512 ] do
        if bits <= Hardware.VectorBits then
            for fuse in [ true; false ] do
                Execution(Bits = bits, Fuse = fuse, Threads = 1)
]

/// A problem in the numbers of one type, run in every mode there is.
type Modes<'T
    when 'T: unmanaged
    and 'T: struct
    and 'T: (new: unit -> 'T)
    and 'T :> ValueType
    and 'T :> IBinaryFloatingPointIeee754<'T>>(problem: Problem, convert: float -> 'T) =

    let start = Array.map convert problem.Start

    let steps =
        Array.zip (Array.map (Array.map convert) problem.Gradients) problem.Losses

    let span (values: 'T[]) = ReadOnlySpan<'T> values

    /// The plan as it runs by default, or in another way.
    member _.Plan(?execution: Execution) =
        match execution with
        | Some execution -> problem.Optimizer.Plan<'T>(problem.Layout, execution)
        | None -> problem.Optimizer.Plan<'T> problem.Layout

    /// All states by pure steps.
    member _.Pure(plan: Plan<'T>) =
        steps
        |> Array.scan (fun (state: State<'T>) (g, loss) -> plan.Step(state, span g, loss)) (plan.Init(span start))

    /// All states by a session.
    member _.Session(plan: Plan<'T>) =
        let session = plan.Start(span start)
        let first = session.Snapshot()

        let next (g, loss) =
            session.Step(span g, loss) |> ignore
            session.Snapshot()

        Array.append [| first |] (Array.map next steps)

    /// The last state by steps that recycle the state itself.
    member _.ReuseItself(plan: Plan<'T>) =
        steps
        |> Array.fold
            (fun (state: State<'T>) (g, loss) -> plan.Step(state, span g, state, loss))
            (plan.Init(span start))

    /// The last state by steps that recycle the state before the last, which holds other numbers.
    member _.ReuseOlder(plan: Plan<'T>) =
        steps
        |> Array.fold
            (fun (state: State<'T>, spare: State<'T>) (g, loss) -> plan.Step(state, span g, spare, loss), state)
            (plan.Init(span start), plan.Init(span (Array.rev start)))
        |> fst

    /// Session and reuse against pure steps.
    member modes.InPlaceIsPure() =
        let plan = modes.Plan()
        let expected = modes.Pure plan
        let last = [| Array.last expected |]
        sameStates (modes.Session plan) expected "session"
        sameStates [| modes.ReuseItself plan |] last "reuse of the state itself"
        sameStates [| modes.ReuseOlder plan |] last "reuse of an older state"

    /// Blocks and every vector width against the default.
    member modes.EveryExecutionIsTheSame() =
        let expected = modes.Pure(modes.Plan())

        for execution in executions do
            sameStates (modes.Pure(modes.Plan execution)) expected $"{execution}"

let planOf (problem: Problem) =
    problem.Optimizer.Plan<float> problem.Layout
