/// How an update comes about: micro-gradients, the rate inside, probes.
module OptCore.Tests.CornerCases.UpdateTests

open System
open Expecto
open OptCore
open OptModels
open OptCore.Tests.CornerCases.Steps

let private sixth = [
    testCase "clip before accumulate clips each, after it the mean" (fun () ->
        let run text =
            after (plain text 1) [ 0.0 ] [ [ 8.0 ]; [ 1.0 ] ]
        // each: (2 + 1)/2; mean: 4.5 → 2
        Expect.equal (run "sgd 1.0 |> clip 2.0 |> accumulate 2") [ -1.5 ] "each"
        Expect.equal (run "sgd 1.0 |> accumulate 2 |> clip 2.0") [ -2.0 ] "mean")

    testCase "t counts updates; everything later runs once per update" (fun () ->
        let plan = plain "sgd 1.0 |> accumulate 2 |> momentum 0.5 |> linear 2" 1

        let states =
            List.scan (step plan) (init plan [ 0.0 ]) [ [ 2.0 ]; [ 4.0 ]; [ 2.0 ]; [ 4.0 ] ]

        Expect.equal [ for s in states -> s.Step ] [ 0L; 0L; 1L; 1L; 2L ] "t"
        // update 1: u = 3, η = 1; update 2: v = 1.5 + 3 = 4.5, η = ½
        Expect.equal [ for s in states -> s.ToArray()[0] ] [ 0.0; 0.0; -3.0; -3.0; -5.25 ] "p"
        Expect.equal [ for s in states -> s.Count "accumulate.count" ] [ 0L; 1L; 0L; 1L; 0L ] "count")

    testCase "one accumulate per optimizer" (fun () ->
        says [ "Accumulate"; "twice" ] (fun () -> read "sgd 0.1 |> accumulate 2 |> accumulate 3"))

    testCase "a skipped micro-gradient does not count" (fun () ->
        let plan = plain "sgd 1.0 |> accumulate 2 |> skipNonFinite 5" 1

        let states =
            List.scan (step plan) (init plan [ 0.0 ]) [ [ 2.0 ]; [ nan ]; [ infinity ]; [ 4.0 ] ]

        Expect.equal [ for s in states -> s.ToArray()[0] ] [ 0.0; 0.0; 0.0; 0.0; -3.0 ] "p"
        Expect.equal [ for s in states -> s.Count "accumulate.count" ] [ 0L; 1L; 1L; 1L; 0L ] "count"
        Expect.equal [ for s in states -> s.Count "skipNonFinite.count" ] [ 0L; 0L; 1L; 2L; 0L ] "refused in a row")

    testCase "losses are averaged over the update" (fun () ->
        let plan = plain "sgd 1.0 |> accumulate 2 |> plateau 1 0.5" 1
        let take (state: State<float>) (loss: float) = plan.Step(state, vector [ 0.0 ], loss)
        let states = List.scan take (init plan [ 0.0 ]) [ 1.0; 3.0; 8.0; 2.0 ]
        Expect.equal [ for s in states -> (s.Numbers "plateau.best")[0] ] [ infinity; infinity; 2.0; 2.0; 2.0 ] "best"
        Expect.equal [ for s in states -> s.Count "plateau.bad" ] [ 0L; 0L; 0L; 0L; 1L ] "bad")

    testCase "minimize counts updates" (fun () ->
        let bowl = Quadratic [| 1.0 |]
        let options = MinimizeOptions(Steps = 5L)

        let result =
            Minimizer.Minimize(read "sgd 0.5 |> accumulate 3", bowl, vector [ 1.0 ], options)

        Expect.equal
            (result.Steps, result.State.Step, result.Evaluations)
            (5L, 5L, 16L)
            "5 updates, 15 gradients, 1 end"

        Expect.equal result.Point [| Math.Pow(0.5, 5) |] "p")
]

let private seventh = [
    testCase "velocity has the rate inside, momentum outside" (fun () ->
        let gradients = [ [ 4.0 ]; [ 4.0 ] ]
        // v1 = 4; v2 = 2 + ½·4 = 4
        Expect.equal (after (plain "sgd 1.0 |> velocity 0.5 |> geometric 0.5" 1) [ 0.0 ] gradients) [ -8.0 ] "velocity"
        // v1 = 4; v2 = 2 + 4 = 6, η = ½
        Expect.equal (after (plain "sgd 1.0 |> momentum 0.5 |> geometric 0.5" 1) [ 0.0 ] gradients) [ -7.0 ] "momentum")

    testCase "weightDecay adds η_t λ p there" (fun () ->
        // v = ½·4 = 2; u = 2 + ½·½·8 = 4
        let plan = plain "sgd 0.5 |> velocity 0.5 |> weightDecay 0.5" 1
        Expect.equal (after plan [ 8.0 ] [ [ 4.0 ] ]) [ 4.0 ] "p")

    testCase "clipUpdate and trustRatio see parameter units there" (fun () ->
        // v = ½·16 = 8, clipped to 2
        Expect.equal (after (plain "sgd 0.5 |> velocity 0.5 |> clipUpdate 2.0" 1) [ 10.0 ] [ [ 16.0 ] ]) [ 8.0 ] "clip"
        // v = 8, ratio 2/8, u = 2
        Expect.equal (after (plain "sgd 0.5 |> velocity 0.5 |> trustRatio" 1) [ 2.0 ] [ [ 16.0 ] ]) [ 0.0 ] "trust")

    testCase "the unit is per tensor" (fun () ->
        let plan =
            named "sgd 0.5 |> only \"a\" (velocity 0.5) |> weightDecay 0.5" (layout [ "a", 1; "b", 1 ])
        // a: 2 + ½·½·8; b: η(4 + ½·8)
        Expect.equal (after plan [ 8.0; 8.0 ] [ [ 4.0; 4.0 ] ]) [ 4.0; 4.0 ] "p")

    testTheory
        "two rates inside on one tensor, or a direction behind one, is an error"
        [
            "sgd 0.1 |> velocity 0.9 |> velocity 0.5"
            "sgd 0.1 |> velocity 0.9 |> momentum 0.5"
            "lars 0.1 0.5 |> momentum 0.9"
            "rprop 0.1 |> velocity 0.9"
            "flow [Velocity 0.9; Ema 0.5] 0.1"
        ]
        (fun text -> says [ "\"parameters\""; "rate" ] (fun () -> plain text 2))

    testCase "on different tensors they may stand" (fun () ->
        let plan =
            named "sgd 0.5 |> only \"a\" (velocity 0.5) |> only \"b\" (velocity 0.0)" (layout [ "a", 1; "b", 1 ])

        Expect.equal (after plan [ 8.0; 8.0 ] [ [ 4.0; 4.0 ] ]) [ 6.0; 6.0 ] "p")

    testCase "rprop takes η_0 as its first length, later schedules change nothing, which warnings say" (fun () ->
        let gradients = [ [ 3.0 ]; [ 9.0 ]; [ 1e-9 ] ]
        let scheduled = "rprop 0.5 |> geometric 0.5"
        let run text = after (plain text 1) [ 0.0 ] gradients
        Expect.equal (run scheduled) (run "rprop 0.5") "p"
        // 0.5, 0.6, 0.72
        Expect.floatClose Accuracy.veryHigh (run scheduled).Head -1.82 "lengths"
        Expect.exists (read(scheduled).Warnings()) (fun w -> w.Code = "schedule-ignored") "warning")
]

let private eighth = [
    testTheory
        "at most one probe; nag stands alone as direction"
        [
            "sgd 0.1 |> sam 0.1 |> sam 0.2", [ "Sam" ]
            "sgd 0.1 |> sam 0.1 |> nag 0.9", [ "Sam"; "Nag" ]
            "sgd 0.1 |> nag 0.9 |> momentum 0.9", [ "Nag"; "Momentum" ]
            "adam 0.1 |> nag 0.9", [ "Nag"; "Adam" ]
        ]
        (fun (text, words) -> says words (fun () -> read text))

    testCase "Plan.Probes is 0, 1 or 2" (fun () ->
        let probes text = (plain text 1).Probes
        Expect.equal (probes "adam 0.1 |> clip 1.0") 0 "adam"
        Expect.equal (probes "sgd 0.1 |> nag 0.9") 1 "nag"
        Expect.equal (probes "sgd 0.1 |> sam 0.1") 2 "sam")

    testCase "Plan.Point says where the gradient is wanted" (fun () ->
        let nothing = plain "sgd 0.5" 2
        Expect.equal (nothing.Point(init nothing [ 1.0; 2.0 ])) [| 1.0; 2.0 |] "without a probe: p"

        let nag = plain "sgd 0.5 |> nag 0.5" 1
        let state = init nag [ 8.0 ]
        Expect.equal (nag.Point state) [| 8.0 |] "first: p"
        // v = 4, p = 6; next at 6 − ½·½·4
        Expect.equal (nag.Point(step nag state [ 4.0 ])) [| 5.0 |] "then p − η β v"

        let sam = plain "sgd 0.5 |> sam 5.0" 2
        Expect.equal (sam.Point(init sam [ 0.0; 0.0 ], vector [ 3.0; 4.0 ])) [| 3.0; 4.0 |] "p + ρ g/‖g‖"
        says [ "sam"; "gradient" ] (fun () -> sam.Point(init sam [ 0.0; 0.0 ])))

    testCase "sam sees one mini-batch twice" (fun () ->
        let seen = ResizeArray()

        let objective = {
            new IObjective with
                member _.Dimension = 1

                member _.Evaluate(_: ReadOnlySpan<float>, gradient: Span<float>) =
                    gradient[0] <- 1.0
                    0.0

                member _.Evaluate(step: int64, _: ReadOnlySpan<float>, gradient: Span<float>) =
                    seen.Add step
                    gradient[0] <- 1.0
                    0.0
        }

        let options = MinimizeOptions(Steps = 3L)

        Minimizer.Minimize(read "sgd 0.5 |> sam 0.1", objective, vector [ 0.0 ], options)
        |> ignore

        Expect.equal (List.ofSeq seen) [ 0L; 0L; 1L; 1L; 2L; 2L ] "batches")
]

[<Tests>]
let tests = testList "corner cases" [ yield! sixth; yield! seventh; yield! eighth ]
