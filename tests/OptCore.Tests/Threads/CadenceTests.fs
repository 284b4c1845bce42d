/// When threads share work, on clocks of one's own: how closely pieces of work follow one another, and trials of sharing.
module OptCore.Tests.Threads.CadenceTests

open Expecto
open OptCore
open OptCore.Kernels

/// Microseconds in ticks.
let private us count = Clock.Microseconds count

/// Pieces of work: when each begins and how long it takes, whether it follows closely, how long a worker then stays awake.
let private followed (pieces: (float * float * bool * float) list) =
    let cadence = Cadence()

    for at, takes, follows, patience in pieces do
        Expect.equal (cadence.Record(int64 (us at), us takes)) follows $"at {at}: follows"
        Expect.equal cadence.Patience (us patience) $"at {at}: patience"

let private cadence = [
    testCase "20 µs before anything has happened" (fun () -> Expect.equal (Cadence().Patience) (us 20.0) "at least")

    testCase "a gap of four times the work is close; then workers wait a quarter longer" (fun () ->
        followed [
            1000.0, 10.0, false, 20.0
            1050.0, 10.0, true, 50.0
            // A nanosecond more.
            1100.001, 10.0, false, 20.0
            1150.0, 10.0, true, 50.0
        ])

    testCase "a gap of at most 20 µs says nothing of longer ones" (fun () ->
        followed [
            1000.0, 10.0, false, 20.0
            1030.0, 10.0, true, 20.0
            1060.001, 10.0, true, 50.0
            1080.0, 10.0, true, 50.0
        ])

    testCase "at least 20 µs and at most 200, whatever the work takes" (fun () ->
        followed [
            1000.0, 1.0, false, 20.0
            1021.0, 1.0, true, 20.0
            1042.001, 1.0, false, 20.0
            2000.0, 300.0, false, 20.0
            2500.0, 300.0, true, 250.0
            3000.001, 300.0, false, 20.0
        ])

    testCase "of several pieces the longest counts, a quarter less from one to the next" (fun () ->
        followed [
            1000.0, 20.0, false, 20.0
            // Four times 20, of which 15 are left afterwards: 60; then 11.25: 45.
            1100.0, 20.0, true, 100.0
            1180.0, 1.0, true, 75.0
            1226.0, 1.0, true, 56.25
            1272.001, 1.0, false, 20.0
        ])

    testCase
        "a worker is woken when what it would have saved has reached the cost, each time for twice as much"
        (fun () ->
            let cadence = Cadence()

            for reluctance in [ 1; 2; 4; 8; 16; 32; 64; 64; 64 ] do
                for _ in 1 .. 2 * reluctance - 1 do
                    Expect.isFalse (cadence.Miss(5.0, 10.0)) $"not yet, {reluctance}"

                Expect.isTrue (cadence.Miss(5.0, 10.0)) $"reached, {reluctance}"

            cadence.RecordUse()
            Expect.isFalse (cadence.Miss(9.0, 10.0)) "9 of 10"
            Expect.isTrue (cadence.Miss(1.0, 10.0)) "of use: it begins anew")

    testCase "behind a long gap nothing is saved" (fun () ->
        let cadence = Cadence()
        Expect.isFalse (cadence.Miss(9.0, 10.0)) "9 of 10"
        Expect.isFalse (cadence.Record(int64 (us 1000.0), us 1.0)) "a gap"
        Expect.isFalse (cadence.Miss(9.0, 10.0)) "9 again"
        Expect.isTrue (cadence.Record(int64 (us 1002.0), us 1.0)) "none"
        Expect.isTrue (cadence.Miss(1.0, 10.0)) "10")
]

// ------------------------------------------------------------------------------------------------ trials

/// A trial on a clock of its own, in ticks.
type private Clocked() =
    let trial = SharingTrial()
    let mutable now = 0L

    member _.Trial = trial
    member _.Pause(duration: float) = now <- now + int64 (us duration)

    member _.Step(duration: float) =
        let ticks = int64 (us duration)
        trial.Record(now, now + ticks)
        now <- now + ticks

    /// Steps alone and shared until it has settled, of such durations.
    member this.Settle(alone: float, shared: float) =
        let mutable steps = [ 0; 0 ]

        while not (trial.TrySkip()) do
            steps <-
                if trial.IsShared then
                    [ steps[0]; steps[1] + 1 ]
                else
                    [ steps[0] + 1; steps[1] ]

            this.Step(if trial.IsShared then shared else alone)

        steps

    /// How many steps are not timed, the one that has been skipped already among them; whether all but the last are shared.
    member _.Rest() =
        let isShared = trial.IsShared
        let mutable count, same = 1, true

        while trial.TrySkip() do
            count <- count + 1
            same <- same && trial.IsShared = isShared

        // The last one says how the next begins.
        Expect.isFalse trial.IsShared "the next trial begins alone"
        count, isShared

let private trials = [
    testCase
        "four steps to settle and five to time, alone and then shared; until workers are awake some more"
        (fun () ->
            for alone, waking in [ 10.0, 20; 30.0, 6; 70.0, 2; 200.0, 1; 201.0, 0; 5000.0, 0 ] do
                let clocked = Clocked()
                Expect.equal (clocked.Settle(alone, alone / 2.0)) [ 9; 9 + waking ] $"{alone} µs"
                Expect.isTrue clocked.Trial.IsShared "twice as fast")

    testCase "what takes less than 2 µs is not tried" (fun () ->
        Expect.equal (Clocked().Settle(1.999, 0.1)) [ 9; 0 ] "less"
        Expect.equal (Clocked().Settle(2.0, 0.1)) [ 9; 109 ] "2 µs")

    testCase "sharing must save a twentieth" (fun () ->
        for shared, pays in [ 94.999, true; 95.0, false; 100.0, false ] do
            let clocked = Clocked()
            clocked.Settle(100.0, shared) |> ignore
            Expect.equal clocked.Trial.IsShared pays $"{shared} of 100")

    testCase "the time is the third of five, in any order" (fun () ->
        let rec orders (list: float list) =
            match list with
            | [] -> [ [] ]
            | _ -> [
                for x in list do
                    for rest in orders (List.except [ x ] list) -> x :: rest
              ]

        for order in orders [ 10.0; 20.0; 40.0; 50.0; 1000.0 ] do
            let clocked = Clocked()

            for _ in 1..4 do
                clocked.Step 3.0

            for duration in order do
                Expect.isFalse clocked.Trial.IsShared "alone"
                clocked.Step duration

            Expect.isTrue clocked.Trial.IsShared "tried"
            // 200 µs are five steps of 40.
            Expect.equal (clocked.Settle(nan, 10.0)) [ 0; 4 + 5 + 5 ] $"{order}")

    testCase
        "a trial is repeated after ever longer rests: twice as long, up to 20 ms and to 8192 steps, shared ones at least 512"
        (fun () ->
            for alone, shared, pays, rests in
                [
                    30.0, 16.0, true, [ 128; 256; 512; 1024; 1250; 1250 ]
                    30.0, 32.0, false, [ 256; 512; 625; 625 ]
                    1e4, 5e3, true, [ 128; 256; 512; 512 ]
                    1e4, 1e4, false, [ 128; 128 ]
                    2.5, 2.0, true, [ 128; 256; 512; 1024; 2048; 4096; 8192; 8192 ]
                    1.0, 1.0, false, [ 256; 512; 1024; 2048; 4096; 8192; 8192 ]
                ] do
                let clocked = Clocked()

                for rest in rests do
                    clocked.Settle(alone, shared) |> ignore
                    Expect.equal (clocked.Rest()) (rest, pays) $"alone {alone}, shared {shared}")

    testCase "another answer begins with the shortest rest" (fun () ->
        let clocked = Clocked()

        for shared, rest in [ 16.0, 128; 16.0, 256; 40.0, 128; 40.0, 256; 16.0, 128 ] do
            clocked.Settle(30.0, shared) |> ignore
            Expect.equal (clocked.Rest()) (rest, shared < 28.5) $"shared {shared}")

    testCase "one pause of more than 250 µs amid shared steps begins them anew, the second counts" (fun () ->
        // Of 30 µs: 4 + 6 steps until workers are awake, 5 that are timed.
        for pause, restarts in [ 250.0, false; 250.001, true ] do
            for at in 1..15 do
                for again in [ 0; 3 ] do
                    let clocked = Clocked()
                    let mutable shared, alone = 0, 0

                    while not (clocked.Trial.TrySkip()) do
                        if clocked.Trial.IsShared then
                            shared <- shared + 1

                            if shared = at || (again > 0 && shared = at + again) then
                                clocked.Pause pause

                            clocked.Step 16.0
                        else
                            // Before steps alone pauses say nothing.
                            alone <- alone + 1
                            clocked.Pause 1000.0
                            clocked.Step 30.0

                    let expected = if restarts then at - 1 + 15 else 15
                    Expect.equal (alone, shared) (9, expected) $"{pause} µs before shared step {at}, again {again}")

    testCase "every trial has a pause of its own" (fun () ->
        let clocked = Clocked()

        for _ in 1..3 do
            let mutable shared = 0

            while not (clocked.Trial.TrySkip()) do
                if clocked.Trial.IsShared then
                    shared <- shared + 1

                    if shared = 2 then
                        clocked.Pause 300.0

                clocked.Step(if clocked.Trial.IsShared then 16.0 else 30.0)

            Expect.equal shared (1 + 15) "begun anew once"
            clocked.Rest() |> ignore)
]

[<Tests>]
let tests =
    testList "shared work" [ testList "cadence" cadence; testList "trials" trials ]
