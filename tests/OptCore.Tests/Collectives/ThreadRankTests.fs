/// Ranks that are threads: who they are, and how a job ends whose ranks do not all go on. Nothing here depends on which thread is faster.
module OptCore.Tests.ThreadRankTests

open System
open System.Threading
open Expecto
open OptCore
open OptCore.Tests.BadInput.Refusals

let private failed (size: int) (work: ICollectives -> unit) =
    match caught (fun () -> ThreadRanks.Run(size, Action<ICollectives> work)) with
    | :? CollectiveException as failure -> failure
    | e -> failtestf "%O" e

/// The threads of the ranks, by which they look after one another.
type private Threads(size: int) =
    let threads =
        Array.init size (fun _ -> new ManualResetEventSlim(), ref (Thread.CurrentThread))

    member _.Enter rank =
        let known, thread = threads[rank]
        thread.Value <- Thread.CurrentThread
        known.Set()

    member private _.Of rank =
        let known, thread = threads[rank]
        known.Wait()
        thread.Value

    /// Until a rank has returned, or has thrown.
    member this.AwaitEnd(rank: int) = this.Of(rank).Join()

    /// Until a rank waits for the others.
    member this.AwaitWait(rank: int) =
        let thread = this.Of rank

        while thread.ThreadState &&& ThreadState.WaitSleepJoin = ThreadState.Running do
            Thread.Sleep 1

let private whoTheyAre =
    testList "who they are" [
        testCase "threads in the background, by name, whose results come in their order" (fun () ->
            let found =
                ThreadRanks.Run(
                    4,
                    Func<ICollectives, _>(fun ranks ->
                        let thread = Thread.CurrentThread
                        ranks.Rank, ranks.Size, thread.Name, thread.IsBackground, string ranks)
                )

            Expect.equal
                found
                [|
                    for rank in 0..3 -> rank, 4, $"rank {rank}", true, $"rank {rank} of 4, threads of one process"
                |]
                "each of them")

        testCase "none, or fewer, are refused" (fun () ->
            for size in [ 0; -1 ] do
                range [ $"size = {size}" ] (fun () -> ThreadRanks.Run(size, Action<ICollectives> ignore)))

        testCase "one that runs alone moves its own numbers" (fun () ->
            let ranks: ICollectives = Alone.Instance
            let sent, received = [| 1; 2; 3; 4 |], Array.create 5 9

            ranks.Exchange<int>(
                ReadOnlySpan sent,
                ReadOnlySpan [| Piece(1, 2) |],
                Span received,
                ReadOnlySpan [| Piece(3, 2) |]
            )

            Expect.equal received [| 9; 9; 9; 2; 3 |] "an exchange"

            ranks.BeginExchange<int>(
                ReadOnlySpan sent,
                ReadOnlySpan [| Piece(0, 1) |],
                Span received,
                ReadOnlySpan [| Piece(1, 1) |]
            )

            Expect.equal received [| 9; 1; 9; 2; 3 |] "made where it is begun"
            ranks.EndExchange()
            ranks.AbandonExchanges(InvalidOperationException "nothing is under way")
            ranks.AllGather<int>(Span received, ReadOnlySpan [| Piece(2, 3) |])
            ranks.Broadcast<int>(Span received, 0)
            ranks.Barrier()
            Expect.equal received [| 9; 1; 9; 2; 3 |] "what it has, all have"

            Expect.equal
                (ranks.Gather 7, ranks.Gather "text", ranks.Any true, ranks.Any false)
                ([| 7 |], [| "text" |], true, false)
                "told"

            Expect.equal (string ranks) "rank 0 of 1, alone" "one line"

            match caught (fun () -> ranks.Abort "the disk is full") with
            | :? CollectiveException as e -> Expect.equal e.Message "the disk is full" "why"
            | e -> failtestf "%O" e)
    ]

let private ends =
    testList "how a job ends" [
        testCase "a rank that has returned before another waits for it is missed" (fun () ->
            let threads = Threads 2

            let failure =
                failed 2 (fun ranks ->
                    threads.Enter ranks.Rank

                    if ranks.Rank = 0 then
                        threads.AwaitEnd 1
                        ranks.Barrier())

            Expect.equal failure.Message "Rank 1 of 2 has returned while others wait for it." "message")

        testCase "a rank that returns while another waits for it is missed" (fun () ->
            for size in [ 2; 3 ] do
                let threads = Threads size

                let failure =
                    failed size (fun ranks ->
                        threads.Enter ranks.Rank

                        if ranks.Rank < size - 1 then
                            ranks.Barrier()
                        else
                            for other in 0 .. size - 2 do
                                threads.AwaitWait other)

                Expect.equal
                    failure.Message
                    $"Rank {size - 1} of {size} has returned while others wait for it."
                    "message")

        testCase "ranks that return one behind the other are missed by nobody" (fun () ->
            let threads = Threads 3

            let found =
                ThreadRanks.Run(
                    3,
                    Func<ICollectives, int>(fun ranks ->
                        threads.Enter ranks.Rank
                        ranks.Barrier()

                        if ranks.Rank > 0 then
                            threads.AwaitEnd(ranks.Rank - 1)

                        ranks.Rank)
                )

            Expect.equal found [| 0; 1; 2 |] "results")

        testCase "a rank that throws ends those that wait for it, and those that come later" (fun () ->
            for isEarly in [ false; true ] do
                let threads = Threads 2
                let seen = Array.create<exn> 1 (exn "none")

                let failure =
                    failed 2 (fun ranks ->
                        threads.Enter ranks.Rank

                        if ranks.Rank = 1 then
                            if not isEarly then
                                threads.AwaitWait 0

                            invalidOp "no more data"

                        if isEarly then
                            threads.AwaitEnd 1

                        seen[0] <- caught ranks.Barrier
                        raise seen[0])

                let message = "Rank 1 of 2 has ended with InvalidOperationException: no more data"

                for error in [ failure :> exn; seen[0] ] do
                    Expect.equal (error.GetType()) typeof<CollectiveException> "for all of them"
                    Expect.equal error.Message message "why"

                    match error.InnerException with
                    | :? InvalidOperationException as inner -> Expect.equal inner.Message "no more data" "its own"
                    | other -> failtestf "%O" other)

        testCase
            "a job that was ended stays ended: whatever a rank asks for next is refused with the same reason"
            (fun () ->
                let threads = Threads 2
                let message = "Rank 1 of 2 has ended the job: the disk is full"
                let texts = Array.create 2 []

                let failure =
                    failed 2 (fun ranks ->
                        threads.Enter ranks.Rank

                        let first =
                            if ranks.Rank = 0 then
                                caught ranks.Barrier
                            else
                                threads.AwaitWait 0
                                caught (fun () -> ranks.Abort "the disk is full")

                        // Of the two that would be here now, one has waited already.
                        let further = [
                            caught ranks.Barrier
                            caught ranks.Barrier
                            caught (fun () -> ranks.Gather 1)
                            caught (fun () -> ranks.Broadcast<int>(Span [| 1 |], 0))
                        ]

                        texts[ranks.Rank] <- [ for e in first :: further -> e.Message ])

                Expect.equal texts (Array.create 2 (List.replicate 5 message)) "every time"
                Expect.equal failure.Message message "of the job")

        testCase "a rank that ends the job and goes on as if it had not ends it all the same" (fun () ->
            for isEarly in [ false; true ] do
                let threads = Threads 2
                let message = "Rank 0 of 2 has ended the job: it is late"
                let seen = Array.create 1 ""

                let failure =
                    failed 2 (fun ranks ->
                        threads.Enter ranks.Rank

                        if ranks.Rank = 0 then
                            if not isEarly then
                                threads.AwaitWait 1

                            Expect.equal (caught (fun () -> ranks.Abort "it is late")).Message message "its own"
                        else
                            if isEarly then
                                threads.AwaitEnd 0

                            seen[0] <- (caught ranks.Barrier).Message)

                Expect.equal seen [| message |] "what the other one hears"
                Expect.equal failure.Message message "of the job")

        testCase "ranks that disagree say who sends how much to whom" (fun () ->
            let disagree (work: ICollectives -> unit) = (failed 2 work).Message

            Expect.equal
                (disagree (fun ranks ->
                    let values = Array.zeroCreate<float>(3 - ranks.Rank)
                    ranks.Broadcast<float>(Span values, 0)))
                "Rank 0 sends 3 numbers to rank 1, which expects 2: the ranks disagree."
                "a broadcast"

            Expect.equal
                (disagree (fun ranks ->
                    let values = Array.zeroCreate<float> 8
                    let other = if ranks.Rank = 1 then 5 else 2
                    ranks.AllGather<float>(Span values, ReadOnlySpan [| Piece(0, other); Piece(5, 3) |])))
                "Rank 0 sends 2 numbers to rank 1, which expects 5: the ranks disagree."
                "a gather")
    ]

[<Tests>]
let tests = testList "ranks on threads" [ whoTheyAre; ends ]
