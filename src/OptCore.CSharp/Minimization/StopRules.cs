using System.Numerics;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Judges iterates by the options. A criterion that an update sees (on its mini-batch, at the point of its probe) is a
/// suspicion only: <see cref="Final"/> repeats it for the whole objective at the parameters.
/// </summary>
internal sealed class StopRules<T>(MinimizeOptions options, Walk<T> walk)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T[] _bestPoint = options.KeepBest ? new T[walk.Parameters.Length] : [];
    private double _bestValue = double.NaN;
    private long _bestStep;
    private double _first = double.NaN;
    private double _reference = double.PositiveInfinity;
    private long _since = walk.Step;
    private long _confirmFrom;
    private long _wait = 1;

    /// <summary>The smallest value so far, and where; null before the first finite one, or if it is not kept.</summary>
    public BestPoint<T>? Best => double.IsNaN(_bestValue) ? null : new BestPoint<T>(_bestValue, _bestStep, _bestPoint);

    /// <summary>What the rules remember, as a copy; read into by <see cref="Recall"/>.</summary>
    public StopMemory Memory => new()
    {
        BestPoint = double.IsNaN(_bestValue) ? [] : Array.ConvertAll(_bestPoint, Reduction.Widen),
        BestValue = _bestValue,
        BestStep = _bestStep,
        First = _first,
        Reference = _reference,
        Since = _since,
        ConfirmFrom = _confirmFrom,
        Wait = _wait,
    };

    /// <summary>Goes on with what the rules of an interrupted run remembered.</summary>
    public void Recall(StopMemory memory)
    {
        WideVectors.Narrow<T>(memory.BestPoint, _bestPoint);
        (_bestValue, _bestStep, _first, _reference) = (memory.BestValue, memory.BestStep, memory.First, memory.Reference);
        (_since, _confirmFrom, _wait) = (memory.Since, memory.ConfirmFrom, memory.Wait);
    }

    /// <summary>The reason to stop before the update in hand, or null to make it.</summary>
    public Reason? Judge()
    {
        if (!walk.IsFinite)
        {
            return double.IsNaN(_first) ? Reason.NonFinite : Reason.Diverged;
        }

        if (double.IsNaN(_first))
        {
            _first = walk.Value;
        }

        if (Exceeds(walk.Value))
        {
            return Reason.Diverged;
        }

        Improve(walk.Value, walk.EvaluatedAt);
        return Suspects() ? Reason.Converged
            : walk.Step - _since >= options.Patience ? Reason.Stalled
            : null;
    }

    /// <summary>Called where <see cref="Final"/> has refuted a suspicion: the next one has to wait, twice as long each time.</summary>
    public void Refuted()
    {
        _confirmFrom = walk.Step + _wait;
        _wait *= 2;
    }

    /// <summary>The true reason, given the whole objective at the parameters.</summary>
    public Reason Final(Reason reason, WholeValue whole)
    {
        var (value, gradientNorm, projectedNorm) = whole;
        if (reason is Reason.Diverged or Reason.NonFinite or Reason.InvariantBroken)
        {
            return reason;
        }

        if (!double.IsFinite(value) || !double.IsFinite(gradientNorm) || Reduction.FirstNonFinite(walk.Parameters) >= 0)
        {
            return double.IsNaN(_first) ? Reason.NonFinite : Reason.Diverged;
        }

        if (!double.IsNaN(_first) && Exceeds(value))
        {
            return Reason.Diverged;
        }

        Improve(value, walk.Parameters);
        return reason is Reason.Cancelled or Reason.TimeLimit ? reason
            : Meets(value, projectedNorm) || (reason == Reason.LineSearchFailed && projectedNorm == 0) ? Reason.Converged
            : reason == Reason.Converged ? Reason.LimitReached
            : reason;
    }

    private bool Suspects() => walk.Step >= _confirmFrom && Meets(walk.Value, walk.ProjectedNorm);

    private bool Meets(double value, double norm) => norm <= options.GradientTolerance || value <= options.Target;

    private bool Exceeds(double value) => value - _first > options.DivergenceThreshold * Math.Max(1, Math.Abs(_first));

    private void Improve(double value, ReadOnlySpan<T> point)
    {
        if (value < _reference - (options.ValueTolerance * Math.Abs(_reference)) || double.IsPositiveInfinity(_reference))
        {
            (_reference, _since) = (value, walk.Step);
        }

        if (options.KeepBest && !(value >= _bestValue))
        {
            (_bestValue, _bestStep) = (value, walk.Step);
            point.CopyTo(_bestPoint);
        }
    }
}
