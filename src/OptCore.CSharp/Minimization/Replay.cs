using System.Globalization;
using System.Numerics;

namespace OptCore;

/// <summary>Whether a run made again from its log was the same, and where it first was not.</summary>
/// <param name="Steps">How many updates were compared and found to be the same.</param>
/// <param name="Difference">The first difference; null if there is none.</param>
public sealed record Replay(long Steps, ReplayDifference? Difference)
{
    private const int Fields = 5;
    private static readonly string[] Names = ["step", "rate", "value", "gradient", "parameters"];

    // What an update begins with comes before what follows from it.
    private static readonly int[] Order = [0, 4, 2, 3, 1];

    /// <summary>Runs the run of a log again: the same optimizer, from the same state.</summary>
    /// <param name="path">The log, written by <see cref="MinimizeOptions.Record"/>.</param>
    /// <param name="objective">The objective, of the log's dimension.</param>
    /// <param name="execution">How to run; the fastest way if null. Every way gives the same bits.</param>
    /// <returns>Whether every update saw the same bits, and the first step, tensor and index that did not.</returns>
    /// <exception cref="FormatException">The file is no log, or its first state is damaged (a
    /// <see cref="CheckpointException"/>), as with an optimizer of a stage that is not registered.</exception>
    /// <exception cref="ArgumentException">The objective has another dimension.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static Replay Run(string path, IObjective objective, Execution? execution = null)
    {
        using var reader = new StreamReader(Require.NotNull(path));
        var start = ReadStart(reader, path);
        using var header = new MemoryStream(start);
        return StateMetadata.Of(SafeTensorsHeader.Read(header, header.Length, path), path).Type == Entry.TypeOf<float>()
            ? Run<float>(reader, path, start, objective, execution)
            : Run<double>(reader, path, start, objective, execution);
    }

    private static Replay Run<T>(StreamReader reader, string path, byte[] start, IObjective objective, Execution? execution)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var stream = new MemoryStream(start);
        var state = Checkpoint.Load<T>(stream, path, execution);
        if (state.Plan.Layout.Length != Require.NotNull(objective).Dimension)
        {
            throw new ArgumentException(
                $"The log is of {state.Plan.Layout.Length} parameters; {objective.Name} has {objective.Dimension}.", nameof(objective));
        }

        var walk = new Walk<T>(state, objective);
        long same = 0;
        while (reader.ReadLine() is { } line)
        {
            if (line.Split(' ') is not { Length: Fields } recorded)
            {
                // The last line of a log whose run was killed.
                return reader.EndOfStream
                    ? new Replay(same, null)
                    : throw NoLog(path, $"the line \"{Short(line)}\" has no {Fields} fields");
            }

            Prepare(walk);
            var found = RunLog.Line(walk).Split(' ');
            foreach (var field in Order)
            {
                if (recorded[field] != found[field])
                {
                    // A line that was cut off agrees as far as it goes.
                    return reader.EndOfStream && found[field].StartsWith(recorded[field], StringComparison.Ordinal) && field == Fields - 1
                        ? new Replay(same, null)
                        : new Replay(same, Locate(walk, field, recorded[field], found[field]));
                }
            }

            same++;
            walk.Update();
        }

        return new Replay(same, null);
    }

    /// <summary>One line: <c>the same for 500 updates</c>, or where it was not.</summary>
    /// <returns>The text.</returns>
    public override string ToString() =>
        Difference is null ? string.Create(CultureInfo.InvariantCulture, $"the same for {Steps} updates") : Difference.ToString();

    private static void Prepare<T>(Walk<T> walk)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        while (!walk.Prepare())
        {
        }
    }

    private static byte[] ReadStart(StreamReader reader, string path)
    {
        if (reader.ReadLine() != RunLog.Title || reader.ReadLine()?.StartsWith(RunLog.Objective, StringComparison.Ordinal) != true
            || reader.ReadLine() is not { } start || !start.StartsWith(RunLog.Start, StringComparison.Ordinal))
        {
            throw NoLog(path, $"it does not begin with the lines \"{RunLog.Title}\", \"{RunLog.Objective}…\" and \"{RunLog.Start}…\"");
        }

        return Convert.FromBase64String(start[RunLog.Start.Length..]);
    }

    private static ReplayDifference Locate<T>(Walk<T> walk, int field, string recorded, string found)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (field is not (3 or 4))
        {
            return new ReplayDifference(walk.Step, Names[field], null, 0, 0);
        }

        var length = RunLog.BlockLength(walk.Parameters.Length);
        var first = RunLog.FirstDifference(recorded, found) * length;
        if (first >= walk.Parameters.Length)
        {
            return new ReplayDifference(walk.Step, Names[field], null, 0, 0);
        }

        var tensor = walk.Plan.Layout.At(first);
        return new ReplayDifference(
            walk.Step, Names[field], tensor.Name, first - tensor.Offset, Math.Min(length, walk.Parameters.Length - first));
    }

    private static FormatException NoLog(string path, string why) => new($"{path} is no log of a run: {why}.");

    private static string Short(string line) => line.Length <= 40 ? line : line[..40] + "…";
}

/// <summary>The first difference between a run and its log.</summary>
/// <param name="Step">t of the update.</param>
/// <param name="What">What differs: <c>parameters</c>, <c>value</c>, <c>gradient</c> or <c>rate</c>; what comes first in an update is
/// named first. <c>step</c> where the runs count differently.</param>
/// <param name="Tensor">The tensor, for parameters and gradients.</param>
/// <param name="Index">The index within the tensor, row-major.</param>
/// <param name="Length">How many numbers the index stands for: 1 up to 1,024 parameters; a longer vector has 1,024 fingerprints.</param>
public sealed record ReplayDifference(long Step, string What, string? Tensor, int Index, int Length)
{
    /// <summary>One phrase: <c>step 12: parameters differ at w1[3]</c>.</summary>
    /// <returns>The text.</returns>
    public override string ToString()
    {
        var place = Tensor is null ? string.Empty
            : Length == 1 ? string.Create(CultureInfo.InvariantCulture, $" at {Tensor}[{Index}]")
            : string.Create(CultureInfo.InvariantCulture, $" within {Length} numbers from {Tensor}[{Index}] on");
        return string.Create(
            CultureInfo.InvariantCulture, $"step {Step}: {What} differ{(What is "parameters" ? string.Empty : "s")}{place}");
    }
}
