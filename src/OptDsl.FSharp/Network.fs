namespace OptDsl

open System
open OptCore
open OptModels

/// <summary>
/// Feed-forward networks as values, layer by layer:
/// <c>Network.images digits.Train |> Network.dense 100 |> Network.relu |> Network.dense 10</c>. The last layer's outputs are the
/// scores of the classes; the loss is their softmax cross-entropy. Sizes out of range are an <c>ArgumentException</c>.
/// </summary>
[<RequireQualifiedAccess>]
module Network =

    /// <summary>No layer yet, for the images of a set.</summary>
    let images (set: ImageSet) : OptModels.Network = OptModels.Network.For set

    /// <summary>No layer yet, for samples of the given number of values.</summary>
    let inputs (count: int) : OptModels.Network = OptModels.Network.Of count

    /// <summary>y = Wx + c over all values of a sample.</summary>
    let dense (units: int) (network: OptModels.Network) : OptModels.Network = network.Dense units

    /// <summary>So many filters of size × size that slide over the image, without padding.</summary>
    let convolution (filters: int) (size: int) (network: OptModels.Network) : OptModels.Network =
        network.Convolution(filters, size)

    /// <summary><c>convolution</c> with a border of zeros around the image: (size − 1)/2 of them keep its size.</summary>
    let convolutionPadded (padding: int) (filters: int) (size: int) (network: OptModels.Network) : OptModels.Network =
        network.Convolution(filters, size, 1, padding)

    /// <summary>The maximum over windows of size × size, without overlap.</summary>
    let maxPool (size: int) (network: OptModels.Network) : OptModels.Network = network.MaxPool size

    /// <summary>The mean over windows of size × size, without overlap.</summary>
    let averagePool (size: int) (network: OptModels.Network) : OptModels.Network = network.AveragePool size

    /// <summary>y = max(0, x).</summary>
    let relu (network: OptModels.Network) : OptModels.Network = network.Relu()

    /// <summary>y = tanh x.</summary>
    let tanh (network: OptModels.Network) : OptModels.Network = network.Tanh()

    /// <summary>What follows sees one vector; <c>dense</c> does so by itself.</summary>
    let flatten (network: OptModels.Network) : OptModels.Network = network.Flatten()

    /// <summary>Random weights of a seed: where training starts. He before <c>relu</c>, else Glorot; biases 0.</summary>
    let start (seed: int64) (network: OptModels.Network) : float[] = network.Start seed

    /// <summary>
    /// <c>start</c> in <c>float32</c>, each weight rounded, for <c>minimize32</c> and <c>Run.init</c>: loss and gradient are then computed in
    /// <c>float32</c>, <c>accuracy</c> too.
    /// </summary>
    let start32 (seed: int64) (network: OptModels.Network) : float32[] = network.Start<float32> seed

    /// <summary>
    /// The mean cross-entropy over labelled images, an objective: <c>network |> Network.loss digits.Train |> Objective.miniBatches 64 1L</c>.
    /// </summary>
    let loss (set: ImageSet) (network: OptModels.Network) : NetworkLoss = network.On set

    /// <summary>The fraction of images whose class the network gets right with the weights of a point.</summary>
    let accuracy (set: ImageSet) (point: 'T[]) (network: OptModels.Network) : float =
        network.On(set).AccuracyAt<'T>(ReadOnlySpan<'T> point)

    /// <summary>The named tensors of the weights, for words that name them: <c>layer1.weights</c>, <c>layer1.bias</c> ….</summary>
    let layout (network: OptModels.Network) : Layout = network.Layout
