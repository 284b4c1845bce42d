using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace OptBench.Contenders;

/// <summary>What <see cref="Vector512"/> does not have for any T.</summary>
internal static class Registers
{
    /// <summary>How a loop is compiled: at once, and apart from its callers.</summary>
    public const MethodImplOptions Loop = MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> All<T>(double value) =>
        typeof(T) == typeof(float) ? Vector512.Create((float)value).As<float, T>() : Vector512.Create(value).As<double, T>();

    /// <summary>a·b + c.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Fma<T>(Vector512<T> a, Vector512<T> b, Vector512<T> c) =>
        typeof(T) == typeof(float)
            ? Vector512.FusedMultiplyAdd(a.AsSingle(), b.AsSingle(), c.AsSingle()).As<float, T>()
            : Vector512.FusedMultiplyAdd(a.AsDouble(), b.AsDouble(), c.AsDouble()).As<double, T>();

    /// <summary>The larger of two numbers without a sign, or NaN: they are in the order of their bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> MaxOfSizes<T>(Vector512<T> a, Vector512<T> b) =>
        typeof(T) == typeof(float)
            ? Vector512.Max(a.AsUInt32(), b.AsUInt32()).As<uint, T>()
            : Vector512.Max(a.AsUInt64(), b.AsUInt64()).As<ulong, T>();

    /// <summary>The nearest number of an interval; NaN stays: of two numbers these instructions return the second where one is
    /// NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Nearest<T>(Vector512<T> low, Vector512<T> high, Vector512<T> x) =>
        Vector512.MaxNative(low, Vector512.MinNative(high, x));

    /// <summary>|a| with the sign of b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> WithSign<T>(Vector512<T> a, Vector512<T> b) => Vector512.ConditionalSelect(All<T>(-0.0), b, a);

    /// <summary>±1; 0 and NaN stay.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Sign<T>(Vector512<T> x) =>
        Vector512.ConditionalSelect(Vector512.LessThan(Vector512<T>.Zero, Vector512.Abs(x)), WithSign(Vector512<T>.One, x), x);

    /// <summary>x^(−1/3) to within 4 %: a third of the exponent.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> GuessInverseCubeRoot<T>(Vector512<T> x)
    {
        if (typeof(T) == typeof(float))
        {
            var magic = Vector512.Create(8388608f);
            var upper = (Vector512.ShiftRightLogical(x.AsUInt32(), 12) | magic.AsUInt32()).AsSingle() - magic;
            var third = Vector512.Create(346655.4f + 8388608f) - (upper * Vector512.Create(1 / 3f));
            return Vector512.ShiftLeft(third.AsUInt32(), 12).AsSingle().As<float, T>();
        }

        var large = Vector512.Create(4503599627370496d);
        var high = (Vector512.ShiftRightLogical(x.AsUInt64(), 32) | large.AsUInt64()).AsDouble() - large;
        var part = Vector512.Create(1430186360.8 + 4503599627370496d) - (high * Vector512.Create(1 / 3d));
        return Vector512.ShiftLeft(part.AsUInt64(), 32).AsDouble().As<double, T>();
    }
}
