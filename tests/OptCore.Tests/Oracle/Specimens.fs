/// Optimizers that show every stage with its defaults and its options, and the choice of problems for them.
module OptCore.Tests.Oracle.Specimens

open OptCore

/// One optimizer that shows one stage.
[<StructuredFormatDisplay("{Name}")>]
type Specimen = {
    /// The stage shown.
    Stage: IStage
    Optimizer: Optimizer
} with

    member specimen.Name = string specimen.Optimizer

let private rate = 0.1
let private sgd = Optimizer.Sgd rate

let private alone (stage: IStage) = {
    Stage = stage
    Optimizer = sgd.With stage
}

let private after (words: IStage list) (stage: IStage) = {
    Stage = stage
    Optimizer = (words |> List.fold (fun (optimizer: Optimizer) word -> optimizer.With word) sgd).With stage
}

/// Every stage of the first round, with its defaults and each of its options.
let all: Specimen list = [
    alone (ClipGlobalNorm 1.0)
    alone (ClipPerTensor 0.5)
    alone (ClipValue 0.25)
    alone (ClipAdaptive 0.1)
    alone (ClipAdaptive(0.3, Epsilon = 0.5))
    alone (ClipAdaptive(0.1, OutputFirst = true))
    alone (Centralize())
    alone (Normalize())
    alone (Normalize(Epsilon = 0.0))
    alone (Noise(0.01, 0.55, 7))
    after [ ClipValue 1.0 ] (Accumulate 1)
    alone (Accumulate 3)
    after [ Accumulate 2 ] (ClipGlobalNorm 0.5)
    after [ ClipGlobalNorm 0.5 ] (Accumulate 2)
    alone (SkipNonFinite 3)
    alone (L2 0.125)
    alone (L1 0.01)
    alone (Momentum 0.9)
    alone (Momentum(0.9, Dampening = 0.2))
    alone (Nesterov 0.8)
    alone (Ema 0.9)
    alone (Ema(0.9, BiasCorrection = true))
    alone (Adam())
    alone (Adam(Beta1 = 0.8, Beta2 = 0.95, Epsilon = 1e-3))
    alone (Adam(EpsilonRoot = 0.01))
    alone (Adam(BiasCorrection = false))
    alone (Adam(Epsilon = 0.0))
    alone (AmsGrad())
    alone (AmsGrad(CorrectedMax = true))
    alone (AdaMax())
    alone (AdaMax(Epsilon = 0.0))
    alone (Nadam())
    alone (Nadam(MomentumDecay = 0.004))
    alone (RAdam())
    alone (RAdam(Beta2 = 0.9))
    alone (AdaBelief())
    alone (AdaBelief(Epsilon = 1e-8, EpsilonRoot = 0.0))
    alone (Yogi())
    alone (Adagrad())
    alone (Adagrad(Initial = 0.5, Epsilon = 1e-3))
    alone (Adagrad(Epsilon = 1e-7, Initial = 0.1, EpsilonInside = true))
    alone (Adagrad(Epsilon = 0.0))
    alone (RmsProp())
    alone (RmsProp(Decay = 0.99, EpsilonInside = true))
    alone (RmsProp(BiasCorrection = true))
    alone (RmsProp(Centered = true, Epsilon = 1e-4))
    alone (RmsProp(Centered = true, EpsilonInside = true, BiasCorrection = true, Epsilon = 1e-4))
    alone (RmsProp(Initial = 1.0, Epsilon = 0.0))
    alone (AdaDelta())
    alone (AdaDelta(Rho = 0.8, Epsilon = 1e-3))
    alone (Sign())
    after [ Ema 0.9 ] (Sign())
    alone (Lion())
    alone (Lion(Beta1 = 0.95, Beta2 = 0.98))
    alone (RProp())
    alone (RProp(Down = 0.6, Up = 1.5, Max = 0.15))
    alone (Adan())
    alone (NovoGrad())
    alone (Velocity 0.9)
    alone (Lars 0.01)
    alone (Lars(0.0, Momentum = 0.5, Coefficient = 0.1, Epsilon = 1e-3))
    after [ Velocity 0.5 ] (WeightDecay 0.1)
    alone (Nag 0.9)
    alone (Sam 0.05)
    after [ Momentum 0.9 ] (Sam 0.1)
    alone (WeightDecay 0.1)
    after [ Adam() ] (WeightDecay 0.1)
    after [ Adam() ] (TrustRatio())
    alone (TrustRatio(Coefficient = 0.5, Epsilon = 0.1))
    after [ Adam() ] (ClipUpdate 0.5)
    alone (Scale 0.3)
    alone (Plateau(1, 0.5))
    alone (Plateau(1, 0.5, Threshold = 0.1, Floor = 0.03))
    alone (Box(-0.5, 0.75))
    alone (NonNegative())
    alone (Ball 0.5)
    alone (Simplex 1.0)
    alone (L1Ball 1.0)
    alone (ProxL1 0.5)
    alone (Lookahead(3, 0.5))
    alone (Lookahead(2, 1.0))
    after [ Momentum 0.9 ] (ParameterEma 0.9)
    after [ Momentum 0.9 ] (PolyakAverage())
    alone (PolyakAverage(From = 2))
]

/// Every schedule and combinator once.
let schedules: ISchedule list = [
    Constant 0.5
    StepDecay(3, 0.5)
    MultiStep([ 2; 5; 6 ], 0.3)
    Geometric 0.9
    Exponential 0.05
    Cosine 10
    Cosine(8, Floor = 0.1)
    CosineRestarts(3, 1)
    CosineRestarts(3, 2)
    Linear 9
    Linear(7, From = 0.25, To = 0.75)
    Polynomial(2.0, 9)
    Warmup 4
    WarmupFrom(0.25, 4)
    WarmupCosine(3, 11)
    OneCycle 12
    OneCycle(
        20,
        WarmupFraction = 0.25,
        InitialFactor = 0.1,
        FinalFactor = 0.01,
        LinearWarmup = true,
        LinearDecay = true
    )
    OneCycle(20, Inclusive = true)
    InverseSqrt()
    InverseTime 0.5
    Triangular(4, 0.2)
    WarmupStableDecay(3, 12, 4)
    AndThen(WarmupFrom(0.0, 3), 3, Cosine 6)
    Times(Warmup 4, Cosine 9)
    Plus(Geometric 0.5, Constant 0.25)
    AtLeast(Geometric 0.5, 0.1)
    AtMost(InverseSqrt(), 0.6)
    Delay(Cosine 5, 3)
    Repeat(Linear 4, 4)
    ScaleBy(Cosine 7, 0.5)
]
