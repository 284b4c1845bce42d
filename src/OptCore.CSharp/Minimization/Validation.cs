namespace OptCore;

/// <summary>
/// Early stopping on a metric of the parameters that is not the objective: looked at every so many updates; the run ends where it has not
/// improved for more than <see cref="Patience"/> looks, and keeps the best parameters.
/// </summary>
/// <param name="Metric">The metric; a pure function of the parameters. NaN is no improvement.</param>
/// <example><code>new MinimizeOptions { Validation = new Validation(p => Accuracy(p)) { Maximize = true, Every = 100 } }</code></example>
public sealed record Validation(InvariantMeasure Metric)
{
    /// <summary>The metric; not null.</summary>
    public InvariantMeasure Metric { get; init => field = Require.NotNull(value, nameof(Metric)); } =
        Require.NotNull(Metric, nameof(Metric));

    /// <summary>The number of updates from one look to the next, the first at the start: ≥ 1. Default 1.</summary>
    public int Every { get; init => field = Require.Count(value, nameof(Every)); } = 1;

    /// <summary>The number of looks without improvement that are let pass: ≥ 0. Default 10.</summary>
    public int Patience { get; init => field = Require.Count(value, nameof(Patience), 0); } = 10;

    /// <summary>The number of looks behind an improvement that count for nothing: ≥ 0. Default 0.</summary>
    public int Cooldown { get; init => field = Require.Count(value, nameof(Cooldown), 0); }

    /// <summary>By how much a metric must be better than the best to be an improvement, times |best| unless
    /// <see cref="Absolute"/>: ≥ 0. Default 0.</summary>
    public double Threshold { get; init => field = Require.NonNegative(value, nameof(Threshold)); }

    /// <summary>Whether the threshold is taken as it is. Default false.</summary>
    public bool Absolute { get; init; }

    /// <summary>Whether larger is better. Default false.</summary>
    public bool Maximize { get; init; }
}
