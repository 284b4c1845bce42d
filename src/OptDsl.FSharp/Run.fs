namespace OptDsl

open System
open System.Collections.Concurrent
open System.Numerics
open MathNet.Numerics.LinearAlgebra
open OptCore

/// What a result warns of, told on the error output: each sentence once in the life of the program.
module internal Notices =

    let private told = ConcurrentDictionary<string, unit>()

    let tell (result: Result<'T>) =
        for warning in result.Warnings do
            if told.TryAdd(string warning, ()) then
                eprintfn "warning: %O" warning

        result

/// <summary>
/// The short words of the loop. Steps count updates; the objective's dimension and the start's length must agree, else an
/// <c>ArgumentException</c>. A numerical failure is no exception: <c>Result.Reason</c> says what happened.
/// </summary>
[<AutoOpen>]
module RunWords =

    /// <summary>
    /// Makes so many updates (fewer if it diverges): <c>adam 0.01 |> cosine 500 |> minimize 500 (Objective.rosenbrock 2) [| -1.0; 0.5 |]</c>.
    /// A function is no objective yet: <c>Objective.ofGeneric</c>, <c>Objective.numerical</c> make one of it. Schedules that do not
    /// fit the number of updates are in <c>Result.Warnings</c>, and are told once on the error output.
    /// </summary>
    let minimize (steps: int) (objective: IObjective) (start: float[]) (optimizer: Optimizer) : Result =
        Minimizer.Minimize(optimizer, objective, start, MinimizeOptions(Steps = int64 steps))
        |> Notices.tell

    /// <summary>
    /// <c>minimize</c> in <c>float32</c>: <c>adam 0.01 |> minimize32 500 (Objective.rosenbrock 2) [| -1.0f; 0.5f |]</c>. Every objective
    /// serves both types.
    /// </summary>
    let minimize32 (steps: int) (objective: IObjective) (start: float32[]) (optimizer: Optimizer) : Result<float32> =
        let options = MinimizeOptions(Steps = int64 steps)

        Minimizer.Minimize<float32>(optimizer, objective, ReadOnlySpan<float32> start, options)
        |> Notices.tell

    /// <summary>
    /// Minimizes with stop rules and more: <c>adam 0.01 |> minimizeWith (MinimizeOptions(Steps = 10000, GradientTolerance = 1e-6)) objective start</c>.
    /// </summary>
    let minimizeWith
        (options: MinimizeOptions)
        (objective: IObjective)
        (start: float[])
        (optimizer: Optimizer)
        : Result =
        Minimizer.Minimize(optimizer, objective, start, options) |> Notices.tell

    /// <summary><c>minimizeWith</c> in <c>float32</c>.</summary>
    let minimizeWith32
        (options: MinimizeOptions)
        (objective: IObjective)
        (start: float32[])
        (optimizer: Optimizer)
        : Result<float32> =
        Minimizer.Minimize<float32>(optimizer, objective, ReadOnlySpan<float32> start, options)
        |> Notices.tell

    /// <summary>
    /// The iterates, the start first, as a lazy sequence without end (it ends behind a value that is not finite):
    /// <c>sgd 0.1 |> trace objective start |> Seq.take 10</c>. Every enumeration runs anew, with the same results.
    /// </summary>
    let trace (objective: IObjective) (start: float[]) (optimizer: Optimizer) : TracePoint seq =
        Minimizer.Trace(optimizer, objective, start)

    /// <summary><c>trace</c> in <c>float32</c>.</summary>
    let trace32 (objective: IObjective) (start: float32[]) (optimizer: Optimizer) : TracePoint<float32> seq =
        Minimizer.Trace<float32>(optimizer, objective, ReadOnlySpan<float32> start)

    /// <summary>
    /// The optimizer compiled for named tensors: <c>adam 0.001 |> plan (Layout.Empty.Add("w", 3, 4).Add("b", 4))</c>. A pattern that
    /// matches no tensor is an <c>ArgumentException</c>.
    /// </summary>
    let plan (layout: Layout) (optimizer: Optimizer) : Plan<float> = optimizer.Plan<float> layout

    /// <summary><c>plan</c> for parameters of <c>float32</c>.</summary>
    let plan32 (layout: Layout) (optimizer: Optimizer) : Plan<float32> = optimizer.Plan<float32> layout

/// <summary>The loop on plans, states and MathNet vectors.</summary>
[<RequireQualifiedAccess>]
module Run =

    /// <summary>Minimizes over named tensors.</summary>
    let plan (options: MinimizeOptions) (objective: IObjective) (start: 'T[]) (plan: Plan<'T>) : Result<'T> =
        Minimizer.Minimize<'T>(plan, objective, ReadOnlySpan<'T> start, options)
        |> Notices.tell

    /// <summary>
    /// The state before the first step; takes array literals, too: <c>adam 0.1 |> plan layout |> Run.init [| 1.0; 2.0 |]</c>. A wrong
    /// length is an <c>ArgumentException</c>.
    /// </summary>
    let init (parameters: 'T[]) (plan: Plan<'T>) : State<'T> = plan.Init(ReadOnlySpan<'T> parameters)

    /// <summary>
    /// One pure step: <c>state |> Run.step [| 0.5; -0.5 |]</c>. The state stays as it is. A wrong length is an <c>ArgumentException</c>.
    /// </summary>
    let step (gradient: 'T[]) (state: State<'T>) : State<'T> =
        state.Plan.Step(state, ReadOnlySpan<'T> gradient)

    /// <summary>Goes on from a state for the given number of updates: <c>result.State |> Run.resume 100 objective</c>.</summary>
    let resume (steps: int) (objective: IObjective) (state: State<'T>) : Result<'T> =
        Minimizer.Minimize<'T>(state, objective, MinimizeOptions(Steps = int64 steps))
        |> Notices.tell

    /// <summary>Goes on from a state, with options.</summary>
    let resumeWith (options: MinimizeOptions) (objective: IObjective) (state: State<'T>) : Result<'T> =
        Minimizer.Minimize<'T>(state, objective, options) |> Notices.tell

    /// <summary>
    /// Minimizes and writes a log of every update, for <c>replay</c>: <c>adam 0.01 |> Run.record "a.log" 500 objective start</c>.
    /// </summary>
    let record (path: string) (steps: int) (objective: IObjective) (start: 'T[]) (optimizer: Optimizer) : Result<'T> =
        let options = MinimizeOptions(Steps = int64 steps, Record = path)

        Minimizer.Minimize<'T>(optimizer, objective, ReadOnlySpan<'T> start, options)
        |> Notices.tell

    /// <summary>
    /// Runs the run of a log again and compares every update bit for bit; prints <c>the same for 500 updates</c>, or the first step,
    /// tensor and index that differs. On other machines, versions and numbers of threads, too.
    /// </summary>
    let replay (path: string) (objective: IObjective) : Replay = Replay.Run(path, objective)

    /// <summary><c>carry</c> where time starts anew: t = 0, schedules from their beginning; slots go on.</summary>
    let restarting<'T, 'From
        when 'T: unmanaged
        and 'T: (new: unit -> 'T)
        and 'T: struct
        and 'T :> ValueType
        and 'T :> IBinaryFloatingPointIeee754<'T>
        and 'From: unmanaged
        and 'From: (new: unit -> 'From)
        and 'From: struct
        and 'From :> ValueType
        and 'From :> IBinaryFloatingPointIeee754<'From>>
        (plan: Plan<'T>)
        (state: State<'From>)
        : State<'T> =
        plan.Carry(state, CarryOptions(Restart = true)).State

    /// <summary>
    /// <c>carry</c> with options, and what is kept, begun anew and dropped:
    /// <c>state |> Run.carryWith (CarryOptions(AllowDropped = true)) plan</c>.
    /// </summary>
    let carryWith<'T, 'From
        when 'T: unmanaged
        and 'T: (new: unit -> 'T)
        and 'T: struct
        and 'T :> ValueType
        and 'T :> IBinaryFloatingPointIeee754<'T>
        and 'From: unmanaged
        and 'From: (new: unit -> 'From)
        and 'From: struct
        and 'From :> ValueType
        and 'From :> IBinaryFloatingPointIeee754<'From>>
        (options: CarryOptions)
        (plan: Plan<'T>)
        (state: State<'From>)
        : Carried<'T> =
        plan.Carry(state, options)

    /// <summary>The iterates from a state on.</summary>
    let traceFrom (objective: IObjective) (state: State<'T>) : TracePoint<'T> seq =
        Minimizer.Trace<'T>(state, objective)

    /// <summary>Minimizes from a MathNet vector.</summary>
    let minimizeFrom
        (options: MinimizeOptions)
        (objective: IObjective)
        (start: Vector<float>)
        (optimizer: Optimizer)
        : Result =
        minimizeWith options objective (start.ToArray()) optimizer

    /// <summary><c>minimizeFrom</c> in <c>float32</c>.</summary>
    let minimizeFrom32
        (options: MinimizeOptions)
        (objective: IObjective)
        (start: Vector<float32>)
        (optimizer: Optimizer)
        : Result<float32> =
        minimizeWith32 options objective (start.ToArray()) optimizer

    /// <summary>The last point as a MathNet vector.</summary>
    let point (result: Result<'T>) : Vector<'T> = Vector<'T>.Build.Dense result.Point

    /// <summary>
    /// Several optimizers on one problem, ranked by the value at the end, those that failed behind; <c>Race.Table</c> prints and
    /// <c>Chart.race</c> draws it: <c>Run.race 500 (Objective.rosenbrock 2) [| -1.0; 0.5 |] [ "adam", adam 0.1; "gd", sgd 0.001 ]</c>.
    /// </summary>
    let race (steps: int) (objective: IObjective) (start: float[]) (optimizers: (string * Optimizer) list) : Race =
        Racing.run steps objective start optimizers

    /// <summary><c>race</c> in <c>float32</c>.</summary>
    let race32
        (steps: int)
        (objective: IObjective)
        (start: float32[])
        (optimizers: (string * Optimizer) list)
        : Race<float32> =
        Racing.run steps objective start optimizers

    /// <summary>
    /// A learning-rate range test: one run of so many updates, n ≥ 2, whose rate grows from 0 &lt; low to high by the same factor each
    /// update (the optimizer's own rate is not used, its schedules multiply; in a <c>partition</c> the parts' rates are multiplied);
    /// it ends where the smoothed value is four times its smallest, at the prompt of F# Interactive with Ctrl-C, too.
    /// <c>adam 0.1 |> Run.findRate (1e-5, 10.0) 200 objective start</c>. Source: Smith 2017.
    /// </summary>
    let findRate
        (low: float, high: float)
        (steps: int)
        (objective: IObjective)
        (start: float[])
        (optimizer: Optimizer)
        : RateTest =
        Attending.attended (fun asked -> RateTesting.run asked (low, high) steps objective start optimizer)

    /// <summary><c>findRate</c> in <c>float32</c>.</summary>
    let findRate32
        (low: float, high: float)
        (steps: int)
        (objective: IObjective)
        (start: float32[])
        (optimizer: Optimizer)
        : RateTest =
        Attending.attended (fun asked -> RateTesting.run asked (low, high) steps objective start optimizer)

    /// <summary>
    /// The first update, slot and tensor at which two optimizers hold different numbers; None if they agree for all of them.
    /// Each follows its own gradients: up to the first difference they are the same. Signs of zeros and kinds of NaN are no difference.
    /// Ctrl-C at the prompt of F# Interactive ends it by an <c>OperationCanceledException</c> that says how far they are the same.
    /// </summary>
    let diff
        (steps: int)
        (objective: IObjective)
        (start: float[])
        (left: Optimizer)
        (right: Optimizer)
        : Difference option =
        Attending.attended (fun asked ->
            Differing.run asked 0.0 steps objective start (left.Plan start.Length) (right.Plan start.Length))

    /// <summary><c>diff</c> in <c>float32</c>.</summary>
    let diff32
        (steps: int)
        (objective: IObjective)
        (start: float32[])
        (left: Optimizer)
        (right: Optimizer)
        : Difference option =
        let plan (optimizer: Optimizer) =
            optimizer.Plan<float32>(Layout.Plain start.Length)

        Attending.attended (fun asked -> Differing.run asked 0.0 steps objective start (plan left) (plan right))

    /// <summary>
    /// <c>diff</c> on named tensors of <c>float</c> or <c>float32</c>, where differences up to the tolerance, relative to the larger number, are none: rounding.
    /// </summary>
    let diffWith
        (tolerance: float)
        (steps: int)
        (objective: IObjective)
        (start: 'T[])
        (left: Plan<'T>)
        (right: Plan<'T>)
        : Difference option =
        Attending.attended (fun asked -> Differing.run asked tolerance steps objective start left right)
