using System.Diagnostics;
using System.Numerics;

namespace OptCore;

/// <summary>One run of the loop: evaluate, judge, update, until there is a reason to stop.</summary>
internal sealed class MinimizeRun<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly MinimizeOptions _options;
    private readonly IObjective _objective;
    private readonly CancellationToken _cancellation;
    private readonly Walk<T> _walk;
    private readonly StopRules<T> _rules;
    private readonly List<HistoryPoint> _history = [];
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly long _firstStep;
    private readonly TimeSpan _before;
    private readonly RunFolder<T>? _folder;
    private readonly ICollectives? _ranks;
    private readonly State<T> _begins;
    private readonly bool _resumed;
    private readonly IProgress<Progress>? _listener;
    private readonly InvariantWatch<T>? _watch;
    private readonly ValidationWatch<T>? _validation;
    private BrokenInvariant? _broken;

    // Whether the metric has been looked at since the last update: gradients that are held or refused are no updates.
    private bool _looked;
    private TimeSpan _reported = TimeSpan.MinValue;
    private Interruption? _interruption;
    private RunLog? _log;

    public MinimizeRun(State<T> start, IObjective objective, MinimizeOptions options, CancellationToken cancellation)
    {
        _options = options;
        _listener = options.Progress ?? Attended.Listener();
        _objective = objective;
        _cancellation = cancellation;
        _folder = options.Checkpoints is { } checkpoints ? new RunFolder<T>(checkpoints, start, objective, options) : null;
        var resumed = _folder?.Resume(start.Plan);
        (_begins, _resumed) = (start, resumed is not null);

        // Nobody writes before all have read.
        _ranks = (objective as SharedObjective)?.Ranks;
        _ranks?.Barrier();
        _walk = new Walk<T>(resumed?.State ?? start, objective);
        _rules = new StopRules<T>(options, _walk);
        _validation = options.Validation is { } validation ? new ValidationWatch<T>(validation) : null;
        _watch = options.Invariants.Count > 0 ? new InvariantWatch<T>(options.Invariants) : null;
        _broken = _watch?.AtStart(_walk.Step, _walk.Parameters);
        _firstStep = start.Step;
        if (resumed?.Record is { } record)
        {
            _walk.Recall(record);
            _rules.Recall(record.Stop);
            _history.AddRange(record.History);
            _before = record.Elapsed;
            if (record.Validation is { } looks && _validation is not null)
            {
                _validation.Recall(looks);
                _looked = record.HasLooked;
            }
        }
    }

    private long Done => _walk.Step - _firstStep;

    private TimeSpan Elapsed => _before + Stopwatch.GetElapsedTime(_started);

    public Result<T> ToEnd()
    {
        using (_log = Log())
        {
            using (_interruption = new Interruption(_options.HandleSignals || _options.Checkpoints is { HandleSignals: true }))
            {
                if (_folder is not null)
                {
                    Save(mustSucceed: true);
                }

                return Loop();
            }
        }
    }

    // Of many ranks, which are all at the same point, the first one writes.
    private bool Writes => _ranks is null or { Rank: 0 };

    private RunLog? Log() =>
        _options.Record is not { } path || !Writes ? null
        : _resumed ? RunLog.Continue(path, _walk, _objective, _begins)
        : RunLog.Begin(path, _walk, _objective);

    // What a file of the run knows of, its log knows: in this order, whenever the process ends.
    private void Save(bool mustSucceed = false)
    {
        if (Writes)
        {
            _log?.Flush();
            _folder?.Save(_walk.Session, Now(), mustSucceed);
        }
    }

    private Result<T> Loop()
    {
        while (true)
        {
            if (_broken is not null)
            {
                return End(Reason.InvariantBroken);
            }

            if (!_looked && _validation?.IsOver(Done, _walk.Step, _walk.Parameters) == true)
            {
                return End(Reason.Stalled);
            }

            _looked = true;
            if (Interrupted() is { } interruption)
            {
                // Before the end evaluates once more: a run that goes on from here has not.
                Save();
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
            _log?.Add(_walk);
            if (reason is { } stop && Confirmed(stop) is { } result)
            {
                return result;
            }

            var step = _walk.Step;
            _looked = false;
            _walk.Update(_watch);
            _broken = _watch?.Broken(step);
            Report();
            if (_walk.SearchFailed)
            {
                return End(Reason.LineSearchFailed);
            }

            if (_folder is not null && _folder.IsDue(Done, Elapsed))
            {
                Save();
            }
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

    // As many gradients in a row that are too large, or not finite under a loss scale, as there are steps to be made: an objective
    // without chance never gets on.
    private Reason? Interrupted()
    {
        if (Done >= _options.Steps || _walk.RefusedInARow >= _options.Steps || _walk.Evaluations >= _options.Evaluations)
        {
            return Reason.LimitReached;
        }

        var cancelled = _cancellation.IsCancellationRequested || _interruption is { IsAsked: true };
        var late = _options.TimeLimit is { } limit && Elapsed >= limit;
        if (_ranks is not null)
        {
            // Clocks and signals differ from rank to rank, and the reason must not.
            var asked = _ranks.Gather((byte)(cancelled ? 2 : late ? 1 : 0)).Max();
            (cancelled, late) = (asked == 2, asked == 1);
        }

        return cancelled ? Reason.Cancelled : late ? Reason.TimeLimit : null;
    }

    /// <summary>The result, or null where the whole objective refutes what the update saw.</summary>
    private Result<T>? Confirmed(Reason reason)
    {
        var result = End(reason);
        if (reason != Reason.Converged || result.Reason != Reason.LimitReached)
        {
            return result;
        }

        _rules.Refuted();
        return null;
    }

    private Result<T> End(Reason reason)
    {
        var whole = _walk.EvaluateWhole();
        var final = _rules.Final(reason, whole);
        if (_listener is { } progress && (final == reason || reason != Reason.Converged))
        {
            progress.Report(new Progress(Done, _options.Steps, whole.Value, whole.GradientNorm, Elapsed, Finished: true));
        }

        return new Result<T>
        {
            Reason = final,
            State = _walk.Snapshot(),
            Value = whole.Value,
            GradientNorm = whole.GradientNorm,
            ProjectedGradientNorm = whole.ProjectedNorm,
            Best = _rules.Best,
            Steps = Done,
            Evaluations = _walk.Evaluations,
            Horizon = _options.Steps > long.MaxValue - _firstStep ? long.MaxValue : _firstStep + _options.Steps,
            Elapsed = Elapsed,
            History = _history.AsReadOnly(),
            DivergedAt = final == Reason.Diverged ? _walk.Step : null,
            Validated = _validation?.Best,
            Broken = _broken,
            Checkpoints = _folder?.Summary,
        };
    }

    private RunRecord Now()
    {
        var (gradient, value, count) = _walk.Sums;
        return new RunRecord
        {
            FirstStep = _firstStep,
            Evaluations = _walk.Evaluations,
            HasCounted = _walk.HasCounted,
            Elapsed = Elapsed,
            History = _history,
            Stop = _rules.Memory,
            Validation = _validation?.Memory,
            HasLooked = _looked,
            GradientSum = gradient,
            ValueSum = value,
            Summed = count,
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
        if (_listener is { } progress && Elapsed is var now && now - _options.ProgressEvery >= _reported)
        {
            _reported = now;
            progress.Report(new Progress(Done, _options.Steps, _walk.Value, _walk.GradientNorm, now, Finished: false));
        }
    }
}
