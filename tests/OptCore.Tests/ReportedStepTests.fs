/// Reports on steps that are no plain updates: held ones, refused ones, all frozen, of the caller's tensors, of numbers that are none.
module OptCore.Tests.ReportedStepTests

open System
open Expecto
open OptCore
open OptCore.Tests.BadInput.Refusals
open OptCore.Tests.CornerCases.Steps

let private tensors = layout [ "a", 2; "b", 2 ]

let private reported (text: string) (start: float list) (gradients: float list list) =
    let session = (named text tensors).Start(vector start)

    [
        for gradient in gradients -> session.StepReported(vector gradient, 1.0, atPoint = true)
    ]

let private where (report: StepReport) = string report.NonFinite

let private rates =
    testList "rates" [
        testCase "a step that is held or refused tells the planned one" (fun () ->
            let text = "sgd 0.5 |> accumulate 2 |> skipNonFinite 5 |> geometric 0.5"
            let good, bad = [ 1.0; 1.0; 1.0; 1.0 ], [ 1.0; nan; 1.0; 1.0 ]

            let reports =
                reported text [ 0.0; 0.0; 0.0; 0.0 ] [ good; bad; good; bad; good; good ]

            Expect.equal
                [ for r in reports -> r.Outcome, r.Rate ]
                [
                    StepOutcome.Held, 0.5
                    StepOutcome.Skipped, 0.5
                    StepOutcome.Updated, 0.5
                    StepOutcome.Skipped, 0.25
                    StepOutcome.Held, 0.25
                    StepOutcome.Updated, 0.25
                ]
                "rates")

        testCase "a step that plateau has reduced tells the reduced one, a refused one the planned one" (fun () ->
            let session =
                (named "sgd 0.5 |> plateau 1 0.5 |> skipNonFinite 5" tensors).Start(vector [ 0.0; 0.0; 0.0; 0.0 ])

            let rate gradient =
                session.StepReported(vector [ gradient; 0.0; 0.0; 0.0 ], 1.0).Rate

            // Two losses that are no better halve the rate of the next step.
            Expect.equal [ for g in [ 1.0; 1.0; 1.0; 1.0; nan ] -> rate g ] [ 0.5; 0.5; 0.5; 0.25; 0.5 ] "rates")

        testCase "where all is frozen the rate is 0" (fun () ->
            let plan = named "sgd 0.5 |> momentum 0.5 |> freeze \"*\"" tensors
            let session = plan.Start(vector [ 1.0; 2.0; 3.0; 4.0 ])
            let report = session.StepReported(vector [ 1.0; nan; 1.0; 1.0 ])
            Expect.equal (report.Outcome, report.Rate, report.UpdateNorm) (StepOutcome.Updated, 0.0, 0.0) "report"
            Expect.isNull report.WorstTensor "no tensor"
            Expect.isNull report.NonFinite "nothing is looked at"
            Expect.equal (plan.RateAt 0L) 0.0 "the plan's"
            Expect.equal (session.AsSpan().ToArray()) [| 1.0; 2.0; 3.0; 4.0 |] "p")
    ]

let private worst =
    let of' text start gradient =
        (List.head (reported text start [ gradient ])).WorstTensor

    testList "the worst tensor" [
        testCase "one of zeros that stays is not worse than any that moves" (fun () ->
            Expect.equal (of' "sgd 0.5" [ 0.0; 0.0; 2.0; 0.0 ] [ 0.0; 0.0; 1.0; 0.0 ]) "b" "0/0, ¼"
            Expect.equal (of' "sgd 0.5" [ 2.0; 0.0; 0.0; 0.0 ] [ 1.0; 0.0; 0.0; 0.0 ]) "a" "¼, 0/0")

        testCase "the first of equals, the larger of two" (fun () ->
            Expect.equal (of' "sgd 0.5" [ 2.0; 0.0; 4.0; 0.0 ] [ 1.0; 0.0; 2.0; 0.0 ]) "a" "¼, ¼"
            Expect.equal (of' "sgd 0.5" [ 2.0; 0.0; 4.0; 0.0 ] [ 1.0; 0.0; 2.5; 0.0 ]) "b" "¼, more")

        testCase "one that is not finite, or leaves 0, comes before all others" (fun () ->
            Expect.equal (of' "sgd 0.5" [ 1e-300; 0.0; 4.0; 0.0 ] [ 1.0; 0.0; nan; 0.0 ]) "b" "NaN"
            Expect.equal (of' "sgd 0.5" [ 1e-300; 0.0; 4.0; 0.0 ] [ 1e-10; 0.0; infinity; 0.0 ]) "b" "∞"
            Expect.equal (of' "sgd 0.5" [ 1e-300; 0.0; 0.0; 0.0 ] [ 1e-10; 0.0; 1e-300; 0.0 ]) "b" "1/0"
            Expect.equal (of' "sgd 0.5" [ 1.0; 0.0; 0.0; 0.0 ] [ nan; 0.0; nan; 0.0 ]) "a" "the first of two")

        testCase "a frozen one, and one without elements, is none" (fun () ->
            let plan =
                named "sgd 0.5 |> freeze \"a\"" (layout [ "e", 0; "a", 1; "b", 1; "c", 1 ])

            let struct (_, report) =
                plan.StepReported(init plan [ 0.0; 2.0; 4.0 ], vector [ 1.0; 1.0; 1.0 ])

            Expect.equal report.WorstTensor "b" "¼; a would be 1/0")
    ]

let private provenance =
    testList "where a value first was not finite" [
        testCase "behind an accumulation: of the mean of all gradients" (fun () ->
            // The mean is 0.75e308, ten times that is too much.
            for text, stage in
                [
                    "sgd 1.0 |> accumulate 2 |> scale 10.0", "scale"
                    "sgd 10.0 |> accumulate 2", "step"
                ] do
                let reports =
                    reported text [ 1.0; 1.0; 1.0; 1.0 ] [ [ 1.0; 1e308; 1.0; 1.0 ]; [ 1.0; 0.5e308; 1.0; 1.0 ] ]

                Expect.equal [ for r in reports -> where r ] [ ""; $"{stage} made \"a\"[1] non-finite" ] text)

        testCase "behind a stage in its own time" (fun () ->
            // β^k at k = 1; a stage that had not counted this update would divide by 1 − β^0 = 0.
            for beta1 in [ "0.5"; "0.0" ] do
                let text =
                    $"sgd 1.0 |> onlyWhen (StepsFrom 1) (stage (Adam(Beta1 = {beta1})))"
                    + " |> scheduled \"Adam.Beta2\" (Schedule.table [0.5; 0.5; 0.25; 0.25; 0.5]) |> scale 1e300 |> scale 1e300"

                let reports =
                    reported text [ 1.0; 1.0; 1.0; 1.0 ] [ [ 0.0; 0.0; 0.0; 0.0 ]; [ 0.0; 0.0; 1.0; 0.0 ] ]

                Expect.equal [ for r in reports -> where r ] [ ""; "scale#2 made \"b\"[0] non-finite" ] text)

        testCase "a diagnosed step leaves the state as the step did" (fun () ->
            let text =
                "sgd 1.0 |> accumulate 2 |> onlyWhen (StepsFrom 0) (momentum 0.5) |> scale 1e300"

            let plan = named text tensors

            let one, other =
                plan.Start(vector [ 0.0; 0.0; 0.0; 0.0 ]), plan.Start(vector [ 0.0; 0.0; 0.0; 0.0 ])

            for gradient in [ [ 1e10; 1.0; 0.0; 0.0 ]; [ 1e10; 1.0; 0.0; 0.0 ]; [ 1.0; 1.0; 1.0; 1.0 ] ] do
                one.Step(vector gradient) |> ignore
                other.StepReported(vector gradient) |> ignore
                Expect.equal (other.Snapshot()) (one.Snapshot()) "state")
    ]

let private bound =
    testList "of the caller's tensors" [
        testCase "a gradient that is not finite is found in each element, and named" (fun () ->
            for place in 0..3 do
                let a, b = [| 1.0; 2.0 |], [| 3.0; 4.0 |]
                use session = (named "sgd 0.5 |> skipNonFinite 2" tensors).Bind [| a; b |]
                let gradient = Array.create 4 1.0
                gradient[place] <- (if place % 2 = 0 then nan else infinity)
                let gradients: (float[] | null)[] = [| gradient[..1]; gradient[2..] |]
                Expect.equal (session.Step gradients) StepOutcome.Skipped "the first"

                match caught (fun () -> session.Step gradients) with
                | :? NonFiniteGradientException as e ->
                    Expect.equal (e.Tensor, e.Index, e.Step) ((if place < 2 then "a" else "b"), place % 2, 0L) "place"
                | e -> failtestf "%O" e

                Expect.equal (a, b) ([| 1.0; 2.0 |], [| 3.0; 4.0 |]) "nothing has changed"
                let good: (float[] | null)[] = [| [| 1.0; 1.0 |]; [| 1.0; 1.0 |] |]
                Expect.equal (session.Step good) StepOutcome.Updated "a finite one"
                // What a frozen tensor, or none, has is not looked at.
                let some: (float[] | null)[] = [|
                    (if place < 2 then null else gradients[0])
                    (if place < 2 then gradients[1] else null)
                |]

                Expect.equal (session.Step some) StepOutcome.Updated "the other tensor alone")

        testCase "norms whose squares over- or underflow have the bits of one vector" (fun () ->
            for text in
                [
                    "sgd 0.5 |> clip 1.0"
                    "sgd 0.5 |> clipPerTensor 1.0"
                    "sgd 0.5 |> momentum 0.5 |> clipUpdate 1.0"
                    "sgd 0.5 |> momentum 0.5 |> trustRatio"
                ] do
                for scale in [ 0.0; 5e-324; 1e-200; 1.0; 1e200 ] do
                    for start in [ 1e-200; 1.0; 1e200 ] do
                        let plan = named text (layout [ "a", 3; "b", 70; "c", 1 ])

                        let values scale seed =
                            Array.init 74 (fun i -> scale * (float ((i * 7919 + seed * 31) % 1009) / 1009.0 - 0.5))

                        let split (all: float[]) = [| all[..2]; all[3..72]; all[73..] |]
                        let tensors = split (values start 1)
                        use bound = plan.Bind tensors
                        let flat = plan.Start(values start 1)

                        for seed in 2..4 do
                            flat.Step(values scale seed) |> ignore
                            bound.Step(split (values scale seed)) |> ignore

                        Expect.isTrue (flat.Snapshot().Equals(bound.Snapshot())) $"{text}, {scale}, {start}")
    ]

let private reuse =
    testCase "the memory of a state is taken by a step that is refused, as by any other" (fun () ->
        let plan = named "sgd 0.5 |> momentum 0.5 |> skipNonFinite 5" tensors
        let start = vector [ 1.0; 2.0; 3.0; 4.0 ]
        let state = plan.Step(plan.Init start, vector [ 1.0; 1.0; 1.0; 1.0 ])
        let other = plan.Init start
        let bad = vector [ nan; 1.0; 1.0; 1.0 ]
        let pure' = plan.Step(state, bad)
        let next = plan.Step(state, bad, other)
        Expect.equal next pure' "the same state"
        Expect.equal (next.Count "skipNonFinite.count") 1L "refused"
        refused typeof<ObjectDisposedException> [ "given up" ] (fun () -> other.ToArray())
        Expect.equal (plan.Step(next, bad, next)) (plan.Step(pure', bad)) "in its own memory"
        refused typeof<ObjectDisposedException> [ "given up" ] (fun () -> next.ToArray()))

[<Tests>]
let tests = testList "reports" [ rates; worst; provenance; bound; reuse ]
