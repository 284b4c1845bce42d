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

/// <summary>What a <see cref="ISpanStage"/> works on in one step. Valid during the call only.</summary>
public readonly ref struct SpanStep
{
    private readonly double[][] _slots;
    private readonly IReadOnlyList<SlotSpec> _specs;

    internal SpanStep(Span<double> update, Span<double> parameters, double[][] slots, IReadOnlyList<SlotSpec> specs, long number, double rate)
    {
        Update = update;
        Parameters = parameters;
        _slots = slots;
        _specs = specs;
        Number = number;
        Rate = rate;
    }

    /// <summary>The running update, to be changed in the phases Gradient to Update.</summary>
    public Span<double> Update { get; }

    /// <summary>The parameters; to be changed in the phases Constraint and Iterate only.</summary>
    public Span<double> Parameters { get; }

    /// <summary>k = t + 1, the number of this update.</summary>
    public long Number { get; }

    /// <summary>η_t of the first tensor in scope.</summary>
    public double Rate { get; }

    /// <summary>A slot of the stage, to be read and changed: as long as the vectors for <see cref="SlotKind.Element"/>, of length 1 for a scalar or a count.</summary>
    /// <param name="name">The slot's name.</param>
    /// <returns>The slot's values.</returns>
    /// <exception cref="ArgumentException">The stage lists no slot of that name.</exception>
    public Span<double> Slot(string name)
    {
        for (var i = 0; i < _specs.Count; i++)
        {
            if (_specs[i].Name == name)
            {
                return _slots[i];
            }
        }

        throw new ArgumentException($"The stage lists no slot \"{name}\"; it has: {string.Join(", ", _specs.Select(spec => spec.Name))}.", nameof(name));
    }
}
