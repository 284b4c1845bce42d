using OptCore.Kernels;

namespace OptModels.Networks;

/// <summary>What one layer works on during an evaluation: one row per sample of the block.</summary>
internal sealed class LayerPass
{
    public MatrixView Input { get; set; }

    public MatrixView Output { get; set; }

    /// <summary>None where no layer below has parameters.</summary>
    public MatrixView InputGradient { get; set; }

    public MatrixView OutputGradient { get; set; }

    /// <summary>The layer's part of the point, as one row: the weights, then the biases.</summary>
    public MatrixView Parameters { get; set; }

    /// <summary>The layer's part of the gradient, likewise.</summary>
    public MatrixView Gradient { get; set; }

    public int Threads { get; set; }

    public SharedProduct Product { get; } = new();

    /// <summary>Room for gradients of groups of samples.</summary>
    public AlignedBuffer<double>? Parts { get; set; }

    /// <summary>Places of maxima, one per output.</summary>
    public int[] Places { get; set; } = [];
}
