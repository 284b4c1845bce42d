using System.Numerics;
using System.Runtime.InteropServices;

namespace OptCore;

/// <content>Adding up and dividing.</content>
internal sealed partial class PartSum<T>
{
    // The last addition and the division are one pass: with two ranks all there is.
    private void Divide(ReadOnlySpan<T> vector, int block, Piece here, int divisor, Span<T> target)
    {
        if (_additions.Count == 0)
        {
            Average(Kept(0, vector, here), [], divisor, target);
            return;
        }

        var (to, from) = _additions[^1];
        if (_additions.Count == 1)
        {
            // Two branches, on two ranks.
            var isFirst = _branches[_ranks.Rank].Start == to;
            Average(
                isFirst ? Kept(0, vector, here) : Received(block, to, here),
                isFirst ? Received(block, from, here) : Kept(0, vector, here),
                divisor,
                target);
            return;
        }

        for (var i = 0; i < _own.Count; i++)
        {
            Kept(i, vector, here).CopyTo(Received(block, _branches[_ranks.Rank].Start + i, here));
        }

        for (var i = 0; i < _additions.Count - 1; i++)
        {
            Add(Received(block, _additions[i].To, here), Received(block, _additions[i].From, here));
        }

        Average(Received(block, to, here), Received(block, from, here), divisor, target);
    }

    private static void Add(Span<T> to, ReadOnlySpan<T> terms)
    {
        ref var a = ref MemoryMarshal.GetReference(to);
        ref var b = ref MemoryMarshal.GetReference(terms[..to.Length]);
        nuint i = 0;
        for (var end = WholeRegisters(to.Length); i < end; i += (nuint)Vector<T>.Count)
        {
            (Vector.LoadUnsafe(ref a, i) + Vector.LoadUnsafe(ref b, i)).StoreUnsafe(ref a, i);
        }

        for (var rest = (int)i; rest < to.Length; rest++)
        {
            to[rest] += terms[rest];
        }
    }

    // (a + b) / k, or a / k without b. A power of two divides as exactly by its inverse. Slices are checked once: in the loop they took as
    // long as its memory.
    private static void Average(ReadOnlySpan<T> a, ReadOnlySpan<T> b, int parts, Span<T> mean)
    {
        a = a[..mean.Length];
        if (b.IsEmpty)
        {
            Divide(a, parts, mean);
            return;
        }

        var divisor = T.CreateTruncating(parts);
        ref var x = ref MemoryMarshal.GetReference(a);
        ref var y = ref MemoryMarshal.GetReference(b[..mean.Length]);
        ref var to = ref MemoryMarshal.GetReference(mean);
        var (end, i) = (WholeRegisters(mean.Length), (nuint)0);
        if (BitOperations.IsPow2(parts))
        {
            for (var inverse = new Vector<T>(T.One / divisor); i < end; i += (nuint)Vector<T>.Count)
            {
                ((Vector.LoadUnsafe(ref x, i) + Vector.LoadUnsafe(ref y, i)) * inverse).StoreUnsafe(ref to, i);
            }
        }
        else
        {
            for (var all = new Vector<T>(divisor); i < end; i += (nuint)Vector<T>.Count)
            {
                ((Vector.LoadUnsafe(ref x, i) + Vector.LoadUnsafe(ref y, i)) / all).StoreUnsafe(ref to, i);
            }
        }

        for (var rest = (int)i; rest < mean.Length; rest++)
        {
            mean[rest] = (a[rest] + b[rest]) / divisor;
        }
    }

    private static void Divide(ReadOnlySpan<T> a, int parts, Span<T> mean)
    {
        var divisor = T.CreateTruncating(parts);
        var all = new Vector<T>(divisor);
        ref var x = ref MemoryMarshal.GetReference(a);
        ref var to = ref MemoryMarshal.GetReference(mean);
        nuint i = 0;
        for (var end = WholeRegisters(mean.Length); i < end; i += (nuint)Vector<T>.Count)
        {
            (Vector.LoadUnsafe(ref x, i) / all).StoreUnsafe(ref to, i);
        }

        for (var rest = (int)i; rest < mean.Length; rest++)
        {
            mean[rest] = a[rest] / divisor;
        }
    }

    private static nuint WholeRegisters(int length) => (nuint)(length - (length % Vector<T>.Count));
}
