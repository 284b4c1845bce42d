using OptCore.Kernels;

namespace OptCore;

/// <summary>How a plan runs. Every choice gives the same bits; the defaults are the fastest.</summary>
public sealed record Execution
{
    /// <summary>The defaults: fused loops of the widest vectors of this processor.</summary>
    public static Execution Default { get; } = new();

    /// <summary>
    /// Whether neighbouring kernels are compiled into one loop. Without it they run one after the other over short blocks,
    /// as they do where code cannot be generated (NativeAOT).
    /// </summary>
    public bool Fuse { get; init; } = true;

    /// <summary>The vector width in bits: 128, 256 or 512, at most <see cref="Hardware.VectorBits"/>.</summary>
    public int Bits
    {
        get;
        init => field = value is 128 or 256 or 512 && value <= Hardware.VectorBits
            ? value
            : throw Require.Outside(nameof(Bits), value, $"128, 256 or 512, at most {Hardware.VectorBits} on this processor");
    } = Hardware.VectorBits;

    /// <summary>
    /// The number of threads that may work on one step, ≥ 1; by default one for each processor. Small steps stay on the
    /// caller's thread. Counts above the number of processors are taken as that number.
    /// </summary>
    public int Threads { get; init => field = Require.Count(value, nameof(Threads)); } = Environment.ProcessorCount;

    /// <summary>Whether every step is shared by the threads, without a trial whether that pays: for tests, whose steps are few.</summary>
    internal bool AlwaysShares { get; init; }

    /// <summary>The part of the parameters that a rank steps, where several share them.</summary>
    internal Shard? Shard { get; init; }
}
