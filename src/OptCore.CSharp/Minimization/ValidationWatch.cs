using System.Numerics;
using OptCore.Kernels;

namespace OptCore;

/// <summary>Looks at the metric of a run.</summary>
internal sealed class ValidationWatch<T>(Validation validation)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Scratch _wide = new();
    private double _best = double.NaN;
    private T[] _point = [];
    private long _step;
    private long _bad;
    private long _cooling;

    /// <summary>The best metric so far, and where; null before the first that is a number.</summary>
    public BestPoint<T>? Best => double.IsNaN(_best) ? null : new BestPoint<T>(_best, _step, _point);

    /// <summary>What it remembers, as a copy; read into by <see cref="Recall"/>.</summary>
    public ValidationMemory Memory => new()
    {
        Best = _best,
        Step = _step,
        Bad = _bad,
        Cooling = _cooling,
        Point = Array.ConvertAll(_point, Reduction.Widen),
    };

    /// <summary>Goes on with what an interrupted run remembered.</summary>
    public void Recall(ValidationMemory memory)
    {
        (_best, _step, _bad, _cooling) = (memory.Best, memory.Step, memory.Bad, memory.Cooling);
        _point = new T[memory.Point.Length];
        WideVectors.Narrow<T>(memory.Point, _point);
    }

    /// <summary>Looks, if it is time; true where the run is to end.</summary>
    /// <param name="done">The number of updates of this run.</param>
    /// <param name="step">t.</param>
    /// <param name="parameters">The parameters.</param>
    public bool IsOver(long done, long step, ReadOnlySpan<T> parameters)
    {
        if (done % validation.Every != 0)
        {
            return false;
        }

        var metric = validation.Metric(WideVectors.Of(parameters, _wide, 0));
        if (Improves(metric))
        {
            (_best, _step, _bad, _cooling) = (metric, step, 0, validation.Cooldown);
            _point = [.. parameters];
            return false;
        }

        if (_cooling > 0)
        {
            _cooling--;
            return false;
        }

        return ++_bad > validation.Patience;
    }

    private bool Improves(double metric)
    {
        if (double.IsNaN(_best))
        {
            return !double.IsNaN(metric);
        }

        var change = validation.Absolute || double.IsInfinity(_best) ? validation.Threshold : validation.Threshold * Math.Abs(_best);
        return validation.Maximize ? metric > _best + change : metric < _best - change;
    }
}
