using System.Numerics;
using OptCore.Kernels;

namespace OptCore;

/// <summary>The norms of what a step has changed.</summary>
internal readonly struct ReportedNorms(ResolvedOptimizer model, ElementRange[] moving)
{
    /// <summary>‖p_{t+1} − p_t‖ over all tensors that move.</summary>
    public double Update<T>(ReadOnlySpan<T> old, ReadOnlySpan<T> next)
        where T : unmanaged, INumberBase<T> => Norm.Of<T>(Difference(old, next), moving);

    /// <summary>The tensor with the largest ‖Δp‖/‖p‖; a tensor whose update is not finite comes before all others.</summary>
    public string? WorstTensor<T>(ReadOnlySpan<T> old, ReadOnlySpan<T> next)
        where T : unmanaged, INumberBase<T>
    {
        ReadOnlySpan<T> difference = Difference(old, next);
        string? worst = null;
        double largest = 0;
        for (var i = 0; i < model.Layout.Tensors.Count; i++)
        {
            var tensor = model.Layout.Tensors[i];
            if (model.Frozen.Contains(i) || tensor.Length == 0)
            {
                continue;
            }

            ElementRange[] range = [new(tensor.Offset, tensor.End)];
            var ratio = Norm.Of(difference, range) / Norm.Of(old, range);
            ratio = double.IsNaN(ratio) ? (Norm.Of(difference, range) == 0 ? 0 : double.PositiveInfinity) : ratio;
            if (worst is null || ratio > largest)
            {
                (worst, largest) = (tensor.Name, ratio);
            }
        }

        return worst;
    }

    private static T[] Difference<T>(ReadOnlySpan<T> old, ReadOnlySpan<T> next)
        where T : unmanaged, INumberBase<T>
    {
        var difference = new T[old.Length];
        for (var i = 0; i < difference.Length; i++)
        {
            difference[i] = next[i] - old[i];
        }

        return difference;
    }
}
