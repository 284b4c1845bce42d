using static System.FormattableString;

namespace OptCore;

/// <summary>
/// A finite sum seen batch by batch: at step t the mean over batch t mod s of epoch ⌊t/s⌋, s =
/// <see cref="StepsPerEpoch"/>. Every epoch visits the samples in a new order, a Fisher–Yates shuffle drawn from (seed,
/// epoch).
/// </summary>
/// <remarks>
/// A pure function of the step: the same step gives the same batch, in any order of calls, in this process or a resumed
/// one. Only the current epoch's order is cached (it costs one shuffle when the epoch changes); reading it is
/// thread-safe. Without a step, <see cref="Evaluate(ReadOnlySpan{double}, Span{double})"/> is the whole sum, and the
/// known facts are those of the whole sum. The last batch of an epoch holds what is left over, and its mean is over
/// these fewer samples; <see cref="DropLast"/> leaves it out.
/// <para>Differs: PyTorch's <c>DataLoader</c> and Keras shuffle from a global generator, so a batch depends on what ran
/// before.</para>
/// </remarks>
/// <example><code>
/// IObjective batches = new MiniBatches(sum, batchSize: 64, seed: 1);
/// var loss = batches.Evaluate(step, parameters, gradient);
/// </code></example>
public sealed class MiniBatches : IObjective<float>
{
    private readonly IFiniteSum sum;
    private volatile Order? current;

    /// <summary>Batches of <paramref name="batchSize"/> samples of <paramref name="sum"/>.</summary>
    /// <param name="sum">The whole sum.</param>
    /// <param name="batchSize">The number of samples in a batch, in 1 … <c>sum.Count</c>.</param>
    /// <param name="seed">The seed of the orders; any value.</param>
    /// <exception cref="ArgumentNullException">The sum is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The batch size is outside 1 … <c>sum.Count</c>.</exception>
    public MiniBatches(IFiniteSum sum, int batchSize, long seed = 0)
    {
        this.sum = Require.NotNull(sum);
        BatchSize = batchSize >= 1 && batchSize <= sum.Count
            ? batchSize
            : throw Require.Outside(
                nameof(batchSize), batchSize, Invariant($"1 ≤ value ≤ {sum.Count} (the number of samples)"));
        Seed = seed;
    }

    /// <summary>The number of samples in a batch.</summary>
    public int BatchSize { get; }

    internal IFiniteSum Sum => sum;

    /// <summary>The seed of the orders.</summary>
    public long Seed { get; }

    /// <summary>Whether an incomplete last batch of an epoch is left out; false unless set.</summary>
    public bool DropLast { get; init; }

    /// <summary>
    /// Whether every epoch has a new order; true unless set. Without it every epoch visits 0, 1, 2 ….
    /// </summary>
    public bool Shuffle { get; init; } = true;

    /// <summary>
    /// The number of batches, hence steps, in an epoch: ⌈n/b⌉, or ⌊n/b⌋ with <see cref="DropLast"/>; ≥ 1.
    /// </summary>
    public int StepsPerEpoch => (sum.Count / BatchSize) + (DropLast || sum.Count % BatchSize == 0 ? 0 : 1);

    /// <summary>True: every step sees another batch.</summary>
    public bool IsStochastic => true;

    /// <inheritdoc/>
    public int Dimension => sum.Dimension;

    /// <inheritdoc/>
    public string Name => Invariant($"{sum.Name}, batches of {BatchSize}");

    /// <summary>The smallest value of the whole sum, where known.</summary>
    public double? Minimum => sum.Minimum;

    /// <summary>A minimiser of the whole sum, where known.</summary>
    public IReadOnlyList<double>? Minimizer => sum.Minimizer;

    /// <summary>The smoothness of the whole sum, where known; single batches may be less smooth.</summary>
    public double? Smoothness => sum.Smoothness;

    /// <summary>The convexity of the whole sum, where known; single batches may be less convex.</summary>
    public double? Convexity => sum.Convexity;

    /// <summary>The epoch a step belongs to, ⌊step/<see cref="StepsPerEpoch"/>⌋.</summary>
    /// <param name="step">The step, ≥ 0.</param>
    /// <returns>The epoch, from 0.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The step is negative.</exception>
    public long Epoch(long step) =>
        step >= 0 ? step / StepsPerEpoch : throw Require.Outside(nameof(step), step, "0 ≤ value");

    /// <summary>The samples of a step's batch.</summary>
    /// <param name="step">The step, ≥ 0.</param>
    /// <returns>The indices, in the order in which they are summed; valid for ever.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The step is negative.</exception>
    public ReadOnlySpan<int> Batch(long step)
    {
        var epoch = Shuffle ? Epoch(step) : Math.Min(Epoch(step), 0);
        var order = current;
        if (order is null || order.Epoch != epoch)
        {
            current = order = new(epoch, Draw(epoch));
        }

        var start = (int)(step % StepsPerEpoch) * BatchSize;
        return order.Samples.AsSpan(start, Math.Min(BatchSize, sum.Count - start));
    }

    /// <summary>The whole sum.</summary>
    /// <inheritdoc/>
    public double Evaluate(ReadOnlySpan<double> parameters, Span<double> gradient) =>
        sum.Evaluate(parameters, gradient);

    /// <summary>The mean over the step's batch.</summary>
    /// <inheritdoc/>
    public double Evaluate(long step, ReadOnlySpan<double> parameters, Span<double> gradient) =>
        sum.Evaluate(Batch(step), parameters, gradient);

    /// <summary>The whole sum.</summary>
    /// <inheritdoc/>
    public double Evaluate(ReadOnlySpan<float> parameters, Span<float> gradient) => sum.EvaluateAt(parameters, gradient);

    /// <summary>The mean over the step's batch: the same samples as for doubles.</summary>
    /// <inheritdoc/>
    public double Evaluate(long step, ReadOnlySpan<float> parameters, Span<float> gradient) =>
        sum.EvaluateAt(Batch(step), parameters, gradient);

    /// <summary>The sum, the batch size and the seed.</summary>
    /// <returns>One line.</returns>
    public override string ToString() => Invariant($"{Name} of {sum.Count}, seed {Seed}");

    private int[] Draw(long epoch) =>
        Shuffle ? new SampleRandom(Seed, epoch).Permutation(sum.Count) : [.. Enumerable.Range(0, sum.Count)];

    private sealed record Order(long Epoch, int[] Samples);
}
