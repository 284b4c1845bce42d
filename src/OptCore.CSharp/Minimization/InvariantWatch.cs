using OptCore.Kernels;

namespace OptCore;

/// <summary>Looks at the invariants of a run behind every stage that changes the parameters.</summary>
internal sealed class InvariantWatch<T>(IReadOnlyList<Invariant> invariants) : IStageWatcher<T>
    where T : unmanaged
{
    private readonly Scratch _wide = new();

    // The stage behind which each invariant has been broken since; null while it holds.
    private readonly string?[] _brokenBy = new string?[invariants.Count];
    private readonly double[] _values = new double[invariants.Count];

    public void See(ResolvedStage stage, TensorSet tensors, Source source, ReadOnlySpan<T> vector)
    {
        if (source is Source.OldParameters or Source.NewParameters)
        {
            Look(stage.Prefix, vector);
        }
    }

    /// <summary>The first invariant that does not hold at the start of a run.</summary>
    public BrokenInvariant? AtStart(long step, ReadOnlySpan<T> parameters)
    {
        Look("start", parameters);
        return Broken(step);
    }

    /// <summary>The first invariant that the update has broken; null if it keeps all.</summary>
    public BrokenInvariant? Broken(long step)
    {
        var first = Array.FindIndex(_brokenBy, stage => stage is not null);
        return first < 0 ? null : new(invariants[first].Name, step, _brokenBy[first]!, _values[first], invariants[first].Limit);
    }

    private void Look(string stage, ReadOnlySpan<T> parameters)
    {
        var wide = WideVectors.Of(parameters, _wide, 0);
        for (var i = 0; i < invariants.Count; i++)
        {
            _values[i] = invariants[i].Measure(wide);
            _brokenBy[i] = _values[i] <= invariants[i].Limit ? null : _brokenBy[i] ?? stage;
        }
    }
}
