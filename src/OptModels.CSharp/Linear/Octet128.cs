using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace OptModels;

/// <summary>Eight doubles in four registers of 128 bits.</summary>
internal readonly struct Octet128(
    Vector128<double> a, Vector128<double> b, Vector128<double> c, Vector128<double> d) : IOctet<Octet128>
{
    private readonly Vector128<double> a = a, b = b, c = c, d = d;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Octet128 Load<T>(ReadOnlySpan<T> source)
        where T : unmanaged
    {
        if (typeof(T) == typeof(float))
        {
            var floats = MemoryMarshal.Cast<T, float>(source);
            var (x0, x1) = Vector128.Widen(Vector128.Create(floats));
            var (x2, x3) = Vector128.Widen(Vector128.Create(floats[4..]));
            return new(x0, x1, x2, x3);
        }

        var doubles = MemoryMarshal.Cast<T, double>(source);
        return new(
            Vector128.Create(doubles),
            Vector128.Create(doubles[2..]),
            Vector128.Create(doubles[4..]),
            Vector128.Create(doubles[6..]));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Octet128 Broadcast(double value)
    {
        var all = Vector128.Create(value);
        return new(all, all, all, all);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Octet128 MultiplyAdd(Octet128 x, Octet128 y, Octet128 z) => new(
        Vector128.MultiplyAddEstimate(x.a, y.a, z.a),
        Vector128.MultiplyAddEstimate(x.b, y.b, z.b),
        Vector128.MultiplyAddEstimate(x.c, y.c, z.c),
        Vector128.MultiplyAddEstimate(x.d, y.d, z.d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(Span<double> target)
    {
        a.CopyTo(target);
        b.CopyTo(target[2..]);
        c.CopyTo(target[4..]);
        d.CopyTo(target[6..]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double Sum()
    {
        var two = (a + c) + (b + d);
        return two[0] + two[1];
    }
}
