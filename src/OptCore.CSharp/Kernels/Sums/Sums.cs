using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace OptCore.Kernels;

/// <summary>
/// A register of float64 sums of squares. Apart from <see cref="IVector{V, T}"/> because of the time that the just-in-time
/// compiler takes: loading the type of a whole vector takes longer than compiling the loop over these few operations.
/// </summary>
internal unsafe interface ISums<V>
    where V : struct, ISums<V>
{
    /// <summary>The number of sums.</summary>
    static abstract int Count { get; }

    static abstract V operator +(V a, V b);

    /// <summary>sum_i + x_i², the elements widened exactly; with one rounding where the hardware has a fused multiply-add.</summary>
    static abstract V AddSquares<T>(T* values, V sums)
        where T : unmanaged;

    /// <summary>The same for the first <paramref name="count"/> places, fewer than all and at least one; touches no
    /// memory behind.</summary>
    static abstract V AddSquares<T>(T* values, int count, V sums)
        where T : unmanaged;

    /// <summary>The sum of the sums: number i with number i + half, until one is left.</summary>
    static abstract double Fold(V sums);
}

/// <summary>Eight sums, for hardware with 512 bits.</summary>
internal readonly unsafe struct Sums512(Vector512<double> value) : ISums<Sums512>
{
    private readonly Vector512<double> _value = value;

    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 8;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Sums512 operator +(Sums512 a, Sums512 b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Sums512 AddSquares<T>(T* values, Sums512 sums)
        where T : unmanaged
    {
        var x = typeof(T) == typeof(double)
            ? Vector512.Load((double*)values)
            : Avx512F.ConvertToVector512Double(Vector256.Load((float*)values));
        return new(Vector512.FusedMultiplyAdd(x, x, sums._value));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Sums512 AddSquares<T>(T* values, int count, Sums512 sums)
        where T : unmanaged
    {
        var x = typeof(T) == typeof(double)
            ? Avx512F.MaskLoad(
                (double*)values,
                Vector512.LessThan(Vector512<long>.Indices, Vector512.Create((long)count)).AsDouble(),
                Vector512<double>.Zero)
            : Avx512F.ConvertToVector512Double(
                Avx.MaskLoad((float*)values, Vector256.LessThan(Vector256<int>.Indices, Vector256.Create(count)).AsSingle()));
        return new(Vector512.FusedMultiplyAdd(x, x, sums._value));
    }

    /// <summary>The same where the elements from number <paramref name="count"/> on lie in another place.</summary>
    /// <param name="one">Where the first elements are.</param>
    /// <param name="next">Where the first element would be, if all lay as the others do.</param>
    /// <param name="count">How many elements there are at <paramref name="one"/>.</param>
    /// <param name="sums">The sums.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Sums512 AddSquares<T>(T* one, T* next, int count, Sums512 sums)
        where T : unmanaged
    {
        Vector512<double> x;
        if (typeof(T) == typeof(double))
        {
            var mask = Vector512.LessThan(Vector512<long>.Indices, Vector512.Create((long)count)).AsDouble();
            x = Avx512F.MaskLoad((double*)next, ~mask, Avx512F.MaskLoad((double*)one, mask, Vector512<double>.Zero));
        }
        else
        {
            var mask = Vector256.LessThan(Vector256<int>.Indices, Vector256.Create(count)).AsSingle();
            x = Avx512F.ConvertToVector512Double(Avx.MaskLoad((float*)one, mask) | Avx.MaskLoad((float*)next, ~mask));
        }

        return new(Vector512.FusedMultiplyAdd(x, x, sums._value));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Fold(Sums512 sums) => Sums256.Fold(new(sums._value.GetLower() + sums._value.GetUpper()));
}

/// <summary>Four sums, for hardware with 256 bits.</summary>
internal readonly unsafe struct Sums256(Vector256<double> value) : ISums<Sums256>
{
    private readonly Vector256<double> _value = value;

    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 4;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Sums256 operator +(Sums256 a, Sums256 b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Sums256 AddSquares<T>(T* values, Sums256 sums)
        where T : unmanaged
    {
        var x = typeof(T) == typeof(double)
            ? Vector256.Load((double*)values)
            : Avx.ConvertToVector256Double(Vector128.Load((float*)values));
        return new(Vector256.FusedMultiplyAdd(x, x, sums._value));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Sums256 AddSquares<T>(T* values, int count, Sums256 sums)
        where T : unmanaged
    {
        var x = typeof(T) == typeof(double)
            ? Avx.MaskLoad((double*)values, Vector256.LessThan(Vector256<long>.Indices, Vector256.Create((long)count)).AsDouble())
            : Avx.ConvertToVector256Double(
                Avx.MaskLoad((float*)values, Vector128.LessThan(Vector128<int>.Indices, Vector128.Create(count)).AsSingle()));
        return new(Vector256.FusedMultiplyAdd(x, x, sums._value));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Fold(Sums256 sums) => Sums128.Fold(new(sums._value.GetLower() + sums._value.GetUpper()));
}

/// <summary>Two sums, for any hardware.</summary>
internal readonly unsafe struct Sums128(Vector128<double> value) : ISums<Sums128>
{
    private readonly Vector128<double> _value = value;

    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 2;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Sums128 operator +(Sums128 a, Sums128 b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Sums128 AddSquares<T>(T* values, Sums128 sums)
        where T : unmanaged =>
        Add(
            typeof(T) == typeof(double)
                ? Vector128.Load((double*)values)
                : Vector128.WidenLower(Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<double>(values)).AsSingle()),
            sums);

    // Fewer than two are one.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Sums128 AddSquares<T>(T* values, int count, Sums128 sums)
        where T : unmanaged => Add(Vector128.CreateScalar(Reduction.Widen(*values)), sums);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Fold(Sums128 sums) => sums._value.ToScalar() + sums._value.GetElement(1);

    // Not Hardware.HasFma: only what is decided before inlining keeps the software's version, which takes addresses, away.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Sums128 Add(Vector128<double> x, Sums128 sums) =>
        new(Fma.IsSupported || AdvSimd.IsSupported ? Vector128.FusedMultiplyAdd(x, x, sums._value) : (x * x) + sums._value);
}
