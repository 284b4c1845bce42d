/// What people get wrong about decay, the number of a step, and iterates.
module OptCore.Tests.Oracle.TimeMutants

open System
open OptCore
open OptCore.Tests.Oracle.Mutation

let decays = [
    mutant "weightDecay: coupled, as l2" [ Adam(); WeightDecay 0.1 ] (moved<WeightDecay> Phase.Regularization)
    |> golden
    mutant "l2: decoupled, as weightDecay" [ Adam(); L2 0.125 ] (moved<L2> Phase.Update)
    |> golden
    mutant
        "weightDecay: not by η_t behind a direction that contains it"
        [ Velocity 0.5; WeightDecay 0.1 ]
        (twin (fun (s: WeightDecay) -> Conditioning.l2 s.Lambda))
    mutant
        "weightDecay: by η_t twice"
        [ Momentum 0.5; WeightDecay 0.1 ]
        (twin (fun (s: WeightDecay) -> onEach (fun m i -> m.Update[i] + m.Rate[i] * s.Lambda * m.Parameters[i])))
    mutant "ascend: turns the decay, too" [ L2 0.125; Ascend() ] {
        twin (fun (_: Ascend) -> onEach (fun m i -> -m.Update[i])) with
            Phase =
                fun stage ->
                    match stage with
                    | :? Ascend -> int Phase.Update
                    | _ -> true'.Phase stage
    }
    mutant
        "ascend: the loss keeps its sign"
        [ Plateau(1, 0.5); Ascend() ]
        (twin (fun (_: Ascend) -> onEach (fun m i -> -m.Update[i])))
    mutant
        "langevin: the noise does not know the rate"
        [ Langevin(0.01, 7) ]
        (twin (fun (s: Langevin) site ->
            match true'.Twin s site with
            | Rule rule ->
                Rule(fun m ->
                    rule {
                        m with
                            Rate = Array.create m.Rate.Length 1.0
                    })
            | other -> other))
    mutant "l1: λp" [ L1 0.01 ] (twin (fun (s: L1) -> Conditioning.l2 s.Lambda))
    mutant
        "proxL1: without the rate"
        [ ProxL1 0.5 ]
        (twin (fun (s: ProxL1) site ->
            match Iterates.proxL1 s.Lambda site with
            | Rule rule ->
                Rule(fun m ->
                    rule {
                        m with
                            Rate = Array.create m.Rate.Length 1.0
                    })
            | other -> other))
]

let clocks = [
    mutant "schedules: one step early" [] {
        true' with
            Schedule = fun s t -> Schedules.at s (t + 1L)
    }
    |> with' (Cosine 12)
    |> golden
    mutant "schedules: one step late" [] {
        true' with
            Schedule = fun s t -> Schedules.at s (max 0L (t - 1L))
    }
    |> with' (GeometricDecay 0.9)
    |> golden
    mutant "inverseTime: the power on t alone" [] {
        true' with
            Schedule =
                fun s t ->
                    match s with
                    | :? InverseTime as s -> 1.0 / (1.0 + s.Rate * float t ** s.Power)
                    | s -> Schedules.at s t
    }
    |> with' (InverseTime(0.2, Power = 0.75))
    mutant "cosine: no exponent" [] {
        true' with
            Schedule =
                fun s t ->
                    match s with
                    | :? Cosine as s -> Schedules.at (Cosine(s.Steps, Floor = s.Floor)) t
                    | s -> Schedules.at s t
    }
    |> with' (Cosine(9, Exponent = 2.5))
    mutant "sqrtDecay: the root of what is left" [] {
        true' with
            Schedule =
                fun s t ->
                    match s with
                    | :? SqrtDecay as s -> sqrt (1.0 - min 1.0 (float t / float s.Steps))
                    | s -> Schedules.at s t
    }
    |> with' (SqrtDecay 10)
    mutant "table: begins anew" [] {
        true' with
            Schedule =
                fun s t ->
                    match s with
                    | :? Table as s -> s.Values[int t % s.Values.Count]
                    | s -> Schedules.at s t
    }
    |> with' (Table [ 0.5; 1.0; 0.25 ])
    mutant "t counts gradients, not updates: schedule" [ Accumulate 3 ] { true' with CountsGradients = true }
    |> with' (GeometricDecay 0.9)
    mutant "t counts gradients, not updates: bias correction" [ Adam(); Accumulate 3 ] {
        true' with
            CountsGradients = true
    }
    |> golden
    mutant "accumulate: the sum, not the mean" [ Accumulate 3 ] {
        twin (fun (s: Accumulate) _ -> Gate s.Steps) with
            Descend = fun eta u p -> p - 3.0 * eta * u
    }
    mutant
        "accumulate, then clip: clips each"
        [ Accumulate 2; ClipGlobalNorm 0.5 ]
        (moved<Accumulate> Phase.Regularization)
    mutant
        "noise: η is the deviation"
        [ Noise(0.01, 0.55, 7) ]
        (twin (fun (s: Noise) -> true'.Twin(Noise(s.Variance * s.Variance, 2.0 * s.Decay, s.Seed))))
    mutant
        "noise: k counts from 0"
        [ Noise(0.01, 0.55, 7) ]
        (twin (fun (s: Noise) site ->
            match true'.Twin s site with
            | Rule rule -> Rule(fun m -> rule { m with Number = m.Number + 1L })
            | other -> other))
    mutant
        "plateau: one more update of patience"
        [ Plateau(1, 0.5) ]
        (twin (fun (s: Plateau) _ -> Iterates.plateau (Plateau(s.Patience + 1, s.Factor))))
    mutant
        "plateau: without its floor"
        [ Plateau(1, 0.1, Floor = 0.05) ]
        (twin (fun (s: Plateau) _ -> Iterates.plateau (Plateau(s.Patience, s.Factor))))
    mutant
        "plateau: no cooldown"
        [ Plateau(1, 0.5, Maximize = true, Cooldown = 3) ]
        (twin (fun (s: Plateau) _ -> Iterates.plateau (Plateau(s.Patience, s.Factor, Maximize = true))))
    mutant
        "plateau: smaller is better"
        [ Plateau(1, 0.5, Maximize = true) ]
        (twin (fun (s: Plateau) _ -> Iterates.plateau (Plateau(s.Patience, s.Factor))))
    mutant
        "plateau: an absolute threshold is relative"
        [ Plateau(1, 0.5, Threshold = 1e3, Absolute = true) ]
        (twin (fun (s: Plateau) _ -> Iterates.plateau (Plateau(s.Patience, s.Factor))))
    mutant
        "plateau: any better loss counts"
        [ Plateau(1, 0.5, Threshold = 0.9) ]
        (twin (fun (s: Plateau) _ -> Iterates.plateau (Plateau(s.Patience, s.Factor, Threshold = 0.0))))
]

// Conditional stages: the conditions of others, and the k of others.
let private conditionals =
    let late =
        Func<Optimizer, Optimizer>(fun o -> o.With(Momentum(0.9, Dampening = 0.5)))

    let conditional name (optimizer: Optimizer) rules =
        let unconditional = mutant name [] rules

        {
            unconditional with
                Optimizer = optimizer
        }

    [
        conditional "onlyWhen: always" (sgd.OnlyWhen(StepsEvery 2L, late)) {
            true' with
                Holds = fun _ _ _ _ -> true
        }
        conditional "onlyWhen: begins one step late" (sgd.OnlyWhen(StepsFrom 2L, late)) {
            true' with
                Holds = fun condition t length loss -> true'.Holds condition (t - 1L) length loss
        }
        conditional "onlyWhen: k counts all steps" (sgd.OnlyWhen(StepsFrom 2L, late)) { true' with CountsIdle = true }
        conditional "zeroUnless: above and at most exchanged" (sgd.ZeroUnless(GradientAtMost 3.0, late)) {
            true' with
                Holds = fun condition t length loss -> not (true'.Holds condition t length loss)
        }
    ]

let iterates = [
    mutant
        "lookahead: after n−1 updates at first"
        [ Lookahead(3, 0.5) ]
        (twin (fun (s: Lookahead) site ->
            match Iterates.lookahead s.Period s.Alpha site with
            | Rule rule -> Rule(fun m -> rule { m with Number = m.Number + 1L })
            | other -> other))
    mutant
        "lookahead: α and 1−α swapped"
        [ Lookahead(3, 0.25) ]
        (twin (fun (s: Lookahead) -> Iterates.lookahead s.Period (1.0 - s.Alpha)))
    mutant
        "fista: goes no further"
        [ Fista() ]
        (twin (fun (_: Fista) site ->
            match Iterates.fista site with
            | Owner owner ->
                Owner {
                    owner with
                        Rule = fun m -> owner.Rule { m with Number = 1L }
                }
            | other -> other))
    mutant
        "average: starts at p_0, not at p_1"
        [ Momentum 0.9; ParameterEma 0.9 ]
        (twin (fun (s: ParameterEma) site ->
            let average = Array.copy site.Start

            Average(
                average,
                fun m ->
                    for i in site.Elements do
                        average[i] <- s.Decay * average[i] + (1.0 - s.Decay) * m.Parameters[i]
            )))
    mutant
        "polyakAverage: counts p_0"
        [ Momentum 0.9; PolyakAverage() ]
        (twin (fun (_: PolyakAverage) site ->
            let average, sum = Array.copy site.Start, Array.copy site.Start

            Average(
                average,
                fun m ->
                    for i in site.Elements do
                        sum[i] <- sum[i] + m.Parameters[i]
                        average[i] <- sum[i] / float (m.Number + 1L)
            )))
    mutant
        "average: between its times too"
        [ Momentum 0.9; ParameterEma(0.9, Every = 3) ]
        (twin (fun (s: ParameterEma) -> Iterates.parameterEma (ParameterEma s.Decay)))
    mutant
        "average: the warm-up counts updates, not averages"
        [ Momentum 0.9; ParameterEma(0.99, Every = 2, Warmup = true) ]
        (twin (fun (s: ParameterEma) site ->
            let average = Array.copy site.Start

            Average(
                average,
                fun m ->
                    if m.Number % int64 s.Every = 0L then
                        let k = float m.Number
                        let decay = min s.Decay ((1.0 + k) / (10.0 + k))

                        for i in site.Elements do
                            average[i] <- decay * average[i] + (1.0 - decay) * m.Parameters[i]
            )))
    mutant
        "average: a warm-up copies at first"
        [ Momentum 0.9; ParameterEma(0.99, Warmup = true) ]
        (twin (fun (s: ParameterEma) -> Iterates.parameterEma (ParameterEma s.Decay)))
    mutant
        "polyakAverage: the first of Every is From + 1"
        [ Momentum 0.9; PolyakAverage(From = 1, Every = 3) ]
        (twin (fun (s: PolyakAverage) site ->
            match Iterates.polyakAverage s site with
            | Average(kept, rule) ->
                Average(
                    kept,
                    (fun m ->
                        rule {
                            m with
                                Number = m.Number + int64 s.Every - 1L
                        })
                )
            | other -> other))
    mutant
        "polynomialAverage: γ in place of γ + 1"
        [ Momentum 0.9; PolynomialAverage 2.0 ]
        (twin (fun (s: PolynomialAverage) -> Iterates.polynomialAverage (s.Gamma - 1.0)))
    mutant
        "targetUpdate: the rest of the way"
        [ Momentum 0.9; TargetUpdate(2, Rate = 0.25) ]
        (twin (fun (s: TargetUpdate) -> Iterates.targetUpdate (TargetUpdate(s.Period, Rate = 1.0 - s.Rate))))
    mutant
        "targetUpdate: in every update"
        [ Momentum 0.9; TargetUpdate 5 ]
        (twin (fun (_: TargetUpdate) -> Iterates.targetUpdate (TargetUpdate 1)))
    mutant
        "ball: always on the sphere"
        [ Ball 1e15 ]
        (twin (fun (s: Ball) site ->
            let elements = site.Elements

            Rule(fun m ->
                let length = norm m.Parameters elements
                each elements (fun i -> m.Parameters[i] <- quotient (s.Radius * m.Parameters[i]) length))))
    mutant "sphere: the ball" [ Sphere 1000.0 ] (twin (fun (s: Sphere) -> Iterates.ball s.Radius))
    mutant "lossScale: not divided" [ LossScale() ] (twin (fun (_: LossScale) _ -> Rule ignore))
    mutant
        "lossScale: the scale stays"
        [ LossScale(Initial = 8.0, Every = 2) ]
        (twin (fun (s: LossScale) _ -> Scaler((fun () -> s.Initial), ignore, ignore)))
    mutant
        "maxNorm: the norm of the whole tensor"
        [ MaxNorm 0.5 ]
        (twin (fun (s: MaxNorm) site ->
            Rule(fun m ->
                for tensor in site.Tensors do
                    let elements = Site.Of tensor
                    let length = norm m.Parameters elements

                    if length > s.Radius then
                        each elements (fun i -> m.Parameters[i] <- m.Parameters[i] * (s.Radius / length)))))
    mutant
        "maxNorm: the other axes"
        [ MaxNorm 0.5 ]
        (twin (fun (s: MaxNorm) -> Iterates.maxNorm (MaxNorm(s.Radius, OutputFirst = true))))
    mutant "unitNorm: only from outside" [ UnitNorm() ] (twin (fun (_: UnitNorm) -> Iterates.maxNorm (MaxNorm 1.0)))
    mutant
        "minMaxNorm: the lower bound is forgotten"
        [ MinMaxNorm(1.0, 2.0) ]
        (twin (fun (s: MinMaxNorm) -> Iterates.maxNorm (MaxNorm s.High)))
    mutant
        "minMaxNorm: all of the way"
        [ MinMaxNorm(1.0, 2.0, Rate = 0.25) ]
        (twin (fun (s: MinMaxNorm) -> Iterates.minMaxNorm (MinMaxNorm(s.Low, s.High))))
    mutant
        "withinEach: bounds exchanged"
        [ Bounds([ -0.5 ], [ 0.75 ]) ]
        (twin (fun (s: Bounds) -> Iterates.boxEach (Seq.toArray s.High) (Seq.toArray s.Low)))
    mutant
        "halfspace: the hyperplane"
        [ Halfspace([ 2.0 ], 1e6) ]
        (twin (fun (s: Halfspace) -> Iterates.linearForm (Seq.toArray s.Normal) (fun _ -> true) s.Offset))
    mutant
        "hyperplane: not divided by ‖a‖²"
        [ Hyperplane([ -2.0 ], 0.5) ]
        (twin (fun (s: Hyperplane) site ->
            let elements = site.Elements
            let a = s.Normal[0]

            Rule(fun m ->
                let form = elements |> Array.sumBy (fun i -> a * m.Parameters[i])
                each elements (fun i -> m.Parameters[i] <- m.Parameters[i] - (form - s.Offset) * a))))
    mutant "l1Ball: the Euclidean ball" [ L1Ball 1.0 ] (twin (fun (s: L1Ball) -> Iterates.ball s.Radius))
    mutant
        "simplex: clipped and divided by the sum"
        [ Simplex 1.0 ]
        (twin (fun (s: Simplex) site ->
            let elements = site.Elements

            Rule(fun m ->
                let positive = elements |> Array.map (fun i -> max 0.0 m.Parameters[i])
                let sum = Array.sum positive

                elements
                |> Array.iteri (fun j i -> m.Parameters[i] <- s.Radius * quotient positive[j] sum))))
    mutant
        "box: before the step"
        [ Box(-0.5, 0.75) ]
        (twin (fun (s: Box) site ->
            let elements = site.Elements

            Rule(fun m ->
                each elements (fun i ->
                    m.Update[i] <- m.Update[i] + (m.Parameters[i] - Math.Clamp(m.Parameters[i], s.Low, s.High))))))
    |> fun mutant -> {
        mutant with
            Rules = {
                mutant.Rules with
                    Phase = (moved<Box> Phase.Update).Phase
            }
    }

    yield! conditionals
]
