module OptCore.Tests.NetworkTests

open System
open Expecto
open OptCore
open OptModels
open OptCore.Tests.Networks

let private problem seed count (network: Network) =
    Networks.problem
        (fun seed -> network.Start seed)
        (fun random w -> w + 0.1 * (random.NextDouble() - 0.5))
        seed
        count
        network

/// Every kind of layer, in every kind of place.
let private networks = [
    Network.Of(7).Dense(3)
    Network.Of(7).Dense(5).Tanh().Dense(3)
    Network.Of(6).Dense(17).Relu().Dense(9).Tanh().Relu().Dense(3).Tanh()
    Network.Of(5).Tanh().Flatten().Relu().Dense(4).Tanh().Flatten().Relu().Dense(2)
    Network.Of(1, 8, 8).Convolution(5, 3).Tanh().AveragePool(2).Convolution(3, 2).Relu().Dense(4)
    Network
        .Of(2, 9, 8)
        .AveragePool(1)
        .Convolution(3, 3, padding = 1)
        .Relu()
        .MaxPool(2)
        .Convolution(4, 2, stride = 2)
        .Tanh()
        .Flatten()
        .Dense(5)
    Network.Of(3, 7, 6).MaxPool(2).Convolution(2, 3, stride = 3, padding = 2).MaxPool(2)
    // What the second one writes the first one still needs.
    Network.Of(4).Dense(5).Tanh().Tanh().Dense(3)
    Network.Of(4).Dense(5).Tanh().Flatten().Tanh().Dense(3)
]

/// f at p + h·e_i by central differences is off by h²/6·|f'''| + u·|f|/h. On these networks |f'''| < 100 and |f| < 5, so
/// that at h = 1e-5 both stay below 2e-9; a kink of relu or maxPool within h of the point would show as 1e-2 or more.
let private differenceTolerance = 2e-9

let private gradientTests =
    networks
    |> List.map (fun network ->
        testCase $"gradient against central differences: {network}" (fun () ->
            let samples, labels, point = problem 3 19 network
            let loss = network.On(samples, labels)
            let _, gradient = evaluate loss (all loss) point
            let h = 1e-5

            for i in 0 .. point.Length - 1 do
                let at x =
                    let moved = Array.copy point
                    moved[i] <- x
                    fst (evaluate loss (all loss) moved)

                let slope = (at (point[i] + h) - at (point[i] - h)) / (2.0 * h)
                Expect.isLessThan (abs (slope - gradient[i])) differenceTolerance $"coordinate {i}"))

let private bits (values: float[]) =
    values |> Array.map BitConverter.DoubleToInt64Bits

/// Sums of b terms in another order differ by at most about b·u·Σ|terms|; the terms here are below 10.
let private sumTolerance = 531.0 * 1.2e-16 * 10.0

let private finiteSumTests =
    testList "finite sum" [
        testCase "the mean of the samples' gradients" (fun () ->
            for network in networks do
                let samples, labels, point = problem 5 37 network
                let loss = network.On(samples, labels)
                let chosen = [| 3; 9; 9; 0; 36; 17; 4; 22; 21; 20 |]
                let value, gradient = evaluate loss chosen point
                let each = chosen |> Array.map (fun i -> evaluate loss [| i |] point)
                let mean = each |> Array.averageBy fst
                Expect.isLessThan (abs (value - mean)) sumTolerance "value"

                for i in 0 .. point.Length - 1 do
                    let mean = each |> Array.averageBy (fun (_, g) -> g[i])
                    Expect.isLessThan (abs (gradient[i] - mean)) sumTolerance $"coordinate {i}")

        testCase "more samples than go through the layers together: the mean over all of them" (fun () ->
            let network = Network.Of(11).Dense(4)
            let samples, labels, point = problem 6 5000 network
            let loss = network.On(samples, labels)
            let value, gradient = evaluate loss (all loss) point

            let halves =
                all loss
                |> Array.splitInto 50
                |> Array.map (fun some -> evaluate loss some point)

            let tolerance = 5000.0 * 1.2e-16 * 10.0
            Expect.isLessThan (abs (value - Array.averageBy fst halves)) tolerance "value"

            for i in 0 .. point.Length - 1 do
                let mean = halves |> Array.averageBy (fun (_, g) -> g[i])
                Expect.isLessThan (abs (gradient[i] - mean)) tolerance $"coordinate {i}")

        testCase "maxPool: of equal elements the first one gets the gradient" (fun () ->
            // A filter of one weight 0: all outputs are the bias; the slope of the weight is the input at the chosen place.
            let network = Network.Of(1, 2, 2).Convolution(1, 1).MaxPool(2).Dense(2)
            let pixels = [| 0.5f; 0.25f; 1.0f; 0.75f |]
            let loss = network.On(pixels, [| 0 |])
            let point = Array.zeroCreate<float> network.Dimension
            let dense = network.Layout["layer2.weights"]
            point[dense.Offset] <- 1.0
            let _, gradient = evaluate loss [| 0 |] point
            let filter, bias = network.Layout["layer1.weights"], network.Layout["layer1.bias"]
            Expect.notEqual gradient[bias.Offset] 0.0 "something flows"
            Expect.equal gradient[filter.Offset] (0.5 * gradient[bias.Offset]) "through the first")

        testCase "windows behind a layer that has flattened the image" (fun () ->
            let refused (words: string list) (f: unit -> Network) =
                Expect.throwsC (fun () -> f () |> ignore) (fun e ->
                    for word in words do
                        Expect.stringContains e.Message word "message")

            let image = Network.Of(1, 8, 8)
            let flattened = "which has flattened the image"
            refused [ "dense 10"; flattened ] (fun () -> image.Dense(10).Convolution(2, 3))
            refused [ "dense 10"; flattened ] (fun () -> image.Dense(10).Relu().MaxPool(2))
            refused [ "flatten"; flattened ] (fun () -> image.Flatten().AveragePool(2))
            refused [ "Network.Of(channels, height, width)" ] (fun () -> Network.Of(10).Convolution(2, 3))
            Expect.equal (image.Dense(10).Convolution(2, 1).Outputs) 2 "a window of one pixel is a window"
            Expect.equal (image.Dense(10).Convolution(2, 3, padding = 1).Outputs) 2 "so is one of zeros around it")

        testCase "one dense layer is softmax regression" (fun () ->
            let network = Network.Of(11).Dense(4)
            let samples, labels, point = problem 6 50 network
            let loss, other = network.On(samples, labels), SoftmaxRegression(samples, labels, 4)
            let value, gradient = evaluate loss (all loss) point
            let value', gradient' = evaluate other (all other) point
            Expect.isLessThan (abs (value - value')) sumTolerance "value"

            Array.iter2 (fun g g' -> Expect.isLessThan (abs (g - g')) sumTolerance "gradient") gradient gradient'

            Expect.equal (loss.Predict point) (other.Predict point) "predictions")

        testCase "a convolution as large as the image is a dense layer" (fun () ->
            let dense, filters =
                Network.Of(2, 5, 5).Dense(3), Network.Of(2, 5, 5).Convolution(3, 5)

            let samples, labels, point = problem 7 20 dense
            let value, gradient = evaluate (dense.On(samples, labels)) [| 0..19 |] point
            let value', gradient' = evaluate (filters.On(samples, labels)) [| 0..19 |] point
            Expect.isLessThan (abs (value - value')) sumTolerance "value"

            Array.iter2 (fun g g' -> Expect.isLessThan (abs (g - g')) sumTolerance "gradient") gradient gradient')

        testCase "all weights zero: log K" (fun () ->
            let network =
                Network.Of(4).Dense(6, Initialization.Zero).Relu().Dense(5, Initialization.Zero)

            let samples, labels, _ = problem 8 9 network
            let value, _ = evaluate (network.On(samples, labels)) [| 0..8 |] (network.Start())
            Expect.isLessThan (abs (value - log 5.0)) 1e-15 "value")

        testCase "NaN weights give a NaN loss through relu and maxPool" (fun () ->
            let network = Network.Of(1, 6, 6).Convolution(2, 3).Relu().MaxPool(2).Dense(3)
            let samples, labels, point = problem 9 4 network
            point[0] <- nan
            let value, gradient = evaluate (network.On(samples, labels)) [| 0..3 |] point
            Expect.isTrue (Double.IsNaN value) "value"
            Expect.isTrue (gradient |> Array.exists Double.IsNaN) "gradient")

        testCase "several threads evaluate at once" (fun () ->
            let network = networks[5]
            let samples, labels, point = problem 10 100 network
            let loss = network.On(samples, labels)
            let expected = evaluate loss (all loss) point |> snd |> bits

            Array.Parallel.init 16 (fun _ -> evaluate loss (all loss) point |> snd |> bits)
            |> Array.iter (fun found -> Expect.equal found expected "bits"))
    ]

let private valueTests =
    testList "the network as a value" [
        testCase "layout: named tensors, in order" (fun () ->
            let network = Network.Of(1, 28, 28).Convolution(8, 5).Relu().MaxPool(2).Dense(10)

            Expect.equal
                (string network.Layout)
                "layer1.weights[8, 1, 5, 5], layer1.bias[8], layer2.weights[10, 1152], layer2.bias[10]"
                "layout")

        testCase "text" (fun () ->
            let network =
                Network.Of(1, 28, 28).Convolution(8, 5, padding = 2).Relu().MaxPool(2).Flatten().Dense(10)

            Expect.equal
                (string network)
                "28×28 → convolution 8 5×5 padding 2 → relu → maxPool 2 → flatten → dense 10 (15898 parameters)"
                "text")

        testCase "equal by content" (fun () ->
            Expect.equal (Network.Of(3).Dense(4).Relu()) (Network.Of(3).Dense(4).Relu()) "equal"
            Expect.notEqual (Network.Of(3).Dense(4).Relu()) (Network.Of(3).Dense(4).Tanh()) "layer"
            Expect.notEqual (Network.Of(3).Dense(4)) (Network.Of(3).Dense(4, Initialization.He)) "initialization")

        testCase "start: reproducible, within its limits, biases zero" (fun () ->
            let network = Network.Of(50).Dense(40).Relu().Dense(30).Tanh().Dense(20)
            let point = network.Start 5L
            Expect.equal (network.Start 5L) point "same seed"
            Expect.notEqual (network.Start 6L) point "another seed"

            let largest (name: string) =
                let tensor = network.Layout[name]
                point[tensor.Offset .. tensor.End - 1] |> Array.map abs |> Array.max

            // A maximum of n uniform numbers is below 0.9 of the limit with probability 0.9^n, here < 1e-27.
            let within name limit =
                Expect.isLessThanOrEqual (largest name) limit name
                Expect.isGreaterThan (largest name) (0.9 * limit) name

            within "layer1.weights" (sqrt (6.0 / 50.0))
            within "layer2.weights" (sqrt (6.0 / (40.0 + 30.0)))
            within "layer3.weights" (sqrt (6.0 / (30.0 + 20.0)))
            Expect.equal (largest "layer1.bias") 0.0 "bias")

        testCase "start: the numbers of the generator within the limits of He and Glorot" (fun () ->
            let network = Network.Of(50).Dense(40).Relu().Dense(30).Tanh().Dense(20)
            let point = network.Start 5L

            for tensor, (name, limit) in
                Seq.indexed [
                    "layer1.weights", sqrt (6.0 / 50.0)
                    "layer2.weights", sqrt (6.0 / (40.0 + 30.0))
                    "layer3.weights", sqrt (6.0 / (30.0 + 20.0))
                ] do
                let mutable random = SampleRandom(5L, int64 tensor)
                let place = network.Layout[name]

                for i in place.Offset .. place.End - 1 do
                    Expect.equal point[i] (random.Uniform(-limit, limit)) name)

        testCase "mistakes name what is wrong" (fun () ->
            let says (part: string) (action: unit -> obj) =
                Expect.throwsC (action >> ignore) (fun error ->
                    Expect.isTrue (error :? ArgumentException) $"{error}"
                    Expect.stringContains error.Message part "message")

            says "units" (fun () -> Network.Of(3).Dense 0)
            says "size" (fun () -> Network.Of(1, 4, 4).Convolution(1, 5))
            says "size" (fun () -> Network.Of(1, 4, 4).MaxPool 5)
            says "no parameters" (fun () -> Network.Of(3).Relu().On([| 1f; 2f; 3f |], [| 0 |]))
            says "expected 6" (fun () -> Network.Of(3).Dense(2).On([| 1f; 2f; 3f |], [| 0; 1 |]))
            says "labels" (fun () -> Network.Of(3).Dense(2).On([| 1f; 2f; 3f |], [| 2 |]))
            says "samples[1]" (fun () -> Network.Of(3).Dense(2).On([| 1f; nanf; 3f |], [| 1 |]))
            let images = ImageSet(Array.zeroCreate 8, [| 0; 1 |], 2, 2)
            says "expected 3×3" (fun () -> Network.Of(1, 3, 3).Dense(2).On images))
    ]

[<Tests>]
let tests =
    testList "network" [
        yield! gradientTests
        sameBits (problem 4 531) ignore networks
        finiteSumTests
        valueTests
        productTests (fun random -> random.NextDouble() - 0.5)
    ]
