/// The closed forms of the stages around the direction, of schedules and of scopes.
module OptCore.Tests.Oracle.ByHandStageTests

open Expecto
open OptCore
open OptCore.Tests.Oracle.ByHand

let private tiny = System.Math.ScaleB(1.0, -70)

let private byHand =
    let r2 = sqrt 2.0

    [
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
        hand "skipNonFinite: nothing moves, t does not count" (half.With(SkipNonFinite 2).With(GeometricDecay 0.5)) [
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
        // f = ½p² from 4: g = 4, p = 2, then c = 1 + 8/32, p = 2 − ½·1¼·2; ⟨g, d⟩ = 1½ there.
        hand "hypergradient: c + β⟨g, d⟩" (half.With(Hypergradient 0.03125)) [ 4.0 ] [
            [ 4.0 ], [ 2.0 ]
            [ 2.0 ], [ 0.75 ]
            [ 0.75 ], [ 0.75 - 0.5 * (1.25 + 1.5 / 32.0) * 0.75 ]
        ]
        hand "hypergradient: not below 0, and up again" (half.With(Hypergradient 0.5)) [ 0.0 ] [
            [ 2.0 ], [ -1.0 ]
            [ -4.0 ], [ -1.0 ]
            [ -1.0 ], [ 0.0 ]
        ]
        // (3, 4) and (4, 3): cosine 24/25. Opposite: c times 1 − 0.5.
        near (
            hand "hypergradient: c times 1 + β cos" (half.With(Hypergradient(0.5, Multiplicative = true))) [ 0.0; 0.0 ] [
                [ 3.0; 4.0 ], [ -1.5; -2.0 ]
                [ 8.0; 6.0 ], [ -1.5 - 4.0 * 1.48; -2.0 - 3.0 * 1.48 ]
                [ -4.0; -3.0 ], [ -1.5 - 4.0 * 1.48 + 2.0 * 0.74; -2.0 - 3.0 * 1.48 + 1.5 * 0.74 ]
            ]
        )
        hand "hypergradient: bounds" (half.With(Hypergradient(1.0, Minimum = 0.5, Maximum = 2.0))) [ 0.0 ] [
            [ 2.0 ], [ -1.0 ]
            [ 2.0 ], [ -3.0 ]
            [ -2.0 ], [ -2.5 ]
        ]
        // g = d = 1 + 2; then p = ½, g = 1½ + ½ and c = 1 + 6/8.
        hand "hypergradient: with the penalty, behind the direction" (half.With(Hypergradient 0.125).With(L2 1.0)) [
            2.0
        ] [ [ 1.0 ], [ 0.5 ]; [ 1.5 ], [ 0.5 - 0.5 * 1.75 * 2.0 ] ]
        // v = 2, then 2 + 1; h = 2·2.
        hand "hypergradient: of momentum" (half.With(Momentum 0.5).With(Hypergradient 0.25)) [ 0.0 ] [
            [ 2.0 ], [ -1.0 ]
            [ 2.0 ], [ -1.0 - 0.5 * 2.0 * 3.0 ]
        ]
        // η_t halves, c grows beside it.
        hand "hypergradient: a factor of the schedule" (half.With(Hypergradient 0.25).With(GeometricDecay 0.5)) [ 0.0 ] [
            [ 2.0 ], [ -1.0 ]
            [ 2.0 ], [ -1.0 - 0.25 * 2.0 * 2.0 ]
        ]
        hand
            "hypergradient: a factor for each scope"
            (half.Only("a", fun o -> o.Hypergradient 0.25).Only("b", fun o -> o.Hypergradient 0.0)) [ 0.0; 0.0 ] [
                [ 2.0; 2.0 ], [ -1.0; -1.0 ]
                [ 2.0; 2.0 ], [ -3.0; -2.0 ]
            ]
        |> on (Layout.Empty.Add("a", 1).Add("b", 1))
        hand "scale" (half.With(Scale 0.25)) [ 0.0 ] [ [ 8.0 ], [ -1.0 ] ]
        hand "box" (half.With(Box(-1.0, 2.0))) [ 0.0; 0.0; 0.0 ] [ [ 8.0; -8.0; 1.0 ], [ -1.0; 2.0; -0.5 ] ]
        hand "nonNegative" (half.With(NonNegative())) [ 0.0; 0.0 ] [ [ 8.0; -8.0 ], [ 0.0; 4.0 ] ]
        near (
            hand "ball" (half.With(Ball 2.5)) [ 0.0; 0.0 ] [ [ -6.0; -8.0 ], [ 1.5; 2.0 ]; [ 0.0; 0.0 ], [ 1.5; 2.0 ] ]
        )
        near (
            hand "sphere" (half.With(Sphere 2.5)) [ 0.0; 0.0 ] [
                [ -6.0; -8.0 ], [ 1.5; 2.0 ]
                [ 0.0; 0.0 ], [ 1.5; 2.0 ]
            ]
        )
        hand "sphere: 0 stays" (half.With(Sphere 2.5)) [ 0.0; 0.0 ] [ [ 0.0; 0.0 ], [ 0.0; 0.0 ] ]
        // Columns (6, 8) and (0.5, 0) of [in, out]; rows (6, 0.5) and (8, 0) of [out, in].
        near (
            hand "maxNorm: the columns" (half.With(MaxNorm 5.0)) [ 0.0; 0.0; 0.0; 0.0 ] [
                [ -12.0; -1.0; -16.0; 0.0 ], [ 3.0; 0.5; 4.0; 0.0 ]
            ]
        )
        |> on (Layout.Empty.Add("w", 2, 2))
        near (
            hand "maxNorm: the rows" (half.With(MaxNorm(5.0, OutputFirst = true))) [ 0.0; 0.0; 0.0; 0.0 ] [
                [ -12.0; -16.0; -1.0; 0.0 ], [ 3.0; 4.0; 0.5; 0.0 ]
            ]
        )
        |> on (Layout.Empty.Add("w", 2, 2))
        near (
            hand "unitNorm: columns of length 10 and ½ become 1, 0 stays" (half.With(UnitNorm())) (List.replicate 6 0.0) [
                [ -12.0; -1.0; 0.0; -16.0; 0.0; 0.0 ], [ 0.6; 1.0; 0.0; 0.8; 0.0; 0.0 ]
            ]
        )
        |> on (Layout.Empty.Add("w", 2, 3))
        // 10 to 5 and ½ to 1; at half the rate 10 to 7½ and ½ to ¾.
        near (
            hand "minMaxNorm" (half.With(MinMaxNorm(1.0, 5.0))) [ 0.0; 0.0; 0.0; 0.0 ] [
                [ -12.0; -1.0; -16.0; 0.0 ], [ 3.0; 1.0; 4.0; 0.0 ]
            ]
        )
        |> on (Layout.Empty.Add("w", 2, 2))
        near (
            hand "minMaxNorm: half the way" (half.With(MinMaxNorm(1.0, 5.0, Rate = 0.5))) [ 0.0; 0.0; 0.0; 0.0 ] [
                [ -12.0; -1.0; -16.0; 0.0 ], [ 4.5; 0.75; 6.0; 0.0 ]
            ]
        )
        |> on (Layout.Empty.Add("w", 2, 2))
        // Kernels of rank 4: over all axes but the last; a vector is one unit.
        hand "maxNorm: kernels and vectors" (half.With(MaxNorm 2.0)) (List.replicate 10 0.0) [
            List.replicate 8 -4.0 @ [ -4.0; 0.0 ], List.replicate 8 1.0 @ [ 2.0; 0.0 ]
        ]
        |> on (Layout.Empty.Add("k", 2, 1, 2, 2).Add("b", 2))
        hand "withinEach" (half.With(Bounds([ -1.0; 0.0 ], [ 2.0; 1.0 ]))) [ 0.0; 0.0 ] [ [ 8.0; -8.0 ], [ -1.0; 1.0 ] ]
        near (
            hand "halfspace: ⟨a, p⟩ = 50 comes back to 5" (half.With(Halfspace([ 3.0; 4.0 ], 5.0))) [ 0.0; 0.0 ] [
                [ -12.0; -16.0 ], [ 0.6; 0.8 ]
            ]
        )
        hand "halfspace: inside nothing moves" (half.With(Halfspace([ 3.0; 4.0 ], 5.0))) [ 0.0; 0.0 ] [
            [ 2.0; 2.0 ], [ -1.0; -1.0 ]
        ]
        near (
            hand "hyperplane: from below, too" (half.With(Hyperplane([ 3.0; 4.0 ], 5.0))) [ 0.0; 0.0 ] [
                [ 0.0; 0.0 ], [ 0.6; 0.8 ]
            ]
        )
        near (hand "simplex" (half.With(Simplex 1.0)) [ 0.0; 0.0; 0.0 ] [ [ -2.0; -1.0; 6.0 ], [ 0.75; 0.25; 0.0 ] ])
        // 2^-70, which is nothing beside 1.
        hand "l1Ball: of whatever size" (half.With(L1Ball tiny)) [ 3.0 * tiny; -tiny ] [ [ 0.0; 0.0 ], [ tiny; -0.0 ] ]
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

[<Tests>]
let tests =
    testList "oracle" [
        testList "by hand" [
            for byHand in byHand do
                testCase byHand.Name (checkByHand byHand)
        ]
    ]
