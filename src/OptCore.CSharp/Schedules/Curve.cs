using System.Globalization;

namespace OptCore;

/// <summary>Arithmetic that the schedules share. Step indices stay in 64-bit integers until the last division.</summary>
internal static class Curve
{
    /// <summary>The part of <paramref name="steps"/> updates already done, min(t, T)/T.</summary>
    public static double Done(long step, long steps) => step >= steps ? 1 : (double)step / steps;

    /// <summary>The part still to do, 1 − min(t, T)/T, without the cancellation of the subtraction near the end.</summary>
    public static double Left(long step, long steps) => step >= steps ? 0 : (double)(steps - step) / steps;

    /// <summary>½(1 + cos(π(1 − r))) as sin²(½πr): exact at both ends, full relative accuracy near 0, never negative.</summary>
    public static double HalfCosine(double left)
    {
        var sine = Math.Sin(0.5 * Math.PI * left);
        return sine * sine;
    }

    /// <summary>The largest double instead of +∞, so that a growing schedule stays finite; NaN passes.</summary>
    public static double Finite(double value) => Math.Min(value, double.MaxValue);

    /// <summary>The end of a schedule moved by <paramref name="steps"/>, saturating; null stays null.</summary>
    public static long? Later(long? end, long steps) => end is { } e ? (e > long.MaxValue - steps ? long.MaxValue : e + steps) : null;

    /// <summary>A number in an equation, in the invariant culture.</summary>
    public static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture).Replace('E', 'e');
}
