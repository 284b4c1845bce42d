using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace OptCore.Kernels;

/// <summary>512 bits of <typeparamref name="T"/>.</summary>
/// <typeparam name="T">float or double.</typeparam>
internal readonly struct Simd512<T>(Vector512<T> value) : IVector<Simd512<T>, T>
    where T : unmanaged
{
    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512<T>.Count;
    }

    public static Simd512<T> Zero
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Vector512<T>.Zero);
    }

    internal readonly Vector512<T> Value = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512<T> Broadcast(double value) =>
        typeof(T) == typeof(float)
            ? new(Vector512.Create(Unsafe.BitCast<float, T>((float)value)))
            : new(Vector512.Create(Unsafe.BitCast<double, T>(value)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512<T> operator +(Simd512<T> a, Simd512<T> b) => new(a.Value + b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512<T> operator -(Simd512<T> a, Simd512<T> b) => new(a.Value - b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512<T> operator *(Simd512<T> a, Simd512<T> b) => new(a.Value * b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512<T> operator /(Simd512<T> a, Simd512<T> b) => new(a.Value / b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512<T> Fma(Simd512<T> a, Simd512<T> b, Simd512<T> c) =>
        typeof(T) == typeof(float)
            ? new(Vector512.FusedMultiplyAdd(a.Value.AsSingle(), b.Value.AsSingle(), c.Value.AsSingle()).As<float, T>())
            : FmaOfDoubles(a, b, c);

    // What is of doubles in the places of every loop stands apart: the types that a method names are loaded even where they are never
    // used, 1 ms of a first step in float.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Simd512<T> FmaOfDoubles(Simd512<T> a, Simd512<T> b, Simd512<T> c) =>
        new(Vector512.FusedMultiplyAdd(a.Value.AsDouble(), b.Value.AsDouble(), c.Value.AsDouble()).As<double, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512<T> Sqrt(Simd512<T> a) => new(Vector512.Sqrt(a.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512<T> Abs(Simd512<T> a) => new(Vector512.Abs(a.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512<T> CopySign(Simd512<T> a, Simd512<T> b) =>
        typeof(T) == typeof(float)
            ? new(Vector512.ConditionalSelect(Vector512.Create(-0f), b.Value.AsSingle(), a.Value.AsSingle()).As<float, T>())
            : new(Vector512.ConditionalSelect(Vector512.Create(-0d), b.Value.AsDouble(), a.Value.AsDouble()).As<double, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512<T> Max(Simd512<T> a, Simd512<T> b) => new(Vector512.Max(a.Value, b.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512<T> MaxOfSizes(Simd512<T> a, Simd512<T> b) =>
        typeof(T) == typeof(float)
            ? new(Vector512.Max(a.Value.AsUInt32(), b.Value.AsUInt32()).As<uint, T>())
            : new(Vector512.Max(a.Value.AsUInt64(), b.Value.AsUInt64()).As<ulong, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512<T> Min(Simd512<T> a, Simd512<T> b) => new(Vector512.Min(a.Value, b.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512<T> Less(Simd512<T> a, Simd512<T> b) => new(Vector512.LessThan(a.Value, b.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512<T> Equal(Simd512<T> a, Simd512<T> b) => new(Vector512.Equals(a.Value, b.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512<T> Select(Simd512<T> mask, Simd512<T> a, Simd512<T> b) =>
        new(Vector512.ConditionalSelect(mask.Value, a.Value, b.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512<T> WhereLess(Simd512<T> a, Simd512<T> b, Simd512<T> x, Simd512<T> y) =>
        new(Vector512.ConditionalSelect(Vector512.LessThan(a.Value, b.Value), x.Value, y.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512<T> WhereEqual(Simd512<T> a, Simd512<T> b, Simd512<T> x, Simd512<T> y) =>
        new(Vector512.ConditionalSelect(Vector512.Equals(a.Value, b.Value), x.Value, y.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512<T> MaxOrSecond(Simd512<T> a, Simd512<T> b) => new(Vector512.MaxNative(a.Value, b.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512<T> MinOrSecond(Simd512<T> a, Simd512<T> b) => new(Vector512.MinNative(a.Value, b.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512<T> First(int count) =>
        typeof(T) == typeof(float)
            ? new(Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(count)).As<int, T>())
            : FirstOfDoubles(count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Simd512<T> FirstOfDoubles(int count) =>
        new(Vector512.LessThan(Vector512<long>.Indices, Vector512.Create((long)count)).As<long, T>());

    // A third of the exponent: the bits of a number are its logarithm, nearly. Their upper half becomes an exact number of the same
    // type through the bits of 2^52 (2^23), is divided there, and comes back the same way.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512<T> GuessInverseCubeRoot(Simd512<T> x)
    {
        if (typeof(T) == typeof(float))
        {
            var magic = Vector512.Create(8388608f);
            var upper = (Vector512.ShiftRightLogical(x.Value.AsUInt32(), 12) | magic.AsUInt32()).AsSingle() - magic;
            var third = Vector512.Create(346655.4f + 8388608f) - (upper * Vector512.Create(1 / 3f));
            return new(Vector512.ShiftLeft(third.AsUInt32(), 12).AsSingle().As<float, T>());
        }

        var large = Vector512.Create(4503599627370496d);
        var high = (Vector512.ShiftRightLogical(x.Value.AsUInt64(), 32) | large.AsUInt64()).AsDouble() - large;
        var part = Vector512.Create(1430186360.8 + 4503599627370496d) - (high * Vector512.Create(1 / 3d));
        return new(Vector512.ShiftLeft(part.AsUInt64(), 32).AsDouble().As<double, T>());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe Simd512<T> Load(T* source) => new(Vector512.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe Simd512<T> Broadcast(T* source) => new(Vector512.Create(*source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Stream(T* target, Simd512<T> value) => value.Value.StoreAlignedNonTemporal(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Store(T* target, Simd512<T> value) => value.Value.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe Simd512<T> Load(T* source, Simd512<T> mask, int count)
    {
        if (Avx512F.IsSupported)
        {
            return typeof(T) == typeof(float)
                ? new(Avx512F.MaskLoad((float*)source, mask.Value.AsSingle(), Vector512<float>.Zero).As<float, T>())
                : LoadDoubles(source, mask);
        }

        var buffer = Vector512<T>.Zero;
        Unsafe.CopyBlockUnaligned(&buffer, source, (uint)(count * sizeof(T)));
        return new(buffer);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe Simd512<T> LoadDoubles(T* source, Simd512<T> mask) =>
        new(Avx512F.MaskLoad((double*)source, mask.Value.AsDouble(), Vector512<double>.Zero).As<double, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe Simd512<T> LoadBehind(T* source, Simd512<T> mask, int count)
    {
        if (Avx512F.IsSupported)
        {
            return typeof(T) == typeof(float)
                ? new(Avx512F.MaskLoad((float*)source, ~mask.Value.AsSingle(), Vector512<float>.Zero).As<float, T>())
                : new(Avx512F.MaskLoad((double*)source, ~mask.Value.AsDouble(), Vector512<double>.Zero).As<double, T>());
        }

        var buffer = Vector512<T>.Zero;
        Unsafe.CopyBlockUnaligned((T*)&buffer + count, source + count, (uint)((Count - count) * sizeof(T)));
        return new(buffer);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Store(T* target, Simd512<T> value, Simd512<T> mask, int count)
    {
        if (Avx512F.IsSupported)
        {
            if (typeof(T) == typeof(float))
            {
                Avx512F.MaskStore((float*)target, mask.Value.AsSingle(), value.Value.AsSingle());
            }
            else
            {
                Avx512F.MaskStore((double*)target, mask.Value.AsDouble(), value.Value.AsDouble());
            }
        }
        else
        {
            var buffer = value.Value;
            Unsafe.CopyBlockUnaligned(target, &buffer, (uint)(count * sizeof(T)));
        }
    }
}
