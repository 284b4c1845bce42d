/// Libraries with one mistake each in a stage.
module OptVerify.Tests.StageMutants

open System
open OptCore
open OptDsl
open OptVerify
open OptVerify.Tests.Mutation

// Conditional stages under other conditions, or behind a mask of another kind.
let private reconditioned name (change: ScopeCondition -> ScopeCondition) =
    let place (built: Optimizer) (placed: ScopedStage) =
        let around (inner: Optimizer -> Optimizer) (one: ScopeCondition) =
            let words = Func<Optimizer, Optimizer> inner

            fun (optimizer: Optimizer) ->
                if one.Masks then
                    optimizer.ZeroUnless(one.Condition, words)
                else
                    optimizer.OnlyWhen(one.Condition, words)

        placed.Scope.Conditions
        |> Seq.map change
        |> Seq.rev
        |> Seq.fold around (fun (o: Optimizer) -> o.With placed.Stage)
        |> fun add -> add built

    Subject.withOptimizer name (fun optimizer ->
        if optimizer.Stages |> Seq.exists (fun placed -> placed.Scope.Conditions.Count > 0) then
            Seq.fold place (Optimizer.Sgd optimizer.Rate) optimizer.Stages
        else
            optimizer)

/// A search that goes on where another one ended.
type private Searched(inner: ISearch, change: SearchStep -> float -> float) =

    interface IStage with
        member _.Phase = Phase.Step
        member _.Equation = "a mutant"
        member _.Slots = (inner :> IStage).Slots

    interface ISearch with
        member _.Choose search = change search (inner.Choose search)

/// Mistakes of searches, and of directions that remember.
let searches = [
    swap<Wolfe> "wolfe takes the unit step" (fun w -> Searched(w, (fun _ _ -> 1.0)))
    swap<Wolfe> "wolfe takes a thousandth of its step" (fun w -> Searched(w, (fun _ a -> 1e-3 * a)))
    swap<Wolfe> "wolfe with a looser curvature" (fun w ->
        Wolfe(C1 = w.C1, C2 = (0.5 + 0.5 * w.C2), MaximumEvaluations = w.MaximumEvaluations, Weak = w.Weak))
    swap<Wolfe> "weak wolfe asks for the strong conditions" (fun w ->
        Wolfe(C1 = w.C1, C2 = w.C2, MaximumEvaluations = w.MaximumEvaluations))
    swap<Wolfe> "weak wolfe takes any slope" (fun w ->
        if w.Weak then
            Wolfe(C1 = w.C1, C2 = 0.9999, MaximumEvaluations = w.MaximumEvaluations, Weak = true)
        else
            w)
    swap<Backtracking> "backtracking takes the unit step" (fun b -> Searched(b, (fun _ _ -> 1.0)))
    swap<Backtracking> "backtracking goes three steps further back" (fun b ->
        Searched(b, (fun _ a -> a * b.Decrease ** 3.0)))
    swap<Lbfgs> "L-BFGS keeps one pair" (fun l -> Lbfgs(1, Curvature = l.Curvature, FirstL1 = l.FirstL1))
    swap<Lbfgs> "L-BFGS is steepest descent" (fun _ -> nothing)
    swap<ConjugateGradient> "conjugate gradients always restart" (fun _ -> nothing)
    swap<Polyak> "Polyak's step is at most 0.001" (fun p ->
        Polyak(Minimum = p.Minimum, Maximum = min 0.001 p.Maximum, Epsilon = p.Epsilon))
]

/// Mistakes of rules on matrices.
let matrices = [
    swap<Orthogonalize> "Newton and Schulz take one step more" (fun o ->
        Orthogonalize(
            Steps = o.Steps + 1,
            Epsilon = o.Epsilon,
            A = o.A,
            B = o.B,
            C = o.C,
            WidthScale = o.WidthScale,
            OutputFirst = o.OutputFirst,
            Rms = o.Rms
        ))
    swap<Orthogonalize> "orthogonalize with an ε" (fun o ->
        Orthogonalize(Steps = o.Steps, Epsilon = 0.5, WidthScale = o.WidthScale))
    swap<Shampoo> "Shampoo without matrices" (fun s ->
        Shampoo(Beta2 = s.Beta2, Epsilon = s.Epsilon, Every = s.Every, MaximumSize = 0))
    swap<Shampoo> "Shampoo's roots lag" (fun s -> Shampoo(Beta2 = s.Beta2, Epsilon = s.Epsilon, Every = s.Every + 1))
    swap<Soap> "SOAP without bases" (fun s ->
        Soap(
            Beta1 = s.Beta1,
            Beta2 = s.Beta2,
            Epsilon = s.Epsilon,
            ShampooBeta = s.ShampooBeta,
            Every = s.Every,
            MaximumSize = 0
        ))
    swap<Soap> "SOAP's bases follow later" (fun s ->
        Soap(Beta1 = s.Beta1, Beta2 = s.Beta2, Epsilon = s.Epsilon, ShampooBeta = s.ShampooBeta, Every = s.Every + 1))
    swap<Adafactor> "Adafactor's factors decay otherwise" (fun a ->
        if a.Factored then
            Adafactor(
                Exponent = 1.2 * a.Exponent,
                Epsilon = a.Epsilon,
                RelativeStep = a.RelativeStep,
                ParameterScale = a.ParameterScale
            )
        else
            a)
]

/// Mistakes of stages.
let stages = [
    reconditioned "what begins at a step begins one late" (fun one ->
        match one.Condition with
        | :? StepsFrom as from -> ScopeCondition(StepsFrom(from.Step + 1L), one.Masks)
        | _ -> one)
    reconditioned "masks let the update pass" (fun one -> ScopeCondition(one.Condition, false))
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
    swap<AdEmaMix> "AdEMAMix without bias correction" (fun a ->
        Adam(Beta1 = a.Beta1, Beta2 = a.Beta2, Epsilon = a.Epsilon, BiasCorrection = false))
    swap<SimplifiedAdEmaMix> "simplified AdEMAMix with a buffer that averages" (fun a ->
        Adam(Beta1 = a.Beta1, Beta2 = a.Beta2, Epsilon = a.Epsilon, BiasCorrection = false))
    swap<Ftrl> "FTRL with another power" (fun f -> Ftrl(Power = 0.6, Initial = f.Initial))
    swap<Cocob> "bets know the unit" (fun c -> Cocob(Alpha = c.Alpha, Epsilon = 1.0))
    swap<Cocob> "bets are twice as careful" (fun c -> Cocob(Alpha = 2.0 * c.Alpha, Epsilon = c.Epsilon))
    swap<Fromage> "fromage with a large least norm" (fun _ -> Fromage(Minimum = 10.0))
    swap<OptimizedGradient> "the optimized gradient's last step is as the others" (fun o ->
        OptimizedGradient(o.Steps + 1))
    swap<TripleMomentum> "triple momentum for other curvatures" (fun t -> TripleMomentum(t.Ratio ** 0.25))
    swap<Optimistic> "optimism always foresees" (fun o -> Optimistic(o.Alpha, o.Beta + 0.5))
    swap<Langevin> "noise at no temperature" (fun l -> Langevin(l.Temperature + 0.1, l.Seed))
    swap<Ascend> "ascent goes down" (fun _ -> nothing)
    swap<ClipNorm> "clipNorm of order 1" (fun c -> ClipNorm(1.0, c.MaxNorm))
    swap<ClipBlockRms> "the root mean square is the norm" (fun c -> ClipPerTensor c.MaxRms)
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
    swap<LossScale> "the loss's scale is not divided away" (fun _ -> nothing)
    swap<LossScale> "the loss's scale grows one step late" (fun s ->
        LossScale(
            Initial = s.Initial,
            Growth = s.Growth,
            Backoff = s.Backoff,
            Every = s.Every + 1,
            Minimum = s.Minimum
        ))
    swap<LossScale> "the loss's scale does not shrink" (fun s ->
        LossScale(Initial = s.Initial, Growth = s.Growth, Every = s.Every, Minimum = s.Initial))
    swap<MaxNorm> "maxNorm takes one norm over the tensor" (fun m -> Ball m.Radius)
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
    swap<Fista> "FISTA is forgotten" (fun _ -> Rule(Phase.Iterate, "", fun _ _ _ -> ()))
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
    swap<Polyak> "Polyak's step believes in a lower minimum" (fun p ->
        Polyak(Minimum = p.Minimum - 1.0 - abs p.Minimum, Maximum = p.Maximum, Epsilon = p.Epsilon))
    swap<ScheduleFree> "schedule-free with β and 1−β exchanged" (fun s -> ScheduleFree(1.0 - s.Beta))
    swap<Prodigy> "Prodigy's estimate is 100 times too large" (fun p ->
        Prodigy(
            Beta1 = p.Beta1,
            Initial = p.Initial,
            Epsilon = p.Epsilon,
            Coefficient = 100.0 * p.Coefficient,
            BiasCorrection = p.BiasCorrection
        ))
    swap<DAdapt> "D-Adaptation corrects its bias" (fun d ->
        DAdapt(Beta1 = d.Beta1, Initial = d.Initial, Epsilon = d.Epsilon, Growth = d.Growth, BiasCorrection = true))
    swap<Dog> "DoG with an ε" (fun d -> Dog(Initial = d.Initial, Epsilon = 0.5, PerTensor = d.PerTensor))
    swap<Hypergradient> "the factor learns half as fast" (fun h ->
        Hypergradient(0.5 * h.Beta, Multiplicative = h.Multiplicative, Minimum = h.Minimum, Maximum = h.Maximum))
    swap<Hypergradient> "the factor always learns" (fun h ->
        Hypergradient(max 1e-3 h.Beta, Multiplicative = h.Multiplicative, Minimum = h.Minimum, Maximum = h.Maximum))
    swap<Hypergradient> "the factor learns by addition" (fun h -> Hypergradient h.Beta)
    swap<Momo> "MoMo's averages start from 0" (fun m ->
        Momo(Beta = m.Beta, LowerBound = m.LowerBound, BiasCorrection = true))
    swap<TargetUpdate> "the target waits" (fun t -> TargetUpdate(t.Period + 1, Rate = t.Rate))
    swap<PolynomialAverage> "polynomial averages weigh late iterates more" (fun p -> PolynomialAverage(p.Gamma + 0.5))
    swap<Accumulate> "accumulate takes one more" (fun a -> Accumulate(a.Steps + 1))
    swap<Scale> "scales act inversely" (fun s -> Scale(1.0 / s.Factor))
]
