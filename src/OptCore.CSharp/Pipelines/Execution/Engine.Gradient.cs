using OptCore.Kernels;

namespace OptCore;

/// <content>What is asked of a gradient before a step: whether it is taken, and which stages act on it.</content>
internal sealed unsafe partial class Engine<T>
{
    // Which stages act in this step, and the programs of such steps.
    private void Judge(StateStore<T> old, long step, ReadOnlySpan<T> gradient, double loss)
    {
        _conditions!.Judge(new StepFacts(step, _conditions.LooksAtGradient ? Length(old, gradient) : double.NaN, loss));
        if (_attendance.Set(_conditions.Turns))
        {
            _programs = _attendance.Programs;
            _search?.Take(Program(Purpose.Trial));
        }
    }

    // Why a gradient is refused; null if it is taken. Giving up changes nothing, not even the counter: the same gradient gives up again.
    private Refusal? Refuses(StateStore<T> old, long step, ReadOnlySpan<T> gradient)
    {
        if ((_model.Guard is not null || _model.Scaler is not null) && FirstNonFinite(gradient) is var element && element >= 0)
        {
            if (_model.Guard is not { } guard)
            {
                return new Refusal(IsFinite: false, 0);
            }

            var refused = old.Counts[_guardCount];
            return ((IGuard)guard.Stage).Refuse(ref refused)
                ? new Refusal(IsFinite: false, refused)
                : throw new NonFiniteGradientException((_execution.Shard?.Whole ?? _model.Layout).At(element), element, step, refused);
        }

        // A norm that is NaN is not at most anything.
        return _model.SizeGuard is not null && !(Length(old, gradient) <= _model.LargestNorm(step))
            ? new Refusal(IsFinite: true, old.Counts[_largeCount] + 1)
            : null;
    }

    private void Note(Refusal refused, StateStore<T> next, long step)
    {
        if (refused.IsFinite)
        {
            next.Counts[_largeCount] = refused.Count;
            return;
        }

        if (_guardCount >= 0)
        {
            next.Counts[_guardCount] = refused.Count;
        }

        if (_model.Scaler is not null)
        {
            ref var scale = ref next.Scalars[_model.ScaleIndex];
            scale = _model.ShrunkScale(step, scale);
            next.Counts[_model.GoodIndex] = 0;
            next.Counts[_model.OverflowsIndex]++;
        }
    }

    // ‖g‖ of the loss itself.
    private double Length(StateStore<T> old, ReadOnlySpan<T> gradient) => Length(gradient) / _model.LossScale(old.Scalars);

    // Of all ranks' elements, where several share them.
    private double Length(ReadOnlySpan<T> gradient) =>
        _memory.Places is not null ? Norm.Of<T>(_memory.Whole(Source.Gradient, _attendance.Tensors), _attendance.Present)
        : _execution.Shard is { } shard ? Norm.Of<T>(shard.All(gradient), shard.Ranges(_attendance.Model.Moving))
        : Norm.Of(gradient, _attendance.Present);

    // Of all ranks' elements, where several share them.
    private int FirstNonFinite(ReadOnlySpan<T> gradient)
    {
        if (_memory.Places is not { } places)
        {
            var element = Reduction.FirstNonFinite(gradient, _attendance.Present);
            return _execution.Shard is { } shard ? shard.First(element) : element;
        }

        foreach (var tensor in _attendance.Tensors)
        {
            if (Reduction.FirstNonFinite<T>(places[tensor].Of(Source.Gradient)) is var index and >= 0)
            {
                return places[tensor].Range.Start + index;
            }
        }

        return -1;
    }
}

/// <summary>Why a gradient was refused.</summary>
/// <param name="IsFinite">Whether it was too large, else it was not finite.</param>
/// <param name="Count">What the counter of the stage that refused it becomes.</param>
internal readonly record struct Refusal(bool IsFinite, long Count);
