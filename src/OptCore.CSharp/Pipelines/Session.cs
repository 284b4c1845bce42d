using System.Numerics;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Steps in place: owns its buffers, allocates nothing per step. The one mutable thing of the library; for one thread at a
/// time. <see cref="Snapshot"/> gives an immutable <see cref="State{T}"/>.
/// </summary>
/// <remarks>
/// Every member throws an <see cref="InvalidOperationException"/> while another thread is inside a step, and for ever after a
/// step that did not end: where a stage throws while it writes, parameters and slots are half changed. What refuses a step
/// before that (a wrong length, a rate that is not finite, <c>skipNonFinite</c>) leaves the session as it was. After
/// <see cref="Dispose"/> every member that needs the buffers throws an <see cref="ObjectDisposedException"/>.
/// </remarks>
/// <typeparam name="T">float or double.</typeparam>
public sealed partial class Session<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private Engine<T> _engine;
    private StateStore<T> _store;
    private int _probes;
    private Use _use;
    private bool _pointed;
    private string? _failure;
    private Exception? _cause;

    internal Session(Plan<T> plan, State<T> start, CallersTensors<T>? tensors = null)
    {
        Plan = plan;
        _tensors = tensors;
        _engine = EngineOf(plan);
        _store = start.GiveUp();
        StepCount = start.Step;
        _probes = plan.Probes;
        _engine.Attach(_store);
    }

    /// <summary>The plan.</summary>
    [System.Diagnostics.DebuggerBrowsable(System.Diagnostics.DebuggerBrowsableState.Never)]
    public Plan<T> Plan { get; private set; }

    /// <summary>What the loss is to be multiplied with before the next gradient is computed (<c>lossScale</c>); 1 without.</summary>
    public double LossScale => Plan.Resolved.LossScale(_store.Scalars);

    /// <summary>t, the number of updates applied.</summary>
    public long StepCount { get; private set; }

    internal StateStore<T> Store
    {
        get
        {
            CheckUse();
            Gather();
            return _store;
        }
    }

    /// <summary>The parameters, without a copy; the next step changes them.</summary>
    /// <returns>The flat vector.</returns>
    public ReadOnlySpan<T> AsSpan()
    {
        CheckUse();
        return _store.Buffer[0];
    }

    /// <summary>One step in place.</summary>
    /// <param name="gradient">The gradient at the parameters (at the point of the plan's probe, if it has one).</param>
    /// <param name="loss">The loss at that point, for loss-aware stages; NaN for none.</param>
    /// <param name="atPoint">Says that the gradient was evaluated at the point of this step, where <see cref="Point(Span{T})"/>
    /// was not asked for it. Only probes (<c>nag</c>, <c>sam</c>) need either.</param>
    /// <returns>What became of the gradient.</returns>
    /// <exception cref="ArgumentException">Wrong length, no loss where one is needed, or the gradient overlaps the state.</exception>
    /// <exception cref="NonFiniteGradientException"><c>skipNonFinite</c> gives up; parameters and slots are unchanged.</exception>
    /// <exception cref="InvalidOperationException">The session is in use or was left in the middle of a step, or the optimizer
    /// probes and nobody asked for the point.</exception>
    public StepOutcome Step(ReadOnlySpan<T> gradient, double loss = double.NaN, bool atPoint = false)
    {
        Check(gradient, loss, atPoint);
        Enter();
        StepOutcome outcome;
        try
        {
            outcome = _engine.StepAttached(StepCount, gradient, loss);
            Leave();
        }
        catch (Exception error) when (Note(error))
        {
            throw;
        }

        return Count(outcome);
    }

    /// <summary>
    /// One step in place in which some tensors have no gradient: their parameters, slots and averages stay as they are, bit for bit,
    /// and so does their share in every norm. t counts on for all.
    /// </summary>
    /// <inheritdoc cref="Step(ReadOnlySpan{T}, double, bool)"/>
    /// <param name="present">For every tensor of the layout whether it has a gradient; what <paramref name="gradient"/> holds for one
    /// that has none is not looked at.</param>
    public StepOutcome Step(ReadOnlySpan<T> gradient, ReadOnlySpan<bool> present, double loss = double.NaN, bool atPoint = false)
    {
        SetPresent(present);
        try
        {
            return Step(gradient, loss, atPoint);
        }
        finally
        {
            _engine.SetPresent([]);
        }
    }

    /// <summary>One step in place, with an estimate of the Hessian's diagonal, for <c>sophia</c>.</summary>
    /// <param name="gradient">The gradient at the parameters.</param>
    /// <param name="diagonal">ĥ, of the layout's length; not looked at in updates that do not look at curvature.</param>
    /// <param name="loss">The loss, for loss-aware stages; NaN for none.</param>
    /// <returns>What became of the gradient.</returns>
    /// <exception cref="ArgumentException">Wrong lengths, or no loss where one is needed.</exception>
    /// <exception cref="InvalidOperationException">The session is in use or was left in the middle of a step.</exception>
    public StepOutcome Step(ReadOnlySpan<T> gradient, ReadOnlySpan<T> diagonal, double loss = double.NaN)
    {
        Check(gradient, loss, atPoint: false);
        Plan.CheckLength(diagonal.Length, nameof(diagonal));
        return Step(null, gradient, loss, diagonal);
    }

    /// <summary>
    /// One step in place that evaluates the objective itself: at the parameters, or at the points of a probe, and along the direction
    /// where the plan <see cref="Plan{T}.Searches"/>. Under <c>accumulate</c> it takes up one gradient.
    /// </summary>
    /// <remarks>
    /// Behind a line search an objective, which is pure, is not asked again for the point that the search has accepted: k steps whose first
    /// trial is accepted are k + 1 evaluations. Another objective, or parameters that a constraint has moved since, are.
    /// </remarks>
    /// <param name="objective">The objective, of the layout's length.</param>
    /// <returns>What became of the gradient.</returns>
    /// <exception cref="ArgumentException">Another dimension, or an objective that changes from step to step where the plan
    /// searches.</exception>
    /// <exception cref="NonFiniteGradientException"><c>skipNonFinite</c> gives up; parameters and slots are unchanged.</exception>
    /// <exception cref="InvalidOperationException">The session is in use or was left in the middle of a step.</exception>
    public StepOutcome Step(IObjective objective)
    {
        var seen = Look(objective);
        return Step(objective, seen.Index, seen.Gradient, seen.Loss);
    }

    /// <summary>As <see cref="Step(IObjective)"/>, with a report on it.</summary>
    /// <inheritdoc cref="Step(IObjective)"/>
    /// <returns>The report; its loss is the objective's value where the gradient was evaluated.</returns>
    public StepReport StepReported(IObjective objective)
    {
        var seen = Look(objective);
        return ReportOn(_engine, seen.Gradient, seen.Loss, (objective, seen.Index));
    }

    /// <summary>The number of trials of the line search in the last step.</summary>
    internal int Trials => _engine.Trials;

    /// <summary>What an objective says at the parameters, where the search of the last step has told it already.</summary>
    /// <param name="objective">The objective.</param>
    /// <param name="gradient">Receives the gradient.</param>
    /// <returns>The value; null where it has to be asked.</returns>
    internal double? Recall(IObjective objective, Span<T> gradient) => _engine.Recall(objective, _store.Buffer[0], gradient);

    /// <summary>Whether <see cref="Recall"/> has an answer.</summary>
    internal bool Knows(IObjective objective) => _engine.Knows(objective, _store.Buffer[0]);

    /// <summary>One step with the gradient at the point of this step, which the caller knows already.</summary>
    internal StepOutcome Step(IObjective objective, long index, ReadOnlySpan<T> gradient, double loss) =>
        Step((objective, index), gradient, loss, []);

    private StepOutcome Step(
        (IObjective Objective, long Index)? objective, ReadOnlySpan<T> gradient, double loss, ReadOnlySpan<T> diagonal)
    {
        Enter();
        StepOutcome outcome;
        try
        {
            outcome = _engine.Step(_store, _store, StepCount, gradient, loss, Purpose.Update, objective, diagonal);
            _engine.Attach(_store);
            Leave();
        }
        catch (Exception error) when (Note(error))
        {
            throw;
        }

        return Count(outcome);
    }

    private Seen<T> Look(IObjective objective)
    {
        CheckUse();
        Plan.CheckObjective(objective);
        try
        {
            var seen = Evaluation.ForStep(Plan, _engine, _store, StepCount, objective);
            Plan.CheckSeen(seen);
            return seen;
        }
        finally
        {
            _engine.Attach(_store);
        }
    }

    /// <summary>One step in place, with a report on it. Same bits as without; the report costs a copy and extra passes.</summary>
    /// <param name="gradient">The gradient.</param>
    /// <param name="loss">The loss; NaN for none.</param>
    /// <param name="atPoint">As for <see cref="Step(ReadOnlySpan{T}, double, bool)"/>.</param>
    /// <returns>The report.</returns>
    /// <exception cref="ArgumentException">Wrong length, no loss where one is needed, or the gradient overlaps the state.</exception>
    /// <exception cref="InvalidOperationException">As for <see cref="Step(ReadOnlySpan{T}, double, bool)"/>.</exception>
    public StepReport StepReported(ReadOnlySpan<T> gradient, double loss = double.NaN, bool atPoint = false)
    {
        Check(gradient, loss, atPoint);
        return ReportOn(_engine, gradient, loss);
    }

    /// <summary>
    /// One step in place, seen from inside: what stands behind every stage, tensor by tensor. Same bits as without; the trace costs a copy
    /// and passes of its own, so it is for looking, not for every step.
    /// </summary>
    /// <param name="gradient">The gradient.</param>
    /// <param name="loss">The loss; NaN for none.</param>
    /// <param name="atPoint">As for <see cref="Step(ReadOnlySpan{T}, double, bool)"/>.</param>
    /// <returns>The trace; it prints as a table.</returns>
    /// <exception cref="ArgumentException">Wrong length, no loss where one is needed, or the gradient overlaps the state.</exception>
    /// <exception cref="InvalidOperationException">As for <see cref="Step(ReadOnlySpan{T}, double, bool)"/>, or the session steps on the
    /// caller's memory.</exception>
    /// <example><code>Console.WriteLine(session.Trace(gradient))</code></example>
    public StepTrace Trace(ReadOnlySpan<T> gradient, double loss = double.NaN, bool atPoint = false)
    {
        Check(gradient, loss, atPoint);
        RefuseBound();
        return ReportBy(_engine, gradient, (old, next, g) => _engine.Trace(old, next, StepCount, g, loss), trace => trace.Report);
    }

    /// <summary>As <see cref="Trace(ReadOnlySpan{T}, double, bool)"/>, of a step that evaluates the objective itself.</summary>
    /// <inheritdoc cref="Step(IObjective)"/>
    /// <returns>The trace; it prints as a table.</returns>
    public StepTrace Trace(IObjective objective)
    {
        RefuseBound();
        var seen = Look(objective);
        return ReportBy(
            _engine,
            seen.Gradient,
            (old, next, g) => _engine.Trace(old, next, StepCount, g, seen.Loss, (objective, seen.Index)),
            trace => trace.Report);
    }

    /// <summary>One step in place with the gradient at the point of this step, which somebody watches.</summary>
    internal StepOutcome Watched(
        IStageWatcher<T> watcher, ReadOnlySpan<T> gradient, double loss, (IObjective Objective, long Index)? objective) =>
        ReportBy(
            _engine,
            gradient,
            (old, next, g) => _engine.Watched(watcher, old, next, StepCount, g, loss, objective),
            report => report).Outcome;

    private void RefuseBound()
    {
        if (_tensors is not null)
        {
            throw new InvalidOperationException("The session steps on the caller's memory; trace a session of Plan.Start or Plan.Resume.");
        }
    }

    /// <summary>One step in place in which some tensors have no gradient, with a report on it.</summary>
    /// <inheritdoc cref="StepReported(ReadOnlySpan{T}, double, bool)"/>
    /// <param name="present">For every tensor of the layout whether it has a gradient.</param>
    public StepReport StepReported(
        ReadOnlySpan<T> gradient, ReadOnlySpan<bool> present, double loss = double.NaN, bool atPoint = false)
    {
        SetPresent(present);
        try
        {
            return StepReported(gradient, loss, atPoint);
        }
        finally
        {
            _engine.SetPresent([]);
        }
    }

    /// <summary>The state now, as an immutable copy.</summary>
    /// <returns>The state.</returns>
    public State<T> Snapshot()
    {
        CheckUse();
        Gather();
        return new(Plan, _store.Copy(), StepCount);
    }

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
        CheckUse();
        try
        {
            Plan.PointInto(_engine, _store, StepCount, gradient, point);
            _pointed = true;
        }
        finally
        {
            _engine.Attach(_store);
        }
    }

    /// <summary>
    /// Lets go of the buffers (parameters, slots, what a step puts aside), whoever still holds the session: the next garbage collection has
    /// their memory. Not needed where the session itself is let go. Snapshots stay.
    /// </summary>
    /// <exception cref="InvalidOperationException">Another thread is inside a step.</exception>
    public void Dispose()
    {
        if (_use == Use.Inside)
        {
            Refuse();
        }

        _use = Use.Disposed;
        _store = new StateStore<T>(new AlignedBuffer<T>(0, 1), [], [], []);
        _engine = null!;
        _flat = null;
    }

    /// <summary>One line, as the state prints.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => _use == Use.Disposed ? Disposed : Snapshot().ToString();

    private string Disposed => $"session of {Plan.Layout.Length} parameters, disposed of after step {StepCount}";

    private StepReport ReportOn(
        Engine<T> engine, ReadOnlySpan<T> gradient, double loss, (IObjective Objective, long Index)? objective = null) =>
        ReportBy(engine, gradient, (old, next, g) => engine.Report(old, next, StepCount, g, loss, objective), report => report);

    // One step from a copy of the state into the state, and what is told of it.
    private TTold ReportBy<TTold>(
        Engine<T> engine, ReadOnlySpan<T> gradient, Reporting<TTold> step, Func<TTold, StepReport> report)
    {
        var old = _store.Copy();
        Enter();
        _reporting = engine;
        TTold told;
        try
        {
            told = step(old, _store, gradient);
            _engine.Attach(_store);
            Leave();
        }
        catch (Exception error) when (Note(error))
        {
            throw;
        }
        finally
        {
            _reporting = null;
        }

        Count(report(told).Outcome);
        return told;
    }

    private void SetPresent(ReadOnlySpan<bool> present)
    {
        if (present.Length != Plan.Layout.Tensors.Count)
        {
            throw new ArgumentException(
                $"present says of {present.Length} tensors whether they have a gradient; the layout has {Plan.Layout.Tensors.Count}: "
                + $"{Plan.Layout}.", nameof(present));
        }

        CheckUse();
        _engine.SetPresent(present);
    }

    private void Check(ReadOnlySpan<T> gradient, double loss, bool atPoint)
    {
        var parameters = _store.Buffer[0];
        Plan.CheckStep(gradient, loss);
        if (gradient.Overlaps(parameters))
        {
            throw new ArgumentException("The gradient overlaps the session's parameters; hand in a copy.", nameof(gradient));
        }

        CheckPointed(atPoint);
    }

    private void CheckPointed(bool atPoint)
    {
        if (_probes > 0 && !atPoint && !_pointed)
        {
            throw new InvalidOperationException(
                $"{Plan.ProbeName} needs the gradient at another point than the parameters: ask for it with Point before every step (or "
                + "say atPoint = true).");
        }
    }

    private StepOutcome Count(StepOutcome outcome)
    {
        var hasUpdated = outcome.HasUpdated();
        StepCount += hasUpdated ? 1 : 0;
        if (_probes > 0)
        {
            // A point that depends on the gradient alone stays until the parameters change; sam's is that of one mini-batch.
            _pointed &= _probes == 1 && !hasUpdated;
        }

        return outcome;
    }

    // No locked instruction, which would cost as much as a small step: where two threads enter within the same few
    // instructions, the one that leaves last finds that the other has left already.
    private void Enter()
    {
        CheckUse();
        _use = Use.Inside;
    }

    private void Leave()
    {
        if (_use != Use.Inside)
        {
            Refuse();
        }

        _use = Use.Free;
    }

    private void CheckUse()
    {
        if (_use != Use.Free)
        {
            Refuse();
        }
    }

    // A filter, before the stack is unwound: false, since nothing is caught.
    private bool Note(Exception error)
    {
        var engine = _reporting ?? _engine;
        if (!engine.HasWritten)
        {
            _use = Use.Free;
            return false;
        }

        _use = Use.Broken;
        _failure ??= $"Update {StepCount + 1} of this session did not end: it stopped in {engine.LastStages} ({error.Message}). "
            + "Parameters and slots are half changed; go on from an earlier state with Plan.Resume.";
        _cause ??= error;
        return false;
    }

    private void Refuse() =>
        throw _use switch
        {
            Use.Disposed => new ObjectDisposedException(
                _tensors is null ? nameof(Session<T>) : nameof(BoundSession<T>), $"It has no buffers any more: {Disposed}."),
            Use.Broken => new InvalidOperationException(_failure, _cause),
            _ => new InvalidOperationException(
                "The session is in the middle of a step: it serves one thread at a time, and no stage may use it in its own step."),
        };

    private delegate TTold Reporting<TTold>(StateStore<T> old, StateStore<T> next, ReadOnlySpan<T> gradient);

    private enum Use
    {
        Free,
        Inside,
        Broken,
        Disposed,
    }
}
