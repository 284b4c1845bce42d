using OptCore.Kernels;

namespace OptCore;

/// <summary>A rule on all tensors in scope together, with their slots.</summary>
/// <typeparam name="T">The element type.</typeparam>
/// <param name="tensors">The tensors; valid during the call only.</param>
public delegate void JointRule<T>(JointStep<T> tensors)
    where T : unmanaged;

/// <summary>All tensors in scope of a step, for rules that couple them.</summary>
/// <typeparam name="T">The element type.</typeparam>
public readonly ref struct JointStep<T>
    where T : unmanaged
{
    private readonly ReadOnlySpan<int> _indices;
    private readonly IReadOnlyList<TensorInfo> _tensors;
    private readonly StepMemory<T> _memory;
    private readonly Source _parameters;
    private readonly IReadOnlyList<int[]> _shapes;
    private readonly ISlotsOfTensors<T> _slots;

    internal JointStep(
        ReadOnlySpan<int> indices,
        IReadOnlyList<TensorInfo> tensors,
        StepMemory<T> memory,
        Source parameters,
        IReadOnlyList<int[]> shapes,
        ISlotsOfTensors<T> slots)
    {
        _shapes = shapes;
        _indices = indices;
        _tensors = tensors;
        _memory = memory;
        _parameters = parameters;
        _slots = slots;
    }

    /// <summary>The number of tensors in scope.</summary>
    public int Count => _indices.Length;

    /// <summary>The scalars of the step.</summary>
    public StepContext Step => _memory.Context;

    /// <summary>One tensor, until the next one is asked for.</summary>
    /// <param name="index">Its place in the scope, in the order of the layout.</param>
    public TensorStep<T> this[int index]
    {
        get
        {
            var tensor = _indices[index];
            var range = new ElementRange(_tensors[tensor].Offset, _tensors[tensor].End);
            Step.Tensor = tensor;
            return new(
                _shapes[tensor],
                range.Of(_memory[Source.Update]),
                _memory.Of(_parameters, tensor, range),
                Step,
                _slots,
                range.Start);
        }
    }
}
