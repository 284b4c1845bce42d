namespace OptVerify

open System
open MathNet.Numerics.LinearAlgebra
open OptCore

/// <summary>
/// A pipeline with constant coefficients as the linear system it is, in one eigen-direction:
/// <c>s' = A s + B g</c>, the gradient g taken at the point <c>y = C s</c>; s holds the parameter and the slots.
/// </summary>
type LinearModel = {
    /// <summary>The transition of the state without a gradient, n × n.</summary>
    A: Matrix<float>
    /// <summary>The response of the state to a gradient, n.</summary>
    B: Vector<float>
    /// <summary>The point at which the gradient is taken, from the state, n.</summary>
    C: Vector<float>
    /// <summary>What the state holds: <c>parameters</c>, then the names of the slots.</summary>
    Names: string list
}

/// <summary>
/// Identifies pipelines from the responses of the real optimizer to chosen gradients; no update rule is written here. That a
/// pipeline is linear, that its coefficients are constant or repeat, its stages and schedules must declare (the traits
/// <c>Linear</c>, <c>LinearInStep</c>, <c>Observer</c>, <c>IPeriodic</c>, <c>ISchedule.Recurrence</c>); one that does not, or that
/// does not answer accordingly at gradients of the sizes 1e-100, 1 and 1e100, is refused.
/// </summary>
[<RequireQualifiedAccess>]
module LinearModel =

    /// The largest start of the constant part of a schedule that is waited for.
    let private longestWarmup = 100_000L

    /// Signs and sizes without a pattern, the same on every machine: a linear congruential generator.
    let private excitation seed count =
        let mutable x = uint64 seed * 2654435769UL + 12345UL

        Array.init count (fun _ ->
            x <- x * 6364136223846793005UL + 1442695040888963407UL
            float (x >>> 33) / float (1UL <<< 31) * 2.0 - 1.0)

    /// <summary>
    /// Whether the stages declare it and the first N steps answer linearly to gradients and start: superposition and scaling of
    /// runs, which schedules and bias corrections pass and clips, signs and adaptive denominators do not.
    /// </summary>
    let isLinear (optimizer: Optimizer) (steps: int) : bool =
        let plan = optimizer.Plan 1

        let final (inputs: float[]) =
            let start = plan.Init(ReadOnlySpan [| inputs[steps] |])

            let states =
                Array.scan (fun s g -> Runs.push plan [| g |] s) start inputs[.. steps - 1]

            [| for s in states -> (plan.Point s)[0] |]

        let first, second = excitation 5 (steps + 1), excitation 6 (steps + 1)

        let holds size =
            let expected =
                Array.map2 (fun x y -> size * (2.0 * x + y)) (final first) (final second)

            let actual = final (Array.map2 (fun x y -> size * (2.0 * x + y)) first second)
            let scale = 1e-10 * Array.fold (fun m v -> max m (abs v)) size expected
            Array.forall2 (fun (x: float) y -> abs (x - y) <= scale) expected actual

        Option.isNone (Declared.nonlinear optimizer)
        && plan.Probes < 2
        && List.forall holds [ 1e-100; 1.0; 1e100 ]

    let private elementSlots (state: State<float>) =
        state.SlotNames
        |> Seq.filter (fun name ->
            try
                (state.Slot name).Length = 1
            with :? ArgumentException ->
                false)
        |> List.ofSeq

    let private vector names (state: State<float>) =
        Array.append (state.ToArray()) [| for name in names -> (state.Slot name)[0] |]

    /// One observed step: the state before, the gradient, the point of the gradient, the state after.
    type private Observation = {
        Phase: int
        Before: float[]
        Gradient: float
        Point: float
        After: float[]
    }

    let private observe (plan: Plan<float>) names size start count period seed =
        let values = excitation seed (count + 1)
        let mutable state = plan.Init(ReadOnlySpan [| size * values[count] |])

        for _ in 1L .. start do
            state <- Runs.push plan [| 0.0 |] state

        [
            for k in 0 .. count - 1 do
                let before = state
                let point = (plan.Point before)[0]
                state <- Runs.push plan [| size * values[k] |] before

                {
                    Phase = k % period
                    Before = vector names before
                    Gradient = size * values[k]
                    Point = point
                    After = vector names state
                }
        ]

    /// Least squares by the pseudo-inverse, refined once: directions that no gradient reaches get the coefficient 0.
    let private solve (x: Matrix<float>) (y: Matrix<float>) =
        let inverse = x.PseudoInverse()
        let first = inverse * y
        let refined = first + inverse * (y - x * first)
        refined.Map(Func<_, _>(fun v -> if abs v < 1e-13 then 0.0 else v), Zeros.Include)

    let private fit names (seen: Observation list) =
        let n = List.length names + 1
        let rows (f: Observation -> float[]) = Dense.matrix (List.map f seen)
        let x = rows (fun o -> Array.append o.Before [| o.Gradient |])
        let transition = solve x (rows (fun o -> o.After))
        let point = solve (rows (fun o -> o.Before)) (rows (fun o -> [| o.Point |]))

        {
            A = transition.SubMatrix(0, n, 0, n).Transpose()
            B = transition.Row(n)
            C = point.Column(0)
            Names = "parameters" :: names
        }

    let private explains (models: LinearModel[]) (seen: Observation list) =
        let close scale expected actual =
            abs (expected - actual) <= 1e-10 * scale

        seen
        |> List.forall (fun o ->
            let model = models[o.Phase]
            let before = Vector<float>.Build.DenseOfArray o.Before
            let expected = model.A * before + o.Gradient * model.B
            let scale = before.AbsoluteMaximum() + abs o.Gradient + expected.AbsoluteMaximum()

            close scale (model.C * before) o.Point
            && Seq.forall2 (close scale) expected o.After)

    let private identify (plan: Plan<float>) names start period =
        let count = period * (2 * List.length names + 8)

        let watch size seed =
            observe plan names size start count period seed

        let seen = List.collect (watch 1.0) [ 1; 2; 3 ]

        let models = [|
            for phase in 0 .. period - 1 -> fit names (List.filter (fun o -> o.Phase = phase) seen)
        |]

        let check = List.collect (fun size -> watch size 4) [ 1e-100; 1.0; 1e100 ]
        if explains models (seen @ check) then Some models else None

    let private stillChanging = "the schedule is still changing after 100000 updates"

    let private measured (optimizer: Optimizer) (plan: Plan<float>) (repeats: Recurrence) =
        // Two steps let the slots of the start pass.
        let start, period = max 2L repeats.From, int repeats.Period

        if plan.Probes > 1 then
            Error "the point of its gradient is not linear in the state"
        elif start > longestWarmup then
            Error stillChanging
        elif Seq.forall (fun i -> plan.RateAt(start + int64 i) = 0.0) (seq { 0 .. period - 1 }) then
            Error $"its rate is 0 from step {start} on: it stops, and has no asymptotic rate"
        elif not (isLinear optimizer 16) then
            Error "its steps are not linear, though its stages say so"
        else
            let names = elementSlots (plan.Init(ReadOnlySpan [| 1.0 |]))

            match identify plan names start period with
            | Some models -> Ok models
            | None ->
                Error "its steps are not linear with constant coefficients, though its stages and schedules say so"

    /// <summary>
    /// The models of the steps of one period, in their order; one model for a pipeline with constant coefficients, n for
    /// <c>lookahead n a</c> and a schedule of period n. A schedule with an end is taken at its last value. Periods beyond 128 are
    /// not looked at.
    /// </summary>
    /// <returns>The models, or why there are none.</returns>
    let periodic (optimizer: Optimizer) : Result<LinearModel[], string> =
        try
            Declared.recurrence optimizer
            |> Result.bind (measured optimizer (optimizer.Plan 1))
        with
        | :? ArgumentException
        | :? NotSupportedException as e -> Error e.Message

    /// <summary>The model of a pipeline with constant coefficients.</summary>
    /// <returns>The model, or why there is none.</returns>
    let ofOptimizer (optimizer: Optimizer) : Result<LinearModel, string> =
        match periodic optimizer with
        | Ok [| model |] -> Ok model
        | Ok models -> Error $"its coefficients repeat with the period {models.Length}"
        | Error reason -> Error reason

    /// <summary>
    /// A model given by numbers, for methods without a word: <c>x' = (1+b) x − b x₋ − a g</c> with the gradient at
    /// <c>(1+c) x − c x₋</c>. c = 0 is the heavy ball, c = b Nesterov; the triple momentum method has a third value.
    /// </summary>
    let ofCoefficients (a: float) (b: float) (c: float) : LinearModel = {
        A = Dense.matrix [ [ 1.0 + b; -b ]; [ 1.0; 0.0 ] ]
        B = Dense.vector [ -a; 0.0 ]
        C = Dense.vector [ 1.0 + c; -c ]
        Names = [ "x"; "previous x" ]
    }

    /// <summary>The transition matrix M(λ) = A + λ B C on the quadratic λx²/2.</summary>
    let closed (eigenvalue: float) (model: LinearModel) : Matrix<float> =
        model.A + eigenvalue * model.B.OuterProduct model.C
