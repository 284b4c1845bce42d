using System.Numerics;
using System.Runtime.CompilerServices;

namespace OptCore.Kernels;

/// <summary>Powers, number by number: for rules whose exponent has no faster way.</summary>
internal static class Powers
{
    /// <summary>x^exponent of every element, computed in double and rounded once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Of<V, T>(V x, double exponent)
        where V : struct, IVector<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ref var first = ref Unsafe.As<V, T>(ref x);
        for (var i = 0; i < V.Count; i++)
        {
            ref var number = ref Unsafe.Add(ref first, i);
            number = T.CreateTruncating(Math.Pow(double.CreateTruncating(number), exponent));
        }

        return x;
    }
}
