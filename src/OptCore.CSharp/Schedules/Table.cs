using System.Collections.ObjectModel;

namespace OptCore;

/// <summary>Values from a list: <c>s(t) = v_t</c>, the last one from then on.</summary>
/// <remarks>
/// For what no formula says: a schedule measured elsewhere, a hand-made one. Equal are tables of equal values; one that repeats is
/// <c>Schedule.repeat n (Schedule.table …)</c>. Equals PyTorch <c>LambdaLR</c> of a list that is read at its last place past its end.
/// </remarks>
/// <example><code>sgd 0.1 |> table [0.1; 0.5; 1.0; 0.5]</code></example>
[Word("table")]
public sealed record Table : ISchedule
{
    /// <summary>The values of a list.</summary>
    /// <param name="values">v_0, v_1, …: at least one, each ≥ 0 and finite.</param>
    /// <exception cref="ArgumentException">There is no value.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A value is negative or not finite.</exception>
    public Table(params IEnumerable<double> values) => Values = Checked(values);

    /// <summary>v_0, v_1, …: at least one, each ≥ 0 and finite.</summary>
    public IReadOnlyList<double> Values { get; init => field = Checked(value); }

    /// <inheritdoc/>
    public long? End
    {
        get
        {
            // The first of those at the end that are alike.
            var end = Values.Count - 1;
            while (end > 0 && Values[end - 1] == Values[end])
            {
                end--;
            }

            return end;
        }
    }

    /// <inheritdoc/>
    public string Equation => $"[{string.Join("; ", Values.Select(value => Curve.Text(value)))}] at min(t, {Curve.Text(Values.Count - 1)})";

    /// <inheritdoc/>
    public double At(long step) => Values[(int)Math.Min(step, Values.Count - 1)];

    /// <summary>Equal values in the same order.</summary>
    /// <param name="other">The other schedule.</param>
    /// <returns>True when both have the same value at every step by the same list.</returns>
    public bool Equals(Table? other) => other is not null && Values.SequenceEqual(other.Values);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (var value in Values)
        {
            hash.Add(value);
        }

        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public override string ToString() => ScheduleText.Of(this);

    private static ReadOnlyCollection<double> Checked(IEnumerable<double> values)
    {
        var all = Require.NotNull(values).Select(value => Require.NonNegative(value, nameof(Values))).ToArray();
        return all.Length > 0
            ? all.AsReadOnly()
            : throw new ArgumentException("Values is empty; at least one value is needed.", nameof(Values));
    }
}
