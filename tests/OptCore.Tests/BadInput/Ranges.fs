/// The table of ranges: values outside, values at the ends.
module OptCore.Tests.BadInput.Ranges

open System

let private decay: obj list * obj list =
    [ -1e-300; -0.5; 1.0; 1.5; nan; infinity; -infinity ], [ 0.0; 0.999999 ]

let private nonNegative: obj list * obj list =
    [ -1e-300; -1.0; nan; infinity; -infinity ], [ 0.0; 1e300 ]

let private threshold: obj list * obj list =
    [ 0.0; -0.0; -1.0; nan; -infinity ], [ 1e-300; infinity ]

let private positive: obj list * obj list =
    [ 0.0; -1.0; nan; infinity; -infinity ], [ 1e-300; 1e300 ]

let private share: obj list * obj list =
    [ -0.001; 1.001; nan; infinity; -infinity ], [ 0.0; 1.0 ]

let private count: obj list * obj list =
    [ 0; -1; Int32.MinValue ], [ 1; Int32.MaxValue ]

let private natural: obj list * obj list =
    [ -1; Int32.MinValue ], [ 0; Int32.MaxValue ]

/// Every number that a record of the library takes. Those that depend on another one stand below.
let ranges =
    dict [
        for name in
            [
                "Momentum.Beta"
                "Nesterov.Beta"
                "Ema.Beta"
                "Velocity.Beta"
                "Nag.Beta"
                "Adam.Beta1"
                "Adam.Beta2"
                "AmsGrad.Beta1"
                "AmsGrad.Beta2"
                "AdaMax.Beta1"
                "AdaMax.Beta2"
                "Nadam.Beta1"
                "Nadam.Beta2"
                "RAdam.Beta1"
                "RAdam.Beta2"
                "AdaBelief.Beta1"
                "AdaBelief.Beta2"
                "Yogi.Beta1"
                "Yogi.Beta2"
                "RmsProp.Decay"
                "AdaDelta.Rho"
                "Lion.Beta1"
                "Lion.Beta2"
                "Adan.Beta1"
                "Adan.Beta2"
                "Adan.Beta3"
                "NovoGrad.Beta1"
                "NovoGrad.Beta2"
                "Lars.Momentum"
                "Plateau.Factor"
                "ParameterEma.Decay"
            ] do
            name, decay
        for name in
            [
                "Adam.Epsilon"
                "Adam.EpsilonRoot"
                "AmsGrad.Epsilon"
                "AdaMax.Epsilon"
                "Nadam.Epsilon"
                "Nadam.MomentumDecay"
                "RAdam.Epsilon"
                "AdaBelief.Epsilon"
                "AdaBelief.EpsilonRoot"
                "Yogi.Epsilon"
                "Yogi.Initial"
                "Adagrad.Epsilon"
                "Adagrad.Initial"
                "RmsProp.Epsilon"
                "RmsProp.Initial"
                "AdaDelta.Epsilon"
                "Adan.Epsilon"
                "NovoGrad.Epsilon"
                "Lars.Lambda"
                "Lars.Coefficient"
                "Lars.Epsilon"
                "RProp.Min"
                "ClipAdaptive.Epsilon"
                "Normalize.Epsilon"
                "Noise.Variance"
                "Noise.Decay"
                "L1.Lambda"
                "L2.Lambda"
                "WeightDecay.Lambda"
                "ProxL1.Lambda"
                "TrustRatio.Coefficient"
                "TrustRatio.Epsilon"
                "Scale.Factor"
                "Sam.Rho"
                "Plateau.Threshold"
                "Plateau.Floor"
                "Constant.Value"
                "StepDecay.Factor"
                "MultiStep.Factor"
                "GeometricDecay.Factor"
                "ExponentialDecay.Rate"
                "InverseTime.Rate"
                "LinearRamp.From"
                "LinearRamp.To"
                "PolynomialDecay.Power"
                "OneCycle.InitialFactor"
                "OneCycle.FinalFactor"
                "AtLeast.Value"
                "AtMost.Value"
                "ScaleBy.Factor"
            ] do
            name, nonNegative
        for name in
            [
                "ClipGlobalNorm.MaxNorm"
                "ClipPerTensor.MaxNorm"
                "ClipUpdate.MaxNorm"
                "ClipValue.MaxValue"
                "ClipAdaptive.MaxRatio"
                "Ball.Radius"
                "L1Ball.Radius"
                "RProp.Max"
            ] do
            name, threshold
        "Simplex.Radius", positive
        for name in
            [
                "Momentum.Dampening"
                "Lookahead.Alpha"
                "Cosine.Floor"
                "OneCycle.WarmupFraction"
                "WarmupFrom.From"
                "TriangularWave.Low"
            ] do
            name, share
        for name in
            [
                "Accumulate.Steps"
                "SkipNonFinite.MaxConsecutive"
                "Plateau.Patience"
                "Lookahead.Period"
                "StepDecay.Every"
                "Cosine.Steps"
                "CosineRestarts.Steps"
                "CosineRestarts.Multiplier"
                "LinearRamp.Steps"
                "PolynomialDecay.Steps"
                "Warmup.Steps"
                "WarmupFrom.Steps"
                "OneCycle.Steps"
                "TriangularWave.HalfPeriod"
                "Repeat.Period"
            ] do
            name, count
        for name in [ "PolyakAverage.From"; "AndThen.Steps"; "Delay.Steps" ] do
            name, natural
        "RProp.Down", ([ 0.0; 1.0; -0.5; nan; infinity ], [ 1e-300; 0.999 ])
        "RProp.Up", ([ 1.0; 0.5; nan; infinity; -infinity ], [ 1.0000001; 1e300 ])
        "Box.Low", ([ nan; infinity ], [ -infinity; 0.5 ])
        "Box.High", ([ nan; -infinity ], [ infinity; 0.5 ])
        "Noise.Seed", ([], [ Int32.MinValue; 0; Int32.MaxValue ])
        "WarmupCosine.WarmupSteps", ([ 0; -1 ], [ 1; 9 ])
        "WarmupCosine.Steps", ([ 0; -1; 3 ], [ 4; Int32.MaxValue ])
        "WarmupStableDecay.WarmupSteps", ([ 0; -1 ], [ 1; 3 ])
        "WarmupStableDecay.Steps", ([ 0; 2; 3; -1 ], [ 5; 10 ])
        "WarmupStableDecay.DecaySteps", ([ 0; -1; 8 ], [ 1; 7 ])
    ]
