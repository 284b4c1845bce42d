using System.Numerics;
using System.Runtime.InteropServices;

namespace OptCore.Kernels;

/// <summary>Vectors of doubles, whatever the type of the plan: what rules compute in that couple all tensors.</summary>
internal static class WideVectors
{
    private static readonly Quantity Product = Quantity.InnerProduct(Measured.Update, Measured.Parameters);

    /// <summary>The doubles of a vector: its own memory where it has doubles, else a copy.</summary>
    public static ReadOnlySpan<double> Of<T>(ReadOnlySpan<T> x, Scratch scratch, int place)
        where T : unmanaged
    {
        if (typeof(T) == typeof(double))
        {
            return MemoryMarshal.Cast<T, double>(x);
        }

        var wide = scratch.Vector(place, x.Length);
        Widen(x, wide);
        return wide;
    }

    /// <summary>Numbers as doubles, exactly.</summary>
    public static void Widen<T>(ReadOnlySpan<T> from, Span<double> to)
        where T : unmanaged
    {
        for (var i = 0; i < from.Length; i++)
        {
            to[i] = Reduction.Widen(from[i]);
        }
    }

    /// <summary>Doubles rounded.</summary>
    public static void Narrow<T>(ReadOnlySpan<double> from, Span<T> to)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < from.Length; i++)
        {
            to[i] = T.CreateTruncating(from[i]);
        }
    }

    /// <summary>a − b, rounded to the plan's type.</summary>
    public static void Difference<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<double> to)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < to.Length; i++)
        {
            to[i] = Reduction.Widen(a[i] - b[i]);
        }
    }

    /// <summary>⟨x, y⟩, in the order of all sums.</summary>
    public static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y) =>
        Quantities.Of(Product, x, y, [new ElementRange(0, x.Length)]);

    /// <summary>y ← y + a x.</summary>
    public static unsafe void AddScaled(Span<double> y, double a, ReadOnlySpan<double> x)
    {
        fixed (double* to = y, from = x)
        {
            RowOperations.AddScaled(to, from, a, y.Length);
        }
    }

    /// <summary>y ← a y.</summary>
    public static void Scale(Span<double> y, double a)
    {
        foreach (ref var element in y)
        {
            element *= a;
        }
    }
}
