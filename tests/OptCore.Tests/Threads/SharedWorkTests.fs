/// Who does which part of shared work, and when none is shared.
module OptCore.Tests.Threads.SharedWorkTests

open System
open System.Collections.Concurrent
open System.Diagnostics
open System.Threading
open Expecto
open OptCore
open OptCore.Tests
open OptCore.Kernels

/// Microseconds in ticks.
let private us count = Clock.Microseconds count

let private shares = [
    testCase "a share that nobody has offered is no share" (fun () ->
        let shares = Partition 2
        let mutable first, last = 7, 7

        for part in 0..1 do
            Expect.isFalse (shares.IsOffered part) "not offered"
            Expect.isFalse (shares.IsBusy part) "nobody at work"
            Expect.isFalse (shares.TryWithdraw(part, &first, &last)) "nothing to withdraw"
            Expect.isFalse (shares.TryTakeFirst(part, 9, true, &first, &last)) "none in front"
            Expect.isFalse (shares.TryTakeLast(part, 9, 0, &first, &last)) "none at the back"
            Expect.isFalse (shares.IsBusy part) "still nobody")

    testCase "numbers of tasks up to the largest, shares apart from one another" (fun () ->
        let shares = Partition 3
        let mutable first, last = 0, 0
        let most = Int32.MaxValue

        for part in 0..2 do
            shares.Offer(part, most - 10 - part, most - part)

        for part in 0..2 do
            Expect.isTrue (shares.TryTakeFirst(part, 4, true, &first, &last)) "taken"
            Expect.equal (first, last) (most - 10 - part, most - 6 - part) "in front"
            Expect.isTrue (shares.IsBusy part) "at work"
            Expect.isTrue (shares.TryTakeLast(part, 4, 1, &first, &last)) "taken"
            Expect.equal (first, last) (most - 4 - part, most - part) "at the back"
            Expect.isTrue (shares.IsBusy part) "still at work"
            // Another one takes in front of a worker: it stays at work.
            Expect.isTrue (shares.TryTakeFirst(part, 1, false, &first, &last)) "taken"
            Expect.equal (first, last) (most - 6 - part, most - 5 - part) "in front"
            Expect.isTrue (shares.IsBusy part) "still at work"
            Expect.isFalse (shares.TryTakeLast(part, 9, 1, &first, &last)) "the last one is its owner's"
            Expect.isTrue (shares.IsOffered part) "one is left"
            shares.Finish part
            Expect.isFalse (shares.IsOffered part || shares.IsBusy part) "finished")

    testCase "one that only others take from is not begun" (fun () ->
        let shares = Partition 1
        let mutable first, last = 0, 0
        shares.Offer(0, 0, 4)
        Expect.isTrue (shares.TryTakeFirst(0, 3, false, &first, &last)) "taken by another"
        Expect.isFalse (shares.IsBusy 0) "its worker is not at work"
        Expect.isTrue (shares.TryWithdraw(0, &first, &last)) "withdrawn"
        Expect.equal (first, last) (3, 4) "the rest")

    testCase "two threads take from both ends at once, each task once" (fun () ->
        let count = 200_000
        let shares = Partition 1
        let found = Array.zeroCreate<int> count

        for _ in 1..3 do
            shares.Offer(0, 0, count)
            Array.Clear found

            [| true; false; true; false |]
            |> Array.map (fun inFront ->
                let thread =
                    Thread(fun () ->
                        let mutable first, last, more = 0, 0, true

                        while more do
                            more <-
                                if inFront then
                                    shares.TryTakeFirst(0, 1, true, &first, &last)
                                else
                                    shares.TryTakeLast(0, 1, 0, &first, &last)

                            if more then
                                Interlocked.Increment(&found[first]) |> ignore)

                thread.Start()
                thread)
            |> Array.iter _.Join()

            Expect.isTrue (Array.forall ((=) 1) found) "each once")
]

/// Notes the ranges that are done and on which thread; each task takes so long.
type private Noting(microseconds: float) =
    inherit SharedWork()
    let calls = ConcurrentQueue<int * int * int>()

    override _.Do(first, last) =
        calls.Enqueue(first, last, Environment.CurrentManagedThreadId)
        let stop = Stopwatch.GetTimestamp() + int64 (float (last - first) * us microseconds)

        while microseconds > 0.0 && Stopwatch.GetTimestamp() < stop do
            Thread.SpinWait 10

    member this.All(count, size, threads) =
        base.RunAll(count, size, threads)
        this.Take()

    /// The ranges and threads since the last call.
    member _.Take() =
        let found = List.ofSeq calls
        calls.Clear()
        found

let private ranges (calls: (int * int * int) list) = [ for first, last, _ in calls -> first, last ]

/// How much of it this thread has done.
let private ownPart (calls: (int * int * int) list) =
    List.sum [
        for first, last, thread in calls do
            if thread = Environment.CurrentManagedThreadId then
                last - first
    ]

/// Tasks one by one, and on which threads.
type private Single() =
    inherit SharedTasks()
    let threads = ConcurrentQueue<int * int>()

    override _.Do(task: int) =
        threads.Enqueue(task, Environment.CurrentManagedThreadId)
        let stop = Stopwatch.GetTimestamp() + int64 (us 100.0)

        while Stopwatch.GetTimestamp() < stop do
            Thread.SpinWait 10

    member this.All(count, operations) =
        base.RunAll(count, operations, 2)
        let found = List.ofSeq threads
        threads.Clear()
        found

let private work = [
    testCase
        "one thread: bites of an eighth of its share, 2 to 5 µs long; what takes 9 µs at most is one bite"
        (fun () ->
            let workers = Workers 0

            for microseconds, bite in
                [
                    0.0, 1000
                    9.0, 1000
                    9.001, 222
                    12.0, 166
                    24.0, 125
                    39.0, 125
                    40.0, 125
                    80.0, 62
                    1000.0, 5
                    1e6, 1
                    1e9, 1
                ] do
                let work = Noting 0.0
                Expect.equal (workers.Run(work, 1000, us microseconds, 0)) 1000 "all of it"

                Expect.equal
                    (ranges (work.Take()))
                    [ for first in 0..bite..999 -> first, min 1000 (first + bite) ]
                    $"{microseconds} µs")

    testCase
        "short work is dealt in equal shares of neighbours, each done at once; the caller knows how much it has done"
        (fun () ->
            for helpers in [ 1; 2; 5 ] do
                let workers = Workers helpers

                for count in [ 1; 2; 3; 7; 1000 ] do
                    for _ in 1..20 do
                        let work = Noting 0.0
                        let own = workers.Run(work, count, us 1.0, helpers)
                        let calls = work.Take()

                        Expect.equal
                            (List.sort (ranges calls) |> List.filter (fun (first, last) -> first < last))
                            [
                                for i in 0..helpers do
                                    let first, last = count * i / (helpers + 1), count * (i + 1) / (helpers + 1)

                                    if first < last then
                                        first, last
                            ]
                            $"{count} on {helpers + 1} threads"

                        Expect.equal own (ownPart calls) "its own part")

    testCase "long work: who is ready takes from the others, and the caller knows how much it has done" (fun () ->
        let workers = Workers 2

        for _ in 1..20 do
            let work = Noting 2.0
            let own = workers.Run(work, 300, us 600.0, 2)
            let calls = work.Take()

            Expect.equal
                ([
                    for f, l in List.sort (ranges calls) do
                        yield! [ f .. l - 1 ]
                ])
                [ 0..299 ]
                "each once"

            Expect.equal own (ownPart calls) "its own part")

    testCase "too small, for one thread, or one task: at once and here, however long it takes" (fun () ->
        let here = Environment.CurrentManagedThreadId

        for count, size, threads in [ 4, 2047L, 4; 4, 1_000_000L, 1; 1, 1_000_000L, 4 ] do
            let work = Noting 20.0

            // So often that a worker, if it was offered the task, would have taken it once.
            for _ in 1..500 do
                Workers.All.ForgetLosses()

                Expect.equal
                    (work.All(count, size, threads))
                    [ 0, count, here ]
                    $"{count} tasks of {size} on {threads}")

    testCase "large enough, two threads, two tasks: shared once it is known how long they take" (fun () ->
        if Environment.ProcessorCount > 1 then
            let work = Noting 200.0
            let mutable runs, shared = 0, false

            // The first run is timed; another caller may have the workers at any one.
            while not shared && runs < 1000 do
                Workers.All.ForgetLosses()
                let calls = ranges (work.All(2, 2048L, 2))
                Expect.equal (List.sumBy (fun (first, last) -> last - first) calls) 2 "both"
                shared <- List.sort calls = [ 0, 1; 1, 2 ]
                runs <- runs + 1
                Expect.isFalse (shared && runs = 1) "not the first one"

            Expect.isTrue shared "in two shares")

    testCase "eight operations count as one element: 16,383 are too few" (fun () ->
        let run operations =
            let work = Single()
            let here = Environment.CurrentManagedThreadId

            // As often as a worker would have taken one.
            Seq.initInfinite (fun _ ->
                Workers.All.ForgetLosses()
                let calls = work.All(4, operations)
                Expect.equal (List.sort (List.map fst calls)) [ 0..3 ] "each once"
                List.forall (fun (_, thread) -> thread = here) calls)

        Expect.isTrue (run 16_383L |> Seq.take 100 |> Seq.forall id) "always here"

        if Environment.ProcessorCount > 1 then
            Expect.isTrue (run 16_384L |> Seq.take 2000 |> Seq.exists not) "sometimes not")

    // A worker that has been left alone is parked, unless its processor was taken from it: then the next try tells.
    testCase
        "a parked worker is worth waking for what takes more than 80 µs, the second one for more than 240 µs"
        (fun () ->
            let workers = Workers 2
            let work = Noting 0.0

            let shares threads microseconds =
                Thread.Sleep 5
                workers.ForgetLosses()

                let own =
                    workers.Run(work, 1000, us microseconds, threads, Stopwatch.GetTimestamp())

                let starts = work.Take() |> ranges |> List.map fst |> Set.ofList

                if own < 0 then 1
                elif starts.Contains 333 && starts.Contains 666 then 3
                elif starts.Contains 500 then 2
                else 0

            for threads, microseconds, expected in
                [ 1, 1e6, 1; 2, 80.0, 1; 2, 80.1, 2; 2, 1000.0, 2; 3, 240.0, 2; 3, 240.1, 3 ] do
                let tries = Seq.init 200 (fun _ -> shares threads microseconds)

                Expect.isTrue
                    (Seq.exists ((=) expected) tries)
                    $"{microseconds} µs on {threads} threads: {expected} shares")

    testCase "work that takes no time is not shared, however large it says it is" (fun () ->
        let work = Noting 0.0
        let here = Environment.CurrentManagedThreadId

        // The first runs may be slow ones: they are compiled.
        for _ in 1..200 do
            Workers.All.ForgetLosses()
            work.All(4, 1_000_000L, 2) |> ignore

        for _ in 1..200 do
            Workers.All.ForgetLosses()
            Expect.equal (work.All(4, 1_000_000L, 2)) [ 0, 4, here ] "at once")
]

let private signals = [
    testCase "a run that does not listen is not asked, one that does is by each of the signals" (fun () ->
        use deaf = new Interruption(false)
        use deafer = new Interruption(false, true)

        if OperatingSystem.IsLinux() then
            // Each would end the process otherwise.
            for signal, ofSchedulers in
                [
                    Signals.interrupt, false
                    Signals.terminate, false
                    Signals.interrupt, true
                    Signals.terminate, true
                    Signals.user1, true
                    Signals.user2, true
                ] do
                if not (Signals.isIgnored signal) then
                    use heard = new Interruption(true, ofSchedulers)
                    Expect.isFalse heard.IsAsked "before"
                    Signals.send signal

                    // On a thread of its own.
                    Expect.isTrue (SpinWait.SpinUntil((fun () -> heard.IsAsked), 60_000)) $"signal {signal}"

        Expect.isFalse (deaf.IsAsked || deafer.IsAsked) "not listening")
]

[<Tests>]
let tests =
    testList "shared work" [
        testList "shares" shares
        testList "who does what" work
        testList "signals" signals
    ]
