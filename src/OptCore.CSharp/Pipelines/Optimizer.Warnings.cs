namespace OptCore;

/// <content>What is legal but suspicious, as data.</content>
public sealed partial class Optimizer
{
    /// <summary>
    /// What is legal but suspicious: a rate above 2/L, two momenta, a schedule that ends before the run, a decay inside an
    /// adaptive direction, a clip whose threshold can never bind, a schedule that a stage ignores.
    /// </summary>
    /// <param name="smoothness">L, the Lipschitz constant of the gradient, where it is known.</param>
    /// <param name="steps">The number of updates of the run, where it is known.</param>
    /// <returns>The warnings; empty where nothing was found.</returns>
    public IReadOnlyList<Warning> Warnings(double? smoothness = null, long? steps = null) =>
        [.. WarningRules.Of(this, smoothness, steps)];
}
