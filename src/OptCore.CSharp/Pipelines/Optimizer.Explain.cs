namespace OptCore;

/// <content>The data flow in words and formulas.</content>
public sealed partial class Optimizer
{
    /// <summary>
    /// The resolved data flow of one step: every stage in the order in which it runs, with its formula, its state and its
    /// scope, the step with its rate, and the <see cref="Warnings"/>.
    /// </summary>
    /// <returns>Several lines.</returns>
    public string Explain() => Explanation.Of(this);
}
