/// Networks and their matrix product in float32.
module OptCore.Tests.Float32.NetworkTests

open System
open Expecto
open OptCore
open OptModels
open OptCore.Tests.Networks

let private bits (values: float32[]) =
    values |> Array.map BitConverter.SingleToInt32Bits

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
                        let value', gradient' = evaluate loss chosen wide
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

            let value', gradient' = evaluate loss [| 0 .. n - 1 |] (Array.map float point)

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

let private problem (network: Network) =
    problem (fun seed -> network.Start<float32> seed) (fun random w -> w + 0.1f * random.NextSingle()) 4 531 network

// Neither type leaves anything behind for the other.
let private inDouble (loss: NetworkLoss) =
    evaluate loss [| 1; 2 |] (loss.Network.Start 4L) |> ignore

let private ownTests =
    testCase "what plans and mini-batches ask is computed in float32 itself, not rounded from double" (fun () ->
        for network in anyNetworks[exactNetworks.Length ..] do
            let samples, labels, point = problem network
            let loss = network.On(samples, labels)
            let gradient = Array.zeroCreate<float32> point.Length
            let chosen = [| 0..40 |]
            let value = loss.Evaluate(ReadOnlySpan chosen, ReadOnlySpan point, Span gradient)
            let value', gradient' = evaluate loss chosen point
            Expect.equal value' value "value"
            Expect.equal (bits gradient') (bits gradient) "gradient"
            let _, wide = evaluate loss chosen (Array.map float point)
            Expect.notEqual (bits gradient) (wide |> Array.map float32 |> bits) "other roundings")

let private lossTests =
    testList "the loss of a sample, from its scores, in double" [
        testCase "value: log Σ exp z − z_label, as of float" (fun () ->
            let network = Network.Of(6).Dense(9).Tanh().Dense(4)
            let samples, labels, point = problem network
            let loss = network.On(samples, labels)
            let scores = loss.Scores(ReadOnlySpan point) |> Array.map float

            for s in 0..99 do
                let z = scores[4 * s .. 4 * s + 3]
                let most = Array.max z
                let expected = log (Array.sumBy (fun x -> exp (x - most)) z) + most - z[labels[s]]
                // Some ten roundings of double, of numbers below 16.
                Expect.isLessThan (abs (fst (evaluate loss [| s |] point) - expected)) 1e-14 $"sample {s}")

        testCase "gradient: divided by the number of samples, and then rounded" (fun () ->
            // The second sample is certain of its class: it has no gradient at all.
            let loss = Network.Of(1).Dense(2).On([| 0f; 1f |], [| 0; 0 |])
            let random = Random 3

            for _ in 1..200 do
                let b0, b1 = random.NextSingle(), random.NextSingle()
                let _, gradient = evaluate loss [| 0; 1; 1 |] [| 4096f; -4096f; b0; b1 |]
                let most = max (float b0) (float b1)
                let e0, e1 = exp (float b0 - most), exp (float b1 - most)
                Expect.equal gradient[3] (float32 (e1 / (e0 + e1) / 3.0)) "bias of the other class")
    ]

let private startTests =
    testCase "start: the weights of double, each rounded once" (fun () ->
        for network in anyNetworks do
            let single = network.Start<float32> 5L
            Expect.equal (bits single) (network.Start 5L |> Array.map float32 |> bits) (string network))

[<Tests>]
let tests =
    testList "float32/network" [
        exactTests
        roundingTests
        sameBits problem inDouble anyNetworks
        ownTests
        lossTests
        startTests
        productTests (fun random -> random.NextSingle() - 0.5f)
    ]
