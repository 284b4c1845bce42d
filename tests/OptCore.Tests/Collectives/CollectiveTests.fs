/// What ranks do together, on threads of this process: sums in an order of their own, agreement, failures that end all.
module OptCore.Tests.CollectiveTests

open System
open Expecto
open OptCore
open OptCore.Tests.OnRanks

let private numbers (seed: int) (length: int) =
    let random = Random seed
    Array.init length (fun _ -> (random.NextDouble() - 0.5) * Math.Pow(10.0, float (random.Next(-3, 2))))

/// The sum of the parts as the documentation tells it: the first m, the largest power of two below k, plus the rest.
let rec private treeSum (parts: float[] list) =
    match parts with
    | [] -> [||]
    | [ one ] -> one
    | _ ->
        let m =
            List.unfold (fun m -> if m < parts.Length then Some(m, 2 * m) else None) 1
            |> List.last

        Array.map2 (+) (treeSum (List.take m parts)) (treeSum (List.skip m parts))

let private sums =
    testList "sums" [
        for size in 1..9 do
            testCase $"all-reduce on {size} ranks is the tree's sum, on every rank" (fun () ->
                for length in [ 0; 1; 7; 1000; 5003 ] do
                    let expected = treeSum [ for rank in 0 .. size - 1 -> numbers rank length ]

                    let found =
                        ThreadRanks.Run(
                            size,
                            Func<ICollectives, float[]>(fun ranks ->
                                let values = numbers ranks.Rank length
                                ranks.AllReduce<float> values
                                values)
                        )

                    for values in found do
                        Expect.sequenceEqual values expected $"{length} numbers")

            testCase $"reduce-scatter on {size} ranks is its piece" (fun () ->
                let length = 777
                let expected = treeSum [ for rank in 0 .. size - 1 -> numbers rank length ]
                let pieces = Collectives.Evenly(length, size)

                let found =
                    ThreadRanks.Run(
                        size,
                        Func<ICollectives, float[]>(fun ranks ->
                            let own: float[] = Array.zeroCreate pieces[ranks.Rank].Length
                            ranks.ReduceScatter<float>(numbers ranks.Rank length, pieces, own)
                            own)
                    )

                Expect.sequenceEqual (Array.concat found) expected "all pieces")
    ]

/// What has come of a sum piece by piece: the first index of each, its numbers.
type private Taken = (int * float[]) list

let private pieceByPiece =
    testList "a mean handed over block by block" [
        // Of one block, of several that follow one another under way, of so many that memory is received into again.
        for size, parts, length in
            [
                1, 3, 70_000
                2, 2, 7
                2, 2, 40_000
                2, 5, 100_001
                3, 3, 300_017
                3, 8, 70_000
                5, 5, 3
                4, 4, 500_000
            ] do
            testCase
                $"{parts} parts on {size} ranks, {length} numbers: each once, in order, and what becomes of it"
                (fun () ->
                    let mean =
                        treeSum [ for part in 0 .. parts - 1 -> numbers part length ]
                        |> Array.map (fun sum -> sum / float parts)

                    // Shared evenly; all of it on the last rank; the first one has little and the last one nothing.
                    let cuts = [
                        Collectives.Evenly(length, size)
                        Collectives.Behind(ReadOnlySpan [| for rank in 1..size -> if rank = size then length else 0 |])
                        if size > 2 then
                            Collectives.Behind(
                                ReadOnlySpan [|
                                    for rank in 1..size ->
                                        if rank = 1 then 3
                                        elif rank = 2 then length - 3
                                        else 0
                                |]
                            )
                    ]

                    for pieces in cuts do
                        for hands in [ false; true ] do
                            // A gradient that is handed in is the only part of its rank.
                            if not hands || parts = size then
                                ThreadRanks.Run(
                                    size,
                                    Action<ICollectives>(fun ranks ->
                                        let own = pieces[ranks.Rank]
                                        let sum = PartSum<float>(ranks, pieces, parts)
                                        let back = GC.AllocateArray<float>(length, pinned = true)
                                        let mutable taken: Taken = []

                                        let take =
                                            MeanTaker<float>(fun start block ->
                                                taken <- (start, block.ToArray()) :: taken

                                                for i in 0 .. block.Length - 1 do
                                                    back[own.Start + start + i] <- -2.0 * block[i])

                                        // Twice: what was received is received again.
                                        for _ in 1..2 do
                                            taken <- []
                                            Array.fill back 0 length nan

                                            if hands then
                                                sum.Each(ReadOnlySpan(numbers ranks.Rank length), parts, take, back)
                                            else
                                                sum.Evaluate(
                                                    PartInto<float>(fun part into ->
                                                        (numbers part length).AsSpan().CopyTo into),
                                                    length
                                                )

                                                sum.Each(ReadOnlySpan(), parts, take, back)

                                            let blocks = List.rev taken
                                            let lengths = blocks |> List.map (snd >> Array.length)

                                            Expect.equal
                                                (blocks |> List.map fst)
                                                (lengths |> List.scan (+) 0 |> List.take lengths.Length)
                                                "one behind the other"

                                            Expect.equal
                                                (blocks |> List.map snd |> Array.concat)
                                                mean[own.Start .. own.End - 1]
                                                "this rank's piece of the mean"

                                            Expect.isFalse (List.contains 0 lengths) "no block without numbers"

                                            Expect.isTrue
                                                (blocks |> List.forall (fun (start, _) -> start % 16 = 0))
                                                "from multiples of 16 on"

                                            Expect.isTrue
                                                (lengths |> List.forall (fun one -> one <= lengths.Head))
                                                "a shorter one comes last"

                                            Expect.equal
                                                back
                                                (Array.map (fun x -> -2.0 * x) mean)
                                                "what comes back to all")
                                ))
    ]

let private parts =
    testList "parts" [
        testCase "every part has one rank, in order, and no rank two more than another" (fun () ->
            for ranks in 1..9 do
                for parts in ranks..33 do
                    let all = [ for rank in 0 .. ranks - 1 -> PartTree.PartsOf(rank, ranks, parts) ]
                    let listed = all |> List.collect (fun p -> [ p.Start .. p.End - 1 ])
                    Expect.equal listed [ 0 .. parts - 1 ] $"{parts} parts on {ranks} ranks"
                    let counts = all |> List.map _.Length
                    Expect.isLessThanOrEqual (List.max counts - List.min counts) 1 "even")

        testCase "fewer parts than ranks are refused" (fun () ->
            Expect.throwsT<ArgumentException> (fun () -> PartTree.PartsOf(0, 4, 3) |> ignore) "3 parts on 4 ranks")

        testCase "a sum of numbers is that of vectors" (fun () ->
            for k in 1..40 do
                let values = numbers k k
                let expected = treeSum [ for v in values -> [| v |] ]
                Expect.equal (PartTree.Sum values) expected[0] $"{k}")

        testCase "pieces cover a vector without gaps" (fun () ->
            for length in [ 0; 1; 5; 100; 4096; 100_003 ] do
                for pieces in 1..9 do
                    let cut = Collectives.Evenly(length, pieces)
                    Expect.equal cut[0].Start 0 "start"
                    Expect.equal cut[pieces - 1].End length "end"

                    for i in 1 .. pieces - 1 do
                        Expect.equal cut[i].Start cut[i - 1].End "neighbours")
    ]

let private moves =
    testList "moves" [
        for size in 1..5 do
            testCase $"exchange, gather, broadcast on {size} ranks" (fun () ->
                ThreadRanks.Run(
                    size,
                    Action<ICollectives>(fun ranks ->
                        // To rank r goes r + 1 times the number 10·sender + r.
                        let send = [|
                            for r in 0 .. size - 1 do
                                for _ in 0..r -> 10 * ranks.Rank + r
                        |]

                        let starts = Array.scan (+) 0 [| for r in 0 .. size - 1 -> r + 1 |]
                        let sent = [| for r in 0 .. size - 1 -> Piece(starts[r], r + 1) |]
                        let own = ranks.Rank + 1
                        let received: int[] = Array.zeroCreate (own * size)
                        let places = [| for r in 0 .. size - 1 -> Piece(r * own, own) |]
                        ranks.Exchange<int>(send, sent, received, places)

                        let expected = [|
                            for r in 0 .. size - 1 do
                                for _ in 1..own -> 10 * r + ranks.Rank
                        |]

                        Expect.equal received expected "exchange"
                        Expect.equal (ranks.Gather ranks.Rank) [| 0 .. size - 1 |] "numbers"

                        Expect.equal
                            (ranks.Gather(String('a', ranks.Rank)))
                            [| for r in 0 .. size - 1 -> String('a', r) |]
                            "texts"

                        for root in 0 .. size - 1 do
                            let values = [| float ranks.Rank; 1.5 |]
                            ranks.Broadcast<float>(values, root)
                            Expect.equal values [| float root; 1.5 |] "broadcast"

                        Expect.equal (ranks.Any(ranks.Rank = size - 1)) true "one of them"
                        Expect.equal (ranks.Any false) false "none of them")
                ))
    ]

/// Long enough that copying it takes longer than to come back from an operation that others are still at.
let private ownMemory =
    testCase "what a rank has sent is its own again as soon as it is back" (fun () ->
        let length, size = 1 <<< 20, 3

        let values (rank: int) =
            Array.init length (fun i -> float (i + rank))

        let whole = [| for _ in 1..size -> Piece(0, length) |]
        let pieces = [| for rank in 0 .. size - 1 -> Piece(rank * length, length) |]

        ThreadRanks.Run(
            size,
            Action<ICollectives>(fun ranks ->
                let spoil (sent: float[]) =
                    Array.fill sent (sent.Length - length / 2) (length / 2) nan

                for round in 0..3 do
                    let sent, received = values ranks.Rank, Array.zeroCreate<float>(size * length)
                    ranks.Exchange<float>(sent, whole, received, pieces)
                    spoil sent

                    for rank in 0 .. size - 1 do
                        Expect.isTrue
                            (received.AsSpan(rank * length, length).SequenceEqual(ReadOnlySpan(values rank)))
                            $"exchange: what {rank} has sent"

                    ranks.Barrier()
                    let all = Array.zeroCreate<float>(size * length)
                    Array.blit (values ranks.Rank) 0 all (ranks.Rank * length) length
                    ranks.AllGather<float>(all, pieces)
                    let copy = all[.. all.Length - 1]
                    Array.fill all (ranks.Rank * length) length nan

                    for rank in 0 .. size - 1 do
                        Expect.isTrue
                            (copy.AsSpan(rank * length, length).SequenceEqual(ReadOnlySpan(values rank)))
                            $"gather: what {rank} had"

                    let root = round % size

                    let told =
                        if ranks.Rank = root then
                            values root
                        else
                            Array.zeroCreate length

                    ranks.Broadcast<float>(told, root)

                    if ranks.Rank = root then
                        spoil told
                    else
                        Expect.isTrue (told.AsSpan().SequenceEqual(ReadOnlySpan(values root))) "broadcast")
        ))

let private sumsOfParts =
    testCase "sums of a rank's parts take no memory from the second time on" (fun () ->
        for parts in [ 2; 3; 8; 13 ] do
            let length = 1000
            let sum = PartSum<float>(Alone.Instance, [| Piece(0, length) |], parts)
            let own = Array.zeroCreate<float> length

            let evaluate =
                PartInto<float>(fun part into ->
                    for i in 0 .. into.Length - 1 do
                        into[i] <- float (part + i))

            let steps () =
                for _ in 1..10 do
                    sum.Mean(evaluate, length, own.AsSpan())

            steps ()
            Expect.equal (Allocation.ofSteps steps) 0L $"{parts} parts"
            // (0 + … + k − 1)/k, exactly.
            Expect.equal own (Array.init length (fun i -> float i + float (parts - 1) / 2.0)) "the mean")

/// Vectors that stay where they are.
let private still (length: int) : int[] =
    GC.AllocateArray<int>(length, pinned = true)

let private underWay =
    testList "exchanges under way" [
        for size in 1..5 do
            testCase $"several, ended in their order, are exchanges: {size} ranks" (fun () ->
                ThreadRanks.Run(
                    size,
                    Action<ICollectives>(fun ranks ->
                        let count = 3
                        let sent = still (size * count)
                        let received = still (size * count)
                        let pieces (vector: int) = [| for r in 0 .. size - 1 -> Piece(vector * size + r, 1) |]

                        for vector in 0 .. count - 1 do
                            for r in 0 .. size - 1 do
                                sent[vector * size + r] <- 100 * vector + 10 * ranks.Rank + r

                            ranks.BeginExchange<int>(sent, pieces vector, received, pieces vector)

                        for vector in 0 .. count - 1 do
                            ranks.EndExchange()

                            Expect.equal
                                received[vector * size .. (vector + 1) * size - 1]
                                [| for r in 0 .. size - 1 -> 100 * vector + 10 * r + ranks.Rank |]
                                $"the exchange {vector}")
                ))

            testCase $"in place, where pieces do not overlap, is a gather: {size} ranks" (fun () ->
                ThreadRanks.Run(
                    size,
                    Action<ICollectives>(fun ranks ->
                        let vector = still size
                        vector[ranks.Rank] <- 7 + ranks.Rank

                        let others (piece: int -> Piece) = [|
                            for r in 0 .. size - 1 -> if r = ranks.Rank then Piece() else piece r
                        |]

                        let own = others (fun _ -> Piece(ranks.Rank, 1))
                        ranks.BeginExchange<int>(vector, own, vector, others (fun r -> Piece(r, 1)))
                        ranks.EndExchange()
                        Expect.equal vector [| for r in 0 .. size - 1 -> 7 + r |] "all pieces")
                ))

        testCase "ranks that make them where they begin fit to ranks that do not" (fun () ->
            ThreadRanks.Run(
                3,
                Action<ICollectives>(fun ranks ->
                    let vector = still 3
                    vector[ranks.Rank] <- 1 + ranks.Rank

                    let mine =
                        if ranks.Rank = 1 then
                            InTurn ranks :> ICollectives
                        else
                            ranks

                    let others (piece: int -> Piece) = [|
                        for r in 0..2 -> if r = ranks.Rank then Piece() else piece r
                    |]

                    mine.BeginExchange<int>(
                        vector,
                        others (fun _ -> Piece(ranks.Rank, 1)),
                        vector,
                        others (fun r -> Piece(r, 1))
                    )

                    mine.EndExchange()
                    Expect.equal vector [| 1; 2; 3 |] "all pieces")
            ))

        testCase "those of a rank that has given up are made no more" (fun () ->
            ThreadRanks.Run(
                1,
                Action<ICollectives>(fun ranks ->
                    let received = still 1
                    let sent, whole = [| 1 |], [| Piece(0, 1) |]
                    ranks.BeginExchange<int>(sent, whole, received, whole)
                    ranks.AbandonExchanges(InvalidOperationException "no more data")
                    Expect.throwsT<InvalidOperationException> ranks.EndExchange "none is left"
                    Expect.equal received [| 0 |] "memory")
            ))

        testCase "an end without a beginning, a piece outside its vector are refused" (fun () ->
            ThreadRanks.Run(
                2,
                Action<ICollectives>(fun ranks ->
                    Expect.throwsT<InvalidOperationException> ranks.EndExchange "none"
                    let vector = still 4
                    let fits = [| Piece(0, 1); Piece(1, 1) |]

                    for pieces in
                        [
                            [| Piece(0, 1) |]
                            [| Piece(0, 1); Piece(3, 2) |]
                            [| Piece(-1, 1); Piece(0, 1) |]
                        ] do
                        Expect.throwsT<ArgumentException>
                            (fun () -> ranks.BeginExchange<int>(vector, pieces, still 4, fits))
                            "sent"

                        Expect.throwsT<ArgumentException>
                            (fun () -> ranks.BeginExchange<int>(vector, fits, still 4, pieces))
                            "received"

                    Expect.throwsT<InvalidOperationException> ranks.EndExchange "nothing was begun")
            ))
    ]

let private failed (size: int) (work: ICollectives -> unit) =
    try
        ThreadRanks.Run(size, Action<ICollectives> work)
        failtest "expected a failure"
    with :? CollectiveException as failure ->
        failure

let private failures =
    testList "failures" [
        testCase "a rank that throws ends those that wait for it" (fun () ->
            let failure =
                failed 3 (fun ranks ->
                    if ranks.Rank = 1 then
                        invalidOp "no more data"

                    ranks.Barrier())

            Expect.stringContains
                failure.Message
                "Rank 1 of 3 has ended with InvalidOperationException: no more data"
                "message"

            Expect.isTrue (failure.InnerException :? InvalidOperationException) "the rank's own exception")

        testCase "a rank that aborts says why" (fun () ->
            let failure =
                failed 2 (fun ranks ->
                    if ranks.Rank = 0 then
                        ranks.Abort "the disk is full"

                    ranks.Barrier())

            Expect.stringContains failure.Message "the disk is full" "message")

        testCase "a rank that returns early is missed" (fun () ->
            let failure =
                failed 2 (fun ranks ->
                    if ranks.Rank = 0 then
                        ranks.Barrier())

            Expect.stringContains failure.Message "Rank 1 of 2 has returned" "message")

        testCase "pieces of different lengths are a disagreement" (fun () ->
            let failure =
                failed 2 (fun ranks -> ranks.Broadcast<float>(Array.zeroCreate<float>(2 + ranks.Rank), 0))

            Expect.stringContains failure.Message "the ranks disagree" "message")

        testCase "different optimizers are a disagreement" (fun () ->
            let failure =
                failed 2 (fun ranks ->
                    let plan = Optimizer.Sgd(0.1 + float ranks.Rank).Plan(3)
                    let start = [| 1.0; 1.0; 1.0 |]
                    plan.Start(ranks, start) |> ignore)

            Expect.stringContains failure.Message "The ranks disagree: rank 0 has sgd 0.1" "message")

        testCase "a piece outside its vector is refused" (fun () ->
            let wrong () =
                let pieces = [| Piece(1, 3) |]
                Alone.Instance.AllGather<float>(Array.zeroCreate<float> 3, pieces)

            Expect.throwsT<ArgumentException> wrong "one too far")
    ]

[<Tests>]
let tests =
    testList "collectives" [ sums; pieceByPiece; sumsOfParts; parts; moves; ownMemory; underWay; failures ]
