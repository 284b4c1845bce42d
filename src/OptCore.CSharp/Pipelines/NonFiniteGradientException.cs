namespace OptCore;

/// <summary>Thrown by a step under <c>skipNonFinite n</c> at the n-th non-finite gradient in a row. The state is unchanged.</summary>
public sealed class NonFiniteGradientException : ArithmeticException
{
    internal NonFiniteGradientException(TensorInfo tensor, int element, long step, long count)
        : base($"The gradient of \"{tensor.Name}\" is not finite at index {element - tensor.Offset} (step {step}){Row(count)}.")
    {
        Tensor = tensor.Name;
        Index = element - tensor.Offset;
        Step = step;
    }

    private static string Row(long count) => count == 1 ? "" : $"; {count} gradients in a row were not";

    /// <summary>The name of the first tensor whose gradient is not finite.</summary>
    public string Tensor { get; }

    /// <summary>The index of the first such element within the tensor.</summary>
    public int Index { get; }

    /// <summary>t, the number of updates applied before.</summary>
    public long Step { get; }
}
