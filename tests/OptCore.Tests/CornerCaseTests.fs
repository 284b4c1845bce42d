/// The corner cases that VOCABULARY decides, by their numbers; expectations are exact, in powers of two.
module OptCore.Tests.CornerCaseTests

open System
open Expecto
open OptCore

let private read (text: string) = Optimizer.Parse text

let private plain (text: string) (length: int) = (read text).Plan length

let private named (text: string) (layout: Layout) = (read text).Plan<float> layout

let private layout (tensors: (string * int) list) =
    (Layout.Empty, tensors)
    ||> List.fold (fun all (name, length) -> all.Add(name, length))

// An array literal does not convert to a span, an array does.
let private vector (values: float list) : float[] = Array.ofList values

let private init (plan: Plan<float>) (start: float list) = plan.Init(vector start)

let private step (plan: Plan<float>) (state: State<float>) (gradient: float list) = plan.Step(state, vector gradient)

/// The parameters after the given gradients.
let private after (plan: Plan<float>) start gradients =
    let state = List.fold (step plan) (init plan start) gradients
    List.ofArray (state.ToArray())

let private refusal (f: unit -> 'T) =
    Expect.throwsC (fun () -> f () |> ignore) (fun e ->
        if not (e :? ArgumentException || e :? OptimizerParseException) then
            failtestf "expected a refusal, was %O" e

        e.Message)

let private says (words: string list) (f: unit -> 'T) =
    let message = refusal f

    for word in words do
        Expect.stringContains message word "message"


let private first = [
    testTheory
        "1: 0/0 in a direction is 0: a zero gradient moves nothing, ε = 0"
        [
            "adamWith (Adam(Epsilon = 0.0)) 0.5"
            "amsGradWith (AmsGrad(Epsilon = 0.0)) 0.5"
            "amsGradWith (AmsGrad(Epsilon = 0.0, CorrectedMax = true)) 0.5"
            "adaMaxWith (AdaMax(Epsilon = 0.0)) 0.5"
            "nadamWith (Nadam(Epsilon = 0.0)) 0.5"
            "radamWith (RAdam(Epsilon = 0.0, Beta2 = 0.5)) 0.5"
            "adaBeliefWith (AdaBelief(Epsilon = 0.0, EpsilonRoot = 0.0)) 0.5"
            "yogiWith (Yogi(Epsilon = 0.0, Initial = 0.0)) 0.5"
            "adagradWith (Adagrad(Epsilon = 0.0)) 0.5"
            "adagradWith (Adagrad(Epsilon = 0.0, EpsilonInside = true)) 0.5"
            "rmsPropWith (RmsProp(Epsilon = 0.0)) 0.5"
            "rmsPropWith (RmsProp(Epsilon = 0.0, EpsilonInside = true)) 0.5"
            "rmsPropWith (RmsProp(Epsilon = 0.0, Centered = true)) 0.5"
            "rmsPropWith (RmsProp(Epsilon = 0.0, BiasCorrection = true)) 0.5"
            "adaDeltaWith (AdaDelta(Epsilon = 0.0)) 0.5"
            "adanWith (Adan(Epsilon = 0.0)) 0.5"
            "novoGradWith (NovoGrad(Epsilon = 0.0)) 0.5"
            "sgd 0.5 |> normalizeWith (Normalize(Epsilon = 0.0))"
            "sgd 0.5 |> trustRatioWith (TrustRatio(Epsilon = 0.0))"
        ]
        (fun text ->
            let zero = [ 0.0; -0.0; 0.0 ]
            let plan = plain text 3
            Expect.equal (after plan [ 1.0; -2.0; 4.0 ] [ zero; zero; zero ]) [ 1.0; -2.0; 4.0 ] "parameters")

    testCase "1: a coordinate that has seen no gradient rests beside one that moves" (fun () ->
        let plan = plain "adagradWith (Adagrad(Epsilon = 0.0)) 0.5" 2
        // G = g², u = g/|g| = 1
        Expect.equal (after plan [ 1.0; 1.0 ] [ [ 4.0; 0.0 ] ]) [ 0.5; 1.0 ] "parameters")

    testCase "1: centered RMSProp takes max(0, v − b²): rounding below zero makes no NaN" (fun () ->
        // A constant gradient: v and b² both tend to g², their difference to ±ulp.
        for gradient in [ 0.1; 1.0 / 3.0; 0.7; 1e-8; 12345.678 ] do
            let plan =
                plain "rmsPropWith (RmsProp(Decay = 0.5, Centered = true, Epsilon = 0.0)) 0.001" 1

            let gradients = List.replicate 200 [ gradient ]
            Expect.isTrue (Double.IsFinite (after plan [ 0.0 ] gradients).Head) $"g = {gradient}")
]

let private second = [
    testTheory "2: clip passes a gradient of non-finite norm as it is" [ nan; infinity; -infinity ] (fun bad ->
        let plan = plain "sgd 0.5 |> clip 1.0" 3
        let result = after plan [ 1.0; 1.0; 1.0 ] [ [ bad; 30.0; -4.0 ] ]
        Expect.isFalse (Double.IsFinite result.Head) "the bad coordinate"
        Expect.equal result.Tail [ -14.0; 3.0 ] "the others, unscaled")

    testCase "2: and the report names it" (fun () ->
        let plan = named "sgd 0.5 |> clip 1.0" (layout [ "w", 2; "b", 2 ])

        let struct (_, report) =
            plan.StepReported(init plan [ 0.0; 0.0; 0.0; 0.0 ], vector [ 1.0; 2.0; 3.0; nan ])

        let bad = report.NonFinite
        Expect.isNotNull bad "reported"
        Expect.equal (string bad) "gradient made \"b\"[1] non-finite" "provenance")

    testCase "2: the norm rescales when the plain sum overflows or vanishes" (fun () ->
        let big = after (plain "sgd 1.0 |> clip 5.0" 2) [ 0.0; 0.0 ] [ [ 3e200; 4e200 ] ]
        Expect.floatClose Accuracy.veryHigh big[0] -3.0 "3"
        Expect.floatClose Accuracy.veryHigh big[1] -4.0 "4"

        let small =
            after (plain "sgd 1e200 |> clip 5e-200" 2) [ 0.0; 0.0 ] [ [ 6e-200; 8e-200 ] ]

        Expect.floatClose Accuracy.veryHigh small[0] -3.0 "3"
        Expect.floatClose Accuracy.veryHigh small[1] -4.0 "4")

    testCase "2: ‖u‖ ≤ c is the exact identity, at equality too" (fun () ->
        let gradient = [ 3.0; 4.0 ]
        Expect.equal (after (plain "sgd 1.0 |> clip 5.0" 2) [ 0.1; 0.2 ] [ gradient ]) [ 0.1 - 3.0; 0.2 - 4.0 ] "bits"

        Expect.equal
            (after (plain "sgd 1.0 |> clip infinity" 2) [ 0.1; 0.2 ] [ gradient ])
            [ 0.1 - 3.0; 0.2 - 4.0 ]
            "∞")
]

let private third = [
    testCase "3: flow runs the listed stages in the listed order" (fun () ->
        // momentum, then clip: v1 = 4, u = 2; v2 = 4/2 + 4 = 6, u = 2
        let momentumFirst = plain "flow [Momentum 0.5; ClipGlobalNorm 2.0] 1.0" 1
        Expect.equal (after momentumFirst [ 10.0 ] [ [ 4.0 ]; [ 4.0 ] ]) [ 6.0 ] "momentum, clip"
        // clip, then momentum: u1 = 2; v2 = 1 + 2 = 3
        let clipFirst = plain "flow [ClipGlobalNorm 2.0; Momentum 0.5] 1.0" 1
        Expect.equal (after clipFirst [ 10.0 ] [ [ 4.0 ]; [ 4.0 ] ]) [ 5.0 ] "clip, momentum"
        let byPhase = plain "sgd 1.0 |> momentum 0.5 |> clip 2.0" 1
        Expect.equal (after byPhase [ 10.0 ] [ [ 4.0 ]; [ 4.0 ] ]) [ 5.0 ] "phases say clip, momentum")

    testTheory
        "3: flow refuses stages of other phases in its list"
        [
            "flow [Box(0.0, 1.0)] 0.1", "Constraint"
            "flow [Lookahead(5, 0.5)] 0.1", "Iterate"
            "flow [Sam 0.1] 0.1", "Probe"
            "flow [Plateau(5, 0.5)] 0.1", "Step"
        ]
        (fun (text, phase) -> says [ phase; "flow" ] (fun () -> read text))

    testTheory
        "3: flow refuses words of the phases 2 to 5 after it"
        [
            "clip 1.0", "ClipGlobalNorm"
            "l2 0.1", "L2"
            "momentum 0.9", "Momentum"
            "weightDecay 0.1", "WeightDecay"
            "accumulate 2", "Accumulate"
        ]
        (fun (word, stage) -> says [ stage; "flow" ] (fun () -> read $"flow [Momentum 0.5] 0.1 |> {word}"))

    testTheory
        "3: what may follow a flow"
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
    testCase "4: words in a scope act on their tensors only" (fun () ->
        let tensors = layout [ "w", 1; "b", 1 ]
        let start, gradient = [ 8.0; 8.0 ], [ 4.0; 4.0 ]

        let run text =
            after (named text tensors) start [ gradient ]
        // u = g + λp
        Expect.equal (run "sgd 0.5 |> only \"w\" (weightDecay 0.5)") [ 4.0; 6.0 ] "only"
        Expect.equal (run "sgd 0.5 |> except \"w\" (weightDecay 0.5)") [ 6.0; 4.0 ] "except")

    testCase "4: a scoped schedule is part of η_t of those tensors" (fun () ->
        let plan = named "sgd 0.5 |> only \"w\" (constant 0.5)" (layout [ "w", 1; "b", 1 ])
        Expect.equal (after plan [ 8.0; 8.0 ] [ [ 4.0; 4.0 ] ]) [ 7.0; 6.0 ] "parameters"
        Expect.equal (plan.RateAt(0L, "w"), plan.RateAt(0L, "b")) (0.25, 0.5) "rates")

    testCase "4: nested scopes are intersections" (fun () ->
        let plan =
            named
                "sgd 1.0 |> only \"a*\" (except \"*b\" (weightDecay 1.0))"
                (layout [ "ax", 1; "ab", 1; "cx", 1; "cb", 1 ])

        Expect.equal (after plan [ 1.0; 1.0; 1.0; 1.0 ] [ [ 0.0; 0.0; 0.0; 0.0 ] ]) [ 0.0; 1.0; 1.0; 1.0 ] "decayed")

    testCase "4: a scoped clip takes its norm over its scope" (fun () ->
        let plan = named "sgd 1.0 |> only \"w\" (clip 5.0)" (layout [ "w", 2; "b", 1 ])
        Expect.equal (after plan [ 0.0; 0.0; 0.0 ] [ [ 3.0; 4.0; 1000.0 ] ]) [ -3.0; -4.0; -1000.0 ] "‖w‖ = 5")

    testCase "4: a scope cannot change the rate or the optimizer" (fun () ->
        let sgd = Optimizer.Sgd 0.1
        says [ "the rate" ] (fun () -> sgd.Only("w", (fun inner -> inner.WithRate 0.2)))
        says [ "rateFor" ] (fun () -> sgd.Only("w", (fun inner -> inner.RateFor("w", 0.2))))
        says [ "freeze" ] (fun () -> sgd.Only("w", (fun inner -> inner.Freeze "w")))
        says [ "only"; "\"w\""; "replaces" ] (fun () -> sgd.Only("w", (fun _ -> Optimizer.Adam 0.1)))

        says [ "replaces" ] (fun () ->
            sgd.Except("w", (fun _ -> Optimizer.Partition [ struct ("*", Optimizer.Adam 0.1) ])))

        says [ "replaces" ] (fun () -> sgd.Only("w", (fun _ -> Optimizer.Flow([ Momentum 0.9 ], 0.1)))))

    testTheory
        "4: a scope cannot hold what acts on the whole step"
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
    testCase "5: every tensor goes to the first match, with that part's rate" (fun () ->
        let plan =
            named "partition [\"*.b\", sgd 0.5; \"*\", sgd 0.25 |> momentum 0.5]" (layout [ "x.w", 1; "x.b", 1 ])

        // w: v = 4, then 2 + 4 = 6
        Expect.equal (after plan [ 8.0; 8.0 ] [ [ 4.0; 4.0 ]; [ 4.0; 4.0 ] ]) [ 8.0 - 1.0 - 1.5; 8.0 - 2.0 - 2.0 ] "p"
        Expect.equal (List.ofSeq (init plan [ 8.0; 8.0 ]).SlotNames) [ "partition[*].momentum.v" ] "slots"
        Expect.equal (plan.RateAt(0L, "x.b"), plan.RateAt(0L, "x.w")) (0.5, 0.25) "rates")

    testCase "5: a stage of a part is scoped: its clip sees its part" (fun () ->
        let plan =
            named "partition [\"a\", sgd 1.0 |> clip 5.0; \"b\", sgd 1.0]" (layout [ "a", 2; "b", 1 ])

        Expect.equal (after plan [ 0.0; 0.0; 0.0 ] [ [ 6.0; 8.0; 99.0 ] ]) [ -3.0; -4.0; -99.0 ] "p")

    testCase "5: words added afterwards act on all: one clip, one norm" (fun () ->
        let plan =
            named "partition [\"a\", sgd 1.0; \"b\", sgd 0.5] |> clip 5.0" (layout [ "a", 1; "b", 1 ])

        Expect.equal (after plan [ 0.0; 0.0 ] [ [ 6.0; 8.0 ] ]) [ -3.0; -2.0 ] "p")

    testCase "5: within a phase the stages of a part run before those added afterwards" (fun () ->
        let run text =
            after (named text (layout [ "a", 1 ])) [ 0.0 ] [ [ 8.0 ] ]
        // part: 8 → 6 by clipValue, halved by clip 3 … the other way round 8 → 3
        Expect.equal (run "partition [\"a\", sgd 1.0 |> clipValue 6.0] |> noise 0.0 0.0 1 |> clip 3.0") [ -3.0 ] "clip"
        let part = run "partition [\"a\", sgd 1.0 |> scale 0.5] |> clipUpdate 6.0"
        Expect.equal part [ -4.0 ] "scale before clipUpdate"
        let outer = run "partition [\"a\", sgd 1.0 |> clipUpdate 6.0] |> scale 0.5"
        Expect.equal outer [ -3.0 ] "clipUpdate before scale")

    testCase "5: a part's schedule and a schedule of all multiply, one t" (fun () ->
        let plan =
            named "partition [\"a\", sgd 1.0 |> geometric 0.5; \"b\", sgd 1.0] |> linear 4" (layout [ "a", 1; "b", 1 ])

        Expect.equal
            [ for t in 0L .. 4L -> plan.RateAt(t, "a"), plan.RateAt(t, "b") ]
            [ 1.0, 1.0; 0.375, 0.75; 0.125, 0.5; 0.03125, 0.25; 0.0, 0.0 ]
            "rates")

    testCase "5: a part that earlier patterns shadow completely is an error" (fun () ->
        says [ "\"w1\""; "earlier patterns" ] (fun () ->
            named "partition [\"w*\", sgd 1.0; \"w1\", sgd 0.5; \"*\", sgd 0.1]" (layout [ "w1", 1; "w2", 1; "b", 1 ])))

    testCase "5: a tensor without a part is an error that names it" (fun () ->
        says [ "\"b\""; "\"w*\"" ] (fun () -> named "partition [\"w*\", sgd 1.0]" (layout [ "w1", 1; "b", 1 ])))
]

let private sixth = [
    testCase "6: clip before accumulate clips each, after it the mean" (fun () ->
        let run text =
            after (plain text 1) [ 0.0 ] [ [ 8.0 ]; [ 1.0 ] ]
        // each: (2 + 1)/2; mean: 4.5 → 2
        Expect.equal (run "sgd 1.0 |> clip 2.0 |> accumulate 2") [ -1.5 ] "each"
        Expect.equal (run "sgd 1.0 |> accumulate 2 |> clip 2.0") [ -2.0 ] "mean")

    testCase "6: t counts updates; everything later runs once per update" (fun () ->
        let plan = plain "sgd 1.0 |> accumulate 2 |> momentum 0.5 |> linear 2" 1

        let states =
            List.scan (step plan) (init plan [ 0.0 ]) [ [ 2.0 ]; [ 4.0 ]; [ 2.0 ]; [ 4.0 ] ]

        Expect.equal [ for s in states -> s.Step ] [ 0L; 0L; 1L; 1L; 2L ] "t"
        // update 1: u = 3, η = 1; update 2: v = 1.5 + 3 = 4.5, η = ½
        Expect.equal [ for s in states -> s.ToArray()[0] ] [ 0.0; 0.0; -3.0; -3.0; -5.25 ] "p"
        Expect.equal [ for s in states -> s.Count "accumulate.count" ] [ 0L; 1L; 0L; 1L; 0L ] "count")

    testCase "6: one accumulate per optimizer" (fun () ->
        says [ "Accumulate"; "twice" ] (fun () -> read "sgd 0.1 |> accumulate 2 |> accumulate 3"))

    testCase "6: a skipped micro-gradient does not count" (fun () ->
        let plan = plain "sgd 1.0 |> accumulate 2 |> skipNonFinite 5" 1

        let states =
            List.scan (step plan) (init plan [ 0.0 ]) [ [ 2.0 ]; [ nan ]; [ infinity ]; [ 4.0 ] ]

        Expect.equal [ for s in states -> s.ToArray()[0] ] [ 0.0; 0.0; 0.0; 0.0; -3.0 ] "p"
        Expect.equal [ for s in states -> s.Count "accumulate.count" ] [ 0L; 1L; 1L; 1L; 0L ] "count"
        Expect.equal [ for s in states -> s.Count "skipNonFinite.count" ] [ 0L; 0L; 1L; 2L; 0L ] "refused in a row")

    testCase "6: losses are averaged over the update" (fun () ->
        let plan = plain "sgd 1.0 |> accumulate 2 |> plateau 1 0.5" 1
        let take (state: State<float>) (loss: float) = plan.Step(state, vector [ 0.0 ], loss)
        let states = List.scan take (init plan [ 0.0 ]) [ 1.0; 3.0; 8.0; 2.0 ]
        Expect.equal [ for s in states -> (s.Numbers "plateau.best")[0] ] [ infinity; infinity; 2.0; 2.0; 2.0 ] "best"
        Expect.equal [ for s in states -> s.Count "plateau.bad" ] [ 0L; 0L; 0L; 0L; 1L ] "bad")

    testCase "6: minimize counts updates" (fun () ->
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
    testCase "7: velocity has the rate inside, momentum outside" (fun () ->
        let gradients = [ [ 4.0 ]; [ 4.0 ] ]
        // v1 = 4; v2 = 2 + ½·4 = 4
        Expect.equal (after (plain "sgd 1.0 |> velocity 0.5 |> geometric 0.5" 1) [ 0.0 ] gradients) [ -8.0 ] "velocity"
        // v1 = 4; v2 = 2 + 4 = 6, η = ½
        Expect.equal (after (plain "sgd 1.0 |> momentum 0.5 |> geometric 0.5" 1) [ 0.0 ] gradients) [ -7.0 ] "momentum")

    testCase "7: weightDecay adds η_t λ p there" (fun () ->
        // v = ½·4 = 2; u = 2 + ½·½·8 = 4
        let plan = plain "sgd 0.5 |> velocity 0.5 |> weightDecay 0.5" 1
        Expect.equal (after plan [ 8.0 ] [ [ 4.0 ] ]) [ 4.0 ] "p")

    testCase "7: clipUpdate and trustRatio see parameter units there" (fun () ->
        // v = ½·16 = 8, clipped to 2
        Expect.equal (after (plain "sgd 0.5 |> velocity 0.5 |> clipUpdate 2.0" 1) [ 10.0 ] [ [ 16.0 ] ]) [ 8.0 ] "clip"
        // v = 8, ratio 2/8, u = 2
        Expect.equal (after (plain "sgd 0.5 |> velocity 0.5 |> trustRatio" 1) [ 2.0 ] [ [ 16.0 ] ]) [ 0.0 ] "trust")

    testCase "7: the unit is per tensor" (fun () ->
        let plan =
            named "sgd 0.5 |> only \"a\" (velocity 0.5) |> weightDecay 0.5" (layout [ "a", 1; "b", 1 ])
        // a: 2 + ½·½·8; b: η(4 + ½·8)
        Expect.equal (after plan [ 8.0; 8.0 ] [ [ 4.0; 4.0 ] ]) [ 4.0; 4.0 ] "p")

    testTheory
        "7: two rates inside on one tensor, or a direction behind one, is an error"
        [
            "sgd 0.1 |> velocity 0.9 |> velocity 0.5"
            "sgd 0.1 |> velocity 0.9 |> momentum 0.5"
            "lars 0.1 0.5 |> momentum 0.9"
            "rprop 0.1 |> velocity 0.9"
            "flow [Velocity 0.9; Ema 0.5] 0.1"
        ]
        (fun text -> says [ "\"parameters\""; "rate" ] (fun () -> plain text 2))

    testCase "7: on different tensors they may stand" (fun () ->
        let plan =
            named "sgd 0.5 |> only \"a\" (velocity 0.5) |> only \"b\" (velocity 0.0)" (layout [ "a", 1; "b", 1 ])

        Expect.equal (after plan [ 8.0; 8.0 ] [ [ 4.0; 4.0 ] ]) [ 6.0; 6.0 ] "p")

    testCase "7: rprop takes η_0 as its first length, later schedules change nothing, which warnings say" (fun () ->
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
        "8: at most one probe; nag stands alone as direction"
        [
            "sgd 0.1 |> sam 0.1 |> sam 0.2", [ "Sam" ]
            "sgd 0.1 |> sam 0.1 |> nag 0.9", [ "Sam"; "Nag" ]
            "sgd 0.1 |> nag 0.9 |> momentum 0.9", [ "Nag"; "Momentum" ]
            "adam 0.1 |> nag 0.9", [ "Nag"; "Adam" ]
        ]
        (fun (text, words) -> says words (fun () -> read text))

    testCase "8: Plan.Probes is 0, 1 or 2" (fun () ->
        let probes text = (plain text 1).Probes
        Expect.equal (probes "adam 0.1 |> clip 1.0") 0 "adam"
        Expect.equal (probes "sgd 0.1 |> nag 0.9") 1 "nag"
        Expect.equal (probes "sgd 0.1 |> sam 0.1") 2 "sam")

    testCase "8: Plan.Point says where the gradient is wanted" (fun () ->
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

    testCase "8: sam sees one mini-batch twice" (fun () ->
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

let private ninth = [
    testCase "9: a constraint acts on all tensors in scope as one vector, frozen ones excluded" (fun () ->
        let tensors = layout [ "a", 1; "b", 1; "c", 1 ]
        let zero = [ [ 0.0; 0.0; 0.0 ] ]
        let all = after (named "sgd 1.0 |> ball 5.0" tensors) [ 6.0; 8.0; 0.0 ] zero
        Expect.equal all [ 3.0; 4.0; 0.0 ] "one ball"

        let frozen =
            after (named "sgd 1.0 |> ball 5.0 |> freeze \"c\"" tensors) [ 6.0; 8.0; 100.0 ] zero

        Expect.equal frozen [ 3.0; 4.0; 100.0 ] "c is not in it"

        let scoped =
            after (named "sgd 1.0 |> only \"a\" (ball 5.0)" tensors) [ 6.0; 8.0; 0.0 ] zero

        Expect.equal scoped [ 5.0; 8.0; 0.0 ] "a alone")

    testCase "9: simplex of 0 elements is an error" (fun () ->
        says [ "simplex"; "0" ] (fun () -> plain "sgd 1.0 |> simplex 1.0" 0)

        says [ "simplex"; "0" ] (fun () -> named "sgd 1.0 |> only \"a\" (simplex 1.0)" (layout [ "a", 0; "b", 2 ]))

        says [ "simplex"; "0" ] (fun () -> named "sgd 1.0 |> simplex 1.0 |> freeze \"*\"" (layout [ "a", 3 ])))

    testCase "9: normalize and sam use the norm over the scope" (fun () ->
        let tensors = layout [ "a", 2; "b", 1 ]

        let plan =
            named "sgd 1.0 |> only \"a\" (normalizeWith (Normalize(Epsilon = 0.0)))" tensors

        Expect.equal (after plan [ 0.0; 0.0; 0.0 ] [ [ 2.0; 0.0; 7.0 ] ]) [ -1.0; 0.0; -7.0 ] "normalize"
        let sam = named "sgd 1.0 |> only \"a\" (sam 5.0)" tensors
        Expect.equal (sam.Point(init sam [ 0.0; 0.0; 0.0 ], vector [ 3.0; 4.0; 7.0 ])) [| 3.0; 4.0; 0.0 |] "sam")
]

let private tenth = [
    testCase "10: averages and slow weights start at p_0" (fun () ->
        let plan = plain "sgd 0.5 |> lookahead 2 0.5 |> average 0.5 |> polyakAverage" 2
        let state = init plan [ 1.0; 2.0 ]
        Expect.equal (List.ofSeq state.SlotNames) [ "lookahead.slow"; "average"; "polyakAverage" ] "slots"

        for slot in state.SlotNames do
            Expect.equal (state.Slot slot) [| 1.0; 2.0 |] slot)

    testCase "10: average copies the first iterate, polyakAverage is the mean of p_1 … p_t" (fun () ->
        let plan = plain "sgd 1.0 |> average 0.5 |> polyakAverage" 1
        let states = List.scan (step plan) (init plan [ 9.0 ]) [ [ 1.0 ]; [ 2.0 ]; [ 3.0 ] ]
        Expect.equal [ for s in states -> s.ToArray()[0] ] [ 9.0; 8.0; 6.0; 3.0 ] "p is untouched"
        Expect.equal [ for s in states -> (s.Slot "average")[0] ] [ 9.0; 8.0; 7.0; 5.0 ] "average"
        Expect.floatClose Accuracy.veryHigh (Array.head (states[3].Slot "polyakAverage")) (17.0 / 3.0) "mean"
        Expect.equal (states[2].Slot "polyakAverage") [| 7.0 |] "mean of two")

    testCase "10: lookahead pulls p back and resets nothing else" (fun () ->
        let plan = plain "sgd 1.0 |> momentum 0.5 |> lookahead 2 0.5" 1

        let states =
            List.scan (step plan) (init plan [ 16.0 ]) [ [ 4.0 ]; [ 4.0 ]; [ 4.0 ] ]
        // v: 4, 6, 7; p: 12, then 6 → slow = 16 + ½(6 − 16) = 11, then 11 − 7
        Expect.equal [ for s in states -> s.ToArray()[0] ] [ 16.0; 12.0; 11.0; 4.0 ] "p"
        Expect.equal [ for s in states -> (s.Slot "momentum.v")[0] ] [ 0.0; 4.0; 6.0; 7.0 ] "v goes on"
        Expect.equal [ for s in states -> (s.Slot "lookahead.slow")[0] ] [ 16.0; 16.0; 11.0; 11.0 ] "slow")

    testCase "10: Result.Averaged is the average; objectives are evaluated at p" (fun () ->
        let bowl = Quadratic [| 1.0 |]

        let run text =
            Minimizer.Minimize(read text, bowl, vector [ 8.0 ], MinimizeOptions(Steps = 3L))

        let averaged, bare = run "sgd 0.5 |> polyakAverage", run "sgd 0.5"
        Expect.equal averaged.Point bare.Point "the same iterates"
        Expect.equal averaged.Value bare.Value "the same value"

        match averaged.Averaged with
        | null -> failtest "no average"
        | mean -> Expect.floatClose Accuracy.veryHigh mean[0] ((4.0 + 2.0 + 1.0) / 3.0) "mean"

        Expect.isNull bare.Averaged "without an average: null")
]

let private eleventh = [
    testCase "11: slots carry the stage's word; the second of a kind a number" (fun () ->
        let plan =
            plain "adam 0.1 |> momentum 0.9 |> stage (Adam()) |> average 0.9 |> average 0.5" 1

        Expect.equal
            (List.ofSeq (init plan [ 1.0 ]).SlotNames
             |> List.filter (fun s -> not (s.Contains "Power")))
            [
                "adam.m"
                "adam.v"
                "momentum.v"
                "adam#2.m"
                "adam#2.v"
                "average"
                "average#2"
            ]
            "slots")

    testCase "11: inside a part the part's pattern stands before" (fun () ->
        let plan =
            named "partition [\"w*\", adam 0.1; \"*\", sgd 0.1 |> momentum 0.5]" (layout [ "w1", 2; "b", 3 ])

        let state = init plan [ 1.0; 2.0; 3.0; 4.0; 5.0 ]
        Expect.containsAll state.SlotNames [ "partition[w*].adam.m"; "partition[*].momentum.v" ] "slots"
        Expect.equal (state.Slot "partition[w*].adam.m").Length 2 "as long as its tensors"
        Expect.equal (state.Slot "partition[*].momentum.v").Length 3 "as long as its tensors")

    testCase "11: kinds: element, per tensor, scalar, integer, random" (fun () ->
        let plan =
            named
                "novoGrad 0.1 |> accumulate 2 |> noise 0.1 0.5 7 |> plateau 2 0.5"
                (layout [ "a", 2; "b", 1; "c", 0 ])

        let state = init plan [ 1.0; 2.0; 3.0 ]
        Expect.equal (state.Slot "novoGrad.m") [| 0.0; 0.0; 0.0 |] "element"
        Expect.hasLength (state.Numbers "novoGrad.nu") 3 "per tensor"
        Expect.equal (state.Numbers "plateau.factor") [| 1.0 |] "scalar"
        Expect.equal (state.Count "accumulate.count") 0L "integer"
        says [ "novoGrad.m"; "Element" ] (fun () -> state.Count "novoGrad.m")
        says [ "adam.m"; "novoGrad.m" ] (fun () -> state.Slot "adam.m"))
]

let private twelfth = [
    testCase "12: a plain array is one tensor named parameters" (fun () ->
        let plan = plain "sgd 0.5 |> only \"parameters\" (weightDecay 1.0)" 3
        Expect.equal (string plan.Layout) "parameters[3]" "layout"
        Expect.equal (plan.Layout.Tensors[0].Name) Layout.PlainName "name"
        Expect.equal ((init plan [ 1.0; 2.0; 3.0 ]).Tensor "parameters") [| 1.0; 2.0; 3.0 |] "tensor")

    testTheory
        "12: tensors of 0 elements and no tensors at all are legal"
        [
            "sgd 0.5"
            "adam 0.5 |> clip 1.0 |> weightDecay 0.1"
            "novoGrad 0.5 |> clipPerTensor 1.0 |> centralize |> clipAdaptive 0.1 |> normalize |> trustRatio"
            "lars 0.1 0.5 |> accumulate 2 |> skipNonFinite 3 |> noise 0.1 0.5 1"
            "sgd 0.5 |> ball 1.0 |> l1Ball 1.0 |> nonNegative |> lookahead 2 0.5 |> average 0.5"
            "sgd 0.5 |> sam 0.1 |> momentum 0.9"
        ]
        (fun text ->
            for tensors in [ Layout.Empty; Layout.Plain 0; layout [ "a", 0; "b", 0 ] ] do
                let plan, none = named text tensors, vector []
                let state = plan.Step(plan.Step(init plan [], none), none)
                Expect.equal (state.ToArray()) [||] "nothing"
                Expect.equal state.Step (2L / int64 plan.GradientsPerUpdate) "t"
                let session = plan.Start none
                session.Step none |> ignore
                session.StepReported none |> ignore
                Expect.equal (session.Snapshot()) state "in place")

    testCase "12: an empty tensor beside full ones changes nothing" (fun () ->
        let text = "adam 0.5 |> clip 1.0 |> clipPerTensor 0.5 |> trustRatio"

        let full =
            after (named text (layout [ "a", 2; "b", 1 ])) [ 1.0; 2.0; 3.0 ] [ [ 3.0; 4.0; 5.0 ] ]

        let holed =
            after (named text (layout [ "x", 0; "a", 2; "y", 0; "b", 1; "z", 0 ])) [ 1.0; 2.0; 3.0 ] [
                [ 3.0; 4.0; 5.0 ]
            ]

        Expect.equal holed full "bits")
]

let private thirteenth = [
    testCase "13: two plateaus" (fun () ->
        says [ "Plateau"; "twice" ] (fun () -> read "sgd 0.1 |> plateau 2 0.5 |> plateau 3 0.5"))

    testCase "13: a pattern twice in a partition" (fun () ->
        says [ "\"w\""; "twice" ] (fun () -> read "partition [\"w\", sgd 0.1; \"w\", sgd 0.2]"))

    testCase "13: a state of another plan" (fun () ->
        let mine, other = plain "sgd 0.1" 2, plain "sgd 0.2" 2
        says [ "another plan"; "sgd 0.2" ] (fun () -> step mine (init other [ 1.0; 2.0 ]) [ 1.0; 2.0 ])
        let longer = plain "sgd 0.1" 3
        says [ "another plan" ] (fun () -> step mine (init longer [ 1.0; 2.0; 3.0 ]) [ 1.0; 2.0 ]))

    testCase "13: a gradient of another plan" (fun () ->
        let plan = plain "sgd 0.1" 2
        says [ "gradient"; "3"; "2" ] (fun () -> step plan (init plan [ 1.0; 2.0 ]) [ 1.0; 2.0; 3.0 ]))

    testCase "13: a state given up twice" (fun () ->
        let plan = plain "sgd 0.5" 1
        let old = init plan [ 4.0 ]
        let middle = step plan old [ 1.0 ]
        plan.Step(middle, vector [ 1.0 ], reuse = old) |> ignore

        Expect.throwsT<ObjectDisposedException>
            (fun () -> plan.Step(middle, vector [ 1.0 ], reuse = old) |> ignore)
            "given up twice"

        Expect.throwsT<ObjectDisposedException> (fun () -> old.ToArray() |> ignore) "touched"
        Expect.equal (string old) "state of step 0, given up" "prints")

    testCase "13: overlapping spans" (fun () ->
        let plan = plain "sgd 0.5" 2
        let session = plan.Start(vector [ 1.0; 2.0 ])
        let before = session.Snapshot()
        says [ "overlaps" ] (fun () -> session.Step(session.AsSpan()))
        Expect.equal (session.Snapshot()) before "nothing has changed")

    testCase "13: warmupCosine with T ≤ n" (fun () ->
        says [ "Steps"; "10" ] (fun () -> WarmupCosine(10, 10))
        says [ "Steps"; "10" ] (fun () -> read "sgd 0.1 |> warmupCosine 10 9"))

    testCase "13: lo > hi" (fun () ->
        says [ "High"; "0.5"; "Low = 1" ] (fun () -> Box(1.0, 0.5))
        says [ "1.0"; "0.5" ] (fun () -> read "sgd 0.1 |> within 1.0 0.5"))

    testCase "13: a product of schedules that is not finite" (fun () ->
        let plan = plain "sgd 1e200 |> constant 1e200" 1
        let state = init plan [ 1.0 ]
        says [ "finite" ] (fun () -> step plan state [ 1.0 ])
        Expect.equal (state.ToArray()) [| 1.0 |] "the state is as it was")
]

[<Tests>]
let tests =
    testList "corner cases" [
        yield! first
        yield! second
        yield! third
        yield! fourth
        yield! fifth
        yield! sixth
        yield! seventh
        yield! eighth
        yield! ninth
        yield! tenth
        yield! eleventh
        yield! twelfth
        yield! thirteenth
    ]
