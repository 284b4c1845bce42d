namespace OptCore;

/// <summary>
/// A fall that is steep at first, with the root of the time: <c>s(t) = f + (1−f)·(1 − √(min(t,T)/T))</c>.
/// </summary>
/// <remarks>
/// Stays at f from T on. Meant behind a constant phase: <c>Schedule.constant 1.0 |> Schedule.andThen 80 (Schedule.sqrtDecay 20)</c>.
/// Computed as (1 − x)/(1 + √x), which keeps full relative accuracy near the end.
/// Source: Hägele et al. 2024, section 3.
/// </remarks>
/// <param name="Steps">T ≥ 1, the update from which on the floor holds.</param>
/// <example><code>sgd 0.1 |> sqrtDecayWith (SqrtDecay(100, Floor = 0.1))</code></example>
[Word("sqrtDecay")]
public sealed record SqrtDecay(int Steps) : ISchedule
{
    /// <summary>The update from which on the floor holds, T ≥ 1.</summary>
    public int Steps { get; init => field = Require.Count(value, nameof(Steps)); } = Require.Count(Steps, nameof(Steps));

    /// <summary>The last value, 0 ≤ f ≤ 1. Default 0.</summary>
    public double Floor { get; init => field = Require.Between(value, 0, 1, nameof(Floor)); }

    /// <inheritdoc/>
    public long? End => Steps;

    /// <inheritdoc/>
    public string Equation
    {
        get
        {
            var fall = $"1−√(min(t,{Curve.Text(Steps)})/{Curve.Text(Steps)})";
            return Floor == 0 ? fall : $"{Curve.Text(Floor)}+(1−{Curve.Text(Floor)})·({fall})";
        }
    }

    /// <inheritdoc/>
    public double At(long step)
    {
        var fall = Curve.Left(step, Steps) / (1 + Math.Sqrt(Curve.Done(step, Steps)));
        return fall + (Floor * (1 - fall));
    }

    /// <inheritdoc/>
    public override string ToString() => ScheduleText.Of(this);
}
