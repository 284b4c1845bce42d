using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace OptCore.Kernels;

/// <summary>128 bits of <typeparamref name="T"/>.</summary>
/// <typeparam name="T">float or double.</typeparam>
internal readonly struct Simd128<T>(Vector128<T> value) : IVector<Simd128<T>, T>
    where T : unmanaged
{
    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector128<T>.Count;
    }

    public static Simd128<T> Zero
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Vector128<T>.Zero);
    }

    private readonly Vector128<T> Value = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128<T> Broadcast(double value) =>
        typeof(T) == typeof(float)
            ? new(Vector128.Create(Unsafe.BitCast<float, T>((float)value)))
            : new(Vector128.Create(Unsafe.BitCast<double, T>(value)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128<T> operator +(Simd128<T> a, Simd128<T> b) => new(a.Value + b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128<T> operator -(Simd128<T> a, Simd128<T> b) => new(a.Value - b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128<T> operator *(Simd128<T> a, Simd128<T> b) => new(a.Value * b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128<T> operator /(Simd128<T> a, Simd128<T> b) => new(a.Value / b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128<T> Fma(Simd128<T> a, Simd128<T> b, Simd128<T> c) =>
        !Hardware.HasFma
            ? a * b + c
            : typeof(T) == typeof(float)
                ? new(Vector128.FusedMultiplyAdd(a.Value.AsSingle(), b.Value.AsSingle(), c.Value.AsSingle()).As<float, T>())
                : FmaOfDoubles(a, b, c);

    // What is of doubles in the places of every loop stands apart: the types that a method names are loaded even where they are never
    // used, 1 ms of a first step in float.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Simd128<T> FmaOfDoubles(Simd128<T> a, Simd128<T> b, Simd128<T> c) =>
        new(Vector128.FusedMultiplyAdd(a.Value.AsDouble(), b.Value.AsDouble(), c.Value.AsDouble()).As<double, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128<T> Sqrt(Simd128<T> a) => new(Vector128.Sqrt(a.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128<T> Abs(Simd128<T> a) => new(Vector128.Abs(a.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128<T> CopySign(Simd128<T> a, Simd128<T> b) =>
        typeof(T) == typeof(float)
            ? new(Vector128.ConditionalSelect(Vector128.Create(-0f), b.Value.AsSingle(), a.Value.AsSingle()).As<float, T>())
            : new(Vector128.ConditionalSelect(Vector128.Create(-0d), b.Value.AsDouble(), a.Value.AsDouble()).As<double, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128<T> Max(Simd128<T> a, Simd128<T> b) => new(Vector128.Max(a.Value, b.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128<T> MaxOfSizes(Simd128<T> a, Simd128<T> b) =>
        typeof(T) == typeof(float)
            ? new(Vector128.Max(a.Value.AsUInt32(), b.Value.AsUInt32()).As<uint, T>())
            : new(Vector128.Max(a.Value.AsUInt64(), b.Value.AsUInt64()).As<ulong, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128<T> Min(Simd128<T> a, Simd128<T> b) => new(Vector128.Min(a.Value, b.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128<T> Less(Simd128<T> a, Simd128<T> b) => new(Vector128.LessThan(a.Value, b.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128<T> Equal(Simd128<T> a, Simd128<T> b) => new(Vector128.Equals(a.Value, b.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128<T> Select(Simd128<T> mask, Simd128<T> a, Simd128<T> b) =>
        new(Vector128.ConditionalSelect(mask.Value, a.Value, b.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128<T> WhereLess(Simd128<T> a, Simd128<T> b, Simd128<T> x, Simd128<T> y) =>
        new(Vector128.ConditionalSelect(Vector128.LessThan(a.Value, b.Value), x.Value, y.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128<T> WhereEqual(Simd128<T> a, Simd128<T> b, Simd128<T> x, Simd128<T> y) =>
        new(Vector128.ConditionalSelect(Vector128.Equals(a.Value, b.Value), x.Value, y.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128<T> MaxOrSecond(Simd128<T> a, Simd128<T> b) => new(Vector128.MaxNative(a.Value, b.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128<T> MinOrSecond(Simd128<T> a, Simd128<T> b) => new(Vector128.MinNative(a.Value, b.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128<T> First(int count) =>
        typeof(T) == typeof(float)
            ? new(Vector128.LessThan(Vector128<int>.Indices, Vector128.Create(count)).As<int, T>())
            : FirstOfDoubles(count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Simd128<T> FirstOfDoubles(int count) =>
        new(Vector128.LessThan(Vector128<long>.Indices, Vector128.Create((long)count)).As<long, T>());

    // A third of the exponent: the bits of a number are its logarithm, nearly. Their upper half becomes an exact number of the same
    // type through the bits of 2^52 (2^23), is divided there, and comes back the same way.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128<T> GuessInverseCubeRoot(Simd128<T> x)
    {
        if (typeof(T) == typeof(float))
        {
            var magic = Vector128.Create(8388608f);
            var upper = (Vector128.ShiftRightLogical(x.Value.AsUInt32(), 12) | magic.AsUInt32()).AsSingle() - magic;
            var third = Vector128.Create(346655.4f + 8388608f) - (upper * Vector128.Create(1 / 3f));
            return new(Vector128.ShiftLeft(third.AsUInt32(), 12).AsSingle().As<float, T>());
        }

        var large = Vector128.Create(4503599627370496d);
        var high = (Vector128.ShiftRightLogical(x.Value.AsUInt64(), 32) | large.AsUInt64()).AsDouble() - large;
        var part = Vector128.Create(1430186360.8 + 4503599627370496d) - (high * Vector128.Create(1 / 3d));
        return new(Vector128.ShiftLeft(part.AsUInt64(), 32).AsDouble().As<double, T>());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe Simd128<T> Load(T* source) => new(Vector128.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe Simd128<T> Broadcast(T* source) => new(Vector128.Create(*source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Stream(T* target, Simd128<T> value) => value.Value.StoreAlignedNonTemporal(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Store(T* target, Simd128<T> value) => value.Value.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe Simd128<T> Load(T* source, Simd128<T> mask, int count)
    {
        if (Avx.IsSupported)
        {
            return typeof(T) == typeof(float)
                ? new(Avx.MaskLoad((float*)source, mask.Value.AsSingle()).As<float, T>())
                : LoadDoubles(source, mask);
        }

        var buffer = Vector128<T>.Zero;
        Unsafe.CopyBlockUnaligned(&buffer, source, (uint)(count * sizeof(T)));
        return new(buffer);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe Simd128<T> LoadDoubles(T* source, Simd128<T> mask) =>
        new(Avx.MaskLoad((double*)source, mask.Value.AsDouble()).As<double, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe Simd128<T> LoadBehind(T* source, Simd128<T> mask, int count)
    {
        if (Avx.IsSupported)
        {
            return typeof(T) == typeof(float)
                ? new(Avx.MaskLoad((float*)source, ~mask.Value.AsSingle()).As<float, T>())
                : new(Avx.MaskLoad((double*)source, ~mask.Value.AsDouble()).As<double, T>());
        }

        var buffer = Vector128<T>.Zero;
        Unsafe.CopyBlockUnaligned((T*)&buffer + count, source + count, (uint)((Count - count) * sizeof(T)));
        return new(buffer);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Store(T* target, Simd128<T> value, Simd128<T> mask, int count)
    {
        if (Avx.IsSupported)
        {
            if (typeof(T) == typeof(float))
            {
                Avx.MaskStore((float*)target, mask.Value.AsSingle(), value.Value.AsSingle());
            }
            else
            {
                Avx.MaskStore((double*)target, mask.Value.AsDouble(), value.Value.AsDouble());
            }
        }
        else
        {
            var buffer = value.Value;
            Unsafe.CopyBlockUnaligned(target, &buffer, (uint)(count * sizeof(T)));
        }
    }
}
