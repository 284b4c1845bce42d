module OptVerify.Tests.VerifyTests

open System
open Expecto
open OptCore
open OptVerify
open OptVerify.Tests.Methods

let private row law (verification: Verification) =
    verification.Rows
    |> List.tryFind (fun row -> row.Law = law)
    |> fun found -> Expect.wantSome found $"row {law} of\n{verification}"

[<Tests>]
let tests =
    testList "verify" [
        testCase "above the limit of stability: the limit, the reason, the function" (fun () ->
            let found = verify (heavyBall 0.4 0.9) (StronglyConvex(1.0, 10.0))
            let stability = row "stable on quadratics" found
            Expect.isFalse found.Passed "passed"
            Expect.equal stability.Outcome Fails "outcome"
            Expect.floatClose Accuracy.high (Expect.wantSome stability.Ratio "ratio") (0.4 / 0.38) "ratio"
            Expect.stringContains stability.Explanation "not below the limit of stability" "reason"
            Expect.stringContains stability.Explanation "0.38" "limit"

            let code =
                "Runs.points (sgd 0.4 |> momentum 0.9) (Witness.quadratic 10.0) [| 1.0 |] 100"

            Expect.equal stability.Code (Some code) "code")

        testCase "stable on quadratics is not convergent on the class" (fun () ->
            let found = verify (polyak 100.0) (StronglyConvex(1.0, 100.0))
            Expect.equal (row "stable on quadratics" found).Outcome Holds "quadratics"
            let convergence = row "converges on the class" found
            Expect.equal convergence.Outcome Fails "class"
            Expect.stringContains (Expect.wantSome convergence.Code "code") "Witness.polygon" "function"
            Expect.isTrue (verify (polyak 100.0) (Quadratic(1.0, 100.0))).Passed "as a quadratic problem it passes")

        testCase "the code of a cycle runs as it stands" (fun () ->
            // What the table prints for sgd 0.1 |> momentum 0.9 on StronglyConvex(1, 10): a cycle that needs a moving start.
            let found = verify (heavyBall 0.1 0.9) (StronglyConvex(1.0, 10.0))
            Expect.stringStarts (Expect.wantSome (row "converges on the class" found).Code "code") "Runs.points" "code")

        testCase "certified" (fun () ->
            let found = verify (nesterov 0.1 0.5) (StronglyConvex(1.0, 10.0))
            Expect.isTrue found.Passed $"{found}"
            Expect.equal (row "converges on the class" found).Outcome Holds "outcome")

        testCase "constant steps do not end on |x|" (fun () ->
            let found = verify (sgd 0.1) (NonSmooth 1.0)
            Expect.isFalse found.Passed $"{found}"
            Expect.isTrue (verify ((sgd 0.1).With(InverseSqrt())) (NonSmooth 1.0)).Passed "decaying steps")

        testCase "failures come first, and the table names all" (fun () ->
            let found = verify (sgd 0.25) (Smooth 10.0)
            Expect.equal (List.head found.Rows).Outcome Fails "first"

            for row in found.Rows do
                Expect.stringContains found.Text row.Law "law"
                Expect.stringContains found.Text row.Explanation "explanation")

        testCase "constants are checked" (fun () ->
            for problemClass in
                [
                    StronglyConvex(2.0, 1.0)
                    Convex 0.0
                    Smooth nan
                    NonSmooth infinity
                    Quadratic(-1.0, 1.0)
                ] do
                Expect.throwsT<ArgumentException> (fun () -> verify (sgd 0.1) problemClass |> ignore) $"{problemClass}")
    ]
