using System.Numerics;
using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>Numbers of a type.</summary>
internal static class Numbers
{
    /// <summary>The largest finite number of <typeparamref name="T"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Largest<T>()
        where T : IBinaryFloatingPointIeee754<T> => double.CreateTruncating(T.BitDecrement(T.PositiveInfinity));

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
}
