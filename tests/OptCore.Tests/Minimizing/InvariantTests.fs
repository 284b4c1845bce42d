/// Claims about the parameters of a run: kept, or broken by the first update and the stage that did it.
module OptCore.Tests.Minimizing.InvariantTests

open System
open Expecto
open OptCore
open OptCore.Tests

/// f = ⟨c, x⟩: constant gradient c, so that every step is known.
let private slope (c: float list) =
    let c = Array.ofList c

    FunctionObjective.OfArrays(c.Length, (fun x -> Array.sum (Array.map2 (*) c x)), (fun _ -> Array.copy c))

let private run (text: string) (invariants: Invariant list) steps =
    Minimizer.Minimize(
        Optimizer.Parse text,
        slope [ -1.0; 0.0 ],
        [| 0.0; 0.0 |],
        MinimizeOptions(Steps = steps, Invariants = invariants, DivergenceThreshold = infinity)
    )

[<Tests>]
let tests =
    testList "invariants" [
        testCase "broken by the step: the first update behind which ‖p‖ is above the limit" (fun () ->
            let result = run "sgd 0.25" [ Invariant.NormBelow 1.0 ] 100L
            // p = 0.25 k: 1 is reached by k = 4 and passed by k = 5.
            Expect.equal result.Reason Reason.InvariantBroken "reason"
            Expect.equal result.Steps 5L "updates"
            Expect.equal result.Broken (BrokenInvariant("norm below 1", 4L, "step", 1.25, 1.0)) "which and where"
            Expect.equal (string result.Broken) "update 5: step broke \"norm below 1\" (1.25 > 1)" "text"
            Expect.stringContains (string result) "InvariantBroken (update 5" "the result says it")

        testCase "a constraint restores what the step broke" (fun () ->
            let result =
                run "sgd 0.25 |> ball 1.0" [ Invariant.Within(1e-12, Ball 1.0); Invariant.NormBelow 1.5 ] 100L

            Expect.equal result.Reason Reason.LimitReached "kept"
            Expect.isNull result.Broken "nothing broken")

        testCase "what comes behind the constraint breaks it" (fun () ->
            // Between two points of the sphere there is none: lookahead goes there at every second update.
            let result =
                Minimizer.Minimize(
                    Optimizer.Parse "sgd 0.25 |> sphere 1.0 |> lookahead 2 0.5",
                    slope [ 0.0; -1.0 ],
                    [| 1.0; 0.0 |],
                    MinimizeOptions(Steps = 10L, Invariants = [ Invariant.Within(1e-6, Sphere 1.0) ])
                )

            match result.Broken with
            | null -> failtest "kept"
            | broken ->
                Expect.equal (broken.Step, broken.Stage) (1L, "lookahead") "where"
                Expect.equal broken.Invariant "within 1e-06 of Sphere(1.0)" "which")

        testCase "the start is looked at, too" (fun () ->
            let result =
                Minimizer.Minimize(
                    Optimizer.Parse "sgd 0.25",
                    slope [ 1.0; 0.0 ],
                    [| 3.0; 4.0 |],
                    MinimizeOptions(Steps = 10L, Invariants = [ Invariant.NormBelow 4.0 ])
                )

            Expect.equal (result.Reason, result.Steps) (Reason.InvariantBroken, 0L) "no update"
            Expect.equal result.Broken (BrokenInvariant("norm below 4", 0L, "start", 5.0, 4.0)) "start")

        testCase "NaN breaks every invariant" (fun () ->
            Expect.isFalse ((Invariant.NormBelow infinity).Holds(ReadOnlySpan [| nan |])) "norm"
            Expect.isFalse ((Invariant.Within(1.0, Simplex 1.0)).Holds(ReadOnlySpan [| nan; 1.0 |])) "distance"

            Expect.isTrue
                ((Invariant.Within(1e-3, Sphere 1.0)).Holds(ReadOnlySpan [| 0.6; 0.8005 |]))
                "near the sphere"

            Expect.isFalse ((Invariant.Within(1e-3, Sphere 1.0)).Holds(ReadOnlySpan [| 0.6; 0.81 |])) "further")

        testCase "a run with invariants has the bits of one without" (fun () ->
            for text in
                [
                    "adam 0.1 |> clip 0.5 |> ball 2.0"
                    "sgd 0.001 |> nag 0.9"
                    "lbfgs 3 1.0 |> wolfe"
                    "sgd 0.001 |> accumulate 2 |> momentum 0.5"
                ] do
                let minimize invariants =
                    Minimizer.Minimize(
                        Optimizer.Parse text,
                        OptModels.Rosenbrock(),
                        [| -1.2; 1.0 |],
                        MinimizeOptions(Steps = 20L, Invariants = invariants)
                    )

                Expect.equal (minimize [ Invariant.NormBelow 1e6 ]) (minimize []) text)

        testCase "bad input" (fun () ->
            BadInput.Refusals.range [ "limit"; "0" ] (fun () -> Invariant.NormBelow 0.0)
            BadInput.Refusals.range [ "tolerance"; "-1" ] (fun () -> Invariant.Within(-1.0, Ball 1.0))

            BadInput.Refusals.argument [ "Momentum(0.9) is no projection" ] (fun () ->
                Invariant.Within(1.0, Momentum 0.9))

            BadInput.Refusals.range [ "Limit"; "NaN" ] (fun () -> Invariant("x", (fun _ -> 0.0), nan)))
    ]
