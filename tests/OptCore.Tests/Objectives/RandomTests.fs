/// The generator behind shuffles, step by step as its sources have it, and the batches drawn from it.
module OptCore.Tests.Objectives.RandomTests

open System
open System.Reflection
open Expecto
open OptCore
open OptCore.Tests.BadInput.Refusals
open OptCore.Tests.Objectives.Xoshiro
open OptModels

let private streams = [ 0L, 0L; 1L, 0L; 1L, 1L; -7L, 3L; Int64.MaxValue, -1L; Int64.MinValue, 5L ]

/// The generator in a state of one's choice.
let private inState (state: uint64[]) =
    let boxed = box (SampleRandom(0L, 0L))

    for i in 0..3 do
        match typeof<SampleRandom>.GetField($"s{i}", BindingFlags.NonPublic ||| BindingFlags.Instance) with
        | null -> failtestf "no s%d" i
        | field -> field.SetValue(boxed, state[i])

    unbox<SampleRandom> boxed

let private generator = [
    testCase "bits, uniform numbers, integers and orders of several seeds and streams" (fun () ->
        for seed, stream in streams do
            let name = $"seed {seed}, stream {stream}"
            let mutable own, twin = SampleRandom(seed, stream), Xoshiro.Of(seed, stream)

            for _ in 1..40 do
                Expect.equal (own.Next()) (twin.Next()) $"{name}: bits"
                Expect.equal (own.Uniform()) (twin.Uniform()) $"{name}: [0, 1)"
                Expect.equal (own.Uniform(-0.5, 1.5)) (2.0 * twin.Uniform() - 0.5) $"{name}: [−½, 3/2)"

            for bound in [ 1; 2; 3; 7; 1000; Int32.MaxValue ] do
                for _ in 1..20 do
                    Expect.equal (own.Below bound) (twin.Below bound) $"{name}: below {bound}"

            for count in [ 0; 1; 2; 3; 50 ] do
                Expect.equal (own.Permutation count) (twin.Order count) $"{name}: order of {count}"

        Expect.equal (SampleRandom(4L).Next()) (Xoshiro.Of(4L, 0L).Next()) "stream 0 unless told")

    testCase "what would make an integer more likely than others is drawn again" (fun () ->
        // The state whose next bits are v: s1 = 5⁻¹ rotr(9⁻¹ v, 7).
        let inverse (a: uint64) =
            let mutable x = a

            for _ in 1..6 do
                x <- x * (2UL - a * x)

            x

        let giving (v: uint64) =
            let w = v * inverse 9UL
            [| 11UL; inverse 5UL * ((w >>> 7) ||| (w <<< 57)); 12UL; 13UL |]

        for bound in [ 3; 5; 6; 7; 8; 1000 ] do
            // Lower halves of the product from 0 on, to beyond 2⁶⁴ mod n and n themselves, as far as some bits give them.
            for low in 0UL .. uint64 bound + 1UL do
                for v in
                    [
                        low / uint64 bound
                        if bound % 2 = 1 then
                            low * inverse (uint64 bound)
                    ] do
                    let state = giving v
                    let mutable own, twin = inState state, Xoshiro state
                    let name = $"{v} times {bound}"
                    Expect.equal (own.Below bound) (twin.Below bound) name
                    Expect.equal (own.Next()) (twin.Next()) $"{name}: as many draws")
]

let private rows n =
    LeastSquares(Array2D.init n 2 (fun i j -> float (i + j)), Array.init n float)

let private batches = [
    testCase "a step's batch is a piece of its epoch's order" (fun () ->
        for n in 1..9 do
            for size in 1..n do
                for drop in [ false; true ] do
                    for shuffle in [ true; false ] do
                        let batches = MiniBatches(rows n, size, 3L, DropLast = drop, Shuffle = shuffle)
                        let steps = if drop then n / size else (n + size - 1) / size
                        let name = $"{n} by {size}, drop {drop}, shuffle {shuffle}"
                        Expect.equal batches.StepsPerEpoch steps name

                        for step in [ for t in 0 .. 3 * steps -> t ] @ [ 0; 2 * steps; 1 ] do
                            let epoch = step / steps
                            Expect.equal (batches.Epoch(int64 step)) (int64 epoch) $"{name}: epoch of {step}"

                            let order =
                                if shuffle then
                                    Xoshiro.Of(3L, int64 epoch).Order n
                                else
                                    [| 0 .. n - 1 |]

                            let start = step % steps * size

                            Expect.equal
                                (batches.Batch(int64 step).ToArray())
                                order[start .. min n (start + size) - 1]
                                $"{name}: batch of {step}")

    testCase "unless told: shuffled, all samples, seed 0; never another kind of objective" (fun () ->
        let batches = MiniBatches(rows 9, 4)

        Expect.equal
            (batches.Shuffle, batches.DropLast, batches.Seed, batches.BatchSize)
            (true, false, 0L, 4)
            "options"

        Expect.isTrue batches.IsStochastic "every step sees another batch"
        Expect.isFalse (rows 9 :> IObjective).IsStochastic "the sum is the same at every step")

    testCase "sizes and steps out of range" (fun () ->
        let sum = rows 9

        for size in [ -1; 0; 10 ] do
            range [ $"batchSize = {size}"; "1 ≤ value ≤ 9" ] (fun () -> MiniBatches(sum, size))

        for size in [ 1; 9 ] do
            Expect.equal (MiniBatches(sum, size).BatchSize) size "the ends are allowed"

        for shuffle in [ true; false ] do
            let batches = MiniBatches(sum, 4, Shuffle = shuffle)
            range [ "step = -1"; "0 ≤ value" ] (fun () -> batches.Epoch -1L)
            range [ "step = -1"; "0 ≤ value" ] (fun () -> batches.Batch(-1L).Length)

        Expect.throwsT<ArgumentNullException> (fun () -> MiniBatches(nothing, 1) |> ignore) "no sum")
]

[<Tests>]
let tests =
    testList "random" [ testList "generator" generator; testList "batches" batches ]
