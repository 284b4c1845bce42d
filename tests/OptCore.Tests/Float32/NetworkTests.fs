/// Networks and their matrix product in float32.
module OptCore.Tests.Float32.NetworkTests

open System
open Expecto
open OptCore
open OptModels
open OptCore.Kernels

let private bits (values: float32[]) =
    values |> Array.map BitConverter.SingleToInt32Bits

let private evaluate (loss: NetworkLoss) (samples: int[]) (point: float32[]) =
    let gradient = Array.zeroCreate<float32> point.Length
    loss.Evaluate(ReadOnlySpan samples, ReadOnlySpan point, Span gradient), gradient

let private evaluateInDouble (loss: NetworkLoss) (samples: int[]) (point: float[]) =
    let gradient = Array.zeroCreate<float> point.Length
    loss.Evaluate(ReadOnlySpan samples, ReadOnlySpan point, Span gradient), gradient

/// Networks of whole numbers, but for tanh.
let private exactNetworks = [
    Network.Of(7).Dense(3)
    Network.Of(6).Dense(9).Relu().Dense(4)
    Network.Of(5).Relu().Flatten().Dense(6).Relu().Dense(2)
    Network.Of(1, 8, 8).Convolution(5, 3).Relu().AveragePool(2).Convolution(3, 2).Relu().Dense(4)
    Network
        .Of(2, 9, 8)
        .Convolution(3, 3, padding = 1)
        .Relu()
        .MaxPool(2)
        .Convolution(4, 2, stride = 2)
        .Flatten()
        .Dense(5)
    Network.Of(3, 7, 6).MaxPool(2).Convolution(2, 3, stride = 3, padding = 2).AveragePool(2).Dense(3)
]

/// Weights and inputs that are small whole numbers. Those of the last layer are multiples of 2048: scores that differ at all are so far
/// apart that e^−gap is 0 in double, softmax is 0, ½ (two equal ones) or 1, and nothing is ever rounded.
let private wholeNumbers (seed: int) (count: int) (network: Network) =
    let random = Random seed
    let samples = Array.init (count * network.Inputs) (fun _ -> float32 (random.Next 4))
    let labels = Array.init count (fun _ -> random.Next network.Outputs)
    let last = network.Layout.Tensors[network.Layout.Tensors.Count - 2].Offset

    let point =
        Array.init network.Dimension (fun i -> float32 ((random.Next 7 - 3) * (if i < last then 1 else 2048)))

    samples, labels, point

let private exactTests =
    testList "where float32 is exact: value, scores and gradient of double" [
        for network in exactNetworks do
            testCase (string network) (fun () ->
                for seed in 1..4 do
                    let samples, labels, point = wholeNumbers seed 64 network
                    let loss = network.On(samples, labels)
                    let wide = Array.map float point
                    let scores = loss.Scores wide
                    Expect.equal (loss.Scores(ReadOnlySpan point) |> Array.map float) scores "scores"
                    Expect.equal (loss.Predict(ReadOnlySpan point)) (loss.Predict wide) "classes"
                    Expect.equal (loss.Accuracy(ReadOnlySpan point)) (loss.Accuracy wide) "accuracy"

                    // Three equal largest scores would make thirds.
                    let exact =
                        Array.chunkBySize network.Outputs scores
                        |> Array.indexed
                        |> Array.filter (fun (_, row) ->
                            row |> Array.filter ((=) (Array.max row)) |> Array.length <= 2)
                        |> Array.map fst

                    Expect.isGreaterThanOrEqual exact.Length 16 "enough samples"

                    for chosen in [ exact[..15]; Array.append exact[2..4] exact[2..2]; exact[5..5] ] do
                        let value, gradient = evaluate loss chosen point
                        let value', gradient' = evaluateInDouble loss chosen wide
                        Expect.equal value value' "value"
                        Expect.equal (Array.map float gradient) gradient' "gradient"
                        Expect.isTrue (gradient' |> Array.exists ((<>) 0.0) || value' = 0.0) "something flows")
    ]

/// u of float32, and the bound of a chain of n multiply-adds: γ_n = nu/(1 − nu). Source: Higham, section 3.1.
let private u = 2.0 ** -24.0
let private gamma (n: int) = float n * u / (1.0 - float n * u)

// One dense layer, whose scores are chains of d multiply-adds: e_z ≤ γ_d (Σ|w x| + |c|). The loss has derivatives of at most 1 by
// every score, softmax of at most ½; then one rounding, and a chain of n over the samples. Second-order terms and the doubles
// behind it are within the last factor.
let private roundingTests =
    testCase "a dense layer differs from double by no more than its roundings" (fun () ->
        for seed in 1..10 do
            let d, classes, n = 23, 4, 33
            let network = Network.Of(d).Dense(classes)
            let random = Random seed
            let samples = Array.init (n * d) (fun _ -> random.NextSingle() - 0.5f)
            let loss = network.On(samples, Array.init n (fun _ -> random.Next classes))
            let point = Array.init network.Dimension (fun _ -> 4f * random.NextSingle() - 2f)
            let x s j = abs (float samples[s * d + j])
            let w k j = abs (float point[k * d + j])

            let scoreError s =
                gamma (d + 1)
                * Seq.max (
                    seq {
                        for k in 0 .. classes - 1 ->
                            abs (float point[classes * d + k])
                            + Seq.sum (seq { for j in 0 .. d - 1 -> w k j * x s j })
                    }
                )

            let largest = Seq.max (seq { for s in 0 .. n - 1 -> scoreError s })
            let value, gradient = evaluate loss [| 0 .. n - 1 |] point

            let value', gradient' =
                evaluateInDouble loss [| 0 .. n - 1 |] (Array.map float point)

            Expect.isLessThanOrEqual (abs (value - value')) (2.0 * largest * 1.001) "value"

            let allowed inputs =
                inputs / float n * (0.5 * largest + u + gamma n) * 1.001

            for k in 0 .. classes - 1 do
                for j in 0 .. d - 1 do
                    let inputs = Seq.sum (seq { for s in 0 .. n - 1 -> x s j })
                    let found = abs (float gradient[k * d + j] - gradient'[k * d + j])
                    Expect.isLessThanOrEqual found (allowed inputs) $"weight {k}, {j}"

                let found = abs (float gradient[classes * d + k] - gradient'[classes * d + k])
                Expect.isLessThanOrEqual found (allowed (float n)) $"bias {k}")

let private anyNetworks =
    exactNetworks
    @ [
        Network.Of(6).Dense(17).Relu().Dense(9).Tanh().Relu().Dense(3).Tanh()
        Network.Of(1, 8, 8).Convolution(5, 3).Tanh().AveragePool(2).Convolution(3, 2).Relu().Dense(4)
    ]

let private sameBits =
    testList "any number of threads, any block, any neighbours, the same bits" [
        for network in anyNetworks do
            testCase (string network) (fun () ->
                let random = Random 4
                let samples = Array.init (531 * network.Inputs) (fun _ -> random.NextSingle())
                let labels = Array.init 531 (fun _ -> random.Next network.Outputs)

                let point =
                    network.Start<float32> 4L |> Array.map (fun w -> w + 0.1f * random.NextSingle())

                let one, many = network.On(samples, labels, 1), network.On(samples, labels, 7)
                let all = [| 0..530 |]
                let value, gradient = evaluate one all point
                let value', gradient' = evaluate many all point
                Expect.equal value' value "value"
                Expect.equal (bits gradient') (bits gradient) "gradient"

                // Neither type leaves anything behind for the other.
                evaluateInDouble one [| 1; 2 |] (Array.map float point) |> ignore
                let few = evaluate one [| 5; 3; 5 |] point
                let fresh = evaluate (network.On(samples, labels, 1)) [| 5; 3; 5 |] point
                Expect.equal (bits (snd few)) (bits (snd fresh)) "few")
    ]

let private startTests =
    testCase "start: the weights of double, each rounded once" (fun () ->
        for network in anyNetworks do
            let single = network.Start<float32> 5L
            Expect.equal (bits single) (network.Start 5L |> Array.map float32 |> bits) (string network))

let private naive (a: float32[,]) (b: float32[,]) (c: float32[,]) =
    Array2D.init (Array2D.length1 c) (Array2D.length2 c) (fun i j ->
        Seq.fold
            (fun sum k -> MathF.FusedMultiplyAdd(a[i, k], b[k, j], sum))
            c[i, j]
            (seq { 0 .. Array2D.length2 a - 1 }))

let private flat (m: float32[,]) = m |> Seq.cast<float32> |> Seq.toArray

let private productTests =
    testCase "the matrix product is one chain of fused multiply-adds per element" (fun () ->
        if not Hardware.HasFma then
            skiptest "this machine rounds twice"

        for rows, depth, columns in
            [
                for rows in [ 1; 3; 4; 5; 9 ] do
                    for depth in [ 0; 1; 127; 129; 300 ] do
                        for columns in [ 1; 7; 8; 15; 16; 17; 31; 32; 33; 65 ] do
                            yield rows, depth, columns
                yield 130, 70, 200
                yield 200, 300, 5
            ] do
            let random = Random(rows + 100 * depth + 10000 * columns)

            let matrix m n =
                Array2D.init m n (fun _ _ -> random.NextSingle() - 0.5f)

            let a, b, c = matrix rows depth, matrix depth columns, matrix rows columns

            for transposed in [ false; true ] do
                let view (m: float32[,]) transposed =
                    let stored =
                        if transposed then
                            Array2D.init (Array2D.length2 m) (Array2D.length1 m) (fun i j -> m[j, i])
                        else
                            m

                    let buffer = AlignedBuffer<float32>(stored.Length, 1)
                    (flat stored).CopyTo(buffer[0])
                    let view = MatrixView.Of(buffer, Array2D.length2 stored)
                    buffer, (if transposed then view.Transposed else view)

                let bufferA, viewA = view a transposed
                let bufferB, viewB = view b (not transposed)
                let bufferC, viewC = view c false
                SharedProduct<float32>().Add(viewA, viewB, viewC, rows, depth, columns, 3)
                let found = bufferC[0].ToArray()
                GC.KeepAlive bufferA
                GC.KeepAlive bufferB
                Expect.equal (bits found) (bits (flat (naive a b c))) $"{rows}×{depth}×{columns}")

[<Tests>]
let tests =
    testList "float32/network" [ exactTests; roundingTests; sameBits; startTests; productTests ]
