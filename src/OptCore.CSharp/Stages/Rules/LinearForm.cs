using System.Numerics;
using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>⟨a, p⟩, and the way along a to where it has another value: what hyperplane and halfspace share.</summary>
internal sealed class LinearForm
{
    private readonly double[] _normal;
    private readonly bool _same;

    public LinearForm(IReadOnlyList<double> normal) => (_normal, _same) = ([.. normal], normal.Count == 1);

    /// <summary>
    /// Goes to the nearest point with ⟨a, p⟩ = b, if ⟨a, p⟩ is above b or <paramref name="below"/> too. Where it is not finite p stays.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public void Project<T>(Span<T> p, double offset, bool below)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (sum, square) = (default(CompensatedSum), default(CompensatedSum));
        for (var i = 0; i < p.Length; i++)
        {
            var a = At(i);
            sum.Add(a * Reduction.Widen(p[i]));
            square.Add(a * a);
        }

        var excess = sum.Value - offset;
        if (!double.IsFinite(excess) || excess == 0 || square.Value == 0 || (excess < 0 && !below))
        {
            return;
        }

        var way = excess / square.Value;
        for (var i = 0; i < p.Length; i++)
        {
            p[i] = T.CreateTruncating(Reduction.Widen(p[i]) - (way * At(i)));
        }
    }

    /// <summary>Refuses a = 0, of which no point has another value than 0.</summary>
    public static IReadOnlyList<double> NotZero(IReadOnlyList<double> normal, string name) =>
        normal.Any(value => value != 0) ? normal : throw new ArgumentException($"{name} is 0; expected a direction.", name);

    private double At(int i) => _normal[_same ? 0 : i];
}
