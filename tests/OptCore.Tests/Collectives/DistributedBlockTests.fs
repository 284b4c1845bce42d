/// Steps on ranks block by block: which ones are, with which bits, and what becomes of one that does not end.
module OptCore.Tests.DistributedBlockTests

open System
open Expecto
open OptCore
open OptCore.Tests.OnRanks
open OptCore.Tests.BadInput.Refusals

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

/// Shares of so many blocks that memory which was received once is received again.
let private far =
    Layout.Empty.Add("a", 7001).Add("b", 13).Add("c", 230_011).Add("s").Add("d", 21_003)

/// Ranks of which one fails at an exchange, when those before it are under way.
type private Failing(ranks: ICollectives, rank: int, at: int) =
    let mutable exchanges = 0
    member val Abandoned = 0 with get, set

    interface ICollectives with
        member _.Rank = ranks.Rank
        member _.Size = ranks.Size

        member _.Exchange(send, sendPieces, receive, receivePieces) =
            ranks.Exchange(send, sendPieces, receive, receivePieces)

        member _.BeginExchange(send, sendPieces, receive, receivePieces) =
            exchanges <- exchanges + 1

            if ranks.Rank = rank && exchanges = at then
                failwith "the cable is out"

            ranks.BeginExchange(send, sendPieces, receive, receivePieces)

        member _.EndExchange() = ranks.EndExchange()

        member this.AbandonExchanges reason =
            this.Abandoned <- this.Abandoned + 1
            ranks.AbandonExchanges reason

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

        for text in [ "adam 0.01"; "sgd 0.1 |> momentum 0.9 |> clipValue 0.1" ] do
            testCase $"of many blocks, the next one and parameters under way: {text}" (fun () ->
                On<float>.Same(double text far, false, [ 2; 3 ])
                On<float32>.Same((Optimizer.Parse text).Plan<float32>(far, one), false, [ 2 ]))

        testCase "of many blocks, the mean waited for: clip" (fun () ->
            On<float>.Same(double "adam 0.01 |> clip 1.0" far, false, [ 2; 3 ]))

        testCase "the parameters themselves as the gradient" (fun () ->
            let plan = double "sgd 0.1 |> momentum 0.9" far
            let alone = plan.Start(On<float>.Origin far.Length)

            for _ in 1..steps do
                alone.Step(ReadOnlySpan(alone.AsSpan().ToArray())) |> ignore

            for found in
                ThreadRanks.Run(
                    2,
                    Func<ICollectives, State<float>>(fun ranks ->
                        use session = plan.Start(ranks, On<float>.Origin far.Length)

                        for _ in 1..steps do
                            session.Step(session.AsSpan()) |> ignore

                        session.Gather())
                ) do
                Expect.isTrue (found.Equals(alone.Snapshot())) "state")

        testCase "exchanges made where they begin, on all ranks or on one" (fun () ->
            let plan = double "adam 0.01" far
            let state, _ = On<float>.Alone(plan, false)

            for inTurn in [ [ 0; 1; 2 ]; [ 1 ] ] do
                for found in
                    ThreadRanks.Run(
                        3,
                        Func<ICollectives, State<float> * float[]>(fun ranks ->
                            let mine =
                                if List.contains ranks.Rank inTurn then
                                    InTurn ranks :> ICollectives
                                else
                                    ranks

                            use session = plan.Start(mine, On<float>.Origin far.Length, parts)

                            for step in 0 .. steps - 1 do
                                session.Step(On<float>.Part(false, step)) |> ignore

                            session.Gather(), session.AsSpan().ToArray())
                    ) do
                    Expect.isTrue ((fst found).Equals state) "state"
                    Expect.equal (snd found) (state.ToArray()) "parameters")

        // A step on shares of eight blocks: those of the mean and those of what comes back, sixteen exchanges.
        for at in [ 1; 2; 4; 5; 6; 15; 16; 17 ] do
            testCase $"a rank that fails at its exchange {at} ends all, and leaves no session to go on with" (fun () ->
                let plan = double "adam 0.01" far
                let refused = Array.create 2 []
                let abandoned = Array.zeroCreate<int> 2

                let failure =
                    try
                        ThreadRanks.Run(
                            2,
                            Action<ICollectives>(fun ranks ->
                                let failing = Failing(ranks, 1, at)
                                use session = plan.Start(failing, On<float>.Origin far.Length)
                                let gradient = On<float>.Origin far.Length

                                try
                                    for _ in 1..3 do
                                        session.Step(ReadOnlySpan gradient) |> ignore
                                with _ ->
                                    abandoned[ranks.Rank] <- failing.Abandoned

                                    let part = PartGradient<float>(fun _ _ _ -> 1.0)

                                    refused[ranks.Rank] <- [
                                        for step in
                                            [
                                                fun () -> session.Step(ReadOnlySpan gradient) |> ignore
                                                fun () -> session.Step part |> ignore
                                                fun () -> session.StepReported(ReadOnlySpan gradient) |> ignore
                                                fun () -> session.StepReported part |> ignore
                                                fun () -> session.Gather() |> ignore
                                            ] do
                                            (caught step).Message
                                    ]

                                    reraise ())
                        )

                        failtest "expected a failure"
                    with :? CollectiveException as failure ->
                        failure

                Expect.stringContains failure.Message "Rank 1 of 2 has ended" "who"
                Expect.stringContains failure.Message "the cable is out" "why"
                Expect.equal abandoned [| 1; 1 |] "what was under way"

                for messages in refused do
                    Expect.hasLength messages 5 "each of them"

                    for message in messages do
                        Expect.stringContains message "did not end" "a further step")
    ]

/// 1, then too much.
type private TooMuchFrom = {
    Step: int64
} with

    interface ISchedule with
        member this.At step = if step < this.Step then 1.0 else 1e10
        member _.Equation = "1, then 1e10"

let private beyond =
    testCase "a step whose rate is no number is refused before anything is written, again and again" (fun () ->
        let plan =
            (Optimizer.Parse "sgd 1e300 |> momentum 0.5").Schedule({ Step = 2L }).Plan<float>(Layout.Plain 5000, one)

        Expect.isTrue (isInBlocks plan 1) "block by block"

        ThreadRanks.Run(
            1,
            Action<ICollectives>(fun ranks ->
                use session = plan.Start(ranks, Array.zeroCreate<float> 5000, parts)

                let gradient =
                    PartGradient<float>(fun _ _ gradient ->
                        gradient.Fill 1e-300
                        0.0)

                let step () = session.Step gradient |> ignore
                step ()
                step ()
                let before = session.Gather()

                for _ in 1..2 do
                    Expect.throwsC step (fun e ->
                        Expect.stringContains e.Message "The rate is" "the rate"
                        Expect.stringContains e.Message "at step 2" "the step")

                Expect.equal session.StepCount 2L "no step"
                Expect.equal (session.Gather()) before "nothing is written")
        ))

let private withoutLoss =
    testCase "a step without the loss that it needs is refused before anything is written" (fun () ->
        let plan = double "sgd 0.5 |> momentum 0.5 |> plateau 1 0.5" (Layout.Plain 5000)
        Expect.isTrue (isInBlocks plan 1) "block by block"

        let evaluated loss =
            PartGradient<float>(fun part point gradient ->
                for i in 0 .. point.Length - 1 do
                    gradient[i] <- float part + point[i]

                loss)

        let run (interrupted: bool) =
            ThreadRanks.Run(
                1,
                Func<ICollectives, State<float>>(fun ranks ->
                    use session = plan.Start(ranks, Array.zeroCreate<float> plan.Layout.Length, parts)
                    session.Step(evaluated 1.0) |> ignore

                    if interrupted then
                        let before = session.Gather()

                        Expect.throwsC (fun () -> session.Step(evaluated nan) |> ignore) (fun e ->
                            Expect.stringContains e.Message "needs the loss of every step" "message")

                        Expect.equal (session.Gather()) before "nothing is written"
                        Expect.equal session.StepCount 1L "no step"

                    for loss in [ 1.0; 1.0; 1.0 ] do
                        session.Step(evaluated loss) |> ignore

                    session.Gather())
            )[0]

        Expect.equal (run true) (run false) "and the next ones are as if nothing had been")

[<Tests>]
let tests = testList "distributed" [ inBlocks; beyond; withoutLoss ]
