namespace OptCore;

/// <summary>
/// Half a cosine wave from 1 down to the floor: <c>s(t) = f + (1−f)·(½(1 + cos(π·min(t,T)/T)))^Exponent</c>.
/// </summary>
/// <remarks>
/// Stays at f from T on; the last update of a run of T updates (t = T−1) is still above it. Computed as sin², so that it
/// keeps full relative accuracy near the end and is never negative.
/// Source: Loshchilov and Hutter, SGDR, 2017, equation 5. Equals Optax <c>cosine_decay_schedule</c> (alpha = f,
/// exponent = Exponent).
/// Differs: PyTorch <c>CosineAnnealingLR</c> rises again after T; use <c>Schedule.repeat</c> or <c>cosineRestarts</c>.
/// </remarks>
/// <param name="Steps">T ≥ 1, the update from which on the floor holds.</param>
/// <example><code>sgd 0.1 |> cosineWith (Cosine(100, Floor = 0.1))</code></example>
[Word("cosine")]
public sealed record Cosine(int Steps) : ISchedule
{
    /// <summary>The update from which on the floor holds, T ≥ 1.</summary>
    public int Steps { get; init => field = Require.Count(value, nameof(Steps)); } = Require.Count(Steps, nameof(Steps));

    /// <summary>The last value, 0 ≤ f ≤ 1. Default 0.</summary>
    public double Floor { get; init => field = Require.Between(value, 0, 1, nameof(Floor)); }

    /// <summary>The power of the wave, > 0: above 1 it falls sooner. Default 1.</summary>
    public double Exponent { get; init => field = Require.Positive(value, nameof(Exponent)); } = 1;

    /// <inheritdoc/>
    public long? End => Steps;

    /// <inheritdoc/>
    public string Equation
    {
        get
        {
            var wave = $"½(1+cos(π·min(t,{Curve.Text(Steps)})/{Curve.Text(Steps)}))";
            wave = Exponent == 1 ? wave : $"({wave})^{Curve.Text(Exponent)}";
            return Floor == 0 ? wave : $"{Curve.Text(Floor)}+(1−{Curve.Text(Floor)})·{wave}";
        }
    }

    /// <inheritdoc/>
    public double At(long step)
    {
        var wave = Curve.HalfCosine(Curve.Left(step, Steps));
        wave = Exponent == 1 ? wave : Math.Pow(wave, Exponent);
        return wave + (Floor * (1 - wave));
    }

    /// <inheritdoc/>
    public override string ToString() => ScheduleText.Of(this);
}
