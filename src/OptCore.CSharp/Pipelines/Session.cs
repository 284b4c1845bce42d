using System.Numerics;

namespace OptCore;

/// <summary>
/// Steps in place: owns its buffers, allocates nothing per step. The one mutable thing of the library; for one thread at a
/// time. <see cref="Snapshot"/> gives an immutable <see cref="State{T}"/>.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class Session<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Engine<T> _engine;
    private readonly StateStore<T> _store;

    internal Session(Plan<T> plan, State<T> start)
    {
        Plan = plan;
        _engine = plan.Borrow();
        _store = start.GiveUp();
        StepCount = start.Step;
    }

    /// <summary>The plan.</summary>
    [System.Diagnostics.DebuggerBrowsable(System.Diagnostics.DebuggerBrowsableState.Never)]
    public Plan<T> Plan { get; }

    /// <summary>t, the number of updates applied.</summary>
    public long StepCount { get; private set; }

    /// <summary>The parameters, without a copy; the next step changes them.</summary>
    /// <returns>The flat vector.</returns>
    public ReadOnlySpan<T> AsSpan() => _store.Buffer[0];

    /// <summary>One step in place.</summary>
    /// <param name="gradient">The gradient at the parameters (at the point of the plan's probe, if it has one).</param>
    /// <param name="loss">The loss at that point, for loss-aware stages; NaN for none.</param>
    /// <returns>What became of the gradient.</returns>
    /// <exception cref="ArgumentException">Wrong length, no loss where one is needed, or the gradient overlaps the state.</exception>
    /// <exception cref="NonFiniteGradientException"><c>skipNonFinite</c> gives up; parameters and slots are unchanged.</exception>
    public StepOutcome Step(ReadOnlySpan<T> gradient, double loss = double.NaN)
    {
        var parameters = _store.Buffer[0];
        Plan.CheckStep(parameters, gradient, loss);
        if (gradient.Overlaps(parameters))
        {
            throw new ArgumentException("The gradient overlaps the session's parameters; hand in a copy.", nameof(gradient));
        }

        var outcome = _engine.Step(_store, _store, StepCount, gradient, loss);
        if (outcome == StepOutcome.Updated)
        {
            StepCount++;
        }

        return outcome;
    }

    /// <summary>The state now, as an immutable copy.</summary>
    /// <returns>The state.</returns>
    public State<T> Snapshot() => new(Plan, _store.Copy(), StepCount);

    /// <summary>One line, as the state prints.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => Snapshot().ToString();
}
