/// The schedules as plain functions of t.
module OptCore.Tests.Oracle.Schedules

open System
open OptCore

/// s(t) of the classical schedules, by the table's equations.
let rec at (schedule: ISchedule) (t: int64) : float =
    let x = float t

    match schedule with
    | :? Constant as s -> s.Value
    | :? StepDecay as s -> s.Factor ** floor (x / float s.Every)
    | :? MultiStep as s ->
        s.Factor
        ** float (s.Milestones |> Seq.filter (fun m -> int64 m <= t) |> Seq.length)
    | :? GeometricDecay as s -> s.Factor ** x
    | :? ExponentialDecay as s -> exp (-s.Rate * x)
    | :? Cosine as s ->
        s.Floor
        + (1.0 - s.Floor) * wave (min x (float s.Steps)) (float s.Steps) ** s.Exponent
    | :? SqrtDecay as s -> s.Floor + (1.0 - s.Floor) * (1.0 - sqrt (min x (float s.Steps) / float s.Steps))
    | :? Table as s ->
        if x < float s.Values.Count then
            s.Values[int x]
        else
            Seq.last s.Values
    | :? CosineRestarts as s -> restarts x (float s.Steps) (float s.Multiplier)
    | :? LinearRamp as s -> s.From + (s.To - s.From) * min x (float s.Steps) / float s.Steps
    | :? PolynomialDecay as s -> (1.0 - min x (float s.Steps) / float s.Steps) ** s.Power
    | :? Warmup as s -> min 1.0 ((x + 1.0) / float s.Steps)
    | :? WarmupFrom as s -> s.From + (1.0 - s.From) * min 1.0 (x / float s.Steps)
    | :? WarmupCosine as s -> warmupCosine x (float s.WarmupSteps) (float s.Steps)
    | :? OneCycle as s -> oneCycle s x
    | :? InverseSqrt -> 1.0 / sqrt (x + 1.0)
    | :? InverseTime as s -> (1.0 + s.Rate * x) ** -s.Power
    | :? TriangularWave as s -> triangular x (float s.HalfPeriod) s.Low
    | :? WarmupStableDecay as s -> warmupStableDecay x (float s.WarmupSteps) (float s.Steps) (float s.DecaySteps)
    | :? AndThen as s ->
        if t < int64 s.Steps then
            at s.First t
        else
            at s.Next (t - int64 s.Steps)
    | :? Times as s -> at s.First t * at s.Second t
    | :? Plus as s -> at s.First t + at s.Second t
    | :? AtLeast as s -> max s.Value (at s.Schedule t)
    | :? AtMost as s -> min s.Value (at s.Schedule t)
    | :? Delay as s -> at s.Schedule (max 0L (t - int64 s.Steps))
    | :? Repeat as s -> at s.Schedule (t % int64 s.Period)
    | :? ScaleBy as s -> s.Factor * at s.Schedule t
    | _ -> failwith $"the oracle has no twin of the schedule {schedule}"

and private wave t steps = (1.0 + cos (Math.PI * t / steps)) / 2.0

and private restarts t length multiplier =
    if t < length then
        wave t length
    else
        restarts (t - length) (length * multiplier) multiplier

and private warmupCosine t warm steps =
    if t < warm then
        (t + 1.0) / warm
    else
        wave (min t steps - warm) (steps - warm)

and private oneCycle s t =
    let steps = float s.Steps

    let peak, last =
        if s.Inclusive then
            s.WarmupFraction * steps - 1.0, steps - 1.0
        else
            floor (s.WarmupFraction * steps), steps

    let blend from into part linear =
        if linear then
            from + (into - from) * part
        else
            into + (from - into) * wave part 1.0

    if t < peak then
        blend s.InitialFactor 1.0 (t / peak) s.LinearWarmup
    elif peak >= last then
        1.0
    else
        blend 1.0 s.FinalFactor ((min t last - peak) / (last - peak)) s.LinearDecay

and private triangular t half low =
    let way = t % (2.0 * half)
    let rise = if way <= half then way / half else 2.0 - way / half
    low + (1.0 - low) * rise

and private warmupStableDecay t warm steps decay =
    if t < warm then (t + 1.0) / warm
    elif t < steps - decay then 1.0
    else max 0.0 ((steps - t) / decay)
