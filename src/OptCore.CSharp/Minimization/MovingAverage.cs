using System.Globalization;

namespace OptCore;

/// <summary>
/// An exponential moving average of a measurement, corrected for its start at nothing: behind k values
/// <c>a = Σ β^{k−i} x_i / Σ β^{k−i}</c>, computed as <c>a = a + (1−β)/(1−β^k)·(x − a)</c>.
/// </summary>
/// <remarks>
/// A value: <see cref="Next"/> returns another one and leaves this as it is. The first value is the first average, a measurement that stays
/// the same is its own average, bit for bit. NaN stands for no measurement, as it does in reports, and is passed over; ±∞ stays for ever.
/// <para>Equals Optax <c>contrib.measure_with_ema(debias=True)</c> for finite numbers.</para>
/// </remarks>
/// <example><c>history.Aggregate(new MovingAverage(0.9), (a, point) => a.Next(point.GradientNorm)).Value</c></example>
public readonly record struct MovingAverage
{
    private readonly double _average;
    private readonly double _rest;

    /// <summary>An average of nothing yet.</summary>
    /// <param name="decay">β: 0 ≤ β &lt; 1; 0 for the last value itself.</param>
    /// <exception cref="ArgumentOutOfRangeException">β is outside.</exception>
    public MovingAverage(double decay) => (Decay, _rest) = (Require.Decay(decay, nameof(decay)), 1);

    private MovingAverage(MovingAverage before, double average, double rest) =>
        (Decay, Count, _average, _rest) = (before.Decay, before.Count + 1, average, rest);

    /// <summary>β.</summary>
    public double Decay { get; }

    /// <summary>k, the number of values taken up.</summary>
    public long Count { get; }

    /// <summary>The average; NaN before the first value.</summary>
    public double Value => Count == 0 ? double.NaN : _average;

    /// <summary>The averages behind every one of some values.</summary>
    /// <param name="decay">β: 0 ≤ β &lt; 1.</param>
    /// <param name="values">The values, in their order.</param>
    /// <returns>As many averages; NaN before the first value that is a number.</returns>
    /// <exception cref="ArgumentOutOfRangeException">β is outside.</exception>
    public static IReadOnlyList<double> Over(double decay, IEnumerable<double> values)
    {
        var (now, averages) = (new MovingAverage(decay), new List<double>());
        foreach (var value in Require.NotNull(values))
        {
            now = now.Next(value);
            averages.Add(now.Value);
        }

        return averages;
    }

    /// <summary>The average with one more value.</summary>
    /// <param name="value">x; NaN for none.</param>
    /// <returns>The next average.</returns>
    public MovingAverage Next(double value)
    {
        if (double.IsNaN(value))
        {
            return this;
        }

        var rest = _rest * Decay;
        var average = double.IsFinite(value) && double.IsFinite(_average)
            ? _average + ((1 - Decay) / (1 - rest) * (value - _average))
            : _average + value;
        return new(this, average, rest);
    }

    /// <summary>The average.</summary>
    /// <returns>For example <c>0.25 (of 12)</c>.</returns>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Value:G6} (of {Count})");
}
