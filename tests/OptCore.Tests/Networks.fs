/// What holds of networks and of their matrix product whatever they compute in.
module OptCore.Tests.Networks

open System
open System.Numerics
open Expecto
open OptCore
open OptModels
open OptCore.Kernels
open OptCore.Tests.Checkpoints.States

/// The mean over some samples at a point, and its gradient.
let evaluate (loss: IFiniteSum) (samples: int[]) (point: 'T[]) =
    let gradient: 'T[] = Array.zeroCreate point.Length
    loss.EvaluateAt<'T>(ReadOnlySpan samples, ReadOnlySpan point, Span gradient), gradient

let all (loss: IFiniteSum) = [| 0 .. loss.Count - 1 |]

/// Random samples and labels for a network, and a start of which every element is moved off the symmetric points.
let problem (start: int64 -> 'T[]) (moved: Random -> 'T -> 'T) (seed: int) (count: int) (network: Network) =
    let random = Random seed
    let samples = Array.init (count * network.Inputs) (fun _ -> random.NextSingle())
    let labels = Array.init count (fun _ -> random.Next network.Outputs)
    samples, labels, start (int64 seed) |> Array.map (moved random)

/// Threads, blocks and neighbours change no bit; nor does what was evaluated between.
let sameBits (draw: Network -> float32[] * int[] * 'T[]) (between: NetworkLoss -> unit) (networks: Network list) =
    testList "any number of threads, any block, any neighbours, the same bits" [
        for network in networks do
            testCase (string network) (fun () ->
                let samples, labels, point = draw network
                let one, many = network.On(samples, labels, 1), network.On(samples, labels, 7)
                let value, gradient = evaluate one (all one) point
                let value', gradient' = evaluate many (all many) point
                Expect.equal value' value "value"
                Expect.equal (bytesOf gradient') (bytesOf gradient) "gradient"
                between one
                let few = evaluate one [| 5; 3; 5 |] point
                let fresh = evaluate (network.On(samples, labels, 1)) [| 5; 3; 5 |] point
                Expect.equal (bytesOf (snd few)) (bytesOf (snd fresh)) "few"

                // What stands where the gradient goes is no part of it.
                let written = Array.copy point

                one.EvaluateAt<'T>(ReadOnlySpan [| 5; 3; 5 |], ReadOnlySpan point, Span written)
                |> ignore

                Expect.equal (bytesOf written) (bytesOf (snd few)) "over other numbers")
    ]

/// C ← C + A·B, one chain of fused multiply-adds per element.
let private naive<'T when 'T :> IFloatingPointIeee754<'T>> (a: 'T[,]) (b: 'T[,]) (c: 'T[,]) =
    Array2D.init (Array2D.length1 c) (Array2D.length2 c) (fun i j ->
        Seq.fold (fun sum k -> 'T.FusedMultiplyAdd(a[i, k], b[k, j], sum)) c[i, j] (seq { 0 .. Array2D.length2 a - 1 }))

let private flat (m: 'T[,]) = m |> Seq.cast<'T> |> Seq.toArray

/// The product of random matrices of numbers that are drawn, in memory as they are or transposed: as found and as naively computed.
let private product (draw: Random -> 'T) rows depth columns transposed threads =
    let random = Random(rows + 100 * depth + 10000 * columns)

    let matrix m n =
        Array2D.init m n (fun _ _ -> draw random)

    let a, b, c = matrix rows depth, matrix depth columns, matrix rows columns

    /// With a view that sees it as it is.
    let view (m: 'T[,]) transposed =
        let stored =
            if transposed then
                Array2D.init (Array2D.length2 m) (Array2D.length1 m) (fun i j -> m[j, i])
            else
                m

        let buffer = AlignedBuffer<'T>(stored.Length, 1)
        (flat stored).CopyTo(buffer[0])
        let view = MatrixView.Of(buffer, Array2D.length2 stored)
        buffer, (if transposed then view.Transposed else view)

    let bufferA, viewA = view a transposed
    let bufferB, viewB = view b (not transposed)
    let bufferC, viewC = view c false
    SharedProduct<'T>().Add(viewA, viewB, viewC, rows, depth, columns, threads)
    let found = bufferC[0].ToArray()
    GC.KeepAlive bufferA
    GC.KeepAlive bufferB
    found, flat (naive a b c)

/// Of every shape around the widths of both types.
let productTests (draw: Random -> 'T) =
    let check rows depth columns transposed threads =
        let found, expected = product draw rows depth columns transposed threads
        Expect.equal (bytesOf found) (bytesOf expected) $"{rows}×{depth}×{columns}"

    testList "matrix product" [
        testCase "one chain of fused multiply-adds per element, for all small shapes" (fun () ->
            if not Hardware.HasFma then
                skiptest "this machine rounds twice"

            for rows in [ 1; 2; 3; 4; 5; 9 ] do
                for depth in [ 0; 1; 2; 127; 128; 129; 300 ] do
                    for columns in [ 1; 2; 3; 4; 5; 7; 8; 9; 15; 16; 17; 31; 32; 33; 65 ] do
                        for transposed in [ false; true ] do
                            check rows depth columns transposed 1)

        testCase "on several threads" (fun () ->
            if not Hardware.HasFma then
                skiptest "this machine rounds twice"

            for rows, depth, columns in [ 130, 70, 200; 200, 300, 5; 3, 500, 90 ] do
                for transposed in [ false; true ] do
                    check rows depth columns transposed 8)
    ]
