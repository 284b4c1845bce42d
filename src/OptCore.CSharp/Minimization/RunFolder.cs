using System.Globalization;
using System.Numerics;

namespace OptCore;

/// <summary>The files of one run: finds the newest complete one, writes the next, deletes those that are too old.</summary>
internal sealed class RunFolder<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const string Prefix = "step-";
    private const string Suffix = ".safetensors";

    private readonly Checkpoints _options;
    private readonly string _identity;
    private readonly List<string> _passedOver = [];
    private int _written, _failed;
    private string? _lastError;
    private long? _resumedAt;
    private TimeSpan _tried;
    private (long Step, long Evaluations)? _saved;

    public RunFolder(Checkpoints options, State<T> start, IObjective objective, MinimizeOptions run)
    {
        _options = options;
        _identity = Identity(start, objective, run);
        Directory.CreateDirectory(options.Folder);
        foreach (var left in Directory.GetFiles(options.Folder, $"{Prefix}*{AtomicFile.Temporary}"))
        {
            AtomicFile.Discard(left);
        }
    }

    public CheckpointSummary Summary => new(_options.Folder, _resumedAt, _written, _failed, _lastError, [.. _passedOver]);

    /// <summary>The newest complete file of this run; null if there is none.</summary>
    /// <exception cref="ArgumentException">The folder is another run's.</exception>
    public (State<T> State, RunRecord Record)? Resume(Plan<T> plan)
    {
        foreach (var (step, path) in Files().OrderByDescending(file => file.Step))
        {
            try
            {
                var found = Load(plan, path);
                _resumedAt = step;
                _saved = (found.State.Step, found.Record.Evaluations);
                _tried = found.Record.Elapsed;
                return found;
            }
            catch (CheckpointException wrong)
            {
                RefuseIfWhole(path, wrong);
                _passedOver.Add(wrong.Message);
            }
        }

        return null;
    }

    /// <summary>Whether a file is due.</summary>
    public bool IsDue(long done, TimeSpan elapsed) => done % _options.EverySteps == 0 || elapsed - _tried >= _options.Every;

    /// <summary>Writes a file, unless the newest is of the same moment.</summary>
    /// <param name="session">The session.</param>
    /// <param name="record">What else the run knows.</param>
    /// <param name="mustSucceed">Whether a failure is an error; else it is noted.</param>
    public void Save(Session<T> session, RunRecord record, bool mustSucceed = false)
    {
        var now = (session.StepCount, record.Evaluations);
        if (_saved == now)
        {
            return;
        }

        _tried = record.Elapsed;
        try
        {
            AtomicFile.Write(PathOf(session.StepCount), stream => Write(stream, session, record));
            _saved = now;
            _written++;
            Prune(session.StepCount);
        }
        catch (Exception wrong) when (!mustSucceed && wrong is IOException or UnauthorizedAccessException)
        {
            _failed++;
            _lastError = wrong.Message;
        }
    }

    private string PathOf(long step) =>
        Path.Combine(_options.Folder, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{step:D12}{Suffix}"));

    private List<(long Step, string Path)> Files()
    {
        var files = new List<(long, string)>();
        foreach (var path in Directory.GetFiles(_options.Folder, $"{Prefix}*{Suffix}"))
        {
            if (long.TryParse(
                Path.GetFileName(path).AsSpan(Prefix.Length..^Suffix.Length),
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out var step))
            {
                files.Add((step, path));
            }
        }

        return files;
    }

    // Behind the file just written: those of later steps are damaged, or the run would have gone on from them.
    private void Prune(long step)
    {
        var files = Files();
        foreach (var (_, path) in files.Where(file => file.Step > step).Concat(
            files.Where(file => file.Step <= step).OrderByDescending(file => file.Step).Skip(_options.Keep)))
        {
            AtomicFile.Discard(path);
        }
    }

    private void Write(Stream stream, Session<T> session, RunRecord record)
    {
        var metadata = StateFile.Metadata(session.Plan, session.StepCount).ToMetadata();
        metadata[StateFile.RunKey] = _identity;
        CheckpointFile.Write(stream, StateFile.Entries(session.Plan.Resolved, session.Store).Concat(record.Entries()), metadata);
    }

    private (State<T> State, RunRecord Record) Load(Plan<T> plan, string path)
    {
        using var stream = Checkpoint.Open(path);
        var header = SafeTensorsHeader.Read(stream, stream.Length, path);
        var reader = new RunRecord.Reader(path);
        var state = StateFile.Read(plan, stream, header, path, reader.Target);
        if (header.Metadata.GetValueOrDefault(StateFile.RunKey) is var found && found != _identity)
        {
            throw new CheckpointException(
                path, CheckpointFault.Metadata, $"the file is of the run ({found ?? "none"}), this run is ({_identity}).");
        }

        return (state, reader.Read(plan.Layout.Length));
    }

    // A file that is whole but does not fit is another run's: going on without it would delete it in the end.
    private void RefuseIfWhole(string path, CheckpointException wrong)
    {
        try
        {
            Checkpoint.Verify(path);
        }
        catch (CheckpointException)
        {
            return;
        }

        throw new ArgumentException(
            $"The folder {_options.Folder} holds the checkpoints of another run; choose another folder. {wrong.Message}",
            nameof(Checkpoints),
            wrong);
    }

    private static string Identity(State<T> start, IObjective objective, MinimizeOptions run)
    {
        var hash = new XxHash64();
        foreach (var entry in StateFile.Entries(start.Plan.Resolved, start.Store))
        {
            entry.ForEachChunk((bytes, _, _) => hash.Append(bytes));
        }

        return string.Create(
            CultureInfo.InvariantCulture,
            $"start {hash.Digest():x16} at step {start.Step}, objective {objective.Name}, history every {run.HistoryEvery}, best "
            + $"{(run.KeepBest ? "kept" : "not kept")}");
    }
}
