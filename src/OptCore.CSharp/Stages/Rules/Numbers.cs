using System.Numerics;

namespace OptCore;

/// <summary>Numbers of a type.</summary>
internal static class Numbers
{
    /// <summary>The largest finite number of <typeparamref name="T"/>.</summary>
    public static double Largest<T>()
        where T : IBinaryFloatingPointIeee754<T> => double.CreateTruncating(T.BitDecrement(T.PositiveInfinity));
}
