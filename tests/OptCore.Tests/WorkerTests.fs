/// Work is shared so that every task is done once, whoever does it and whenever the workers wake.
module OptCore.Tests.WorkerTests

open System
open System.Diagnostics
open System.Threading
open Expecto
open OptCore
open OptCore.Kernels

/// Counts how often every task is done; each takes a while.
type private Counting(count: int, spins: int) =
    inherit SharedWork()
    let done' = Array.zeroCreate<int> count

    override _.Do(first, last) =
        for task in first .. last - 1 do
            Thread.SpinWait spins
            Interlocked.Increment(&done'[task]) |> ignore

    /// The numbers since the last call.
    member _.Take() =
        let found = Array.copy done'
        Array.Clear done'
        found

let private ticks microseconds = Clock.Microseconds microseconds

let private once (work: Counting) what =
    Expect.isTrue (work.Take() |> Array.forall ((=) 1)) $"every task once: {what}"

let private teams =
    testList "a team does every task once" [
        for helpers in [ 0; 1; 2; 5 ] do
            // Lengths for which shares are one bite, several bites, and are taken from by others.
            for expected in [ 0.0; 1.0; 12.0; 18.0; 30.0; 1000.0; 1e6 ] do
                testCase $"{helpers} helpers, {expected} µs" (fun () ->
                    let workers = Workers helpers

                    for count in [ 1; 2; 3; 7; 64; 1000 ] do
                        let work = Counting(count, 1)

                        for _ in 1..20 do
                            let own = workers.Run(work, count, ticks expected, helpers)
                            Expect.isTrue (own >= 0 && own <= count) "the caller's part"
                            once work $"{count} tasks")

        testCase "with pauses in which workers park, and without" (fun () ->
            let workers = Workers 3
            let work = Counting(200, 5)

            for round in 1..60 do
                if round % 3 = 0 then
                    Thread.Sleep(round % 7)

                Expect.isTrue (workers.Run(work, 200, ticks 100.0, 3) >= 0) "done"
                once work $"round {round}")

        testCase "two callers: one has the workers, the other is refused and nothing is done" (fun () ->
            let workers = Workers 2
            let refused = ref 0

            Array.Parallel.init 4 (fun _ ->
                let work = Counting(50, 20)

                for round in 1..300 do
                    if workers.Run(work, 50, ticks 50.0, 2) >= 0 then
                        once work $"round {round}"
                    else
                        Interlocked.Increment(&refused.contents) |> ignore
                        Expect.isTrue (work.Take() |> Array.forall ((=) 0)) "nothing")
            |> ignore)

        testCase "work within work is refused" (fun () ->
            let workers = Workers 2
            let inner = Counting(4, 1)
            let answers = Collections.Concurrent.ConcurrentBag<int>()

            let outer = {
                new SharedWork() with
                    member _.Do(first, last) =
                        for _ in first .. last - 1 do
                            answers.Add(workers.Run(inner, 4, ticks 100.0, 2))
            }

            Expect.isTrue (workers.Run(outer, 30, ticks 100.0, 2) >= 0) "outer"
            Expect.equal (Seq.toList answers) (List.replicate 30 -1) "inner")

        // Work holds on to the vectors of a session.
        testCase "parked workers hold on to nothing" (fun () ->
            let workers = Workers 1

            let run () =
                let work = Counting(10, 1)
                workers.Run(work, 10, ticks 100.0, 1) |> ignore
                WeakReference work

            let work = run ()
            let clock = Stopwatch.StartNew()

            while work.IsAlive && clock.Elapsed.TotalSeconds < 30.0 do
                Thread.Sleep 5
                GC.Collect()

            Expect.isFalse work.IsAlive "collected")

        testCase "whether it pays is decided without doing anything" (fun () ->
            let workers = Workers 1
            let work = Counting(10, 1)

            for _ in 1..1000 do
                if workers.Run(work, 10, ticks 3.0, 2, Stopwatch.GetTimestamp()) < 0 then
                    Expect.isTrue (work.Take() |> Array.forall ((=) 0)) "nothing"
                else
                    once work "shared")
    ]

let private shares =
    testList "shares" [
        testCase "are taken from both ends, each task once" (fun () ->
            for length in 0..20 do
                for bite in 1..7 do
                    let shares = Partition 2
                    shares.Offer(1, 100, 100 + length)
                    let found = Collections.Generic.List<int>()
                    let mutable first, last, more = 0, 0, true

                    while more do
                        more <- shares.TryTakeFirst(1, bite, false, &first, &last)

                        if more then
                            Expect.isTrue (last > first && last - first <= bite) "a bite"
                            found.AddRange(seq { first .. last - 1 })

                        if shares.TryTakeLast(1, bite, 0, &first, &last) then
                            Expect.isTrue (last > first && last - first <= bite) "a bite"
                            found.AddRange(seq { first .. last - 1 })
                            more <- true

                    Expect.equal (Seq.sort found |> Seq.toList) [ 100 .. 99 + length ] $"{length} by {bite}")

        testCase "leave the last ones to their owner" (fun () ->
            let shares = Partition 1
            let mutable first, last = 0, 0
            shares.Keep(0, 0, 5)
            Expect.isFalse (shares.TryTakeLast(0, 9, 5, &first, &last)) "five of five"
            Expect.isTrue (shares.TryTakeLast(0, 2, 4, &first, &last)) "more than four"
            Expect.equal (first, last) (3, 5) "from the back"
            Expect.isTrue (shares.TryTakeFirst(0, Int32.MaxValue, false, &first, &last)) "no limit"
            Expect.equal (first, last) (0, 3) "the rest")

        testCase "are withdrawn until their worker begins, and busy until it has finished" (fun () ->
            let shares = Partition 2
            let mutable first, last = 0, 0
            shares.Offer(1, 5, 10)
            Expect.isTrue (shares.IsOffered 1) "offered"
            Expect.isFalse (shares.IsBusy 1) "not begun"
            Expect.isTrue (shares.TryTakeLast(1, 2, 0, &first, &last)) "another takes some"
            Expect.isFalse (shares.IsBusy 1) "that does not begin it"
            Expect.isTrue (shares.TryWithdraw(1, &first, &last)) "withdrawn"
            Expect.equal (first, last) (5, 8) "what was left"
            Expect.isFalse (shares.IsOffered 1) "no longer offered"
            Expect.isFalse (shares.TryTakeFirst(1, 9, true, &first, &last)) "too late"
            Expect.isFalse (shares.IsBusy 1) "nothing begun"

            shares.Offer(1, 5, 10)
            Expect.isTrue (shares.TryTakeFirst(1, 2, true, &first, &last)) "begun"
            Expect.isTrue (shares.IsBusy 1) "busy"
            Expect.isFalse (shares.TryWithdraw(1, &first, &last)) "not to be withdrawn"
            Expect.isTrue (shares.TryTakeLast(1, 9, 0, &first, &last)) "the rest taken over"
            Expect.equal (first, last) (7, 10) "all of it"
            Expect.isFalse (shares.IsOffered 1) "nothing left"
            Expect.isTrue (shares.IsBusy 1) "still busy"
            shares.Finish 1
            Expect.isFalse (shares.IsBusy 1) "finished"
            Expect.isFalse (shares.TryWithdraw(1, &first, &last)) "it did begin")
    ]

/// A trial on a clock of its own.
type private Clocked() =
    let trial = SharingTrial()
    let mutable now = 0.0

    /// One step of so many microseconds.
    member _.Step duration =
        trial.Record(int64 (ticks now), int64 (ticks (now + duration)))
        now <- now + duration

    member _.Pause duration = now <- now + duration
    member _.Trial = trial

let private trials =
    let settleWith (clocked: Clocked) (between: int -> unit) alone shared =
        let mutable steps = 0

        while not (clocked.Trial.TrySkip()) && steps < 10_000 do
            between steps
            clocked.Step(if clocked.Trial.IsShared then shared else alone)
            steps <- steps + 1

        clocked.Trial.IsShared

    let settle clocked alone shared = settleWith clocked ignore alone shared

    testList "a trial" [
        for alone, shared, expected in
            [
                30.0, 16.0, true
                30.0, 29.0, false
                30.0, 60.0, false
                1.0, 0.1, false
                1e4, 5e3, true
            ] do
            testCase $"alone {alone} µs, shared {shared} µs" (fun () ->
                Expect.equal (settle (Clocked()) alone shared) expected "the faster way, if it is worth it")

        testCase "is repeated, and changes its mind" (fun () ->
            let clocked = Clocked()
            let trial = clocked.Trial
            Expect.isTrue (settle clocked 30.0 16.0) "free processors"

            for alone, shared, expected in [ 30.0, 90.0, false; 30.0, 90.0, false; 30.0, 16.0, true ] do
                let mutable steps = 0

                while trial.TrySkip() do
                    steps <- steps + 1

                Expect.isFalse trial.IsShared "begins alone"
                Expect.isLessThan steps 10_000 "rests for a while only"
                Expect.equal (settle clocked alone shared) expected "settled again")

        testCase "one interrupted step does not decide" (fun () ->
            let clocked = Clocked()
            let mutable step = 0

            while not (clocked.Trial.TrySkip()) do
                step <- step + 1

                clocked.Step(
                    if step % 4 = 0 then 5000.0
                    elif clocked.Trial.IsShared then 16.0
                    else 30.0
                )

            Expect.isTrue clocked.Trial.IsShared "shared")

        // Behind a pause shared steps take as long as alone for 200 µs, until the workers are awake.
        testCase "a pause amid its shared steps does not decide, one behind every step does" (fun () ->
            let waking pauses =
                let clocked = Clocked()
                let mutable awake, shared = 0.0, 0

                while not (clocked.Trial.TrySkip()) do
                    if clocked.Trial.IsShared then
                        shared <- shared + 1

                        if pauses shared then
                            clocked.Pause 1000.0
                            awake <- 0.0

                    let duration =
                        if clocked.Trial.IsShared && awake >= 200.0 then
                            16.0
                        else
                            30.0

                    clocked.Step duration
                    awake <- awake + duration

                clocked.Trial.IsShared

            for step in 1..10 do
                Expect.isTrue (waking ((=) step)) $"before shared step {step}"

            Expect.isFalse (waking (fun _ -> true)) "before every step")
    ]

// ------------------------------------------------------------------------------------------------ bits of sessions

let private numbers seed length =
    let random = Random(seed: int)
    Array.init length (fun _ -> random.NextDouble() - 0.5)

/// Many steps, so that trials begin and end; now and then the caller stops for a while.
let private walk (text: string) (tensors: Layout) threads steps pauses =
    let plan = (Optimizer.Parse text).Plan<float>(tensors, Execution(Threads = threads))

    let session = plan.Start(numbers 1 tensors.Length)
    let gradients = [| for i in 2..4 -> numbers i tensors.Length |]

    for step in 0 .. steps - 1 do
        if pauses && step % 37 = 36 then
            Thread.Sleep 2

        session.Step(gradients[step % 3], 1.0) |> ignore

    session.Snapshot()

let private sessions =
    testList "a session has the same bits with 1, 2 and 3 threads" [
        // Around the least size, the cells of a sweep (1024) and the chunks of a norm (16384).
        for length in
            [
                2047
                2048
                2049
                3071
                3072
                3073
                4096
                8191
                10_000
                16_383
                16_384
                16_385
                32_769
                49_153
                66_000
            ] do
            testCase $"{length} elements" (fun () ->
                for text in [ "adam 0.01"; "sgd 0.1 |> clip 1.0 |> momentum 0.9"; "lamb 0.01 0.1" ] do
                    let tensors = Layout.Empty.Add("w", length)
                    let steps = if length < 20_000 then 250 else 60
                    let expected = walk text tensors 1 steps false
                    Expect.isTrue ((walk text tensors 2 steps false).Equals expected) $"2 threads: {text}"
                    Expect.isTrue ((walk text tensors 3 steps true).Equals expected) $"3 threads, pauses: {text}")

        testCase "ranges that begin and end inside cells" (fun () ->
            let tensors =
                (Layout.Empty, [ 5; 1019; 1; 1023; 2049; 0; 7000; 3; 1024; 5000 ])
                ||> List.fold (fun all length -> all.Add($"t{all.Tensors.Count}", length))

            for text in
                [
                    "adam 0.01 |> freeze \"t2\" |> freeze \"t7\""
                    "adam 0.01 |> rateFor \"t4\" 2.0 |> rateFor \"t8\" 2.0"
                ] do
                let expected = walk text tensors 1 250 false
                Expect.isTrue ((walk text tensors 2 250 true).Equals expected) text)

        testCase "small tensors, whole" (fun () ->
            let tensors =
                (Layout.Empty, [ for i in 0..399 -> 1 + i * 37 % 150 ] @ [ 20_000; 0; 5000 ])
                ||> List.fold (fun all length -> all.Add($"t{all.Tensors.Count}", length))

            for text in
                [
                    "lamb 0.01 0.1"
                    "novoGrad 0.1 |> clipUpdate 1.0"
                    "lars 0.01 0.5 |> rateFor \"t7*\" 2.0"
                    "adam 0.01 |> clipPerTensor 0.1 |> freeze \"t1*\""
                ] do
                let expected = walk text tensors 1 200 false
                Expect.isTrue ((walk text tensors 2 200 false).Equals expected) $"2 threads: {text}"
                Expect.isTrue ((walk text tensors 3 200 true).Equals expected) $"3 threads, pauses: {text}")

        testCase "sessions on several threads at once" (fun () ->
            let tensors = Layout.Empty.Add("w", 30_000)
            let expected = walk "adam 0.01 |> clip 1.0" tensors 1 120 false

            Array.Parallel.init 4 (fun i -> walk "adam 0.01 |> clip 1.0" tensors 2 120 (i % 2 = 0))
            |> Array.iter (fun found -> Expect.isTrue (found.Equals expected) "the same bits"))
    ]

[<Tests>]
let tests = testList "workers" [ teams; shares; trials; sessions ]
