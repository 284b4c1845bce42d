using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace OptCore.Kernels;

/// <summary>Measures the update.</summary>
/// <remarks>Of 512 bits alone: the partial sums of narrower registers are more registers than a loop has to spare.</remarks>
internal struct UpdateMeter<T> : IMeter<Simd512<T>, T>
    where T : unmanaged
{
    private PartialSums<T> _update;

    public readonly Squares Total
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(_update.Fold(), 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(Simd512<T> u, Simd512<T> p, nint left)
    {
        // What stands behind the chunk's end is another's, or padding.
        if (left < Simd512<T>.Count)
        {
            u = Simd512<T>.Select(Simd512<T>.First((int)left), u, Simd512<T>.Zero);
        }

        _update.AddSquares(u);
    }
}

/// <summary>Measures the update and the parameters.</summary>
internal struct FullMeter<T> : IMeter<Simd512<T>, T>
    where T : unmanaged
{
    private PartialSums<T> _update;
    private PartialSums<T> _parameters;

    public readonly Squares Total
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(_update.Fold(), _parameters.Fold());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(Simd512<T> u, Simd512<T> p, nint left)
    {
        if (left < Simd512<T>.Count)
        {
            var inside = Simd512<T>.First((int)left);
            u = Simd512<T>.Select(inside, u, Simd512<T>.Zero);
            p = Simd512<T>.Select(inside, p, Simd512<T>.Zero);
        }

        _update.AddSquares(u);
        _parameters.AddSquares(p);
    }
}

/// <summary>
/// The 32 partial sums of a chunk in four registers, a ring: the next elements belong to the first. It need not turn back at
/// the end, since opposite registers are added.
/// </summary>
internal struct PartialSums<T>
    where T : unmanaged
{
    private Vector512<double> _a, _b, _c, _d;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddSquares(Simd512<T> values)
    {
        if (typeof(T) == typeof(double))
        {
            var x = values.Value.AsDouble();
            (_a, _b, _c, _d) = (_b, _c, _d, Vector512.FusedMultiplyAdd(x, x, _a));
        }
        else
        {
            var x = Avx512F.ConvertToVector512Double(values.Value.AsSingle().GetLower());
            var y = Avx512F.ConvertToVector512Double(values.Value.AsSingle().GetUpper());
            (_a, _b, _c, _d) = (_c, _d, Vector512.FusedMultiplyAdd(x, x, _a), Vector512.FusedMultiplyAdd(y, y, _b));
        }
    }

    /// <summary>The fixed tree of <see cref="Reduction"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly double Fold() => Sums512.Fold(new(_a + _c + (_b + _d)));
}
