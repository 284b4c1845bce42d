using OptCore;

namespace OptBench;

/// <summary>The optimizers that are measured.</summary>
internal enum Rule
{
    Adam,
    ClipAdamW,
    Momentum,
    Nesterov,
    RmsProp,
    Lion,
    Lamb,
}

/// <summary>The numbers that every contender uses, and the optimizer as the library composes it.</summary>
internal static class Rules
{
    public const double Rate = 1e-3;
    public const double Momentum = 0.9;
    public const double Beta1 = 0.9;
    public const double Beta2 = 0.999;
    public const double Epsilon = 1e-8;
    public const double LambEpsilon = 1e-6;
    public const double LionBeta2 = 0.99;
    public const double Smoothing = 0.9;
    public const double Decay = 0.01;
    public const double MaxNorm = 1;

    /// <summary>Longer than any run, so that the cosine is computed in every step.</summary>
    public const int CosineSteps = 1_000_000_000;

    public static Optimizer Compose(this Rule rule) => rule switch
    {
        Rule.Adam => Optimizer.Adam(Rate),
        Rule.ClipAdamW => Optimizer.AdamW(Decay, Rate).Clip(MaxNorm).Cosine(CosineSteps),
        Rule.Momentum => Optimizer.Sgd(Rate).Momentum(Momentum),
        Rule.Nesterov => Optimizer.Sgd(Rate).Nesterov(Momentum),
        Rule.RmsProp => Optimizer.RmsProp(Rate),
        Rule.Lion => Optimizer.Lion(Rate),
        _ => Optimizer.Lamb(Decay, Rate),
    };

    public static string Text(this Rule rule) => rule switch
    {
        Rule.Adam => "Adam",
        Rule.ClipAdamW => "AdamW + clip + cosine",
        Rule.Momentum => "SGD + momentum",
        Rule.Nesterov => "Nesterov",
        Rule.RmsProp => "RMSProp",
        Rule.Lion => "Lion",
        _ => "LAMB",
    };

    /// <summary>The number of state vectors besides the parameters.</summary>
    public static int Slots(this Rule rule) => rule is Rule.Adam or Rule.ClipAdamW or Rule.Lamb ? 2 : 1;
}
