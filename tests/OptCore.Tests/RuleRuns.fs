/// Runs of stages of one's own: some steps on tensors of every rank, in every way.
module OptCore.Tests.RuleRuns

open System
open Expecto
open OptCore
open OptCore.Kernels

let tensors =
    Layout.Empty.Add("w", 3, 4).Add("b", 1).Add("k", 2, 3, 5).Add("none", 0, 2).Add("s", [||])

let numbers (seed: int) =
    let random = Random seed
    Array.init tensors.Length (fun _ -> 4.0 * random.NextDouble() - 2.0)

let ways = [
    for fuse in [ true; false ] do
        for bits in [ 128; Hardware.VectorBits ] do
            for threads in [ 1; 2 ] do
                Execution(Fuse = fuse, Bits = bits, Threads = threads)
]

let zeros: float[] = Array.zeroCreate tensors.Length

let steps = 5
let gradient step = numbers (10 + step)
let loss step = 3.0 - 0.25 * float step

/// Five steps, pure, reusing, in place and resumed, every way; all must agree.
let run (optimizer: Optimizer) =
    let results = [
        for way in ways do
            let plan = optimizer.Plan<float>(tensors, way)
            let session = plan.Start(numbers 1)
            let mutable state = plan.Init(numbers 1)
            let mutable reused = plan.Init(numbers 1)
            let mutable resumed = plan.Init(numbers 1)

            for step in 1..steps do
                let before = plan.Resume(state).Snapshot()
                session.Step(gradient step, loss step) |> ignore
                let next = plan.Step(state, gradient step, loss step)
                Expect.equal state before $"the old state stays, {way}"
                state <- next
                reused <- plan.Step(reused, gradient step, reused, loss step)
                let again = plan.Resume resumed
                again.Step(gradient step, loss step) |> ignore
                resumed <- again.Snapshot()

            Expect.equal (session.Snapshot()) state $"pure = in place, {way}"
            Expect.equal reused state $"pure = reuse, {way}"
            Expect.equal resumed state $"pure = resumed, {way}"
            state
    ]

    for state in results do
        Expect.equal state results.Head "every way"

    results.Head
