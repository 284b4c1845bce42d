/// What a session on ranks tells and refuses, whichever way it is stepped and shared; what collectives refuse, and how often ranks talk.
module OptCore.Tests.RankSessionTests

open System
open System.Diagnostics
open Expecto
open OptCore
open OptCore.Tests.OnRanks
open OptCore.Tests.BadInput.Refusals

let private layout = Layout.Of [ struct ("w", [| 4; 3 |]); struct ("b", [| 5 |]) ]
let private start = Array.init layout.Length (fun i -> float (i % 5) / 4.0 - 0.5)
let private flags = [| true; true |]

let private gradient rank =
    Array.init layout.Length (fun i -> float ((i + rank) % 3) / 8.0)

let private onRanks (size: int) (work: ICollectives -> unit) =
    ThreadRanks.Run(size, Action<ICollectives> work)

/// A rule on the whole vector beside one with slots of other shapes than the tensors: nothing is shared.
let private reaches = [
    "by elements", "adam 0.01 |> clip 1.0"
    "by tensors", "lamb 0.01 0.1"
    "not at all", "adafactor 0.01 |> l1Ball 2.0"
    "not at all", "lbfgs 2 0.1"
]

/// ½ Σ x², whose value every rank has.
let private bowl =
    FunctionObjective.OfArrays(layout.Length, (fun x -> 0.5 * Array.sumBy (fun xi -> xi * xi) x), Array.copy)

let private outcome (report: StepReport) = report.Outcome

/// Name, a step, whether ranks have losses of their own.
let private ways: (string * (DistributedSession<float> -> int -> StepOutcome) * bool) list =
    let loss rank = 1.0 + float rank

    let part =
        PartGradient<float>(fun part _ into ->
            (gradient part).AsSpan().CopyTo into
            loss part)

    [
        "a gradient", (fun session rank -> session.Step(ReadOnlySpan(gradient rank), loss rank)), true
        "a gradient and flags",
        (fun session rank -> session.Step(ReadOnlySpan(gradient rank), ReadOnlySpan flags, loss rank)),
        true
        "parts", (fun session _ -> session.Step part), true
        "an objective", (fun session _ -> session.Step(bowl: IObjective)), false
        "a gradient, reported",
        (fun session rank -> outcome (session.StepReported(ReadOnlySpan(gradient rank), loss rank))),
        true
        "a gradient and flags, reported",
        (fun session rank -> outcome (session.StepReported(ReadOnlySpan(gradient rank), ReadOnlySpan flags, loss rank))),
        true
        "parts, reported", (fun session _ -> outcome (session.StepReported part)), true
        "an objective, reported", (fun session _ -> outcome (session.StepReported(bowl: IObjective))), false
    ]

let private told =
    testList "told behind every step, on all ranks" [
        for reach, text in reaches do
            for name, step, isOwn in ways do
                testCase $"{text} by {name}: the mean of the losses, and a stop that one of them asks for" (fun () ->
                    for size in [ 1; 3 ] do
                        onRanks size (fun ranks ->
                            use session = (double text layout).Start(ranks, ReadOnlySpan start)
                            Expect.stringContains (session.Describe()) reach "how it is shared"
                            Expect.isTrue (Double.IsNaN session.Loss) "no loss yet"
                            Expect.isFalse session.MustStop "nobody has asked"

                            for t in 1L .. 3L do
                                let value = 0.5 * Array.sumBy (fun x -> x * x) (session.AsSpan().ToArray())

                                if ranks.Rank = size - 1 && t = 2L then
                                    session.RequestStop()

                                Expect.equal (step session ranks.Rank) StepOutcome.Updated $"step {t}"
                                // (1 + … + n)/n.
                                let expected = if isOwn then float (1 + size) / 2.0 else value
                                Expect.equal session.Loss expected $"the loss of step {t} on {size}"
                                Expect.equal session.MustStop (t >= 2L) $"the stop behind step {t} on {size}"
                                Expect.equal session.StepCount t "the count"))

        testCase "all ways make the same step of the same gradients" (fun () ->
            for _, text in reaches do
                for size in [ 1; 2; 4 ] do
                    onRanks size (fun ranks ->
                        let states = [
                            for name, step, isOwn in ways do
                                if isOwn then
                                    use session = (double text layout).Start(ranks, ReadOnlySpan start)

                                    for _ in 1..3 do
                                        step session ranks.Rank |> ignore

                                    name, session.Gather(), session.AsSpan().ToArray()
                        ]

                        let _, first, point = states.Head

                        for name, state, parameters in states do
                            Expect.isTrue (state.Equals first) $"{text} by {name} on {size}"
                            Expect.equal parameters point $"{text} by {name} on {size}: parameters"))

        testCase "a rule on the whole vector beside slots of other shapes: the bits of one rank" (fun () ->
            for _, layout in List.take 3 layouts do
                On<float>.Same(double "adafactor 0.01 |> l1Ball 2.0" layout, false, [ 1; 2; 3 ]))

        testCase "a loss that is no number counts as infinite, where ranks share an objective" (fun () ->
            let nowhere = FunctionObjective.OfArrays(layout.Length, (fun _ -> nan), Array.copy)

            for size in [ 1; 2 ] do
                onRanks size (fun ranks ->
                    use session =
                        (double "sgd 0.1 |> skipNonFinite 3" layout).Start(ranks, ReadOnlySpan start)

                    session.Step(nowhere: IObjective) |> ignore
                    Expect.equal session.Loss infinity "the loss"))

        testCase "signals: none stops nothing; one that ends jobs stops all ranks behind their step" (fun () ->
            // The latter two would end the process if nobody had registered for them.
            for signal in [ Signals.interrupt; Signals.terminate; Signals.user1; Signals.user2 ] do
                onRanks 2 (fun ranks ->
                    use session = (double "sgd 0.1" layout).Start(ranks, ReadOnlySpan start)
                    session.StopOnSignals()
                    session.StopOnSignals()
                    session.Step(ReadOnlySpan(gradient 0)) |> ignore
                    Expect.isFalse session.MustStop "no signal"
                    ranks.Barrier()

                    if OperatingSystem.IsLinux() && not (Signals.isIgnored signal) then
                        if ranks.Rank = 1 then
                            Signals.send signal

                        // It comes on a thread of its own.
                        let clock = Stopwatch.StartNew()

                        while not session.MustStop do
                            Expect.isLessThan clock.Elapsed (TimeSpan.FromMinutes 1.0) $"{signal} is heard"
                            session.Step(ReadOnlySpan(gradient 0)) |> ignore

                        Expect.equal
                            (ranks.Gather session.StepCount |> Array.distinct |> Array.length)
                            1
                            $"{signal}: the same step"

                    // Nobody stops listening before both have heard it.
                    ranks.Barrier()))
    ]

let private notices =
    testList "what ranks tell one another in a step" [
        for size in [ 1; 2; 3 ] do
            testCase $"losses, missing gradients, stops, blocks: all of them, on {size} ranks" (fun () ->
                let all = [ 0 .. size - 1 ]
                let parts = 2 * size + 1
                let loss step part = float (part * part + step) / 8.0
                let stops step rank = step % (2 * size) = rank
                let waits step rank = step % (3 * size) = rank

                // Words of 32 flags: one that is not full, one that is, one with a single flag behind it.
                for tensors in [ 1; 2; 31; 32; 33; 64; 65 ] do
                    // Everything; nothing; all but one tensor on all ranks, and on the last rank alone; a part of them on every rank.
                    let isThere step rank tensor =
                        match step with
                        | 0 -> true
                        | 1 -> false
                        | step when step < 6 -> tensor <> (step - 2) * (tensors - 1) / 3
                        | step when step < 10 -> rank < size - 1 || tensor <> (step - 6) * (tensors - 1) / 3
                        | step -> (tensor * 7919 + rank * 31 + step * 104_729) % 5 > 1

                    onRanks size (fun ranks ->
                        let own = PartTree.PartsOf(ranks.Rank, size, parts)
                        let told = StepNotices(ranks, parts, tensors)
                        Expect.isTrue (Double.IsNaN told.Loss) "no loss yet"
                        Expect.isFalse told.MustStop "no stop yet"

                        for step in 0..15 do
                            Expect.equal told.OwnLosses.Length own.Length "one for each part of this rank"

                            for part in own.Start .. own.End - 1 do
                                told.OwnLosses.Span[part - own.Start] <- loss step part

                            // Nothing said is as good as everything.
                            if step > 0 then
                                told.SetPresent(ReadOnlySpan(Array.init tensors (isThere step ranks.Rank)))

                            told.Exchange(stops step ranks.Rank, not (waits step ranks.Rank))
                            let what = $"{tensors} tensors, step {step}"

                            let there =
                                Array.init tensors (fun tensor ->
                                    all |> List.exists (fun rank -> isThere step rank tensor))

                            Expect.equal
                                (told.Present.ToArray())
                                (if Array.forall id there then [||] else there)
                                $"{what}: what is there"

                            Expect.equal
                                told.Loss
                                (PartTree.Sum(ReadOnlySpan(Array.init parts (loss step))) / float parts)
                                $"{what}: the loss"

                            Expect.equal told.MustStop (List.exists (stops step) all) $"{what}: a stop"
                            Expect.equal told.CanStepInBlocks (not (List.exists (waits step) all)) $"{what}: blocks"

                        told.SetPresent(ReadOnlySpan())
                        told.Exchange(false, true)
                        Expect.isTrue told.Present.IsEmpty "one of each again"))

        testCase
            "block by block, then nothing shared, then shared in another way: the parameters of one rank"
            (fun () ->
                let texts = [ "sgd 0.1"; "lbfgs 2 0.1"; "lbfgs 2 0.05"; "lbfgs 2 0.05 |> trustRatio" ]

                for size in [ 2; 3 ] do
                    let mean =
                        [ 0 .. size - 1 ]
                        |> List.map gradient
                        |> List.reduce (Array.map2 (+))
                        |> Array.map (fun x -> x / float size)

                    onRanks size (fun ranks ->
                        use session = (double texts.Head layout).Start(ranks, ReadOnlySpan start)
                        let flat = (double texts.Head layout).Start(ReadOnlySpan start)

                        for text in texts do
                            session.Optimizer <- Optimizer.Parse text
                            flat.Optimizer <- Optimizer.Parse text

                            for _ in 1..2 do
                                session.Step(ReadOnlySpan(gradient ranks.Rank)) |> ignore
                                flat.Step(ReadOnlySpan mean) |> ignore

                                Expect.equal
                                    (session.AsSpan().ToArray())
                                    (flat.AsSpan().ToArray())
                                    $"{text} on {size}"

                            Expect.isTrue (session.Gather().Equals(flat.Snapshot())) $"{text} on {size}: the state"))

        for text in
            [
                "sgd 0.1 |> nag 0.9"
                "sgd 0.1 |> sam 0.05"
                "adam 0.01 |> clip 1.0"
                "lamb 0.01 0.1"
            ] do
            testCase $"{text}: tensors of which some ranks or none has a gradient, with and without a report" (fun () ->
                let plan = double text layout

                // What a rank of so many has no gradient of.
                let cases: (string * (int -> int -> int list)) list = [
                    "w nowhere", (fun _ _ -> [ 0 ])
                    "b nowhere", (fun _ _ -> [ 1 ])
                    "nothing anywhere", (fun _ _ -> [ 0; 1 ])
                    "everything", (fun _ _ -> [])
                    "no w on the last rank", (fun rank size -> if rank = size - 1 then [ 0 ] else [])
                    "no b on the first rank", (fun rank _ -> if rank = 0 then [ 1 ] else [])
                    "one of them on each rank", (fun rank _ -> [ rank % 2 ])
                ]

                for name, missing in cases do
                    for size in [ 1; 2; 3 ] do
                        let all = [ 0 .. size - 1 ]

                        let isThere rank tensor =
                            not (List.contains tensor (missing rank size))

                        let present =
                            Array.init 2 (fun tensor -> all |> List.exists (fun rank -> isThere rank tensor))

                        // Where there is none, nothing is looked at.
                        let filled (value: float) rank =
                            gradient rank
                            |> Array.mapi (fun i x -> if isThere rank (if i < 12 then 0 else 1) then x else value)

                        let mean =
                            all
                            |> List.map (filled 0.0)
                            |> List.reduce (Array.map2 (+))
                            |> Array.map (fun x -> x / float size)

                        let flat = plan.Start(ReadOnlySpan start)

                        let reports = [
                            for _ in 0..3 do
                                flat.StepReported(
                                    ReadOnlySpan mean,
                                    ReadOnlySpan present,
                                    float (1 + size) / 2.0,
                                    atPoint = true
                                )
                                |> string
                        ]

                        onRanks size (fun ranks ->
                            use session = plan.Start(ranks, ReadOnlySpan start)
                            let own, flags = filled nan ranks.Rank, Array.init 2 (isThere ranks.Rank)

                            for step in 0..3 do
                                let loss = 1.0 + float ranks.Rank

                                if step % 2 = 0 then
                                    let report = session.StepReported(ReadOnlySpan own, ReadOnlySpan flags, loss)
                                    Expect.equal (string report) reports[step] $"{name} on {size}: report {step}"
                                else
                                    session.Step(ReadOnlySpan own, ReadOnlySpan flags, loss) |> ignore

                            Expect.isTrue (session.Gather().Equals(flat.Snapshot())) $"{name} on {size}: the state"))
    ]

let private isNull (name: string) (action: unit -> 'T) =
    match caught action with
    | :? ArgumentNullException as e -> Expect.equal e.ParamName name "the parameter"
    | e -> failtestf "%O" e

let private refusals =
    testList "refused" [
        testCase "ranks that are none" (fun () ->
            let plan = double "sgd 0.1" layout
            let state = plan.Init start
            let tensors = [| Array.zeroCreate<float> 12; Array.zeroCreate<float> 5 |]
            let blocks = [| for tensor in tensors -> TensorBlock<float>.op_Implicit tensor |]
            isNull "ranks" (fun () -> plan.Start(nothing, ReadOnlySpan start))
            isNull "ranks" (fun () -> plan.Resume(nothing, state))
            isNull "ranks" (fun () -> plan.Bind(nothing, ReadOnlySpan blocks))
            isNull "ranks" (fun () -> plan.Bind(nothing, ReadOnlySpan blocks, state))
            isNull "ranks" (fun () -> plan.Bind(nothing, tensors))
            isNull "ranks" (fun () -> plan.Bind(nothing, tensors, state))
            isNull "tensors" (fun () -> plan.Bind(Alone.Instance, nothing<float[][]>))
            isNull "state" (fun () -> plan.Resume(Alone.Instance, nothing))

            isNull "ranks" (fun () ->
                SharedObjective(
                    nothing,
                    MiniBatches(OptModels.LeastSquares(Array2D.create 2 1 1.0, [| 0.0; 0.0 |]), 1)
                ))

            isNull "sum" (fun () -> SharedObjective(Alone.Instance, nothing<IFiniteSum>))
            isNull "batches" (fun () -> SharedObjective(Alone.Instance, nothing<MiniBatches>)))

        testCase "gradients, parts and optimizers, and nothing has happened" (fun () ->
            use session = (double "sgd 0.1" layout).Start(Alone.Instance, ReadOnlySpan start)
            use parts = (double "sgd 0.1" layout).Start(Alone.Instance, ReadOnlySpan start, 2)
            let short, all = Array.zeroCreate<float> 16, Array.zeroCreate<float> 17
            argument [ "gradient has 16 elements"; "has 17" ] (fun () -> session.Step(ReadOnlySpan short))
            argument [ "gradient has 16 elements"; "has 17" ] (fun () -> session.StepReported(ReadOnlySpan short))
            argument [ "2 parts on 1 ranks" ] (fun () -> parts.Step(ReadOnlySpan all))
            argument [ "2 parts on 1 ranks" ] (fun () -> parts.StepReported(ReadOnlySpan all))

            for flags in [ [| true |]; [| true; true; true |] ] do
                argument [ "present says of"; string flags.Length; "has 2" ] (fun () ->
                    session.Step(ReadOnlySpan all, ReadOnlySpan flags))

                argument [ "present says of"; string flags.Length; "has 2" ] (fun () ->
                    session.StepReported(ReadOnlySpan all, ReadOnlySpan flags))

            isNull "evaluate" (fun () -> session.Step(nothing<PartGradient<float>>))
            isNull "evaluate" (fun () -> session.StepReported(nothing<PartGradient<float>>))
            isNull "value" (fun () -> session.Optimizer <- nothing)
            isNull "batches" (fun () -> session.Step(nothing<MiniBatches>))

            let sum = OptModels.LeastSquares(Array2D.create 2 3 1.0, [| 0.0; 0.0 |])
            argument [ "batches"; "3"; "17" ] (fun () -> session.Step(MiniBatches(sum, 1)))

            argument [ "3 parts"; "4 ranks" ] (fun () ->
                try
                    onRanks 4 (fun ranks -> (double "sgd 0.1" layout).Start(ranks, ReadOnlySpan start, 3) |> ignore)
                with :? CollectiveException as failure ->
                    raise (Unchecked.nonNull failure.InnerException))

            Expect.equal (session.StepCount, session.AsSpan().ToArray()) (0L, start) "nothing is done")

        testCase "a loss that is no number, where a stage looks at it: on all ranks, however it is shared" (fun () ->
            let nowhere = FunctionObjective.OfArrays(layout.Length, (fun _ -> nan), Array.copy)

            for reach, text in
                [
                    "by elements", "momo 0.1"
                    "by tensors", "momo 0.1 |> trustRatio"
                    "not at all", "partition [\"w\", adafactor 0.01; \"*\", momo 0.1] |> l1Ball 2.0"
                ] do
                for size in [ 1; 2 ] do
                    onRanks size (fun ranks ->
                        use session = (double text layout).Start(ranks, ReadOnlySpan start)
                        Expect.stringContains (session.Describe()) reach "how it is shared"
                        argument [ "The loss is"; "momo" ] (fun () -> session.Step(nowhere: IObjective))
                        argument [ "The loss is"; "momo" ] (fun () -> session.StepReported(nowhere: IObjective))

                        Expect.equal
                            (session.StepCount, session.AsSpan().ToArray())
                            (0L, start)
                            $"{text}: nothing is done"))

        testCase "an objective that ranks share, where the loss is scaled: by name, and nothing is done" (fun () ->
            for text in [ "adam 0.1 |> lossScale"; "lamb 0.01 0.1 |> lossScale" ] do
                for size in [ 1; 2 ] do
                    onRanks size (fun ranks ->
                        use session = (double text layout).Start(ranks, ReadOnlySpan start)
                        argument [ "lossScale"; "LossScale" ] (fun () -> session.Step(bowl: IObjective))
                        argument [ "lossScale"; "LossScale" ] (fun () -> session.StepReported(bowl: IObjective))

                        Expect.equal
                            (session.StepCount, session.AsSpan().ToArray())
                            (0L, start)
                            $"{text}: nothing is done"))

        testCase "pieces and roots that are not there, before anybody waits" (fun () ->
            let check (ranks: ICollectives) =
                let values = Array.zeroCreate<float> 6
                let own = [| for _ in 1 .. ranks.Size -> Piece(0, 1) |]

                let wrong = [
                    Array.append own [| Piece(0, 1) |], "pieces; expected one for each"
                    Array.skip 1 own, "pieces; expected one for each"
                    for bad in
                        [
                            Piece(-1, 1)
                            Piece(1, -1)
                            Piece(6, 1)
                            Piece(2, 5)
                            Piece(Int32.MaxValue, 1)
                        ] do
                        Array.append (Array.skip 1 own) [| bad |], "the vector has 6 numbers"
                ]

                for pieces, words in wrong do
                    argument [ "sendPieces"; words ] (fun () ->
                        ranks.Exchange<float>(ReadOnlySpan values, ReadOnlySpan pieces, Span values, ReadOnlySpan own))

                    argument [ "receivePieces"; words ] (fun () ->
                        ranks.Exchange<float>(ReadOnlySpan values, ReadOnlySpan own, Span values, ReadOnlySpan pieces))

                    argument [ "pieces"; words ] (fun () -> ranks.AllGather<float>(Span values, ReadOnlySpan pieces))

                    match caught (fun () -> ranks.ReduceScatter<float>(values, pieces, values.AsSpan())) with
                    | :? ArgumentException as e ->
                        Expect.equal e.ParamName "pieces" "the parameter"
                        Expect.stringContains e.Message words "message"
                    | e -> failtestf "%O" e

                for root in [ -1; ranks.Size ] do
                    range [ $"root = {root}"; $"< {ranks.Size}" ] (fun () -> ranks.Broadcast<float>(Span values, root))

                // What is at the ends is allowed.
                ranks.AllGather<float>(Span values, ReadOnlySpan [| for _ in own -> Piece(6, 0) |])
                ranks.Broadcast<float>(Span values, ranks.Size - 1)
                ranks.Broadcast<float>(Span values, 0)

            check Alone.Instance
            onRanks 1 check
            onRanks 3 check
            Expect.equal (Alone.Instance.Rank, Alone.Instance.Size) (0, 1) "one rank"
            isNull "ranks" (fun () -> Collectives.AllReduce<float>(nothing, Span(Array.zeroCreate<float> 1)))
            isNull "ranks" (fun () -> Collectives.Gather(nothing, 1))
            isNull "text" (fun () -> Collectives.Gather(Alone.Instance, nothing<string>))
            isNull "work" (fun () -> ThreadRanks.Run(1, nothing<Func<ICollectives, int>>))

            isNull "ranks" (fun () ->
                Collectives.ReduceScatter<float>(
                    nothing,
                    ReadOnlySpan [| 1.0 |],
                    ReadOnlySpan [| Piece(0, 1) |],
                    Span(Array.zeroCreate<float> 1)
                ))

            range [ "size = 0" ] (fun () -> ThreadRanks.Run(0, Action<ICollectives> ignore))
            range [ "length" ] (fun () -> Collectives.Evenly(-1, 2))
            range [ "pieces = 0" ] (fun () -> Collectives.Evenly(1, 0)))
    ]

/// Ranks that count how often they exchange.
type private Counted(ranks: ICollectives) =
    member val Exchanges = 0 with get, set
    member val Gathers = 0 with get, set

    /// Numbers in the vectors that were gathered.
    member val Gathered = 0 with get, set

    interface ICollectives with
        member _.Rank = ranks.Rank
        member _.Size = ranks.Size

        member this.Exchange(send, sendPieces, receive, receivePieces) =
            this.Exchanges <- this.Exchanges + 1
            ranks.Exchange(send, sendPieces, receive, receivePieces)

        member this.AllGather(vector, pieces) =
            this.Gathers <- this.Gathers + 1
            this.Gathered <- this.Gathered + vector.Length
            ranks.AllGather(vector, pieces)

        member _.Broadcast(values, root) = ranks.Broadcast(values, root)
        member _.Barrier() = ranks.Barrier()
        member _.Abort message = ranks.Abort message

let private traffic =
    testList "traffic" [
        testCase "a vector is cut evenly, where it is long in lines of 16" (fun () ->
            for pieces in [ 1; 2; 3; 7 ] do
                for length in [ 0; 1; 6; 256 * pieces - 1; 256 * pieces; 256 * pieces + 1; 5000 ] do
                    let unit = if length >= 256 * pieces then 16 else 1

                    let cut i =
                        if i = pieces then
                            length
                        else
                            length * i / pieces / unit * unit

                    Expect.equal
                        (Collectives.Evenly(length, pieces))
                        [| for i in 0 .. pieces - 1 -> Piece(cut i, cut (i + 1) - cut i) |]
                        $"{length} in {pieces}")

        testCase "another rate moves no numbers: the ranks only agree on it" (fun () ->
            for _, text in reaches do
                onRanks 2 (fun ranks ->
                    let counted = Counted ranks
                    use session = (double text layout).Start(counted, ReadOnlySpan start)
                    let before = counted.Exchanges, counted.Gathers
                    session.Optimizer <- session.Optimizer.WithRate 0.5
                    // The lengths of the texts, and the texts.
                    Expect.equal (counted.Exchanges, counted.Gathers) (fst before, snd before + 2) text))

        // A block is what the second-level cache holds beside all else, 2¹⁷ bytes, and all ranks' blocks together 2¹⁹ numbers.
        for size, block in [ 1, 0; 2, 16_384; 32, 16_384; 64, 8_192 ] do
            testCase $"a sum on {size} ranks takes one exchange for each block of the longest piece" (fun () ->
                for length in List.distinct [ 0; 1; 2; 3; 16; block; block + 1; 2 * block; 2 * block + 1 ] do
                    onRanks size (fun ranks ->
                        let counted = Counted ranks
                        let values = Array.init length (fun i -> float (i % 7 + ranks.Rank))
                        let sums = Array.zeroCreate<float>(if ranks.Rank = 0 then length else 0)
                        // The first rank keeps all of it.
                        let pieces = [| for rank in 0 .. size - 1 -> Piece(0, (if rank = 0 then length else 0)) |]

                        (counted :> ICollectives)
                            .ReduceScatter<float>(ReadOnlySpan values, ReadOnlySpan pieces, Span sums)

                        let expected = if size = 1 then 0 else (length + block - 1) / block
                        Expect.equal counted.Exchanges expected $"{length} numbers"

                        if ranks.Rank = 0 then
                            Expect.equal
                                sums
                                (Array.init length (fun i -> float (size * (i % 7) + size * (size - 1) / 2)))
                                $"{length} numbers: the sum"))

        // From 2¹⁶ bytes on a block comes back by itself, while the next ones are added up; what is smaller comes back as a whole.
        for size, block, isByItself in [ 2, 16_384, true; 32, 16_384, true; 64, 8_192, true; 80, 6_544, false ] do
            let how = if isByItself then "block by block" else "at once"

            testCase $"what becomes of a mean on {size} ranks comes back {how}" (fun () ->
                for blocks in [ 1; 2; 3 ] do
                    let length = blocks * block

                    onRanks size (fun ranks ->
                        let counted = Counted ranks

                        let pieces = [|
                            for rank in 0 .. size - 1 ->
                                Piece((if rank = 0 then 0 else length), (if rank = 0 then length else 0))
                        |]

                        let sum = PartSum<float>(counted, pieces, size)
                        let values = Array.init length (fun i -> float (i % 7 + ranks.Rank))
                        let back = GC.AllocateArray<float>(length, pinned = true)

                        let take =
                            MeanTaker<float>(fun start mean ->
                                for i in 0 .. mean.Length - 1 do
                                    back[start + i] <- 2.0 * mean[i])

                        sum.Each(ReadOnlySpan values, size, take, back.AsSpan())
                        let apart = isByItself && blocks > 1

                        Expect.equal
                            (counted.Exchanges, counted.Gathers)
                            (if apart then 2 * blocks, 0 else blocks, 1)
                            $"{blocks} blocks: exchanges, gathers"

                        // (s + … + s + n − 1)/n times 2, rounded as the division is.
                        let sum i =
                            float (size * (i % 7) + size * (size - 1) / 2)

                        Expect.equal
                            back
                            (Array.init length (fun i -> 2.0 * (sum i / float size)))
                            "what has come back"))

        testCase
            "a step tells a loss for each part, a flag for each tensor in words of 32, and one number more"
            (fun () ->
                for size, parts in [ 1, 1; 2, 2; 3, 8 ] do
                    for tensors, words in [ 1, 1; 31, 1; 32, 1; 33, 2; 64, 2; 65, 3 ] do
                        onRanks size (fun ranks ->
                            let counted = Counted ranks
                            let told = StepNotices(counted, parts, tensors)
                            told.Exchange(false, true)

                            Expect.equal
                                (counted.Exchanges, counted.Gathers, counted.Gathered)
                                (0, 1, parts + size * (words + 1))
                                $"{tensors} tensors, {parts} parts on {size} ranks"))

        testCase "one exchange for each branch of the tree that a rank holds at most" (fun () ->
            // 3 = (0 1)(2): the second of two ranks holds 1 and 2, which are no branch; 8 = (0 … 3)(4 … 7); 7 = ((0 1)(2 3))(4 … 6).
            for size, parts, branches in [ 1, 3, 0; 2, 2, 1; 2, 3, 2; 2, 8, 1; 2, 5, 2; 2, 7, 2; 4, 8, 1; 3, 8, 2 ] do
                onRanks size (fun ranks ->
                    let counted = Counted ranks
                    // Not block by block: the whole mean at once.
                    use session =
                        (double "adam 0.01 |> clip 1.0" layout).Start(counted, ReadOnlySpan start, parts)

                    let before = counted.Exchanges

                    session.Step(
                        PartGradient<float>(fun part _ into ->
                            (gradient part).AsSpan().CopyTo into
                            1.0)
                    )
                    |> ignore

                    Expect.equal (counted.Exchanges - before) branches $"{parts} parts on {size} ranks"))
    ]

[<Tests>]
let tests = testList "sessions on ranks" [ told; notices; refusals; traffic ]
