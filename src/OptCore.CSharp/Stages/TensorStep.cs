using OptCore.Kernels;

namespace OptCore;

/// <summary>A rule on one whole tensor of the update.</summary>
/// <typeparam name="T">The element type.</typeparam>
/// <param name="tensor">The tensor; valid during the call only.</param>
public delegate void TensorRule<T>(TensorStep<T> tensor)
    where T : unmanaged;

/// <summary>A rule on all elements in scope as one vector.</summary>
/// <typeparam name="T">The element type.</typeparam>
/// <param name="vector">The elements, in the order of the tensors, to be changed.</param>
/// <param name="step">The scalars of the step.</param>
public delegate void VectorRule<T>(Span<T> vector, StepContext step);

/// <summary>A rule on one whole tensor of a vector.</summary>
/// <typeparam name="T">The element type.</typeparam>
/// <param name="shape">Its shape, row-major; empty for a scalar.</param>
/// <param name="elements">Its elements, to be changed.</param>
internal delegate void ShapeRule<T>(ReadOnlySpan<int> shape, Span<T> elements)
    where T : unmanaged;

/// <summary>What a rule on tensors works on: one tensor of a step.</summary>
/// <typeparam name="T">The element type.</typeparam>
public readonly ref struct TensorStep<T>
    where T : unmanaged
{
    private readonly ISlotsOfTensors<T> _slots;

    internal TensorStep(
        ReadOnlySpan<int> shape, Span<T> update, ReadOnlySpan<T> parameters, StepContext step, ISlotsOfTensors<T> slots, int offset)
    {
        Offset = offset;
        Shape = shape;
        Update = update;
        Parameters = parameters;
        Step = step;
        _slots = slots;
    }

    /// <summary>The tensor's shape, row-major; empty for a scalar.</summary>
    public ReadOnlySpan<int> Shape { get; }

    /// <summary>The place of the tensor's first element among all parameters.</summary>
    public int Offset { get; }

    /// <summary>The running update, to be changed.</summary>
    public Span<T> Update { get; }

    /// <summary>The parameters before the step.</summary>
    public ReadOnlySpan<T> Parameters { get; }

    /// <summary>The scalars of the step, with <see cref="StepContext.Tensor"/> and the tensor's rate set.</summary>
    public StepContext Step { get; }

    /// <summary>A slot of this tensor, to be read and changed.</summary>
    /// <param name="index">Its place among the names given to <see cref="StageBuilder{V, T}.Tensors"/>.</param>
    /// <returns>The slot's elements, row-major in <see cref="SlotShape"/>.</returns>
    public Span<T> Slot(int index) => _slots.Slot(index, Step.Tensor);

    /// <summary>The shape of a slot of this tensor.</summary>
    /// <inheritdoc cref="Slot"/>
    /// <returns>The shape, row-major; empty for a single number.</returns>
    public ReadOnlySpan<int> SlotShape(int index) => _slots.Shape(index, Step.Tensor);
}

/// <summary>Where rules on tensors find their slots.</summary>
internal interface ISlotsOfTensors<T>
{
    Span<T> Slot(int index, int tensor);

    ReadOnlySpan<int> Shape(int index, int tensor);
}
