using System.Globalization;
using System.Numerics;
using System.Text;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Writes the log of a run: what it began with, and for every update rate, value and fingerprints of gradient and parameters, by
/// which <see cref="Replay"/> finds the first number that differs in another run.
/// </summary>
/// <remarks>
/// Text, one record a line: <c>optdsl-log 1</c>; <c>objective NAME</c>; <c>start BASE64</c>, the first state as a checkpoint;
/// then <c>t rate value gradient parameters</c>, the doubles as their 16 hexadecimal digits, the vectors as the fingerprints of
/// <see cref="Blocks"/>, whatever their type those of doubles.
/// </remarks>
internal sealed class RunLog : IDisposable
{
    public const string Title = "optdsl-log 1";
    public const string Objective = "objective ";
    public const string Start = "start ";

    /// <summary>Up to so many numbers of a vector have a fingerprint each; longer vectors have one for several.</summary>
    public const int Blocks = 1024;

    private const int Digits = 4;
    private readonly FileStream _file;
    private readonly StreamWriter _writer;

    private RunLog(FileStream file) => (_file, _writer) = (file, new StreamWriter(file, new UTF8Encoding(false), 1 << 16));

    /// <summary>The log of a run that begins.</summary>
    /// <param name="path">The file.</param>
    /// <param name="walk">The run.</param>
    /// <param name="objective">The objective.</param>
    public static RunLog Begin<T>(string path, Walk<T> walk, IObjective objective)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var log = new RunLog(new FileStream(Require.NotNull(path), FileMode.Create, FileAccess.Write, FileShare.Read));
        using var state = new MemoryStream();
        Checkpoint.Save(walk.Snapshot(), state);
        log._writer.WriteLine(Title);
        log._writer.WriteLine(LineOf(objective));
        log._writer.WriteLine(Start + Convert.ToBase64String(state.GetBuffer(), 0, (int)state.Length));
        return log;
    }

    /// <summary>
    /// The log of a run that resumes: what the file has of the updates before, and then those to come. Where there is no file, a
    /// log from here on.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="walk">The run, where it resumes.</param>
    /// <param name="objective">The objective.</param>
    /// <param name="begins">The state from which the run began.</param>
    /// <exception cref="ArgumentException">The file is the log of another run, or ends before; or there is none, and the run resumes
    /// between the gradients of one update.</exception>
    public static RunLog Continue<T>(string path, Walk<T> walk, IObjective objective, State<T> begins)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (!File.Exists(path))
        {
            return walk.Sums.Count == 0
                ? Begin(path, walk, objective)
                : throw new ArgumentException(
                    $"There is no log {path}, and none can begin at step {walk.Step}, where the run resumes: some gradients of the next "
                    + "update have been taken. Leave Record out, or begin the run anew in another folder.",
                    nameof(MinimizeOptions.Record));
        }

        var kept = Kept(path, walk, objective, begins);
        var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.Read);
        file.SetLength(kept);
        file.Position = kept;
        return new RunLog(file);
    }

    /// <summary>The fingerprints of a vector: sixteen bits for each block of equal length. All NaNs are alike.</summary>
    public static string Prints<T>(ReadOnlySpan<T> vector)
        where T : unmanaged
    {
        var text = new StringBuilder();
        var length = BlockLength(vector.Length);
        for (var first = 0; first < vector.Length; first += length)
        {
            text.Append(
                (Hash(vector.Slice(first, Math.Min(length, vector.Length - first))) & 0xFFFF).ToString("x4", CultureInfo.InvariantCulture));
        }

        return text.Length == 0 ? "-" : text.ToString();
    }

    /// <summary>The numbers that share a fingerprint.</summary>
    public static int BlockLength(int vector) => Math.Max(1, (int)(((long)vector + Blocks - 1) / Blocks));

    /// <summary>The first block in which two vectors of fingerprints differ; −1 for none.</summary>
    public static int FirstDifference(string prints, string others)
    {
        var same = prints.AsSpan().CommonPrefixLength(others);
        return same == prints.Length && same == others.Length ? -1 : same / Digits;
    }

    /// <summary>The line of the update in hand.</summary>
    public static string Line<T>(Walk<T> walk)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{walk.Step} {Bits(walk.Rate)} {Bits(walk.Value)} {Prints(walk.Gradient)} {Prints(walk.Parameters)}");

    public void Add<T>(Walk<T> walk)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => _writer.WriteLine(Line(walk));

    /// <summary>Brings what was added to the disk.</summary>
    public void Flush()
    {
        _writer.Flush();
        _file.Flush(flushToDisk: true);
    }

    public void Dispose() => _writer.Dispose();

    private static string LineOf(IObjective objective) => Objective + objective.Name.ReplaceLineEndings(" ");

    // The length of the file up to the update that comes next.
    private static long Kept<T>(string path, Walk<T> walk, IObjective objective, State<T> begins)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var reader = new StreamReader(path);
        long length = 0;
        string? Next()
        {
            var line = reader.ReadLine();
            length += line is null ? 0 : Encoding.UTF8.GetByteCount(line) + Environment.NewLine.Length;
            return line;
        }

        ArgumentException Other(string why) => new(
            $"{path} is not the log of the run that resumes at step {walk.Step}: {why}. Name another file.",
            nameof(MinimizeOptions.Record));

        if (Next() != Title || Next() != LineOf(objective) || Next() is not { } start
            || !start.StartsWith(Start, StringComparison.Ordinal))
        {
            throw Other("it does not begin as one of this objective");
        }

        var step = Begins(start, begins, walk.Step) ?? throw Other("it begins with another state");
        for (; step < walk.Step; step++)
        {
            if (Next()?.StartsWith(string.Create(CultureInfo.InvariantCulture, $"{step} "), StringComparison.Ordinal) != true)
            {
                throw Other($"it has no step {step}");
            }
        }

        return length <= new FileInfo(path).Length ? length : throw Other("it ends within a line");
    }

    // The step at which a log begins: with the run, or where the run was resumed without one.
    private static long? Begins<T>(string start, State<T> begins, long resumed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        try
        {
            using var stream = new MemoryStream(Convert.FromBase64String(start[Start.Length..]));
            var state = Checkpoint.Load(begins.Plan, stream);
            return state.Equals(begins) || (state.Step > begins.Step && state.Step <= resumed) ? state.Step : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static string Bits(double value) =>
        BitConverter.DoubleToUInt64Bits(double.IsNaN(value) ? double.NaN : value).ToString("x16", CultureInfo.InvariantCulture);

    private static ulong Hash<T>(ReadOnlySpan<T> block)
        where T : unmanaged
    {
        var hash = new XxHash64();
        Span<byte> bytes = stackalloc byte[sizeof(double)];
        foreach (var element in block)
        {
            var value = Reduction.Widen(element);
            BitConverter.TryWriteBytes(bytes, double.IsNaN(value) ? double.NaN : value);
            hash.Append(bytes);
        }

        return hash.Digest();
    }
}
