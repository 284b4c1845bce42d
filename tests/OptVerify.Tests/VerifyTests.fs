module OptVerify.Tests.VerifyTests

open System
open Expecto
open OptCore
open OptVerify
open OptVerify.Tests.Methods

/// Momentum as a user writes it: with γ = 0 the heavy ball, with γ = β Nesterov's.
type private OwnMomentum(beta: float, ahead: float, traits: StageTraits) =

    interface IStage with
        member _.Phase = Phase.Direction
        member _.Equation = "v = βv + u; u = v, or u + γv"
        member _.Traits = traits
        member _.Slots = [| SlotSpec.Element "v" |]

    interface ISpanStage with
        member _.Apply step =
            let v = step.Slot "v"
            let u = step.Update

            for i in 0 .. u.Length - 1 do
                v[i] <- beta * v[i] + u[i]
                u[i] <- if ahead = 0.0 then v[i] else u[i] + ahead * v[i]

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
                "Runs.points (sgd 0.4 |> momentum 0.9) (CounterExampleFunctions.quadratic 10.0) [| 1.0 |] 100"

            Expect.equal stability.Code (Some code) "code")

        testCase "stable on quadratics is not convergent on the class" (fun () ->
            let found = verify (polyak 100.0) (StronglyConvex(1.0, 100.0))
            Expect.equal (row "stable on quadratics" found).Outcome Holds "quadratics"
            let convergence = row "converges on the class" found
            Expect.equal convergence.Outcome Fails "class"

            Expect.stringContains
                (Expect.wantSome convergence.Code "code")
                "CounterExampleFunctions.polygon"
                "function"

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

        testCase "theorems are judged on the user's own rate" (fun () ->
            let ids problemClass optimizer =
                Theorems.laws optimizer problemClass |> List.map _.Id

            Expect.equal (ids (Convex 10.0) (sgd 0.1)) [ "U-1"; "GD-1"; "GD-2"; "GD-3"; "GD-4"; "NC-4" ] "sgd"
            Expect.equal (ids (Convex 10.0) (sgd 0.15)) [ "U-1"; "GD-1"; "GD-3"; "GD-4"; "NC-4" ] "above 1/L"
            Expect.equal (ids (Convex 10.0) (sgd 0.25)) [ "U-1"; "GD-8" ] "above 2/L"
            Expect.equal (ids (Smooth 10.0) (sgd 0.1)) [ "U-1"; "NC-1"; "NC-3"; "NC-4" ] "smooth"
            Expect.equal (ids (Smooth 10.0) (sgd 0.19)) [ "U-1"; "NC-3"; "NC-4" ] "above √3/L"

            Expect.equal
                (ids (StronglyConvex(1.0, 10.0)) (sgd 0.1))
                [ "U-1"; "SC-1"; "SC-2"; "SC-3" ]
                "strongly convex"

            Expect.equal (ids (Quadratic(1.0, 10.0)) (sgd 0.1)) [ "U-1"; "SC-1"; "SC-2"; "SC-3"; "GD-9" ] "quadratic"
            Expect.equal (ids (NonSmooth 1.0) (sgd 0.1)) [ "SUB-1"; "SUB-4"; "OGD" ] "kinks"
            Expect.equal (ids (NonSmooth 1.0) ((sgd 0.1).With(Cosine 50))) [ "SUB-1"; "SUB-4" ] "any schedule"
            Expect.equal (ids (Convex 3.0) (heavyBall 0.01 0.9)) [ "U-1"; "HB-9"; "HB-6" ] "heavy ball"
            Expect.equal (ids (StronglyConvex(1.0, 100.0)) (nesterov 0.01 (9.0 / 11.0))) [ "U-1"; "NAG-5" ] "Nesterov"
            Expect.equal (ids (Convex 10.0) (Optimizer.Adam 0.1)) [ "U-1"; "AD-1"; "U-4" ] "Adam")

        testCase "a user's own stages get the theorems about what they declare and do" (fun () ->
            let ids problemClass (optimizer: Optimizer) =
                Theorems.laws optimizer problemClass |> List.map _.Id

            let own stage = (sgd 0.01).With(stage: IStage)
            let convex, strongly = Convex 3.0, StronglyConvex(1.0, 100.0)
            let linear = StageTraits.Momentum ||| StageTraits.Elementwise ||| StageTraits.Linear
            let ball = OwnMomentum(0.9, 0.0, linear)
            Expect.equal (ids convex (own ball)) (ids convex (heavyBall 0.01 0.9)) "the heavy ball"

            Expect.equal
                (ids convex (own (OwnMomentum(0.9, 0.0, StageTraits.Momentum))))
                [ "U-1" ]
                "if it says that it is linear"

            let look = OwnMomentum(9.0 / 11.0, 9.0 / 11.0, linear)
            Expect.equal (ids strongly (own look)) [ "U-1"; "NAG-5" ] "Nesterov's momentum"
            Expect.equal (ids convex (own (OwnMomentum(0.9, 0.5, linear)))) [ "U-1" ] "neither"

            let missing (optimizer: Optimizer) = [
                for theorem in Theorems.about optimizer convex do
                    match theorem with
                    | Breaks(id, _) -> id
                    | Applies _ -> ()
            ]

            Expect.equal (missing ((own ball).With(Cosine 50))) [ "HB-1 … HB-9" ] "a schedule"
            Expect.equal (missing ((own look).With(Cosine 50))) [ "NAG-5" ] "a schedule"
            Expect.equal (missing ((sgd 0.01).With(Momentum(0.9, Dampening = 0.5)))) [ "HB-1 … HB-9" ] "dampening"
            Expect.equal (ids convex (own (Ema 0.9))) [ "U-1" ] "an average is no sum"
            let noEpsilon = Normalize(Epsilon = 0.0)
            Expect.equal (ids (Smooth 10.0) (own noEpsilon)) [ "U-1"; "NGD-1" ] "of unit length"
            Expect.equal (ids (Smooth 10.0) (own (Normalize()))) [ "U-1" ] "a little shorter"
            Expect.equal (ids (Smooth 10.0) (own (ClipGlobalNorm 1.0))) [ "U-1" ] "of unit length at the most"
            Expect.equal (ids convex (own (Sign()))) [ "U-1"; "SIGN-1"; "SIGN-2" ] "signs"
            Expect.equal (ids convex (own (Lion()))) [ "U-1"; "SIGN-1" ] "signs of an average"
            Expect.equal (ids convex (own (Adagrad()))) [ "U-1"; "STEP" ] "bounded"
            Expect.equal (ids convex (own (Adagrad(Epsilon = 0.0)))) [ "U-1"; "STEP" ] "bounded, and no sign"
            Expect.equal (ids convex (own (Adam(Beta1 = 0.0)))) [ "U-1"; "STEP" ] "bounded"
            Expect.equal (ids convex ((own (Adagrad())).With(Cosine 50))) [ "U-1" ] "the bound is of the rate")

        testCase "they hold, and the bounds that are attained are attained" (fun () ->
            for optimizer, problemClass, attained in
                [
                    sgd 0.1, Convex 10.0, [ "GD-1"; "GD-3"; "GD-4" ]
                    sgd 0.15, Convex 10.0, [ "GD-1"; "GD-3"; "GD-4"; "NC-4" ]
                    sgd 0.05, StronglyConvex(1.0, 10.0), [ "SC-1"; "SC-2"; "SC-3" ]
                    sgd 0.15, Quadratic(1.0, 10.0), [ "SC-1"; "SC-2"; "SC-3" ]
                    sgd 0.1, Smooth 10.0, []
                    sgd 0.1, NonSmooth 1.0, []
                    (sgd 0.1).With(Cosine 50), NonSmooth 1.0, []
                    (sgd 0.1).With(Cosine 50), StronglyConvex(1.0, 10.0), []
                    heavyBall 0.01 0.9, Convex 3.0, []
                    nesterov 0.01 (9.0 / 11.0), StronglyConvex(1.0, 100.0), []
                    (sgd 0.01)
                        .With(
                            OwnMomentum(
                                0.9,
                                0.0,
                                StageTraits.Momentum ||| StageTraits.Elementwise ||| StageTraits.Linear
                            )
                        ),
                    Convex 3.0,
                    []
                    (sgd 0.1).With(Normalize(Epsilon = 0.0)), Smooth 10.0, []
                    (sgd 0.1).With(Adam(Beta1 = 0.0)), Convex 10.0, []
                    Optimizer.Adam 0.1, Convex 10.0, [ "AD-1" ]
                    Optimizer.Adam 0.1, NonSmooth 1.0, [ "AD-1" ]
                ] do
                for law in Theorems.laws optimizer problemClass do
                    let verdict = law.JudgeOn(Subject.library, Sampling.cases, Sampling.seed)

                    if not verdict.Holds then
                        failtest $"{optimizer} on {problemClass}: {verdict}"

                    if List.contains law.Id attained then
                        Expect.isGreaterThan verdict.WorstRatio 0.99 $"{optimizer} on {problemClass}: {verdict}")

        testCase "assumptions that do not hold are named" (fun () ->
            let found = verify (heavyBall 0.4 0.9) (StronglyConvex(1.0, 10.0))
            let missing = row "theorems that do not apply" found
            Expect.equal missing.Outcome Undecided "outcome"
            Expect.stringContains missing.Explanation "HB-5 (needed: η ≤ 1/L = 0.1, and η = 0.4)" "HB-5"
            Expect.stringContains missing.Explanation "HB-6 (needed: 0 < η < 2(1−β)/L = 0.02, and η = 0.4)" "HB-6"

            let stability = row "stable on quadratics" found
            Expect.stringContains stability.Explanation "f(x) = 10·x²/2" "the function"
            Expect.stringContains stability.Explanation "1, -3, 5.4, -8.64" "how it diverges")

        testCase "no theorem: one row says so" (fun () ->
            let found = verify ((Optimizer.Adam 0.1).With(WeightDecay 0.1)) (Convex 3.0)
            Expect.stringContains (row "theorems that do not apply" found).Explanation "no theorem" "explanation"
            let named = Optimizer.Partition [ struct ("w", sgd 0.1) ]
            let found = verify named (Convex 1.0)
            Expect.equal (found.Rows |> List.map _.Law) [ "runs on one vector" ] "named tensors")

        testCase "Adam on convex functions: contracts, ledgers, steps" (fun () ->
            let found = verify (Optimizer.Adam 0.1) (Convex 10.0)
            Expect.isTrue found.Passed $"{found}"
            Expect.equal (row "contracts of every optimizer" found).Outcome Holds "contracts"

            for law in
                [
                    "U-1 descent ledger"
                    "AD-1 Adam: largest step"
                    "U-4 regret under any preconditioner"
                ] do
                let row = row law found
                Expect.equal row.Outcome Holds law
                Expect.isTrue (Expect.wantSome row.Ratio law <= 1.0) law)

        testCase "a law that breaks gives a row with code" (fun () ->
            // GD-1 of a rate that is not the optimizer's: a theorem with a wrong constant.
            let wrong = {
                GradientDescent.gap with
                    Cases = (Theorems.laws (sgd 0.02) (Convex 10.0) |> List.find (fun law -> law.Id = "GD-1")).Cases
            }

            let slower =
                Subject.withOptimizer "half the rate" (fun optimizer -> optimizer.WithRate(optimizer.Rate / 2.0))

            let verdict = wrong.JudgeOn(slower, 100, Sampling.seed)
            Expect.isFalse verdict.Holds "half the rate misses the bound"

            Expect.stringContains
                (Expect.wantSome verdict.Violation "violation").Code
                "Trajectory.run (sgd 0.02)"
                "code")

        testCase "a factor is no ratio" (fun () ->
            let found = verify (sgd 0.05) (StronglyConvex(1.0, 10.0))
            let certified = row "converges on the class" found
            Expect.equal certified.Ratio None "ratio"
            Expect.floatClose Accuracy.high (Expect.wantSome certified.Factor "factor") 0.95 "factor"

            for row in found.Rows do
                match row.Ratio with
                | Some ratio -> Expect.isTrue (row.Outcome = Fails || ratio <= 1.0) row.Law
                | None -> ())
    ]
