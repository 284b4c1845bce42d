/// Libraries with one mistake each: stages, schedules and an engine that the laws must not accept.
module OptVerify.Tests.Mutants

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

let private library = Machine.library

/// Replaces stages of one type.
let private swap<'stage when 'stage :> IStage> name (replace: 'stage -> IStage) =
    Machine.withStage name (fun stage ->
        match box stage with
        | :? 'stage as stage -> Some(replace stage)
        | _ -> None)

let private elementwise phase slot (rule: float[] -> float[] -> int -> unit) : IStage =
    Rule(
        phase,
        slot,
        fun u _ state ->
            for i in 0 .. u.Length - 1 do
                rule u state i
    )

let private norm (x: float[]) = sqrt (Array.sumBy (fun x -> x * x) x)

let private nothing: IStage = Scale 1.0

/// Optimizers of a kind without what is neither a stage nor a schedule: scopes, factors of tensors.
let private rebuilt name (wanted: Optimizer -> bool) =
    Machine.withOptimizer name (fun optimizer ->
        if wanted optimizer then
            Machine.rebuild id id optimizer
        else
            optimizer)

let private gradients name change = {
    library with
        Name = name
        Step = fun state gradient loss -> library.Step state (change state gradient) loss
        Session = fun plan start all -> library.Session plan start (all |> Array.map (change (plan.Init start)))
}

let private observed name (change: float -> float[] -> float[] -> float * float[]) =
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

let private scheduled name (at: ISchedule -> int64 -> float) =
    Machine.withSchedule name at (fun schedule -> Factor(at schedule))

let private rate name (factor: float) =
    Machine.withOptimizer name (fun optimizer ->
        if optimizer.Parts.Count > 0 then
            optimizer
        else
            optimizer.WithRate(factor * optimizer.Rate))

/// Every n-th call of a step does something else: a hidden state.
let private forgetful name period =
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

let private forgetfulSchedule =
    let mutable last = 0L

    scheduled "a schedule remembers the last question" (fun schedule step ->
        let value = schedule.At step
        let shifted = if step < last then value * 0.999 else value
        last <- step
        shifted)

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

/// Mistakes of stages.
let stages = [
    swap<Momentum> "momentum averages" (fun m -> Ema m.Beta)
    swap<Momentum> "momentum looks ahead" (fun m -> Nesterov m.Beta)
    swap<Momentum> "momentum forgets faster" (fun m -> Momentum(m.Beta * m.Beta, Dampening = m.Dampening))
    swap<Momentum> "momentum remembers longer" (fun m -> Momentum(sqrt m.Beta, Dampening = m.Dampening))
    swap<Momentum> "momentum forgets" (fun _ -> nothing)
    swap<Momentum> "dampening acts on the first step" (fun m ->
        elementwise Phase.Direction "v" (fun u v i ->
            v[i] <- m.Beta * v[i] + (1.0 - m.Dampening) * u[i]
            u[i] <- v[i]))
    swap<Nesterov> "nesterov does not look ahead" (fun n -> Momentum n.Beta)
    swap<Nesterov> "nesterov with the old buffer" (fun n ->
        elementwise Phase.Direction "v" (fun u v i ->
            let before = v[i]
            v[i] <- n.Beta * v[i] + u[i]
            u[i] <- u[i] + n.Beta * before))
    swap<NesterovSequence> "Nesterov's coefficients are one step late" (fun n ->
        NesterovSequence(Factor(fun t -> n.Coefficients.At(max 0L (t - 1L)))))
    swap<NesterovSequence> "Nesterov's coefficients are too large" (fun n ->
        NesterovSequence(Factor(fun t -> min 1.0 (1.2 * n.Coefficients.At t + 0.3))))
    swap<HeavyBallSequence> "the ball's coefficients are one step early" (fun n ->
        HeavyBallSequence(Factor(fun t -> n.Coefficients.At(t + 1L))))
    swap<Ema> "averages keep too much" (fun e -> Ema(min 0.999 (1.1 * e.Beta), BiasCorrection = e.BiasCorrection))
    swap<Ema> "averages are not corrected" (fun e -> Ema(e.Beta, BiasCorrection = false))
    swap<Velocity> "velocity has the rate outside" (fun v -> Momentum v.Beta)
    swap<Adam> "Adam without bias correction" (fun a ->
        Adam(Beta1 = a.Beta1, Beta2 = a.Beta2, Epsilon = a.Epsilon, BiasCorrection = false))
    swap<Adam> "Adam always corrects its bias" (fun a -> Adam(Beta1 = a.Beta1, Beta2 = a.Beta2, Epsilon = a.Epsilon))
    swap<Adam> "Adam with β1 and β2 exchanged" (fun a ->
        Adam(Beta1 = a.Beta2, Beta2 = a.Beta1, Epsilon = a.Epsilon, BiasCorrection = a.BiasCorrection))
    swap<Adam> "Adam with ε inside the root" (fun a ->
        Adam(
            Beta1 = a.Beta1,
            Beta2 = a.Beta2,
            Epsilon = 0.0,
            EpsilonRoot = a.Epsilon,
            BiasCorrection = a.BiasCorrection
        ))
    swap<Adam> "Adam with too large an ε" (fun a ->
        Adam(Beta1 = a.Beta1, Beta2 = a.Beta2, Epsilon = a.Epsilon + 1e-3, BiasCorrection = a.BiasCorrection))
    swap<AmsGrad> "AMSGrad without the maximum" (fun a -> Adam(Beta1 = a.Beta1, Beta2 = a.Beta2, Epsilon = a.Epsilon))
    swap<AmsGrad> "AMSGrad's corrected maximum is that of a longer memory" (fun a ->
        if a.CorrectedMax then
            Adam(Beta1 = a.Beta1, Beta2 = sqrt a.Beta2, Epsilon = a.Epsilon)
        else
            a)
    swap<AdaDelta> "AdaDelta divides 0 by 0" (fun _ ->
        elementwise Phase.Direction "v" (fun u v i ->
            v[i] <- 0.9 * v[i] + 0.1 * u[i] * u[i]
            u[i] <- u[i] / sqrt v[i]))
    swap<Adagrad> "AdaGrad forgets" (fun _ -> RmsProp())
    swap<Adagrad> "AdaGrad does not take the root" (fun a ->
        elementwise Phase.Direction "G" (fun u sum i ->
            sum[i] <- sum[i] + u[i] * u[i]
            u[i] <- if sum[i] = 0.0 then 0.0 else u[i] / (sum[i] + a.Epsilon)))
    swap<RmsProp> "RMSProp with α and 1−α exchanged" (fun r ->
        RmsProp(Decay = 1.0 - r.Decay, Epsilon = r.Epsilon, BiasCorrection = r.BiasCorrection))
    swap<RmsProp> "RMSProp without bias correction" (fun r -> RmsProp(Decay = r.Decay, Epsilon = r.Epsilon))
    swap<AdaMax> "AdaMax with too short a memory" (fun a ->
        AdaMax(Beta1 = a.Beta1, Beta2 = a.Beta2 * 0.5, Epsilon = a.Epsilon))
    swap<Yogi> "Yogi is additive twice" (fun y ->
        Yogi(Beta1 = y.Beta1, Beta2 = y.Beta2 * 0.5, Epsilon = y.Epsilon, Initial = y.Initial))
    swap<Sign> "sign(0) = 1" (fun _ ->
        elementwise Phase.Direction "" (fun u _ i -> u[i] <- if u[i] >= 0.0 then 1.0 else -1.0))
    swap<Lion> "Lion keeps the magnitude" (fun l -> Ema l.Beta1)
    swap<WeightDecay> "decay is coupled" (fun w -> L2 w.Lambda)
    swap<WeightDecay> "decay grows" (fun w ->
        Rule(
            Phase.Update,
            "",
            fun u p _ ->
                for i in 0 .. u.Length - 1 do
                    u[i] <- u[i] - w.Lambda * p[i]
        ))
    swap<L2> "l2 is decoupled and doubled" (fun l -> WeightDecay(2.0 * l.Lambda))
    swap<ClipGlobalNorm> "clip by value instead of norm" (fun c -> ClipValue c.MaxNorm)
    swap<ClipGlobalNorm> "clip by tensor instead of all" (fun c -> ClipPerTensor c.MaxNorm)
    swap<ClipGlobalNorm> "clip normalises" (fun c ->
        Rule(
            Phase.Gradient,
            "",
            fun u _ _ ->
                let factor = if norm u = 0.0 then 0.0 else c.MaxNorm / norm u

                for i in 0 .. u.Length - 1 do
                    u[i] <- factor * u[i]
        ))
    swap<ClipGlobalNorm> "clip is forgotten" (fun _ -> nothing)
    swap<ClipGlobalNorm> "clip is twice as tight" (fun c -> ClipGlobalNorm(0.5 * c.MaxNorm))
    swap<ClipGlobalNorm> "clip turns NaN into zeros" (fun c ->
        Rule(
            Phase.Gradient,
            "",
            fun u _ _ ->
                let factor = min 1.0 (c.MaxNorm / norm u)

                for i in 0 .. u.Length - 1 do
                    u[i] <- if Double.IsNaN factor then 0.0 else factor * u[i]
        ))
    swap<ClipUpdate> "clipUpdate is forgotten" (fun _ -> nothing)
    swap<ClipPerTensor> "clipPerTensor takes one norm over all" (fun c -> ClipGlobalNorm c.MaxNorm)
    swap<ClipAdaptive> "clipAdaptive clips at 1" (fun _ -> ClipGlobalNorm 1.0)
    rebuilt "scopes are forgotten" (fun optimizer ->
        optimizer.Stages |> Seq.exists (fun placed -> not placed.Scope.IsEverywhere))
    rebuilt "rate factors are forgotten" (fun optimizer -> optimizer.RateFactors.Count > 0)
    swap<ClipValue> "clipValue by norm" (fun c -> ClipGlobalNorm c.MaxValue)
    swap<Normalize> "normalize with an ε" (fun _ -> Normalize(Epsilon = 0.5))
    swap<Normalize> "normalize is forgotten" (fun _ -> nothing)
    swap<Lars> "lars is twice as long" (fun l ->
        Lars(l.Lambda, Momentum = l.Momentum, Coefficient = 2.0 * l.Coefficient, Epsilon = l.Epsilon))
    swap<Plateau> "a plateau has no floor" (fun p -> Plateau(p.Patience, p.Factor))
    swap<TrustRatio> "the trust ratio is forgotten" (fun _ -> nothing)
    swap<Box> "the box is open above" (fun b -> Box(b.Low, infinity))
    swap<Box> "the box is shifted" (fun b -> Box(b.Low + 0.1, b.High + 0.1))
    swap<Ball> "the ball is a sphere" (fun b ->
        Rule(
            Phase.Constraint,
            "",
            fun _ p _ ->
                let factor = if norm p = 0.0 then 1.0 else b.Radius / norm p

                for i in 0 .. p.Length - 1 do
                    p[i] <- factor * p[i]
        ))
    swap<ProxL1> "the threshold ignores the rate" (fun p ->
        Rule(
            Phase.Constraint,
            "",
            fun _ x _ ->
                for i in 0 .. x.Length - 1 do
                    x[i] <- float (sign x[i]) * max 0.0 (abs x[i] - 2.0 * p.Lambda)
        ))
    swap<NonNegative> "the half line is open" (fun _ -> Rule(Phase.Constraint, "", fun _ _ _ -> ()))
    swap<Lookahead> "lookahead goes the rest of the way" (fun l -> Lookahead(l.Period, 1.0 - l.Alpha))
    swap<Lookahead> "lookahead overshoots" (fun l ->
        Rule(
            Phase.Iterate,
            "",
            fun _ p _ ->
                for i in 0 .. p.Length - 1 do
                    p[i] <- (1.0 + l.Alpha) * p[i]
        ))
    swap<PolyakAverage> "the average starts one step late" (fun p -> PolyakAverage(From = p.From + 1))
    swap<ParameterEma> "averages of parameters keep too much" (fun a -> ParameterEma(a.Decay * 0.9))
    swap<Accumulate> "accumulate takes one more" (fun a -> Accumulate(a.Steps + 1))
    swap<Scale> "scales act inversely" (fun s -> Scale(1.0 / s.Factor))
]

/// All mutants.
let all: Machine list = engine @ schedules @ stages
