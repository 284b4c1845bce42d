namespace OptCore;

/// <content>What is legal but suspicious, as data.</content>
public sealed partial class Optimizer
{
    /// <summary>
    /// What is legal but suspicious: a rate above 2/L or far beyond every recipe, two momenta, two decays, a decay inside an adaptive
    /// direction, a clip whose threshold can never bind, a word that acts on nothing, schedules that a stage ignores, that grow
    /// without end, that cancel one another, or that are shorter or longer than the run. Within a partition a part is looked at
    /// together with the words behind it.
    /// </summary>
    /// <param name="smoothness">L, the Lipschitz constant of the gradient, where it is known.</param>
    /// <param name="steps">The number of updates of the run, where it is known.</param>
    /// <returns>The warnings; empty where nothing was found.</returns>
    public IReadOnlyList<Warning> Warnings(double? smoothness = null, long? steps = null) =>
        [.. WarningRules.Of(this, smoothness, steps)];
}
