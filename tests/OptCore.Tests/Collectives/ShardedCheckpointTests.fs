/// Checkpoints that many ranks write: any number of ranks goes on from them to the same bits; damage and mixing are refused.
module OptCore.Tests.ShardedCheckpointTests

open System
open System.IO
open Expecto
open OptCore

let private layout =
    Layout.Of [
        struct ("w1", [| 12; 9 |])
        struct ("b1", [| 9 |])
        struct ("e", [| 0 |])
        struct ("w2", [| 9; 7; 2 |])
        struct ("s", [||])
    ]

let private start =
    Array.init layout.Length (fun i -> float (i * 7919 % 1009) / 1009.0 - 0.5)

let private part (step: int64) =
    PartGradient<float>(fun part point gradient ->
        for i in 0 .. point.Length - 1 do
            gradient[i] <-
                point[i] + float ((part * 7919 + int step * 104_729 + i * 31) % 1009) / 1009.0
                - 0.5

        float part)

let private plan (text: string) =
    (Optimizer.Parse text).Plan<float>(layout, Execution(Threads = 1))

let private walk (session: DistributedSession<float>) (steps: int64) =
    while session.StepCount < steps do
        session.Step(part session.StepCount) |> ignore

let private within (work: string -> unit) =
    let folder = Directory.CreateTempSubdirectory("shares")

    try
        work (Path.Combine(folder.FullName, "run.safetensors"))
    finally
        folder.Delete true

let private onRanks (size: int) (work: ICollectives -> unit) =
    ThreadRanks.Run(size, Action<ICollectives> work)

let private save (plan: Plan<float>) (size: int) (steps: int64) (path: string) =
    onRanks size (fun ranks ->
        use session = plan.Start(ranks, start, 8)
        walk session steps
        ShardedCheckpoint.Save(session, path))

/// The state behind so many steps of one rank.
let private whole (plan: Plan<float>) (steps: int64) =
    ThreadRanks.Run(
        1,
        Func<ICollectives, State<float>>(fun ranks ->
            use session = plan.Start(ranks, start, 8)
            walk session steps
            session.Gather())
    )[0]

let private optimizers = [
    "adam 0.01 |> clip 1.0 |> average 0.9"
    "novoGrad 0.01 |> trustRatio |> noise 0.01 0.5 7"
    "adam 0.01 |> accumulate 2 |> plateau 1 0.5"
    "adafactor 0.01"
    "sgd 0.1"
    // No rank steps a part of it alone: there is one share for all of them.
    "lbfgs 3 0.01"
]

let private resumed =
    testList "another number of ranks goes on to the same bits" [
        for text in optimizers do
            testCase text (fun () ->
                let plan = plan text
                let expected = whole plan 9L

                for writers in [ 1; 2; 3; 5 ] do
                    within (fun path ->
                        save plan writers 5L path
                        Expect.isTrue ((ShardedCheckpoint.Load(plan, path)).Equals(whole plan 5L)) "loaded by one"
                        Expect.isTrue ((Checkpoint.Load(plan, path)).Equals(whole plan 5L)) "as any checkpoint"

                        for readers in [ 1; 2; 4; 8 ] do
                            onRanks readers (fun ranks ->
                                use session = ShardedCheckpoint.Resume(plan, ranks, path)
                                Expect.equal session.Parts 8 "parts"
                                walk session 9L
                                let state = session.Gather()
                                Expect.isTrue (state.Equals expected) $"{writers} wrote, {readers} go on")))
    ]

let private files (path: string) =
    match Path.GetDirectoryName path with
    | null -> [||]
    | folder -> Directory.GetFiles folder |> Array.sort

let private refused (fault: CheckpointFault) (read: unit -> unit) =
    try
        read ()
        failtest "expected a refusal"
    with :? CheckpointException as error ->
        Expect.equal error.Fault fault error.Message

let private whole' =
    testList "complete or not at all" [
        testCase "the next one takes the place of the one before" (fun () ->
            within (fun path ->
                let plan = plan optimizers[0]
                save plan 3 2L path
                Expect.equal (files path).Length 4 "three shares and the manifest"
                save plan 2 4L path
                Expect.equal (files path).Length 3 "two shares and the manifest"
                Expect.equal (ShardedCheckpoint.Load(plan, path)).Step 4L "the newer one"))

        testCase "a rank that cannot write fails all, and the one before stays" (fun () ->
            within (fun path ->
                let plan = plan optimizers[0]
                save plan 2 2L path
                let before = files path

                let failure =
                    try
                        onRanks 2 (fun ranks ->
                            use session = plan.Start(ranks, start, 8)
                            walk session 3L
                            ShardedCheckpoint.Save(session, (if ranks.Rank = 1 then path + "/nowhere/x" else path)))

                        failtest "expected a failure"
                    with :? CollectiveException as failure ->
                        failure

                Expect.stringContains failure.Message "cannot write its share" "message"
                Expect.equal (files path) before "files"
                Expect.equal (ShardedCheckpoint.Load(plan, path)).Step 2L "the one before"))

        testCase "a share of another checkpoint, a missing and a damaged one are refused" (fun () ->
            within (fun path ->
                let plan = plan optimizers[0]
                let other = path + ".other"
                save plan 2 2L path
                save plan 2 3L other

                let shareOf (start: string) (number: int) =
                    files path
                    |> Array.find (fun file ->
                        file.StartsWith(start + ".0") && file.EndsWith $"{number}of2.safetensors")

                let share = shareOf path 1
                let bytes = File.ReadAllBytes share
                File.Copy(shareOf other 1, share, true)
                refused CheckpointFault.Checksum (fun () -> ShardedCheckpoint.Load(plan, path) |> ignore)

                let damaged = Array.copy bytes
                damaged[damaged.Length - 3] <- damaged[damaged.Length - 3] ^^^ 1uy
                File.WriteAllBytes(share, damaged)
                refused CheckpointFault.Checksum (fun () -> ShardedCheckpoint.Load(plan, path) |> ignore)

                File.Delete share

                Expect.throwsT<FileNotFoundException>
                    (fun () -> ShardedCheckpoint.Load(plan, path) |> ignore)
                    "a missing share"))

        testCase "another optimizer, another layout and a plain checkpoint are refused" (fun () ->
            within (fun path ->
                let plan' = plan optimizers[0]
                save plan' 2 2L path
                refused CheckpointFault.Optimizer (fun () -> ShardedCheckpoint.Load(plan "sgd 0.1", path) |> ignore)
                let small = (Optimizer.Parse optimizers[0]).Plan<float>(Layout.Plain 4)
                refused CheckpointFault.Layout (fun () -> ShardedCheckpoint.Load(small, path) |> ignore)
                Checkpoint.Save(whole plan' 1L, path + ".plain")
                refused CheckpointFault.Metadata (fun () -> ShardedCheckpoint.Load(plan', path + ".plain") |> ignore)))
    ]

[<Tests>]
let tests = testList "sharded checkpoints" [ resumed; whole' ]
