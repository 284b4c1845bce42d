using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Finds the threshold of the Euclidean projection onto {x ≥ 0, Σx = r}. The projection of a is
/// <c>x_i = max(level − (a_max − a_i), 0)</c>, where level is what the largest coordinate becomes: distances from the largest
/// coordinate keep their digits where coordinates are large and r is small.
/// </summary>
/// <remarks>
/// level is the fixed point of <c>(r + Σd)/m</c> over the m distances d below it. Starting from all distances below r, each
/// pass takes the mean and drops the distances that are not below it; those never come back. Some ten passes in practice,
/// and never many in floating point: a pass drops a quarter of what is left, or the level comes three times closer to the
/// largest distance left, for which 53 bits leave room some 40 times.
/// Source: Held, Wolfe &amp; Crowder 1974; Michelot 1986.
/// </remarks>
internal sealed class SimplexLevel
{
    private double[] _distances = [];

    /// <summary>The level for finite values with a given maximum.</summary>
    /// <param name="values">The coordinates; not empty.</param>
    /// <param name="magnitudes">Whether |a_i| takes the place of a_i.</param>
    /// <param name="largest">The largest coordinate (or magnitude).</param>
    /// <param name="radius">r > 0, finite.</param>
    /// <returns>The value of the largest coordinate after the projection.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public double Find<T>(ReadOnlySpan<T> values, bool magnitudes, double largest, double radius)
        where T : unmanaged
    {
        if (_distances.Length < values.Length)
        {
            _distances = new double[values.Length];
        }

        for (var i = 0; i < values.Length; i++)
        {
            var a = Reduction.Widen(values[i]);
            _distances[i] = largest - (magnitudes ? Math.Abs(a) : a);
        }

        var left = _distances.AsSpan(0, values.Length);
        for (var count = KeepBelow(left, radius, out var sum); ;)
        {
            left = left[..count];
            var level = (radius + sum) / count;
            count = KeepBelow(left, level, out sum);

            // None are below a level that underflows.
            if (count == left.Length || count == 0)
            {
                return level;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static int KeepBelow(Span<double> distances, double level, out double total)
    {
        var count = 0;
        var sum = new CompensatedSum();
        foreach (var distance in distances)
        {
            if (distance < level)
            {
                distances[count++] = distance;
                sum.Add(distance);
            }
        }

        total = sum.Value;
        return count;
    }
}
