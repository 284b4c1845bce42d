using OptCore.Kernels;

namespace OptCore;

/// <summary>The memory of one state: vectors, doubles, integers.</summary>
internal sealed class StateStore<T>(AlignedBuffer<T> buffer, double[] scalars, long[] counts)
    where T : unmanaged
{
    public AlignedBuffer<T> Buffer { get; } = buffer;

    public double[] Scalars { get; } = scalars;

    public long[] Counts { get; } = counts;

    public static StateStore<T> For(Model model) =>
        new(new AlignedBuffer<T>(model.Layout.Length, model.Lanes), new double[model.Scalars], new long[model.Counts]);

    public void CopyNumbersFrom(StateStore<T> other)
    {
        other.Scalars.AsSpan().CopyTo(Scalars);
        other.Counts.AsSpan().CopyTo(Counts);
    }

    public StateStore<T> Copy()
    {
        var copy = new StateStore<T>(new AlignedBuffer<T>(Buffer.Length, Buffer.Vectors), [.. Scalars], [.. Counts]);
        copy.Buffer.CopyFrom(Buffer);
        return copy;
    }
}
