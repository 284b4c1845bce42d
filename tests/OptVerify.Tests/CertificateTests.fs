module OptVerify.Tests.CertificateTests

open System
open Expecto
open OptCore
open OptVerify
open OptVerify.Tests.Methods

let private certified kappa model =
    (Expect.wantSome (Certify.model (1.0, kappa) model) $"certificate, kappa = {kappa}").Rate

/// Half a unit of the last digit that the table prints.
let private printed = { absolute = 5e-7; relative = 0.0 }

[<Tests>]
let tests =
    testList "certificates" [
        testList "section 10" [
            for kappa in [ 2.0; 3.0; 4.0; 10.0; 25.0; 100.0; 1000.0 ] do
                testCase $"triple momentum has exactly 1 − 1/√κ, κ = {kappa}" (fun () ->
                    // The bisection ends at 1e-12.
                    let expected = 1.0 - 1.0 / sqrt kappa
                    let actual = certified kappa (tripleMomentum kappa)
                    Expect.floatClose { absolute = 2e-12; relative = 0.0 } actual expected "rate")

            for kappa, expected in
                [
                    2.0, 0.366058
                    4.0, 0.582125
                    10.0, 0.751821
                    25.0, 0.849622
                    100.0, 0.927933
                    1000.0, 0.978066
                ] do
                testCase $"standard Nesterov, κ = {kappa}" (fun () ->
                    let rate = certified kappa (standardModel kappa)
                    Expect.floatClose printed rate expected "rate"
                    Expect.isGreaterThan rate (1.0 - 1.0 / sqrt kappa) "not below its rate on quadratics"
                    Expect.isLessThan rate (sqrt (1.0 - 1.0 / sqrt kappa)) "below the rate of its potential")

            for kappa in [ 2.0; 10.0; 100.0 ] do
                testCase $"descent has (κ−1)/(κ+1), κ = {kappa}" (fun () ->
                    let rate =
                        certified kappa (LinearModel.ofCoefficients (2.0 / (kappa + 1.0)) 0.0 0.0)

                    Expect.floatClose { absolute = 2e-12; relative = 0.0 } rate ((kappa - 1.0) / (kappa + 1.0)) "rate")

            testCase "Polyak's heavy ball: certified at 17, not at 18" (fun () ->
                Expect.floatClose
                    { absolute = 5e-6; relative = 0.0 }
                    (certified 17.0 (polyakModel 17.0))
                    0.98814
                    "at 17"

                Expect.isNone (Certify.model (1.0, 18.0) (polyakModel 18.0)) "at 18")

            testCase "Polyak's heavy ball: the certificates end where the cycles begin, at (2+√5)²" (fun () ->
                let threshold = (2.0 + sqrt 5.0) ** 2.0
                let below, above = threshold - 1e-3, threshold + 1e-3
                Expect.isSome (Certify.model (1.0, below) (polyakModel below)) "certificate below"
                Expect.isNone (Certify.model (1.0, above) (polyakModel above)) "certificate above"
                Expect.isNone (Cycle.find (1.0, below) (polyakModel below)) "cycle below"

                Expect.equal
                    (Expect.wantSome (Cycle.find (1.0, above) (polyakModel above)) "cycle above").Length
                    3
                    "points")
        ]

        testList "Lyapunov functions agree with the frequency criterion" [
            for name, kappa, model in
                [
                    "nesterov", 10.0, standardModel 10.0
                    "nesterov", 100.0, standardModel 100.0
                    "heavy ball", 17.0, polyakModel 17.0
                    "descent", 10.0, LinearModel.ofCoefficients (2.0 / 11.0) 0.0 0.0
                ] do
                testCase $"{name}, κ = {kappa}" (fun () ->
                    let rate = certified kappa model

                    let found =
                        Expect.wantSome (Lyapunov.tryFind (1.0, kappa) (rate + 1e-4) model) "above"

                    Expect.isTrue (Lyapunov.check (1.0, kappa) model found) "passes the check by itself"

                    Expect.isFalse
                        (Lyapunov.check (1.0, kappa) model { found with Rate = rate - 1e-4 })
                        "claims no more"

                    Expect.isNone (Lyapunov.tryFind (1.0, kappa) (rate - 1e-4) model) "below")
        ]

        testCase "a Lyapunov function bounds every step of the real optimizer" (fun () ->
            let optimizer = nesterov (1.0 / 25.0) (2.0 / 3.0)
            let model = modelOf optimizer
            let certificate = Expect.wantSome (Certify.model (1.0, 25.0) model) "certificate"
            let proof = (Certify.withLyapunov (1.0, 25.0) model certificate).Lyapunov
            let proof = Expect.wantSome proof "Lyapunov function"

            for start in [ 3.3; -5.0; 0.1; 100.0 ] do
                let points =
                    Runs.points optimizer CounterExampleFunctions.lessardRechtPackard [| start |] 200

                points
                |> Array.iteri (fun k x ->
                    let bound = proof.Constant * proof.Rate ** float k * abs start
                    Expect.isLessThanOrEqual (abs x[0]) (bound * (1.0 + 1e-12)) $"step {k} from {start}"))
    ]

[<Tests>]
let answers =
    testList "certify" [
        testCase "Polyak's heavy ball is certified at 17 and seen to cycle at 18" (fun () ->
            match Certify.rate (polyak 17.0) (1.0, 17.0), Certify.rate (polyak 18.0) (1.0, 18.0) with
            | Certified certificate, Falsified(Cycles(cycle, run)) ->
                Expect.floatClose { absolute = 5e-6; relative = 0.0 } certificate.Rate 0.98814 "rate"
                Expect.equal cycle.Length 3 "points"
                Expect.floatClose Accuracy.high run.Distance 1.0 "distance"
            | answers -> failtestf "%A" answers)

        testCase "one state is a contraction" (fun () ->
            match Certify.rate (sgd 0.1) (1.0, 10.0) with
            | Certified { Criterion = Contraction; Rate = rate } -> Expect.floatClose Accuracy.veryHigh rate 0.9 "rate"
            | answer -> failtestf "%A" answer)

        testList "above the limit, on the quadratic that shows it" [
            for optimizer, factor in [ sgd 0.2, 1.0; sgd 0.21, 1.1; heavyBall 0.4 0.9, 1.5 ] do
                testCase $"{optimizer}" (fun () ->
                    match Certify.rate optimizer (1.0, 10.0) with
                    | Falsified(Diverges(eigenvalue, rate, points)) ->
                        Expect.equal eigenvalue 10.0 "eigenvalue"
                        Expect.floatClose Accuracy.high rate factor "factor"
                        Expect.isGreaterThanOrEqual (abs points[100]) 1.0 "no nearer after 100 steps"
                    | answer -> failtestf "%A" answer)
        ]

        testList "unknown, with the reason" [
            for optimizer in
                [
                    (sgd 0.1).With(Adam())
                    (sgd 0.1).With(Lookahead(5, 0.5))
                    (sgd 0.1).With(Cosine 10)
                ] do
                testCase $"{optimizer}" (fun () ->
                    match Certify.rate optimizer (1.0, 10.0) with
                    | Unknown reason -> Expect.isNotEmpty reason "reason"
                    | answer -> failtestf "%A" answer)
        ]

        testCase "the interval is checked" (fun () ->
            for interval in [ 0.0, 1.0; 2.0, 1.0; 1.0, infinity; nan, 1.0 ] do
                Expect.throwsT<ArgumentException> (fun () -> Certify.rate (sgd 0.1) interval |> ignore) $"{interval}")
    ]

[<Tests>]
let decisions =
    testCase "heavy balls: at least 99 in 100 decided, none both ways" (fun () ->
        let random = Random 20260101
        let count = 1000

        let outcomes = [
            for _ in 1..count do
                let kappa = logUniform random 1.01 1000.0
                let beta = random.NextDouble()
                let rate = random.NextDouble() * 2.0 * (1.0 + beta) / kappa
                let model = LinearModel.ofCoefficients rate beta 0.0
                let proof, cycle = Certify.model (1.0, kappa) model, Cycle.find (1.0, kappa) model
                Expect.isFalse (proof.IsSome && cycle.IsSome) $"both: a = {rate}, b = {beta}, kappa = {kappa}"
                proof.IsSome || cycle.IsSome
        ]

        let undecided = outcomes |> List.filter not |> List.length
        Expect.isLessThanOrEqual undecided (count / 100) "undecided")
