using System.Numerics;
using OptCore.Compilation;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// What one running step needs besides the states: the compiled programs, the scalars, the update put aside. Not shared:
/// every session has one, and pure steps borrow one from their plan. Here the gradient is pinned; below, everything is
/// addresses.
/// </summary>
internal sealed unsafe partial class Engine<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ResolvedOptimizer _model;
    private readonly StepMemory<T> _memory;
    private readonly Attendance<T> _attendance;
    private Program<T>?[] _programs;
    private readonly Execution _execution;
    private readonly ElementRange[] _moving;
    private readonly int _guardCount;
    private readonly int _largeCount;
    private readonly int _gateCount;
    private readonly bool _mayRefuseOrHold;
    private readonly SharingTrial? _trial;
    private readonly LiveStages? _live;
    private readonly LineSearch<T>? _search;
    private readonly CurvatureProbe<T>? _curvature;
    private readonly Conditions? _conditions;
    private StateStore<T>? _point;
    private StateStore<T>? _attached;
    private Purpose _running;

    /// <param name="model">The optimizer.</param>
    /// <param name="execution">How it runs.</param>
    /// <param name="places">Where the caller has its tensors, if parameters and gradients are the caller's.</param>
    public Engine(ResolvedOptimizer model, Execution execution, TensorPlace<T>[]? places = null)
    {
        _model = model;
        _execution = execution;
        _memory = new StepMemory<T>(model.Layout.Length, places);
        _attendance = new Attendance<T>(model);
        _programs = _attendance.Programs;
        _guardCount = model.Guard is null ? -1 : model.RefusedIndex;
        _largeCount = model.SizeGuard is null ? -1 : model.LargeIndex;
        _gateCount = model.Gate is null ? -1 : model.HeldIndex;
        _mayRefuseOrHold = model.Guard is not null || model.SizeGuard is not null || model.Gate is not null || model.Scaler is not null;
        _moving = model.Ranges(model.Moving);
        _live = LiveStages.Of(model);
        _curvature = model.Curvature is null ? null : new CurvatureProbe<T>(model);
        _conditions = Conditions.Of(model);
        _mayRefuseOrHold |= _curvature is not null || _conditions is not null;
        if (model.Search is not null)
        {
            _memory.Search = _search = new LineSearch<T>(model, _live);
            _search.Take(Program(Purpose.Trial));
        }

        Update = Program(Purpose.Update);
        _trial = execution is { Threads: > 1, AlwaysShares: false } && Environment.ProcessorCount > 1
            && model.Layout.Length >= SharedWork.MinElements
            ? new SharingTrial()
            : null;
    }

    public Program<T> Update { get; }

    /// <summary>How far the operations of a step look, whatever becomes of the gradient.</summary>
    public Reach Reach
    {
        get
        {
            var operations = Update.Operations.AsEnumerable();
            operations = _model.Gate is null ? operations : operations.Concat(Program(Purpose.Hold).Operations);
            operations = _model.Probe is null ? operations : operations.Concat(Program(Purpose.Point).Operations);
            return operations.Select(operation => operation.Reach).DefaultIfEmpty(Reach.Elements).Max();
        }
    }

    /// <summary>Whether the last step has begun to write: one that threw before left every state as it was.</summary>
    public bool HasWritten { get; private set; }

    /// <summary>The stages that ran last: where a step that threw has stopped.</summary>
    public string LastStages => Program(_running).LastStages;

    /// <summary>Says which tensors have a gradient in the steps to come; empty for all.</summary>
    public void SetPresent(ReadOnlySpan<bool> present)
    {
        if (!_attendance.Set(present))
        {
            return;
        }

        _programs = _attendance.Programs;
        if (_attached is { } store)
        {
            Bind(Program(Purpose.Update), store);
            _memory.Attach(store.Buffer, store.Buffer);
        }
    }

    /// <summary>How often the last step has asked the objective itself.</summary>
    public int Trials => (_search?.Evaluations ?? 0) + (_curvature?.Evaluations ?? 0);

    /// <summary>What an objective says at a point, where the search of the last step has ended there: value, and gradient into
    /// <paramref name="gradient"/>. Null where it has to be asked.</summary>
    public double? Recall(IObjective objective, ReadOnlySpan<T> at, Span<T> gradient) => _search?.Recall(objective, at, gradient);

    /// <summary>Whether <see cref="Recall"/> has an answer.</summary>
    public bool Knows(IObjective objective, ReadOnlySpan<T> at) => _search?.Knows(objective, at) == true;

    /// <summary>Takes up one gradient: reads <paramref name="old"/>, writes <paramref name="next"/> (which may be the same).</summary>
    /// <remarks>What may refuse the step (guard, rates, programs not compiled yet) comes before everything that writes.</remarks>
    /// <param name="purpose">Update, or Observe for a step that is reported on.</param>
    /// <param name="objective">The objective, where the plan has a line search, and the number that it is told.</param>
    /// <returns>What became of the gradient.</returns>
    public StepOutcome Step(
        StateStore<T> old, StateStore<T> next, long step, ReadOnlySpan<T> gradient, double loss,
        Purpose purpose = Purpose.Update, (IObjective Objective, long Index)? objective = null,
        ReadOnlySpan<T> diagonal = default)
    {
        HasWritten = false;
        _search?.Take(objective?.Objective, objective?.Index ?? 0);
        if (Refuses(old, step, gradient) is { } refused)
        {
            HasWritten = true;
            TakeOver(old, next, alsoVectors: true);
            Note(refused, next, step);
            return StepOutcome.Skipped;
        }

        if (_conditions is not null)
        {
            Judge(old, step, gradient, loss);
        }

        var held = HeldWithThisOne(old);
        long? generator = null;
        var estimate = held > 0 || _curvature is null ? default : _curvature.For(old, next, step, objective, diagonal, out generator);
        var program = Prepare(held > 0 ? Purpose.Hold : purpose, step, loss);
        HasWritten = true;
        TakeOver(old, next, alsoVectors: held > 0 || !_attendance.IsFull);
        if (generator is { } drawn)
        {
            next.Counts[_model.Curvature!.Slots[((ICurvature)_model.Curvature.Stage).Generator].Index] = drawn;
        }

        SetCounters(next, held);
        fixed (T* origin = estimate)
        {
            _memory.Diagonal = origin;
            Execute(program, held > 0 ? next : old, next, gradient);
            _memory.Diagonal = null;
        }

        return held > 0 ? StepOutcome.Held : _search is { Failed: true } ? StepOutcome.LineSearchFailed : StepOutcome.Updated;
    }

    /// <summary>
    /// As the other one, of an update that asks no objective. Where nothing can refuse or hold it, which was asked once, it is the few
    /// lines that remain: a sixth less for ten parameters.
    /// </summary>
    public StepOutcome Step(StateStore<T> old, StateStore<T> next, long step, ReadOnlySpan<T> gradient, double loss)
    {
        if (_mayRefuseOrHold || _search is not null || !_attendance.IsFull)
        {
            return Step(old, next, step, gradient, loss, Purpose.Update);
        }

        HasWritten = false;
        var program = Prepare(Purpose.Update, step, loss);
        HasWritten = true;
        TakeOver(old, next, alsoVectors: false);
        Execute(program, old, next, gradient);
        return StepOutcome.Updated;
    }

    /// <summary>Makes one store the state of all following steps: they find everything in place.</summary>
    public void Attach(StateStore<T> store)
    {
        Bind(Program(Purpose.Update), store);
        _memory.Attach(store.Buffer, store.Buffer);
        _attached = store;
    }

    /// <summary>Takes up one gradient in the store of <see cref="Attach"/>: a step without its set-up.</summary>
    public StepOutcome StepAttached(long step, ReadOnlySpan<T> gradient, double loss)
    {
        if (_mayRefuseOrHold)
        {
            var outcome = Step(_attached!, _attached!, step, gradient, loss);
            Attach(_attached!);
            return outcome;
        }

        HasWritten = false;
        var program = Prepare(Purpose.Update, step, loss);
        HasWritten = true;
        Share(program, gradient);
        return StepOutcome.Updated;
    }

    /// <summary>Writes the point at which the gradient is to be evaluated.</summary>
    public void Point(StateStore<T> state, long step, ReadOnlySpan<T> gradient, Span<T> point)
    {
        // One vector: a probe stores nothing but the parameters. Scalars are copied, so that the state stays as it is.
        _point ??= new StateStore<T>(
            new AlignedBuffer<T>(_model.Layout.Length, 1), new double[_model.Scalars], new long[_model.Counts], new T[_model.Shaped]);
        _point.CopyNumbersFrom(state);
        var program = Prepare(Purpose.Point, step, double.NaN);
        Execute(program, state, _point, gradient.IsEmpty ? state.Buffer[0] : gradient);
        _point.Buffer[0].CopyTo(point);
    }

    // The gradients that wait for an update, with this one; 0 if it completes the update.
    private long HeldWithThisOne(StateStore<T> old) =>
        _gateCount >= 0 ? (old.Counts[_gateCount] + 1) % _model.GradientsPerUpdate : 0;

    // The numbers of the old state, and its vectors where the step does not write them all.
    private static void TakeOver(StateStore<T> old, StateStore<T> next, bool alsoVectors)
    {
        if (old == next)
        {
            return;
        }

        next.CopyNumbersFrom(old);
        if (alsoVectors)
        {
            next.Buffer.CopyFrom(old.Buffer);
        }
    }

    private void SetCounters(StateStore<T> next, long held)
    {
        if (_guardCount >= 0)
        {
            next.Counts[_guardCount] = 0;
        }

        if (_gateCount >= 0)
        {
            next.Counts[_gateCount] = held;
        }

        if (held == 0)
        {
            _conditions?.Count(next.Counts);
        }
    }

    // What a step is told before anything is written; throws where a rate is not finite, or a hyper-parameter outside its range.
    private Program<T> Prepare(Purpose purpose, long step, double loss)
    {
        _running = purpose;
        var program = Program(purpose);
        var context = _memory.Context;
        context.Number = step + 1;
        context.Loss = loss;
        context.StepFactor = 1;
        if (_live is not null)
        {
            _live.Set(step);
            program.Refresh();
        }

        program.SetRates(context);
        return program;
    }

    private void Execute(Program<T> program, StateStore<T> old, StateStore<T> next, ReadOnlySpan<T> gradient)
    {
        Bind(program, next);
        _memory.Attach(old.Buffer, next.Buffer);
        Share(program, gradient);
        GC.KeepAlive(old);
        GC.KeepAlive(next);
    }

    // Alone or with other threads, and measures whether they help.
    private void Share(Program<T> program, ReadOnlySpan<T> gradient)
    {
        if (_trial is not { } trial || program != Update)
        {
            Pin(program, gradient);
            return;
        }

        _memory.IsShared = trial.IsShared;
        if (trial.TrySkip())
        {
            Pin(program, gradient);
            return;
        }

        var start = System.Diagnostics.Stopwatch.GetTimestamp();
        Pin(program, gradient);
        trial.Record(start, System.Diagnostics.Stopwatch.GetTimestamp());
    }

    private void Pin(Program<T> program, ReadOnlySpan<T> gradient)
    {
        fixed (T* origin = gradient)
        {
            _memory.Gradient = origin;
            program.RunOperations(_memory);
        }

        // The loops know addresses only: the buffers must outlive the last of them.
        GC.KeepAlive(this);
    }

    private void Bind(Program<T> program, StateStore<T> scalars)
    {
        var context = _memory.Context;
        context.ScalarValues = scalars.Scalars;
        context.CountValues = scalars.Counts;
        _memory.ShapedValues = scalars.Shaped;
        if (context.MeasuredValues.Length < program.Measures)
        {
            context.MeasuredValues = new double[program.Measures];
        }
    }

    private Program<T> Program(Purpose purpose) =>
        _programs[(int)purpose] ??= Widths.Compile(_attendance.Model, _memory, purpose, _execution, _live);
}
