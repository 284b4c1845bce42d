using System.Globalization;

namespace OptCore;

/// <summary>The first update that broke an invariant.</summary>
/// <param name="Invariant">The name of the invariant.</param>
/// <param name="Step">t, the number of updates applied before that one.</param>
/// <param name="Stage">The stage in the plan behind which it was broken and stayed so: <c>step</c> for the descent itself; <c>start</c>
/// where the first parameters did not keep it.</param>
/// <param name="Value">What was measured behind the update.</param>
/// <param name="Limit">The largest value that holds.</param>
public sealed record BrokenInvariant(string Invariant, long Step, string Stage, double Value, double Limit)
{
    /// <summary>One sentence: <c>update 12: lookahead broke "norm below 1" (1.25 > 1)</c>.</summary>
    /// <returns>The text.</returns>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"update {Step + 1}: {Stage} broke \"{Invariant}\" ({Value:G6} > {Limit:G6})");
}
