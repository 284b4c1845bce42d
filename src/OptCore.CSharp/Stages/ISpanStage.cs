using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// A stage given by a function on spans of doubles: the plain way to write one's own. It is called once per step with all
/// elements in scope as one vector (a barrier: the pipeline is cut there); in a float pipeline the elements are converted,
/// exactly, before and rounded after.
/// </summary>
public interface ISpanStage : IStage
{
    /// <summary>
    /// Changes the update (phases Gradient to Update) or the parameters (phases Constraint and Iterate) in place.
    /// </summary>
    /// <param name="step">The vectors, the slots and the scalars of this step.</param>
    void Apply(SpanStep step);
}

/// <summary>A tensor in the scope of an <see cref="ISpanStage"/>.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Shape">Its shape, row-major; empty for a scalar.</param>
/// <param name="Start">The index of its first element in the vectors of the step.</param>
/// <param name="Length">The number of its elements.</param>
public sealed record SpanTensor(string Name, IReadOnlyList<int> Shape, int Start, int Length);

/// <summary>What a <see cref="ISpanStage"/> works on in one step. Valid during the call only.</summary>
public readonly ref struct SpanStep
{
    private readonly SpanSlot[] _slots;
    private readonly StepContext _step;

    internal SpanStep(Span<double> update, Span<double> parameters, SpanSlot[] slots, IReadOnlyList<SpanTensor> tensors, StepContext step)
    {
        Update = update;
        Parameters = parameters;
        Tensors = tensors;
        _slots = slots;
        _step = step;
    }

    /// <summary>The running update, to be changed in the phases Gradient to Update.</summary>
    public Span<double> Update { get; }

    /// <summary>The parameters; to be changed in the phases Constraint and Iterate only.</summary>
    public Span<double> Parameters { get; }

    /// <summary>The tensors in scope, in the order of their elements in the vectors.</summary>
    public IReadOnlyList<SpanTensor> Tensors { get; }

    /// <summary>k = t + 1, the number of this update.</summary>
    public long Number => _step.Number;

    /// <summary>η_t of the first tensor in scope.</summary>
    public double Rate => _step.Rate;

    /// <summary>The loss handed to this step; NaN if none was. A stage that needs one says <see cref="StageTraits.NeedsLoss"/>.</summary>
    public double Loss => _step.Loss;

    /// <summary>
    /// A slot of the stage, to be read and changed: as long as the vectors for <see cref="SlotKind.Element"/>, one number per tensor of
    /// the layout for <see cref="SlotKind.PerTensor"/>, the tensors' pieces one after the other for <see cref="SlotKind.Shaped"/>, of
    /// length 1 for a scalar.
    /// </summary>
    /// <param name="name">The slot's name.</param>
    /// <returns>The slot's values.</returns>
    /// <exception cref="ArgumentException">The stage lists no slot of that name, or it is a counter: see <see cref="Count"/>.</exception>
    public Span<double> Slot(string name) => Doubles(name).Values;

    /// <summary>A counter or the state of a random generator, to be read and changed: one 64-bit integer, exactly.</summary>
    /// <param name="name">The slot's name.</param>
    /// <returns>The slot's value, a span of length 1.</returns>
    /// <exception cref="ArgumentException">The stage lists no counter of that name.</exception>
    public Span<long> Count(string name) => Find(name) is { Counts: true } slot
        ? slot.Integers
        : throw new ArgumentException($"The slot \"{name}\" holds doubles; ask for it with Slot.", nameof(name));

    /// <summary>One tensor's part of a slot with numbers per parameter, per tensor, or with shapes of its own.</summary>
    /// <param name="name">The slot's name.</param>
    /// <param name="tensor">The place of the tensor in <see cref="Tensors"/>.</param>
    /// <returns>The part's values.</returns>
    /// <exception cref="ArgumentException">The stage lists no slot of that name.</exception>
    public Span<double> Slot(string name, int tensor) => Doubles(name).Part(tensor);

    private SpanSlot Doubles(string name) => Find(name) is { Counts: false } slot
        ? slot
        : throw new ArgumentException($"The slot \"{name}\" is a 64-bit integer; ask for it with Count.", nameof(name));

    private SpanSlot Find(string name)
    {
        foreach (var slot in _slots)
        {
            if (slot.Name == name)
            {
                return slot;
            }
        }

        var names = _slots.Length == 0 ? "none" : string.Join(", ", _slots.Select(slot => slot.Name));
        throw new ArgumentException($"The stage lists no slot \"{name}\"; it has: {names}.", nameof(name));
    }
}
