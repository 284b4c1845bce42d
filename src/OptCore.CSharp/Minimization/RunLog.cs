using System.Globalization;
using System.Text;

namespace OptCore;

/// <summary>
/// Writes the log of a run: what it began with, and for every update rate, value and fingerprints of gradient and parameters, by
/// which <see cref="Replay"/> finds the first number that differs in another run.
/// </summary>
/// <remarks>
/// Text, one record a line: <c>optdsl-log 1</c>; <c>objective NAME</c>; <c>start BASE64</c>, the first state as a checkpoint;
/// then <c>t rate value gradient parameters</c>, the doubles as their 16 hexadecimal digits, the vectors as the fingerprints of
/// <see cref="Blocks"/>.
/// </remarks>
internal sealed class RunLog : IDisposable
{
    public const string Title = "optdsl-log 1";
    public const string Objective = "objective ";
    public const string Start = "start ";

    /// <summary>Up to so many numbers of a vector have a fingerprint each; longer vectors have one for several.</summary>
    public const int Blocks = 1024;

    private const int Digits = 4;
    private readonly StreamWriter _writer;

    public RunLog(string path, Walk walk, IObjective objective)
    {
        _writer = new StreamWriter(Require.NotNull(path), append: false, new UTF8Encoding(false), 1 << 16);
        using var state = new MemoryStream();
        Checkpoint.Save(walk.Snapshot(), state);
        _writer.WriteLine(Title);
        _writer.WriteLine(Objective + objective.Name.ReplaceLineEndings(" "));
        _writer.WriteLine(Start + Convert.ToBase64String(state.GetBuffer(), 0, (int)state.Length));
    }

    /// <summary>The fingerprints of a vector: sixteen bits for each block of equal length. All NaNs are alike.</summary>
    public static string Prints(ReadOnlySpan<double> vector)
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
    public static string Line(Walk walk) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{walk.Step} {Bits(walk.Rate)} {Bits(walk.Value)} {Prints(walk.Gradient)} {Prints(walk.Parameters)}");

    public void Add(Walk walk) => _writer.WriteLine(Line(walk));

    public void Dispose() => _writer.Dispose();

    private static string Bits(double value) =>
        BitConverter.DoubleToUInt64Bits(double.IsNaN(value) ? double.NaN : value).ToString("x16", CultureInfo.InvariantCulture);

    private static ulong Hash(ReadOnlySpan<double> block)
    {
        var hash = new XxHash64();
        Span<byte> bytes = stackalloc byte[sizeof(double)];
        foreach (var value in block)
        {
            BitConverter.TryWriteBytes(bytes, double.IsNaN(value) ? double.NaN : value);
            hash.Append(bytes);
        }

        return hash.Digest();
    }
}
