namespace OptCore;

/// <summary>
/// One cycle: up from a to 1 at <c>P = ⌊w·T⌋</c>, down to b at T, each along half a cosine wave:
/// <c>a + (1−a)·½(1 − cos(π·t/P))</c> for t &lt; P, then <c>b + (1−b)·½(1 + cos(π·(t−P)/(T−P)))</c>.
/// </summary>
/// <remarks>
/// Stays at b from the end on. Where P is not above 0 there is no rise; with w = 1 there is no fall.
/// Source: Smith and Topin, 2018. Equals Optax <c>cosine_onecycle_schedule</c>, which rounds P down too. With
/// <see cref="Inclusive"/> the phases end at <c>w·T − 1</c> (not rounded) and <c>T − 1</c>: PyTorch <c>OneCycleLR</c>,
/// without its cycling momentum. PyTorch's <c>anneal_strategy='linear'</c> is both linear options.
/// </remarks>
/// <param name="Steps">T ≥ 1, the updates of the cycle.</param>
/// <example><code>sgd 0.1 |> oneCycleWith (OneCycle(100, Inclusive = true))</code></example>
[Word("oneCycle")]
public sealed record OneCycle(int Steps) : ISchedule
{
    /// <summary>The updates of the cycle, T ≥ 1.</summary>
    public int Steps { get; init => field = Require.Count(value, nameof(Steps)); } = Require.Count(Steps, nameof(Steps));

    /// <summary>The part of the cycle that rises, 0 ≤ w ≤ 1. Default 0.3.</summary>
    public double WarmupFraction { get; init => field = Require.Between(value, 0, 1, nameof(WarmupFraction)); } = 0.3;

    /// <summary>The first value, a ≥ 0. Default 1/25.</summary>
    public double InitialFactor { get; init => field = Require.NonNegative(value, nameof(InitialFactor)); } = 1.0 / 25;

    /// <summary>The last value, b ≥ 0. Default 1/(25·10⁴).</summary>
    public double FinalFactor { get; init => field = Require.NonNegative(value, nameof(FinalFactor)); } = 1.0 / 25e4;

    /// <summary>Rise along a straight line instead of a cosine. Default false.</summary>
    public bool LinearWarmup { get; init; }

    /// <summary>Fall along a straight line instead of a cosine. Default false.</summary>
    public bool LinearDecay { get; init; }

    /// <summary>Let the phases end at w·T − 1 and T − 1, as PyTorch does. Default false.</summary>
    public bool Inclusive { get; init; }

    /// <inheritdoc/>
    public long? End => Inclusive ? Steps - 1 : Steps;

    /// <inheritdoc/>
    public string Equation =>
        $"{Curve.Text(InitialFactor)} to 1 at t={Curve.Text(Peak)} ({Shape(LinearWarmup)}), "
        + $"to {Curve.Text(FinalFactor)} at t={Curve.Text(Last)} ({Shape(LinearDecay)})";

    private double Peak => Inclusive ? (WarmupFraction * Steps) - 1 : Math.Floor(WarmupFraction * Steps);

    private int Last => Inclusive ? Steps - 1 : Steps;

    /// <inheritdoc/>
    public double At(long step)
    {
        double peak = Peak, last = Last, t = Math.Min(step, Last);
        if (t < peak)
        {
            return Blend(InitialFactor, 1, (peak - t) / peak, t / peak, LinearWarmup);
        }

        // A cycle without a fall ends at its peak.
        var fall = last - peak;
        return fall <= 0 ? 1 : Blend(1, FinalFactor, (last - t) / fall, (t - peak) / fall, LinearDecay);
    }

    /// <inheritdoc/>
    public override string ToString() => ScheduleText.Of(this);

    private static string Shape(bool linear) => linear ? "linear" : "cosine";

    private static double Blend(double from, double to, double left, double done, bool linear) =>
        linear ? (from * left) + (to * done) : (from * Curve.HalfCosine(left)) + (to * Curve.HalfCosine(done));
}
