using System.Runtime.Intrinsics;
using static System.FormattableString;

namespace OptModels;

/// <summary>
/// The samples of a linear model, one row each, as floats or doubles in one row-major array that is kept, not copied.
/// All sums are doubles; the results do not depend on how samples are grouped into blocks.
/// </summary>
internal sealed class FeatureMatrix
{
    private const int Block = 4;
    private const int StackLimit = 512;
    private readonly float[] singles;
    private readonly double[] doubles;
    private readonly int[] all;

    internal FeatureMatrix(float[] values, int rows, string name)
        : this(values.Length, rows, name)
    {
        singles = values;
        Refuse(Array.FindIndex(values, value => !float.IsFinite(value)), name);
    }

    internal FeatureMatrix(double[] values, int rows, string name)
        : this(values.Length, rows, name)
    {
        doubles = values;
        Refuse(Array.FindIndex(values, value => !double.IsFinite(value)), name);
    }

    private FeatureMatrix(int length, int rows, string name)
    {
        if (rows == 0 || length == 0 || length % rows != 0)
        {
            throw new ArgumentException(
                Invariant($"{name} has {length} elements for {rows} samples; expected ≥ 1 samples of one length ≥ 1."),
                name);
        }

        (singles, doubles) = ([], []);
        (Rows, Columns) = (rows, length / rows);
        all = [.. Enumerable.Range(0, rows)];
    }

    internal int Rows { get; }

    internal int Columns { get; }

    /// <summary>0, 1, … Rows − 1.</summary>
    internal ReadOnlySpan<int> All => all;

    /// <summary>The rows of a rectangular array, copied.</summary>
    internal static FeatureMatrix Of(double[,] values, string name)
    {
        var flat = new double[values.Length];
        Buffer.BlockCopy(values, 0, flat, 0, flat.Length * sizeof(double));
        return new(flat, values.GetLength(0), name);
    }

    internal double this[int row, int column] =>
        singles.Length > 0 ? singles[(row * Columns) + column] : doubles[(row * Columns) + column];

    /// <summary>
    /// Mean over the samples of loss(x·Wᵀ + bias) and its gradient; an empty gradient asks for the mean only. The
    /// parameters are the weights [outputs, columns] row by row, then, if there are more, one bias per output.
    /// </summary>
    internal double Mean<TLoss>(
        TLoss loss, ReadOnlySpan<int> samples, ReadOnlySpan<double> parameters, Span<double> gradient)
        where TLoss : struct, IScoreLoss
    {
        gradient.Clear();
        var total = (singles.Length > 0, Vector256.IsHardwareAccelerated) switch
        {
            (true, true) => Sum<TLoss, float, Octet256>(singles, loss, samples, parameters, gradient),
            (true, false) => Sum<TLoss, float, Octet128>(singles, loss, samples, parameters, gradient),
            (false, true) => Sum<TLoss, double, Octet256>(doubles, loss, samples, parameters, gradient),
            (false, false) => Sum<TLoss, double, Octet128>(doubles, loss, samples, parameters, gradient),
        };
        foreach (ref var element in gradient)
        {
            element /= samples.Length;
        }

        return total / samples.Length;
    }

    private double Sum<TLoss, T, TOctet>(
        T[] values, TLoss loss, ReadOnlySpan<int> samples, ReadOnlySpan<double> parameters, Span<double> gradient)
        where TLoss : struct, IScoreLoss
        where T : unmanaged
        where TOctet : struct, IOctet<TOctet>
    {
        var outputs = loss.Outputs;
        var scores = outputs * Block <= StackLimit ? stackalloc double[outputs * Block] : new double[outputs * Block];
        var total = 0.0;
        for (; samples.Length > 0; samples = samples[Math.Min(Block, samples.Length)..])
        {
            var live = Math.Min(Block, samples.Length);
            var rows = new FourRows<TOctet, T>(
                Row(values, samples, 0), Row(values, samples, 1), Row(values, samples, 2), Row(values, samples, 3));
            Forward(rows, parameters, scores, outputs);
            for (var r = 0; r < live; r++)
            {
                total += loss.Evaluate(samples[r], scores.Slice(r * outputs, outputs));
            }

            if (!gradient.IsEmpty)
            {
                scores[(live * outputs)..].Clear();
                Backward(rows, scores, gradient, outputs);
            }
        }

        return total;
    }

    private void Forward<TOctet, T>(
        FourRows<TOctet, T> rows, ReadOnlySpan<double> parameters, Span<double> scores, int outputs)
        where T : unmanaged
        where TOctet : struct, IOctet<TOctet>
    {
        var bias = parameters[(outputs * Columns)..];
        Span<double> four = stackalloc double[Block];
        for (var k = 0; k < outputs; k++)
        {
            rows.Dot(parameters.Slice(k * Columns, Columns), four);
            for (var r = 0; r < Block; r++)
            {
                scores[(r * outputs) + k] = bias.IsEmpty ? four[r] : four[r] + bias[k];
            }
        }
    }

    private void Backward<TOctet, T>(
        FourRows<TOctet, T> rows, ReadOnlySpan<double> derivatives, Span<double> gradient, int outputs)
        where T : unmanaged
        where TOctet : struct, IOctet<TOctet>
    {
        var bias = gradient[(outputs * Columns)..];
        Span<double> four = stackalloc double[Block];
        for (var k = 0; k < outputs; k++)
        {
            for (var r = 0; r < Block; r++)
            {
                four[r] = derivatives[(r * outputs) + k];
            }

            rows.AddTo(gradient.Slice(k * Columns, Columns), four);
            if (!bias.IsEmpty)
            {
                bias[k] = bias[k] + four[0] + four[1] + four[2] + four[3];
            }
        }
    }

    /// <summary>
    /// The r-th listed row; past the end the last one, whose factor is then zero (all elements are finite).
    /// </summary>
    private ReadOnlySpan<T> Row<T>(T[] values, ReadOnlySpan<int> samples, int r) =>
        values.AsSpan(samples[Math.Min(r, samples.Length - 1)] * Columns, Columns);

    private void Refuse(int index, string name)
    {
        if (index >= 0)
        {
            var (row, column) = (index / Columns, index % Columns);
            throw new ArgumentException(
                Invariant($"{name} holds {this[row, column]} at sample {row}, feature {column}; expected finite ones."),
                name);
        }
    }
}
