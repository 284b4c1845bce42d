/// However a plan runs, it gives the same bits: pure, in place, with reuse, resumed, by blocks, at every vector width, on
/// several threads; and no step touches a state that it was handed.
module OptDsl.Tests.PurityTests

open System
open System.Numerics
open System.Threading.Tasks
open Expecto
open FsCheck
open FsCheck.FSharp
open OptCore
open OptCore.Kernels
open OptDsl
open OptDsl.Tests.Laws
open OptDsl.Tests.Numbers
open OptDsl.Tests.Problems
open OptDsl.Tests.Running

let private sameStates (actual: 'State[]) (expected: 'State[]) message =
    Expect.hasLength actual expected.Length message

    for t in 0 .. actual.Length - 1 do
        if not (actual[t].Equals expected[t]) then
            failtestf "%s, after %d steps: %O, expected %O" message t actual[t] expected[t]

let private executions = [
    for bits in [ 128; 256; 512 ] do
        if bits <= Hardware.VectorBits then
            for fuse in [ true; false ] do
                Execution(Bits = bits, Fuse = fuse, Threads = 1)
]

/// A problem in the numbers of one type, run in every mode there is.
type private Modes<'T
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

let private onModes convert (check: Modes<'T> -> unit) =
    Prop.forAll problems (fun problem -> check (Modes(problem, convert)))

/// A state's whole content under the names of its slots: what equality of states is checked against.
let private content (state: State<float>) =
    let slot (name: string) =
        try
            bits (state.Slot name)
        with :? ArgumentException ->
            try
                bits (state.Numbers name)
            with :? ArgumentException -> [| state.Count name |]

    state.Step, bits (state.ToArray()), [ for name in state.SlotNames -> name, slot name ]

let private planOf (problem: Problem) =
    problem.Optimizer.Plan<float> problem.Layout

let private oldStatesStay (advance: Plan<float> -> State<float> -> float[] -> float -> State<float>) =
    Prop.forAll problems (fun problem ->
        let plan = planOf problem

        let next state (g: float[], loss) =
            let before = content state
            let gradient = Array.copy g
            let after: State<float> = advance plan state g loss
            Expect.isTrue (content state = before) "the old state"
            sameBits g gradient "the gradient"
            after

        Array.zip problem.Gradients problem.Losses
        |> Array.fold next (plan.Init problem.Start)
        |> ignore)

/// Some elements of the gradients replaced by the worst floats there are.
let private spoiled =
    let generator = gen {
        let! problem = problems |> Arb.toGen |> Gen.where (fun p -> p.Layout.Length > 0)
        let! row = Gen.choose (0, problem.Gradients.Length - 1)
        let! column = Gen.choose (0, problem.Layout.Length - 1)
        let! bad = special
        let gradient = Array.updateAt column bad problem.Gradients[row]

        return {
            problem with
                Gradients = Array.updateAt row gradient problem.Gradients
        }
    }

    Arb.fromGen generator

/// The numbers of a run, or where its guard gave up. All NaNs are alike: where two meet, the sign and payload of the result
/// depend on the order of the operands, which the just-in-time compiler chooses.
let private outcome (run: unit -> float[]) =
    try
        run () |> Array.map (fun x -> if Double.IsNaN x then nan else x) |> bits |> Ok
    with :? NonFiniteGradientException as e ->
        Error e.Message

/// A problem with one more pattern frozen, and that pattern.
let private frozenProblems =
    let generator =
        gen {
            let! problem =
                problems |> Arb.toGen |> Gen.where (fun p -> p.Layout.Tensors.Count > 0)

            let! pattern = Layouts.pattern problem.Layout

            return
                {
                    problem with
                        Optimizer = problem.Optimizer |> freeze pattern
                },
                pattern
        }
        |> Gen.where (fun (problem, _) -> Optimizers.plans problem.Layout problem.Optimizer)

    Arb.fromGen generator

let private isFrozen (problem: Problem) =
    let patterns = problem.Optimizer.Frozen

    fun (tensor: Tensor) -> patterns |> Seq.exists (fun p -> NamePattern.Matches(p, tensor.Name))

let private frozenStays (thaw: Optimizer -> Optimizer) =
    Prop.forAll frozenProblems (fun (problem, _) ->
        let plan = (thaw problem.Optimizer).Plan<float> problem.Layout
        let last = problemStates plan problem |> Array.last

        for tensor in Seq.filter (isFrozen problem) problem.Layout.Tensors do
            sameBits (last.Tensor tensor.Name) (Array.sub problem.Start tensor.Offset tensor.Length) tensor.Name)

/// The numbers of frozen tensors replaced, in start and gradients.
let private disturbed (problem: Problem) value =
    let replace (x: float[]) =
        let copy = Array.copy x

        for tensor in Seq.filter (isFrozen problem) problem.Layout.Tensors do
            Array.fill copy tensor.Offset tensor.Length value

        copy

    {
        problem with
            Start = replace problem.Start
            Gradients = Array.map replace problem.Gradients
    }

let private thawed (optimizer: Optimizer) =
    Optimizers.assemble {
        Optimizers.pieces optimizer with
            Frozen = []
    }

/// Every fourth case of a run goes on from a snapshot.
let private resumes (spoil: State<float> -> State<float>) =
    Prop.forAll problems (fun problem ->
        let plan = planOf problem
        let expected = problemStates plan problem
        let session = plan.Start problem.Start

        for t in 0 .. problem.Gradients.Length - 1 do
            let again = plan.Resume(spoil (session.Snapshot()))

            for later in t .. problem.Gradients.Length - 1 do
                again.Step(problem.Gradients[later], problem.Losses[later]) |> ignore

            sameStates [| again.Snapshot() |] [| Array.last expected |] $"resumed after {t} steps"
            session.Step(problem.Gradients[t], problem.Losses[t]) |> ignore)

let private single = {
    Run.Start = [| 1.0; -2.0; 3.0 |]
    Gradients = [| [| 0.5; 0.0; -1.0 |]; [| 1.0; 2.0; 0.0 |] |]
}

[<Tests>]
let tests =
    testList "purity" [
        law "PURE-1" "session and reuse are pure steps, bit for bit" (onModes id _.InPlaceIsPure())
        law "PURE-1" "in float32 too" (onModes float32 _.InPlaceIsPure())
        law
            "PURE-2"
            "blocks and every vector width are the fused loop, bit for bit"
            (onModes id _.EveryExecutionIsTheSame())
        law "PURE-2" "in float32 too" (onModes float32 _.EveryExecutionIsTheSame())
        law
            "PURE-2"
            "with gradients that are not finite too"
            (Prop.forAll spoiled (fun problem ->
                let last (plan: Plan<float>) =
                    outcome (fun () -> (Array.last (problemStates plan problem)).ToArray())

                let inPlace (plan: Plan<float>) =
                    outcome (fun () -> (Array.last (Modes(problem, id).Session plan)).ToArray())

                let expected = last (planOf problem)
                Expect.equal (inPlace (planOf problem)) expected "session"

                for execution in executions do
                    Expect.equal
                        (last (problem.Optimizer.Plan<float>(problem.Layout, execution)))
                        expected
                        $"{execution}"))
        law
            "PURE-2"
            "a step with a report gives the same bits"
            (Prop.forAll problems (fun problem ->
                let plan = planOf problem

                let reported =
                    Array.zip problem.Gradients problem.Losses
                    |> Array.scan
                        (fun (state: State<float>) (g: float[], loss) ->
                            let struct (next, report) = plan.StepReported(state, g, loss)
                            Expect.equal report.Step state.Step "step"
                            next)
                        (plan.Init problem.Start)

                sameStates reported (problemStates plan problem) "reported"))
        control
            "PURE-2"
            "another optimizer gives other bits"
            (Prop.forAll problems (fun problem ->
                let other = (problem.Optimizer |> constant 0.999).Plan<float> problem.Layout

                sameRuns
                    (problemStates other problem |> Array.map _.ToArray())
                    (problemStates (planOf problem) problem |> Array.map _.ToArray())
                    "rate"))

        law
            "PURE-3"
            "a step leaves the old state and the gradient bit-unchanged"
            (oldStatesStay (fun plan state g loss -> plan.Step(state, g, loss)))
        law
            "PURE-3"
            "and so does a session that goes on from it"
            (oldStatesStay (fun plan state g loss ->
                let session = plan.Resume state
                session.Step(g, loss) |> ignore
                session.Snapshot()))
        control
            "PURE-3"
            "a state that was given up cannot be read"
            (oldStatesStay (fun plan state g loss -> plan.Step(state, g, state, loss)))
        law
            "PURE-3"
            "a given-up state says so"
            (Prop.forAll problems (fun problem ->
                let plan = planOf problem
                let state = plan.Init problem.Start
                plan.Step(state, problem.Gradients[0], state, problem.Losses[0]) |> ignore

                Expect.throwsC (fun () -> state.ToArray() |> ignore) (fun e ->
                    Expect.equal (e.GetType()) typeof<ObjectDisposedException> "type"
                    Expect.stringContains e.Message "given up" "message")))

        law "PURE-4" "a run resumed from any snapshot ends as the uninterrupted one" (resumes id)
        control "PURE-4" "not from a state without its memory" (resumes (fun state -> state.Plan.Init(state.ToArray())))

        law "PURE-5" "frozen tensors stay bit-unchanged" (frozenStays id)
        control "PURE-5" "thawed ones do not" (frozenStays thawed)
        law
            "PURE-5"
            "what is in a frozen tensor reaches nothing else, NaN included"
            (forAll2
                frozenProblems
                (Arb.fromGen (Gen.elements [ 0.0; 1e300; nan; infinity ]))
                (fun (problem, _) value ->
                    let run problem =
                        problemStates (planOf problem) problem |> Array.last

                    let clean, dirty = run problem, run (disturbed problem value)

                    for tensor in problem.Layout.Tensors do
                        if not (isFrozen problem tensor) then
                            sameBits (dirty.Tensor tensor.Name) (clean.Tensor tensor.Name) tensor.Name))
        law
            "PURE-5"
            "frozen tensors have no state"
            (Prop.forAll frozenProblems (fun (problem, pattern) ->
                let state =
                    (adam 0.1 |> freeze pattern).Plan<float>(problem.Layout).Init problem.Start

                let free =
                    problem.Layout.Tensors
                    |> Seq.filter (fun t -> not (NamePattern.Matches(pattern, t.Name)))
                    |> Seq.sumBy _.Length

                Expect.hasLength (state.Slot "adam.m") free "m"
                Expect.hasLength (state.Slot "adam.v") free "v"))

        law
            "PURE-6"
            "equal states have equal content and equal hashes"
            (Prop.forAll problems (fun problem ->
                let all =
                    Array.append (problemStates (planOf problem) problem) (problemStates (planOf problem) problem)

                for a in all do
                    for b in all do
                        Expect.equal (a.Equals b) (content a = content b) "equality is equality of content"

                        if a.Equals b then
                            Expect.equal (a.GetHashCode()) (b.GetHashCode()) "hash"))
        fact "PURE-6" "one bit of a parameter, of a slot, a step more: another state" (fun () ->
            let states (o: Optimizer) = states o single
            let state = Array.last (states (adam 0.1))

            let nudged = {
                single with
                    Start = [| Math.BitIncrement 1.0; -2.0; 3.0 |]
            }

            Expect.isFalse (state.Equals(Array.last (Running.states (adam 0.1) nudged))) "parameter"
            Expect.isFalse (state.Equals((states (adam 0.1))[1])) "step"
            Expect.isFalse (state.Equals(Array.last (states (adam 0.2)))) "optimizer"
            // At rate 0 the parameters stay and only the slot differs.
            let resting = sgd 0.0 |> momentum 0.9

            let other = {
                single with
                    Gradients = [| [| 0.5; 0.0; -1.0 |]; [| 1.0; 2.0; 0.25 |] |]
            }

            let a, b = Array.last (states resting), Array.last (Running.states resting other)
            sameBits (a.ToArray()) (b.ToArray()) "parameters"
            Expect.isFalse (a.Equals b) "slot"
            Expect.isFalse (state.Equals null) "null")

        law
            "PURE-7"
            "one plan stepped on several threads gives the same bits"
            (Prop.forAll problems (fun problem ->
                let plan = planOf problem
                let expected = problemStates plan problem
                let runs = Array.zeroCreate<State<float>[]> 8

                Parallel.For(
                    0,
                    runs.Length,
                    ParallelOptions(MaxDegreeOfParallelism = 4),
                    (fun i -> runs[i] <- problemStates plan problem)
                )
                |> ignore

                for run in runs do
                    sameStates run expected "thread"))

        law
            "PURE-8"
            "a skipped gradient changes nothing but its counter"
            (Prop.forAll runs (fun run ->
                if run.Length > 0 then
                    let plan = planFor run.Length (adam 0.1 |> average 0.5 |> skipNonFinite 9)
                    let state = Array.last (statesOf plan run.Start run.Gradients)
                    let bad = Array.updateAt 0 nan run.Gradients[0]
                    let skipped = step plan state bad
                    let number, parameters, slots = content state
                    let number', parameters', slots' = content skipped
                    let without = List.filter (fun (name, _) -> name <> "skipNonFinite.count")
                    Expect.equal number' number "step"
                    Expect.isTrue (parameters' = parameters) "parameters"
                    Expect.isTrue (without slots' = without slots) "slots"
                    Expect.equal (skipped.Count "skipNonFinite.count") 1L "counter"))
    ]
