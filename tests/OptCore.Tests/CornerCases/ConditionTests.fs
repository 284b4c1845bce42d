/// Stages that act in some steps only: `onlyWhen`, `zeroUnless`.
module OptCore.Tests.CornerCases.ConditionTests

open System
open System.IO
open Expecto
open OptCore
open OptCore.Tests
open OptCore.Tests.CornerCases.Steps

/// A condition of one's own: t is a power of two.
type Powers(Offset: int64) =
    member _.Offset = Offset

    override _.Equals other =
        match other with
        | :? Powers as other -> other.Offset = Offset
        | _ -> false

    override _.GetHashCode() = hash Offset

    interface ICondition with
        member _.Equation = "t − o is a power of 2"

        member _.Holds step =
            Numerics.BitOperations.IsPow2(step.Step - Offset)

/// What a condition was asked about.
type private Witness(seen: ResizeArray<StepFacts>, looks: StepMeasures) =
    interface ICondition with
        member _.Equation = "always"
        member _.Looks = looks

        member _.Holds step =
            seen.Add step
            true

let private texts = [
    "sgd 0.1 |> onlyWhen (StepsFrom 100) (clip 1.0)"
    "sgd 0.1 |> onlyWhen (StepsUntil 100) (clip 1.0 >> momentum 0.9)"
    "sgd 0.1 |> zeroUnless (StepsEvery 10) (clip 1.0)"
    "sgd 0.1 |> zeroUnless (StepsEvery(10, Offset = 9)) (clip 1.0)"
    "sgd 0.1 |> onlyWhen (GradientAtMost 1.5) (stage (Adam()))"
    "sgd 0.1 |> onlyWhen (GradientAbove infinity) (clip 1.0)"
    "sgd 0.1 |> onlyWhen (LossAtMost (-0.5)) (clip 1.0)"
    "sgd 0.1 |> onlyWhen (LossAbove 0.5) (clip 1.0)"
    "adam 0.1 |> onlyWhen (StepsFrom 1) (zeroUnless (StepsUntil 9) (only \"w\" (except \"b\" (clip 1.0) >> centralize)))"
    "sgd 0.1 |> onlyWhen (StepsFrom 5000000000L) (average 0.9)"
    "sgd 0.1 |> onlyWhen (StepsFrom 3) (momentum 0.9) |> onlyWhen (StepsFrom 3) (scheduled \"Momentum.Beta\" (Schedule.constant 0.5))"
]

let private inPlace (plan: Plan<float>) (start: float list) (gradients: float list list) =
    let session = plan.Start(vector start)

    for gradient in gradients do
        session.Step(vector gradient) |> ignore

    List.ofArray (session.AsSpan().ToArray())

[<Tests>]
let tests =
    testList "conditions" [
        testList "text" [
            for text in texts do
                testCase text (fun () ->
                    Expect.equal (string (read text)) text "prints"
                    Expect.equal (read (string (read text))) (read text) "reads back")

            testCase "conditions stand around patterns" (fun () ->
                let inner = read "sgd 0.1 |> only \"w\" (onlyWhen (StepsFrom 2) (clip 1.0))"
                Expect.equal (string inner) "sgd 0.1 |> onlyWhen (StepsFrom 2) (only \"w\" (clip 1.0))" "text"
                Expect.equal inner (read (string inner)) "the same optimizer")

            testCase "another condition is another optimizer" (fun () ->
                let all = texts |> List.map read |> List.distinct
                Expect.equal all.Length texts.Length "different"

                Expect.notEqual
                    (read "sgd 0.1 |> onlyWhen (StepsFrom 2) (clip 1.0)")
                    (read "sgd 0.1 |> zeroUnless (StepsFrom 2) (clip 1.0)")
                    "word")

            testCase "explain says when" (fun () ->
                let explained =
                    (read "sgd 0.1 |> only \"w\" (onlyWhen (StepsFrom 2) (zeroUnless (GradientAtMost 1.5) (clip 1.0)))")
                        .Explain()

                Expect.stringContains explained "only \"w\", while t ≥ 2, 0 unless ‖g‖ ≤ 1.5" explained)

            testCase "help knows conditions" (fun () ->
                Expect.containsAll Words.Conditions [ "StepsFrom"; "StepsEvery"; "LossAbove" ] "listed"
                let help = Words.Help "StepsEvery"
                Expect.stringContains help "onlyWhen (StepsEvery period) (words)" help
                Expect.stringContains help "t mod 10 = 0" help
                Expect.stringContains (Words.Help "onlyWhen") "condition" "the word")
        ]

        testCase "mistakes in text" (fun () ->
            says [ "StepFrom"; "StepsFrom" ] (fun () -> read "sgd 0.1 |> onlyWhen (StepFrom 2) (clip 1.0)")
            says [ "a condition such as StepsFrom 100" ] (fun () -> read "sgd 0.1 |> onlyWhen 2 (clip 1.0)")
            says [ "a condition such as" ] (fun () -> read "sgd 0.1 |> onlyWhen (Momentum 0.9) (clip 1.0)")
            says [ "2 arguments: onlyWhen condition words" ] (fun () -> read "sgd 0.1 |> onlyWhen (clip 1.0)")
            says [ "Step = -1"; "0 ≤ value" ] (fun () -> read "sgd 0.1 |> onlyWhen (StepsFrom (-1)) (clip 1.0)")
            says [ "a 64-bit integer" ] (fun () -> read "sgd 0.1 |> onlyWhen (StepsFrom 1.5) (clip 1.0)"))

        testCase "bad input" (fun () ->
            let range words make =
                OptCore.Tests.BadInput.Refusals.range words make

            range [ "Step = -1"; "0 ≤ value" ] (fun () -> StepsFrom -1L)
            range [ "Step = -1"; "0 ≤ value" ] (fun () -> StepsUntil -1L)
            range [ "Period = 0"; "1 ≤ value" ] (fun () -> StepsEvery 0L)
            range [ "Offset = -1"; "0 ≤ value" ] (fun () -> StepsEvery(2L, Offset = -1L))

            for make in
                [
                    fun c -> GradientAtMost c :> ICondition
                    fun c -> GradientAbove c
                ] do
                for c in [ 0.0; -1.0; nan ] do
                    range [ "Norm = "; "0 < value" ] (fun () -> make c)

            range [ "Value = NaN" ] (fun () -> LossAtMost nan)
            range [ "Value = NaN" ] (fun () -> LossAbove nan)
            let sgd = Optimizer.Sgd 0.1

            OptCore.Tests.BadInput.Refusals.refused typeof<ArgumentNullException> [ "condition" ] (fun () ->
                sgd.OnlyWhen(OptCore.Tests.BadInput.Refusals.nothing, id))

            OptCore.Tests.BadInput.Refusals.refused typeof<ArgumentNullException> [ "words" ] (fun () ->
                sgd.ZeroUnless(StepsFrom 1L, OptCore.Tests.BadInput.Refusals.nothing)))

        testList "what cannot be left out of a step" [
            for word, reason in
                [
                    "accumulate 2", "outside every scope"
                    "skipNonFinite 2", "outside every scope"
                    "ascend", "outside every scope"
                    "plateau 1 0.5", "outside every scope"
                    "sam 0.05", "cannot be left out"
                    "hypergradient 0.1", "how long the step is"
                    "nag 0.9", "cannot be left out"
                    "lookahead 2 0.5", "cannot be left out"
                    "scheduleFree 0.9", "cannot be left out"
                    "wolfe", "outside every scope"
                    "cosine 10", "Schedule.andThen"
                    "freeze \"w\"", "outside every scope"
                    "rateFor \"w\" 2.0", "outside every scope"
                ] do
                testCase word (fun () ->
                    says [ reason; "onlyWhen" ] (fun () -> read $"sgd 0.1 |> onlyWhen (StepsFrom 2) ({word})"))
        ]

        testCase "a mask is for updates" (fun () ->
            for word in [ "within 0.0 1.0"; "ball 1.0"; "average 0.9" ] do
                says [ "zeroUnless (StepsFrom 2)"; "Use onlyWhen" ] (fun () ->
                    read $"sgd 0.1 |> zeroUnless (StepsFrom 2) ({word})")

                read $"sgd 0.1 |> onlyWhen (StepsFrom 2) ({word})" |> ignore)

        testCase "a gradient or a loss of several is no one gradient or loss" (fun () ->
            for condition in [ "GradientAtMost 1.0"; "LossAbove 1.0" ] do
                says [ condition; "accumulate" ] (fun () ->
                    plain $"sgd 0.1 |> accumulate 2 |> onlyWhen ({condition}) (clip 1.0)" 1)

            plain "sgd 0.1 |> accumulate 1 |> onlyWhen (LossAbove 1.0) (clip 1.0)" 1
            |> ignore

            plain "sgd 0.1 |> accumulate 2 |> onlyWhen (StepsFrom 1) (clip 1.0)" 1 |> ignore)

        testCase "from a step on, until a step, in every n-th" (fun () ->
            let ones = List.replicate 4 [ 1.0 ]
            let run text = after (plain text 1) [ 0.0 ] ones
            Expect.equal (run "sgd 1.0 |> onlyWhen (StepsFrom 2) (scale 0.5)") [ -3.0 ] "1 + 1 + ½ + ½"
            Expect.equal (run "sgd 1.0 |> onlyWhen (StepsUntil 3) (scale 0.5)") [ -2.5 ] "½ + ½ + ½ + 1"
            Expect.equal (run "sgd 1.0 |> onlyWhen (StepsEvery 2) (scale 0.5)") [ -3.0 ] "½ + 1 + ½ + 1"
            Expect.equal (run "sgd 1.0 |> onlyWhen (StepsEvery(3, Offset = 4)) (scale 0.5)") [ -3.5 ] "in t = 1"
            Expect.equal (run "sgd 1.0 |> zeroUnless (StepsEvery(2, Offset = 1)) (scale 0.5)") [ -1.0 ] "½ in t = 1, 3")

        testCase "by the gradient: ‖g‖ = c is at most c; NaN is neither" (fun () ->
            let run text gradient =
                after (plain text 2) [ 0.0; 0.0 ] [ gradient ]

            for gradient, atMost in [ [ 3.0; 4.0 ], true; [ 0.0; 5.5 ], false ] do
                let halved = gradient |> List.map (fun g -> -0.5 * g)
                let whole = gradient |> List.map (~-)

                Expect.equal
                    (run "sgd 1.0 |> onlyWhen (GradientAtMost 5.0) (scale 0.5)" gradient)
                    (if atMost then halved else whole)
                    "at most"

                Expect.equal
                    (run "sgd 1.0 |> onlyWhen (GradientAbove 5.0) (scale 0.5)" gradient)
                    (if atMost then whole else halved)
                    "above"

            for word in [ "GradientAtMost"; "GradientAbove" ] do
                let p = run $"sgd 1.0 |> zeroUnless ({word} 5.0) (scale 0.5)" [ nan; 1.0 ]
                Expect.equal p [ 0.0; 0.0 ] "masked, the NaN too")

        testCase "the norm is that of the raw gradient of all tensors that are not frozen" (fun () ->
            let plan =
                named
                    "sgd 1.0 |> clip 1.0 |> freeze \"f\" |> onlyWhen (GradientAtMost 5.0) (only \"a\" (scale 0.5))"
                    (layout [ "a", 1; "b", 1; "f", 1 ])

            let p = after plan [ 0.0; 0.0; 0.0 ] [ [ 3.0; 4.0; 100.0 ] ]
            Expect.equal p [ -0.5 * (3.0 * (1.0 / 5.0)); -(4.0 * (1.0 / 5.0)); 0.0 ] "at most 5")

        testCase "by the loss" (fun () ->
            let plan = plain "sgd 1.0 |> onlyWhen (LossAtMost 0.5) (scale 0.5)" 1

            let p (loss: float) =
                plan.Step(init plan [ 0.0 ], vector [ 1.0 ], loss = loss).ToArray()[0]

            Expect.equal (p 0.5) -0.5 "at most"
            Expect.equal (p 0.6) -1.0 "above"
            Expect.equal (p infinity) -1.0 "∞ is above"
            Expect.isTrue plan.NeedsLoss "asks for it"
            says [ "needs the loss" ] (fun () -> p nan)
            // The loss handed in, under ascend too.
            let up = plain "sgd 1.0 |> ascend |> onlyWhen (LossAbove 0.0) (scale 0.5)" 1
            Expect.equal (up.Step(init up [ 0.0 ], vector [ 1.0 ], loss = 1.0).ToArray()) [| 0.5 |] "f, not −f")

        testCase "the state of a stage that does not act stays; its k counts its own steps" (fun () ->
            let plan =
                plain "sgd 1.0 |> onlyWhen (StepsEvery 2) (stage (Momentum(0.5, Dampening = 0.5)))" 1

            let mutable state = init plan [ 0.0 ]

            let expected = [
                // v = u at its first step; then as it is; then v = ½·4 + ½·4.
                4.0, 4.0, 1L, 4.0
                4.0, 4.0, 1L, 4.0
                4.0, 4.0, 2L, 4.0
                8.0, 4.0, 2L, 8.0
                8.0, 6.0, 3L, 6.0
            ]

            for gradient, v, active, moved in expected do
                let before = state.ToArray()[0]
                state <- step plan state [ gradient ]
                Expect.equal (state.Slot "momentum.v") [| v |] "v"
                Expect.equal (state.Count "momentum.active") active "active"
                Expect.equal (before - state.ToArray()[0]) moved "update")

        testCase "an average that begins late begins with what is there" (fun () ->
            let plan = plain "sgd 1.0 |> onlyWhen (StepsFrom 2) (average 0.5)" 1
            let gradients = List.replicate 4 [ 1.0 ]
            let state = List.fold (step plan) (init plan [ 8.0 ]) gradients
            // p = 5 copied, then ½·5 + ½·4.
            Expect.equal (state.Slot "average") [| 4.5 |] "average")

        testCase "a direction that contains the rate leaves it to the step" (fun () ->
            let plan =
                plain "sgd 0.5 |> onlyWhen (StepsFrom 1) (velocity 0.5) |> weightDecay 0.25" 1
            // p − ½(2 + ¼·8); then v = ½·2, p − (v + ½·¼·6).
            Expect.equal (after plan [ 8.0 ] [ [ 2.0 ]; [ 2.0 ] ]) [ 6.0 - (1.0 + 0.5 * 0.25 * 6.0) ] "p")

        testCase "a mask lets what stands behind it go on" (fun () ->
            let plan = plain "sgd 1.0 |> zeroUnless (StepsUntil 1) (clip 8.0) |> momentum 0.5" 1
            Expect.equal (after plan [ 0.0 ] [ [ 4.0 ]; [ 4.0 ]; [ 4.0 ] ]) [ -(4.0 + 2.0 + 1.0) ] "4, then 0, 0")

        testCase "the outermost condition that does not hold decides" (fun () ->
            let run text =
                after (plain text 1) [ 0.0 ] [ [ 4.0 ]; [ 4.0 ] ]

            Expect.equal
                (run "sgd 1.0 |> onlyWhen (StepsUntil 0) (zeroUnless (StepsUntil 0) (scale 0.5))")
                [ -8.0 ]
                "passes"

            Expect.equal
                (run "sgd 1.0 |> zeroUnless (StepsUntil 0) (onlyWhen (StepsUntil 0) (scale 0.5))")
                [ 0.0 ]
                "masks"

            Expect.equal
                (run "sgd 1.0 |> onlyWhen (StepsUntil 1) (zeroUnless (StepsFrom 1) (scale 0.5))")
                [ -4.0 ]
                "0, then passes")

        testCase "a micro-gradient is not counted, an update is" (fun () ->
            let plan = plain "sgd 1.0 |> onlyWhen (StepsFrom 1) (scale 0.5) |> accumulate 2" 1
            let state = List.fold (step plan) (init plan [ 0.0 ]) (List.replicate 5 [ 2.0 ])
            Expect.equal (state.ToArray()) [| -3.0 |] "2, then 1"
            Expect.equal (state.Count "scale.active") 1L "active")

        testCase "schedules of a conditional stage go by t" (fun () ->
            let plan =
                plain
                    "sgd 1.0 |> onlyWhen (StepsFrom 2) (scale 1.0) |> scheduled \"Scale.Factor\" (Schedule.table [1.0; 2.0; 4.0; 8.0])"
                    1

            Expect.equal (after plan [ 0.0 ] (List.replicate 4 [ 1.0 ])) [ -14.0 ] "1 + 1 + 4 + 8")

        testCase "a refused gradient asks nothing" (fun () ->
            let seen = ResizeArray()
            let sgd = (Optimizer.Sgd 1.0).SkipNonFinite 5
            let condition = Witness(seen, StepMeasures.GradientNorm)

            let plan = sgd.OnlyWhen(condition, (fun o -> o.With(Scale 0.5))).Plan(2)

            let session = plan.Start(vector [ 0.0; 0.0 ])
            session.Step(vector [ nan; 0.0 ], 7.0) |> ignore
            session.Step(vector [ 3.0; 4.0 ], 7.0) |> ignore
            session.Step(vector [ 0.0; 0.0 ]) |> ignore

            Expect.equal
                (List.ofSeq seen)
                [ StepFacts(0L, 5.0, 7.0); StepFacts(1L, 0.0, nan) ]
                "t, ‖g‖, loss of gradients that are taken"

            let blind = ResizeArray()

            let plan =
                (Optimizer.Sgd 1.0).OnlyWhen(Witness(blind, StepMeasures.None), (fun o -> o.With(Scale 0.5))).Plan(1)

            step plan (init plan [ 0.0 ]) [ 3.0 ] |> ignore
            Expect.isTrue (Double.IsNaN blind[0].GradientNorm) "who does not look gets no norm")

        testCase "a condition of one's own" (fun () ->
            Words.Register<Powers>()
            let text = "sgd 1.0 |> onlyWhen (Powers 1) (scale 0.5)"
            Expect.equal (string (read text)) text "prints and reads back"
            Expect.equal (after (plain text 1) [ 0.0 ] (List.replicate 6 [ 1.0 ])) [ -4.5 ] "½ in t = 2, 3, 5")

        testCase "in place, reported, traced, stored and resumed: the same bits" (fun () ->
            let text =
                "sgd 0.1 |> onlyWhen (StepsFrom 2) (momentum 0.9 >> clip 1.0) |> zeroUnless (GradientAtMost 3.0) (stage (Adam())) |> onlyWhen (StepsEvery 2) (average 0.9)"

            let plan = plain text 3
            let start = [ 1.0; -2.0; 0.5 ]
            let random = Random 5

            let gradients = [ for _ in 1..8 -> [ for _ in 1..3 -> 4.0 * random.NextDouble() - 2.0 ] ]

            let expected = after plan start gradients
            Expect.equal (inPlace plan start gradients) expected "in place"
            let reported = plan.Start(vector start)
            let traced = plan.Start(vector start)
            let mutable resumed = init plan start
            let path = Path.GetTempFileName()

            for gradient in gradients do
                reported.StepReported(vector gradient) |> ignore
                traced.Trace(vector gradient) |> ignore
                resumed <- step plan resumed gradient
                Checkpoint.Save(resumed, path)
                resumed <- Checkpoint.Load(plan, path)

            File.Delete path
            Expect.equal (List.ofArray (reported.AsSpan().ToArray())) expected "reported"
            Expect.equal (List.ofArray (traced.AsSpan().ToArray())) expected "traced"
            Expect.equal (List.ofArray (resumed.ToArray())) expected "stored and loaded"
            Expect.equal (reported.Snapshot()) (List.fold (step plan) (init plan start) gradients) "the whole state")

        testCase "the k of a micro-gradient is that of its update" (fun () ->
            let run text =
                after (plain text 2) [ 1.0; 2.0 ] (List.replicate 4 [ 0.5; -0.5 ])

            Expect.equal
                (run "sgd 0.1 |> onlyWhen (StepsFrom 0) (noise 1.0 1.0 7) |> accumulate 2")
                (run "sgd 0.1 |> noise 1.0 1.0 7 |> accumulate 2")
                "the same bits")

        testCase "bias corrections under a schedule count the steps of the stage" (fun () ->
            let run text count =
                after (plain text 1) [ 1.0 ] (List.replicate count [ 1.0 ])

            let late =
                run
                    "sgd 0.1 |> zeroUnless (StepsFrom 2) (stage (Adam())) |> scheduled \"Adam.Beta1\" (Schedule.table [0.5; 0.5; 0.5; 0.625; 0.75; 0.875])"
                    6

            let own =
                run "adam 0.1 |> scheduled \"Adam.Beta1\" (Schedule.table [0.5; 0.625; 0.75; 0.875])" 4

            Expect.equal late.Length 1 "p"
            Expect.floatClose Accuracy.veryHigh late[0] own[0] "as a run of its own")

        testCase "a step allocates nothing" (fun () ->
            let plan =
                plain
                    "sgd 0.1 |> onlyWhen (StepsEvery 2) (momentum 0.9) |> zeroUnless (GradientAtMost 3.0) (clip 1.0) |> onlyWhen (LossAbove 0.5) (l2 0.1)"
                    3

            let session = plan.Start(vector [ 1.0; 2.0; 3.0 ])
            let short, long = vector [ 1.0; 1.0; 1.0 ], vector [ 9.0; 1.0; 1.0 ]

            let steps () =
                for t in 0..11 do
                    let gradient = if t % 3 = 0 then long else short
                    session.Step(gradient, float (t % 5) / 5.0) |> ignore

            // Every combination is compiled, and what comes of it at first.
            for _ in 1..10 do
                steps ()

            Expect.equal (Allocation.ofSteps steps) 0L "bytes")

        testCase "steps in which tensors have no gradient allocate nothing, of one tensor as of several" (fun () ->
            for tensors in [ [ "a", 3 ]; [ "a", 2; "b", 1 ] ] do
                let session =
                    (named "sgd 0.1 |> momentum 0.9" (layout tensors)).Start(vector [ 1.0; 2.0; 3.0 ])

                let gradient = vector [ 1.0; 1.0; 1.0 ]
                let none, all = Array.create tensors.Length false, Array.create tensors.Length true

                let steps () =
                    for t in 0..11 do
                        session.Step(ReadOnlySpan gradient, ReadOnlySpan(if t % 3 = 0 then all else none))
                        |> ignore

                for _ in 1..10 do
                    steps ()

                Expect.equal (Allocation.ofSteps steps) 0L $"{tensors}")

        testCase "in the caller's memory" (fun () ->
            let text =
                "sgd 0.1 |> onlyWhen (StepsFrom 1) (momentum 0.9) |> zeroUnless (GradientAtMost 3.0) (only \"a\" (clip 1.0))"

            let plan = named text (layout [ "a", 2; "b", 1 ])
            let a, b = vector [ 1.0; 2.0 ], vector [ 3.0 ]
            let block (values: float[]) : TensorBlock<float> = TensorBlock<float>.op_Implicit values
            use bound = plan.Bind(ReadOnlySpan [| block a; block b |])
            let gradients = [ [ 1.0; 2.0; 1.0 ]; [ 3.0; 1.0; 2.0 ]; [ 0.5; 0.5; 0.5 ] ]

            for gradient in gradients do
                bound.Step([| vector gradient[..1]; vector gradient[2..] |]) |> ignore

            Expect.equal (List.ofArray a @ List.ofArray b) (after plan [ 1.0; 2.0; 3.0 ] gradients) "the same bits")

        testCase "a state of another count is refused" (fun () ->
            let plan = plain "sgd 0.1 |> onlyWhen (StepsFrom 1) (momentum 0.9)" 1
            let state = init plan [ 0.0 ]

            let slots =
                state.Slots
                |> Seq.map (fun slot ->
                    if slot.Name = "momentum.active" then
                        SlotValues<float>.OfCount(slot.Name, -1L)
                    else
                        state.Read slot.Name)

            says [ "momentum.active"; "-1"; "0 ≤ value" ] (fun () -> plan.Restore(0L, state.AsSpan(), slots)))
    ]
