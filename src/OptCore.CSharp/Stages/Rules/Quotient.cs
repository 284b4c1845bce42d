using System.Runtime.CompilerServices;

namespace OptCore;

/// <summary>
/// A quotient to multiply a vector with, split so that neither factor leaves the range of float: <see cref="Power"/> is 1
/// but for quotients beyond 2^±100, as those by the norm of a subnormal gradient are.
/// </summary>
/// <param name="Power">A power of two, to be multiplied first: exact.</param>
/// <param name="Factor">The rest.</param>
internal readonly record struct Quotient(double Power, double Factor)
{
    private const int MaxExponent = 100;

    // 2^±50: of two numbers between them no exponents are further apart.
    private const double Large = 1125899906842624;
    private const double Small = 1 / Large;

    /// <summary>The quotient 1.</summary>
    public static Quotient One => new(1, 1);

    /// <summary>a/b for a ≥ 0, b > 0, also where a/b itself is no normal double. Infinity counts as 2^1023.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Quotient Of(double a, double b) =>
        a is >= Small and <= Large && b is >= Small and <= Large ? new(1, a / b) : OfAny(a, b);

    private static Quotient OfAny(double a, double b)
    {
        // Half of the largest double: a vector that is scaled to this length stays finite however it is rounded.
        const double Largest = 8.98846567431158e307;
        (a, b) = (double.IsInfinity(a) ? Largest : a, double.IsInfinity(b) ? Largest : b);
        var (high, low) = (Math.ILogB(a), Math.ILogB(b));
        if (a == 0 || Math.Abs(high - low) <= MaxExponent)
        {
            return new(1, a / b);
        }

        var half = (high - low) / 2;
        return new(Math.ScaleB(1, half), Math.ScaleB(Math.ScaleB(a, -high) / Math.ScaleB(b, -low), high - low - half));
    }
}
