using System.Numerics;
using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// What one running step needs besides the states: the compiled programs, the scalars, the update put aside. Not shared:
/// every session has one, and pure steps borrow one from their plan.
/// </summary>
internal sealed class Engine<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Model _model;
    private readonly Frame<T> _frame;

    // One for each purpose, the last of which is Diagnose.
    private readonly Program<T>?[] _programs = new Program<T>?[(int)Purpose.Diagnose + 1];
    private readonly Execution _execution;
    private readonly Kernels.Range[] _moving;
    private readonly Trial? _trial;
    private StateStore<T>? _point;
    private StateStore<T>? _attached;

    public Engine(Model model, Execution execution)
    {
        _model = model;
        _execution = execution;
        _frame = new Frame<T>(model.Layout.Length);
        _moving = model.Ranges(model.Moving);
        Update = Program(Purpose.Update);
        _trial = execution.Threads > 1 && Environment.ProcessorCount > 1 && model.Layout.Length >= SharedWork.Least ? new Trial() : null;
    }

    public Program<T> Update { get; }

    /// <summary>Takes up one gradient: reads <paramref name="old"/>, writes <paramref name="next"/> (which may be the same).</summary>
    /// <remarks>The scalars and counts of <paramref name="next"/> must hold those of the old state already.</remarks>
    /// <param name="purpose">Update, or Observe for a step that is reported on.</param>
    /// <returns>What became of the gradient.</returns>
    public StepOutcome Step(StateStore<T> old, StateStore<T> next, long step, ReadOnlySpan<T> gradient, double loss, Purpose purpose = Purpose.Update)
    {
        if (_model.Guard is { } guard && Refuses(guard, next, step, gradient))
        {
            CopyAll(old, next);
            return StepOutcome.Skipped;
        }

        if (_model.Gate is not null && !Completes(next))
        {
            CopyAll(old, next);
            Run(Program(Purpose.Hold), next, next, next, step, gradient, loss);
            return StepOutcome.Held;
        }

        Run(purpose == Purpose.Update ? Update : Program(purpose), old, next, next, step, gradient, loss);
        return StepOutcome.Updated;
    }

    /// <summary>Makes one store the state of all following steps: they find everything in place.</summary>
    public void Attach(StateStore<T> store)
    {
        Bind(Update, store);
        _frame.Attach(store.Buffer, store.Buffer);
        _attached = store;
    }

    /// <summary>Takes up one gradient in the store of <see cref="Attach"/>: <see cref="Step"/> without its set-up.</summary>
    public StepOutcome StepAttached(long step, ReadOnlySpan<T> gradient, double loss)
    {
        if (_model.Guard is not null || _model.Gate is not null)
        {
            var outcome = Step(_attached!, _attached!, step, gradient, loss);
            Attach(_attached!);
            return outcome;
        }

        _frame.Context.Number = step + 1;
        _frame.Context.Loss = loss;
        RunAttached(Update, gradient);
        return StepOutcome.Updated;
    }

    /// <summary>Steps out of place and reports on it.</summary>
    /// <remarks>As <see cref="Step"/>, but <paramref name="old"/> and <paramref name="next"/> must differ.</remarks>
    public StepReport Report(StateStore<T> old, StateStore<T> next, long step, ReadOnlySpan<T> gradient, double loss)
    {
        var outcome = Step(old, next, step, gradient, loss, Purpose.Observe);
        var program = Program(Purpose.Observe);
        var norms = new ReportedNorms(_model, _moving);
        return new StepReport
        {
            Step = step,
            Outcome = outcome,
            Rate = outcome == StepOutcome.Updated && program.Rates.Length > 0 ? program.Rates[0] : _model.RateOf(step),
            Loss = loss,
            GradientNorm = Norm.Of(gradient, _moving),
            ConditionedNorm = outcome == StepOutcome.Updated ? _frame.Context[program.Conditioned!.Value] : double.NaN,
            UpdateNorm = norms.Update<T>(old.Buffer[0], next.Buffer[0]),
            ParameterNorm = Norm.Of<T>(old.Buffer[0], _moving),
            WorstTensor = norms.WorstTensor<T>(old.Buffer[0], next.Buffer[0]),
            NonFinite = FindNonFinite(old, next, step, gradient, loss, outcome),
        };
    }

    /// <summary>Writes the point at which the gradient is to be evaluated.</summary>
    public void Point(StateStore<T> state, long step, ReadOnlySpan<T> gradient, Span<T> point)
    {
        // One vector: a probe stores nothing but the parameters. Scalars are copied, so that the state stays as it is.
        _point ??= new StateStore<T>(new AlignedBuffer<T>(_model.Layout.Length, 1), new double[_model.Scalars], new long[_model.Counts], new T[_model.Shaped]);
        _point.CopyNumbersFrom(state);
        Run(Program(Purpose.Point), state, _point, _point, step, gradient.IsEmpty ? state.Buffer[0] : gradient, double.NaN);
        _point.Buffer[0].CopyTo(point);
    }

    private bool Refuses(SitedStage guard, StateStore<T> next, long step, ReadOnlySpan<T> gradient)
    {
        ref var count = ref next.Counts[_model.RefusedIndex];
        var element = Reduction.FirstNonFinite(gradient, _moving);
        if (element < 0)
        {
            count = 0;
            return false;
        }

        // Giving up changes nothing, not even the counter: the same gradient gives up again.
        var refused = count;
        if (!((IGuard)guard.Stage).Refuse(ref refused))
        {
            throw new NonFiniteGradientException(_model.Layout.At(element), element, step, refused);
        }

        count = refused;
        return true;
    }

    private NonFiniteValue? FindNonFinite(StateStore<T> old, StateStore<T> next, long step, ReadOnlySpan<T> gradient, double loss, StepOutcome outcome)
    {
        var element = Reduction.FirstNonFinite(gradient, _moving);
        if (element >= 0)
        {
            return Locate("gradient", element);
        }

        if (outcome != StepOutcome.Updated)
        {
            return null;
        }

        if (Reduction.FirstNonFinite(next.Buffer[0], _moving) < 0)
        {
            return FindInSlots(next);
        }

        var copy = old.Copy();
        var program = Program(Purpose.Diagnose);
        if (_model.Gate is not null)
        {
            copy.Counts[_model.HeldIndex] = 0;
        }

        Run(program, old, copy, copy, step, gradient, loss);
        var check = program.Operations.OfType<CheckFinite<T>>().FirstOrDefault(check => check.Element >= 0);
        return check is null ? null : Locate(check.Stage, check.Element);
    }

    // Behind finite parameters: an overflowed adam.v holds its parameter still from then on. Scalars may be infinite by design
    // (the best loss before the first).
    private NonFiniteValue? FindInSlots(StateStore<T> store)
    {
        foreach (var slot in _model.Slots)
        {
            foreach (var place in SlotPlaces.Of(_model, slot))
            {
                if (place.Storage == SlotStorage.Vector && Reduction.FirstNonFinite<T>(store.Vector(place)) is var element and >= 0)
                {
                    return new NonFiniteValue(slot.Name, place.Tensor!.Name, element);
                }
            }
        }

        return null;
    }

    private NonFiniteValue Locate(string stage, int element)
    {
        var tensor = _model.Layout.At(element);
        return new NonFiniteValue(stage, tensor.Name, element - tensor.Offset);
    }

    private bool Completes(StateStore<T> next)
    {
        ref var count = ref next.Counts[_model.HeldIndex];
        count = (count + 1) % _model.GradientsPerUpdate;
        return count == 0;
    }

    private static void CopyAll(StateStore<T> old, StateStore<T> next)
    {
        if (old != next)
        {
            next.Buffer.CopyFrom(old.Buffer);
        }
    }

    private void Run(Program<T> program, StateStore<T> old, StateStore<T> next, StateStore<T> scalars, long step, ReadOnlySpan<T> gradient, double loss)
    {
        Bind(program, scalars);
        _frame.Context.Number = step + 1;
        _frame.Context.Loss = loss;
        _frame.Attach(old.Buffer, next.Buffer);
        RunAttached(program, gradient);
        GC.KeepAlive(old);
    }

    private void RunAttached(Program<T> program, ReadOnlySpan<T> gradient)
    {
        if (_trial is not { } trial || program != Update)
        {
            _frame.Run(program, gradient);
            return;
        }

        _frame.Shares = trial.Shares;
        if (trial.Rests())
        {
            _frame.Run(program, gradient);
            return;
        }

        var start = System.Diagnostics.Stopwatch.GetTimestamp();
        _frame.Run(program, gradient);
        trial.Note(start, System.Diagnostics.Stopwatch.GetTimestamp());
    }

    private void Bind(Program<T> program, StateStore<T> scalars)
    {
        var context = _frame.Context;
        context.ScalarValues = scalars.Scalars;
        context.CountValues = scalars.Counts;
        _frame.ShapedValues = scalars.Shaped;
        if (context.MeasuredValues.Length < program.Measures)
        {
            context.MeasuredValues = new double[program.Measures];
        }
    }

    private Program<T> Program(Purpose purpose) => _programs[(int)purpose] ??= Compile(purpose);

    // One method for each width: a method that names all three would load the types of all three.
    private Program<T> Compile(Purpose purpose) =>
        _execution.Bits == 512 ? Compile512(purpose) : _execution.Bits == 256 ? Compile256(purpose) : Compile128(purpose);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private Program<T> Compile512(Purpose purpose) => Compiler<Simd512<T>, T>.Compile(_model, _frame, purpose, _execution);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private Program<T> Compile256(Purpose purpose) => Compiler<Simd256<T>, T>.Compile(_model, _frame, purpose, _execution);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private Program<T> Compile128(Purpose purpose) => Compiler<Simd128<T>, T>.Compile(_model, _frame, purpose, _execution);
}

/// <summary>What became of a gradient.</summary>
public enum StepOutcome
{
    /// <summary>The parameters were updated.</summary>
    Updated,

    /// <summary>The gradient was taken up; more are needed for an update (<c>accumulate</c>).</summary>
    Held,

    /// <summary>The gradient was not finite and was refused (<c>skipNonFinite</c>).</summary>
    Skipped,
}
