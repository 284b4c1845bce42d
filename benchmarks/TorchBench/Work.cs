using OptCore;

namespace TorchBench;

/// <summary>What is stepped: an optimizer on the tensors of a model.</summary>
/// <param name="Method">The optimizer.</param>
/// <param name="Model">The tensors.</param>
/// <param name="Clip">Whether gradients are clipped to a global norm of 1 first.</param>
/// <param name="Threads">The threads of everybody.</param>
internal sealed record Work(Method Method, Model Model, bool Clip, int Threads)
{
    public string Text => Method + (Clip ? " + clip" : string.Empty);

    /// <summary>The same optimizer of this library.</summary>
    public Optimizer Compose()
    {
        var optimizer = Method switch
        {
            Method.Adam => Optimizer.Adam(Numbers.Rate),
            Method.AdamW => Optimizer.AdamW(Numbers.Decay, Numbers.Rate),
            Method.Momentum => Optimizer.Sgd(Numbers.Rate).Momentum(Numbers.Momentum),
            _ => Optimizer.Parse("adagradWith (Adagrad(Epsilon = 1e-10)) 0.001"),
        };
        return Clip ? optimizer.Clip(Numbers.MaxNorm) : optimizer;
    }
}

/// <summary>The optimizers for which libtorch has a fused kernel.</summary>
internal enum Method
{
    Adam,
    AdamW,
    Momentum,
    Adagrad,
}

/// <summary>The hyper-parameters of everybody.</summary>
internal static class Numbers
{
    public const double Rate = 1e-3;
    public const double Decay = 0.01;
    public const double Momentum = 0.9;
    public const double MaxNorm = 1;
    public const double Epsilon = 1e-8;
    public const double AdagradEpsilon = 1e-10;
}
