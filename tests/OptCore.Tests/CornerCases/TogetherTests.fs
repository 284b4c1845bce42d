/// What may stand together in one optimizer: every refusal, whole, in either order, and what is allowed beside it; the same of sessions
/// that are over.
module OptCore.Tests.CornerCases.TogetherTests

open System
open Expecto
open OptCore
open OptCore.Tests.CornerCases.Steps

let private exactly (message: string) (f: unit -> 'T) =
    Expect.throwsC (fun () -> f () |> ignore) (fun e ->
        Expect.isTrue (e :? ArgumentException) (string e)
        Expect.equal ((e.Message.Split " (Parameter")[0]) message "message")

let private all (stages: IStage list) =
    List.fold (fun (o: Optimizer) (stage: IStage) -> o.With stage) (Optimizer.Sgd 0.5) stages

let private point a b =
    $"{a} and {b} both choose the point of the gradient; at most one may."

let private elsewhere a b =
    $"{a} and {b} both ask for gradients elsewhere; at most one may."

let private blind search other =
    $"{search} compares values of one function along one step; {other} does not go with a line search (nor does any probe, noise, "
    + "accumulate or stage that skips gradients)."

let private owners a b =
    $"{a} and {b} both decide what the parameters are; at most one may, in each part of a partition too."

let private metric direction limit =
    $"{direction} steps in a metric of its own; behind it {limit} need not descend, and is refused. lbfgsb takes bounds itself; or give "
    + "the tensors that are constrained another direction, in a partition."

let private pairs: (IStage * IStage * string) list = [
    Sam 0.5, Nag 0.5, point "Sam" "Nag"
    Nag 0.5, Sam 0.5, point "Nag" "Sam"
    Sam 0.5, Sam 0.25, point "Sam" "Sam"
    Sam 0.5, Sophia(), elsewhere "Sam" "Sophia"
    Sophia(), Sam 0.5, elsewhere "Sophia" "Sam"
    Sophia(), Sophia(), elsewhere "Sophia" "Sophia"
    Nag 0.5, Momentum 0.5, "Nag stands alone as direction; Momentum is one too."
    Momentum 0.5, Nag 0.5, "Nag stands alone as direction; Momentum is one too."
    Wolfe(), Backtracking(), "Wolfe and Backtracking both choose the length of the step; at most one may."
    Backtracking(), Wolfe(), "Backtracking and Wolfe both choose the length of the step; at most one may."
    Wolfe(), Accumulate 2, blind "Wolfe" "Accumulate"
    Accumulate 2, Wolfe(), blind "Wolfe" "Accumulate"
    Wolfe(), SkipNonFinite 2, blind "Wolfe" "SkipNonFinite"
    SkipNonFinite 2, Wolfe(), blind "Wolfe" "SkipNonFinite"
    Wolfe(), Sam 0.5, blind "Wolfe" "Sam"
    Sam 0.5, Wolfe(), blind "Wolfe" "Sam"
    Wolfe(), Sophia(), blind "Wolfe" "Sophia"
    Sophia(), Wolfe(), blind "Wolfe" "Sophia"
    Wolfe(), Noise(0.5, 0.5, 7), blind "Wolfe" "Noise"
    Noise(0.5, 0.5, 7), Wolfe(), blind "Wolfe" "Noise"
    ScheduleFree 0.5, Lookahead(5, 0.5), owners "ScheduleFree" "Lookahead"
    Lookahead(5, 0.5), ScheduleFree 0.5, owners "Lookahead" "ScheduleFree"
    Wolfe(), Lookahead(5, 0.5), owners "Wolfe" "Lookahead"
    Lookahead(5, 0.5), Wolfe(), owners "Lookahead" "Wolfe"
    Lbfgs 3, Box(0.0, 1.0), metric "Lbfgs" "Box"
    Box(0.0, 1.0), Lbfgs 3, metric "Lbfgs" "Box"
    Accumulate 2, Accumulate 3, "Accumulate stands twice in one optimizer; it may stand once."
]

let private name (stage: IStage) = stage.GetType().Name

let private refused =
    testList "two stages exclude each other" [
        for first, second, message in pairs do
            testCase $"{name first}, {name second}" (fun () ->
                exactly message (fun () -> all [ first; second ])
                // What stands between them changes nothing.
                exactly message (fun () -> all [ first; L2 0.5; WeightDecay 0.5; second ])
                // Each alone is allowed.
                all [ L2 0.5; first ] |> ignore
                all [ L2 0.5; second ] |> ignore)
    ]

let private flows =
    testCase "what a flow lists, and what follows it" (fun () ->
        let flow (stages: IStage list) = Optimizer.Flow(stages, 0.5)

        exactly "flow lists Nag, which chooses the point of the gradient; it must stand outside the list." (fun () ->
            flow [ L2 0.5; Nag 0.5 ])

        exactly
            "flow lists Sam of phase Probe; it takes stages of the phases Gradient, Regularization, Direction and Update. Add the others after it."
            (fun () -> flow [ Momentum 0.5; Sam 0.5 ])

        exactly
            "Accumulate follows Momentum in a flow; before it only stages of the phase Gradient may stand, because they alone run on every micro-gradient."
            (fun () -> flow [ Momentum 0.5; Accumulate 2 ])

        exactly
            "Accumulate follows L2 in a flow; before it only stages of the phase Gradient may stand, because they alone run on every micro-gradient."
            (fun () -> flow [ L2 0.5; Momentum 0.5; Accumulate 2 ])

        for stage, phase in
            [
                ClipGlobalNorm 1.0 :> IStage, "Gradient"
                L2 0.5, "Regularization"
                Momentum 0.5, "Direction"
                WeightDecay 0.5, "Update"
            ] do
            exactly
                $"{name stage} of phase {phase} follows flow, which fixes the order of those phases; list it inside the flow."
                (fun () -> (flow [ Momentum 0.5 ]).With stage)

        let allowed = flow [ ClipGlobalNorm 1.0; Accumulate 2; Momentum 0.5 ]
        Expect.equal (allowed.With(Box(0.0, 1.0)).With(Sam 0.5)).Stages.Count 2 "phases before and behind")

let private partitions =
    testCase "what the parts of a partition have" (fun () ->
        let parts (all': (string * Optimizer) list) =
            Optimizer.Partition [ for pattern, optimizer in all' -> struct (pattern, optimizer) ]

        let sgd = Optimizer.Sgd 0.5

        exactly
            "Accumulate stands inside the part \"b\" of a partition; it acts on the whole step: add it after the partition."
            (fun () -> parts [ "a", sgd; "b", sgd.Accumulate 2 ])

        exactly (point "Nag" "Nag") (fun () -> parts [ "a", all [ Nag 0.5 ]; "b", all [ Nag 0.25 ] ])

        exactly "Nag stands alone as direction; Momentum is one too." (fun () ->
            parts [ "a", all [ Nag 0.5 ]; "b", all [ Momentum 0.5 ] ])

        exactly "Nag stands alone as direction; Momentum is one too." (fun () ->
            parts [ "a", all [ Momentum 0.5 ]; "b", all [ Nag 0.5 ] ])

        exactly (elsewhere "Sophia" "Sophia") (fun () -> parts [ "a", all [ Sophia() ]; "b", all [ Sophia() ] ])

        // Each part its own owner, and none for all of them.
        let looking = parts [ "a", sgd.Lookahead(5, 0.5); "b", sgd.Lookahead(3, 0.5) ]
        exactly (owners "Lookahead" "ScheduleFree") (fun () -> looking.With(ScheduleFree 0.5))
        // A direction with a metric of its own in one part, a constraint on all.
        exactly (metric "Lbfgs" "Box") (fun () -> (parts [ "a", sgd; "b", all [ Lbfgs 3 ] ]).With(Box(0.0, 1.0)))
        // A flow in a part.
        let flowing = parts [ "a", sgd; "b", Optimizer.Flow([ Momentum 0.5 ], 0.5) ]

        exactly
            "Momentum of phase Direction follows flow, which fixes the order of those phases; list it inside the flow."
            (fun () -> flowing.With(Momentum 0.5))

        exactly (blind "Wolfe" "Noise") (fun () -> (parts [ "a", all [ Noise(0.5, 0.5, 7) ]; "b", sgd ]).With(Wolfe())))

let private order = [
    testCase "stages behind parts stand behind those of the parts, each in its phase" (fun () ->
        let run text =
            after (plain text 2) [ 1.0; -2.0 ] [ [ 3.0; 4.0 ]; [ 4.0; -3.0 ]; [ -1.0; 1.0 ] ]

        // Two in the part: a first one alone would stand before all that follow in any case.
        for behind in [ "clipUpdate 0.5"; "weightDecay 0.5"; "clipUpdate 0.5 |> within 0.5 1.0" ] do
            Expect.equal
                (run $"partition [\"*\", sgd 0.5 |> l2 0.5 |> momentum 0.5] |> {behind}")
                (run $"sgd 0.5 |> l2 0.5 |> momentum 0.5 |> {behind}")
                behind

        // What is before the momentum is another step.
        Expect.notEqual
            (run "sgd 0.5 |> momentum 0.5 |> clipUpdate 0.5")
            (run "sgd 0.5 |> clip 0.5 |> momentum 0.5")
            "the order counts")

    testCase "rates of tensors, frozen ones and the first among them" (fun () ->
        let tensors = layout [ "a", 1; "b", 1; "c", 1 ]
        let plan = named "sgd 0.5 |> rateFor \"b\" 2.0 |> freeze \"c\"" tensors
        Expect.equal [ for name in [ "a"; "b"; "c" ] -> plan.RateAt(0L, name) ] [ 0.5; 1.0; 0.0 ] "by name"
        Expect.equal (plan.RateAt 0L) 0.5 "the first that moves"
        let plan = named "sgd 0.5 |> freeze \"a\" |> rateFor \"b\" 2.0" tensors
        Expect.equal [ for name in [ "a"; "b"; "c" ] -> plan.RateAt(0L, name) ] [ 0.0; 1.0; 0.5 ] "by name"
        Expect.equal (plan.RateAt 0L) 1.0 "the first that moves")

    testCase "a number that is not finite is named in a vector of any length" (fun () ->
        for length in
            [
                1
                2
                15
                16
                17
                31
                32
                33
                63
                64
                65
                127
                128
                129
                255
                256
                257
                1024
                1025
                4097
            ] do
            let plan = plain "sgd 0.5" length
            let zeros: float[] = Array.zeroCreate length
            Expect.equal ((plan.Init zeros).ToArray()) zeros "zeros are finite"

            for place in List.distinct [ 0; length / 2; length - 1 ] do
                for bad, shown in [ nan, "NaN"; infinity, "Infinity"; -infinity, "-Infinity" ] do
                    let start = Array.copy zeros
                    start[place] <- bad
                    says [ $"[{place}] = {shown}; expected finite numbers." ] (fun () -> plan.Init start))
]

let private gone =
    testCase "a session that is over refuses everything that needs its numbers" (fun () ->
        let plan = plain "sgd 0.5 |> momentum 0.5" 2
        let session = plan.Start(vector [ 1.0; -2.0 ])
        session.Step(vector [ 1.0; 1.0 ]) |> ignore
        session.Dispose()
        let gradient () = vector [ 1.0; 1.0 ]
        let point: float[] = Array.zeroCreate 2
        let objective = OptModels.Quadratic [| 1.0; 2.0 |]

        for what, act in
            [
                "AsSpan", (fun () -> session.AsSpan().Length |> ignore)
                "Step", (fun () -> session.Step(gradient ()) |> ignore)
                "Step, some tensors", (fun () -> session.Step(gradient (), ReadOnlySpan [| true |]) |> ignore)
                "Step, objective", (fun () -> session.Step objective |> ignore)
                "StepReported", (fun () -> session.StepReported(gradient ()) |> ignore)
                "StepReported, some tensors",
                (fun () -> session.StepReported(gradient (), ReadOnlySpan [| true |]) |> ignore)
                "StepReported, objective", (fun () -> session.StepReported objective |> ignore)
                "Trace", (fun () -> session.Trace(gradient ()) |> ignore)
                "Trace, objective", (fun () -> session.Trace objective |> ignore)
                "Snapshot", (fun () -> session.Snapshot() |> ignore)
                "Point", (fun () -> session.Point(Span point))
                "Point, gradient", (fun () -> session.Point(gradient (), point))
                "SetTensor", (fun () -> session.SetTensor(plan.Layout.Tensors[0].Name, gradient ()))
                "Carry", (fun () -> session.Carry plan |> ignore)
                "Optimizer", (fun () -> session.Optimizer <- Optimizer.Sgd 0.25)
            ] do
            Expect.throwsC act (fun e ->
                Expect.equal (e.GetType()) typeof<ObjectDisposedException> $"{what}: {e}"
                Expect.stringContains e.Message "Session" what)

        session.Dispose()
        Expect.equal session.StepCount 1L "what needs none stays")

let private bound =
    testCase "a bound session that is over refuses everything that needs the tensors" (fun () ->
        let tensor = vector [ 1.0; -2.0 ]
        let session = (plain "sgd 0.5 |> nag 0.5" 2).Bind [| tensor |]
        session.Dispose()
        let gradient = [| vector [ 1.0; 1.0 ] |]
        let wrong: float[][] = [||]
        let named = readOnlyDict [ "none", vector [ 1.0 ] ]

        // What is wrong besides is not looked at.
        for what, act in
            [
                "Step", (fun () -> session.Step(gradient, atPoint = true) |> ignore)
                "Step, wrong", (fun () -> session.Step(wrong, atPoint = true) |> ignore)
                "Step, names", (fun () -> session.Step(named, atPoint = true) |> ignore)
                "StepReported", (fun () -> session.StepReported(gradient, atPoint = true) |> ignore)
                "StepReported, wrong", (fun () -> session.StepReported(wrong, atPoint = true) |> ignore)
                "MoveToPoint", (fun () -> session.MoveToPoint())
                "MoveToPoint, wrong", (fun () -> session.MoveToPoint wrong)
                "MoveBack", (fun () -> session.MoveBack())
                "Snapshot", (fun () -> session.Snapshot() |> ignore)
            ] do
            Expect.throwsC act (fun e -> Expect.equal (e.GetType()) typeof<ObjectDisposedException> $"{what}: {e}")

        Expect.equal tensor (vector [ 1.0; -2.0 ]) "the tensor is as it was")

/// Throws in the middle of a step, behind a momentum.
type private Thrower() =
    interface ISpanStage with
        member _.Phase = Phase.Update
        member _.Equation = "throws"
        member _.Apply _ = failwith "thrown"

let private halfway =
    testCase "a bound session in the middle of a step refuses before it looks at gradients" (fun () ->
        let plan = (Optimizer.Sgd 0.5).Momentum(0.5).With(Thrower()).Plan 2
        use session = plan.Bind [| vector [ 1.0; -2.0 ] |]
        let gradient = [| vector [ 1.0; 1.0 ] |]
        Expect.throws (fun () -> session.Step gradient |> ignore) "the stage"
        let wrong: float[][] = [||]
        let none: TensorBlock<float>[] = [||]
        let named = readOnlyDict [ "none", vector [ 1.0 ] ]

        for what, act in
            [
                "Step", (fun () -> session.Step wrong |> ignore)
                "Step, blocks", (fun () -> session.Step(ReadOnlySpan none) |> ignore)
                "Step, names", (fun () -> session.Step named |> ignore)
                "StepReported", (fun () -> session.StepReported wrong |> ignore)
                "StepReported, blocks", (fun () -> session.StepReported(ReadOnlySpan none) |> ignore)
                "MoveToPoint", (fun () -> session.MoveToPoint())
                "MoveToPoint, wrong", (fun () -> session.MoveToPoint wrong)
                "MoveToPoint, blocks", (fun () -> session.MoveToPoint(ReadOnlySpan none))
                "MoveBack", (fun () -> session.MoveBack())
                "Snapshot", (fun () -> session.Snapshot() |> ignore)
            ] do
            Expect.throwsC act (fun e ->
                Expect.equal (e.GetType()) typeof<InvalidOperationException> $"{what}: {e}"
                Expect.stringStarts e.Message "Update 1 of this session did not end" what))

// Apart: what is bound is held by nothing else.
[<System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)>]
let private boundTo (length: int) =
    let tensor: float[] = Array.zeroCreate length
    (plain "sgd 0.5" length).Bind [| tensor |], WeakReference tensor

let private freed =
    testCase "a bound session that is over holds the tensors no more" (fun () ->
        let session, tensor = boundTo 7
        GC.Collect()
        Expect.isTrue tensor.IsAlive "held"
        session.Dispose()
        GC.Collect()
        Expect.isFalse tensor.IsAlive "let go"
        Expect.equal session.StepCount 0L "while the session is there")

let private warnings =
    let unknown = Nullable<float>()
    let always = Nullable<int64>()

    testTheory
        "warnings, whole"
        [
            "sgd 0.5 |> clip 1.0 |> clip 1.0",
            unknown,
            always,
            [
                "clip-never-binds: ClipGlobalNorm(1.0) never binds: ClipGlobalNorm(1.0) has bounded the norm by 1 before."
            ]
            "sgd 0.5 |> clip 2.0 |> clip 1.0", unknown, always, []
            "sgd 0.5 |> clip 1.0 |> momentum 0.5 |> clipUpdate 2.0", unknown, always, []
            "sgd 0.25",
            Nullable 10.0,
            always,
            [
                "rate-above-limit: the rate 0.25 is above 2/L = 0.2: gradient descent diverges along the steepest direction of a quadratic."
            ]
            "sgd 0.5", Nullable 4.0, always, []
            "sgd 0.0", unknown, always, [ "rate-zero: the rate is 0: no step changes the parameters." ]
            "sgd 0.5 |> momentum 0.5 |> momentum 0.25",
            unknown,
            always,
            [
                "two-momenta: Momentum(0.25) averages what Momentum(0.5) has averaged already: the effective delay is the sum of both."
            ]
            "sgd 0.5 |> only \"a\" (momentum 0.5) |> only \"b\" (momentum 0.25)", unknown, always, []
            "sgd 0.5 |> l2 0.5 |> weightDecay 0.25",
            unknown,
            always,
            [
                "two-decays: WeightDecay(0.25) draws to 0 what L2(0.5) draws there already: both act."
            ]
            "adam 0.5 |> l2 0.25",
            unknown,
            always,
            [
                "decay-inside-adaptive: L2(0.25) is divided by the adaptive denominator of Adam(); weightDecay decays all coordinates alike."
            ]
            "adam 10.0",
            unknown,
            always,
            [
                "rate-large: the rate reaches 10: Adam() moves every coordinate by about as much per update, whatever the size of the gradient."
            ]
            "adam 9.5", unknown, always, []
            "sgd 0.5 |> weightDecay 1.0", unknown, always, []
            "sgd 0.5 |> weightDecay 1.5",
            unknown,
            always,
            [
                "decay-large: WeightDecay(1.5) multiplies the parameters by 1 − η_t λ = 0.25 per update."
            ]
            "sgd 0.5 |> weightDecay 2.5",
            unknown,
            always,
            [
                "decay-large: WeightDecay(2.5) multiplies the parameters by 1 − η_t λ = -0.25 per update, beyond 0."
            ]
            "sgd 0.5 |> freeze \"*\"", unknown, always, [ "all-frozen: freeze \"*\" leaves no tensor that moves." ]
            "sgd 0.5 |> freeze \"w*\"", unknown, always, []
            "sgd 0.5 |> rateFor \"*\" 0.0",
            unknown,
            always,
            [ "all-frozen: rateFor \"*\" 0 leaves no tensor that moves." ]
            "sgd 0.5 |> rateFor \"*\" 1.0", unknown, always, []
            "flow [RProp(); RProp(Up = 1.5)] 0.5 |> cosine 10",
            unknown,
            always,
            [
                "schedule-ignored: RProp() takes the rate of step 0 as its first step length: the schedule Schedule.cosine 10 changes nothing after it."
            ]
            "flow [Adam(); RmsProp()] 10.0",
            unknown,
            always,
            [
                "rate-large: the rate reaches 10: Adam() moves every coordinate by about as much per update, whatever the size of the gradient."
            ]
            "sgd 0.5 |> l2 0.5 |> l2 0.25 |> weightDecay 0.125",
            unknown,
            always,
            [
                "two-decays: L2(0.25) draws to 0 what L2(0.5) draws there already: both act."
                "two-decays: WeightDecay(0.125) draws to 0 what L2(0.5) draws there already: both act."
            ]
            "flow [L2 0.5; Adam(); RmsProp()] 0.5",
            unknown,
            always,
            [
                "decay-inside-adaptive: L2(0.5) is divided by the adaptive denominator of Adam(); weightDecay decays all coordinates alike."
            ]
            "flow [Dog(); Dowg(); WeightDecay 0.5] 1.0",
            unknown,
            always,
            [
                "decay-own-rate: Dog() finds its own step length at a rate of about 1: WeightDecay(0.5) takes 0.5 of the parameters per update; l2 decays through the gradient."
            ]
            "sgd 0.5 |> wolfe |> within 0.0 1.0",
            unknown,
            always,
            [
                "search-blind: Box(0.0, 1.0) acts behind Wolfe(), which does not see it: what is found need not hold for the point that is kept."
            ]
        ]
        (fun (text, smoothness, steps, expected) ->
            Expect.equal [ for warning in (read text).Warnings(smoothness, steps) -> string warning ] expected text)

[<Tests>]
let tests =
    testList "corner cases" [
        testList "together" [ refused; flows; partitions; yield! order ]
        testList "over" [ gone; bound; halfway; freed ]
        warnings
    ]
