using OptCore;

namespace UserStage;

/// <summary>Looks at a slot tensor by tensor where it chooses the point of the gradient: g at p + s.</summary>
/// <param name="Kind">Which kind of slot.</param>
/// <param name="Jointly">Whether all tensors are handed over at once.</param>
public sealed record Pointing(SlotKind Kind, bool Jointly) : IProbe
{
    /// <inheritdoc/>
    public Phase Phase => Phase.Probe;

    /// <inheritdoc/>
    public string Equation => "g at p + s";

    /// <inheritdoc/>
    public IReadOnlyList<SlotSpec> Slots => [Kind == SlotKind.Shaped ? SlotSpec.Shaped("s", shape => [.. shape], 0.25) : new("s", Kind)];

    /// <inheritdoc/>
    int IProbe.Gradients => 1;

    /// <inheritdoc/>
    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder)
    {
    }

    /// <inheritdoc/>
    void IProbe.BuildPoint<V, T>(StageBuilder<V, T> builder)
    {
        if (Jointly)
        {
            builder.Jointly(_ => { }, "s");
        }
        else
        {
            builder.Tensors(_ => { }, "s");
        }
    }
}
