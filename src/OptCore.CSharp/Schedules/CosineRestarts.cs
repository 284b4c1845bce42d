namespace OptCore;

/// <summary>
/// Cosine waves of length T, mT, m²T, …, each from 1 down to 0:
/// <c>s(t) = ½(1 + cos(π·τ/L))</c>, τ the updates since the last restart, L the length of its wave.
/// </summary>
/// <remarks>
/// Has no end; each restart is at 1 exactly. Lengths are counted in 64-bit integers.
/// Source: Loshchilov and Hutter, SGDR, 2017. Equals PyTorch <c>CosineAnnealingWarmRestarts</c> with eta_min = 0.
/// Differs: Optax <c>sgdr_schedule</c> takes a list of waves; Keras has one more factor for the height of the waves.
/// </remarks>
/// <param name="Steps">T ≥ 1, the length of the first wave in updates.</param>
/// <param name="Multiplier">m ≥ 1, an integer: the growth of the length from wave to wave.</param>
/// <example><code>sgd 0.1 |> cosineRestarts 10 2</code></example>
[Word("cosineRestarts")]
public sealed record CosineRestarts(int Steps, int Multiplier) : ISchedule
{
    /// <summary>The length of the first wave in updates, T ≥ 1.</summary>
    public int Steps { get; init => field = Require.Count(value, nameof(Steps)); } = Require.Count(Steps, nameof(Steps));

    /// <summary>The growth of the length from wave to wave, m ≥ 1.</summary>
    public int Multiplier { get; init => field = Require.Count(value, nameof(Multiplier)); } =
        Require.Count(Multiplier, nameof(Multiplier));

    /// <inheritdoc/>
    public long? End => Multiplier == 1 && Steps == 1 ? 0 : null;

    /// <inheritdoc/>
    public Recurrence? Recurrence => Multiplier == 1 ? new(0, Steps) : null;

    /// <inheritdoc/>
    public string Equation =>
        Multiplier == 1
            ? $"½(1+cos(π·(t mod {Curve.Text(Steps)})/{Curve.Text(Steps)}))"
            : $"½(1+cos(π·τ/L)), τ updates after a restart, L = {Curve.Text(Steps)}·{Curve.Text(Multiplier)}^(restarts so far)";

    /// <inheritdoc/>
    public double At(long step)
    {
        if (Multiplier == 1)
        {
            return Curve.HalfCosine(Curve.Left(step % Steps, Steps));
        }

        long since = step, length = Steps;
        while (since >= length)
        {
            since -= length;
            if (length > long.MaxValue / Multiplier)
            {
                // The wave is longer than any step index: no further restart can come.
                return Curve.HalfCosine(1 - (since / ((double)length * Multiplier)));
            }

            length *= Multiplier;
        }

        return Curve.HalfCosine(Curve.Left(since, length));
    }

    /// <inheritdoc/>
    public override string ToString() => ScheduleText.Of(this);
}
