/// Step reports against computations by hand; what optimizers and plans say of themselves.
module OptCore.Tests.ReportTests

open System
open Expecto
open OptCore

let private vector (values: float list) : float[] = Array.ofList values

let private tensors = Layout.Empty.Add("a", 2).Add("b", 2)

let private plan (text: string) =
    (Optimizer.Parse text).Plan<float> tensors

let private report (text: string) (start: float list) (gradient: float list) =
    let plan = plan text

    let struct (_, report) =
        plan.StepReported(plan.Init(vector start), vector gradient, 7.5, atPoint = true)

    report

let private values =
    testList "values" [
        testCase "norms, rate, ratio and the worst tensor, by hand" (fun () ->
            let r =
                report "sgd 0.5 |> clip 5.0 |> linear 4" [ 6.0; 8.0; 1.0; 0.0 ] [ 6.0; 0.0; 0.0; 8.0 ]

            Expect.equal (r.Step, r.Outcome, r.Rate, r.Loss) (0L, StepOutcome.Updated, 0.5, 7.5) "scalars"
            Expect.equal (r.GradientNorm, r.ConditionedNorm) (10.0, 5.0) "‖g‖ before and after clipping"
            Expect.equal r.UpdateNorm 2.5 "‖Δp‖ = ½·5"
            Expect.floatClose Accuracy.veryHigh r.ParameterNorm (sqrt 101.0) "‖p‖"
            Expect.floatClose Accuracy.veryHigh r.UpdateRatio (2.5 / sqrt 101.0) "ratio"
            // a: 1.5/10, b: 2/1
            Expect.equal r.WorstTensor "b" "worst"
            Expect.isNull r.NonFinite "all finite")

        testCase "frozen tensors are out of every norm" (fun () ->
            let r =
                report "sgd 0.5 |> freeze \"b\"" [ 3.0; 4.0; 100.0; 100.0 ] [ 6.0; 8.0; 1000.0; nan ]

            Expect.equal (r.GradientNorm, r.UpdateNorm, r.ParameterNorm) (10.0, 5.0, 5.0) "norms"
            Expect.equal (r.UpdateRatio, r.WorstTensor) (1.0, "a") "ratio"
            Expect.isNull r.NonFinite "the NaN is not seen")

        testCase "held and skipped: no update, the parameters' norm is there" (fun () ->
            let plan = plan "sgd 0.5 |> accumulate 2 |> skipNonFinite 3"
            let session = plan.Start(vector [ 3.0; 4.0; 0.0; 0.0 ])
            let held = session.StepReported(vector [ 1.0; 0.0; 0.0; 0.0 ])
            Expect.equal (held.Outcome, held.UpdateNorm, held.ParameterNorm) (StepOutcome.Held, 0.0, 5.0) "held"
            Expect.isTrue (Double.IsNaN held.ConditionedNorm && Double.IsNaN held.Loss) "nothing behind it"
            let skipped = session.StepReported(vector [ 1.0; 0.0; infinity; 0.0 ])
            Expect.equal (skipped.Outcome, skipped.UpdateNorm) (StepOutcome.Skipped, 0.0) "skipped"
            Expect.equal (string skipped.NonFinite) "gradient made \"b\"[0] non-finite" "says where"
            let updated = session.StepReported(vector [ 3.0; 0.0; 0.0; 0.0 ])
            Expect.equal (updated.Outcome, updated.UpdateNorm) (StepOutcome.Updated, 1.0) "½ of the mean 2"
            Expect.equal (updated.GradientNorm, updated.ConditionedNorm) (3.0, 2.0) "own gradient, mean"
            Expect.equal session.StepCount 1L "one update")

        testCase "zero over zero is NaN, and no tensor is worse than another" (fun () ->
            let r = report "sgd 0.5" [ 0.0; 0.0; 0.0; 0.0 ] [ 0.0; 0.0; 0.0; 0.0 ]
            Expect.isTrue (Double.IsNaN r.UpdateRatio) "ratio"
            Expect.equal r.WorstTensor "a" "the first")

        testCase "without tensors there is no worst one" (fun () ->
            let plan = (Optimizer.Parse "adam 0.5").Plan<float> Layout.Empty
            let struct (_, r) = plan.StepReported(plan.Init(vector []), vector [])
            Expect.isNull r.WorstTensor "none"
            Expect.equal (r.GradientNorm, r.UpdateNorm) (0.0, 0.0) "norms")

        testCase "one line" (fun () ->
            let r = report "sgd 0.5 |> clip 5.0" [ 6.0; 8.0; 0.0; 0.0 ] [ 6.0; 0.0; 0.0; 8.0 ]

            Expect.equal
                (string r)
                "step 0: rate 0.5, loss 7.5, ‖g‖ 10 → 5, ‖Δp‖ 2.5 (0.25 of ‖p‖, most in \"b\")"
                "text")
    ]

let private provenance =
    let where (r: StepReport) = string r.NonFinite

    testList "where a value first was not finite" [
        testCase "a slot that overflows while the parameters are finite" (fun () ->
            let start = [ 1.0; 1.0; 1.0; 1.0 ]
            let gradient = [ 1.0; 1e160; 1.0; -1e200 ]
            Expect.equal (where (report "adam 0.5" start gradient)) "adam.v made \"a\"[1] non-finite" "the first one"

            Expect.equal
                (where (report "adam 0.5 |> only \"b\" (momentum 0.5)" start gradient))
                "adam.v made \"a\"[1] non-finite"
                "the stage whose slot it is"

            Expect.equal (where (report "adam 0.5" start [ 1.0; 1e150; 1.0; 1.0 ])) "" "nothing has overflowed")

        testTheory
            "a raw gradient names tensor and index"
            [
                [ nan; 1.0; 1.0; 1.0 ], "\"a\"[0]"
                [ 1.0; 1.0; 1.0; infinity ], "\"b\"[1]"
                [ 1.0; -infinity; nan; 1.0 ], "\"a\"[1]"
            ]
            (fun (gradient, place) ->
                for text in
                    [
                        "sgd 0.5"
                        "adam 0.5 |> clip 1.0"
                        "sgd 0.5 |> momentum 0.9 |> weightDecay 0.1"
                    ] do
                    Expect.equal
                        (where (report text [ 1.0; 1.0; 1.0; 1.0 ] gradient))
                        $"gradient made {place} non-finite"
                        text)

        testTheory
            "a stage that makes one names itself"
            [
                // 1e308·10
                "sgd 1.0 |> scale 10.0", "scale"
                "sgd 1.0 |> l2 1e308", "l2"
                "sgd 1.0 |> weightDecay 1e308 |> momentum 0.5", "weightDecay"
                // The step itself: p − 10·1e308.
                "sgd 10.0", "step"
            ]
            (fun (text, stage) ->
                let r = report text [ 1.0; 1.0; 10.0; 1.0 ] [ 1.0; 1.0; 1e308; 1.0 ]
                Expect.equal (where r) $"{stage} made \"b\"[0] non-finite" "stage")

        testCase "a slot that overflows behind finite parameters" (fun () ->
            // v = (1 − β2)·1e400 = ∞, so that m̂/(√v̂ + ε) = 0 from then on.
            let r = report "adam 0.5" [ 1.0; 1.0; 1.0; 1.0 ] [ 1.0; 1.0; 1e200; 1.0 ]
            Expect.equal (where r) "adam.v made \"b\"[0] non-finite" "slot")

        testCase "a stage of one's own, by its type" (fun () ->
            let own = {
                new ISpanStage with
                    member _.Phase = Phase.Update
                    member _.Equation = "u = 1/0"
                    member _.Apply step = step.Update[3] <- nan
            }

            let plan = (Optimizer.Sgd 0.5).Momentum(0.9).With(own).Plan<float> tensors

            let struct (_, r) =
                plan.StepReported(plan.Init(vector [ 1.0; 1.0; 1.0; 1.0 ]), vector [ 1.0; 1.0; 1.0; 1.0 ])

            Expect.stringEnds (where r) "made \"b\"[1] non-finite" "place"
            Expect.isFalse ((where r).StartsWith "momentum") "not its neighbour")

        testCase "the second of a kind carries its number" (fun () ->
            let r =
                report "sgd 1.0 |> scale 1.0 |> scale 100.0" [ 1.0; 1.0; 1.0; 1.0 ] [ 1e307; 1.0; 1.0; 1.0 ]

            Expect.equal (where r) "scale#2 made \"a\"[0] non-finite" "stage")
    ]

let private bits =
    testList "a report changes no bit" [
        for text in
            [
                "adam 0.1 |> clip 1.0 |> weightDecay 0.1 |> cosine 9"
                "sgd 0.1 |> accumulate 2 |> noise 0.1 0.5 3 |> average 0.9"
                "lars 0.1 0.5 |> clipPerTensor 1.0 |> ball 3.0 |> lookahead 2 0.5"
                "novoGrad 0.1 |> skipNonFinite 5 |> plateau 1 0.5 |> trustRatio"
                "partition [\"a\", adam 0.1; \"*\", sgd 0.1 |> momentum 0.9] |> clip 1.0"
                "adam 0.1 |> freeze \"a\""
            ] do
            testCase text (fun () ->
                let plan = plan text

                let plain, reported =
                    plan.Start(vector [ 1.0 .. 4.0 ]), plan.Start(vector [ 1.0 .. 4.0 ])

                let mutable pure' = plan.Init(vector [ 1.0 .. 4.0 ])

                for step in 1..6 do
                    let gradient = vector [ for i in 1..4 -> Math.Sin(float (step * i)) ]

                    if step = 4 && text.Contains "skip" then
                        gradient[2] <- nan

                    let outcome = plain.Step(gradient, 1.0, atPoint = true)
                    let report = reported.StepReported(gradient, 1.0, atPoint = true)
                    let struct (next, again) = plan.StepReported(pure', gradient, 1.0, atPoint = true)
                    pure' <- next
                    Expect.equal report.Outcome outcome "outcome"
                    Expect.equal again report "pure and in place say the same"
                    Expect.equal (reported.Snapshot()) (plain.Snapshot()) $"step {step}"
                    Expect.equal pure' (plain.Snapshot()) $"pure, step {step}")
    ]

let private codes (text: string) smoothness steps = [
    for w in (Optimizer.Parse text).Warnings(smoothness, steps) -> w.Code
]

let private warnings =
    let unknown = Nullable<float>()
    let always = Nullable<int64>()

    testList "warnings" [
        testTheory
            "each is triggered"
            [
                "sgd 0.3", Nullable 10.0, always, "rate-above-limit"
                "sgd 0.0", unknown, always, "rate-zero"
                "sgd 0.1 |> momentum 0.9 |> nesterov 0.9", unknown, always, "two-momenta"
                "adam 0.1 |> momentum 0.9", unknown, always, "two-momenta"
                "adam 0.1 |> l2 0.01", unknown, always, "decay-inside-adaptive"
                "sgd 0.1 |> clip 1.0 |> clip 2.0", unknown, always, "clip-never-binds"
                "rprop 0.1 |> cosine 10", unknown, always, "schedule-ignored"
                "sgd 0.1 |> cosine 100", unknown, Nullable 200L, "schedule-ends-early"
                "partition [\"a\", adam 0.1 |> l2 0.1; \"*\", sgd 0.1]", unknown, always, "decay-inside-adaptive"
                "flow [Momentum 0.9; Momentum 0.5] 0.1", unknown, always, "two-momenta"
                "flow [L2 0.01; Adam()] 0.001", unknown, always, "decay-inside-adaptive"
                "partition [\"a\", adam 0.1; \"*\", sgd 0.1] |> l2 0.1", unknown, always, "decay-inside-adaptive"
                "partition [\"a\", adam 0.1; \"*\", sgd 0.1] |> momentum 0.9", unknown, always, "two-momenta"
                "sgd 0.3 |> cosineWith (Cosine(100, Floor = 0.9))", Nullable 10.0, always, "rate-above-limit"
                "sgd 0.3 |> accumulate 4 |> l2 0.1", Nullable 10.0, always, "rate-above-limit"
                "adam 100.0", unknown, always, "rate-large"
                "adamW 0.001 10.0", unknown, always, "rate-large"
                "rmsProp 10.5 |> warmup 10", unknown, always, "rate-large"
                "adamW 10.0 0.001", unknown, always, "decay-large"
                "sgd 0.1 |> weightDecay 100.0", unknown, always, "decay-large"
                "sgd 2.0 |> weightDecay 0.6", unknown, always, "decay-large"
                "sgd 0.1 |> scale 0.0", unknown, always, "update-zero"
                "sgd 0.1 |> freeze \"*\"", unknown, always, "all-frozen"
                "sgd 0.1 |> freeze \"**\"", unknown, always, "all-frozen"
                "sgd 0.1 |> rateFor \"*\" 0.0", unknown, always, "all-frozen"
                "sgd 0.1 |> except \"*\" (clip 1.0)", unknown, always, "scope-empty"
                "sgd 0.1 |> except \"*\" (cosine 10)", unknown, always, "scope-empty"
                "sgd 0.1 |> only \"a\" (except \"a\" (clip 1.0))", unknown, always, "scope-empty"
                "sgd 0.1 |> weightDecay 0.1 |> weightDecay 0.1", unknown, always, "two-decays"
                "sgd 0.1 |> l2 0.1 |> weightDecay 0.1", unknown, always, "two-decays"
                "adamW 0.01 0.1 |> only \"a\" (weightDecay 0.1)", unknown, always, "two-decays"
                "lars 0.001 0.1 |> weightDecay 0.1", unknown, always, "two-decays"
                "rprop 0.1 |> plateau 10 0.5", unknown, always, "schedule-ignored"
                "sgd 0.1 |> stepDecay 10 5.0", unknown, always, "schedule-grows"
                "sgd 0.1 |> geometric 1.01", unknown, always, "schedule-grows"
                "sgd 0.1 |> warmup 1000 |> cosine 100", unknown, always, "schedules-cancel"
                "sgd 0.1 |> warmup 1000 |> inverseSqrt", unknown, always, "schedules-cancel"
                "sgd 0.1 |> schedule (Schedule.warmupFrom 0.0 10 |> Schedule.andThen 10 (Schedule.cosine 90))",
                unknown,
                Nullable 200L,
                "schedule-ends-early"
                "sgd 0.1 |> oneCycle 100", unknown, Nullable 101L, "schedule-ends-early"
                "sgd 0.1 |> stepDecay 10 0.0", unknown, Nullable 100L, "schedule-ends-early"
                "partition [\"a\", adam 0.1 |> cosine 100; \"*\", sgd 0.1]",
                unknown,
                Nullable 200L,
                "schedule-ends-early"
                "sgd 0.1 |> cosine 100", unknown, Nullable 99L, "schedule-cut-short"
                "sgd 0.1 |> warmup 100", unknown, Nullable 50L, "schedule-cut-short"
            ]
            (fun (text, smoothness, steps, code) -> Expect.equal (codes text smoothness steps) [ code ] text)

        testTheory
            "and silent where nothing is wrong"
            [
                "sgd 0.2", Nullable 10.0, always
                "sgd 0.3", unknown, always
                "sgd 0.3 |> momentum 0.9", Nullable 10.0, always
                "adam 0.3", Nullable 10.0, always
                "sgd 0.1 |> momentum 0.9 |> clip 1.0 |> cosine 100", unknown, Nullable 100L
                "adam 0.1 |> weightDecay 0.01", unknown, always
                "sgd 0.1 |> l2 0.01", unknown, always
                "sgd 0.1 |> clip 2.0 |> clip 1.0", unknown, always
                "sgd 0.1 |> only \"a\" (clip 1.0) |> only \"b\" (clip 2.0)", unknown, always
                "sgd 0.1 |> only \"a\" (momentum 0.9) |> only \"b\" (nesterov 0.9)", unknown, always
                "rprop 0.1", unknown, always
                "sgd 0.1 |> warmup 10", unknown, Nullable 200L
                // A decay behind the adaptive direction is not inside it, nor one of other tensors.
                "flow [Adam(); L2 0.01] 0.001", unknown, always
                "sgd 0.1 |> only \"a\" (l2 0.1) |> only \"b\" (stage (Adam()))", unknown, always
                "partition [\"a\", adam 0.1; \"*\", sgd 0.1] |> weightDecay 0.1", unknown, always
                // What normalizes, clips, scales or confines the step has other limits.
                "sgd 1.0 |> normalize", Nullable 10.0, always
                "sgd 1.0 |> trustRatio", Nullable 10.0, always
                "sgd 1.0 |> scale 0.01", Nullable 10.0, always
                "sgd 1.0 |> clipUpdate 0.1", Nullable 10.0, always
                "sgd 1.0 |> clipValue 0.1", Nullable 10.0, always
                "sgd 1.0 |> ball 1.0", Nullable 10.0, always
                "sgd 1.0 |> lookahead 5 0.1", Nullable 10.0, always
                "sgd 1.0 |> rateFor \"*\" 0.1", Nullable 10.0, always
                "sgd 1.0 |> cosine 10", Nullable 10.0, always
                "sgd 1.0 |> inverseSqrt", Nullable 10.0, always
                "adam 9.0", unknown, always
                "adam 100.0 |> trustRatio", unknown, always
                "adaDelta 1.0", unknown, always
                "adamW 1.0 0.001", unknown, always
                "sgd 0.1 |> only \"a\" (weightDecay 0.1) |> only \"b\" (weightDecay 0.2)", unknown, always
                "sgd 0.1 |> l1 0.1 |> l2 0.1", unknown, always
                "lars 0.0 0.1 |> weightDecay 0.1", unknown, always
                "sgd 0.1 |> freeze \"a*\" |> except \"b*\" (clip 1.0) |> only \"*\" (clipValue 1.0)", unknown, always
                "sgd 0.1 |> stepDecay 10 0.5 |> triangular 10 0.1", unknown, always
                "sgd 0.1 |> warmup 100 |> cosine 1000", unknown, Nullable 1000L
                "sgd 0.1 |> warmupCosine 10 100", unknown, Nullable 100L
                "sgd 0.1 |> cosine 100", unknown, Nullable 100L
                // The last step of a staircase is meant to last.
                "sgd 0.1 |> multiStep [30; 60; 80] 0.1", unknown, Nullable 90L
                "sgd 0.1 |> schedule (Schedule.constant 1.0 |> Schedule.andThen 50 (Schedule.constant 0.1))",
                unknown,
                Nullable 90L
            ]
            (fun (text, smoothness, steps) -> Expect.equal (codes text smoothness steps) [] text)

        testCase "a message says what was found" (fun () ->
            let warning = (Optimizer.Parse "sgd 0.3").Warnings(10.0) |> Seq.exactlyOne
            Expect.stringContains warning.Message "0.3" "rate"
            Expect.stringContains warning.Message "2/L = 0.2" "limit"
            Expect.stringStarts (string warning) "rate-above-limit: " "text")
    ]

let private descriptions =
    let contains (text: string) (words: string list) =
        for word in words do
            Expect.stringContains text word "text"

    testList "descriptions" [
        testCase "explain: the resolved order with equations, whatever was declared" (fun () ->
            let text =
                (Optimizer.Parse "sgd 0.1 |> cosine 100 |> weightDecay 0.1 |> momentum 0.9 |> clip 1.0").Explain()

            let line (word: string) =
                let at =
                    Array.findIndex (fun (row: string) -> row.Contains word) (text.Split('\n') |> Array.skip 1)

                at

            Expect.isAscending
                [
                    line "u = g"
                    line "ClipGlobalNorm"
                    line "v = β v + u"
                    line "u = u + λ p"
                    line "p = p − η_t u"
                    line "η_t = 0.1"
                ]
                "phases"

            contains text [ "gradient"; "direction"; "update"; "step"; "state v" ]
            Expect.stringStarts text "sgd 0.1 |> clip 1.0 |> momentum 0.9" "the code first")

        testCase "explain: scopes, frozen tensors, rates, probes, the warnings" (fun () ->
            let text =
                (Optimizer.Parse
                    "adam 0.1 |> l2 0.1 |> sam 0.05 |> only \"w\" (clip 1.0) |> freeze \"b\" |> rateFor \"v\" 2.0")
                    .Explain()

            contains text [
                "only \"w\""
                "frozen"
                "only \"b\""
                "η_t · 2"
                "g at the point of Sam"
                "warning: decay-inside-adaptive"
            ])

        testCase "explain: a rate inside, a partition" (fun () ->
            contains ((Optimizer.Parse "sgd 0.1 |> velocity 0.9").Explain()) [ "the rate is inside u" ]

            contains ((Optimizer.Parse "partition [\"w*\", adam 0.1; \"*\", sgd 0.1] |> clip 1.0").Explain()) [
                "tensors \"w*\":"
                "tensors \"*\":"
                "over all tensors"
            ]

            let lines =
                (Optimizer.Parse
                    "partition [\"w*\", sgd 0.1 |> momentum 0.9 |> cosine 10; \"*\", adam 0.5] |> clip 1.0 |> average 0.9 |> stepDecay 5 0.5")
                    .Explain()
                    .Split
                    '\n'

            // One step a part, with the words behind the partition where they run.
            let has (line: string) (words: string list) =
                for word in words do
                    Expect.stringContains line word line

            has lines[1] [ "tensors \"w*\":" ]
            has lines[2] [ "gradient"; "u = g" ]
            has lines[3] [ "gradient"; "ClipGlobalNorm(1.0)"; "over all tensors" ]
            has lines[4] [ "direction"; "Momentum(0.9)" ]
            has lines[5] [ "step"; "p = p − η_t u" ]
            has lines[6] [ "η_t = 0.1 · ½(1+cos"; " · 0.5^⌊t/5⌋" ]
            has lines[7] [ "iterate"; "ParameterEma(0.9)"; "over all tensors" ]
            has lines[8] [ "tensors \"*\":" ]
            has lines[10] [ "ClipGlobalNorm(1.0)" ]
            has lines[11] [ "Adam()" ]
            has lines[13] [ "η_t = 0.5 · 0.5^⌊t/5⌋" ]
            Expect.equal lines.Length 15 "lines")

        testCase "describe: memory, slots, width, operations" (fun () ->
            let describe text = (plan text).Describe()
            contains (describe "sgd 0.1") [ "8 bytes per parameter"; "a[2], b[2]"; "bits" ]
            contains (describe "adam 0.1") [ "24 bytes per parameter"; "adam.m, adam.v" ]

            contains ((Optimizer.Parse "adam 0.1").Plan<float32>(tensors).Describe()) [
                "12 bytes per parameter"
                "Single"
            ]

            contains
                ((Optimizer.Parse "adam 0.1").Plan<float>(tensors, Execution(Fuse = false, Threads = 1)).Describe())
                [ "block by block"; "1 threads" ]
            // Slots of different tensors share memory.
            contains (describe "partition [\"a\", adam 0.1; \"b\", sgd 0.1 |> momentum 0.9]") [
                "24 bytes per parameter"
            ])

        testCase "states and plans print in one line" (fun () ->
            let plan = plan "adam 0.1"
            Expect.equal (string plan) "adam 0.1 for 4 parameters of Double" "plan"
            let state = plan.Init(vector [ 1.0; 0.5; -3.0; 4.0 ])
            Expect.stringStarts (string state) "step 0, 4 parameters [1; 0.5; -3; 4], slots adam.m, adam.v" "state"
            Expect.equal (string (plan.Resume state)) (string state) "session")
    ]

[<Tests>]
let tests = testList "reports" [ values; provenance; bits; warnings; descriptions ]
