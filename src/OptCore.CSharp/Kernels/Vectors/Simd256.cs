using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace OptCore.Kernels;

/// <summary>256 bits of <typeparamref name="T"/>.</summary>
/// <typeparam name="T">float or double.</typeparam>
internal readonly struct Simd256<T>(Vector256<T> value) : IVector<Simd256<T>, T>
    where T : unmanaged
{
    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector256<T>.Count;
    }

    public static Simd256<T> Zero
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Vector256<T>.Zero);
    }

    private readonly Vector256<T> Value = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256<T> Broadcast(double value) =>
        typeof(T) == typeof(float)
            ? new(Vector256.Create(Unsafe.BitCast<float, T>((float)value)))
            : new(Vector256.Create(Unsafe.BitCast<double, T>(value)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256<T> operator +(Simd256<T> a, Simd256<T> b) => new(a.Value + b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256<T> operator -(Simd256<T> a, Simd256<T> b) => new(a.Value - b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256<T> operator *(Simd256<T> a, Simd256<T> b) => new(a.Value * b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256<T> operator /(Simd256<T> a, Simd256<T> b) => new(a.Value / b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256<T> Fma(Simd256<T> a, Simd256<T> b, Simd256<T> c) =>
        !Hardware.HasFma
            ? a * b + c
            : typeof(T) == typeof(float)
                ? new(Vector256.FusedMultiplyAdd(a.Value.AsSingle(), b.Value.AsSingle(), c.Value.AsSingle()).As<float, T>())
                : FmaOfDoubles(a, b, c);

    // What is of doubles in the places of every loop stands apart: the types that a method names are loaded even where they are never
    // used, 1 ms of a first step in float.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Simd256<T> FmaOfDoubles(Simd256<T> a, Simd256<T> b, Simd256<T> c) =>
        new(Vector256.FusedMultiplyAdd(a.Value.AsDouble(), b.Value.AsDouble(), c.Value.AsDouble()).As<double, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256<T> Sqrt(Simd256<T> a) => new(Vector256.Sqrt(a.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256<T> Abs(Simd256<T> a) => new(Vector256.Abs(a.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256<T> CopySign(Simd256<T> a, Simd256<T> b) =>
        typeof(T) == typeof(float)
            ? new(Vector256.ConditionalSelect(Vector256.Create(-0f), b.Value.AsSingle(), a.Value.AsSingle()).As<float, T>())
            : new(Vector256.ConditionalSelect(Vector256.Create(-0d), b.Value.AsDouble(), a.Value.AsDouble()).As<double, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256<T> Max(Simd256<T> a, Simd256<T> b) => new(Vector256.Max(a.Value, b.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256<T> MaxOfSizes(Simd256<T> a, Simd256<T> b) =>
        typeof(T) == typeof(float)
            ? new(Vector256.Max(a.Value.AsUInt32(), b.Value.AsUInt32()).As<uint, T>())
            : new(Vector256.Max(a.Value.AsUInt64(), b.Value.AsUInt64()).As<ulong, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256<T> Min(Simd256<T> a, Simd256<T> b) => new(Vector256.Min(a.Value, b.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256<T> Less(Simd256<T> a, Simd256<T> b) => new(Vector256.LessThan(a.Value, b.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256<T> Equal(Simd256<T> a, Simd256<T> b) => new(Vector256.Equals(a.Value, b.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256<T> Select(Simd256<T> mask, Simd256<T> a, Simd256<T> b) =>
        new(Vector256.ConditionalSelect(mask.Value, a.Value, b.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256<T> WhereLess(Simd256<T> a, Simd256<T> b, Simd256<T> x, Simd256<T> y) =>
        new(Vector256.ConditionalSelect(Vector256.LessThan(a.Value, b.Value), x.Value, y.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256<T> WhereEqual(Simd256<T> a, Simd256<T> b, Simd256<T> x, Simd256<T> y) =>
        new(Vector256.ConditionalSelect(Vector256.Equals(a.Value, b.Value), x.Value, y.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256<T> MaxOrSecond(Simd256<T> a, Simd256<T> b) => new(Vector256.MaxNative(a.Value, b.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256<T> MinOrSecond(Simd256<T> a, Simd256<T> b) => new(Vector256.MinNative(a.Value, b.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256<T> First(int count) =>
        typeof(T) == typeof(float)
            ? new(Vector256.LessThan(Vector256<int>.Indices, Vector256.Create(count)).As<int, T>())
            : FirstOfDoubles(count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Simd256<T> FirstOfDoubles(int count) =>
        new(Vector256.LessThan(Vector256<long>.Indices, Vector256.Create((long)count)).As<long, T>());

    // A third of the exponent: the bits of a number are its logarithm, nearly. Their upper half becomes an exact number of the same
    // type through the bits of 2^52 (2^23), is divided there, and comes back the same way.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256<T> GuessInverseCubeRoot(Simd256<T> x)
    {
        if (typeof(T) == typeof(float))
        {
            var magic = Vector256.Create(8388608f);
            var upper = (Vector256.ShiftRightLogical(x.Value.AsUInt32(), 12) | magic.AsUInt32()).AsSingle() - magic;
            var third = Vector256.Create(346655.4f + 8388608f) - (upper * Vector256.Create(1 / 3f));
            return new(Vector256.ShiftLeft(third.AsUInt32(), 12).AsSingle().As<float, T>());
        }

        var large = Vector256.Create(4503599627370496d);
        var high = (Vector256.ShiftRightLogical(x.Value.AsUInt64(), 32) | large.AsUInt64()).AsDouble() - large;
        var part = Vector256.Create(1430186360.8 + 4503599627370496d) - (high * Vector256.Create(1 / 3d));
        return new(Vector256.ShiftLeft(part.AsUInt64(), 32).AsDouble().As<double, T>());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe Simd256<T> Load(T* source) => new(Vector256.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe Simd256<T> Broadcast(T* source) => new(Vector256.Create(*source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Stream(T* target, Simd256<T> value) => value.Value.StoreAlignedNonTemporal(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Store(T* target, Simd256<T> value) => value.Value.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe Simd256<T> Load(T* source, Simd256<T> mask, int count)
    {
        if (Avx.IsSupported)
        {
            return typeof(T) == typeof(float)
                ? new(Avx.MaskLoad((float*)source, mask.Value.AsSingle()).As<float, T>())
                : LoadDoubles(source, mask);
        }

        var buffer = Vector256<T>.Zero;
        Unsafe.CopyBlockUnaligned(&buffer, source, (uint)(count * sizeof(T)));
        return new(buffer);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe Simd256<T> LoadDoubles(T* source, Simd256<T> mask) =>
        new(Avx.MaskLoad((double*)source, mask.Value.AsDouble()).As<double, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe Simd256<T> LoadBehind(T* source, Simd256<T> mask, int count)
    {
        if (Avx.IsSupported)
        {
            return typeof(T) == typeof(float)
                ? new(Avx.MaskLoad((float*)source, ~mask.Value.AsSingle()).As<float, T>())
                : new(Avx.MaskLoad((double*)source, ~mask.Value.AsDouble()).As<double, T>());
        }

        var buffer = Vector256<T>.Zero;
        Unsafe.CopyBlockUnaligned((T*)&buffer + count, source + count, (uint)((Count - count) * sizeof(T)));
        return new(buffer);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Store(T* target, Simd256<T> value, Simd256<T> mask, int count)
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
