/// In what order a sum begins and ends its exchanges, how large its blocks are, and what it leaves alone: on ranks that move nothing.
module OptCore.Tests.ExchangeOrderTests

open System
open System.Collections.Generic
open Expecto
open OptCore
open OptCore.Tests.BadInput.Refusals

/// What a sum asks of its ranks.
type private Asked =
    | Begins
    | Ends
    | Abandons
    | Gathers

/// One of many ranks, of which there are no others: what it is asked for, in order.
type private OnPaper(rank: int, size: int) =
    let asked = List<Asked>()
    member _.Asked = List.ofSeq asked

    interface ICollectives with
        member _.Rank = rank
        member _.Size = size
        member _.Exchange(_, _, _, _) = failwith "nobody waits for an exchange"
        member _.BeginExchange(_, _, _, _) = asked.Add Begins
        member _.EndExchange() = asked.Add Ends
        member _.AbandonExchanges _ = asked.Add Abandons
        member _.AllGather(_, _) = asked.Add Gathers
        member _.Broadcast(_, _) = ()
        member _.Barrier() = ()
        member _.Abort message = failwith message

/// Of 128 KiB.
let private block = (1 <<< 17) / sizeof<float>

/// The first rank keeps all of it.
let private allOnFirst (size: int) (length: int) = [|
    for rank in 0 .. size - 1 -> if rank = 0 then Piece(0, length) else Piece(length, 0)
|]

/// "While one is added up, the next three are under way": a block is waited for when it is needed, and everything before it with it.
/// A block has so many exchanges; what becomes of one comes back in an exchange of its own, or does not.
let private inOrder (blocks: int) (each: int) (comesBack: bool) = [
    let mutable begun, ended = 0, 0
    let lastOf = Array.zeroCreate<int> blocks

    for one in 0 .. blocks - 1 do
        for next in (if one = 0 then 0 else one + 3) .. min (one + 3) (blocks - 1) do
            for _ in 1..each do
                begun <- begun + 1
                Begins

            lastOf[next] <- begun

        while ended < lastOf[one] do
            ended <- ended + 1
            Ends

        if comesBack then
            begun <- begun + 1
            Begins

    for _ in ended + 1 .. begun do
        Ends
]

/// A sum that is handed over block by block: what it asks for, how many numbers were taken.
let private handedOver (size: int) (parts: int) (length: int) (hands: bool) (comesBack: bool) =
    let paper = OnPaper(0, size)
    let sum = PartSum<float>(paper, allOnFirst size length, parts)
    let back = Array.zeroCreate<float>(if comesBack then length else 0)
    let values = Array.zeroCreate<float> length
    let mutable taken = 0
    let count = Action<int>(fun n -> taken <- taken + n)
    let take = MeanTaker<float>(fun _ mean -> count.Invoke mean.Length)

    if hands then
        sum.Each(ReadOnlySpan values, parts, take, back.AsSpan())
    else
        sum.Evaluate(PartInto<float>(fun _ _ -> ()), length)
        sum.Each(ReadOnlySpan(), parts, take, back.AsSpan())

    Expect.equal taken length "every number once"
    paper.Asked

let private order =
    testList "exchanges, in their order" [
        for blocks in [ 1; 2; 3; 4; 5; 6; 9 ] do
            testCase $"{blocks} blocks: three more under way than the one that is added up" (fun () ->
                let length = blocks * block

                for size in [ 2; 3 ] do
                    Expect.equal
                        (handedOver size size length true false)
                        (inOrder blocks 1 false)
                        $"{size} ranks, nothing comes back"

                    Expect.equal
                        (handedOver size size length true true)
                        (if blocks = 1 then
                             inOrder blocks 1 false @ [ Gathers ]
                         else
                             inOrder blocks 1 true)
                        $"{size} ranks, block by block"

                // 3 = (0 1)(2): the second of two ranks holds 1 and 2, which are no branch, so that a block takes two exchanges.
                Expect.equal
                    (handedOver 2 3 length false true)
                    (if blocks = 1 then
                         inOrder blocks 2 false @ [ Gathers ]
                     else
                         inOrder blocks 2 true)
                    "two branches"

                Expect.equal (handedOver 1 3 length false false) [] "one rank exchanges nothing"
                Expect.equal (handedOver 1 3 length false true) [ Gathers ] "one rank, what comes back")

        testCase "no numbers: no exchange" (fun () ->
            for size in [ 1; 2; 5 ] do
                Expect.equal (handedOver size size 0 true false) [] $"{size} ranks")

        testCase "blocks by the number of ranks and of bytes" (fun () ->
            let inDoubles size length =
                let paper = OnPaper(0, size)
                let sum = PartSum<float>(paper, allOnFirst size length, size)
                sum.Reduce(ReadOnlySpan(Array.zeroCreate<float> length), Span(Array.zeroCreate<float> length))
                List.length (List.filter ((=) Begins) paper.Asked)

            let inFloats size length =
                let paper = OnPaper(0, size)
                let sum = PartSum<float32>(paper, allOnFirst size length, size)
                sum.Reduce(ReadOnlySpan(Array.zeroCreate<float32> length), Span(Array.zeroCreate<float32> length))
                List.length (List.filter ((=) Begins) paper.Asked)

            // 2¹⁷ bytes; 2¹⁹ numbers of all ranks together, in whole lines of 16; at least 1024 numbers.
            for exchanges, size, one in
                [
                    inDoubles, 2, 16_384
                    inDoubles, 33, 15_872
                    inDoubles, 500, 1_040
                    inDoubles, 512, 1_024
                    inDoubles, 520, 1_024
                    inDoubles, 1024, 1_024
                    inFloats, 2, 32_768
                    inFloats, 16, 32_768
                    inFloats, 17, 30_832
                    inFloats, 1024, 1_024
                ] do
                for length, blocks in
                    [
                        1, 1
                        one - 1, 1
                        one, 1
                        one + 1, 2
                        2 * one, 2
                        2 * one + 1, 3
                        10 * one, 10
                        10 * one + 1, 11
                    ] do
                    Expect.equal (exchanges size length) blocks $"{size} ranks, {length} numbers")

        testCase "from 64 KiB on a block comes back by itself, of either type" (fun () ->
            let isByItself size one =
                let paper = OnPaper(0, size)
                let length = 3 * one
                let sum = PartSum<float32>(paper, allOnFirst size length, size)
                let back = Array.zeroCreate<float32> length
                let nothing = MeanTaker<float32>(fun _ _ -> ())
                sum.Each(ReadOnlySpan(Array.zeroCreate<float32> length), size, nothing, back.AsSpan())
                List.filter ((<>) Ends) paper.Asked, List.replicate 6 Begins, List.replicate 3 Begins @ [ Gathers ]

            for size, one, expected in [ 2, 32_768, true; 32, 16_384, true; 33, 15_872, false; 1024, 1024, false ] do
                let asked, apart, together = isByItself size one
                Expect.equal asked (if expected then apart else together) $"{size} ranks")
    ]

/// What is behind the numbers that a sum is to write.
let private beside =
    testCase "nothing is written behind the numbers of a rank" (fun () ->
        // Of whole registers of every width, and with a rest.
        for length in [ 1; 2; 3; 4; 5; 7; 8; 9; 15; 16; 17; 31; 32; 33; 48; 63; 64; 65; 128 ] do
            let value part i = float (part * 7 + i % 5)

            for size, parts in [ 1, 1; 1, 2; 1, 3; 1, 4; 2, 2; 2, 3; 3, 3; 4, 4; 5, 5 ] do
                for holder in List.distinct [ 0; size - 1 ] do
                    let pieces = [|
                        for rank in 0 .. size - 1 ->
                            if rank = holder then Piece(0, length)
                            elif rank < holder then Piece(0, 0)
                            else Piece(length, 0)
                    |]

                    ThreadRanks.Run(
                        size,
                        Action<ICollectives>(fun ranks ->
                            let own = Array.create (length + 64) -1.5
                            let mine = if ranks.Rank = holder then length else 0
                            let sum = PartSum<float>(ranks, pieces, parts)

                            let evaluate =
                                PartInto<float>(fun part into ->
                                    for i in 0 .. into.Length - 1 do
                                        into[i] <- value part i)

                            sum.Mean(evaluate, length, own.AsSpan(0, mine))

                            // Whole numbers add up exactly; the division is rounded as this one is.
                            let mean i =
                                List.sum [ for part in 0 .. parts - 1 -> value part i ] / float parts

                            Expect.equal
                                own[.. mine - 1]
                                (Array.init mine mean)
                                $"{length} numbers, {parts} on {size}"

                            Expect.isTrue (Array.forall ((=) -1.5) own[mine..]) $"{length}, {parts} on {size}: behind")
                    ))

let private again =
    testCase "a sum that was given up in the middle adds up again as if nothing had been" (fun () ->
        for size in [ 2; 3 ] do
            let length = size * 6 * block
            let pieces = Collectives.Evenly(length, size)

            ThreadRanks.Run(
                size,
                Action<ICollectives>(fun ranks ->
                    let sum = PartSum<float>(ranks, pieces, size)
                    let values = Array.init length (fun i -> float (i % 11 + ranks.Rank))
                    let back = GC.AllocateArray<float>(length, pinned = true)

                    for failing in [ 0; 1; 4; 5; -1 ] do
                        let block = ref 0
                        Array.fill back 0 length nan

                        let take =
                            MeanTaker<float>(fun start mean ->
                                if block.Value = failing then
                                    failwith "no more"

                                block.Value <- block.Value + 1
                                mean.CopyTo(back.AsSpan(pieces[ranks.Rank].Start + start)))

                        let add () =
                            sum.Each(ReadOnlySpan values, size, take, back.AsSpan())

                        if failing >= 0 then
                            Expect.equal (caught add).Message "no more" "the reason"
                        else
                            add ()

                            Expect.equal
                                back
                                (Array.init length (fun i ->
                                    float (size * (i % 11) + size * (size - 1) / 2) / float size))
                                $"{size} ranks: the mean")
            ))

[<Tests>]
let tests = testList "sums and their exchanges" [ order; beside; again ]
