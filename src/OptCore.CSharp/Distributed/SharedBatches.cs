namespace OptCore;

/// <summary>Batches that ranks share: part i of k is the i-th of k runs of consecutive samples, as equal in number as can be.</summary>
public static class SharedBatches
{
    /// <summary>
    /// One step on the mean over the batch of this step, of which each rank evaluates its parts. Talks to the other ranks.
    /// </summary>
    /// <remarks>
    /// The batch is that which <see cref="Minimizer"/> sees in the same place: its number counts the gradients taken up, so that every
    /// micro-gradient of <c>accumulate</c> sees another one, a refused one is followed by the next, and a resumed session sees the same.
    /// </remarks>
    /// <param name="session">The session.</param>
    /// <param name="batches">The batches; the same on all ranks.</param>
    /// <returns>What became of the mean gradient; the same on all ranks.</returns>
    /// <exception cref="ArgumentException">The sum has another number of parameters than the layout.</exception>
    /// <example><code>while (session.StepCount &lt; 1000) session.Step(batches);</code></example>
    public static StepOutcome Step(this DistributedSession<double> session, MiniBatches batches)
    {
        Lengths.Check(Require.NotNull(batches).Dimension, Require.NotNull(session).Plan.Layout.Length, nameof(batches));
        var batch = batches.Batch(session.Gradients).ToArray();
        return session.Step((part, parameters, gradient) => Evaluate(batches.Sum, batch, part, session.Parts, parameters, gradient));
    }

    /// <summary>A part of a batch, scaled so that the mean of the parts is the mean over all samples.</summary>
    internal static double Evaluate(
        IFiniteSum sum, int[] batch, int part, int parts, ReadOnlySpan<double> parameters, Span<double> gradient)
    {
        var own = PartTree.PartsOf(part, parts, Math.Max(batch.Length, parts));
        var samples = batch.AsSpan(Math.Min(own.Start, batch.Length)..Math.Min(own.End, batch.Length));
        if (samples.IsEmpty)
        {
            gradient.Clear();
            return 0;
        }

        var value = sum.Evaluate(samples, parameters, gradient);
        if ((long)samples.Length * parts != batch.Length)
        {
            var weight = samples.Length * (double)parts / batch.Length;
            value *= weight;
            foreach (ref var element in gradient)
            {
                element *= weight;
            }
        }

        return value;
    }
}
