using System.Collections.ObjectModel;

namespace OptCore;

/// <summary>A drop by one factor at each milestone: <c>s(t) = γ^(number of milestones ≤ t)</c>.</summary>
/// <remarks>
/// A milestone listed twice multiplies twice. The milestones are kept sorted, so that their order does not matter to
/// equality. No milestone: the factor 1 everywhere. A factor above 1 grows and stops at the largest double.
/// Equals PyTorch <c>MultiStepLR</c>. Differs: TorchSharp counts a milestone listed twice once; Keras
/// <c>PiecewiseConstantDecay</c> drops one update later.
/// </remarks>
/// <example><code>sgd 0.1 |> multiStep [30; 60] 0.1</code></example>
[Word("multiStep")]
public sealed record MultiStep : ISchedule
{
    /// <summary>A drop by <paramref name="factor"/> at each of <paramref name="milestones"/>.</summary>
    /// <param name="milestones">The steps of the drops, each ≥ 0, in any order.</param>
    /// <param name="factor">γ ≥ 0, finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">A milestone or the factor is outside its range.</exception>
    public MultiStep(IEnumerable<int> milestones, double factor)
    {
        Milestones = Sorted(milestones);
        Factor = factor;
    }

    /// <summary>The steps of the drops, each ≥ 0, sorted.</summary>
    public IReadOnlyList<int> Milestones { get; init => field = Sorted(value); }

    /// <summary>The factor of a drop, γ ≥ 0.</summary>
    public double Factor { get; init => field = Require.NonNegative(value, nameof(Factor)); }

    /// <inheritdoc/>
    public long? End => Milestones.Count == 0 || Factor == 1 ? 0 : Factor == 0 ? Milestones[0] : Milestones[^1];

    /// <inheritdoc/>
    public string Equation => $"{Curve.Text(Factor)}^(number of [{string.Join("; ", Milestones.Select(m => Curve.Text(m)))}] ≤ t)";

    /// <inheritdoc/>
    public double At(long step)
    {
        var passed = 0;
        while (passed < Milestones.Count && Milestones[passed] <= step)
        {
            passed++;
        }

        return Curve.Finite(Math.Pow(Factor, passed));
    }

    /// <summary>Equal milestones, as a multiset, and equal factors.</summary>
    /// <param name="other">The other schedule.</param>
    /// <returns>True when both have the same value at every step by the same arguments.</returns>
    public bool Equals(MultiStep? other) =>
        other is not null && Factor.Equals(other.Factor) && Milestones.SequenceEqual(other.Milestones);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.Add(Factor);
        foreach (var milestone in Milestones)
        {
            hash.Add(milestone);
        }

        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public override string ToString() => ScheduleText.Of(this);

    private static ReadOnlyCollection<int> Sorted(IEnumerable<int> milestones)
    {
        var sorted = Require.NotNull(milestones).Select(m => Require.Count(m, nameof(Milestones), least: 0)).ToArray();
        Array.Sort(sorted);
        return sorted.AsReadOnly();
    }
}
