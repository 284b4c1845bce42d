using System.Globalization;
using System.Runtime.CompilerServices;

namespace OptCore;

/// <summary>
/// Range checks of hyper-parameters. Every check returns the value it accepted, so that it can stand in an initializer,
/// and throws an <see cref="ArgumentOutOfRangeException"/> that names the parameter, the value and the allowed range.
/// </summary>
public static class Require
{
    /// <summary>Accepts 0 ≤ value &lt; 1: a decay such as β of a moving average. NaN is refused.</summary>
    /// <param name="value">The value to check.</param>
    /// <param name="name">The parameter's name, as the user wrote it.</param>
    /// <returns>The value.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside [0, 1) or NaN.</exception>
    public static double Decay(double value, string name) =>
        value is >= 0 and < 1 ? value : throw Outside(name, value, "0 ≤ value < 1");

    /// <summary>Accepts finite values ≥ 0: rates, scales, decays added to a gradient. NaN is refused.</summary>
    /// <inheritdoc cref="Decay"/>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative, infinite or NaN.</exception>
    public static double NonNegative(double value, string name) =>
        value >= 0 && double.IsFinite(value) ? value : throw Outside(name, value, "0 ≤ value, finite");

    /// <summary>Accepts finite values &gt; 0. NaN is refused.</summary>
    /// <inheritdoc cref="Decay"/>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive, infinite or NaN.</exception>
    public static double Positive(double value, string name) =>
        value > 0 && double.IsFinite(value) ? value : throw Outside(name, value, "0 < value, finite");

    /// <summary>Accepts values &gt; 0, infinity included: a threshold. NaN is refused.</summary>
    /// <inheritdoc cref="Decay"/>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive or NaN.</exception>
    public static double Threshold(double value, string name) =>
        value > 0 ? value : throw Outside(name, value, "0 < value (infinity allowed)");

    /// <summary>Accepts values ≥ 1, infinity included: the order of a norm. NaN is refused.</summary>
    /// <inheritdoc cref="Decay"/>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1 or NaN.</exception>
    public static double Order(double value, string name) =>
        value >= 1 ? value : throw Outside(name, value, "1 ≤ value (infinity allowed)");

    /// <summary>Accepts low ≤ value ≤ high. NaN is refused.</summary>
    /// <inheritdoc cref="Decay"/>
    /// <param name="low">The smallest value allowed.</param>
    /// <param name="high">The largest value allowed.</param>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside [low, high] or NaN.</exception>
    public static double Between(double value, double low, double high, string name) =>
        value >= low && value <= high ? value : throw Outside(name, value, $"{Text(low)} ≤ value ≤ {Text(high)}");

    /// <summary>Accepts low &lt; value &lt; high. NaN is refused.</summary>
    /// <inheritdoc cref="Between"/>
    /// <param name="low">The bound below.</param>
    /// <param name="high">The bound above.</param>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside (low, high) or NaN.</exception>
    public static double Inside(double value, double low, double high, string name) =>
        value > low && value < high ? value : throw Outside(name, value, $"{Text(low)} < value < {Text(high)}");

    /// <summary>Accepts finite values ≥ low. NaN is refused.</summary>
    /// <inheritdoc cref="Between"/>
    /// <param name="low">The smallest value allowed.</param>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller, infinite or NaN.</exception>
    public static double AtLeast(double value, double low, string name) =>
        value >= low && double.IsFinite(value) ? value : throw Outside(name, value, $"{Text(low)} ≤ value, finite");

    /// <summary>Accepts every value but NaN.</summary>
    /// <inheritdoc cref="Decay"/>
    /// <exception cref="ArgumentOutOfRangeException">The value is NaN.</exception>
    public static double Number(double value, string name) =>
        !double.IsNaN(value) ? value : throw Outside(name, value, "a number");

    /// <summary>Accepts finite values of either sign.</summary>
    /// <inheritdoc cref="Decay"/>
    /// <exception cref="ArgumentOutOfRangeException">The value is NaN or infinite.</exception>
    public static double Finite(double value, string name) =>
        double.IsFinite(value) ? value : throw Outside(name, value, "a finite number");

    /// <summary>Accepts integers ≥ <paramref name="least"/>: a count.</summary>
    /// <inheritdoc cref="Decay"/>
    /// <param name="least">The smallest count allowed.</param>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than <paramref name="least"/>.</exception>
    public static int Count(int value, string name, int least = 1) =>
        value >= least ? value : throw Outside(name, value, $"{least.ToString(CultureInfo.InvariantCulture)} ≤ value");

    /// <inheritdoc cref="Count(int, string, int)"/>
    public static long Count(long value, string name, long least = 1) =>
        value >= least ? value : throw Outside(name, value, $"{least.ToString(CultureInfo.InvariantCulture)} ≤ value");

    /// <summary>Accepts anything but null.</summary>
    /// <typeparam name="TValue">The type of the value.</typeparam>
    /// <param name="value">The value to check.</param>
    /// <param name="name">The parameter's name, filled in by the compiler.</param>
    /// <returns>The value.</returns>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public static TValue NotNull<TValue>(TValue? value, [CallerArgumentExpression(nameof(value))] string name = "")
        where TValue : class => value ?? throw new ArgumentNullException(name);

    /// <summary>The exception of a value outside its range, for checks that are not in this class.</summary>
    /// <param name="name">The parameter's name.</param>
    /// <param name="value">The value found.</param>
    /// <param name="range">The allowed range, in words.</param>
    /// <returns>The exception, not thrown.</returns>
    public static ArgumentOutOfRangeException Outside(string name, object value, string range) =>
        new(name, value, $"{name} = {Text(value)} is outside its range: {range}.");

    private static string Text(object value) => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "null";
}
