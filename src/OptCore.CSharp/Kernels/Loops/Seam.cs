using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace OptCore.Kernels;

/// <summary>
/// Where one of the caller's tensors ends and the next one of the layout begins: elements that lie together in the library's vectors,
/// and apart in the caller's memory. They are put together in a register, so that loops see nothing but whole ones.
/// </summary>
/// <remarks>Inlined into loops whose registers a call would spoil.</remarks>
internal static unsafe class Seam
{
    /// <summary>Loads a register whose first elements are one tensor's, and the others the next one's; zeros where there is no
    /// next.</summary>
    /// <param name="one">Where the register's first element is.</param>
    /// <param name="next">Where it would be, if the whole vector lay as the next tensor does; null for none.</param>
    /// <param name="count">How many elements of the one there are, fewer than a register's.</param>
    /// <remarks>Put together in registers: a load of what two stores have just written waits until both are in the cache, and with it
    /// all that follows.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Load<V, T>(T* one, T* next, nint count)
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        if (HasMasks<V, T>())
        {
            // Masks of the hardware from here to there: through a register of the vector type each takes two instructions more.
            return typeof(T) == typeof(float)
                ? Unsafe.BitCast<Vector512<float>, V>(Load((float*)one, (float*)next, (int)count))
                : Unsafe.BitCast<Vector512<double>, V>(Load((double*)one, (double*)next, count));
        }

        var mask = V.First((int)count);
        var first = V.Load(one, mask, (int)count);
        return next is null ? first : V.Select(mask, first, V.LoadBehind(next, mask, (int)count));
    }

    /// <summary>Gathers elements of any tensors, one by one.</summary>
    /// <param name="places">Where tensors are.</param>
    /// <param name="tensor">The index of the first element's tensor, and behind it those that follow.</param>
    /// <param name="start">The first element.</param>
    /// <param name="end">The end of the elements.</param>
    /// <param name="parameters">Receives the parameters.</param>
    /// <param name="gradient">Receives the gradient.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Gather<T>(TensorPlace<T>* places, int* tensor, nint start, nint end, T* parameters, T* gradient)
        where T : unmanaged
    {
        for (var i = start; i < end; i++)
        {
            tensor += places[*tensor].Range.End <= i ? 1 : 0;
            parameters[i - start] = places[*tensor].Parameters[i];
            gradient[i - start] = places[*tensor].Gradient[i];
        }
    }

    /// <summary>Brings parameters back to any tensors, one by one.</summary>
    /// <inheritdoc cref="Gather{T}(TensorPlace{T}*, int*, nint, nint, T*, T*)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scatter<T>(TensorPlace<T>* places, int* tensor, nint start, nint end, T* parameters)
        where T : unmanaged
    {
        for (var i = start; i < end; i++)
        {
            tensor += places[*tensor].Range.End <= i ? 1 : 0;
            places[*tensor].Parameters[i] = parameters[i - start];
        }
    }

    /// <summary>Brings a register back to the two tensors that it is of.</summary>
    /// <param name="value">The register.</param>
    /// <param name="one">Where its first elements go.</param>
    /// <param name="next">Where the first element would go if all went there; null for none.</param>
    /// <param name="count">How many elements go to the first, fewer than a register's, and at least one.</param>
    /// <param name="aside">Where there is room for a register.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<V, T>(V value, T* one, T* next, nint count, T* aside)
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        if (HasMasks<V, T>())
        {
            // As fast as other stores, which they are not elsewhere, and without branches on the count: the processor guesses them wrong.
            if (typeof(T) == typeof(float))
            {
                Store(Unsafe.BitCast<V, Vector512<float>>(value), (float*)one, (float*)next, (int)count);
            }
            else
            {
                Store(Unsafe.BitCast<V, Vector512<double>>(value), (double*)one, (double*)next, count);
            }

            return;
        }

        V.Store(aside, value);
        CopyFew(aside, one, count);
        if (next is not null)
        {
            CopyFew(aside + count, next + count, V.Count - count);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool HasMasks<V, T>()
        where V : struct, IVector<V, T>
        where T : unmanaged =>
        Avx512F.IsSupported && V.Count * sizeof(T) == 64;

    // The next tensor's elements from its first one on, then moved behind the others: a masked load that begins before a tensor also asks
    // for the cache line there.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Load(float* one, float* next, int count)
    {
        var number = Vector512<int>.Indices;
        var first = Avx512F.MaskLoad(one, Vector512.LessThan(number, Vector512.Create(count)).AsSingle(), Vector512<float>.Zero);
        if (next is null)
        {
            return first;
        }

        var head = Avx512F.MaskLoad(
            next + count, Vector512.LessThan(number, Vector512.Create(16 - count)).AsSingle(), Vector512<float>.Zero);
        return first | Avx512F.PermuteVar16x32(head, number - Vector512.Create(count));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> Load(double* one, double* next, long count)
    {
        var number = Vector512<long>.Indices;
        var first = Avx512F.MaskLoad(one, Vector512.LessThan(number, Vector512.Create(count)).AsDouble(), Vector512<double>.Zero);
        if (next is null)
        {
            return first;
        }

        var head = Avx512F.MaskLoad(
            next + count, Vector512.LessThan(number, Vector512.Create(8 - count)).AsDouble(), Vector512<double>.Zero);
        return first | Avx512F.PermuteVar8x64(head, number - Vector512.Create(count));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector512<float> value, float* one, float* next, int count)
    {
        Avx512F.MaskStore(one, Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(count)).AsSingle(), value);
        if (next is not null)
        {
            Avx512F.MaskStore(next, Vector512.GreaterThanOrEqual(Vector512<int>.Indices, Vector512.Create(count)).AsSingle(), value);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector512<double> value, double* one, double* next, long count)
    {
        Avx512F.MaskStore(one, Vector512.LessThan(Vector512<long>.Indices, Vector512.Create(count)).AsDouble(), value);
        if (next is not null)
        {
            Avx512F.MaskStore(next, Vector512.GreaterThanOrEqual(Vector512<long>.Indices, Vector512.Create(count)).AsDouble(), value);
        }
    }

    // Fewer elements than a register has, and at least one, by moves that overlap.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyFew<T>(T* from, T* to, nint count)
        where T : unmanaged
    {
        var bytes = count * sizeof(T);
        byte* source = (byte*)from, target = (byte*)to;
        if (bytes >= 16)
        {
            if (bytes > 32)
            {
                Move<Int128>(source + 16, target + 16);
                Move<Int128>(source + bytes - 32, target + bytes - 32);
            }

            Move<Int128>(source, target);
            Move<Int128>(source + bytes - 16, target + bytes - 16);
        }
        else if (bytes >= 8)
        {
            Move<long>(source, target);
            Move<long>(source + bytes - 8, target + bytes - 8);
        }
        else
        {
            Move<int>(source, target);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Move<B>(byte* source, byte* target)
        where B : unmanaged =>
        Unsafe.WriteUnaligned(target, Unsafe.ReadUnaligned<B>(source));
}
