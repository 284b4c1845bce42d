using OptCore.Kernels;

namespace OptModels.Networks;

/// <summary>What one layer works on during an evaluation: one row per sample of the block.</summary>
/// <typeparam name="T">The type that it computes in.</typeparam>
internal sealed class LayerPass<T>
    where T : unmanaged
{
    public MatrixView<T> Input { get; set; }

    public MatrixView<T> Output { get; set; }

    /// <summary>None where no layer below has parameters.</summary>
    public MatrixView<T> InputGradient { get; set; }

    public MatrixView<T> OutputGradient { get; set; }

    /// <summary>The layer's part of the point, as one row: the weights, then the biases.</summary>
    public MatrixView<T> Parameters { get; set; }

    /// <summary>The layer's part of the gradient, likewise.</summary>
    public MatrixView<T> Gradient { get; set; }

    public int Threads { get; set; }

    public SharedProduct<T> Product { get; } = new();

    /// <summary>Room for gradients of groups of samples.</summary>
    public AlignedBuffer<T>? Parts { get; set; }

    /// <summary>Places of maxima, one per output.</summary>
    public int[] Places { get; set; } = [];
}
