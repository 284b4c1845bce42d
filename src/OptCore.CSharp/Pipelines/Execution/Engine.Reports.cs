using OptCore.Kernels;

namespace OptCore;

/// <content>Steps that are told of: reports, traces, where a value first was not finite.</content>
internal sealed unsafe partial class Engine<T>
{
    /// <summary>Steps out of place, reports on it and measures what stands behind every stage.</summary>
    /// <inheritdoc cref="Report"/>
    public StepTrace Trace(
        StateStore<T> old, StateStore<T> next, long step, ReadOnlySpan<T> gradient, double loss,
        (IObjective Objective, long Index)? objective = null)
    {
        var moving = TensorSet.Of(_attendance.Tensors, _model.Layout.Tensors.Count);
        var watcher = new TraceWatcher<T>(_model, moving, gradient, old.Buffer[0]);
        var report = Watched(watcher, old, next, step, gradient, loss, objective);
        return new StepTrace(report, watcher.Stages);
    }

    /// <summary>Steps out of place, reports on it and shows what stands behind every stage.</summary>
    /// <inheritdoc cref="Report"/>
    public StepReport Watched(
        IStageWatcher<T> watcher, StateStore<T> old, StateStore<T> next, long step, ReadOnlySpan<T> gradient, double loss,
        (IObjective Objective, long Index)? objective = null)
    {
        _memory.Watcher = watcher;
        try
        {
            return Report(old, next, step, gradient, loss, objective, purpose: Purpose.Trace);
        }
        finally
        {
            _memory.Watcher = null;
        }
    }

    /// <summary>Steps out of place and reports on it.</summary>
    /// <remarks>As a step, but <paramref name="old"/> and <paramref name="next"/> must differ.</remarks>
    public StepReport Report(
        StateStore<T> old, StateStore<T> next, long step, ReadOnlySpan<T> gradient, double loss,
        (IObjective Objective, long Index)? objective = null, ReadOnlySpan<T> diagonal = default, Purpose purpose = Purpose.Observe)
    {
        var planned = _model.RateOf(step);
        var outcome = Step(old, next, step, gradient, loss, purpose, objective, diagonal);
        var program = Program(purpose);
        var norms = new ReportedNorms(_model, _moving);
        return new StepReport
        {
            Step = step,
            Outcome = outcome,
            Rate = outcome.HasUpdated() && program.Rates.Length > 0 ? program.Rates[0] : planned,
            Loss = loss,
            LossScale = _model.LossScale(old.Scalars),
            GradientNorm = Norm.Of(gradient, _attendance.Present) / _model.LossScale(old.Scalars),
            ConditionedNorm = outcome.HasUpdated() ? _memory.Context[program.Conditioned!.Value] : double.NaN,
            UpdateNorm = norms.Update<T>(old.Buffer[0], next.Buffer[0]),
            ParameterNorm = Norm.Of<T>(old.Buffer[0], _moving),
            WorstTensor = norms.WorstTensor<T>(old.Buffer[0], next.Buffer[0]),
            NonFinite = FindNonFinite(old, next, step, gradient, loss, outcome),
        };
    }

    private NonFiniteValue? FindNonFinite(
        StateStore<T> old, StateStore<T> next, long step, ReadOnlySpan<T> gradient, double loss, StepOutcome outcome)
    {
        var element = FirstNonFinite(gradient);
        if (element >= 0)
        {
            return Locate("gradient", element);
        }

        if (!outcome.HasUpdated())
        {
            return null;
        }

        if (Reduction.FirstNonFinite(next.Buffer[0], _moving) < 0)
        {
            return FindInSlots(next);
        }

        var copy = old.Copy();
        var program = Prepare(Purpose.Diagnose, step, loss);
        if (_gateCount >= 0)
        {
            copy.Counts[_gateCount] = 0;
        }

        _conditions?.Count(copy.Counts);

        fixed (T* estimate = _curvature is null ? default : _curvature.Made)
        {
            _memory.Diagonal = estimate;
            Execute(program, old, copy, gradient);
            _memory.Diagonal = null;
        }

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
}
