/// Libraries with one mistake each in the engine or in the schedules.
module OptVerify.Tests.EngineMutants

open System
open OptCore
open OptDsl
open OptVerify
open OptVerify.Tests.Mutation

/// Mistakes of the engine.
let engine = [
    rate "the rate is 1 % too large" 1.01
    rate "the rate is 1 % too small" 0.99
    rate "the rate is 3 times too large" 3.0
    rate "the rate is 30 times too large" 30.0
    rate "the rate is 10 times too small" 0.1
    gradients "steps go uphill" (fun _ g -> Array.map (~-) g)
    gradients "gradients pass through float32" (fun _ g -> g |> Array.map (float32 >> float))
    gradients "the first coordinate is forgotten" (fun _ g -> Array.mapi (fun i x -> if i = 0 then 0.0 else x) g)
    gradients "the parameters leak into the gradient" (fun state g ->
        Array.map2 (fun x p -> x + 1e-2 * p) g (state.ToArray()))
    gradients "gradients are never zero" (fun _ g -> g |> Array.map (fun x -> x + 1e-3))
    gradients "the gradient is rotated" (fun _ g -> if g.Length < 2 then g else Array.append g[1..] g[..0])
    {
        library with
            Name = "the session forgets the last gradient"
            Session = fun plan start all -> library.Session plan start (Array.truncate (all.Length - 1) all)
    }
    {
        library with
            Name = "loading forgets the slots"
            Restore = fun state -> state.Plan.Init(state.ToArray())
    }
    {
        library with
            Name = "text loses the last word"
            Print =
                fun optimizer ->
                    let text = string optimizer in

                    (match text.LastIndexOf " |> " with
                     | -1 -> "sgd 0.125"
                     | i -> text[.. i - 1])
    }
    {
        library with
            Name = "the loss leaks into the step"
            Step =
                fun state g loss ->
                    library.Step
                        state
                        (if Double.IsNaN loss then
                             g
                         else
                             Array.map (fun x -> x * (1.0 + 1e-3 * Math.Tanh loss)) g)
                        loss
    }
    {
        library with
            Name = "every gradient is applied twice"
            Step = fun state g loss -> library.Step (library.Step state g loss) g loss
    }
    {
        library with
            Name = "the probe looks at the parameters"
            Point = fun state _ -> state.ToArray()
    }
    {
        library with
            Name = "the probe looks the other way"
            Point = fun state g -> Array.map2 (fun p q -> 2.0 * p - q) (state.ToArray()) (library.Point state g)
    }
    {
        library with
            Name = "the probe looks ten times as far"
            Point = fun state g -> Array.map2 (fun p q -> p + 10.0 * (q - p)) (state.ToArray()) (library.Point state g)
    }
    forgetful "every seventh step is longer" 7
    // The minimiser of Nesterov's tridiagonal function: a lower bound must notice.
    {
        library with
            Name = "a step knows the minimiser"
            Step =
                fun state _ loss ->
                    let rate = max 1e-3 (state.Plan.RateAt state.Step)
                    let d = float (state.ToArray().Length + 1)

                    let aim =
                        state.ToArray()
                        |> Array.mapi (fun i p -> (p - (1.0 - float (i + 1) / d)) / rate)

                    library.Step state aim loss
    }
    gradients "zero gradients become NaN" (fun _ g ->
        if Array.forall (fun x -> x = 0.0) g then
            Array.map (fun _ -> nan) g
        else
            g)
    observed "the objective's gradient is 10 % too long" (fun value g _ -> value, Array.map (fun x -> 1.1 * x) g)
    observed "the objective's value has a bump" (fun value g x -> value + 0.1 * abs (sin (100.0 * Array.sum x)), g)
    observed "the objective's gradient has the wrong sign" (fun value g _ -> value, Array.map (~-) g)
]

/// Mistakes of schedules.
let schedules = [
    scheduled "schedules start at t = 1" (fun s t -> s.At(t + 1L))
    scheduled "schedules lag one step" (fun s t -> s.At(max 0L (t - 1L)))
    scheduled "schedules are ignored" (fun _ _ -> 1.0)
    scheduled "schedules are squared" (fun s t -> s.At t ** 2.0)
    scheduled "schedules go on past their end" (fun s t ->
        if s.End.HasValue && t > s.End.Value then
            s.At(2L * s.End.Value - t |> max 0L)
        else
            s.At t)
    scheduled "schedules go negative" (fun s t -> if t > 1000L then -1.0 else s.At t)
    scheduled "schedules have a floor" (fun s t -> max 0.05 (s.At t))
    scheduled "warmupFrom starts at 0" (fun s t ->
        match s with
        | :? WarmupFrom as w -> (WarmupFrom(0.0, w.Steps) :> ISchedule).At t
        | _ -> s.At t)
    scheduled "a schedule drifts with time" (fun s t -> s.At t * (1.0 + 1e-6 * float t))
    forgetfulSchedule
]
