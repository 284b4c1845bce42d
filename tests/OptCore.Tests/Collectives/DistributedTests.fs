/// A session on several ranks steps as a session of one does on the mean of the gradients: the same bits, for every stage of the
/// catalogue, whatever the number of ranks that share the parts.
module OptCore.Tests.DistributedTests

open System
open System.Numerics
open Expecto
open OptCore
open OptCore.Tests.Oracle

let private parts = 8
let private steps = 5

/// With matrices, a tensor without elements, a scalar; small, and large enough that norms have several chunks.
let private layouts =
    let make scale =
        Layout.Of [
            struct ("w1", [| 3 * scale; 4 * scale |])
            struct ("b1", [| 4 * scale |])
            struct ("e", [| 0 |])
            struct ("w2", [| 4 * scale; 2; 5 |])
            struct ("s", [||])
            struct ("b2", [| 7 |])
        ]

    [
        "small", make 1
        "large", make 45
        "matrices", Layout.Of [ struct ("w1", [| 8; 6 |]); struct ("w2", [| 6; 3 |]) ]
        "plain", Layout.Plain 70_000
    ]

/// Runs for one number type.
type private On<'T
    when 'T: unmanaged
    and 'T: struct
    and 'T: equality
    and 'T: (new: unit -> 'T)
    and 'T :> ValueType
    and 'T :> IBinaryFloatingPointIeee754<'T>> =

    static member Number(x: float) : 'T = 'T.CreateTruncating x

    /// A part's loss and gradient: numbers of the part and the step, and something of the point.
    static member Evaluate(bad: bool, step: int, part: int, point: 'T[]) =
        let noise i =
            float ((part * 7919 + step * 104_729 + i * 31) % 1009) / 1009.0 - 0.5

        let gradient = point |> Array.mapi (fun i p -> On<'T>.Number(noise i) + p)

        if bad && step = 2 && part = 3 && gradient.Length > 2 then
            gradient[gradient.Length - 2] <- 'T.NaN

        noise 17, gradient

    /// Eight parts summed pairwise, three times: what the tree is for eight.
    static member Mean(all: (float * 'T[])[]) =
        let rec fold (all: (float * 'T[])[]) =
            if all.Length = 1 then
                all[0]
            else
                all
                |> Array.chunkBySize 2
                |> Array.map (fun pair ->
                    let (a, u), (b, v) = pair[0], pair[1]
                    a + b, Array.map2 (fun (x: 'T) (y: 'T) -> x + y) u v)
                |> fold

        let loss, sum = fold all
        loss / float parts, Array.map (fun (x: 'T) -> x / On<'T>.Number(float parts)) sum

    static member Origin(length: int) : 'T[] =
        let random = Random 7
        Array.init length (fun _ -> On<'T>.Number(random.NextDouble() - 0.4))

    /// The steps of a session of one.
    static member Alone(plan: Plan<'T>, bad: bool) =
        let session = plan.Start(On<'T>.Origin plan.Layout.Length)

        let outcomes = [
            for step in 0 .. steps - 1 do
                let at (point: 'T[]) =
                    On<'T>.Mean(Array.init parts (fun part -> On<'T>.Evaluate(bad, step, part, point)))

                let point: 'T[] = Array.zeroCreate plan.Layout.Length

                let loss, gradient =
                    match plan.Probes with
                    | 0 -> at (session.AsSpan().ToArray())
                    | 1 ->
                        session.Point point
                        at point
                    | _ ->
                        let first = snd (at (session.AsSpan().ToArray()))
                        session.Point(first, point)
                        at point

                session.Step(gradient, loss)
        ]

        session.Snapshot(), outcomes

    /// The part of a step.
    static member Part(bad, step) =
        PartGradient<'T>(fun part point gradient ->
            let loss, values = On<'T>.Evaluate(bad, step, part, point.ToArray())
            values.AsSpan().CopyTo gradient
            loss)

    static member OnRanks(plan: Plan<'T>, bad: bool, size: int) =
        ThreadRanks.Run(
            size,
            Func<ICollectives, State<'T> * StepOutcome list * 'T[]>(fun ranks ->
                use session = plan.Start(ranks, On<'T>.Origin plan.Layout.Length, parts)
                let outcomes = [ for step in 0 .. steps - 1 -> session.Step(On<'T>.Part(bad, step)) ]
                session.Gather(), outcomes, session.AsSpan().ToArray())
        )

    static member Same(plan: Plan<'T>, bad: bool, sizes: int list) =
        let state, outcomes = On<'T>.Alone(plan, bad)

        for size in sizes do
            for gathered, happened, parameters in On<'T>.OnRanks(plan, bad, size) do
                Expect.isTrue (gathered.Equals state) $"state on {size} ranks"
                Expect.equal happened outcomes $"outcomes on {size} ranks"
                Expect.equal parameters (state.ToArray()) $"parameters on {size} ranks"

    /// A plan, where the optimizer can be planned for the layout and steps on a gradient alone.
    static member Planned(optimizer: Optimizer, layout: Layout) =
        try
            let plan = optimizer.Plan<'T>(layout, Execution(Threads = 1))
            On<'T>.Alone(plan, false) |> ignore
            Some plan
        with
        | :? ArgumentException
        | :? InvalidOperationException -> None

let private one = Execution(Threads = 1)

let private double (text: string) (layout: Layout) =
    (Optimizer.Parse text).Plan<float>(layout, one)

let private catalogue =
    testList "every stage of the catalogue, the bits of one rank" [
        for specimen in Specimens.all do
            testCase specimen.Name (fun () ->
                let mutable shown = 0

                for name, layout in layouts do
                    match On<float>.Planned(specimen.Optimizer, layout) with
                    | Some plan ->
                        shown <- shown + 1

                        On<float>
                            .Same(
                                plan,
                                false,
                                (match name with
                                 | "small" -> [ 1; 2; 3; 5; 8 ]
                                 // Of several blocks.
                                 | "plain" -> [ 2 ]
                                 | _ -> [ 3 ])
                            )
                    | None -> ()

                    if name = "large" then
                        match On<float32>.Planned(specimen.Optimizer, layout) with
                        | Some plan -> On<float32>.Same(plan, false, [ 2; 3 ])
                        | None -> ()

                if shown = 0 then
                    skiptest "steps on no gradient alone, or on none of these layouts")
    ]

let private pipelines =
    testList "several stages" [
        for text in
            [
                "adam 0.01 |> clip 1.0 |> weightDecay 0.1 |> cosine 100"
                "lamb 0.01 0.1 |> clip 0.5"
                "adam 0.01 |> only \"w*\" (clip 0.5) |> rateFor \"b*\" 0.1"
                "adam 0.01 |> freeze \"w2\" |> clip 0.5 |> average 0.9"
                "partition [\"w*\", adam 0.01; \"*\", sgd 0.1 |> momentum 0.9] |> clip 1.0"
                "sgd 0.1 |> noise 0.01 0.5 7 |> ball 1.0 |> plateau 1 0.5"
                "adam 0.01 |> accumulate 2 |> clip 0.1"
                "sgd 0.1 |> nag 0.9 |> clip 1.0"
                "sgd 0.1 |> sam 0.05 |> clip 1.0"
                "adam 0.01 |> freeze \"*\""
                "sgd 0.1 |> onlyWhen (StepsFrom 2) (clip 1.0 >> momentum 0.9) |> zeroUnless (StepsEvery 2) (weightDecay 0.1)"
                "sgd 0.1 |> onlyWhen (GradientAtMost 100.0) (stage (Adam())) |> onlyWhen (LossAbove 0.0) (only \"w*\" (clip 0.5))"
            ] do
            testCase text (fun () ->
                for _, layout in List.take 2 layouts do
                    On<float>.Same(double text layout, false, [ 1; 2; 3; 4; 8 ])
                    On<float32>.Same((Optimizer.Parse text).Plan<float32>(layout, one), false, [ 2; 8 ])
                    let blocks = Execution(Threads = 1, Fuse = false)
                    On<float>.Same((Optimizer.Parse text).Plan<float>(layout, blocks), false, [ 3 ]))

        testCase "a gradient that is not finite on one rank is skipped by all" (fun () ->
            for _, layout in layouts do
                On<float>.Same(double "adam 0.01 |> skipNonFinite 2 |> clip 1.0" layout, true, [ 1; 2; 3; 8 ])

                let scaled =
                    "adam 0.01 |> lossScaleWith (LossScale(Initial = 4.0, Every = 2)) |> clip 1.0"

                On<float>.Same(double scaled layout, true, [ 1; 2; 3; 8 ]))

        testCase "giving up names the tensor, on all ranks" (fun () ->
            let _, layout = layouts[0]
            let plan = double "adam 0.01 |> skipNonFinite 1" layout

            let failure =
                try
                    On<float>.OnRanks(plan, true, 3) |> ignore
                    failtest "expected a failure"
                with :? CollectiveException as failure ->
                    failure

            match failure.InnerException with
            | :? NonFiniteGradientException as error -> Expect.stringContains error.Message "b2" "the tensor"
            | other -> failtest $"{other}")
    ]

/// Shares of several blocks, whose tensors begin and end within registers and within blocks.
let private long =
    Layout.Empty.Add("a", 7001).Add("b", 13).Add("e", 0).Add("c", 70_011).Add("s").Add("d", 21_003)

let private isInBlocks (plan: Plan<'T>) (size: int) =
    ThreadRanks.Run(
        size,
        Func<ICollectives, bool>(fun ranks ->
            use session = plan.Start(ranks, Array.zeroCreate<'T> plan.Layout.Length, parts)
            session.Describe().Contains "mean      block by block")
    )
    |> Array.forall id

/// Ranks of which one fails at an exchange.
type private Failing(ranks: ICollectives, rank: int, at: int) =
    let mutable exchanges = 0

    interface ICollectives with
        member _.Rank = ranks.Rank
        member _.Size = ranks.Size

        member _.Exchange(send, sendPieces, receive, receivePieces) =
            exchanges <- exchanges + 1

            if ranks.Rank = rank && exchanges = at then
                failwith "the cable is out"

            ranks.Exchange(send, sendPieces, receive, receivePieces)

        member _.AllGather(vector, pieces) = ranks.AllGather(vector, pieces)
        member _.Broadcast(values, root) = ranks.Broadcast(values, root)
        member _.Barrier() = ranks.Barrier()
        member _.Abort message = ranks.Abort message

let private inBlocks =
    testList "block by block" [
        for text, isSo in
            [
                "adam 0.01", true
                "adam 0.01 |> weightDecay 0.1 |> cosine 100", true
                "sgd 0.1 |> momentum 0.9 |> freeze \"b\" |> average 0.9", true
                "nadam 0.01 |> rateFor \"c\" 0.1", true
                "partition [\"a\", adam 0.01; \"*\", sgd 0.1 |> momentum 0.9]", true
                "sgd 0.1 |> nag 0.9 |> plateau 1 0.5", true
                "lion 0.01 |> clipValue 0.2 |> only \"c\" (weightDecay 0.1)", true
                "adam 0.01 |> clip 1.0", false
                "adam 0.01 |> skipNonFinite 3", false
                "adam 0.01 |> accumulate 2", false
                "sgd 0.1 |> onlyWhen (StepsFrom 2) (momentum 0.9)", false
                "lamb 0.01 0.1", false
            ] do
            testCase text (fun () ->
                Expect.equal (isInBlocks (double text long) 2) isSo "the way"

                if isSo then
                    On<float>.Same(double text long, false, [ 1; 2; 3; 4 ])
                    On<float32>.Same((Optimizer.Parse text).Plan<float32>(long, one), false, [ 2; 5 ])

                    for execution in [ Execution(Threads = 1, Fuse = false); Execution(Threads = 2) ] do
                        let plan = (Optimizer.Parse text).Plan<float>(long, execution)
                        Expect.isFalse (isInBlocks plan 2) "several threads, blocks of rules"
                        On<float>.Same(plan, false, [ 2 ]))

        testCase "ranks of which some go block by block and some do not" (fun () ->
            let state, _ = On<float>.Alone(double "adam 0.01" long, false)

            for found in
                ThreadRanks.Run(
                    3,
                    Func<ICollectives, State<float>>(fun ranks ->
                        let plan =
                            (Optimizer.Parse "adam 0.01").Plan<float>(long, Execution(Threads = 1 + ranks.Rank % 2))

                        use session = plan.Start(ranks, On<float>.Origin long.Length, parts)

                        for step in 0 .. steps - 1 do
                            session.Step(On<float>.Part(false, step)) |> ignore

                        session.Gather())
                ) do
                Expect.isTrue (found.Equals state) "state")

        testCase "what is asked of the session between the steps has the parameters" (fun () ->
            let plan = double "sgd 0.1 |> momentum 0.9" long
            let folder = IO.Directory.CreateTempSubdirectory "blocks"

            try
                for found in
                    ThreadRanks.Run(
                        2,
                        Func<ICollectives, (State<float> * string * float[]) list>(fun ranks ->
                            use session = plan.Start(ranks, On<float>.Origin long.Length)
                            let file = IO.Path.Combine(folder.FullName, "run")

                            [
                                for step in 0..7 do
                                    let _, gradient = On<float>.Evaluate(false, step, 0, session.AsSpan().ToArray())

                                    match step % 4 with
                                    // Without a gradient of one tensor: the mean waits.
                                    | 1 ->
                                        session.Step(
                                            ReadOnlySpan gradient,
                                            ReadOnlySpan [| true; true; true; false; true; true |]
                                        )
                                        |> ignore
                                    | 2 -> session.StepReported(ReadOnlySpan gradient) |> ignore
                                    | _ -> session.Step(ReadOnlySpan gradient) |> ignore

                                    ShardedCheckpoint.Save(session, file)

                                    ShardedCheckpoint.Load(session.Plan, file),
                                    string session,
                                    session.AsSpan().ToArray()

                                    if step = 4 then
                                        session.Optimizer <- Optimizer.Parse "sgd 0.2 |> momentum 0.9"
                            ])
                    ) do
                    let flat = plan.Start(On<float>.Origin long.Length)

                    for step, (stored, text, parameters) in Seq.indexed found do
                        let _, gradient = On<float>.Evaluate(false, step, 0, flat.AsSpan().ToArray())

                        if step % 4 = 1 then
                            flat.Step(ReadOnlySpan gradient, ReadOnlySpan [| true; true; true; false; true; true |])
                            |> ignore
                        else
                            flat.Step(ReadOnlySpan gradient) |> ignore

                        Expect.isTrue (stored.Equals(flat.Snapshot())) $"stored at {step}"
                        Expect.equal parameters (flat.AsSpan().ToArray()) $"parameters at {step}"
                        Expect.stringContains text $"step {step + 1}" "text"

                        if step = 4 then
                            flat.Carry((Optimizer.Parse "sgd 0.2 |> momentum 0.9").Plan<float>(long, one))
                            |> ignore
            finally
                folder.Delete true)

        testCase "a rank that fails between two blocks ends all, and leaves no session to go on with" (fun () ->
            let plan = double "adam 0.01" long
            let refused = Array.create 2 ""

            let failure =
                try
                    ThreadRanks.Run(
                        2,
                        Action<ICollectives>(fun ranks ->
                            use session = plan.Start(Failing(ranks, 1, 5), On<float>.Origin long.Length)
                            let gradient = On<float>.Origin long.Length

                            try
                                for _ in 1..3 do
                                    session.Step(ReadOnlySpan gradient) |> ignore
                            with _ ->
                                try
                                    session.Step(ReadOnlySpan gradient) |> ignore
                                with error ->
                                    refused[ranks.Rank] <- error.Message

                                reraise ())
                    )

                    failtest "expected a failure"
                with :? CollectiveException as failure ->
                    failure

            Expect.stringContains failure.Message "Rank 1 of 2 has ended" "who"
            Expect.stringContains failure.Message "the cable is out" "why"

            for message in refused do
                Expect.stringContains message "did not end" "a further step")
    ]

let private sharing =
    let describe (text: string) (layout: Layout) size =
        let plan = double text layout

        ThreadRanks.Run(
            size,
            Func<ICollectives, string * Piece>(fun ranks ->
                use session = plan.Start(ranks, On<float>.Origin layout.Length)
                session.Describe(), session.Own)
        )

    testList "how it is shared" [
        testCase "elementwise rules and norms: by elements, evenly" (fun () ->
            let pieces = describe "adam 0.01 |> clip 1.0" (Layout.Plain 1_000_000) 4

            for text, own in pieces do
                Expect.stringContains text "by elements" "the way"
                Expect.isLessThan (abs (own.Length - 250_000)) 40_000 "a quarter"

            Expect.equal (pieces |> Array.sumBy (fun (_, own) -> own.Length)) 1_000_000 "everything")

        testCase "rules on tensors: by tensors" (fun () ->
            for text, _ in describe "lamb 0.01 0.1" (snd layouts[0]) 2 do
                Expect.stringContains text "by tensors" "the way")

        testCase "a function on spans: not at all" (fun () ->
            let stage = {
                new ISpanStage with
                    member _.Phase = Phase.Update
                    member _.Equation = "u = u"
                    member _.Slots = [| SlotSpec.Element "v" |]

                    member _.Apply step =
                        let v = step.Slot "v"

                        for i in 0 .. v.Length - 1 do
                            v[i] <- v[i] + step.Update[v.Length - 1 - i]

                        v.CopyTo step.Update
            }

            let plan = (Optimizer.Sgd 0.1).With(stage).Plan<float>(snd layouts[0], one)
            On<float>.Same(plan, false, [ 1; 2; 3 ])

            ThreadRanks.Run(
                2,
                Action<ICollectives>(fun ranks ->
                    use session = plan.Start(ranks, On<float>.Origin plan.Layout.Length)
                    Expect.stringContains (session.Describe()) "not at all" "the way")
            ))

        testCase "one gradient a rank: the same bits as parts of the same number" (fun () ->
            let plan = double "adam 0.01 |> clip 1.0" (snd layouts[1])
            let state, _ = On<float>.Alone(plan, false)

            ThreadRanks.Run(
                parts,
                Action<ICollectives>(fun ranks ->
                    use session = plan.Start(ranks, On<float>.Origin plan.Layout.Length)

                    for step in 0 .. steps - 1 do
                        let loss, gradient =
                            On<float>.Evaluate(false, step, ranks.Rank, session.AsSpan().ToArray())

                        session.Step(gradient, loss) |> ignore

                    Expect.isTrue (session.Gather().Equals state) "state")
            ))

        testCase "a state of one rank goes on on three, and back" (fun () ->
            for text in [ "adam 0.01 |> clip 1.0"; "novoGrad 0.01 |> trustRatio" ] do
                let plan = double text (snd layouts[0])

                let state, _ = On<float>.Alone(plan, false)
                let mutable at = plan.Init(On<float>.Origin plan.Layout.Length)

                for step in 0 .. steps - 1 do
                    let now = at

                    at <-
                        ThreadRanks.Run(
                            1 + step,
                            Func<ICollectives, State<float>>(fun ranks ->
                                use session = plan.Resume(ranks, now, parts)
                                session.Step(On<float>.Part(false, step)) |> ignore
                                session.Gather())
                        )[0]

                Expect.isTrue (at.Equals state) text)

        testCase "a stop that one rank asks for is known to all behind the same step" (fun () ->
            let plan = (Optimizer.Parse "sgd 0.1").Plan(3)

            let ends =
                ThreadRanks.Run(
                    3,
                    Func<ICollectives, int64>(fun ranks ->
                        let ones = [| 1.0; 1.0; 1.0 |]
                        use session = plan.Start(ranks, ones)

                        while not session.MustStop do
                            if ranks.Rank = 1 && session.StepCount = 4L then
                                session.RequestStop()

                            session.Step ones |> ignore

                        session.StepCount)
                )

            Expect.equal ends [| 5L; 5L; 5L |] "steps")
    ]

[<Tests>]
let tests = testList "distributed" [ catalogue; pipelines; inBlocks; sharing ]
