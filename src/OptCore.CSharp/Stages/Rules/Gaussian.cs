using System.Runtime.CompilerServices;

namespace OptCore;

/// <summary>
/// Standard normal numbers as a function of a key and an index: no order of evaluation, no hidden state. Uses integers and
/// the operations + − × ÷ √ of doubles only, which every platform rounds alike; the numbers are a contract (checkpoints
/// resume on them).
/// </summary>
/// <remarks>
/// Source: Steele, Lea &amp; Flood 2014 (SplitMix64) for the bits; Wichura 1988, algorithm AS 241 (PPND16, relative error
/// near 1e-16) for the inverse of the normal distribution function.
/// </remarks>
internal static class Gaussian
{
    private const ulong Golden = 0x9E3779B97F4A7C15;
    private const double Ln2 = 0.693147180559945309417;

    /// <summary>The generator's next state, and the key of the vector of numbers drawn there.</summary>
    public static long Advance(long state, out ulong key)
    {
        var next = unchecked((ulong)state + Golden);
        key = Mix(next);
        return unchecked((long)next);
    }

    /// <summary>The number with a given index in the vector of a key; within ±8.21.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double At(ulong key, int index)
    {
        var bits = Mix(unchecked(key + (((ulong)index + 1) * Golden)));

        // The middle of one of 2^52 cells: never 0 or 1.
        return Quantile(((bits >> 12) + 0.5) * (1.0 / (1UL << 52)));
    }

    /// <summary>The x with Φ(x) = p, for 2^-60 ≤ p ≤ 1 − 2^-53.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    internal static double Quantile(double p)
    {
        var q = p - 0.5;
        if (Math.Abs(q) <= 0.425)
        {
            var s = 0.180625 - (q * q);
            return q * Polynomial(
                s,
                3.3871328727963666080e0,
                1.3314166789178437745e+2,
                1.9715909503065514427e+3,
                1.3731693765509461125e+4,
                4.5921953931549871457e+4,
                6.7265770927008700853e+4,
                3.3430575583588128105e+4,
                2.5090809287301226727e+3)
                / Polynomial(
                    s,
                    1,
                    4.2313330701600911252e+1,
                    6.8718700749205790830e+2,
                    5.3941960214247511077e+3,
                    2.1213794301586595867e+4,
                    3.9307895800092710610e+4,
                    2.8729085735721942674e+4,
                    5.2264952788528545610e+3);
        }

        var r = Math.Sqrt(-Log(q < 0 ? p : 1 - p));
        var x = r <= 5
            ? Polynomial(
                r - 1.6,
                1.42343711074968357734e0,
                4.63033784615654529590e0,
                5.76949722146069140550e0,
                3.64784832476320460504e0,
                1.27045825245236838258e0,
                2.41780725177450611770e-1,
                2.27238449892691845833e-2,
                7.74545014278341407640e-4)
                / Polynomial(
                    r - 1.6,
                    1,
                    2.05319162663775882187e0,
                    1.67638483018380384940e0,
                    6.89767334985100004550e-1,
                    1.48103976427480074590e-1,
                    1.51986665636164571966e-2,
                    5.47593808499534494600e-4,
                    1.05075007164441684324e-9)
            : Polynomial(
                r - 5,
                6.65790464350110377720e0,
                5.46378491116411436990e0,
                1.78482653991729133580e0,
                2.96560571828504891230e-1,
                2.65321895265761230930e-2,
                1.24266094738807843860e-3,
                2.71155556874348757815e-5,
                2.01033439929228813265e-7)
                / Polynomial(
                    r - 5,
                    1,
                    5.99832206555887937690e-1,
                    1.36929880922735805310e-1,
                    1.48753612908506148525e-2,
                    7.86869131145613259100e-4,
                    1.84631831751005468180e-5,
                    1.42151175831644588870e-7,
                    2.04426310338993978564e-15);
        return q < 0 ? -x : x;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Polynomial(double x, double c0, double c1, double c2, double c3, double c4, double c5, double c6, double c7) =>
        (((((((((((((c7 * x) + c6) * x) + c5) * x) + c4) * x) + c3) * x) + c2) * x) + c1) * x) + c0;

    // Of a normal number. The runtime's logarithm may differ in its last bit from one platform to the next.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static double Log(double x)
    {
        var exponent = Math.ILogB(x);
        var m = Math.ScaleB(x, -exponent);
        if (m > 1.4142135623730951)
        {
            (m, exponent) = (m / 2, exponent + 1);
        }

        // log m = 2 artanh s with |s| ≤ 0.172: eleven terms reach 1e-17.
        var s = (m - 1) / (m + 1);
        double series = 0;
        for (var k = 21; k >= 1; k -= 2)
        {
            series = (series * s * s) + (1.0 / k);
        }

        return (2 * s * series) + (exponent * Ln2);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Mix(ulong x)
    {
        x = unchecked((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9);
        x = unchecked((x ^ (x >> 27)) * 0x94D049BB133111EB);
        return x ^ (x >> 31);
    }
}
