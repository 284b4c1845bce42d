module OptCore.Tests.OracleTests

open System
open Expecto
open FsCheck
open FsCheck.FSharp
open OptCore
open OptCore.Tests.Oracle

let private layoutOf length = Layout.Plain length

let private against rules what problem =
    let apart = Checks.againstOracle rules problem

    if apart.IsSome && Checks.isWellPosed rules problem then
        Checks.demand what problem apart

// ---------------------------------------------------------------------------------------------------- closed forms

/// One step (or a few) by hand: the rate is 1/2, the numbers are such that the results are exact where `Exact` says so.
type private ByHand = {
    Name: string
    Optimizer: Optimizer
    Layout: Layout
    Start: float list
    /// Gradient, expected parameters.
    Steps: (float list * float list) list
    Exact: bool
}

let private half = Optimizer.Sgd 0.5

let private hand name (optimizer: Optimizer) start steps = {
    Name = name
    Optimizer = optimizer
    Layout = layoutOf (List.length start)
    Start = start
    Steps = steps
    Exact = true
}

let private near (byHand: ByHand) = { byHand with Exact = false }
let private on layout (byHand: ByHand) = { byHand with Layout = layout }

let private byHand =
    let r2 = sqrt 2.0

    [
        hand "sgd: p − ηg" half [ 1.0; -2.0 ] [ [ 2.0; -4.0 ], [ 0.0; 0.0 ] ]
        hand "momentum: v = βv + u" (half.With(Momentum 0.5)) [ 1.0; 1.0 ] [
            [ 2.0; -4.0 ], [ 0.0; 3.0 ]
            [ 1.0; 0.0 ], [ -1.0; 4.0 ]
            [ 0.0; 0.0 ], [ -1.5; 4.5 ]
        ]
        hand "momentum: the first step is not dampened, later ones are" (half.With(Momentum(0.5, Dampening = 0.75))) [
            0.0
        ] [ [ 8.0 ], [ -4.0 ]; [ 8.0 ], [ -7.0 ]; [ 0.0 ], [ -8.5 ] ]
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
            hand
                "nadam: the first step mixes the next m̂ with the gradient"
                (half.With(Nadam(Beta1 = 0.5, Epsilon = 0.0))) [ 0.0 ] [ [ 2.0 ], [ -0.5 * (4.0 / 3.0) ] ]
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
        hand "velocity: the rate is inside the buffer" (half.With(Velocity 0.5).With(Geometric 0.5)) [ 0.0 ] [
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
        hand "clip: u·c/‖u‖" (half.With(ClipGlobalNorm 2.5)) [ 0.0; 0.0 ] [
            [ 3.0; 4.0 ], [ -0.75; -1.0 ]
            [ 1.5; 2.0 ], [ -1.5; -2.0 ]
        ]
        hand "clip: one norm over all tensors" (half.With(ClipGlobalNorm 2.5)) [ 0.0; 0.0 ] [
            [ 3.0; 4.0 ], [ -0.75; -1.0 ]
        ]
        |> on (Layout.Empty.Add("a", 1).Add("b", 1))
        hand "clipPerTensor: a norm for each" (half.With(ClipPerTensor 2.0)) [ 0.0; 0.0 ] [
            [ 4.0; 1.0 ], [ -1.0; -0.5 ]
        ]
        |> on (Layout.Empty.Add("a", 1).Add("b", 1))
        hand "clipValue" (half.With(ClipValue 0.5)) [ 0.0; 0.0; 0.0 ] [ [ 3.0; -4.0; 0.25 ], [ -0.25; 0.25; -0.125 ] ]
        // columns (3, 4) and (0, 0): limits 5/2 and 1/2
        near (
            hand "clipAdaptive: one unit per column of a matrix" (half.With(ClipAdaptive(0.5, Epsilon = 1.0))) [
                3.0
                0.0
                4.0
                0.0
            ] [ [ 3.0; 6.0; 4.0; 8.0 ], [ 3.0 - 0.75; -0.15; 4.0 - 1.0; -0.2 ] ]
        )
        |> on (Layout.Empty.Add("w", 2, 2))
        hand "centralize: the mean of every row" (half.With(Centralize())) [ 0.0; 0.0; 0.0; 0.0; 0.0 ] [
            [ 1.0; 3.0; 2.0; -2.0; 4.0 ], [ 0.5; -0.5; -1.0; 1.0; -2.0 ]
        ]
        |> on (Layout.Empty.Add("w", 2, 2).Add("b", 1))
        hand "normalize: u/(‖u‖+ε)" (half.With(Normalize(Epsilon = 3.0))) [ 0.0; 0.0 ] [
            [ 3.0; 4.0 ], [ -0.1875; -0.25 ]
        ]
        hand "accumulate: the mean of four, then one update" (half.With(Accumulate 4)) [ 0.0 ] [
            [ 1.0 ], [ 0.0 ]
            [ 2.0 ], [ 0.0 ]
            [ 3.0 ], [ 0.0 ]
            [ 2.0 ], [ -1.0 ]
            [ 9.0 ], [ -1.0 ]
        ]
        hand "accumulate after clip: each is clipped" (half.With(ClipGlobalNorm 1.0).With(Accumulate 2)) [ 0.0 ] [
            [ 4.0 ], [ 0.0 ]
            [ 0.5 ], [ -0.375 ]
        ]
        hand "accumulate before clip: the mean is clipped" (half.With(Accumulate 2).With(ClipGlobalNorm 1.0)) [ 0.0 ] [
            [ 4.0 ], [ 0.0 ]
            [ 0.5 ], [ -0.5 ]
        ]
        hand "skipNonFinite: nothing moves, t does not count" (half.With(SkipNonFinite 2).With(Geometric 0.5)) [
            1.0
            1.0
        ] [
            [ 1.0; nan ], [ 1.0; 1.0 ]
            [ 1.0; 2.0 ], [ 0.5; 0.0 ]
            [ infinity; 0.0 ], [ 0.5; 0.0 ]
            [ 1.0; 0.0 ], [ 0.25; 0.0 ]
        ]
        hand "l2: u + λp" (half.With(L2 0.5)) [ 4.0 ] [ [ 2.0 ], [ 2.0 ] ]
        hand "l1: u + λ sign(p)" (half.With(L1 0.5)) [ 4.0; 0.0; -4.0 ] [ [ 2.0; 2.0; 2.0 ], [ 2.75; -1.0; -4.75 ] ]
        // v = 4, u = 4 + 2; then v = 2 + 2.5, u = 4.5 + 1.25
        hand
            "l2 is inside the direction, weightDecay outside"
            (half.With(Momentum 0.5).With(L2 0.5).With(WeightDecay 0.25)) [ 8.0 ] [
                [ 0.0 ], [ 5.0 ]
                [ 0.0 ], [ 5.0 - 0.5 * 5.75 ]
            ]
        hand "weightDecay: u + λp" (half.With(Sign()).With(WeightDecay 0.5)) [ 4.0 ] [ [ 2.0 ], [ 2.5 ] ]
        near (
            hand "trustRatio: c‖p‖/(‖u‖+ε) per tensor" (half.With(TrustRatio(Coefficient = 2.0, Epsilon = 5.0))) [
                3.0
                4.0
                0.0
            ] [ [ 3.0; 4.0; 1.0 ], [ 1.5; 2.0; -0.5 ] ]
        )
        |> on (Layout.Empty.Add("a", 2).Add("b", 1))
        hand "clipUpdate clips the finished direction" (half.With(ClipUpdate 1.0).With(Momentum 0.5)) [ 0.0 ] [
            [ 0.5 ], [ -0.25 ]
            [ 1.0 ], [ -0.75 ]
        ]
        hand "scale" (half.With(Scale 0.25)) [ 0.0 ] [ [ 8.0 ], [ -1.0 ] ]
        hand "box" (half.With(Box(-1.0, 2.0))) [ 0.0; 0.0; 0.0 ] [ [ 8.0; -8.0; 1.0 ], [ -1.0; 2.0; -0.5 ] ]
        hand "nonNegative" (half.With(NonNegative())) [ 0.0; 0.0 ] [ [ 8.0; -8.0 ], [ 0.0; 4.0 ] ]
        near (
            hand "ball" (half.With(Ball 2.5)) [ 0.0; 0.0 ] [ [ -6.0; -8.0 ], [ 1.5; 2.0 ]; [ 0.0; 0.0 ], [ 1.5; 2.0 ] ]
        )
        near (hand "simplex" (half.With(Simplex 1.0)) [ 0.0; 0.0; 0.0 ] [ [ -2.0; -1.0; 6.0 ], [ 0.75; 0.25; 0.0 ] ])
        near (hand "l1Ball" (half.With(L1Ball 1.0)) [ 0.0; 0.0; 0.0 ] [ [ -2.0; 1.0; 0.5 ], [ 0.75; -0.25; 0.0 ] ])
        hand "proxL1: soft threshold by η_t λ" (half.With(ProxL1 2.0)) [ 0.0; 0.0; 0.0 ] [
            [ 8.0; -8.0; 1.0 ], [ -3.0; 3.0; 0.0 ]
        ]
        hand "lookahead: every second update" (half.With(Lookahead(2, 0.25))) [ 0.0 ] [
            [ 4.0 ], [ -2.0 ]
            [ 4.0 ], [ -1.0 ]
            [ 2.0 ], [ -2.0 ]
            [ 0.0 ], [ -1.25 ]
        ]
        hand "cosine: η_t at t, not at k" (half.With(Cosine 2)) [ 0.0 ] [
            [ 2.0 ], [ -1.0 ]
            [ 2.0 ], [ -1.5 ]
            [ 2.0 ], [ -1.5 ]
        ]
        |> near
        hand "rateFor" (half.RateFor("b", 0.5)) [ 0.0; 0.0 ] [ [ 2.0; 2.0 ], [ -1.0; -0.5 ] ]
        |> on (Layout.Empty.Add("a", 1).Add("b", 1))
        hand "freeze" (half.With(ClipGlobalNorm 1.0).Freeze "b") [ 0.0; 3.0 ] [ [ 0.5; 100.0 ], [ -0.25; 3.0 ] ]
        |> on (Layout.Empty.Add("a", 1).Add("b", 1))
        hand "flow: momentum, then clip" (Optimizer.Flow([ Momentum 0.5; ClipGlobalNorm 1.0 ], 0.5)) [ 0.0 ] [
            [ 4.0 ], [ -0.5 ]
            [ -1.5 ], [ -0.75 ]
        ]
        near (
            hand "sam's gradient stands as it is handed in" (half.With(Sam 0.5)) [ 0.0; r2 ] [
                [ 2.0; 0.0 ], [ -1.0; r2 ]
            ]
        )
    ]

let private checkByHand byHand () =
    let gradients, expected = List.unzip byHand.Steps

    let problem = {
        Optimizer = byHand.Optimizer
        Layout = byHand.Layout
        Start = Array.ofList byHand.Start
        Gradients = gradients |> List.map Array.ofList |> Array.ofList
        Losses = Array.create gradients.Length nan
        Curvature = 0.0
    }

    let expected = expected |> List.map Array.ofList |> Array.ofList
    let actual = (Runs.run<float> Execution.Default Pure problem).After

    let narrow =
        (Runs.run<float32> Execution.Default Pure problem).After |> Checks.widen

    if byHand.Exact then
        Checks.firstDifferent expected actual |> Checks.demand byHand.Name problem

        Checks.firstDifferent expected narrow
        |> Checks.demand $"{byHand.Name}, float32" problem
    else
        Checks.firstApart 4e-15 true problem.Start expected actual
        |> Checks.demand byHand.Name problem

        Checks.firstApart 2e-7 true problem.Start expected narrow
        |> Checks.demand $"{byHand.Name}, float32" problem

let private plateauByHand () =
    // Losses 8, 9, 9, 9, 4: not better for more than one update at the third; the floor is a quarter of the rate.
    let optimizer = half.With(Plateau(1, 0.25, Floor = 0.25))
    let plan = optimizer.Plan 1
    let session = plan.Start(ReadOnlySpan [| 0.0 |])
    let one = [| 1.0 |]

    let moves = [
        for loss in [ 8.0; 9.0; 9.0; 9.0; 9.0; 4.0 ] do
            let before = session.AsSpan()[0]
            session.Step(ReadOnlySpan one, loss) |> ignore
            before - session.AsSpan()[0]
    ]

    Expect.equal moves [ 0.5; 0.5; 0.5; 0.25; 0.25; 0.25 ] "the reduction counts from the step after the third loss"

let private probesByHand () =
    let nag = (half.With(Nag 0.5)).Plan 1
    let first = nag.Init(ReadOnlySpan [| 1.0 |])
    Expect.equal (nag.Point first) [| 1.0 |] "without a history the point is p"
    let second = nag.Step(first, ReadOnlySpan [| 4.0 |])
    Expect.equal (second.ToArray()) [| -1.0 |] "p − η v"
    Expect.equal (nag.Point second) [| -2.0 |] "p − η β v"
    let third = nag.Step(second, ReadOnlySpan [| 2.0 |])
    Expect.equal (third.ToArray()) [| -3.0 |] "v = 0.5·4 + 2"
    let sam = (half.With(Sam 0.5)).Plan 2
    let state = sam.Init(ReadOnlySpan [| 1.0; 2.0 |])
    Expect.equal (sam.Point(state, ReadOnlySpan [| 0.0; -4.0 |])) [| 1.0; 1.5 |] "p + ρ g/‖g‖"
    Expect.equal (sam.Point(state, ReadOnlySpan [| 0.0; 0.0 |])) [| 1.0; 2.0 |] "p where g is 0"

let private averagesByHand () =
    let run (optimizer: Optimizer) =
        let plan = optimizer.Plan 1
        let mutable state = plan.Init(ReadOnlySpan [| 8.0 |])
        let slot = state.SlotNames |> Seq.exactlyOne

        [
            (state.Slot slot)[0]
            for g in [ 8.0; 8.0; 4.0 ] do
                state <- plan.Step(state, ReadOnlySpan [| g |])
                (state.Slot slot)[0]
        ]

    let equal actual expected message =
        List.iter2 (fun a e -> Expect.floatClose { absolute = 0.0; relative = 1e-15 } a e message) actual expected

    // p = 8, 4, 0, −2
    equal (run (half.With(ParameterEma 0.5))) [ 8.0; 4.0; 2.0; 0.0 ] "the first update copies"
    equal (run (half.With(PolyakAverage()))) [ 8.0; 4.0; 2.0; 2.0 / 3.0 ] "the mean of p_1 … p_t"
    equal (run (half.With(PolyakAverage(From = 1)))) [ 8.0; 4.0; 0.0; -1.0 ] "the mean of p_2 … p_t"

let private noiseByHand () =
    let draw (stage: Noise) length steps =
        let plan = (Optimizer.Sgd 1.0).With(stage).Plan(length: int)
        let mutable state = plan.Init(ReadOnlySpan(Array.zeroCreate<float> length))

        [|
            for _ in 1..steps do
                let next = plan.Step(state, ReadOnlySpan(Array.zeroCreate<float> length))
                Array.map2 (-) (state.ToArray()) (next.ToArray())
                state <- next
        |]

    let z = draw (Noise(1.0, 0.0, 1)) 1000 40 |> Array.concat
    let count = float z.Length

    let moment k =
        (z |> Array.sumBy (fun x -> x ** k)) / count
    // Six standard deviations of the mean, the variance, the third and the fourth moment of normal numbers.
    Expect.isLessThan (abs (moment 1.0)) (6.0 / sqrt count) "mean 0"
    Expect.isLessThan (abs (moment 2.0 - 1.0)) (6.0 * sqrt (2.0 / count)) "variance 1"
    Expect.isLessThan (abs (moment 3.0)) (6.0 * sqrt (15.0 / count)) "no skew"
    Expect.isLessThan (abs (moment 4.0 - 3.0)) (6.0 * sqrt (96.0 / count)) "kurtosis 3"
    let next = Array.pairwise z |> Array.sumBy (fun (a, b) -> a * b)
    Expect.isLessThan (abs next) (6.0 * sqrt count) "neighbours are independent"
    let other = draw (Noise(1.0, 0.0, 2)) 1000 40 |> Array.concat

    Expect.isLessThan
        (abs (Array.fold2 (fun sum a b -> sum + a * b) 0.0 z other))
        (6.0 * sqrt count)
        "seeds are independent"

    let variance k = 4.0 / float k ** 2.0

    draw (Noise(4.0, 2.0, 1)) 1000 40
    |> Array.iteri (fun j drawn ->
        let expected =
            Array.sub z (1000 * j) 1000 |> Array.map (fun x -> sqrt (variance (j + 1)) * x)

        Array.iter2
            (fun a e -> Expect.floatClose { absolute = 1e-14; relative = 1e-13 } a e $"√(η/k^γ) z at k = {j + 1}")
            drawn
            expected)

// ------------------------------------------------------------------------------------------------------ the oracle

let private specimens make =
    Specimens.all
    |> List.map (fun specimen -> testCase specimen.Name (fun () -> make specimen))

let private property name (specimen: Specimens.Specimen) (check: Problem -> unit) =
    testPropertyWithConfig
        {
            FsCheckConfig.defaultConfig with
                maxTest = 20
        }
        name
        (Prop.forAll (Problems.arbitrary specimen.Optimizer) check)

let private everyLength = [ 0..70 ] @ [ 1000 ]

let private lengthsOf (specimen: Specimens.Specimen) =
    match specimen.Stage with
    | :? Simplex -> List.tail everyLength
    | _ -> everyLength

let private ofEveryLength check (specimen: Specimens.Specimen) =
    for length in lengthsOf specimen do
        check (Problems.fixed' specimen.Optimizer (layoutOf length) 3 (1000 + length))

let private isRounded (specimen: Specimens.Specimen) =
    Checks.stages specimen.Optimizer |> List.forall Twins.isRounded

let private bitForBit problem =
    let narrow (xs: float[]) =
        xs |> Array.map (fun x -> float (float32 x))

    let small = {
        problem with
            Start = narrow problem.Start
            Gradients = Array.map narrow problem.Gradients
    }

    let compare precision (actual: float[][]) (problem: Problem) name =
        let _, expected = Runs.interpret (Twins.exactly precision) problem

        Checks.firstDifferent expected actual
        |> Checks.demand $"the {name} twin" problem

    compare Roundings.double (Runs.run<float> Execution.Default Pure problem).After problem "float64"
    compare Roundings.single (Checks.widen (Runs.run<float32> Execution.Default Pure small).After) small "float32"

let private scheduled =
    Specimens.schedules
    |> List.map (fun schedule ->
        testCase (string schedule) (fun () ->
            let plan = ((Optimizer.Sgd 0.1).With schedule).Plan 1

            for t in Seq.append [ 0L .. 40L ] [ 1000L; 100000L ] do
                let expected = 0.1 * Schedules.at schedule t
                let actual = plan.RateAt t

                // cos and pow of the twins have arguments rounded in another order; near a zero of a schedule that is an
                // absolute error.
                if not (abs (actual - expected) <= 1e-15 + 1e-12 * abs expected) then
                    failtestf "η_%d of sgd 0.1 |> %O: %.17g, expected %.17g" t schedule actual expected))

let private everyStageHasATwin () =
    let stages =
        typeof<Optimizer>.Assembly.GetExportedTypes()
        |> Array.filter (fun t -> typeof<IStage>.IsAssignableFrom t && not t.IsAbstract)
        |> Array.map _.Name

    Expect.isGreaterThan stages.Length 40 "stages of the assembly"

    let shown =
        Specimens.all
        |> List.map (fun specimen -> specimen.Stage.GetType().Name)
        |> Set.ofList

    Expect.equal (stages |> Array.filter (Twins.rows.ContainsKey >> not)) [||] "stages without a twin"
    Expect.equal (stages |> Array.filter (shown.Contains >> not)) [||] "stages without a specimen"

let private everyStageHasItsPhase () =
    for specimen in Specimens.all do
        Expect.equal specimen.Stage.Phase (fst Twins.rows[specimen.Stage.GetType().Name]) specimen.Name

// ----------------------------------------------------------------------------------------------------------- bits

let private everyBit problem =
    Checks.sameBits<float> Runs.executions problem
    Checks.sameBits<float32> Runs.executions problem

// The lengths at which every width has a last register of every kind, for all widths with and without fusing; the others
// for the ways of stepping and for blocks.
let private bitsOfEveryLength (specimen: Specimens.Specimen) =
    for length in lengthsOf specimen do
        let problem = Problems.fixed' specimen.Optimizer (layoutOf length) 3 (2000 + length)

        if length < 36 || length > 63 then
            everyBit problem
        else
            Checks.sameBits<float> [ Execution(Fuse = false) ] problem
            Checks.sameBits<float32> [ Execution(Fuse = false) ] problem

// Numbers at the ends of the range. Which of the many NaNs comes out may depend on the instructions; that it is one may not.
let private bitsOfExtremes (specimen: Specimens.Specimen) =
    let extremes = [|
        nan
        infinity
        -infinity
        5e-324
        -1e-310
        1e-45
        1e300
        -1e38
        0.0
        -0.0
        1.0
        -3.0
        1e-160
    |]

    let random = Random 7000

    let problem = {
        Problems.fixed' specimen.Optimizer (layoutOf 37) 5 7000 with
            Gradients = Array.init 5 (fun _ -> Array.init 37 (fun _ -> extremes[random.Next extremes.Length]))
    }

    let canonical (run: float[][]) =
        run |> Array.map (Array.map (fun x -> if Double.IsNaN x then nan else x))

    let compare what one other =
        Checks.firstDifferent (canonical one) (canonical other)
        |> Checks.demand what problem

    let attempt run =
        try
            Some(run ())
        with :? NonFiniteGradientException ->
            None

    let wide execution way =
        attempt (fun () -> (Runs.run<float> execution way problem).After)

    let narrow execution way =
        attempt (fun () -> Checks.widen (Runs.run<float32> execution way problem).After)

    for run, kind in [ wide, "float64"; narrow, "float32" ] do
        match run Execution.Default Pure with
        | None -> ()
        | Some one ->
            for way in [ Reuse; ReuseOlder; InPlace ] do
                compare $"%A{way}, {kind}" one (run Execution.Default way |> Option.get)

            for execution in Runs.executions do
                compare $"{execution}, {kind}" one (run execution Pure |> Option.get)

let private oldStatesStay (specimen: Specimens.Specimen) =
    for length in [ 1; 17; 70 ] do
        let problem = Problems.fixed' specimen.Optimizer (layoutOf length) 6 (3000 + length)
        let plan = problem.Optimizer.Plan<float>(problem.Layout)
        let copy state = plan.Resume(state).Snapshot()
        let mutable state = plan.Init(ReadOnlySpan problem.Start)
        let mutable middle = state

        for t in 0 .. problem.Gradients.Length - 1 do
            let before = copy state
            let next = plan.Step(state, ReadOnlySpan problem.Gradients[t], problem.Losses[t])

            let struct (reported, _) =
                plan.StepReported(state, ReadOnlySpan problem.Gradients[t], problem.Losses[t])

            if not (before.Equals state) then
                failtestf "step %d changes the old state%s" t problem.Text

            if not (reported.Equals next) then
                failtestf "step %d with a report gives another state%s" t problem.Text

            if t = problem.Gradients.Length / 2 then
                middle <- next

            state <- next

        let resumed = plan.Resume middle

        for t in problem.Gradients.Length / 2 + 1 .. problem.Gradients.Length - 1 do
            resumed.Step(ReadOnlySpan problem.Gradients[t], problem.Losses[t]) |> ignore

        if not (resumed.Snapshot().Equals state) then
            failtestf "a session that goes on from the middle ends elsewhere%s" problem.Text

let private allocatesNothing<'T
    when 'T: unmanaged
    and 'T: (new: unit -> 'T)
    and 'T: struct
    and 'T :> ValueType
    and 'T :> Numerics.IBinaryFloatingPointIeee754<'T>>
    (specimen: Specimens.Specimen)
    =
    let problem = Problems.fixed' specimen.Optimizer Problems.tensors 4 4000
    let plan = problem.Optimizer.Plan<'T>(problem.Layout)

    let convert (xs: float[]) =
        xs |> Array.map (fun x -> 'T.CreateTruncating x)

    let session = plan.Start(ReadOnlySpan(convert problem.Start))
    let gradient = convert problem.Gradients[0]

    let steps count =
        for _ in 1..count do
            session.Step(ReadOnlySpan gradient, 1.0) |> ignore

    steps 40
    let before = GC.GetAllocatedBytesForCurrentThread()
    steps 100
    let after = GC.GetAllocatedBytesForCurrentThread()

    if after <> before then
        failtestf "%d bytes in 100 steps in %s%s" (after - before) typeof<'T>.Name problem.Text

let private sessionAllocatesNothing specimen =
    allocatesNothing<float> specimen
    allocatesNothing<float32> specimen

// ------------------------------------------------------------------------------------------------------ pipelines

let private composed = {
    FsCheckConfig.defaultConfig with
        maxTest = 150
        arbitrary = [ typeof<Pipelines.Arbitraries> ]
}

let private pipelineFollowsTheOracle (composed: Pipelines.Composed) =
    against Twins.vocabulary "the oracle" composed.Problem

let private pipelineGivesOneResult (composed: Pipelines.Composed) = everyBit composed.Problem

let private pipelineReadsItsText (composed: Pipelines.Composed) =
    let text = string composed.Problem.Optimizer
    Expect.equal (Optimizer.Parse text) composed.Problem.Optimizer text

[<Tests>]
let tests =
    testList "oracle" [
        testCase "every stage has a twin and a specimen" everyStageHasATwin
        testCase "every stage has its phase" everyStageHasItsPhase
        testList "by hand" [
            for byHand in byHand do
                testCase byHand.Name (checkByHand byHand)
            testCase "plateau: less rate after losses that are not better" plateauByHand
            testCase "nag and sam: where the gradient is taken" probesByHand
            testCase "averages" averagesByHand
            testCase "noise: normal numbers of variance η/k^γ" noiseByHand
        ]
        testList "schedules" scheduled
        testList "follows the equations" [
            for specimen in Specimens.all do
                property specimen.Name specimen (against Twins.vocabulary "the oracle")
        ]
        testList
            "follows the equations at every length"
            (specimens (ofEveryLength (against Twins.vocabulary "the oracle")))
        testList "bit for bit, float64 and float32" [
            for specimen in Specimens.all |> List.filter isRounded do
                property specimen.Name specimen bitForBit
        ]
        testList
            "bit for bit at every length"
            (specimens (fun specimen ->
                if isRounded specimen then
                    ofEveryLength bitForBit specimen))
        testList "same bits in every way, at every length" (specimens bitsOfEveryLength)
        testList
            "same bits in every way, on tensors"
            (specimens (fun specimen -> everyBit (Problems.fixed' specimen.Optimizer Problems.tensors 6 5000)))
        testList "same bits in every way, at the ends of the range" (specimens bitsOfExtremes)
        testList "old states stay as they are, and can be resumed" (specimens oldStatesStay)
        testList "a session allocates nothing" (specimens sessionAllocatesNothing)
        testList "random pipelines" [
            testPropertyWithConfig composed "follow the equations" pipelineFollowsTheOracle
            testPropertyWithConfig
                { composed with maxTest = 60 }
                "give the same bits in every way"
                pipelineGivesOneResult
            testPropertyWithConfig composed "read their own text" pipelineReadsItsText
        ]
    ]
