using Microsoft.FSharp.Core;
using TorchSharp;

namespace OptTorch;

/// <summary>The words for F#.</summary>
public static class Torch
{
    /// <summary>An optimizer for a model of TorchSharp: <c>adam 0.001 |> clip 1.0 |> cosine 1000 |> Torch.optimizer model</c>.</summary>
    /// <param name="model">The model.</param>
    /// <returns>A function from the optimizer as a value to one that steps the model.</returns>
    public static FSharpFunc<Optimizer, TorchOptimizer> optimizer(torch.nn.Module model) =>
        FuncConvert.FromFunc((Optimizer optimizer) => new TorchOptimizer(model, optimizer));

    /// <summary>An optimizer for the replica of a model on every rank: <c>adam 0.001 |> Torch.optimizerOn ranks model</c>. Applying it
    /// talks to the other ranks; the parameters become those of rank 0.</summary>
    /// <param name="ranks">The ranks.</param>
    /// <returns>A function from this rank's replica, and the optimizer as a value, to one that steps the replica.</returns>
    public static FSharpFunc<torch.nn.Module, FSharpFunc<Optimizer, TorchOptimizer>> optimizerOn(ICollectives ranks) =>
        FuncConvert.FromFunc((torch.nn.Module model) =>
            FuncConvert.FromFunc((Optimizer optimizer) => new TorchOptimizer(model, optimizer, ranks)));
}
