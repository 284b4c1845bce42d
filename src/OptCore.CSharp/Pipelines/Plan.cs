using System.Numerics;

namespace OptCore;

/// <summary>
/// An optimizer compiled for a layout and a number type: patterns resolved, slots assigned, stages fused into loops.
/// Immutable and safe to use from several threads at once.
/// </summary>
/// <remarks>
/// <see cref="Step(State{T}, ReadOnlySpan{T}, double, bool)"/> is pure: it returns a new state and leaves the old one
/// bit-unchanged. With <c>reuse</c> it recycles the memory of a state that the caller gives up. A
/// <see cref="Session{T}"/> steps in place. All give the same bits.
/// </remarks>
/// <typeparam name="T">float or double.</typeparam>
public sealed partial class Plan<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private Engine<T>? _idle;
    private StateSlot[]? _slots;

    internal Plan(Optimizer optimizer, Layout layout, Execution execution)
    {
        if (typeof(T) != typeof(float) && typeof(T) != typeof(double))
        {
            throw new ArgumentException(
                $"A plan for {typeof(T).Name} was asked for; the number types are float (Single) and double (Double).", nameof(T));
        }

        Optimizer = Require.NotNull(optimizer);
        Layout = Require.NotNull(layout);
        Execution = Require.NotNull(execution);
        Resolved = Resolver.Of(optimizer, layout, execution.Shard?.Whole);
        NeedsLoss = Resolved.NeedsLoss;
        Searches = Resolved.Search is not null;
        Probes = Resolved.Probe?.Stage is IProbe probe ? probe.Gradients : 0;
        _idle = new Engine<T>(Resolved, execution);
    }

    /// <summary>The optimizer.</summary>
    public Optimizer Optimizer { get; }

    /// <summary>The tensors.</summary>
    public Layout Layout { get; }

    /// <summary>How the plan runs.</summary>
    public Execution Execution { get; }

    /// <summary>
    /// How many gradients besides the one at the parameters a step needs: 0 when it is evaluated at the parameters
    /// (everything but probes), 1 when it is evaluated at another point (<c>nag</c>), 2 when that point depends on the
    /// gradient at the parameters (<c>sam</c>).
    /// </summary>
    public int Probes { get; }

    /// <summary>Whether every step needs a loss (<c>plateau</c>).</summary>
    public bool NeedsLoss { get; }

    /// <summary>
    /// Whether every step asks the objective along its direction (<c>backtracking</c>, <c>wolfe</c>): then it steps with
    /// <see cref="Step(State{T}, IObjective)"/> only.
    /// </summary>
    public bool Searches { get; }

    /// <summary>How many gradients make one update: 1, or n under <c>accumulate n</c>.</summary>
    public int GradientsPerUpdate => Resolved.GradientsPerUpdate;

    internal ResolvedOptimizer Resolved { get; }

    /// <summary>Whether steps ask the objective for more than the gradient.</summary>
    internal bool Asks => Searches || Resolved.Curvature is not null;

    internal string ProbeName => StageNames.Of(Resolved.Probe!.Stage);

    /// <summary>The state before the first step.</summary>
    /// <param name="parameters">p_0, of the layout's length, finite. Copied.</param>
    /// <returns>The state of step 0.</returns>
    /// <exception cref="ArgumentException">The length is wrong, or a number is not finite.</exception>
    public State<T> Init(ReadOnlySpan<T> parameters)
    {
        CheckLength(parameters.Length, nameof(parameters));
        CheckFinite(parameters, nameof(parameters));
        var store = StateStore<T>.For(Resolved);
        parameters.CopyTo(store.Buffer[0]);
        InitialState.Fill(Resolved, store);
        return new State<T>(this, store, 0);
    }

    /// <summary>One step as a pure function.</summary>
    /// <param name="state">The state; stays as it is.</param>
    /// <param name="gradient">The gradient at the parameters (at <see cref="Point(State{T})"/> if the plan has a probe).</param>
    /// <param name="loss">The loss at that point, for loss-aware stages; NaN for none.</param>
    /// <param name="atPoint">Says that the gradient was evaluated at <see cref="Point(State{T})"/>. Plans with a probe
    /// (<c>nag</c>, <c>sam</c>) refuse a step that does not say so; to all others it says nothing new.</param>
    /// <returns>The state after the step.</returns>
    /// <exception cref="ArgumentException">Wrong length, a state of another plan, no loss where one is needed, or the plan has
    /// a probe and the gradient is not said to be at its point.</exception>
    /// <exception cref="NonFiniteGradientException"><c>skipNonFinite</c> gives up; the state stays as it is.</exception>
    public State<T> Step(State<T> state, ReadOnlySpan<T> gradient, double loss = double.NaN, bool atPoint = false)
    {
        CheckState(state, nameof(state));
        CheckStep(gradient, loss);
        CheckPoint(atPoint);
        var next = StateStore<T>.For(Resolved);

        // An engine that throws is not used again.
        var engine = Borrow();
        var outcome = engine.Step(state.Store, next, state.Step, gradient, loss);
        Return(engine);
        return After(state.Step, next, outcome);
    }

    /// <summary>
    /// How often update t asks for gradients besides the one of the step: <see cref="Probes"/>, and where it looks at curvature
    /// (<c>sophia</c>) 1 more with a product of the objective's (<see cref="IHessianProduct"/>), else 2.
    /// </summary>
    /// <param name="step">t, ≥ 0.</param>
    /// <param name="objective">The objective, or null for one without products.</param>
    /// <returns>The number; that of a line search is not known before.</returns>
    public int ProbesAt(long step, IObjective? objective = null) =>
        Probes + (Resolved.Curvature?.Stage is ICurvature stage && stage.LooksAt(step) ? (objective is IHessianProduct ? 1 : 2) : 0);

    /// <summary>One step as a pure function, with an estimate of the Hessian's diagonal, for <c>sophia</c>.</summary>
    /// <param name="state">The state; stays as it is.</param>
    /// <param name="gradient">The gradient at the parameters.</param>
    /// <param name="diagonal">ĥ, of the layout's length; not looked at in updates that do not look at curvature.</param>
    /// <param name="loss">The loss, for loss-aware stages; NaN for none.</param>
    /// <returns>The state after the step.</returns>
    /// <exception cref="ArgumentException">Wrong lengths, a state of another plan, or no loss where one is needed.</exception>
    public State<T> Step(State<T> state, ReadOnlySpan<T> gradient, ReadOnlySpan<T> diagonal, double loss = double.NaN)
    {
        CheckState(state, nameof(state));
        CheckStep(gradient, loss);
        CheckPoint(atPoint: false);
        CheckLength(diagonal.Length, nameof(diagonal));
        var next = StateStore<T>.For(Resolved);
        var engine = Borrow();
        var outcome = engine.Step(state.Store, next, state.Step, gradient, loss, diagonal: diagonal);
        Return(engine);
        return After(state.Step, next, outcome);
    }

    /// <summary>
    /// One step as a pure function that evaluates the objective itself: at the parameters, or at the points of a probe
    /// (<c>nag</c>, <c>sam</c>), and along the direction where the plan <see cref="Searches"/>. Under <c>accumulate</c> it takes up one
    /// gradient.
    /// </summary>
    /// <remarks>
    /// Behind a line search the same objective, which is pure, is not asked again for the point that the search has accepted.
    /// </remarks>
    /// <param name="state">The state; stays as it is.</param>
    /// <param name="objective">The objective, of the layout's length. It is told the number of gradients taken up so far.</param>
    /// <returns>The state after the step.</returns>
    /// <exception cref="ArgumentException">Another dimension, a state of another plan, or an objective that changes from step to step
    /// where the plan searches.</exception>
    /// <exception cref="NonFiniteGradientException"><c>skipNonFinite</c> gives up; the state stays as it is.</exception>
    public State<T> Step(State<T> state, IObjective objective)
    {
        CheckState(state, nameof(state));
        CheckObjective(objective);
        var next = StateStore<T>.For(Resolved);
        var engine = Borrow();
        var seen = Evaluation.ForStep(this, engine, state.Store, state.Step, objective);
        CheckSeen(seen);
        var outcome = engine.Step(
            state.Store, next, state.Step, seen.Gradient, seen.Loss, objective: (objective, seen.Index));
        Return(engine);
        return After(state.Step, next, outcome);
    }

    /// <summary>As <see cref="Step(State{T}, IObjective)"/>, with a report on it.</summary>
    /// <inheritdoc cref="Step(State{T}, IObjective)"/>
    /// <returns>The state after the step, and the report; its loss is the objective's value where the gradient was evaluated.</returns>
    public (State<T> State, StepReport Report) StepReported(State<T> state, IObjective objective)
    {
        CheckState(state, nameof(state));
        CheckObjective(objective);
        var next = StateStore<T>.For(Resolved);
        var engine = Borrow();
        var seen = Evaluation.ForStep(this, engine, state.Store, state.Step, objective);
        CheckSeen(seen);
        var report = engine.Report(state.Store, next, state.Step, seen.Gradient, seen.Loss, (objective, seen.Index));
        Return(engine);
        return (After(state.Step, next, report.Outcome), report);
    }

    /// <summary>One step that writes into the memory of a state that the caller gives up.</summary>
    /// <param name="state">The state; stays as it is unless it is given up itself.</param>
    /// <param name="gradient">The gradient.</param>
    /// <param name="reuse">The state whose memory is taken: an older one, or <paramref name="state"/> itself. Touching it
    /// afterwards throws.</param>
    /// <param name="loss">The loss, for loss-aware stages; NaN for none.</param>
    /// <param name="atPoint">Says that the gradient was evaluated at <see cref="Point(State{T})"/>.</param>
    /// <returns>The state after the step.</returns>
    /// <exception cref="ArgumentException">Wrong length, a state of another plan, no loss where one is needed, or the plan has
    /// a probe and the gradient is not said to be at its point; nothing is given up.</exception>
    /// <exception cref="ObjectDisposedException">One of the states was given up before.</exception>
    public State<T> Step(State<T> state, ReadOnlySpan<T> gradient, State<T> reuse, double loss = double.NaN, bool atPoint = false)
    {
        CheckState(state, nameof(state));
        CheckState(Require.NotNull(reuse), nameof(reuse));
        CheckStep(gradient, loss);
        CheckPoint(atPoint);
        if (gradient.Overlaps(reuse.AsSpan()))
        {
            throw new ArgumentException("The gradient lies in the memory of the state that is given up; hand in a copy.", nameof(gradient));
        }

        var engine = Borrow();
        var next = reuse.Store;
        StepOutcome outcome;
        try
        {
            outcome = engine.Step(state.Store, next, state.Step, gradient, loss);
        }
        finally
        {
            // A step that was refused has not touched the memory.
            if (engine.HasWritten)
            {
                reuse.GiveUp();
            }
        }

        Return(engine);
        return After(state.Step, next, outcome);
    }

    /// <summary>One step as a pure function, with a report on it. Same bits as without; the report costs extra passes.</summary>
    /// <param name="state">The state; stays as it is.</param>
    /// <param name="gradient">The gradient.</param>
    /// <param name="loss">The loss; NaN for none.</param>
    /// <param name="atPoint">Says that the gradient was evaluated at <see cref="Point(State{T})"/>.</param>
    /// <returns>The state after the step, and the report.</returns>
    /// <exception cref="ArgumentException">Wrong length, a state of another plan, no loss where one is needed, or the plan has
    /// a probe and the gradient is not said to be at its point.</exception>
    public (State<T> State, StepReport Report) StepReported(
        State<T> state, ReadOnlySpan<T> gradient, double loss = double.NaN, bool atPoint = false)
    {
        CheckState(state, nameof(state));
        CheckStep(gradient, loss);
        CheckPoint(atPoint);
        var next = StateStore<T>.For(Resolved);
        var engine = Borrow();
        var report = engine.Report(state.Store, next, state.Step, gradient, loss);
        Return(engine);
        return (After(state.Step, next, report.Outcome), report);
    }

    /// <summary>
    /// One step as a pure function, seen from inside: what stands behind every stage, tensor by tensor. Same bits as without; the trace
    /// costs passes of its own.
    /// </summary>
    /// <inheritdoc cref="StepReported(State{T}, ReadOnlySpan{T}, double, bool)"/>
    /// <returns>The state after the step, and the trace, which prints as a table.</returns>
    public (State<T> State, StepTrace Trace) Trace(
        State<T> state, ReadOnlySpan<T> gradient, double loss = double.NaN, bool atPoint = false)
    {
        CheckState(state, nameof(state));
        CheckStep(gradient, loss);
        CheckPoint(atPoint);
        var next = StateStore<T>.For(Resolved);
        var engine = Borrow();
        var trace = engine.Trace(state.Store, next, state.Step, gradient, loss);
        Return(engine);
        return (After(state.Step, next, trace.Report.Outcome), trace);
    }

    /// <summary>The point at which the gradient of the next step is to be evaluated, where it depends on the state alone.</summary>
    /// <param name="state">The state.</param>
    /// <returns>The point: the parameters without a probe, the look-ahead point for <c>nag</c>.</returns>
    /// <exception cref="ArgumentException">The state is of another plan, or the point depends on a gradient (<c>sam</c>).</exception>
    public T[] Point(State<T> state) => Point(state, []);

    /// <summary>The point at which the second gradient of the next step is to be evaluated.</summary>
    /// <param name="state">The state.</param>
    /// <param name="gradient">The gradient at the parameters, of the same mini-batch.</param>
    /// <returns>The point: <c>p + ρ g/‖g‖</c> for <c>sam</c>.</returns>
    /// <exception cref="ArgumentException">Wrong length, or a state of another plan.</exception>
    public T[] Point(State<T> state, ReadOnlySpan<T> gradient)
    {
        CheckState(state, nameof(state));
        var point = new T[Layout.Length];
        var engine = Borrow();
        PointInto(engine, state.Store, state.Step, gradient, point);
        Return(engine);
        return point;
    }

    internal void PointInto(Engine<T> engine, StateStore<T> store, long step, ReadOnlySpan<T> gradient, Span<T> point)
    {
        CheckLength(point.Length, nameof(point));
        if (Probes == 0)
        {
            store.Buffer[0].CopyTo(point);
            return;
        }

        if (Probes == 2 && gradient.IsEmpty && Layout.Length > 0)
        {
            throw new ArgumentException(
                $"The point of {ProbeName} depends on the gradient at the parameters; hand it in.", nameof(gradient));
        }

        if (Probes == 2)
        {
            CheckLength(gradient.Length, nameof(gradient));
        }

        engine.Point(store, step, gradient, point);
    }

    /// <summary>
    /// What one update costs, stage by stage: operations, numbers moved, bytes of state, passes. Nothing is run or timed.
    /// </summary>
    /// <returns>The costs; they print as a table.</returns>
    /// <example><code>Console.WriteLine(Optimizer.Adam(0.001).Plan(1000).Cost())</code></example>
    public PlanCost Cost()
    {
        var engine = Borrow();
        var cost = CostCounter.Of(this, engine.Update);
        Return(engine);
        return cost;
    }

    /// <summary>Starts stepping in place.</summary>
    /// <param name="parameters">p_0, of the layout's length, finite. Copied.</param>
    /// <returns>A session at step 0.</returns>
    /// <exception cref="ArgumentException">The length is wrong, or a number is not finite.</exception>
    public Session<T> Start(ReadOnlySpan<T> parameters) => new(this, Init(parameters));

    /// <summary>Goes on in place from a state.</summary>
    /// <param name="state">The state; stays as it is.</param>
    /// <returns>A session at the state's step.</returns>
    /// <exception cref="ArgumentException">The state is of another plan.</exception>
    public Session<T> Resume(State<T> state)
    {
        CheckState(state, nameof(state));
        return new(this, new State<T>(this, state.Store.Copy(), state.Step));
    }

    /// <summary>η_t of a tensor, without the reductions of loss-aware stages.</summary>
    /// <param name="step">t.</param>
    /// <param name="tensor">The tensor's name; the first one that is not frozen if null.</param>
    /// <returns>The rate; 0 for a frozen tensor.</returns>
    /// <exception cref="ArgumentException">There is no such tensor, or the step is negative.</exception>
    public double RateAt(long step, string? tensor = null)
    {
        if (step < 0)
        {
            throw Require.Outside(nameof(step), step, "0 ≤ value");
        }

        if (tensor is null)
        {
            return Resolved.RateOf(step);
        }

        var rate = Resolved.RateOfTensor[Layout.Tensors.ToList().IndexOf(Layout[tensor])];
        return rate < 0 ? 0 : Resolved.Rates[rate].At(step);
    }

    /// <summary>
    /// What a step costs: memory per parameter, the slots, vector width, and the operations of an update in their order;
    /// between two loops over the same elements lies a barrier, which costs one more pass over the update.
    /// </summary>
    /// <returns>Several lines.</returns>
    public string Describe()
    {
        var engine = Borrow();
        var text = PlanDescription.Of(this, engine.Update);
        Return(engine);
        return text;
    }

    /// <summary>One line: the optimizer, the number of parameters, the number type.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"{Optimizer} for {Layout.Length} parameters of {typeof(T).Name}";

    internal Engine<T> Borrow() => Interlocked.Exchange(ref _idle, null) ?? new Engine<T>(Resolved, Execution);

    internal void Return(Engine<T> engine) => _idle = engine;

    internal void CheckStep(ReadOnlySpan<T> gradient, double loss)
    {
        // In the path of every step: what throws stands elsewhere, so that this is inlined.
        if (gradient.Length != Layout.Length || Searches || (NeedsLoss && !double.IsFinite(loss)))
        {
            RefuseStep(gradient, loss);
        }
    }

    internal void CheckLoss(double loss)
    {
        if (Searches || (NeedsLoss && !double.IsFinite(loss)))
        {
            RefuseLoss(loss);
        }
    }

    internal void CheckSeen(Seen<T> seen)
    {
        if (!Searches)
        {
            CheckStep(seen.Gradient, seen.Loss);
        }
    }

    internal void CheckObjective(IObjective objective)
    {
        if (Require.NotNull(objective).Dimension != Layout.Length)
        {
            throw new ArgumentException(
                $"{objective.Name} has {objective.Dimension} parameters; the layout {Layout} has {Layout.Length}.", nameof(objective));
        }

        if (Searches && objective.IsStochastic)
        {
            throw new ArgumentException(
                $"{objective.Name} is another function in every step; {StageNames.Of(Resolved.Search!.Stage)} compares values of one. Hand "
                + "in the whole sum.",
                nameof(objective));
        }
    }

    internal void CheckState(State<T> state, string name)
    {
        if (!ReferenceEquals(Require.NotNull(state, name).Plan, this)
            && !(state.Plan.Optimizer.Equals(Optimizer) && state.Plan.Layout.Equals(Layout)))
        {
            throw new ArgumentException(
                $"{name} belongs to another plan ({state.Plan}); expected one of {this}.", name);
        }
    }

    private State<T> After(long step, StateStore<T> store, StepOutcome outcome) =>
        new(this, store, step + (outcome.HasUpdated() ? 1 : 0));

    private void CheckPoint(bool atPoint)
    {
        if (Probes > 0 && !atPoint)
        {
            throw new ArgumentException(
                $"{ProbeName} needs the gradient at another point than the parameters: evaluate it at Point(state) and say so with "
                + "atPoint = true.", nameof(atPoint));
        }
    }

    private void RefuseStep(ReadOnlySpan<T> gradient, double loss)
    {
        CheckLength(gradient.Length, "gradient");

        // A gradient that is skipped skips its loss.
        if ((Resolved.Guard is null && Resolved.Scaler is null)
            || Kernels.Reduction.FirstNonFinite(gradient, Resolved.Ranges(Resolved.Moving)) < 0)
        {
            RefuseLoss(loss);
        }
    }

    private void RefuseLoss(double loss)
    {
        if (Searches)
        {
            throw new ArgumentException(
                $"{StageNames.Of(Resolved.Search!.Stage)} asks the objective along the step; a gradient alone does not tell: use "
                + "Step(state, objective), or Step(objective) of a session.",
                "gradient");
        }

        if (double.IsNaN(loss))
        {
            throw new ArgumentException(
                $"The optimizer {Optimizer} needs the loss of every step; none was handed in (loss = NaN).", nameof(loss));
        }

        if (Resolved.Stages.FirstOrDefault(site => site.Stage.Has(StageTraits.FiniteLoss)) is { } site)
        {
            throw new ArgumentException(
                FormattableString.Invariant($"The loss is {loss}; {site.Prefix} computes with it and needs a finite one."), nameof(loss));
        }
    }

    internal void CheckLength(int length, string name)
    {
        if (length != Layout.Length)
        {
            throw WrongLength(length, name);
        }
    }

    private ArgumentException WrongLength(int length, string name) =>
        new($"{name} has {length} elements; the layout {Layout} has {Layout.Length}.", name);
}
