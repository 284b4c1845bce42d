/// One row a stage: values that show its defaults and each of its options, and the ranges of its numbers. Every suite reads
/// them: equations, bits, texts, ranges, contracts, random pipelines. A stage without a row, an option that no value shows and
/// a number without a range fail a test.
module Catalogue.Stages

open System
open FsCheck.FSharp
open OptCore
open Catalogue.Ranges
open Catalogue.Rows

let private betas = [ "Beta1", decay; "Beta2", decay; "Epsilon", nonNegative ]

// The divisor does not know the gradient yet: with ε = 0 finite gradients may make infinite steps.
let private laggedBetas = [
    "Beta1", decay
    "Beta2", decay
    "Epsilon", nonNegative |> drawn (Draws.logUniform 1e-16 1.0)
]

let private initial values =
    "Initial", nonNegative |> drawn (Gen.elements values)

let private growth =
    between [ 0.999; -1.0; nan; -infinity ] [ 1.0; infinity ] (Gen.elements [ 1.0; 1.5; infinity ])

let private firstDistance = positive |> drawn (Draws.logUniform 1e-6 1.0)

// A bound of losses: any finite number.
let private bound =
    between [ nan; infinity; -infinity ] [ -1e300; 0.0; 1e300 ] (Draws.uniform -1.0 1.0)

let rows: Row<Specimen> list = [
    // Gradient
    stage [ alone (ClipGlobalNorm 1.0); after [ Accumulate 2 ] (ClipGlobalNorm 0.5) ] [ "MaxNorm", threshold ]
    stage [
        alone (LossScale())
        alone (LossScale(Initial = 8.0, Growth = 4.0, Backoff = 0.25, Every = 2, Minimum = 0.5))
        after [ Accumulate 2 ] (LossScale(Initial = 4.0, Every = 3))
    ] [
        "Initial", positive |> drawn (Gen.elements [ 1.0; 4.0; 65536.0; 3.0 ])
        "Growth", between [ 0.999; 0.0; -1.0; nan; infinity ] [ 1.0; 1e300 ] (Gen.elements [ 1.0; 2.0; 1.5 ])
        "Backoff", between [ 0.0; 1.0; -0.5; nan; infinity ] [ 1e-300; 0.999 ] (Gen.elements [ 0.5; 0.25; 0.7 ])
        "Every", count
        "Minimum", positive |> drawn (Gen.elements [ 1.0; 0.125 ])
    ]
    stage [ alone (ClipPerTensor 0.5) ] [ "MaxNorm", threshold ]
    stage [ alone (ClipValue 0.25) ] [ "MaxValue", threshold ]
    stage [
        alone (ClipAdaptive 0.1)
        alone (ClipAdaptive(0.3, Epsilon = 0.5))
        alone (ClipAdaptive(0.1, OutputFirst = true))
    ] [ "MaxRatio", threshold; "Epsilon", nonNegative ]
    stage [
        alone (ClipNorm(1.0, 2.0))
        alone (ClipNorm(infinity, 0.5))
        alone (ClipNorm(3.0, 0.75))
    ] [
        "Order",
        between
            [ 0.999; 0.0; -1.0; nan; -infinity ]
            [ 1.0; 1e300; infinity ]
            (Gen.elements [ 1.0; 1.5; 2.0; 3.0; infinity ])
        "MaxNorm", threshold
    ]
    stage [ alone (ClipBlockRms 0.25) ] [ "MaxRms", threshold ]
    stage [ alone (Ascend()); after [ ClipValue 1.0; Momentum 0.9 ] (Ascend()) ] []
    stage [ alone (ZeroNans()); alone (ZeroNans(Infinities = true)) ] []
    stage [ alone (SkipLarge 5.0); after [ Momentum 0.9; Accumulate 2 ] (SkipLarge 50.0) ] [ "MaxNorm", threshold ]
    stage [ alone (Centralize()) ] []
    stage [ alone (Normalize()); alone (Normalize(Epsilon = 0.0)) ] [ "Epsilon", nonNegative ]
    stage [ alone (Noise(0.01, 0.55, 7)) ] [
        "Variance", lambda
        "Decay", nonNegative |> drawn (Draws.uniform 0.0 1.0)
        "Seed", seed
    ]
    stage [
        after [ ClipValue 1.0 ] (Accumulate 1)
        alone (Accumulate 3)
        after [ ClipGlobalNorm 0.5 ] (Accumulate 2)
    ] [ "Steps", count ]
    stage [ alone (SkipNonFinite 3) ] [ "MaxConsecutive", count ]

    // Regularization
    stage [ alone (L2 0.125) ] [ "Lambda", lambda ]
    stage [ alone (L1 0.01) ] [ "Lambda", lambda ]

    // Direction
    stage [ alone (Momentum 0.9); alone (Momentum(0.9, Dampening = 0.2)) ] [
        "Beta", decay
        "Dampening", share |> drawn (Gen.elements [ 0.0; 0.1; 1.0 ])
    ]
    stage [ alone (Nesterov 0.8) ] [ "Beta", decay ]
    stage [
        alone (OptimizedGradient 50)
        alone (OptimizedGradient 3)
        alone (OptimizedGradient 1)
    ] [ "Steps", count ]
    stage [ alone (TripleMomentum 0.01); alone (TripleMomentum 1.0) ] [
        "Ratio", between [ 0.0; -1.0; nan; 1.001; infinity ] [ 1e-300; 1.0 ] (Draws.uniform 0.01 1.0)
    ]
    stage [
        alone (Ema 0.9)
        alone (Ema(0.9, BiasCorrection = true))
        alone (Ema(0.9, Nesterov = true))
        alone (Ema(0.8, BiasCorrection = true, Nesterov = true))
    ] [ "Beta", decay ]
    stage [ alone (Optimistic(1.0, 0.5)); after [ Momentum 0.9 ] (Optimistic(1.5, 1.0)) ] [
        "Alpha", nonNegative |> drawn (Draws.uniform 0.0 2.0)
        "Beta", nonNegative |> drawn (Gen.elements [ 0.0; 0.5; 1.0 ])
    ]
    stage [
        alone (Adam())
        alone (Adam(Beta1 = 0.8, Beta2 = 0.95, Epsilon = 1e-3))
        alone (Adam(EpsilonRoot = 0.01))
        alone (Adam(BiasCorrection = false))
        alone (Adam(Epsilon = 0.0))
    ] [ yield! betas; "EpsilonRoot", nonNegative ]
    stage [
        alone (AdEmaMix())
        alone (AdEmaMix(Beta1 = 0.8, Beta2 = 0.99, Beta3 = 0.95, Epsilon = 1e-3, Alpha = 2.0, EpsilonRoot = 0.01))
        alone (AdEmaMix(Beta3 = 0.99, AlphaWarmup = 6))
        alone (AdEmaMix(Beta3 = 0.99, Beta3Warmup = 6, Epsilon = 0.0))
    ] [
        yield! betas
        "Beta3", decay
        "Alpha", nonNegative |> drawn (Draws.uniform 0.0 8.0)
        "EpsilonRoot", nonNegative
        "AlphaWarmup", natural
        "Beta3Warmup", natural
    ]
    stage [
        alone (SimplifiedAdEmaMix())
        alone (SimplifiedAdEmaMix(Beta1 = 0.9, Beta2 = 0.99, Epsilon = 1e-3, Alpha = 2.0, EpsilonRoot = 0.01))
        alone (SimplifiedAdEmaMix(Epsilon = 0.0))
    ] [
        yield! betas
        "Alpha", nonNegative |> drawn (Draws.uniform 0.0 8.0)
        "EpsilonRoot", nonNegative
    ]
    stage [
        alone (AcProp())
        alone (AcProp(Beta1 = 0.8, Beta2 = 0.9, Epsilon = 1e-3, EpsilonRoot = 1e-3))
    ] [ yield! laggedBetas; "EpsilonRoot", nonNegative ]
    stage [
        alone (Madgrad())
        alone (Madgrad(Momentum = 0.0, Epsilon = 1e-3))
        alone (Madgrad(Epsilon = 0.0))
    ] [ "Momentum", decay; "Epsilon", nonNegative ]
    stage [
        alone (Ftrl())
        alone (Ftrl(Power = 0.6, Initial = 0.5, L1 = 0.3, L2 = 0.05, L2Shrinkage = 0.01, Beta = 0.2))
        alone (Ftrl(Initial = 0.0))
    ] [
        "Power", positive |> drawn (Gen.elements [ 0.5; 0.5; 0.25; 0.6; 1.0 ])
        initial [ 0.0; 0.1 ]
        "L1", lambda
        "L2", lambda
        "L2Shrinkage", lambda
        "Beta", nonNegative |> drawn (Gen.elements [ 0.0; 0.1; 1.0 ])
    ]
    stage [
        alone (Cocob())
        alone (Cocob(Alpha = 10.0, Epsilon = 0.5))
        alone (Cocob(Epsilon = 0.0))
    ] [
        "Alpha", nonNegative |> drawn (Gen.elements [ 0.0; 1.0; 10.0; 100.0 ])
        "Epsilon", nonNegative
    ]
    stage [ alone (Fromage()); alone (Fromage(Minimum = 0.5)) ] [ "Minimum", nonNegative ]
    stage [
        alone (Adopt())
        alone (Adopt(Beta1 = 0.8, Beta2 = 0.99, ClipPower = 0.5, Nesterov = true))
        alone (Adopt(Beta2 = 0.9, Epsilon = 0.1, Clip = false))
    ] [ yield! laggedBetas; "ClipPower", nonNegative |> drawn Draws.fraction ]
    stage [ alone (AmsGrad()); alone (AmsGrad(CorrectedMax = true)) ] betas
    stage [ alone (AdaMax()); alone (AdaMax(Epsilon = 0.0)) ] betas
    stage [ alone (Nadam()); alone (Nadam(MomentumDecay = 0.004)) ] [
        yield! betas
        "MomentumDecay", nonNegative |> drawn (Gen.elements [ 0.0; 0.004 ])
    ]
    stage [ alone (RAdam()); alone (RAdam(Beta2 = 0.9)) ] betas
    stage [ alone (AdaBelief()); alone (AdaBelief(Epsilon = 1e-8, EpsilonRoot = 0.0)) ] [
        yield! betas
        "EpsilonRoot", nonNegative
    ]
    stage [ alone (Yogi()) ] [ yield! betas; initial [ 0.0; 1e-6; 0.1 ] ]
    stage [
        alone (Adagrad())
        alone (Adagrad(Initial = 0.5, Epsilon = 1e-3))
        alone (Adagrad(Epsilon = 1e-7, Initial = 0.1, EpsilonInside = true))
        alone (Adagrad(Epsilon = 0.0))
    ] [ "Epsilon", nonNegative; initial [ 0.0; 0.1 ] ]
    stage [
        alone (RmsProp())
        alone (RmsProp(Decay = 0.99, EpsilonInside = true))
        alone (RmsProp(BiasCorrection = true))
        alone (RmsProp(Centered = true, Epsilon = 1e-4))
        alone (RmsProp(Centered = true, EpsilonInside = true, BiasCorrection = true, Epsilon = 1e-4))
        alone (RmsProp(Initial = 1.0, Epsilon = 0.0))
    ] [ "Decay", decay; "Epsilon", nonNegative; initial [ 0.0; 0.1 ] ]
    stage [ alone (AdaDelta()); alone (AdaDelta(Rho = 0.8, Epsilon = 1e-3)) ] [ "Rho", decay; "Epsilon", nonNegative ]
    stage [ alone (Sign()); after [ Ema 0.9 ] (Sign()) ] []
    stage [ alone (Lion()); alone (Lion(Beta1 = 0.95, Beta2 = 0.98)) ] [ "Beta1", decay; "Beta2", decay ]
    stage [ alone (RProp()); alone (RProp(Down = 0.6, Up = 1.5, Max = 0.15)) ] [
        "Down", between [ 0.0; 1.0; -0.5; nan; infinity ] [ 1e-300; 0.999 ] (Draws.uniform 0.1 0.9)
        "Up", between [ 1.0; 0.5; nan; infinity; -infinity ] [ 1.0000001; 1e300 ] (Draws.uniform 1.01 2.0)
        "Min", nonNegative |> drawn (Gen.elements [ 0.0; 1e-6; 1e-3 ])
        "Max", threshold |> drawn (Gen.elements [ 0.1; 50.0; infinity ])
    ]
    stage [ alone (Adan()) ] [ yield! betas; "Beta3", decay ]
    stage [ alone (NovoGrad()) ] betas
    stage [ alone (Velocity 0.9) ] [ "Beta", decay ]
    stage [
        alone (Lars 0.01)
        alone (Lars(0.0, Momentum = 0.5, Coefficient = 0.1, Epsilon = 1e-3))
    ] [
        "Lambda", lambda
        "Momentum", decay
        "Coefficient", nonNegative |> drawn (Draws.logUniform 1e-4 1.0)
        "Epsilon", nonNegative
    ]
    stage [ alone (Nag 0.9) ] [ "Beta", decay ]
    stage [
        alone (Dog())
        alone (Dog(Initial = 0.05, Epsilon = 0.01))
        alone (Dog(InitialRate = 0.02))
        alone (Dog(Initial = 0.1, Epsilon = 0.0, PerTensor = true))
    ] [
        "Initial", firstDistance
        "Epsilon", nonNegative
        "InitialRate", nonNegative |> drawn (Gen.elements [ 0.0; 0.0; 0.01; 0.5 ])
    ]
    stage [ alone (Dowg()); alone (Dowg(Initial = 0.5, Epsilon = 0.0)) ] [
        "Epsilon", nonNegative
        initial [ 0.0; 0.01; 0.5 ]
    ]
    (stage [
        alone (Prodigy())
        alone (Prodigy(Initial = 0.1))
        alone (
            Prodigy(
                Beta1 = 0.8,
                Beta2 = 0.95,
                Beta3 = 0.9,
                Epsilon = 1e-3,
                Coefficient = 2.0,
                Growth = 1.5,
                Decay = 0.1
            )
        )
        alone (Prodigy(Initial = 0.01, BiasCorrection = true, SafeguardWarmup = true, Epsilon = 0.0))
    ] [
        yield! betas
        "Beta3", decay
        "Initial", firstDistance
        "Coefficient", nonNegative |> drawn (Gen.elements [ 0.0; 0.5; 1.0; 2.0 ])
        "Growth", growth
        "Decay", lambda
    ])
    (stage [
        alone (DAdapt())
        alone (DAdapt(Initial = 0.1))
        alone (DAdapt(Beta1 = 0.8, Beta2 = 0.95, Epsilon = 1e-3, Growth = 1.5, Decay = 0.1))
        alone (DAdapt(Initial = 0.01, BiasCorrection = true, Epsilon = 0.0))
    ] [ yield! betas; "Initial", firstDistance; "Growth", growth; "Decay", lambda ])
    stage [
        alone (Polyak())
        alone (Polyak(Maximum = 0.5, Minimum = -1.0, Epsilon = 0.1))
    ] [ "Maximum", threshold; "Minimum", bound; "Epsilon", nonNegative ]
    stage [
        alone (Momo())
        alone (Momo(Beta = 0.5, LowerBound = 0.05, AdaptLowerBound = true, Decay = 0.1))
        alone (Momo(BiasCorrection = true))
    ] [ "Beta", decay; "LowerBound", bound; "Decay", lambda ]
    stage [
        alone (MomoAdam())
        alone (MomoAdam(Beta1 = 0.8, Beta2 = 0.9, Epsilon = 0.0))
        alone (MomoAdam(Epsilon = 1e-3, LowerBound = 0.05, AdaptLowerBound = true, Decay = 0.1))
    ] [ yield! betas; "LowerBound", bound; "Decay", lambda ]

    // Direction, by tensors and their shapes
    stage [
        alone (Adafactor())
        alone (Adafactor(Exponent = 0.5, Epsilon = 0.01, Clip = 0.7, MinimumScale = 0.5, RelativeStep = false))
        alone (Adafactor(LargestAxes = true, MinimumSize = 3, ParameterScale = false, Clip = infinity))
        alone (Adafactor(Factored = false, Epsilon = 0.0))
        alone (Adafactor(Epsilon = 0.3, ClampEpsilon = true))
    ] [
        "Exponent", positive |> drawn (Draws.uniform 0.1 1.0)
        "Epsilon", nonNegative
        "Clip", threshold
        "MinimumScale", nonNegative |> drawn (Gen.elements [ 0.0; 1e-3; 0.5 ])
        "MinimumSize", count
    ]
    stage [
        alone (Sm3())
        alone (Sm3(Beta1 = 0.5, Beta2 = 0.9, Epsilon = 1e-6))
        alone (Sm3(Beta1 = 0.0, Epsilon = 0.0))
    ] [
        "Beta1", decay
        "Beta2", share |> drawn (Gen.elements [ 0.0; 0.9; 1.0 ])
        "Epsilon", nonNegative
    ]
    stage [
        alone (Orthogonalize())
        alone (Orthogonalize(Steps = 2, Epsilon = 0.1, A = 1.5, B = -0.5, C = 0.0, WidthScale = false))
        alone (Orthogonalize(Steps = 3, Epsilon = 0.0, OutputFirst = false, Rms = 0.2))
        after [ Nesterov 0.9 ] (Orthogonalize(Steps = 3))
    ] [
        "Steps", count
        "Epsilon", nonNegative
        "A", finite |> drawn (Draws.uniform 1.0 3.5)
        "B", finite |> drawn (Draws.uniform -4.8 0.0)
        "C", finite |> drawn (Draws.uniform 0.0 2.1)
        "Rms", nonNegative |> drawn (Gen.elements [ 0.0; 0.2; 1.0 ])
    ]
    stage [
        alone (Shampoo(Epsilon = 0.1))
        alone (Shampoo())
        alone (Shampoo(Beta2 = 0.9, Epsilon = 0.1, Every = 2, MaximumSize = 3, Vectors = true))
        alone (Shampoo(Epsilon = 0.0, MaximumSize = 0))
    ] [
        "Beta2", share |> drawn (Gen.elements [ 0.0; 0.9; 1.0 ])
        "Epsilon", nonNegative
        "Every", count
        "MaximumSize", natural
    ]
    stage [
        alone (Soap(Every = 2, MaximumSize = 3, Epsilon = 1e-3))
        alone (Soap())
        alone (
            Soap(Beta1 = 0.5, Beta2 = 0.9, ShampooBeta = 0.8, Every = 1, MaximumSize = 3, Vectors = true, Epsilon = 0.1)
        )
        alone (Soap(MaximumSize = 0, Epsilon = 0.0))
    ] [
        yield! betas
        "ShampooBeta", decay |> drawn (Gen.elements [ 0.0; 0.8 ])
        "Every", count
        "MaximumSize", natural
    ]
    stage [
        alone (GaLore(2, 3))
        alone (GaLore(1, 2, Beta1 = 0.8, Beta2 = 0.9, Epsilon = 0.1, Scale = 0.5, OutputFirst = false))
        alone (GaLore(100, 1, Epsilon = 0.0))
    ] [
        "Rank", count
        "Period", count
        yield! betas
        "Scale", nonNegative |> drawn (Gen.elements [ 0.25; 1.0 ])
    ]

    // Probe
    stage [ alone (Sam 0.05); after [ Momentum 0.9 ] (Sam 0.1) ] [ "Rho", lambda ]

    // Update
    stage [
        alone (WeightDecay 0.1)
        after [ Adam() ] (WeightDecay 0.1)
        after [ Velocity 0.5 ] (WeightDecay 0.1)
    ] [ "Lambda", lambda ]
    stage [
        after [ Adam() ] (TrustRatio())
        alone (TrustRatio(Coefficient = 0.5, Epsilon = 0.1))
    ] [
        "Coefficient", nonNegative |> drawn (Draws.logUniform 1e-3 10.0)
        "Epsilon", nonNegative
    ]
    stage [ after [ Adam() ] (ClipUpdate 0.5) ] [ "MaxNorm", threshold ]
    stage [
        after [ Adam() ] (ClipUpdateRms 0.5)
        after [ Velocity 0.5 ] (ClipUpdateRms 0.01)
    ] [ "MaxRms", threshold ]
    stage [
        after [ Adam() ] (ScaleByParameterNorm())
        alone (ScaleByParameterNorm(Minimum = 1.0))
    ] [ "Minimum", nonNegative ]
    stage [
        after [ Adam() ] (ScaleByParameterRms())
        alone (ScaleByParameterRms(Minimum = 1.0))
    ] [ "Minimum", nonNegative ]
    stage [ alone (Langevin(0.01, 7)); after [ Velocity 0.5 ] (Langevin(0.1, 8)) ] [
        "Temperature", lambda
        "Seed", seed
    ]
    stage [ alone (Scale 0.3) ] [
        "Factor",
        nonNegative
        |> drawn (Gen.frequency [ 1, Gen.constant 0.0; 5, Draws.logUniform 1e-3 1e3 ])
    ]

    stage [ alone (Lbfgs 2); alone (Lbfgs(3, Curvature = 0.1, FirstL1 = true)) ] [
        "Memory", count
        "Curvature", nonNegative |> drawn (Gen.elements [ 1e-10; 0.01 ])
    ]
    stage [
        alone (LbfgsB(2, [ -0.5 ], [ 0.75 ]))
        alone (LbfgsB(3, [ Double.NegativeInfinity ], [ 0.5 ], Curvature = 0.1))
    ] [
        "Memory", count
        "Curvature", nonNegative |> drawn (Gen.elements [ 1e-10; 0.01 ])
    ]
    |> drawnAs (
        Gen.map3
            (fun memory (a: float) b -> LbfgsB(memory, [ min a b ], [ max a b ]))
            (Gen.choose (1, 4))
            (Draws.uniform -1.0 1.0)
            (Draws.uniform -1.0 1.0)
    )
    stage [ alone (ConjugateGradient()) ] []

    // Step
    stage [
        alone (Plateau(1, 0.5))
        alone (Plateau(1, 0.5, Threshold = 0.1, Floor = 0.03))
        alone (Plateau(1, 0.5, Maximize = true, Absolute = true, Cooldown = 1, Sparse = true))
    ] [
        "Patience", count
        "Factor", decay |> drawn (Draws.uniform 0.0 0.9)
        "Threshold", nonNegative |> drawn (Gen.elements [ 0.0; 1e-4; 0.1 ])
        "Floor", nonNegative |> drawn (Gen.elements [ 0.0; 1e-3 ])
        "Cooldown", natural
    ]

    stage [
        alone (Mechanic())
        alone (Mechanic(Initial = 0.5))
        after [ Adam() ] (Mechanic(Initial = 0.1, Decay = 0.1, Epsilon = 1e-3, Count = 3))
    ] [
        "Initial", nonNegative |> drawn (Gen.elements [ 1e-8; 0.01; 0.5 ])
        "Decay", lambda
        "Epsilon", nonNegative
        "Count", count
    ]

    stage [
        alone (Hypergradient 0.01)
        after [ Adam() ] (Hypergradient(0.5, Multiplicative = true))
        after [ L2 0.1; Momentum 0.9 ] (Hypergradient(0.1, Minimum = 0.5, Maximum = 2.0))
    ] [ "Beta", lambda; "Minimum", share; "Maximum", growth ]

    // Constraint
    (let bound =
        Gen.oneof [ Gen.elements [ -1.0; 0.0; 0.5; 1.0 ]; Draws.uniform -1e3 1e3 ]

     stage [ alone (Box(-0.5, 0.75)) ] [
         "Low", between [ nan; infinity ] [ -infinity; 0.5 ] bound
         "High", between [ nan; -infinity ] [ infinity; 0.5 ] bound
     ]
     |> drawnAs (
         Gen.map2
             (fun (a: float) b -> Box(min a b, max a b))
             (Gen.oneof [ Gen.constant Double.NegativeInfinity; bound ])
             (Gen.oneof [ Gen.constant infinity; bound ])
     ))
    stage [ alone (NonNegative()) ] []
    stage [ alone (Ball 0.5) ] [ "Radius", threshold ]
    stage [ alone (Sphere 2.0) ] [ "Radius", positive ]
    stage [ alone (MaxNorm 0.5); alone (MaxNorm(0.75, OutputFirst = true)) ] [ "Radius", threshold ]
    stage [ alone (UnitNorm()); alone (UnitNorm(OutputFirst = true)) ] []
    stage [
        alone (MinMaxNorm(0.5, 0.75))
        alone (MinMaxNorm(0.0, 0.5, OutputFirst = true))
        alone (MinMaxNorm(1.0, 2.0, Rate = 0.25))
    ] [
        "Low", between [ -1e-300; -1.0; nan; infinity; -infinity ] [ 0.0; 0.5 ] (Draws.uniform 0.0 1.0)
        "High", between [ 0.0; -1.0; nan; -infinity ] [ 0.75; infinity ] (Draws.uniform 1.0 2.0)
        "Rate", share
    ]
    stage [ alone (Bounds([ -0.5 ], [ 0.75 ])) ] []
    |> drawnAs (
        Gen.map2
            (fun (a: float) b -> Bounds([ min a b ], [ max a b ]))
            (Draws.uniform -1.0 1.0)
            (Draws.uniform -1.0 1.0)
    )
    stage [ alone (Halfspace([ 2.0 ], 0.5)) ] [ "Offset", finite ]
    |> drawnAs (Gen.map2 (fun (a: float) b -> Halfspace([ a ], b)) (Draws.uniform 0.5 2.0) (Draws.uniform -1.0 1.0))
    stage [ alone (Hyperplane([ -2.0 ], 0.5)) ] [ "Offset", finite ]
    |> drawnAs (Gen.map2 (fun (a: float) b -> Hyperplane([ a ], b)) (Draws.uniform 0.5 2.0) (Draws.uniform -1.0 1.0))
    stage [ alone (Simplex 1.0) ] [ "Radius", positive ]
    stage [ alone (L1Ball 1.0) ] [ "Radius", threshold ]
    stage [ alone (ProxL1 0.5) ] [ "Lambda", lambda ]

    // Iterate
    stage [ alone (Lookahead(3, 0.5)); alone (Lookahead(2, 1.0)) ] [ "Period", count; "Alpha", share ]
    stage [
        after [ Momentum 0.9 ] (ParameterEma 0.9)
        alone (ParameterEma(0.9, Every = 2))
        alone (ParameterEma(0.9, Warmup = true))
    ] [ "Decay", decay; "Every", count ]
    stage [
        after [ Momentum 0.9 ] (PolyakAverage())
        alone (PolyakAverage(From = 2))
        alone (PolyakAverage(From = 1, Every = 2))
    ] [ "From", natural; "Every", count ]
    stage [
        after [ Momentum 0.9 ] (PolynomialAverage 8.0)
        alone (PolynomialAverage 0.0)
    ] [ "Gamma", nonNegative |> drawn (Gen.elements [ 0.0; 0.5; 8.0 ]) ]
    stage [
        after [ Momentum 0.9 ] (TargetUpdate 2)
        alone (TargetUpdate(3, Rate = 0.25))
    ] [ "Period", count; "Rate", share ]
    stage [
        alone (ScheduleFree 0.9)
        after [ Adam(Beta1 = 0.0); WeightDecay 0.1 ] (ScheduleFree(0.5, RatePower = 1.0, StepPower = 0.5))
        alone (ScheduleFree 1.0)
    ] [
        "Beta", share
        "RatePower", nonNegative |> drawn (Gen.elements [ 0.0; 1.0; 2.0 ])
        "StepPower", nonNegative |> drawn (Gen.elements [ 0.0; 0.5 ])
    ]
    stage [ alone (Fista()); after [ ProxL1 0.5 ] (Fista()) ] []
]

/// Stages whose steps ask the objective: suites that hand in gradients cannot run them.
let asking: Row<Specimen> list = [
    stage [
        alone (Sophia())
        alone (Sophia(Beta1 = 0.9, Beta2 = 0.8, Epsilon = 1e-3, Gamma = 0.5, Clip = 2.0, Every = 3, Seed = 7))
    ] [
        yield! betas
        "Gamma", positive
        "Clip", threshold
        "Every", count
        "Seed", seed
    ]
    stage [
        alone (Backtracking())
        alone (Backtracking(C1 = 0.1, Decrease = 0.5, Increase = 2.0, Maximum = 0.5, MaximumEvaluations = 9))
    ] [
        "C1", decay
        "Decrease", between [ 0.0; 1.0; -1.0; nan; infinity ] [ 1e-300; 0.999 ] (Draws.uniform 0.1 0.9)
        "Increase", between [ 0.999; -1.0; nan; infinity ] [ 1.0; 1e300 ] (Draws.uniform 1.0 4.0)
        "Maximum", threshold
        "MaximumEvaluations", count
    ]
    stage [
        alone (Wolfe())
        alone (Wolfe(C1 = 1e-3, C2 = 0.1, MaximumEvaluations = 9))
        alone (Wolfe(C2 = 0.5, Weak = true))
    ] [
        "C1", decay |> drawn (Draws.uniform 0.0 0.05)
        "C2", decay |> drawn (Draws.uniform 0.1 0.9)
        "MaximumEvaluations", count
    ]
]

/// All of them.
let all = rows @ asking

/// The row of a stage.
let rowOf (stage: IStage) =
    all |> List.find (fun row -> row.Record = stage.GetType())
