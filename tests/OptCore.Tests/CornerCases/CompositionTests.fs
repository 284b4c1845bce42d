/// What flows, scopes and partitions hold, and in which order it runs.
module OptCore.Tests.CornerCases.CompositionTests

open Expecto
open OptCore
open OptCore.Tests.CornerCases.Steps

let private third = [
    testCase "flow runs the listed stages in the listed order" (fun () ->
        // momentum, then clip: v1 = 4, u = 2; v2 = 4/2 + 4 = 6, u = 2
        let momentumFirst = plain "flow [Momentum 0.5; ClipGlobalNorm 2.0] 1.0" 1
        Expect.equal (after momentumFirst [ 10.0 ] [ [ 4.0 ]; [ 4.0 ] ]) [ 6.0 ] "momentum, clip"
        // clip, then momentum: u1 = 2; v2 = 1 + 2 = 3
        let clipFirst = plain "flow [ClipGlobalNorm 2.0; Momentum 0.5] 1.0" 1
        Expect.equal (after clipFirst [ 10.0 ] [ [ 4.0 ]; [ 4.0 ] ]) [ 5.0 ] "clip, momentum"
        let byPhase = plain "sgd 1.0 |> momentum 0.5 |> clip 2.0" 1
        Expect.equal (after byPhase [ 10.0 ] [ [ 4.0 ]; [ 4.0 ] ]) [ 5.0 ] "phases say clip, momentum")

    testTheory
        "flow refuses stages of other phases in its list"
        [
            "flow [Box(0.0, 1.0)] 0.1", "Constraint"
            "flow [Lookahead(5, 0.5)] 0.1", "Iterate"
            "flow [Sam 0.1] 0.1", "Probe"
            "flow [Plateau(5, 0.5)] 0.1", "Step"
        ]
        (fun (text, phase) -> says [ phase; "flow" ] (fun () -> read text))

    testTheory
        "flow refuses words of the phases 2 to 5 after it"
        [
            "clip 1.0", "ClipGlobalNorm"
            "l2 0.1", "L2"
            "momentum 0.9", "Momentum"
            "weightDecay 0.1", "WeightDecay"
            "accumulate 2", "Accumulate"
        ]
        (fun (word, stage) -> says [ stage; "flow" ] (fun () -> read $"flow [Momentum 0.5] 0.1 |> {word}"))

    testTheory
        "what may follow a flow"
        [
            "sam 0.1"
            "within 0.0 1.0"
            "lookahead 5 0.5"
            "average 0.9"
            "cosine 10"
            "rateFor \"*\" 0.5"
            "freeze \"*\""
            "only \"*\" (cosine 10)"
            "plateau 3 0.5"
        ]
        (fun word ->
            let text = $"flow [Momentum 0.5] 0.1 |> {word}"
            Expect.equal (string (read text)) text "text")
]

let private fourth = [
    testCase "words in a scope act on their tensors only" (fun () ->
        let tensors = layout [ "w", 1; "b", 1 ]
        let start, gradient = [ 8.0; 8.0 ], [ 4.0; 4.0 ]

        let run text =
            after (named text tensors) start [ gradient ]
        // u = g + λp
        Expect.equal (run "sgd 0.5 |> only \"w\" (weightDecay 0.5)") [ 4.0; 6.0 ] "only"
        Expect.equal (run "sgd 0.5 |> except \"w\" (weightDecay 0.5)") [ 6.0; 4.0 ] "except")

    testCase "a scoped schedule is part of η_t of those tensors" (fun () ->
        let plan = named "sgd 0.5 |> only \"w\" (constant 0.5)" (layout [ "w", 1; "b", 1 ])
        Expect.equal (after plan [ 8.0; 8.0 ] [ [ 4.0; 4.0 ] ]) [ 7.0; 6.0 ] "parameters"
        Expect.equal (plan.RateAt(0L, "w"), plan.RateAt(0L, "b")) (0.25, 0.5) "rates")

    testCase "nested scopes are intersections" (fun () ->
        let plan =
            named
                "sgd 1.0 |> only \"a*\" (except \"*b\" (weightDecay 1.0))"
                (layout [ "ax", 1; "ab", 1; "cx", 1; "cb", 1 ])

        Expect.equal (after plan [ 1.0; 1.0; 1.0; 1.0 ] [ [ 0.0; 0.0; 0.0; 0.0 ] ]) [ 0.0; 1.0; 1.0; 1.0 ] "decayed")

    testCase "a scoped clip takes its norm over its scope" (fun () ->
        let plan = named "sgd 1.0 |> only \"w\" (clip 5.0)" (layout [ "w", 2; "b", 1 ])
        Expect.equal (after plan [ 0.0; 0.0; 0.0 ] [ [ 3.0; 4.0; 1000.0 ] ]) [ -3.0; -4.0; -1000.0 ] "‖w‖ = 5")

    testCase "a scope cannot change the rate or the optimizer" (fun () ->
        let sgd = Optimizer.Sgd 0.1
        says [ "the rate" ] (fun () -> sgd.Only("w", (fun inner -> inner.WithRate 0.2)))
        says [ "rateFor" ] (fun () -> sgd.Only("w", (fun inner -> inner.RateFor("w", 0.2))))
        says [ "freeze" ] (fun () -> sgd.Only("w", (fun inner -> inner.Freeze "w")))
        says [ "only"; "\"w\""; "replaces" ] (fun () -> sgd.Only("w", (fun _ -> Optimizer.Adam 0.1)))

        says [ "replaces" ] (fun () ->
            sgd.Except("w", (fun _ -> Optimizer.Partition [ struct ("*", Optimizer.Adam 0.1) ])))

        says [ "replaces" ] (fun () -> sgd.Only("w", (fun _ -> Optimizer.Flow([ Momentum 0.9 ], 0.1)))))

    testTheory
        "a scope cannot hold what acts on the whole step"
        [
            "accumulate 2", "Accumulate"
            "skipNonFinite 2", "SkipNonFinite"
            "plateau 2 0.5", "Plateau"
        ]
        (fun (word, stage) ->
            says [ stage; "only"; "\"w\"" ] (fun () -> read $"sgd 0.1 |> only \"w\" ({word})")
            says [ stage; "except" ] (fun () -> read $"sgd 0.1 |> only \"w\" (except \"v\" ({word}))"))
]

let private fifth = [
    testCase "every tensor goes to the first match, with that part's rate" (fun () ->
        let plan =
            named "partition [\"*.b\", sgd 0.5; \"*\", sgd 0.25 |> momentum 0.5]" (layout [ "x.w", 1; "x.b", 1 ])

        // w: v = 4, then 2 + 4 = 6
        Expect.equal (after plan [ 8.0; 8.0 ] [ [ 4.0; 4.0 ]; [ 4.0; 4.0 ] ]) [ 8.0 - 1.0 - 1.5; 8.0 - 2.0 - 2.0 ] "p"
        Expect.equal (List.ofSeq (init plan [ 8.0; 8.0 ]).SlotNames) [ "partition[*].momentum.v" ] "slots"
        Expect.equal (plan.RateAt(0L, "x.b"), plan.RateAt(0L, "x.w")) (0.5, 0.25) "rates")

    testCase "a stage of a part is scoped: its clip sees its part" (fun () ->
        let plan =
            named "partition [\"a\", sgd 1.0 |> clip 5.0; \"b\", sgd 1.0]" (layout [ "a", 2; "b", 1 ])

        Expect.equal (after plan [ 0.0; 0.0; 0.0 ] [ [ 6.0; 8.0; 99.0 ] ]) [ -3.0; -4.0; -99.0 ] "p")

    testCase "words added afterwards act on all: one clip, one norm" (fun () ->
        let plan =
            named "partition [\"a\", sgd 1.0; \"b\", sgd 0.5] |> clip 5.0" (layout [ "a", 1; "b", 1 ])

        Expect.equal (after plan [ 0.0; 0.0 ] [ [ 6.0; 8.0 ] ]) [ -3.0; -2.0 ] "p")

    testCase "within a phase the stages of a part run before those added afterwards" (fun () ->
        let run text =
            after (named text (layout [ "a", 1 ])) [ 0.0 ] [ [ 8.0 ] ]
        // part: 8 → 6 by clipValue, halved by clip 3 … the other way round 8 → 3
        Expect.equal (run "partition [\"a\", sgd 1.0 |> clipValue 6.0] |> noise 0.0 0.0 1 |> clip 3.0") [ -3.0 ] "clip"
        let part = run "partition [\"a\", sgd 1.0 |> scale 0.5] |> clipUpdate 6.0"
        Expect.equal part [ -4.0 ] "scale before clipUpdate"
        let outer = run "partition [\"a\", sgd 1.0 |> clipUpdate 6.0] |> scale 0.5"
        Expect.equal outer [ -3.0 ] "clipUpdate before scale")

    testCase "a part's schedule and a schedule of all multiply, one t" (fun () ->
        let plan =
            named "partition [\"a\", sgd 1.0 |> geometric 0.5; \"b\", sgd 1.0] |> linear 4" (layout [ "a", 1; "b", 1 ])

        Expect.equal
            [ for t in 0L .. 4L -> plan.RateAt(t, "a"), plan.RateAt(t, "b") ]
            [ 1.0, 1.0; 0.375, 0.75; 0.125, 0.5; 0.03125, 0.25; 0.0, 0.0 ]
            "rates")

    testCase "a part that earlier patterns shadow completely is an error" (fun () ->
        says [ "\"w1\""; "earlier patterns" ] (fun () ->
            named "partition [\"w*\", sgd 1.0; \"w1\", sgd 0.5; \"*\", sgd 0.1]" (layout [ "w1", 1; "w2", 1; "b", 1 ])))

    testCase "a tensor without a part is an error that names it" (fun () ->
        says [ "\"b\""; "\"w*\"" ] (fun () -> named "partition [\"w*\", sgd 1.0]" (layout [ "w1", 1; "b", 1 ])))
]

[<Tests>]
let tests = testList "corner cases" [ yield! third; yield! fourth; yield! fifth ]
