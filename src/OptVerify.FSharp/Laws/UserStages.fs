namespace OptVerify

open OptCore

/// <summary>
/// Nesterov's method with a coefficient for every step, as a stage of a user: <c>v = β_{t−1} v + u; u = u + β_t v</c>, where
/// β_t is a schedule. The stored parameters are the look-ahead points y_t; x_{t+1} = p_t − η∇f(p_t).
/// </summary>
type NesterovSequence(coefficients: ISchedule) =

    /// β_t.
    member _.Coefficients = coefficients

    /// Two stages with equal coefficients are the same.
    override _.Equals other =
        match other with
        | :? NesterovSequence as other -> other.Coefficients.Equals coefficients
        | _ -> false

    /// From the coefficients.
    override _.GetHashCode() = coefficients.GetHashCode()

    /// The code.
    override _.ToString() = $"NesterovSequence({coefficients})"

    interface IStage with
        member _.Phase = Phase.Direction
        member _.Equation = "v = β_{t−1} v + u; u = u + β_t v"
        member _.Slots = [| SlotSpec.Element "v" |]

    interface ISpanStage with
        member _.Apply step =
            let v = step.Slot "v"
            let u = step.Update
            let t = step.Number - 1L
            let before = if t = 0L then 0.0 else coefficients.At(t - 1L)
            let now = coefficients.At t

            for i in 0 .. u.Length - 1 do
                v[i] <- before * v[i] + u[i]
                u[i] <- u[i] + now * v[i]

/// <summary>
/// The heavy ball with a coefficient for every step, as a stage of a user: <c>v = β_t v + η_t u; p ← p − v</c>, where β_t is a
/// schedule: x_{t+1} = x_t − η_t g_t + β_t (x_t − x_{t−1}).
/// </summary>
type HeavyBallSequence(coefficients: ISchedule) =

    /// β_t.
    member _.Coefficients = coefficients

    /// Two stages with equal coefficients are the same.
    override _.Equals other =
        match other with
        | :? HeavyBallSequence as other -> other.Coefficients.Equals coefficients
        | _ -> false

    /// From the coefficients.
    override _.GetHashCode() = coefficients.GetHashCode()

    /// The code.
    override _.ToString() = $"HeavyBallSequence({coefficients})"

    interface IStage with
        member _.Phase = Phase.Direction
        member _.Equation = "v = β_t v + η_t u; u = v (no η in the step)"
        member _.Traits = StageTraits.RateInside
        member _.Slots = [| SlotSpec.Element "v" |]

    interface ISpanStage with
        member _.Apply step =
            let v = step.Slot "v"
            let u = step.Update
            let beta = coefficients.At(step.Number - 1L)

            for i in 0 .. u.Length - 1 do
                v[i] <- beta * v[i] + step.Rate * u[i]
                u[i] <- v[i]

/// <summary>The coefficient t/(t+r): Nesterov's with r = 3, the last-iterate heavy ball's with r = 2.</summary>
type FractionCoefficients(offset: int) =

    /// r.
    member _.Offset = offset

    /// Two with the same offset are the same.
    override _.Equals other =
        match other with
        | :? FractionCoefficients as other -> other.Offset = offset
        | _ -> false

    /// The offset.
    override _.GetHashCode() = offset

    /// The code.
    override _.ToString() = $"FractionCoefficients {offset}"

    interface ISchedule with
        member _.At step =
            float step / float (step + int64 offset)

        member _.Equation = $"t/(t+{offset})"

/// <summary>Nesterov's coefficients (t_k − 1)/t_{k+1}, t_0 = 1, t_{k+1} = (1 + √(1 + 4t_k²))/2.</summary>
type NesterovCoefficients() =

    /// t_k.
    static member Sequence(k: int) =
        let mutable t = 1.0

        for _ in 1..k do
            t <- (1.0 + sqrt (1.0 + 4.0 * t * t)) / 2.0

        t

    /// All are the same.
    override _.Equals other = other :? NesterovCoefficients

    /// One value for all.
    override _.GetHashCode() = 19

    /// The code.
    override _.ToString() = "NesterovCoefficients()"

    interface ISchedule with
        member _.At step =
            (NesterovCoefficients.Sequence(int step) - 1.0)
            / NesterovCoefficients.Sequence(int step + 1)

        member _.Equation = "(t_k − 1)/t_{k+1}"
