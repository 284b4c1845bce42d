/// Real ranks: what mpirun starts on this machine.
module OptMpi.Tests.RankTests

open System
open System.Diagnostics
open System.IO
open System.Threading.Tasks
open Expecto
open OptCore
open OptMpi.Tests.Launcher

let private within (work: string -> unit) =
    let folder = Directory.CreateTempSubdirectory("ranks")

    try
        work (Path.Combine(folder.FullName, "run.safetensors"))
    finally
        folder.Delete true

let private hash arguments ranks = job ranks arguments |> said "hash"

let private bits =
    testList "the same bits on any number of ranks" [
        for optimizer in [ "adam 0.01 |> clip 0.5"; "lamb 0.01 0.1 |> noise 0.01 0.5 7" ] do
            testCase optimizer (fun () ->
                let expected = hash [ "bits"; optimizer; "8" ] 1

                for ranks in [ 2; 3; 4 ] do
                    Expect.equal (hash [ "bits"; optimizer; "8" ] ranks) expected $"{ranks} ranks")

        testCase "of several blocks, each stepped before the next one comes" (fun () ->
            let optimizers =
                String.concat ";" [
                    "adam 0.01"
                    "sgd 0.1 |> momentum 0.9 |> freeze \"b1\" |> average 0.9"
                    "nadam 0.01 |> rateFor \"w2\" 0.1 |> weightDecay 0.1"
                    "sgd 0.1 |> nag 0.9 |> plateau 1 0.5"
                    "sgd 0.1 |> sam 0.05"
                    "lion 0.01 |> clipValue 0.2 |> cosine 100"
                ]

            let expected = hash [ "bits"; optimizers; "8" ] 1

            for ranks in [ 2; 3 ] do
                Expect.equal (hash [ "bits"; optimizers; "8" ] ranks) expected $"{ranks} ranks")

        testCase "Minimizer on shared batches" (fun () ->
            Expect.equal (hash [ "minimize"; "8" ] 2) (hash [ "minimize"; "8" ] 1) "2 ranks and 1")
    ]

let private survival =
    testList "a job that ends early" [
        testCase
            "a rank is killed: the others end within seconds, and another number of ranks goes on to the same bits"
            (fun () ->
                within (fun file ->
                    let expected = hash [ "run"; file + ".whole"; "30" ] 2
                    let killed = job 2 [ "run"; file; "30"; "1"; "14" ]
                    Expect.notEqual killed.Code 0 "exit code"
                    Expect.isLessThan killed.Seconds 60.0 "seconds"
                    let resumed = job 3 [ "run"; file; "30" ]
                    Expect.equal (said "begins" resumed) "begins at 12" "the last checkpoint"
                    Expect.equal (said "hash" resumed) expected "the end"))

        testCase "a rank throws: the job ends with its message" (fun () ->
            let ended = job 2 [ "throw"; "1" ]
            Expect.notEqual ended.Code 0 "exit code"
            Expect.stringContains ended.Output "Rank 1 of 2 ends the job" "who"
            Expect.stringContains ended.Output "the data is missing" "why")

        // Of the mean before anything is stepped; of the mean while parameters are under way; in the second step.
        for at in [ 3; 8; 20 ] do
            testCase
                $"a rank throws while exchange {at} is under way: its memory is left alone, the job ends"
                (fun () ->
                    let ended = job 2 [ "break"; "1"; string at; "throw" ]
                    Expect.notEqual ended.Code 0 "exit code"
                    Expect.stringContains ended.Output "memory stays: True" "memory"
                    Expect.stringContains ended.Output "Rank 1 of 2 ends the job" "who"
                    Expect.stringContains ended.Output "the cable is out" "why")

            testCase $"a rank is killed while exchange {at} is under way: the others end within seconds" (fun () ->
                let ended = job 3 [ "break"; "1"; string at; "kill" ]
                Expect.notEqual ended.Code 0 "exit code"
                Expect.isLessThan ended.Seconds 60.0 "seconds")

        testCase "all ranks throw, at different exchanges: the job ends" (fun () ->
            let ended = job 3 [ "break"; "0"; "4"; "all" ]
            Expect.notEqual ended.Code 0 "exit code"
            Expect.stringContains ended.Output "the cable is out" "why"
            Expect.isLessThan ended.Seconds 60.0 "seconds")

        testCase "a wrong use of exchanges under way is refused, and changes nothing" (fun () ->
            let ended = job 2 [ "refuse" ]

            for rank in 0..1 do
                Expect.equal
                    (said $"rank {rank}" ended)
                    $"rank {rank} refuses 8: No exchange is under way; begin one first. sendPieces receivePieces, exchanges: True"
                    "what is refused")

        testCase "ranks with different optimizers say so" (fun () ->
            let ended = job 2 [ "mismatch" ]
            Expect.notEqual ended.Code 0 "exit code"
            Expect.stringContains ended.Output "The ranks disagree" "why")

        testCase "a signal to one rank: all store and end" (fun () ->
            within (fun file ->
                let running = Task.Run(fun () -> job 2 [ "wait"; file ])
                let clock = Stopwatch.StartNew()
                let pid = $"{file}.1.pid"

                while not (File.Exists pid && File.ReadAllText(pid).Length > 0)
                      && not running.IsCompleted
                      && clock.Elapsed.TotalSeconds < 60.0 do
                    Task.Delay(50).Wait()

                if File.Exists pid then
                    use signal = Process.Start("kill", [ "-TERM"; File.ReadAllText pid ])
                    signal.WaitForExit()

                // Where the job could not be started it says so here.
                let ended = running.GetAwaiter().GetResult()
                Expect.equal (said "stopped" ended) "stopped: True, stored True" "the end"))
    ]

let private alone =
    testList "without a launcher" [
        testCase "one rank" (fun () ->
            match missing () with
            | Some reason -> skiptest reason
            | None -> ()

            Expect.equal (hash [ "bits"; "sgd 0.1"; "8" ] 1) (hash [ "bits"; "sgd 0.1"; "8" ] 2) "1 and 2")

        testCase "a library that is none is refused with its name" (fun () ->
            let before = Environment.GetEnvironmentVariable "OPTDSL_MPI"
            Environment.SetEnvironmentVariable("OPTDSL_MPI", "libnothing-of-the-kind.so")

            try
                let found, reason = OptMpi.Mpi.IsAvailable()
                Expect.isFalse found "found"
                Expect.stringContains reason "libnothing-of-the-kind.so" "the name"
            finally
                Environment.SetEnvironmentVariable("OPTDSL_MPI", before))
    ]

[<Tests>]
let tests = testSequenced (testList "ranks" [ bits; survival; alone ])
