using System.Numerics;

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
    /// <typeparam name="T">float or double: a sum that computes in float only where the session does (<see cref="IFiniteSum{T}"/>) is
    /// asked for T; any other one in double, of whose gradient each element is rounded once.</typeparam>
    /// <param name="session">The session. Where its optimizer scales the loss, what is handed in is multiplied by its S here.</param>
    /// <param name="batches">The batches; the same on all ranks.</param>
    /// <returns>What became of the mean gradient; the same on all ranks.</returns>
    /// <exception cref="ArgumentException">The sum has another number of parameters than the layout.</exception>
    /// <example><code>while (session.StepCount &lt; 1000) session.Step(batches);</code></example>
    public static StepOutcome Step<T>(this DistributedSession<T> session, MiniBatches batches)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Lengths.Check(Require.NotNull(batches).Dimension, Require.NotNull(session).Plan.Layout.Length, nameof(batches));
        var batch = batches.Batch(session.Gradients).ToArray();
        var scale = session.LossScale;
        return session.Step((part, parameters, gradient) =>
        {
            var loss = Evaluate(batches.Sum, batch, part, session.Parts, parameters, gradient);
            if (scale != 1)
            {
                Evaluation.Scale<T>(gradient, scale, gradient);
            }

            return loss;
        });
    }

    /// <summary>A part of a batch, scaled so that the mean of the parts is the mean over all samples.</summary>
    internal static double Evaluate<T>(
        IFiniteSum sum, int[] batch, int part, int parts, ReadOnlySpan<T> parameters, Span<T> gradient)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var own = PartTree.PartsOf(part, parts, Math.Max(batch.Length, parts));
        var samples = batch.AsSpan(Math.Min(own.Start, batch.Length)..Math.Min(own.End, batch.Length));
        if (samples.IsEmpty)
        {
            gradient.Clear();
            return 0;
        }

        var value = sum.EvaluateAt(samples, parameters, gradient);
        if ((long)samples.Length * parts != batch.Length)
        {
            var weight = samples.Length * (double)parts / batch.Length;
            value *= weight;
            foreach (ref var element in gradient)
            {
                element = T.CreateTruncating(double.CreateTruncating(element) * weight);
            }
        }

        return value;
    }
}
