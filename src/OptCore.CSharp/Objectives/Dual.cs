using System.Globalization;
using System.Runtime.Intrinsics;

namespace OptCore;

/// <summary>
/// A number together with its derivatives by up to eight variables: x + Σ ẋₖεₖ with εᵢεₖ = 0. Computing with it computes
/// derivatives by the chain rule, exact up to rounding. F#'s operators and functions (<c>+ - * / **</c>, <c>sqrt</c>,
/// <c>exp</c>, <c>log</c>, <c>sin</c> …) work on it; C# has them as operators and static methods.
/// </summary>
/// <remarks>
/// Compared by its value alone, so that branches go as they do for plain numbers. A derivative that is 0 stays 0 whatever
/// it is multiplied with: where an outer derivative is infinite (√ at 0) and the inner one 0, the result is 0. At a kink
/// (|x| at 0) the derivative is taken as 0.
/// </remarks>
/// <example><code>
/// var x = Dual.Variable(3);
/// var slope = (x * x).Slope(0);   // 6
/// </code></example>
public readonly struct Dual : IEquatable<Dual>, IComparable<Dual>, IComparable
{
    /// <summary>The number of derivatives that go along.</summary>
    public const int Width = 8;

    private readonly Vector512<double> slopes;

    private Dual(double value, Vector512<double> slopes) => (Value, this.slopes) = (value, slopes);

    /// <summary>0, a constant.</summary>
    public static Dual Zero => 0;

    /// <summary>1, a constant.</summary>
    public static Dual One => 1;

    /// <summary>The value.</summary>
    public double Value { get; }

    /// <summary>A constant: all derivatives are 0.</summary>
    /// <param name="value">The value.</param>
    public static implicit operator Dual(double value) => new(value, Vector512<double>.Zero);

    /// <summary>Variable number <paramref name="index"/>: its derivative by itself is 1.</summary>
    /// <param name="value">The value.</param>
    /// <param name="index">The number, in 0 … 7.</param>
    /// <returns>The variable.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The index is out of range.</exception>
    public static Dual Variable(double value, int index = 0)
    {
        Require.Between(index, 0, Width - 1, nameof(index));
        return new(value, Vector512<double>.Zero.WithElement(index, 1));
    }

    /// <summary>The derivative by variable number <paramref name="index"/>.</summary>
    /// <param name="index">The number, in 0 … 7.</param>
    /// <returns>The derivative.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The index is out of range.</exception>
    public double Slope(int index)
    {
        Require.Between(index, 0, Width - 1, nameof(index));
        return slopes[index];
    }

    /// <summary>x + y.</summary>
    /// <param name="x">The first operand.</param>
    /// <param name="y">The second operand.</param>
    public static Dual operator +(Dual x, Dual y) => new(x.Value + y.Value, x.slopes + y.slopes);

    /// <inheritdoc cref="op_Addition(Dual, Dual)"/>
    public static Dual operator +(Dual x, double y) => new(x.Value + y, x.slopes);

    /// <inheritdoc cref="op_Addition(Dual, Dual)"/>
    public static Dual operator +(double x, Dual y) => new(x + y.Value, y.slopes);

    /// <summary>x − y.</summary>
    /// <inheritdoc cref="op_Addition(Dual, Dual)"/>
    public static Dual operator -(Dual x, Dual y) => new(x.Value - y.Value, x.slopes - y.slopes);

    /// <inheritdoc cref="op_Subtraction(Dual, Dual)"/>
    public static Dual operator -(Dual x, double y) => new(x.Value - y, x.slopes);

    /// <inheritdoc cref="op_Subtraction(Dual, Dual)"/>
    public static Dual operator -(double x, Dual y) => new(x - y.Value, -y.slopes);

    /// <summary>−x.</summary>
    /// <param name="x">The operand.</param>
    public static Dual operator -(Dual x) => new(-x.Value, -x.slopes);

    /// <summary>x itself.</summary>
    /// <param name="x">The operand.</param>
    public static Dual operator +(Dual x) => x;

    /// <summary>x · y.</summary>
    /// <inheritdoc cref="op_Addition(Dual, Dual)"/>
    public static Dual operator *(Dual x, Dual y) =>
        new(x.Value * y.Value, Times(y.Value, x.slopes) + Times(x.Value, y.slopes));

    /// <inheritdoc cref="op_Multiply(Dual, Dual)"/>
    public static Dual operator *(Dual x, double y) => x.Map(x.Value * y, y);

    /// <inheritdoc cref="op_Multiply(Dual, Dual)"/>
    public static Dual operator *(double x, Dual y) => y.Map(x * y.Value, x);

    /// <summary>x / y.</summary>
    /// <inheritdoc cref="op_Addition(Dual, Dual)"/>
    public static Dual operator /(Dual x, Dual y)
    {
        var quotient = x.Value / y.Value;
        return new(quotient, Times(1 / y.Value, x.slopes) - Times(quotient / y.Value, y.slopes));
    }

    /// <inheritdoc cref="op_Division(Dual, Dual)"/>
    public static Dual operator /(Dual x, double y) => new(x.Value / y, Times(1 / y, x.slopes));

    /// <inheritdoc cref="op_Division(Dual, Dual)"/>
    public static Dual operator /(double x, Dual y) => (Dual)x / y;

    /// <summary>Whether the values are equal.</summary>
    /// <inheritdoc cref="op_Addition(Dual, Dual)"/>
    public static bool operator ==(Dual x, Dual y) => x.Value == y.Value;

    /// <summary>Whether the values differ.</summary>
    /// <inheritdoc cref="op_Addition(Dual, Dual)"/>
    public static bool operator !=(Dual x, Dual y) => x.Value != y.Value;

    /// <summary>Whether the value of x is smaller.</summary>
    /// <inheritdoc cref="op_Addition(Dual, Dual)"/>
    public static bool operator <(Dual x, Dual y) => x.Value < y.Value;

    /// <summary>Whether the value of x is larger.</summary>
    /// <inheritdoc cref="op_Addition(Dual, Dual)"/>
    public static bool operator >(Dual x, Dual y) => x.Value > y.Value;

    /// <summary>Whether the value of x is smaller or equal.</summary>
    /// <inheritdoc cref="op_Addition(Dual, Dual)"/>
    public static bool operator <=(Dual x, Dual y) => x.Value <= y.Value;

    /// <summary>Whether the value of x is larger or equal.</summary>
    /// <inheritdoc cref="op_Addition(Dual, Dual)"/>
    public static bool operator >=(Dual x, Dual y) => x.Value >= y.Value;

    /// <summary>x to a constant power; derivative c·x^(c − 1), and 0 for c = 0.</summary>
    /// <param name="x">The base.</param>
    /// <param name="power">The exponent c.</param>
    /// <returns>The power.</returns>
    public static Dual Pow(Dual x, double power) =>
        x.Map(Math.Pow(x.Value, power), power == 0 ? 0 : power * Math.Pow(x.Value, power - 1));

    /// <summary>x to the power y.</summary>
    /// <param name="x">The base; where y varies, positive.</param>
    /// <param name="y">The exponent.</param>
    /// <returns>The power.</returns>
    public static Dual Pow(Dual x, Dual y)
    {
        var power = Pow(x, y.Value);
        return new(power.Value, power.slopes + Times(power.Value * Math.Log(x.Value), y.slopes));
    }

    /// <summary>A constant to the power y.</summary>
    /// <inheritdoc cref="Pow(Dual, Dual)"/>
    public static Dual Pow(double x, Dual y) => Pow((Dual)x, y);

    /// <summary>√x.</summary>
    /// <param name="x">The operand.</param>
    /// <returns>The value with its derivatives.</returns>
    public static Dual Sqrt(Dual x)
    {
        var root = Math.Sqrt(x.Value);
        return x.Map(root, 0.5 / root);
    }

    /// <summary>eˣ.</summary>
    /// <inheritdoc cref="Sqrt"/>
    public static Dual Exp(Dual x)
    {
        var value = Math.Exp(x.Value);
        return x.Map(value, value);
    }

    /// <summary>The natural logarithm of x.</summary>
    /// <inheritdoc cref="Sqrt"/>
    public static Dual Log(Dual x) => x.Map(Math.Log(x.Value), 1 / x.Value);

    /// <summary>The decimal logarithm of x.</summary>
    /// <inheritdoc cref="Sqrt"/>
    public static Dual Log10(Dual x) => x.Map(Math.Log10(x.Value), 1 / (x.Value * Math.Log(10)));

    /// <summary>sin x.</summary>
    /// <inheritdoc cref="Sqrt"/>
    public static Dual Sin(Dual x) => x.Map(Math.Sin(x.Value), Math.Cos(x.Value));

    /// <summary>cos x.</summary>
    /// <inheritdoc cref="Sqrt"/>
    public static Dual Cos(Dual x) => x.Map(Math.Cos(x.Value), -Math.Sin(x.Value));

    /// <summary>tan x.</summary>
    /// <inheritdoc cref="Sqrt"/>
    public static Dual Tan(Dual x)
    {
        var value = Math.Tan(x.Value);
        return x.Map(value, 1 + (value * value));
    }

    /// <summary>arcsin x.</summary>
    /// <inheritdoc cref="Sqrt"/>
    public static Dual Asin(Dual x) => x.Map(Math.Asin(x.Value), 1 / Math.Sqrt((1 - x.Value) * (1 + x.Value)));

    /// <summary>arccos x.</summary>
    /// <inheritdoc cref="Sqrt"/>
    public static Dual Acos(Dual x) => x.Map(Math.Acos(x.Value), -1 / Math.Sqrt((1 - x.Value) * (1 + x.Value)));

    /// <summary>arctan x.</summary>
    /// <inheritdoc cref="Sqrt"/>
    public static Dual Atan(Dual x) => x.Map(Math.Atan(x.Value), 1 / (1 + (x.Value * x.Value)));

    /// <summary>The angle of the point (x, y).</summary>
    /// <param name="y">The ordinate.</param>
    /// <param name="x">The abscissa.</param>
    /// <returns>The value with its derivatives.</returns>
    public static Dual Atan2(Dual y, Dual x)
    {
        var square = (x.Value * x.Value) + (y.Value * y.Value);
        return new(Math.Atan2(y.Value, x.Value), Times(x.Value / square, y.slopes) - Times(y.Value / square, x.slopes));
    }

    /// <summary>sinh x.</summary>
    /// <inheritdoc cref="Sqrt"/>
    public static Dual Sinh(Dual x) => x.Map(Math.Sinh(x.Value), Math.Cosh(x.Value));

    /// <summary>cosh x.</summary>
    /// <inheritdoc cref="Sqrt"/>
    public static Dual Cosh(Dual x) => x.Map(Math.Cosh(x.Value), Math.Sinh(x.Value));

    /// <summary>tanh x.</summary>
    /// <inheritdoc cref="Sqrt"/>
    public static Dual Tanh(Dual x)
    {
        var value = Math.Tanh(x.Value);
        return x.Map(value, (1 - value) * (1 + value));
    }

    /// <summary>|x|; derivative sign(x), 0 at 0.</summary>
    /// <inheritdoc cref="Sqrt"/>
    public static Dual Abs(Dual x) => x.Map(Math.Abs(x.Value), double.IsNaN(x.Value) ? double.NaN : Math.Sign(x.Value));

    /// <summary>The larger one, the first where they are equal, NaN where one is.</summary>
    /// <param name="x">The first operand.</param>
    /// <param name="y">The second operand.</param>
    /// <returns>One of the two.</returns>
    public static Dual Max(Dual x, Dual y) => x.Value >= y.Value || double.IsNaN(x.Value) ? x : y;

    /// <summary>The smaller one, the first where they are equal, NaN where one is.</summary>
    /// <inheritdoc cref="Max"/>
    public static Dual Min(Dual x, Dual y) => x.Value <= y.Value || double.IsNaN(x.Value) ? x : y;

    /// <summary>−1, 0 or 1; F#'s <c>sign</c>.</summary>
    /// <param name="x">The operand, not NaN.</param>
    /// <returns>The sign of the value.</returns>
    /// <exception cref="ArithmeticException">The value is NaN.</exception>
    public static int Sign(Dual x) => Math.Sign(x.Value);

    /// <summary>x / count; what F#'s <c>average</c> asks for.</summary>
    /// <param name="x">The dividend.</param>
    /// <param name="count">The divisor.</param>
    /// <returns>The quotient.</returns>
    public static Dual DivideByInt(Dual x, int count) => x / count;

    /// <summary>Whether the values are equal; NaN equals NaN.</summary>
    /// <param name="other">The other number.</param>
    /// <returns>Whether they are.</returns>
    public bool Equals(Dual other) => Value.Equals(other.Value);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Dual other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Value.GetHashCode();

    /// <summary>Compares the values.</summary>
    /// <param name="other">The other number.</param>
    /// <returns>Negative, 0 or positive.</returns>
    public int CompareTo(Dual other) => Value.CompareTo(other.Value);

    /// <inheritdoc/>
    public int CompareTo(object? obj) => obj switch
    {
        null => 1,
        Dual other => CompareTo(other),
        _ => throw new ArgumentException($"{obj.GetType().Name} is no Dual.", nameof(obj)),
    };

    /// <summary>The value and the eight derivatives.</summary>
    /// <returns>One line.</returns>
    public override string ToString()
    {
        var copy = slopes;
        var texts = Enumerable.Range(0, Width).Select(i => copy[i].ToString("R", CultureInfo.InvariantCulture));
        return $"{Value.ToString("R", CultureInfo.InvariantCulture)} [{string.Join(", ", texts)}]";
    }

    /// <summary>derivative · slopes, 0 where a slope is 0.</summary>
    private static Vector512<double> Times(double derivative, Vector512<double> slopes) =>
        double.IsFinite(derivative)
            ? slopes * derivative
            : Vector512.ConditionalSelect(Vector512.Equals(slopes, Vector512<double>.Zero), slopes, slopes * derivative);

    private Dual Map(double value, double derivative) => new(value, Times(derivative, slopes));
}
