using System.Numerics;

namespace OptCore;

/// <summary>
/// Steps in place: owns its buffers, allocates nothing per step. The one mutable thing of the library; for one thread at a
/// time. <see cref="Snapshot"/> gives an immutable <see cref="State{T}"/>.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed partial class Session<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private Engine<T> _engine;
    private StateStore<T> _store;

    internal Session(Plan<T> plan, State<T> start)
    {
        Plan = plan;
        _engine = plan.Borrow();
        _store = start.GiveUp();
        StepCount = start.Step;
        _engine.Attach(_store);
    }

    /// <summary>The plan.</summary>
    [System.Diagnostics.DebuggerBrowsable(System.Diagnostics.DebuggerBrowsableState.Never)]
    public Plan<T> Plan { get; private set; }

    /// <summary>t, the number of updates applied.</summary>
    public long StepCount { get; private set; }

    internal StateStore<T> Store => _store;

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
        Check(gradient, loss);
        return Count(_engine.StepAttached(StepCount, gradient, loss));
    }

    /// <summary>One step in place, with a report on it. Same bits as without; the report costs a copy and extra passes.</summary>
    /// <param name="gradient">The gradient.</param>
    /// <param name="loss">The loss; NaN for none.</param>
    /// <returns>The report.</returns>
    /// <exception cref="ArgumentException">Wrong length, no loss where one is needed, or the gradient overlaps the state.</exception>
    public StepReport StepReported(ReadOnlySpan<T> gradient, double loss = double.NaN)
    {
        Check(gradient, loss);
        var report = _engine.Report(_store.Copy(), _store, StepCount, gradient, loss);
        _engine.Attach(_store);
        Count(report.Outcome);
        return report;
    }

    /// <summary>The state now, as an immutable copy.</summary>
    /// <returns>The state.</returns>
    public State<T> Snapshot() => new(Plan, _store.Copy(), StepCount);

    /// <summary>The point at which the next gradient is to be evaluated, where it depends on the state alone.</summary>
    /// <param name="point">Receives the point.</param>
    /// <exception cref="ArgumentException">Wrong length, or the point depends on a gradient (<c>sam</c>).</exception>
    public void Point(Span<T> point) => Point([], point);

    /// <summary>The point at which the second gradient of the next step is to be evaluated.</summary>
    /// <param name="gradient">The gradient at the parameters, of the same mini-batch.</param>
    /// <param name="point">Receives the point.</param>
    /// <exception cref="ArgumentException">Wrong length.</exception>
    public void Point(ReadOnlySpan<T> gradient, Span<T> point)
    {
        Plan.PointInto(_engine, _store, StepCount, gradient, point);
        _engine.Attach(_store);
    }

    /// <summary>One line, as the state prints.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => Snapshot().ToString();

    private void Check(ReadOnlySpan<T> gradient, double loss)
    {
        var parameters = _store.Buffer[0];
        Plan.CheckStep(gradient, loss);
        if (gradient.Overlaps(parameters))
        {
            throw new ArgumentException("The gradient overlaps the session's parameters; hand in a copy.", nameof(gradient));
        }
    }

    private StepOutcome Count(StepOutcome outcome)
    {
        if (outcome == StepOutcome.Updated)
        {
            StepCount++;
        }

        return outcome;
    }
}
