using System.Diagnostics;

namespace OptCore;

/// <summary>One run of the loop: evaluate, judge, update, until there is a reason to stop.</summary>
internal sealed class MinimizeRun
{
    private readonly MinimizeOptions _options;
    private readonly CancellationToken _cancellation;
    private readonly Walk _walk;
    private readonly StopRules _rules;
    private readonly List<HistoryPoint> _history = [];
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly long _firstStep;
    private TimeSpan _reported = TimeSpan.MinValue;

    public MinimizeRun(State<double> start, IObjective objective, MinimizeOptions options, CancellationToken cancellation)
    {
        _options = options;
        _cancellation = cancellation;
        _walk = new Walk(start, objective);
        _rules = new StopRules(options, _walk);
        _firstStep = start.Step;
    }

    private long Done => _walk.Step - _firstStep;

    private TimeSpan Elapsed => Stopwatch.GetElapsedTime(_started);

    public Result ToEnd()
    {
        while (true)
        {
            if (Interrupted() is { } interruption)
            {
                return End(interruption);
            }

            if (TryPrepare() is not { } prepared)
            {
                return End(Reason.NonFinite);
            }

            if (!prepared)
            {
                continue;
            }

            var reason = _rules.Judge();
            Record();
            if (reason is { } stop && Confirmed(stop) is { } result)
            {
                return result;
            }

            _walk.Update();
            Report();
        }
    }

    /// <summary>Whether an update is in hand; null if <c>skipNonFinite</c> has given up.</summary>
    private bool? TryPrepare()
    {
        try
        {
            return _walk.Prepare();
        }
        catch (NonFiniteGradientException)
        {
            return null;
        }
    }

    private Reason? Interrupted() =>
        Done >= _options.Steps ? Reason.LimitReached
        : _cancellation.IsCancellationRequested ? Reason.Cancelled
        : _options.TimeLimit is { } limit && Elapsed >= limit ? Reason.TimeLimit
        : null;

    /// <summary>The result, or null where the whole objective refutes what the update saw.</summary>
    private Result? Confirmed(Reason reason)
    {
        var result = End(reason);
        if (reason != Reason.Converged || result.Reason != Reason.LimitReached)
        {
            return result;
        }

        _rules.Refuted();
        return null;
    }

    private Result End(Reason reason)
    {
        var (value, gradientNorm) = _walk.EvaluateWhole();
        var final = _rules.Final(reason, value, gradientNorm);
        if (_options.Progress is { } progress && (final == reason || reason != Reason.Converged))
        {
            progress.Report(new Progress(Done, _options.Steps, value, gradientNorm, Elapsed, Finished: true));
        }

        return new Result
        {
            Reason = final,
            State = _walk.Snapshot(),
            Value = value,
            GradientNorm = gradientNorm,
            Best = _rules.Best,
            Steps = Done,
            Evaluations = _walk.Evaluations,
            Horizon = _options.Steps > long.MaxValue - _firstStep ? long.MaxValue : _firstStep + _options.Steps,
            Elapsed = Elapsed,
            History = _history.AsReadOnly(),
            DivergedAt = final == Reason.Diverged ? _walk.Step : null,
        };
    }

    private void Record()
    {
        if (_options.HistoryEvery > 0 && Done % _options.HistoryEvery == 0)
        {
            _history.Add(new HistoryPoint(_walk.Step, _walk.Value, _walk.GradientNorm, _walk.Rate));
        }
    }

    private void Report()
    {
        if (_options.Progress is { } progress && Elapsed is var now && now - _options.ProgressEvery >= _reported)
        {
            _reported = now;
            progress.Report(new Progress(Done, _options.Steps, _walk.Value, _walk.GradientNorm, now, Finished: false));
        }
    }
}
