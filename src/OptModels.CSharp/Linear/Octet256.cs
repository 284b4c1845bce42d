using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace OptModels;

/// <summary>Eight doubles in two registers of 256 bits.</summary>
internal readonly struct Octet256(Vector256<double> low, Vector256<double> high) : IOctet<Octet256>
{
    private readonly Vector256<double> low = low, high = high;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Octet256 Load<T>(ReadOnlySpan<T> source)
        where T : unmanaged
    {
        if (typeof(T) == typeof(float))
        {
            var (lower, upper) = Vector256.Widen(Vector256.Create(MemoryMarshal.Cast<T, float>(source)));
            return new(lower, upper);
        }

        var doubles = MemoryMarshal.Cast<T, double>(source);
        return new(Vector256.Create(doubles), Vector256.Create(doubles[4..]));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Octet256 Broadcast(double value) => new(Vector256.Create(value), Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Octet256 MultiplyAdd(Octet256 a, Octet256 b, Octet256 c) =>
        new(Vector256.MultiplyAddEstimate(a.low, b.low, c.low), Vector256.MultiplyAddEstimate(a.high, b.high, c.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(Span<double> target)
    {
        low.CopyTo(target);
        high.CopyTo(target[4..]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double Sum()
    {
        var four = low + high;
        var two = four.GetLower() + four.GetUpper();
        return two[0] + two[1];
    }
}
