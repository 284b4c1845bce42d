using System.Runtime.CompilerServices;

namespace OptModels;

/// <summary>
/// Four rows of a matrix at once: the two products that linear models spend their time in. Rows are floats or doubles,
/// sums are doubles. Each row's result has the same bits whatever the other three rows are.
/// </summary>
internal readonly ref struct FourRows<TOctet, T>(
    ReadOnlySpan<T> a, ReadOnlySpan<T> b, ReadOnlySpan<T> c, ReadOnlySpan<T> d)
    where TOctet : struct, IOctet<TOctet>
    where T : unmanaged
{
    private const int Eight = IOctet<TOctet>.Count;
    private readonly ReadOnlySpan<T> a = a, b = b, c = c, d = d;

    /// <summary>results_r = Σ_j row_r[j] · weights[j], in eight interleaved partial sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    internal void Dot(ReadOnlySpan<double> weights, Span<double> results)
    {
        var x0 = a;
        var x1 = b;
        var x2 = c;
        var x3 = d;
        var sum0 = TOctet.Broadcast(0);
        var sum1 = sum0;
        var sum2 = sum0;
        var sum3 = sum0;
        var j = 0;
        for (; j <= weights.Length - Eight; j += Eight)
        {
            var weight = TOctet.Load(weights[j..]);
            sum0 = TOctet.MultiplyAdd(weight, TOctet.Load(x0[j..]), sum0);
            sum1 = TOctet.MultiplyAdd(weight, TOctet.Load(x1[j..]), sum1);
            sum2 = TOctet.MultiplyAdd(weight, TOctet.Load(x2[j..]), sum2);
            sum3 = TOctet.MultiplyAdd(weight, TOctet.Load(x3[j..]), sum3);
        }

        if (j < weights.Length)
        {
            var weight = Padded(weights[j..]);
            sum0 = TOctet.MultiplyAdd(weight, Padded(x0[j..]), sum0);
            sum1 = TOctet.MultiplyAdd(weight, Padded(x1[j..]), sum1);
            sum2 = TOctet.MultiplyAdd(weight, Padded(x2[j..]), sum2);
            sum3 = TOctet.MultiplyAdd(weight, Padded(x3[j..]), sum3);
        }

        (results[0], results[1], results[2], results[3]) = (sum0.Sum(), sum1.Sum(), sum2.Sum(), sum3.Sum());
    }

    /// <summary>target[j] ← target[j] + Σ_r factors_r · row_r[j], added in the order of the rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    internal void AddTo(Span<double> target, ReadOnlySpan<double> factors)
    {
        var x0 = a;
        var x1 = b;
        var x2 = c;
        var x3 = d;
        var f0 = TOctet.Broadcast(factors[0]);
        var f1 = TOctet.Broadcast(factors[1]);
        var f2 = TOctet.Broadcast(factors[2]);
        var f3 = TOctet.Broadcast(factors[3]);
        var j = 0;
        for (; j <= target.Length - Eight; j += Eight)
        {
            var sum = TOctet.MultiplyAdd(f0, TOctet.Load(x0[j..]), TOctet.Load<double>(target[j..]));
            sum = TOctet.MultiplyAdd(f1, TOctet.Load(x1[j..]), sum);
            sum = TOctet.MultiplyAdd(f2, TOctet.Load(x2[j..]), sum);
            TOctet.MultiplyAdd(f3, TOctet.Load(x3[j..]), sum).Store(target[j..]);
        }

        if (j < target.Length)
        {
            var sum = TOctet.MultiplyAdd(f0, Padded(x0[j..]), Padded<double>(target[j..]));
            sum = TOctet.MultiplyAdd(f1, Padded(x1[j..]), sum);
            sum = TOctet.MultiplyAdd(f2, Padded(x2[j..]), sum);
            Span<double> last = stackalloc double[Eight];
            TOctet.MultiplyAdd(f3, Padded(x3[j..]), sum).Store(last);
            last[..(target.Length - j)].CopyTo(target[j..]);
        }
    }

    /// <summary>Up to eight elements, zeros after them.</summary>
    private static TOctet Padded<TElement>(ReadOnlySpan<TElement> source)
        where TElement : unmanaged
    {
        Span<TElement> eight = stackalloc TElement[Eight];
        eight.Clear();
        source.CopyTo(eight);
        return TOctet.Load<TElement>(eight);
    }
}
