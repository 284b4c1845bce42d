/// The closed forms of the directions.
module OptCore.Tests.Oracle.ByHandDirectionTests

open Expecto
open OptCore
open OptCore.Tests.Oracle.ByHand

let private byHand = [
    hand "sgd: p − ηg" half [ 1.0; -2.0 ] [ [ 2.0; -4.0 ], [ 0.0; 0.0 ] ]
    hand "momentum: v = βv + u" (half.With(Momentum 0.5)) [ 1.0; 1.0 ] [
        [ 2.0; -4.0 ], [ 0.0; 3.0 ]
        [ 1.0; 0.0 ], [ -1.0; 4.0 ]
        [ 0.0; 0.0 ], [ -1.5; 4.5 ]
    ]
    hand "momentum: the first step is not dampened, later ones are" (half.With(Momentum(0.5, Dampening = 0.75))) [ 0.0 ] [
        [ 8.0 ], [ -4.0 ]
        [ 8.0 ], [ -7.0 ]
        [ 0.0 ], [ -8.5 ]
    ]
    hand "nesterov: u + βv, the stored point is the look-ahead point" (half.With(Nesterov 0.5)) [ 1.0 ] [
        [ 4.0 ], [ -2.0 ]
        [ 0.0 ], [ -2.5 ]
    ]
    hand "ema: m = βm + (1−β)u" (half.With(Ema 0.75)) [ 0.0 ] [ [ 8.0 ], [ -1.0 ]; [ 0.0 ], [ -1.75 ] ]
    hand "ema, corrected: a constant gradient is its own mean" (half.With(Ema(0.75, BiasCorrection = true))) [ 0.0 ] [
        [ 8.0 ], [ -4.0 ]
    ]
    near (
        hand "adam: the first step is η·g/(|g|+ε)" (half.With(Adam(Epsilon = 1.0))) [ 1.0; 1.0; 1.0 ] [
            [ 3.0; -1.0; 0.0 ], [ 1.0 - 0.375; 1.25; 1.0 ]
        ]
    )
    near (
        hand "adam: a constant gradient gives steps of length η" (half.With(Adam(Epsilon = 0.0))) [ 1.0; 0.0 ] [
            for k in 1..5 -> [ 1e-5; -7.0 ], [ 1.0 - 0.5 * float k; 0.5 * float k ]
        ]
    )
    near (
        hand
            "adam without correction: (1−β1)/√(1−β2) at first"
            (half.With(Adam(Beta1 = 0.5, Beta2 = 0.75, Epsilon = 0.0, BiasCorrection = false))) [ 0.0 ] [
                [ 6.0 ], [ -0.5 ]
            ]
    )
    near (
        hand
            "adam: ε_root is under the root, on the corrected mean"
            (half.With(Adam(Epsilon = 0.0, EpsilonRoot = 16.0))) [ 0.0 ] [ [ 3.0 ], [ -0.3 ] ]
    )
    // w = 8 for both; 1 − β^k = 1/2, 3/4
    near (
        hand "amsGrad: the largest v stays" (half.With(AmsGrad(Beta1 = 0.0, Beta2 = 0.5, Epsilon = 0.0))) [ 0.0 ] [
            [ 4.0 ], [ -0.5 ]
            [ 1.0 ], [ -0.5 - 0.5 * sqrt 0.75 / sqrt 8.0 ]
            [ 0.0 ], [ -0.5 - 0.5 * sqrt 0.75 / sqrt 8.0 ]
        ]
    )
    // v̂ = 16, then (4 + 1/2)/(3/4) = 6: w stays 16
    near (
        hand
            "amsGrad, corrected maximum"
            (half.With(AmsGrad(Beta1 = 0.0, Beta2 = 0.5, Epsilon = 0.0, CorrectedMax = true))) [ 0.0 ] [
                [ 4.0 ], [ -0.5 ]
                [ 1.0 ], [ -0.625 ]
            ]
    )
    hand "adaMax: n = max(β2 n, |u| + ε)" (half.With(AdaMax(Beta1 = 0.0, Beta2 = 0.5, Epsilon = 1.0))) [ 0.0 ] [
        [ 3.0 ], [ -0.375 ]
        [ 0.5 ], [ -0.5 ]
    ]
    // β1 m/(1−β1²) + (1−β1)g/(1−β1) = (1/4)/(3/4) + 1
    near (
        hand "nadam: the first step mixes the next m̂ with the gradient" (half.With(Nadam(Beta1 = 0.5, Epsilon = 0.0))) [
            0.0
        ] [ [ 2.0 ], [ -0.5 * (4.0 / 3.0) ] ]
    )
    near (
        hand
            "nadam with a decay of its momentum"
            (half.With(Nadam(Beta1 = 0.5, Epsilon = 0.0, MomentumDecay = 1.0)))
            [ 0.0 ]
            (let mu1, mu2 = 0.5 * (1.0 - 0.5 * 0.96), 0.5 * (1.0 - 0.5 * 0.96 * 0.96)
             [ [ 2.0 ], [ -0.5 * (1.0 + mu2 * 0.5 / (1.0 - mu1 * mu2)) ] ])
    )
    hand "radam: the mean alone while ρ ≤ 5" (half.With(RAdam())) [ 0.0 ] [ [ 4.0 ], [ -2.0 ] ]
    |> near
    // m̂ = 4, u − m = 2, ŝ = 4
    near (
        hand
            "adaBelief: s is the square of u − m with the new m"
            (half.With(AdaBelief(Beta1 = 0.5, Beta2 = 0.75, Epsilon = 0.0, EpsilonRoot = 0.0))) [ 0.0 ] [
                [ 4.0 ], [ -1.0 ]
            ]
    )
    // v = 4, v̂ = 16; then v = 4 − 1/4 = 15/4, v̂ = (15/4)/(7/16) = 60/7
    near (
        hand
            "yogi: v moves by (1−β2)u² towards u²"
            (half.With(Yogi(Beta1 = 0.0, Beta2 = 0.75, Epsilon = 0.0, Initial = 0.0))) [ 0.0 ] [
                [ 4.0 ], [ -0.5 ]
                [ 1.0 ], [ -0.5 - 0.5 / sqrt (60.0 / 7.0) ]
            ]
    )
    hand "adagrad: u/(√G + ε)" (half.With(Adagrad(Epsilon = 1.0))) [ 0.0; 7.0 ] [
        [ 3.0; 0.0 ], [ -0.375; 7.0 ]
        [ 4.0; 0.0 ], [ -0.375 - 1.0 / 3.0; 7.0 ]
    ]
    |> near
    hand "adagrad: ε inside, 0 where G is 0" (half.With(Adagrad(Epsilon = 7.0, EpsilonInside = true))) [ 0.0; 7.0 ] [
        [ 3.0; 0.0 ], [ -0.375; 7.0 ]
    ]
    hand "rmsProp: u/(√v + ε)" (half.With(RmsProp(Decay = 0.75, Epsilon = 1.0))) [ 0.0 ] [ [ 6.0 ], [ -0.75 ] ]
    hand "rmsProp: ε inside" (half.With(RmsProp(Decay = 0.75, Epsilon = 7.0, EpsilonInside = true))) [ 0.0 ] [
        [ 6.0 ], [ -0.75 ]
    ]
    // v = 18, b = 3
    hand "rmsProp, centered: v − b²" (half.With(RmsProp(Decay = 0.5, Epsilon = 1.0, Centered = true))) [ 0.0 ] [
        [ 6.0 ], [ -0.75 ]
    ]
    hand
        "rmsProp, corrected: the first step is g/(|g|+ε)"
        (half.With(RmsProp(Decay = 0.75, Epsilon = 2.0, BiasCorrection = true))) [ 0.0 ] [ [ 6.0 ], [ -0.375 ] ]
    // v = 3, d = √12/2 = √3, x = 3/4; then v = 9/4, d = 0
    near (
        hand "adaDelta: √(x+ε)/√(v+ε)" (half.With(AdaDelta(Rho = 0.75, Epsilon = 1.0))) [ 0.0 ] [
            [ sqrt 12.0 ], [ -0.5 * sqrt 3.0 ]
            [ 0.0 ], [ -0.5 * sqrt 3.0 ]
        ]
    )
    hand "signSgd: sign(0) is 0" (half.With(Sign())) [ 1.0; 1.0; 1.0 ] [ [ 1e-30; 0.0; -5.0 ], [ 0.5; 1.0; 1.5 ] ]
    // m = 1 after the first; 1/2·1 − 1/2·3/4 > 0
    hand "lion: the sign looks at the old m" (half.With(Lion(Beta1 = 0.5, Beta2 = 0.75))) [ 0.0; 0.0 ] [
        [ 4.0; 0.0 ], [ -0.5; 0.0 ]
        [ -0.75; 0.0 ], [ -1.0; 0.0 ]
    ]
    hand "rprop: longer on the same sign, shorter and still after a turn" (half.With(RProp(Max = 0.59))) [ 0.0 ] [
        [ 3.0 ], [ -0.5 ]
        [ 9.0 ], [ -0.5 - 0.59 ]
        [ -1.0 ], [ -1.09 ]
        [ -1.0 ], [ -1.09 + 0.295 ]
    ]
    |> near
    hand "rprop: no first step longer than Max" (half.With(RProp(Max = 0.25))) [ 0.0 ] [ [ 3.0 ], [ -0.25 ] ]
    near (hand "adan: no difference at first" (half.With(Adan(Epsilon = 1.0))) [ 0.0 ] [ [ 3.0 ], [ -0.375 ] ])
    // ν = 25; then 25/2 + 100/2 = 62.5: √62.5 = 2.5√10
    near (
        hand
            "novoGrad: one norm per tensor"
            (half.With(NovoGrad(Beta1 = 0.5, Beta2 = 0.5, Epsilon = 0.0)))
            [ 0.0; 0.0; 0.0 ]
            (let root = 2.5 * sqrt 10.0

             [
                 [ 3.0; 4.0; 2.0 ], [ -0.3; -0.4; -0.5 ]
                 [ 6.0; 8.0; 0.0 ], [ -0.45 - 3.0 / root; -0.6 - 4.0 / root; -0.75 ]
             ])
    )
    |> on (Layout.Empty.Add("a", 2).Add("b", 1))
    hand "velocity: the rate is inside the buffer" (half.With(Velocity 0.5).With(GeometricDecay 0.5)) [ 0.0 ] [
        [ 4.0 ], [ -2.0 ]
        [ 0.0 ], [ -3.0 ]
        [ 8.0 ], [ -4.5 ]
    ]
    hand "velocity: decay after it is η_t λ p" (half.With(Velocity 0.5).With(WeightDecay 0.25)) [ 8.0 ] [
        [ 4.0 ], [ 5.0 ]
    ]
    // u + λp = (6, 8), norm 10; 0.5·5/10 = 1/4
    near (
        hand
            "lars: ratio of norms per tensor, 1 where one is 0"
            (half.With(Lars(1.0, Momentum = 0.5, Coefficient = 0.5))) [ 3.0; 4.0; 0.0 ] [
                [ 3.0; 4.0; 2.0 ], [ 3.0 - 0.75; 4.0 - 1.0; -1.0 ]
            ]
    )
    |> on (Layout.Empty.Add("a", 2).Add("b", 1))
    // q = n/η = 8, z = 2 − 8·3
    hand "ftrl: with power 1 the first step is η/g" (half.With(Ftrl(Power = 1.0, Initial = 0.0))) [ 3.0 ] [
        [ 2.0 ], [ 2.75 ]
        [ 0.0 ], [ 2.75 ]
    ]
]

[<Tests>]
let tests =
    testList "oracle" [
        testList "by hand" [
            for byHand in byHand do
                testCase byHand.Name (checkByHand byHand)
        ]
    ]
