namespace OptCore;

/// <summary>What a stage says of itself for <see cref="Optimizer.Warnings"/>.</summary>
[Flags]
public enum StageTraits
{
    /// <summary>Nothing of note.</summary>
    None = 0,

    /// <summary>It averages gradients over time; two such stages on one tensor multiply the delay.</summary>
    Momentum = 1,

    /// <summary>It divides by the size of past gradients; a decay added to the gradient is divided too.</summary>
    Adaptive = 2,

    /// <summary>It takes the rate of the first step only; schedules change nothing.</summary>
    FirstRateOnly = 4,
}
