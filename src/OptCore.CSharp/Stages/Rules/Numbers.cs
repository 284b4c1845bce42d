using System.Numerics;
using System.Runtime.CompilerServices;

namespace OptCore;

/// <summary>Numbers of a type.</summary>
internal static class Numbers
{
    /// <summary>The largest finite number of <typeparamref name="T"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Largest<T>()
        where T : IBinaryFloatingPointIeee754<T> => double.CreateTruncating(T.BitDecrement(T.PositiveInfinity));
}
