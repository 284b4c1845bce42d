/// Early stopping on a metric: when it looks, what it takes for an improvement, what it keeps.
module OptCore.Tests.Minimizing.ValidationTests

open System
open Expecto
open OptCore
open OptCore.Tests

/// The metrics of a run whose parameter is the number of updates: p = k.
let private run (validation: Validation) steps =
    let slope = FunctionObjective.OfArrays(1, (fun x -> -x[0]), (fun _ -> [| -1.0 |]))

    Minimizer.Minimize(
        Optimizer.Parse "sgd 1.0",
        slope,
        [| 0.0 |],
        MinimizeOptions(Steps = steps, Validation = validation)
    )

// The metric after k updates; the last one for ever.
let private listed (metrics: float list) =
    Validation(fun p -> metrics[min (int p[0]) (metrics.Length - 1)])

let private best (result: Result<float>) =
    match result.Validated with
    | null -> failtest "nothing was looked at"
    | best -> best

let private (|Looked|) (result: Result<float>) =
    result.Reason, result.Steps, (best result).Value, (best result).Step

[<Tests>]
let tests =
    testList "validation" [
        testCase "ends behind more than so many looks without improvement" (fun () ->
            // 5 4 3 | 3 3 3: the third look behind the best is more than two.
            let (Looked seen) =
                run (listed [ 5.0; 4.0; 3.0 ] |> fun v -> Validation(v.Metric, Patience = 2)) 100L

            Expect.equal seen (Reason.Stalled, 5L, 3.0, 2L) "at update 5, best at 2")

        testCase "larger is better; the best point is kept" (fun () ->
            let result =
                run (Validation((fun p -> -((p[0] - 4.0) ** 2.0)), Maximize = true, Patience = 0)) 100L

            let (Looked seen) = result
            Expect.equal seen (Reason.Stalled, 5L, 0.0, 4L) "the first look behind the best"
            Expect.equal (best result).Point [| 4.0 |] "its parameters"
            Expect.equal result.Point [| 5.0 |] "the last ones")

        testCase "looks every so many updates" (fun () ->
            // Looks at 0, 3, 6, 9: metrics 0, 3, 6, 9, of which the first is best.
            let (Looked seen) = run (Validation((fun p -> p[0]), Every = 3, Patience = 1)) 100L
            Expect.equal seen (Reason.Stalled, 6L, 0.0, 0L) "two looks without improvement")

        testCase "thresholds, relative and absolute" (fun () ->
            let relative =
                run (Validation((listed [ 10.0; 9.5; 8.0 ]).Metric, Threshold = 0.1, Patience = 0)) 100L

            let (Looked seen) = relative
            Expect.equal seen (Reason.Stalled, 1L, 10.0, 0L) "9.5 is not below 9"

            let (Looked seen) =
                run
                    (Validation((listed [ 10.0; 9.5; 8.0 ]).Metric, Threshold = 0.4, Absolute = true, Patience = 0))
                    100L

            Expect.equal seen (Reason.Stalled, 3L, 8.0, 2L) "9.5 is below 9.6")

        testCase "cooldown: looks behind an improvement count for nothing" (fun () ->
            let (Looked seen) =
                run (Validation((listed [ 1.0 ]).Metric, Cooldown = 3, Patience = 1)) 100L

            Expect.equal seen (Reason.Stalled, 5L, 1.0, 0L) "three looks, then two")

        testCase "NaN is no improvement, at the start neither" (fun () ->
            let (Looked seen) =
                run (Validation((listed [ nan; nan; 2.0; nan ]).Metric, Patience = 2)) 100L

            Expect.equal seen (Reason.Stalled, 5L, 2.0, 2L) "the number is best"
            Expect.isNull (run (Validation((fun _ -> nan), Patience = 2)) 100L).Validated "none")

        testCase "an improving metric never ends a run" (fun () ->
            let (Looked seen) = run (Validation((fun p -> -p[0]), Patience = 0)) 20L
            Expect.equal seen (Reason.LimitReached, 20L, -20.0, 20L) "all updates")

        testCase "bad input" (fun () ->
            BadInput.Refusals.range [ "Every"; "0" ] (fun () -> Validation((fun _ -> 0.0), Every = 0))
            BadInput.Refusals.range [ "Patience"; "-1" ] (fun () -> Validation((fun _ -> 0.0), Patience = -1))
            BadInput.Refusals.range [ "Threshold"; "-1" ] (fun () -> Validation((fun _ -> 0.0), Threshold = -1.0))

            BadInput.Refusals.argument [ "Validation does not go with Checkpoints" ] (fun () ->
                Minimizer.Minimize(
                    Optimizer.Parse "sgd 1.0",
                    OptModels.Rosenbrock(),
                    [| 0.0; 0.0 |],
                    MinimizeOptions(
                        Validation = Validation(fun _ -> 0.0),
                        Checkpoints = Checkpoints(IO.Path.GetTempPath())
                    )
                )))
    ]
