using Microsoft.FSharp.Core;
using TorchSharp;

namespace OptTorch;

/// <summary>The word for F#.</summary>
public static class Torch
{
    /// <summary>An optimizer for a model of TorchSharp: <c>adam 0.001 |> clip 1.0 |> cosine 1000 |> Torch.optimizer model</c>.</summary>
    /// <param name="model">The model.</param>
    /// <returns>A function from the optimizer as a value to one that steps the model.</returns>
    public static FSharpFunc<Optimizer, TorchOptimizer> optimizer(torch.nn.Module model) =>
        FuncConvert.FromFunc((Optimizer optimizer) => new TorchOptimizer(model, optimizer));
}
