namespace OptCore;

/// <summary>When a minimization ends, and what it keeps. Without criteria it makes exactly <see cref="Steps"/> updates.</summary>
/// <example><code>new MinimizeOptions { Steps = 10_000, GradientTolerance = 1e-6 }</code></example>
public sealed record MinimizeOptions
{
    /// <summary>The defaults: 1000 updates, the whole history.</summary>
    public static MinimizeOptions Default { get; } = new();

    /// <summary>The largest number of updates of this run, ≥ 0. Default 1000.</summary>
    public long Steps { get; init => field = AtLeast(value, 0, nameof(Steps)); } = 1000;

    /// <summary>
    /// The number of evaluations of the objective with which no further update begins, ≥ 1; null for none. A line search that is under way
    /// ends first, and the result of a plan without one takes one more. Default null.
    /// </summary>
    public long? Evaluations
    {
        get;
        init => field = value is { } given ? AtLeast(given, 1, nameof(Evaluations)) : null;
    }

    /// <summary>
    /// Converged where ‖∇f‖₂ ≤ this, over the tensors that are not frozen; ≥ 0, null for no such criterion. Where a stage keeps bounds
    /// (<c>lbfgsb</c>) the projected gradient is compared, ‖p − P(p − ∇f)‖₂ with P the projection onto the bounds
    /// (<see cref="Result{T}.ProjectedGradientNorm"/>). SciPy's and PyTorch's tolerances are for the largest element instead, which is at
    /// most that, and at least 1/√n of it.
    /// </summary>
    public double? GradientTolerance
    {
        get;
        init => field = value is { } given ? Require.NonNegative(given, nameof(GradientTolerance)) : null;
    }

    /// <summary>Converged where f ≤ this, finite; null for no such criterion.</summary>
    public double? Target
    {
        get;
        init => field = value is { } given ? Require.Finite(given, nameof(Target)) : null;
    }

    /// <summary>Stalled where the value has not improved for this number of updates, ≥ 1; null for no such criterion.</summary>
    public long? Patience
    {
        get;
        init => field = value is { } given ? AtLeast(given, 1, nameof(Patience)) : null;
    }

    /// <summary>
    /// The part of the best value by which a smaller one must be below it to count as an improvement for
    /// <see cref="Patience"/>: f &lt; best − tolerance·|best|. ≥ 0. Default 0.
    /// </summary>
    public double ValueTolerance { get; init => field = Require.NonNegative(value, nameof(ValueTolerance)); }

    /// <summary>
    /// Stalled where a metric of the parameters has not improved; <see cref="Result{T}.Validated"/> has the best parameters. With
    /// <see cref="Checkpoints"/> the files have the looks, and a run that resumes stops where the undisturbed one does; from a file without
    /// them it begins to look where it resumes. Null for none. Default null.
    /// </summary>
    public Validation? Validation { get; init; }

    /// <summary>The time after which no further gradient is evaluated, > 0; null for none. Not reproducible.</summary>
    public TimeSpan? TimeLimit
    {
        get;
        init => field = value is { } given && given <= TimeSpan.Zero
            ? throw Require.Outside(nameof(TimeLimit), given, "0 < value")
            : value;
    }

    /// <summary>
    /// Diverged where f − f_0 > this · max(1, |f_0|), f_0 the value at the start; > 0, infinity allowed. Default 1e10.
    /// Values and gradients that are not finite are divergence whatever it is.
    /// </summary>
    public double DivergenceThreshold { get; init => field = Require.Threshold(value, nameof(DivergenceThreshold)); } = 1e10;

    /// <summary>Every how many updates the history keeps a point, ≥ 0; 0 for no history. Default 1.</summary>
    public int HistoryEvery { get; init => field = Require.Count(value, nameof(HistoryEvery), 0); } = 1;

    /// <summary>Whether the best point is copied whenever it improves. Default true.</summary>
    public bool KeepBest { get; init; } = true;

    /// <summary>
    /// What the parameters must keep at the start and behind every update; the run ends at the first update that breaks one. Each update
    /// then takes a copy of the state and passes of its own. Default none.
    /// </summary>
    public IReadOnlyList<Invariant> Invariants { get; init => field = [.. Require.NotNull(value)]; } = [];

    /// <summary>The folder from which the run resumes and in which it keeps its state; null for none. Default null.</summary>
    public Checkpoints? Checkpoints { get; init; }

    /// <summary>The file that gets the log of the run, for <see cref="Replay.Run"/>; null for none. An existing one is replaced,
    /// unless the run resumes from <see cref="Checkpoints"/>: then its log goes on, byte for byte that of an undisturbed run, and one
    /// that is not there begins where the run resumes. Default null.</summary>
    public string? Record { get; init; }

    /// <summary>
    /// Hears how far the run is, on the run's own thread; null for nobody, at the prompt of F# Interactive for a line of the terminal
    /// behind the first second.
    /// </summary>
    public IProgress<Progress>? Progress { get; init; }

    /// <summary>The time between two reports to <see cref="Progress"/>, ≥ 0. Default 0.1 s.</summary>
    public TimeSpan ProgressEvery
    {
        get;
        init => field = value >= TimeSpan.Zero ? value : throw Require.Outside(nameof(ProgressEvery), value, "0 ≤ value");
    } = TimeSpan.FromSeconds(0.1);

    /// <summary>
    /// Whether Ctrl-C and SIGTERM end the run before its next gradient, with the result so far (<see cref="Reason.Cancelled"/>); the
    /// second one ends the program. Default: at the prompt of F# Interactive true, else false. <see cref="Checkpoints"/> have a
    /// word of their own.
    /// </summary>
    public bool HandleSignals { get; init; } = Attended.IsPrompt;

    private static long AtLeast(long value, long least, string name) =>
        value >= least ? value : throw Require.Outside(name, value, FormattableString.Invariant($"{least} ≤ value"));
}
