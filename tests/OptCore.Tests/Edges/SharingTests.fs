/// Where loops are cut: between tasks of threads, inside registers, at segments; every cut gives the bits of none.
module OptCore.Tests.Edges.SharingTests

open System
open Expecto
open OptCore

let private numbers seed length =
    let random = Random(seed: int)
    Array.init length (fun _ -> random.NextDouble() - 0.5)

let private layout (lengths: int list) =
    (Layout.Empty, List.indexed lengths)
    ||> List.fold (fun all (i, length) -> all.Add($"t{i}", length))

let private stepped (text: string) (tensors: Layout) (execution: Execution) =
    let plan = (Optimizer.Parse text).Plan<float>(tensors, execution)
    let session = plan.Start(numbers 1 tensors.Length)

    for step in 2..4 do
        session.Step(numbers step tensors.Length) |> ignore

    session.Snapshot()

let private pure' (text: string) (tensors: Layout) (execution: Execution) =
    let plan = (Optimizer.Parse text).Plan<float>(tensors, execution)

    List.fold
        (fun (state: State<float>) step -> plan.Step(state, numbers step tensors.Length))
        (plan.Init(numbers 1 tensors.Length))
        [ 2..4 ]

let private one = Execution(Threads = 1)

// Without it a step is shared where that pays, which is never so within the first ones.
let private two = Execution(Threads = 2, AlwaysShares = true)

/// Small tensors are shared in tasks of 1024 elements and more, from 2048 elements on.
let private small = [
    "the last task is not full", List.replicate 30 100
    "the last task is one tensor of one element", List.replicate 3 1024 @ [ 1 ]
    "every task is full", List.replicate 4 1024
    "one element more than what is shared", List.replicate 20 102 @ [ 9 ]
]

let private threads =
    testList "tensors that threads share whole" [
        for name, lengths in small do
            for text in
                [
                    "adam 0.1 |> clipPerTensor 0.1 |> trustRatio"
                    "novoGrad 0.1"
                    // The decay is multiplied with the rate there, in every thread.
                    "lars 0.01 0.5 |> weightDecay 0.25"
                    "sgd 0.5 |> velocity 0.9 |> trustRatio |> weightDecay 0.25"
                ] do
                testCase $"{name}: {text}" (fun () ->
                    let tensors = layout lengths
                    let expected = stepped text tensors one
                    Expect.isTrue ((stepped text tensors two).Equals expected) "in place"
                    Expect.isTrue ((pure' text tensors two).Equals expected) "pure")
    ]

let private widths =
    List.filter (fun bits -> bits <= Kernels.Hardware.VectorBits) [ 128; 256; 512 ]

let private outOfCache =
    testList "steps out of place past the caches, on ranges that begin anywhere" [
        for bits in widths do
            for first in [ 0; 1; 3; 8 ] do
                testCase $"{bits} bits, from element {first}" (fun () ->
                    // More than the 32 MB from which on results bypass the caches.
                    let tensors = layout [ first; 4_300_001; 5 ]

                    let plan =
                        (Optimizer.Parse "sgd 0.5 |> freeze \"t0\"").Plan<float>(tensors, Execution(Bits = bits))

                    let start, gradient = numbers 1 tensors.Length, numbers 2 tensors.Length
                    let next = (plan.Step(plan.Init start, gradient)).ToArray()
                    let mutable wrong = -1

                    for i in tensors.Length - 1 .. -1 .. 0 do
                        let expected =
                            if i < first then
                                start[i]
                            else
                                Math.FusedMultiplyAdd(-0.5, gradient[i], start[i])

                        if next[i] <> expected then
                            wrong <- i

                    Expect.equal wrong -1 "first wrong element")
    ]

let private segments =
    testList "segments between barriers" [
        for text in
            [
                "sgd 0.1 |> l2 0.1 |> clip 0.5 |> weightDecay 0.1"
                "sgd 0.1 |> clip 0.5 |> clipUpdate 0.1 |> ball 0.5 |> proxL1 0.01 |> average 0.5"
                "sgd 0.1 |> l2 0.1 |> normalize |> momentum 0.5 |> trustRatio |> weightDecay 0.1 |> simplex 1.0 |> lookahead 2 0.5"
                "lars 0.1 0.1 |> trustRatio |> within -0.25 0.25 |> ball 1.0 |> nonNegative"
            ] do
            testCase $"block by block as fused: {text}" (fun () ->
                for lengths in [ [ 5 ]; [ 3; 0; 1029; 7 ] ] do
                    let tensors = layout lengths
                    let expected = stepped text tensors one
                    let blocks = Execution(Threads = 1, Fuse = false)
                    Expect.isTrue ((stepped text tensors blocks).Equals expected) "in place"
                    Expect.isTrue ((pure' text tensors blocks).Equals expected) "pure, blocks"
                    Expect.isTrue ((pure' text tensors one).Equals expected) "pure, fused")
    ]

[<Tests>]
let tests = testList "edges" [ threads; outOfCache; segments ]
