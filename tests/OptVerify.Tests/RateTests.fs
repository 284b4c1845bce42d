module OptVerify.Tests.RateTests

open System
open Expecto
open FsCheck
open OptCore
open OptVerify
open OptVerify.Tests.Methods

let private exact optimizer interval =
    match Rate.onQuadratics optimizer interval with
    | Exact(rate, worst) -> rate, worst
    | NoRate reason -> failtest reason

let private reason optimizer =
    match Rate.onQuadratics optimizer (1.0, 10.0) with
    | Exact(rate, _) -> failtestf "expected no rate, got %g" rate
    | NoRate reason -> reason

/// A double root turns rounding of 1e-14 into its square root.
let private doubleRoot = { absolute = 2e-7; relative = 0.0 }

let private between low high (x: NormalFloat) =
    low + (high - low) * (0.5 + atan (float x) / Math.PI)

let private heavyBallRadius a b l =
    let c = 1.0 + b - a * l

    if c * c <= 4.0 * b then
        sqrt b
    else
        (abs c + sqrt (c * c - 4.0 * b)) / 2.0

let private nesterovRadius a b l =
    let w = 1.0 - a * l
    let c = (1.0 + b) * w

    if c * c <= 4.0 * b * w then
        sqrt (b * w)
    else
        (abs c + sqrt (c * c - 4.0 * b * w)) / 2.0

[<Tests>]
let tests =
    testList "rates on quadratics" [
        testProperty "sgd: max |1−ηm|, |1−ηL|" (fun (a, l) ->
            let rate, top = between 0.0 0.3 a, between 1.0 10.0 l
            let expected = max (abs (1.0 - rate)) (abs (1.0 - rate * top))
            Expect.floatClose Accuracy.veryHigh (fst (exact (sgd rate) (1.0, top))) expected "rate")

        testProperty "HB-2: the radius of the measured model is the closed form" (fun (a, b, l) ->
            let rate, beta, curvature =
                between 0.01 0.3 a, between 0.0 0.99 b, between 0.1 10.0 l

            let actual = Rate.ofModel (modelOf (heavyBall rate beta)) curvature
            Expect.floatClose doubleRoot actual (heavyBallRadius rate beta curvature) "radius")

        testProperty
            "NAG-6: the radius of the measured model is the closed form, stored point or look-ahead"
            (fun (a, b, l) ->
                let rate, beta, curvature =
                    between 0.01 0.3 a, between 0.0 0.99 b, between 0.1 10.0 l

                let expected = nesterovRadius rate beta curvature

                Expect.floatClose
                    doubleRoot
                    (Rate.ofModel (modelOf (nesterov rate beta)) curvature)
                    expected
                    "nesterov"

                Expect.floatClose doubleRoot (Rate.ofModel (modelOf (nag rate beta)) curvature) expected "nag")

        testCase "the measured matrices are those of section 9" (fun () ->
            let model = modelOf (nesterov 0.1 0.9)

            let entries = [|
                for i in 0..1 do
                    for j in 0..1 -> (LinearModel.closed 3.0 model)[i, j]
            |]

            let expected = [| 1.0 - 0.1 * 3.0 * 1.9; -0.1 * 0.9 * 0.9; 3.0; 0.9 |]
            Array.iter2 (fun x y -> Expect.floatClose Accuracy.veryHigh x y "entry") entries expected)

        testList "limits of stability" [
            for beta in [ 0.0; 0.5; 0.9; 0.99 ] do
                testCase $"momentum and nesterov, beta {beta}" (fun () ->
                    let limit optimizer =
                        Expect.wantSome (Rate.limit optimizer (1.0, 10.0)) "limit"

                    Expect.floatClose Accuracy.veryHigh (limit (heavyBall 0.1 beta)) (2.0 * (1.0 + beta) / 10.0) "HB-1"
                    let expected = 2.0 * (1.0 + beta) / ((1.0 + 2.0 * beta) * 10.0)
                    Expect.floatClose Accuracy.veryHigh (limit (nesterov 0.1 beta)) expected "NAG-6")
        ]

        testList "what has no rate says why" [
            for word, optimizer in
                [
                    "linear", (sgd 0.1).With(Adam())
                    "linear", (sgd 0.1).With(ClipGlobalNorm 1.0)
                    "linear", (sgd 0.1).With(Sign())
                    "linear", (sgd 0.1).With(Sam 0.1)
                    "linear", (sgd 0.1).With(GeometricDecay 0.99)
                    "rate is 0", (sgd 0.1).With(Cosine 20)
                ] -> testCase $"{optimizer}" (fun () -> Expect.stringContains (reason optimizer) word "reason")
        ]

        testCase "a warm-up changes no asymptotic rate" (fun () ->
            let expected = fst (exact (heavyBall 0.1 0.9) (1.0, 10.0))

            Expect.floatClose
                Accuracy.veryHigh
                (fst (exact ((heavyBall 0.1 0.9).With(Warmup 20)) (1.0, 10.0)))
                expected
                "rate")

        testProperty "LA-1: lookahead counts as the root of its period" (fun (a, alpha) ->
            let rate, share = between 0.01 0.15 a, between 0.1 1.0 alpha

            let factor l =
                abs (1.0 - share + share * (1.0 - rate * l) ** 5.0)

            let actual = fst (exact ((sgd rate).With(Lookahead(5, share))) (2.0, 2.0))
            Expect.floatClose Accuracy.high actual (factor 2.0 ** 0.2) "rate")

        testCase "an average adds its own decay" (fun () ->
            let rate, _ = exact ((sgd 0.1).With(ParameterEma 0.99)) (1.0, 10.0)
            Expect.floatClose Accuracy.veryHigh rate 0.99 "rate")

        testProperty "EQ-2: ema is momentum at another rate" (fun (a, b) ->
            let rate, beta = between 0.01 1.0 a, between 0.0 0.95 b
            let ema = (sgd rate).With(Ema beta)
            let torch = heavyBall (rate * (1.0 - beta)) beta
            Expect.floatClose doubleRoot (fst (exact ema (1.0, 10.0))) (fst (exact torch (1.0, 10.0))) "rate")
    ]

[<Tests>]
let factors =
    testList "factors after N steps" [
        testCase "HB-4: (1 + N(1+r)) r^N at L, and nowhere more" (fun () ->
            for steps in 1..30 do
                let r = 2.0 / 3.0
                let expected = (1.0 + float steps * (1.0 + r)) * r ** float steps
                Expect.floatClose Accuracy.high (abs (Rate.factor (polyak 25.0) steps 25.0)) expected $"N = {steps}"

                let worst =
                    Expect.wantSome (Rate.worstFactor (polyak 25.0) steps (1.0, 25.0)) "linear"

                Expect.floatLessThanOrClose Accuracy.high worst.Attained expected $"attained, N = {steps}"
                Expect.floatGreaterThanOrClose Accuracy.high worst.Bound expected $"bound, N = {steps}")

        testCase "NAG-6: (1 + N/√κ)(1−1/√κ)^N at m for the look-ahead form" (fun () ->
            for steps in 1..30 do
                let expected = (1.0 + float steps / 5.0) * 0.8 ** float steps
                Expect.floatClose Accuracy.high (Rate.factor (nag 0.04 (root 25.0)) steps 1.0) expected $"N = {steps}")

        testProperty "Ehlich and Zeller: no eigenvalue exceeds the bound, schedules included" (fun (a, b, x) ->
            let optimizer = (heavyBall (between 0.01 0.3 a) (between 0.0 0.9 b)).With(Cosine 15)
            let worst = Expect.wantSome (Rate.worstFactor optimizer 12 (1.0, 10.0)) "linear"
            let value = abs (Rate.factor optimizer 12 (between 1.0 10.0 x))
            Expect.floatLessThanOrClose Accuracy.veryHigh value worst.Bound "bound"
            Expect.floatClose Accuracy.veryHigh worst.Attained (abs (Rate.factor optimizer 12 worst.Worst)) "attained")

        testProperty "on a rotated quadratic the run is Q p_N(Λ) Qᵀ" (fun (a, b, angle) ->
            let optimizer = nesterov (between 0.01 0.15 a) (between 0.0 0.9 b)
            let c, s = cos (float (angle: NormalFloat)), sin (float angle)
            let h = [| c * c + 9.0 * s * s; -8.0 * c * s; s * s + 9.0 * c * c |]
            let gradient (x: float[]) = [| h[0] * x[0] + h[1] * x[1]; h[1] * x[0] + h[2] * x[1] |]

            let value (x: float[]) =
                0.5 * Array.sum (Array.map2 (*) x (gradient x))

            let objective = FunctionObjective.OfArrays(2, value, gradient)
            let last = Array.last (Runs.points optimizer objective [| 1.0; 0.0 |] 10)
            // The eigenvectors of 1 and 9 are (c, s) and (−s, c).
            let p, q = Rate.factor optimizer 10 1.0, Rate.factor optimizer 10 9.0
            let close = { absolute = 1e-13; relative = 1e-11 }
            Expect.floatClose close last[0] (c * c * p + s * s * q) "first"
            Expect.floatClose close last[1] (c * s * (p - q)) "second")

        testCase "no polynomial, no bound" (fun () ->
            Expect.isNone (Rate.worstFactor ((sgd 0.1).With(Adam())) 10 (1.0, 10.0)) "Adam"
            Expect.isNone (Rate.worstFactor ((sgd 0.1).With(ClipGlobalNorm 1.0)) 10 (1.0, 10.0)) "clip"

            Expect.isSome
                (Rate.worstFactor ((sgd 0.1).With(Ema(0.9, BiasCorrection = true))) 10 (1.0, 10.0))
                "corrected ema")
    ]

[<Tests>]
let tuning =
    testList "tuning" [
        for interval in [ 1.0, 10.0; 1.0, 100.0; 0.5, 0.6 ] do
            for family in [ Family.GradientDescent; Family.HeavyBall; Family.Nesterov ] do
                testCase $"{family} on {interval}" (fun () ->
                    let found, known = Rate.tune family interval, Rate.tuneByFormula family interval
                    Expect.floatClose doubleRoot found.Rate known.Rate "rate"
                    Expect.floatClose doubleRoot found.Beta known.Beta "momentum"
                    Expect.floatClose doubleRoot found.Factor known.Factor "factor")

        testCase "the factors of the formulas" (fun () ->
            let factor family =
                (Rate.tuneByFormula family (1.0, 25.0)).Factor

            Expect.floatClose Accuracy.veryHigh (factor Family.GradientDescent) (24.0 / 26.0) "descent"
            Expect.floatClose doubleRoot (factor Family.HeavyBall) (4.0 / 6.0) "HB-3"
            Expect.floatClose doubleRoot (factor Family.Nesterov) (1.0 - 2.0 / sqrt 76.0) "NAG-6")
    ]
