namespace OptCore;

/// <summary>
/// A quotient to multiply a vector with, split so that neither factor leaves the range of float: <see cref="Power"/> is 1
/// but for quotients beyond 2^±100, as those by the norm of a subnormal gradient are.
/// </summary>
/// <param name="Power">A power of two, to be multiplied first: exact.</param>
/// <param name="Factor">The rest.</param>
internal readonly record struct Quotient(double Power, double Factor)
{
    private static readonly double Large = Math.ScaleB(1, 100);

    /// <summary>The quotient 1.</summary>
    public static Quotient One => new(1, 1);

    /// <summary>a/b for finite a ≥ 0, b > 0.</summary>
    public static Quotient Of(double a, double b) => (a / b) switch
    {
        var q when q > Large => new(Large, a / (b * Large)),
        var q when q < 1 / Large => new(1 / Large, a * Large / b),
        var q => new(1, q),
    };
}
