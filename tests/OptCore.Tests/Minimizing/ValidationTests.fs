/// Early stopping on a metric: when it looks, what it takes for an improvement, what it keeps.
module OptCore.Tests.Minimizing.ValidationTests

open System
open System.Threading
open Expecto
open OptCore
open OptCore.Tests.Checkpoints.Published
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

// A metric that improves, pauses and improves again: cooldown and patience both count in between.
let private uneven (p: ReadOnlySpan<float>) =
    let x = p[0] + 0.25 * p[1]
    round (8.0 * x * x) / 8.0 + 0.5 * abs (p[2])

let private validations: (string * Validation) list = [
    "every update", Validation(uneven, Patience = 3)
    "every third, with a cooldown", Validation(uneven, Every = 3, Patience = 1, Cooldown = 2)
    "a threshold", Validation(uneven, Every = 2, Patience = 4, Threshold = 0.125, Absolute = true)
    "larger is better", Validation((fun p -> -(uneven p)), Maximize = true, Patience = 2, Every = 4)
    "no number for a while", Validation((fun p -> if p[3] > 1.5 then nan else uneven p), Patience = 5)
    "never a number", Validation((fun _ -> nan), Patience = 6)
    "it never stops", Validation((fun p -> -p[0]), Patience = 1000)
]

let private kept (folder: string) validation =
    MinimizeOptions(
        Steps = 30L,
        HistoryEvery = 2,
        Validation = validation,
        Checkpoints = Checkpoints(folder, EverySteps = 4L, HandleSignals = false)
    )

let private alone validation =
    MinimizeOptions(Steps = 30L, HistoryEvery = 2, Validation = validation)

// Looks, and something that happens at one of them.
let private happening at happen (validation: Validation) =
    let mutable count = 0

    Validation(
        (fun p ->
            count <- count + 1

            if count = at then
                happen ()

            validation.Metric.Invoke p),
        Every = validation.Every,
        Patience = validation.Patience,
        Cooldown = validation.Cooldown,
        Threshold = validation.Threshold,
        Absolute = validation.Absolute,
        Maximize = validation.Maximize
    )

let private minimized (text: string) options (objective: IObjective) (token: CancellationToken) =
    Minimizer.Minimize(Optimizer.Parse text, objective, Disturbed.start, options, token)

let private dies = fun () -> raise (Disturbed.Stopped())

let private resumed = [
    for name, validation in validations do
        testCase $"a run that ends anywhere and goes on is the undisturbed one: {name}" (fun () ->
            for text, broken in Disturbed.pipelines do
                let quiet () = Disturbed.quiet broken
                let whole = minimized text (alone validation) (quiet ()) CancellationToken.None

                let check what (first: string -> unit) =
                    inFolder (fun folder ->
                        try
                            first folder
                        with :? Disturbed.Stopped ->
                            ()

                        let result =
                            minimized text (kept folder validation) (quiet ()) CancellationToken.None

                        Expect.equal result whole $"{text}, {what}"

                        Expect.equal
                            (minimized text (kept folder validation) (quiet ()) CancellationToken.None)
                            whole
                            $"{text}, {what}, asked again")

                for at in [ 1; 2; 6; 9; 13; 14; 29; 41 ] do
                    check $"ended at evaluation {at}" (fun folder ->
                        minimized text (kept folder validation) (Disturbed.dying at broken) CancellationToken.None
                        |> ignore)

                for at in [ 1; 2; 3; 5; 6; 10; 17 ] do
                    check $"ended at look {at}" (fun folder ->
                        minimized text (kept folder (happening at dies validation)) (quiet ()) CancellationToken.None
                        |> ignore)

                    // What the look said before the end is in the file, and it is not made twice.
                    check $"cancelled in look {at}" (fun folder ->
                        use source = new CancellationTokenSource()

                        minimized text (kept folder (happening at source.Cancel validation)) (quiet ()) source.Token
                        |> ignore)

                    check $"cancelled at evaluation {at}" (fun folder ->
                        use source = new CancellationTokenSource()
                        let objective = Disturbed.Watched(Disturbed.batches, at, source.Cancel, broken)
                        minimized text (kept folder validation) objective source.Token |> ignore))

    testCase "reasons and steps of these runs: they stop, and the suite sees it" (fun () ->
        let ends = [
            for _, validation in validations do
                let result =
                    minimized
                        "sgd 0.05 |> momentum 0.9 |> cosine 30"
                        (alone validation)
                        (Disturbed.quiet Disturbed.never)
                        CancellationToken.None

                result.Reason
        ]

        Expect.equal (List.last ends) Reason.LimitReached "the last"
        Expect.contains ends Reason.Stalled "others stop")

    testCase "a look is not made again after a cancellation" (fun () ->
        inFolder (fun folder ->
            let mutable looks = 0

            let counted =
                Validation(
                    (fun p ->
                        looks <- looks + 1
                        -p[0]),
                    Patience = 1000
                )

            use source = new CancellationTokenSource()
            let first = Disturbed.Watched(Disturbed.batches, 8, source.Cancel, Disturbed.never)

            minimized "sgd 0.05 |> accumulate 3" (kept folder counted) first source.Token
            |> ignore

            minimized
                "sgd 0.05 |> accumulate 3"
                (kept folder counted)
                (Disturbed.quiet Disturbed.never)
                CancellationToken.None
            |> ignore

            Expect.equal looks 31 "the start, and behind each of thirty updates"))

    testCase "float32: the best parameters to the bit" (fun () ->
        let validation = Validation(uneven, Patience = 3)

        let run options objective =
            Minimizer.Minimize(
                Optimizer.Parse "adam 0.05",
                objective,
                ReadOnlySpan(Array.map float32 Disturbed.start),
                options
            )

        let whole = run (alone validation) (Disturbed.quiet Disturbed.never)

        for at in [ 5; 9; 17 ] do
            inFolder (fun folder ->
                try
                    run (kept folder validation) (Disturbed.dying at Disturbed.never) |> ignore
                with :? Disturbed.Stopped ->
                    ()

                Expect.equal (run (kept folder validation) (Disturbed.quiet Disturbed.never)) whole $"{at}"))

    testCase "a file without looks: it begins to look where it resumes" (fun () ->
        inFolder (fun folder ->
            let without (o: MinimizeOptions) =
                MinimizeOptions(Steps = o.Steps, HistoryEvery = o.HistoryEvery, Checkpoints = o.Checkpoints)

            let text = "sgd 0.05"
            let never = Validation((fun _ -> nan), Patience = 5)
            use source = new CancellationTokenSource()

            minimized
                text
                (without (kept folder never))
                (Disturbed.Watched(Disturbed.batches, 10, source.Cancel, Disturbed.never))
                source.Token
            |> ignore

            let result =
                minimized text (kept folder never) (Disturbed.quiet Disturbed.never) CancellationToken.None

            // Cancelled behind ten updates; the look there is the first of six in vain.
            Expect.equal (result.Reason, result.Steps) (Reason.Stalled, 15L) "six looks"

            // And one that had looks goes on without.
            let free =
                minimized text (without (kept folder never)) (Disturbed.quiet Disturbed.never) CancellationToken.None

            Expect.equal (free.Reason, free.Steps) (Reason.LimitReached, 30L) "no looks"))
]

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
            BadInput.Refusals.range [ "Threshold"; "-1" ] (fun () -> Validation((fun _ -> 0.0), Threshold = -1.0)))

        testList "with checkpoints" resumed
    ]
