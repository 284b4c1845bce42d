using System.Numerics;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// The steps of one run: evaluates the gradient that the plan asks for, at the point of its probe, and hands it on.
/// Allocates nothing per step.
/// </summary>
/// <remarks>
/// The step handed to the objective is the number of gradients taken up: t·n + (those held by <c>accumulate n</c>) +
/// (those refused in a row by <c>skipNonFinite</c>, or all those refused by <c>lossScale</c>) + (all those refused by
/// <c>skipLarge</c>). It is a function of the state, so that a resumed run sees the same batches, every micro-gradient another one, and
/// a refused one is followed by the next.
/// </remarks>
internal sealed class Walk<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Session<T> _session;
    private readonly IObjective _objective;
    private readonly ElementRange[] _moving;
    private readonly ProjectedGradient<T, T>? _projected;
    private readonly ProjectedGradient<T, double>? _projectedSum;

    // The gradient of the step, and the one that is measured: two arrays only under a probe like sam's. What the session gets of them:
    // another array only where it takes gradients of a scaled loss.
    private readonly T[] _gradient;
    private readonly T[] _measured;
    private readonly T[] _handed;
    private readonly T[] _point;
    private readonly double[] _sum;
    private readonly int _perUpdate;
    private readonly bool _guarded;
    private readonly bool _mayBeTooLarge;
    private readonly bool _isScaled;
    private long _held;
    private long _refused;
    private long _large;
    private double _loss;
    private double _values;
    private int _summed;

    // Whether value and gradient of the update in hand are those of the whole objective at the parameters: so it is where a plan searches,
    // which refuses objectives that differ from step to step, and probes.
    private bool _isWhole;
    private bool _hasCounted;

    public Walk(State<T> start, IObjective objective)
    {
        Plan = start.Plan;
        _objective = objective;
        _session = Plan.Resume(start);
        _moving = Plan.Resolved.Ranges(Plan.Resolved.Moving);
        _projected = ProjectedGradient<T, T>.Of(Plan.Resolved);
        _projectedSum = Plan.GradientsPerUpdate == 1 ? null : ProjectedGradient<T, double>.Of(Plan.Resolved);
        _gradient = new T[objective.Dimension];
        _measured = Plan.Probes == 2 ? new T[objective.Dimension] : _gradient;
        _point = Plan.Probes == 0 ? [] : new T[objective.Dimension];
        _isScaled = Plan.Resolved.Scaler is not null;
        _handed = _isScaled ? new T[objective.Dimension] : _gradient;
        _perUpdate = Plan.GradientsPerUpdate;
        _sum = _perUpdate == 1 ? [] : new double[objective.Dimension];
        _guarded = Plan.Resolved.Guard is not null;
        _mayBeTooLarge = Plan.Resolved.SizeGuard is not null;
        _held = Plan.Resolved.Gate is null ? 0 : start.Store.Counts[Plan.Resolved.HeldIndex];
        _refused = _isScaled ? start.Store.Counts[Plan.Resolved.OverflowsIndex]
            : Plan.Resolved.Guard is null ? 0 : start.Store.Counts[Plan.Resolved.RefusedIndex];
        _large = Plan.Resolved.SizeGuard is null ? 0 : start.Store.Counts[Plan.Resolved.LargeIndex];
    }

    public Plan<T> Plan { get; }

    /// <summary>t, the number of updates applied.</summary>
    public long Step => _session.StepCount;

    /// <summary>The number of evaluations of the objective.</summary>
    public long Evaluations { get; private set; }

    /// <summary>
    /// Whether <see cref="Evaluations"/> has that of the parameters already, which a search has made: who goes on from a file makes it
    /// again, and does not count it again.
    /// </summary>
    public bool HasCounted => _hasCounted || _session.Knows(_objective);

    /// <summary>The value that the update in hand sees: the mean over its gradients.</summary>
    public double Value { get; private set; }

    /// <summary>‖g‖ that the update in hand sees: of the mean of its gradients.</summary>
    public double GradientNorm { get; private set; }

    /// <summary><see cref="GradientNorm"/>, of what stages that keep bounds leave of the gradient.</summary>
    public double ProjectedNorm { get; private set; }

    /// <summary>How many gradients were refused for their length, or under a loss scale, since the last one that was taken.</summary>
    public long RefusedInARow { get; private set; }

    /// <summary>Whether value and gradient of the update in hand are finite.</summary>
    public bool IsFinite => double.IsFinite(Value) && double.IsFinite(GradientNorm);

    /// <summary>η_t, without the reductions of loss-aware stages.</summary>
    public double Rate => Plan.RateAt(Step);

    /// <summary>Whether the last update's line search has found nothing.</summary>
    public bool SearchFailed { get; private set; }

    public ReadOnlySpan<T> Parameters => _session.AsSpan();

    /// <summary>The gradient of the step.</summary>
    public ReadOnlySpan<T> Gradient => _gradient;

    /// <summary>Where <see cref="Value"/> was evaluated.</summary>
    public ReadOnlySpan<T> EvaluatedAt => Plan.Probes == 1 ? _point : Parameters;

    // NaN says that there is no loss, which loss-aware stages refuse; +∞ is no improvement to them.
    private double Loss => double.IsNaN(_loss) ? double.PositiveInfinity : _loss;

    /// <summary>The session, to be stored.</summary>
    public Session<T> Session => _session;

    /// <summary>The sums of the gradients that the update in hand has so far, and how many they are.</summary>
    public (double[] Gradient, double Value, int Count) Sums => (_summed == 0 ? [] : [.. _sum], _values, _summed);

    public State<T> Snapshot() => _session.Snapshot();

    /// <summary>Goes on with the counts and sums of an interrupted run.</summary>
    public void Recall(RunRecord record)
    {
        (Evaluations, _hasCounted) = (record.Evaluations, record.HasCounted);
        (_values, _summed) = (record.ValueSum, record.Summed);
        record.GradientSum.CopyTo(_sum, 0);
    }

    /// <summary>Evaluates one gradient; true when it completes an update, which is then in hand.</summary>
    /// <exception cref="NonFiniteGradientException"><c>skipNonFinite</c> gives up.</exception>
    public bool Prepare()
    {
        var value = Evaluate();
        if (_isScaled)
        {
            Evaluation.Scale(_gradient, _session.LossScale, _handed);
        }

        if ((_guarded || _isScaled) && Reduction.FirstNonFinite<T>(_handed, _moving) >= 0)
        {
            _session.Step(_handed, Loss);
            _refused++;
            RefusedInARow += _isScaled ? 1 : 0;
            return false;
        }

        if (_mayBeTooLarge && !(Norm.Of<T>(_handed, _moving) / _session.LossScale <= Plan.Resolved.LargestNorm(Step)))
        {
            _session.Step(_handed, Loss);
            (_large, RefusedInARow) = (_large + 1, RefusedInARow + 1);
            return false;
        }

        RefusedInARow = 0;
        Measure(value);
        if (_held + 1 < _perUpdate)
        {
            _session.Step(_handed, Loss);
            _held++;
            ForgetRefused();
            return false;
        }

        return true;
    }

    // The number that the objective is told.
    private long Index => (Step * _perUpdate) + _held + _refused + _large;

    /// <summary>Makes the update in hand.</summary>
    /// <param name="watcher">Who sees the parameters behind every stage; null for nobody.</param>
    public void Update(IStageWatcher<T>? watcher = null)
    {
        if (watcher is not null)
        {
            SearchFailed = _session.Watched(watcher, _handed, Loss, Plan.Asks ? (_objective, Index) : null)
                == StepOutcome.LineSearchFailed;
            Evaluations += Plan.Asks ? _session.Trials : 0;
        }
        else if (Plan.Asks)
        {
            SearchFailed = _session.Step(_objective, Index, _handed, Loss) == StepOutcome.LineSearchFailed;
            Evaluations += _session.Trials;
        }
        else
        {
            _session.Step(_handed, Loss);
        }

        _held = 0;
        _isWhole = false;
        ForgetRefused();
        (_values, _summed) = (0, 0);
    }

    // Those in a row; a loss scale counts all of them.
    private void ForgetRefused() => _refused = _isScaled ? _refused : 0;

    /// <summary>The whole objective at the parameters; keeps the update in hand.</summary>
    public WholeValue EvaluateWhole()
    {
        if (_isWhole)
        {
            return new(Value, GradientNorm, ProjectedNorm);
        }

        var gradient = new T[_gradient.Length];
        if (_session.Recall(_objective, gradient) is not { } value)
        {
            CountOne();
            value = _objective.EvaluateAt<T>(Parameters, gradient);
        }

        var norm = Norm.Of<T>(gradient, _moving);
        return new(value, norm, _projected?.Norm(Parameters, gradient) ?? norm);
    }

    private double Evaluate()
    {
        var index = Index;
        _isWhole = Plan.Searches;
        if (_session.Recall(_objective, _measured) is { } known)
        {
            return _loss = known;
        }

        if (Plan.Probes == 1)
        {
            _session.Point(_point);
        }

        CountOne();
        var value = _loss = _objective.EvaluateAt<T>(index, EvaluatedAt, _measured);
        if (Plan.Probes == 2)
        {
            if (_isScaled)
            {
                Evaluation.Scale(_measured, _session.LossScale, _handed);
            }

            _session.Point(_isScaled ? _handed : _measured, _point);
            Evaluations++;
            _loss = _objective.EvaluateAt<T>(index, _point, _gradient);
        }

        return value;
    }

    private void CountOne()
    {
        Evaluations += _hasCounted ? 0 : 1;
        _hasCounted = false;
    }

    private void Measure(double value)
    {
        if (_perUpdate == 1)
        {
            (Value, GradientNorm) = (value, Norm.Of<T>(_measured, _moving));
            ProjectedNorm = _projected?.Norm(EvaluatedAt, _measured) ?? GradientNorm;
            return;
        }

        _values += value;
        _summed++;
        for (var i = 0; i < _sum.Length; i++)
        {
            _sum[i] = (_summed == 1 ? 0 : _sum[i]) + Reduction.Widen(_measured[i]);
        }

        Value = _values / _summed;
        GradientNorm = Norm.Of<double>(_sum, _moving) / _summed;
        ProjectedNorm = _projectedSum?.Norm(EvaluatedAt, _sum, _summed) ?? GradientNorm;
    }
}

/// <summary>What the whole objective says at a point.</summary>
/// <param name="Value">f.</param>
/// <param name="GradientNorm">‖∇f‖.</param>
/// <param name="ProjectedNorm">The norm of what stages that keep bounds leave of it.</param>
internal readonly record struct WholeValue(double Value, double GradientNorm, double ProjectedNorm);
