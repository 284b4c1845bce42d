module OptVerify.Tests.CycleTests

open System
open System.Numerics
open Expecto
open FsCheck
open OptVerify
open OptVerify.Tests.Methods

[<Tests>]
let tests =
    testList "cycles" [
        testCase "CE-2: the projection condition is the inequality of Goujaud, Taylor and Dieuleveut" (fun () ->
            let random = Random 7

            for _ in 1..3000 do
                let kappa = logUniform random 1.01 1000.0
                let beta = random.NextDouble()
                let rate = random.NextDouble() * 2.0 * (1.0 + beta) / kappa
                let count = random.Next(3, 26)

                let cycle =
                    Cycle.ofLength (1.0, kappa) count (LinearModel.ofCoefficients rate beta 0.0)

                let inequality = Cycle.heavyBallInequality (1.0, kappa) (rate, beta) count
                // Within rounding of the border either may be right.
                if abs inequality > 1e-9 then
                    Expect.equal
                        (cycle.Margin >= 0.0)
                        (inequality <= 0.0)
                        $"a = {rate}, b = {beta}, kappa = {kappa}, K = {count}")

        testList "CE-2: thresholds of Polyak's tuning" [
            for count, below, above in [ 3, 17.944, 17.945; 4, 25.2, 25.4; 5, 43.8, 44.0 ] do
                testCase $"{count} points between {below} and {above}" (fun () ->
                    let margin kappa =
                        (Cycle.ofLength (1.0, kappa) count (polyakModel kappa)).Margin

                    Expect.isLessThan (margin below) 0.0 "below"
                    Expect.isGreaterThan (margin above) 0.0 "above")
        ]

        testList "the real optimizer stays on the cycle" [
            for kappa in [ 18.0; 20.0; 25.0; 44.0; 100.0; 1000.0 ] do
                testCase $"Polyak's tuning, κ = {kappa}" (fun () ->
                    let optimizer = polyak kappa
                    let model = modelOf optimizer
                    let cycle = Expect.wantSome (Cycle.find (1.0, kappa) model) "cycle"
                    let run = Expect.wantSome (Cycle.run optimizer model cycle 600) "run"
                    Expect.floatClose Accuracy.high run.Distance 1.0 "distance"
                    Expect.isLessThan run.Return 1e-9 "return")

            testCase "Nesterov has cycles, too, above its limit on the class" (fun () ->
                // Not on quadratics: the rate is below 2(1+β)/((1+2β)L).
                let random = Random 3

                for _ in 1..200 do
                    let kappa = logUniform random 2.0 1000.0
                    let beta = random.NextDouble()
                    let rate = random.NextDouble() * 2.0 * (1.0 + beta) / ((1.0 + 2.0 * beta) * kappa)
                    let optimizer = nesterov rate beta
                    let model = modelOf optimizer

                    match Cycle.find (1.0, kappa) model with
                    | Some cycle when cycle.Margin > 1e-3 ->
                        let run =
                            Expect.wantSome (Cycle.run optimizer model cycle 600) $"{optimizer}, kappa = {kappa}"

                        Expect.isNone (Certify.model (1.0, kappa) model) "not certified"
                        Expect.floatClose Accuracy.medium run.Distance 1.0 "distance"
                    | _ -> ())
        ]
    ]

[<Tests>]
let polygons =
    let z (x: NormalFloat, y: NormalFloat) = Complex(float x % 10.0, float y % 10.0)

    testList "polygon functions" [
        testProperty "are in their class (interpolation inequality)" (fun (a, b) ->
            let m, l = 1.0, 7.0
            let f = Polygon.objective (m, l) (0.6, 0.2) 5

            let at (point: Complex) =
                let g = Array.zeroCreate 2
                let value = f.Evaluate(ReadOnlySpan [| point.Real; point.Imaginary |], Span g)
                value, Complex(g[0], g[1])

            let dot (p: Complex) (q: Complex) =
                p.Real * q.Real + p.Imaginary * q.Imaginary

            let x, y = z a, z b
            let (fx, gx), (fy, gy) = at x, at y
            let q = m / l
            let dg, dx = gx - gy, x - y

            let quadratic = dot dg dg / l + m * dot dx dx - 2.0 * q * dot dg dx
            let right = fy + dot gy dx + quadratic / (2.0 * (1.0 - q))
            Expect.isGreaterThanOrEqual fx (right - 1e-12 * (1.0 + abs fx + abs fy + abs right)) "U-6")

        testCase "the projection of an inner point is itself, of a far one a corner" (fun () ->
            let polygon = Polygon.corners (Complex(0.5, 0.0)) 4
            Expect.equal (Polygon.project polygon (Complex(0.1, 0.1))) (Complex(0.1, 0.1)) "inside"
            Expect.equal (Polygon.project polygon (Complex(9.0, 0.0))) (Complex(0.5, 0.0)) "corner")
    ]
