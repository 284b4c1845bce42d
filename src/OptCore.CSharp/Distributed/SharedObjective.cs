namespace OptCore;

/// <summary>
/// A finite sum whose samples many ranks share: every rank evaluates its parts of a batch, and all of them get the mean. What
/// <see cref="Minimizer"/> does with it, each rank does, with the same numbers: stop rules, histories, results are the same on all.
/// </summary>
/// <remarks>
/// A batch is cut into k parts of consecutive samples; a part's mean counts by its number of samples. The sum of the parts is
/// <see cref="PartTree"/>'s: with the same k the same bits on any number of ranks. Under <c>accumulate</c> every micro-gradient is
/// shared. Each rank steps all parameters; where slots are to be shared too, step a <see cref="DistributedSession{T}"/>.
/// Every evaluation talks to the other ranks.
/// <para>A limit of time, a signal or a cancellation on one rank ends the run on all of them behind the same update; with
/// <see cref="Checkpoints"/> rank 0 writes, and all resume from its files.</para>
/// </remarks>
/// <example><code>
/// var shared = new SharedObjective(ranks, new MiniBatches(sum, 256, seed: 1), parts: 8);
/// var result = Minimizer.Minimize(Optimizer.Adam(0.001), shared, start);
/// </code></example>
public sealed class SharedObjective : IObjective
{
    private readonly IFiniteSum _sum;
    private readonly MiniBatches? _batches;
    private readonly IObjective _whole;
    private readonly PartSum<double> _mean;
    private readonly Piece[] _pieces;
    private readonly Piece[] _tellers;
    private readonly double[] _losses;
    private readonly int[] _all;

    /// <summary>The whole sum in every evaluation.</summary>
    /// <param name="ranks">The ranks.</param>
    /// <param name="sum">The sum; the same on all ranks.</param>
    /// <param name="parts">k, the number of parts of every batch, at least one for each rank; 0 for one for each rank.</param>
    /// <exception cref="ArgumentException">There are fewer parts than ranks.</exception>
    public SharedObjective(ICollectives ranks, IFiniteSum sum, int parts = 0)
        : this(ranks, Require.NotNull(sum), null, parts)
    {
    }

    /// <summary>Batch by batch.</summary>
    /// <inheritdoc cref="SharedObjective(ICollectives, IFiniteSum, int)"/>
    /// <param name="batches">The batches; the same on all ranks.</param>
    public SharedObjective(ICollectives ranks, MiniBatches batches, int parts = 0)
        : this(ranks, Require.NotNull(batches).Sum, batches, parts)
    {
    }

    private SharedObjective(ICollectives ranks, IFiniteSum sum, MiniBatches? batches, int parts)
    {
        Ranks = Require.NotNull(ranks);
        (_sum, _batches, _whole) = (sum, batches, batches ?? (IObjective)sum);
        Parts = parts == 0 ? ranks.Size : parts;
        _pieces = Collectives.Evenly(sum.Dimension, ranks.Size);
        _tellers = [.. Enumerable.Range(0, ranks.Size).Select(rank => PartTree.PartsOf(rank, ranks.Size, Parts))];
        _mean = new PartSum<double>(ranks, _pieces, Parts);
        _losses = new double[Parts];
        _all = [.. Enumerable.Range(0, sum.Count)];
    }

    /// <summary>The ranks.</summary>
    public ICollectives Ranks { get; }

    /// <summary>k, the number of parts of every batch.</summary>
    public int Parts { get; }

    /// <inheritdoc/>
    public int Dimension => _whole.Dimension;

    /// <inheritdoc/>
    public string Name => _whole.Name;

    /// <inheritdoc/>
    public double? Minimum => _whole.Minimum;

    /// <inheritdoc/>
    public IReadOnlyList<double>? Minimizer => _whole.Minimizer;

    /// <inheritdoc/>
    public double? Smoothness => _whole.Smoothness;

    /// <inheritdoc/>
    public double? Convexity => _whole.Convexity;

    /// <inheritdoc/>
    public bool IsStochastic => _whole.IsStochastic;

    /// <summary>The whole sum.</summary>
    /// <inheritdoc/>
    public double Evaluate(ReadOnlySpan<double> parameters, Span<double> gradient) => Mean(_all, parameters, gradient);

    /// <summary>The step's batch.</summary>
    /// <inheritdoc/>
    public double Evaluate(long step, ReadOnlySpan<double> parameters, Span<double> gradient) =>
        Mean(_batches is null ? _all : _batches.Batch(step), parameters, gradient);

    /// <summary>The sum and how it is shared.</summary>
    /// <returns>One line.</returns>
    public override string ToString() => FormattableString.Invariant($"{_whole} in {Parts} parts, {Ranks}");

    private double Mean(ReadOnlySpan<int> samples, ReadOnlySpan<double> parameters, Span<double> gradient)
    {
        Lengths.CheckPoint(parameters, gradient, Dimension);
        var (batch, point) = (samples.ToArray(), parameters.ToArray());
        _mean.Mean(
            (part, into) => _losses[part] = SharedBatches.Evaluate(_sum, batch, part, Parts, point, into),
            Dimension,
            Collectives.Of(gradient, _pieces[Ranks.Rank]));
        Ranks.AllGather(gradient, _pieces);
        Ranks.AllGather<double>(_losses, _tellers);
        return PartTree.Sum(_losses) / Parts;
    }
}
