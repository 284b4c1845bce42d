using System.Numerics;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// ‖p − P(p − g)‖, P the projection onto the bounds that stages keep: 0 exactly where no step that stays within them descends.
/// </summary>
/// <remarks>
/// Computed as max(p − hi, min(p − lo, g)), which is the same without the rounding of p − g: without bounds it is g, to the bit.
/// </remarks>
/// <typeparam name="T">The type of the parameters.</typeparam>
/// <typeparam name="G">The type of the gradient: T, or double for sums of several.</typeparam>
internal sealed class ProjectedGradient<T, G>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where G : unmanaged, IBinaryFloatingPointIeee754<G>
{
    private readonly T[] _low;
    private readonly T[] _high;
    private readonly G[] _projected;
    private readonly ElementRange[] _moving;
    private readonly G _sign;

    private ProjectedGradient(ResolvedOptimizer model)
    {
        (_low, _high) = (new T[model.Layout.Length], new T[model.Layout.Length]);
        Array.Fill(_low, T.NegativeInfinity);
        Array.Fill(_high, T.PositiveInfinity);
        _projected = new G[_low.Length];
        _moving = model.Ranges(model.Moving);
        _sign = model.Stages.Any(site => site.Stage is IReversal) ? -G.One : G.One;
        foreach (var site in model.Stages)
        {
            if (site.Stage is IBox box)
            {
                Take(box, model.Ranges(site.Tensors));
            }
        }
    }

    /// <summary>For a plan; null where no stage keeps bounds.</summary>
    public static ProjectedGradient<T, G>? Of(ResolvedOptimizer model) =>
        model.Stages.Any(site => site.Stage is IBox) ? new(model) : null;

    /// <summary>The norm over the tensors that are not frozen.</summary>
    /// <param name="parameters">p.</param>
    /// <param name="gradient">n g.</param>
    /// <param name="count">n ≥ 1.</param>
    public double Norm(ReadOnlySpan<T> parameters, ReadOnlySpan<G> gradient, int count = 1)
    {
        var n = G.CreateTruncating(count);
        for (var i = 0; i < _projected.Length; i++)
        {
            var p = G.CreateTruncating(parameters[i]);
            var (above, below) = (n * (p - G.CreateTruncating(_low[i])), n * (p - G.CreateTruncating(_high[i])));
            _projected[i] = G.Max(below, G.Min(above, _sign * gradient[i]));
        }

        return Kernels.Norm.Of<G>(_projected, _moving) / count;
    }

    private void Take(IBox box, ElementRange[] ranges)
    {
        var index = 0;
        foreach (var range in ranges)
        {
            for (var i = range.Start; i < range.End; i++)
            {
                var (low, high) = box.BoundsOf(index++);
                (_low[i], _high[i]) = (T.CreateTruncating(low), T.CreateTruncating(high));
            }
        }
    }
}
