namespace OptVerify

open System
open System.Numerics
open System.Threading.Tasks
open OptCore
open OptCore.Kernels

/// The ways in which one pipeline can run the same steps, in numbers of one type.
type internal Executions<'T
    when 'T: unmanaged
    and 'T: struct
    and 'T: (new: unit -> 'T)
    and 'T :> ValueType
    and 'T :> IBinaryFloatingPointIeee754<'T>>
    (optimizer: Optimizer, layout: Layout, convert: float -> 'T, sequence: GradientSequence, losses: float[]) =

    let start = Array.map convert sequence.Start
    let steps = Array.zip (Array.map (Array.map convert) sequence.Gradients) losses
    let span (values: 'T[]) = ReadOnlySpan<'T> values

    // The numbers at the end, or where a guard gave up. All NaNs are alike: where two meet, the sign and payload of the result
    // depend on the order of the operands, which the just-in-time compiler chooses.
    let outcome (run: unit -> 'T[]) =
        try
            run ()
            |> Array.map (fun x -> if 'T.IsNaN x then nan else Double.CreateTruncating x)
            |> Ok
        with :? NonFiniteGradientException as e ->
            Error e.Message

    let pureSteps (plan: Plan<'T>) () =
        let step (state: State<'T>) (g, loss) =
            plan.Step(state, span g, loss, atPoint = true)

        (Array.fold step (plan.Init(span start)) steps).ToArray()

    let session (plan: Plan<'T>) () =
        let session = plan.Start(span start)

        for g, loss in steps do
            session.Step(span g, loss, atPoint = true) |> ignore

        session.Snapshot().ToArray()

    let recycled (plan: Plan<'T>) () =
        let step (state: State<'T>) (g, loss) =
            plan.Step(state, span g, state, loss, atPoint = true)

        (Array.fold step (plan.Init(span start)) steps).ToArray()

    // The state before the last, which holds other numbers.
    let recycledOlder (plan: Plan<'T>) () =
        let step (state: State<'T>, spare: State<'T>) (g, loss) =
            plan.Step(state, span g, spare, loss, atPoint = true), state

        let last, _ =
            Array.fold step (plan.Init(span start), plan.Init(span (Array.rev start))) steps

        last.ToArray()

    let reported (plan: Plan<'T>) () =
        let step (state: State<'T>) (g, loss) =
            let struct (next, _) = plan.StepReported(state, span g, loss, atPoint = true)
            next

        (Array.fold step (plan.Init(span start)) steps).ToArray()

    let executions = [
        for bits in [ 128; 256; 512 ] do
            if bits <= Hardware.VectorBits then
                for fuse in [ true; false ] do
                    $"""{bits} bits{if fuse then "" else ", by blocks"}""",
                    Execution(Bits = bits, Fuse = fuse, Threads = 1)
    ]

    /// The outcome of pure steps.
    member _.Expected = outcome (pureSteps (optimizer.Plan<'T> layout))

    /// Every other way, by name, with its outcome.
    member _.Others = [
        let plan = optimizer.Plan<'T> layout
        "a session", outcome (session plan)
        "recycled memory", outcome (recycled plan)
        "recycled older memory", outcome (recycledOlder plan)
        "steps with a report", outcome (reported plan)

        for name, execution in executions do
            name, outcome (pureSteps (optimizer.Plan<'T>(layout, execution)))

        let shared = Array.zeroCreate 4

        Parallel.For(0, shared.Length, (fun i -> shared[i] <- outcome (pureSteps plan)))
        |> ignore

        for result in shared do
            "a plan on several threads", result
    ]
