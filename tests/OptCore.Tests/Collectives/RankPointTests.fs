/// Points of probes on ranks, flags of missing gradients, and what a session in the caller's memory puts back: as on one rank.
module OptCore.Tests.RankPointTests

open System
open Expecto
open OptCore
open OptCore.Tests.OnRanks
open OptCore.Tests.TwoTensors
open OptCore.Tests.BadInput.Refusals

let private mean step size = meanOf size (gradient step)

/// How it is shared, and the optimizer: without a probe, with one that depends on the state, with one that depends on a gradient.
let private probes = [
    for reach, text in
        [
            "by elements", "sgd 0.1"
            "by tensors", "lamb 0.01 0.1"
            "not at all", "lbfgs 2 0.1"
        ] do
        for probe in [ ""; " |> nag 0.9"; " |> sam 0.05" ] do
            // Directions of their own do not take nag's.
            if probe = "" || probe.Contains "sam" || reach = "by elements" then
                reach, text + probe
    "by tensors", "sgd 0.1 |> nag 0.9 |> trustRatio"
]

let private points =
    testList "points" [
        for reach, text in probes do
            testCase $"{text}: on every rank the point of one" (fun () ->
                let plan = double text layout

                for size in [ 1; 2; 3 ] do
                    let flat = plan.Start(ReadOnlySpan start)

                    let expected = [
                        for step in 0..2 do
                            let point = Array.create layout.Length 9.0

                            if plan.Probes = 2 then
                                flat.Point(ReadOnlySpan(mean step size), point.AsSpan())
                            else
                                flat.Point(point.AsSpan())

                            flat.Step(ReadOnlySpan(mean (step + 1) size)) |> ignore
                            point
                    ]

                    onRanks size (fun ranks ->
                        use session = plan.Start(ranks, ReadOnlySpan start)
                        Expect.stringContains (session.Describe()) reach "how it is shared"

                        for step in 0..2 do
                            let point = Array.create layout.Length 9.0

                            if plan.Probes = 2 then
                                session.Point(ReadOnlySpan(gradient step ranks.Rank), point.AsSpan())
                            else
                                session.Point(point.AsSpan())

                            Expect.equal point expected[step] $"the point of step {step} on {size}"
                            session.Step(ReadOnlySpan(gradient (step + 1) ranks.Rank)) |> ignore

                        Expect.isTrue (session.Gather().Equals(flat.Snapshot())) $"the state on {size}"))

        testCase
            "of another length, or without the gradient that it needs, it is refused, and nothing is written"
            (fun () ->
                for text in [ "sgd 0.1"; "sgd 0.1 |> nag 0.9"; "sgd 0.1 |> sam 0.05" ] do
                    for size in [ 1; 2 ] do
                        onRanks size (fun ranks ->
                            use session = (double text layout).Start(ranks, ReadOnlySpan start)
                            let fits = gradient 0 ranks.Rank

                            for wrong in [ 0; 16; 18 ] do
                                let point = Array.create wrong 9.0

                                argument [ $"point has {wrong} elements"; "has 17" ] (fun () ->
                                    session.Point(ReadOnlySpan fits, point.AsSpan()))

                                if not (text.Contains "sam") then
                                    argument [ $"point has {wrong} elements"; "has 17" ] (fun () ->
                                        session.Point(point.AsSpan()))

                                Expect.all point ((=) 9.0) "the point"
                                let short = Array.zeroCreate<float> wrong
                                let point = Array.create layout.Length 9.0

                                argument [ $"gradient has {wrong} elements"; "has 17" ] (fun () ->
                                    session.Point(ReadOnlySpan short, point.AsSpan()))

                                Expect.all point ((=) 9.0) "the point"

                            if text.Contains "sam" then
                                let point = Array.create layout.Length 9.0
                                argument [ "depends on the gradient" ] (fun () -> session.Point(point.AsSpan()))
                                Expect.all point ((=) 9.0) "the point"))

        testCase "of a session of more parts than ranks there is no gradient to hand in" (fun () ->
            use session =
                (double "sgd 0.1 |> sam 0.05" layout).Start(Alone.Instance, ReadOnlySpan start, 2)

            let point = Array.create layout.Length 9.0

            argument [ "The session has 2 parts on 1 ranks" ] (fun () ->
                session.Point(ReadOnlySpan(gradient 0 0), point.AsSpan())))
    ]

/// ½ Σ x², whose value every rank has.
let private bowl =
    FunctionObjective.OfArrays(layout.Length, (fun x -> 0.5 * Array.sumBy (fun xi -> xi * xi) x), Array.copy)

/// What has a gradient in the step before: nothing of "b", on any rank.
let private flags = [| true; false |]

let private next: (string * (DistributedSession<float> -> int -> int -> unit) * bool) list =
    let part step =
        PartGradient<float>(fun part _ into ->
            (gradient step part).AsSpan().CopyTo into
            1.0)

    [
        "a gradient", (fun session step rank -> session.Step(ReadOnlySpan(gradient step rank), 1.0) |> ignore), false
        "a gradient, reported",
        (fun session step rank -> session.StepReported(ReadOnlySpan(gradient step rank), 1.0) |> ignore),
        false
        "parts", (fun session step _ -> session.Step(part step) |> ignore), false
        "parts, reported", (fun session step _ -> session.StepReported(part step) |> ignore), false
        "an objective", (fun session _ _ -> session.Step(bowl: IObjective) |> ignore), true
        "an objective, reported", (fun session _ _ -> session.StepReported(bowl: IObjective) |> ignore), true
    ]

let private missing =
    testList "tensors without a gradient" [
        for text in
            [
                "sgd 0.1 |> momentum 0.9"
                "adam 0.01 |> clip 1.0"
                "lamb 0.01 0.1"
                "lbfgs 2 0.1"
            ] do
            testCase $"{text}: what one step was without, the next one has, however it is handed in" (fun () ->
                let plan = double text layout

                for name, way, isObjective in next do
                    for size in [ 1; 2; 3 ] do
                        let flat = plan.Start(ReadOnlySpan start)

                        for step in [ 0; 2 ] do
                            flat.Step(ReadOnlySpan(mean step size), ReadOnlySpan flags, 1.0) |> ignore

                            if isObjective then
                                flat.Step(bowl: IObjective) |> ignore
                            else
                                flat.Step(ReadOnlySpan(mean (step + 1) size), 1.0) |> ignore

                        onRanks size (fun ranks ->
                            use session = plan.Start(ranks, ReadOnlySpan start)

                            for step in [ 0; 2 ] do
                                session.Step(ReadOnlySpan(gradient step ranks.Rank), ReadOnlySpan flags, 1.0)
                                |> ignore

                                way session (step + 1) ranks.Rank

                            Expect.isTrue (session.Gather().Equals(flat.Snapshot())) $"{name} on {size}"))

        testCase "in the caller's memory, too, and the second gradient of a probe is zero there" (fun () ->
            let plan = double "sgd 0.1 |> sam 0.05" layout

            for size in [ 1; 2; 3 ] do
                let without step rank =
                    let values = gradient step rank
                    Array.fill values 12 5 0.0
                    values

                let flat = plan.Start(ReadOnlySpan start)
                let point = Array.zeroCreate<float> layout.Length
                flat.Step(ReadOnlySpan(mean 0 size), atPoint = true) |> ignore
                flat.Point(ReadOnlySpan(meanOf size (without 1)), point.AsSpan())

                onRanks size (fun ranks ->
                    let tensors = split start
                    use session = plan.Bind(ranks, tensors)
                    session.Step(given (gradient 0 ranks.Rank)) |> ignore
                    let first = (blocks (gradient 1 ranks.Rank))[0]
                    session.MoveToPoint(ReadOnlySpan [| first; TensorBlock<float>.None |])
                    Expect.equal (Array.concat tensors) point $"the point on {size}"
                    // The gradients of the step before are none of this one's.
                    argument [ "depends on the gradient" ] session.MoveToPoint))
    ]

let private putBack =
    testList "in the caller's memory" [
        for text in [ "sgd 0.1 |> nag 0.9"; "sgd 0.1 |> nag 0.5 |> average 0.9" ] do
            testCase $"{text}: a gradient of the point, whoever has asked for it" (fun () ->
                for size in [ 1; 2 ] do
                    let plan = double text layout
                    let flat = plan.Start(ReadOnlySpan start)

                    let reports = [
                        for step in 0..3 ->
                            string (flat.StepReported(ReadOnlySpan(mean step size), 1.0, atPoint = true))
                    ]

                    onRanks size (fun ranks ->
                        let tensors = split start
                        use session = plan.Bind(ranks, tensors)

                        for step in 0..3 do
                            if step % 2 = 0 then
                                session.Step(given (gradient step ranks.Rank), 1.0) |> ignore
                            else
                                let report = session.StepReported(given (gradient step ranks.Rank), 1.0)
                                Expect.equal (string report) reports[step] $"report {step} on {size}"

                        Expect.equal (Array.concat tensors) (flat.AsSpan().ToArray()) $"the tensors on {size}"
                        Expect.isTrue (session.Gather().Equals(flat.Snapshot())) $"the state on {size}"))

        testCase
            "parameters come back from a point: for another optimizer, at the end, and where a step only holds"
            (fun () ->
                let plan = double "sgd 0.1 |> nag 0.9 |> accumulate 4" layout

                for size in [ 1; 2; 3 ] do
                    let stepTo (session: DistributedBoundSession<float>) rank count =
                        for step in 0 .. count - 1 do
                            session.Step(given (gradient step rank), 1.0) |> ignore

                    let apart (tensors: float[][]) (parameters: float[]) =
                        Expect.notEqual (Array.concat tensors) parameters "at the point"

                    onRanks size (fun ranks ->
                        let tensors = split start
                        use session = plan.Bind(ranks, tensors)
                        stepTo session ranks.Rank 4
                        let parameters = session.Gather().ToArray()
                        Expect.equal (Array.concat tensors) parameters "behind a step"
                        session.MoveToPoint()
                        apart tensors parameters
                        session.MoveBack()
                        Expect.equal (Array.concat tensors) parameters "asked for"
                        session.MoveToPoint()
                        apart tensors parameters
                        session.Optimizer <- Optimizer.Parse "sgd 0.2 |> nag 0.9 |> accumulate 4"
                        Expect.equal (Array.concat tensors) parameters "another optimizer"
                        session.MoveToPoint()
                        apart tensors parameters

                        Expect.equal
                            (session.Step(given (gradient 9 ranks.Rank), 1.0))
                            StepOutcome.Held
                            "a gradient of four"

                        Expect.equal (Array.concat tensors) parameters "held"
                        session.MoveToPoint()
                        apart tensors parameters

                        Expect.equal
                            (session.StepReported(given (gradient 9 ranks.Rank), 1.0)).Outcome
                            StepOutcome.Held
                            "another one"

                        Expect.equal (Array.concat tensors) parameters "held, and reported"
                        session.MoveToPoint()
                        apart tensors parameters
                        session.Dispose()
                        Expect.equal (Array.concat tensors) parameters "at the end"))

        testCase "what has not been moved is not put back" (fun () ->
            let plan = double "sgd 0.1 |> nag 0.9 |> accumulate 8" layout

            onRanks 2 (fun ranks ->
                let tensors = split start
                use session = plan.Bind(ranks, tensors)

                let keeps (what: string) (action: unit -> unit) =
                    tensors[0][0] <- 77.0
                    action ()
                    Expect.equal (Array.head tensors[0]) 77.0 what
                    tensors[0][0] <- start[0]

                let hold () =
                    session.Step(given (gradient 0 ranks.Rank)) |> ignore

                keeps "nothing was moved" session.MoveBack
                keeps "a step that holds" hold
                session.MoveToPoint()
                session.MoveBack()
                keeps "moved and put back" session.MoveBack
                keeps "moved and put back, a step that holds" hold
                session.MoveToPoint()
                hold ()
                keeps "put back by a step" session.MoveBack
                keeps "put back by a step, another one" hold
                Expect.equal (Array.concat tensors) start "the parameters"))

        testCase "a session that was disposed of says so, and lets the tensors go" (fun () ->
            for size in [ 1; 2 ] do
                onRanks size (fun ranks ->
                    let tensors = split start
                    let session = (double "sgd 0.1" layout).Bind(ranks, tensors)
                    session.Step(given (gradient 0 ranks.Rank)) |> ignore
                    let after = Array.concat tensors
                    session.Dispose()
                    session.Dispose()

                    for step in
                        [
                            fun () -> session.Step(given (gradient 1 ranks.Rank)) |> ignore
                            fun () -> session.Step(ReadOnlySpan(blocks (gradient 1 ranks.Rank))) |> ignore
                            fun () -> session.StepReported(given (gradient 1 ranks.Rank)) |> ignore
                        ] do
                        match caught step with
                        | :? ObjectDisposedException as e ->
                            Expect.stringStarts e.ObjectName "OptCore.BoundSession`1" "the tensors"
                        | e -> failtestf "%O" e

                    Expect.equal
                        ((caught (fun () -> session.Gather())).GetType())
                        typeof<ObjectDisposedException>
                        "the session within"

                    Expect.stringContains (string session) "disposed of after step 1" "one line"
                    Expect.equal (Array.concat tensors) after "they keep their values"))
    ]

let private disposed =
    testCase "a session on ranks that was disposed of says so" (fun () ->
        // Stepped block by block, so that the parameters are ahead of this rank's session; and as a whole.
        for text in [ "sgd 0.1 |> momentum 0.9"; "adam 0.01 |> clip 1.0"; "lbfgs 2 0.1" ] do
            for size in [ 1; 2 ] do
                onRanks size (fun ranks ->
                    let session = (double text layout).Start(ranks, ReadOnlySpan start)

                    session.Step(ReadOnlySpan(gradient 0 ranks.Rank)) |> ignore
                    session.Dispose()
                    session.Dispose()
                    let part = PartGradient<float>(fun _ _ _ -> 1.0)
                    let point = Array.zeroCreate<float> layout.Length

                    for action in
                        [
                            fun () -> session.Step(ReadOnlySpan(gradient 1 ranks.Rank)) |> ignore
                            fun () -> session.StepReported(ReadOnlySpan(gradient 1 ranks.Rank)) |> ignore
                            fun () -> session.Step part |> ignore
                            fun () -> session.StepReported part |> ignore
                            fun () -> session.Gather() |> ignore
                            fun () -> session.Point(point.AsSpan())
                        ] do
                        refused typeof<ObjectDisposedException> [ "disposed of after step 1" ] action

                    Expect.stringContains (string session) "disposed of after step 1" "one line"))

[<Tests>]
let tests =
    testList "points and flags on ranks" [ points; missing; putBack; disposed ]
