using System.Runtime.CompilerServices;

namespace OptCore.Kernels;

/// <summary>Σ u² and Σ p² over a chunk; 0 for what was not measured.</summary>
internal readonly record struct Squares(double Update, double Parameters);

/// <summary>
/// What a loop sums up on its way, for norms: squares of what it has in registers at the end of its chain, over one chunk of
/// <see cref="Reduction"/> and with its bits. Begins as the default.
/// </summary>
internal interface IMeter<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged
{
    /// <summary>The sums of all squares added.</summary>
    Squares Total { get; }

    /// <summary>Adds the squares of the next register of elements.</summary>
    /// <param name="u">The update.</param>
    /// <param name="p">The parameters.</param>
    /// <param name="left">The number of elements that the chunk has from there; may be more than a register's.</param>
    void Add(V u, V p, nint left);
}

/// <summary>Measures nothing.</summary>
internal readonly struct NoMeter<V, T> : IMeter<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged
{
    public Squares Total
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => default;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(V u, V p, nint left)
    {
    }
}
