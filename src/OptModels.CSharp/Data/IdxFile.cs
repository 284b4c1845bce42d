using System.Buffers.Binary;
using System.IO.Compression;
using static System.FormattableString;

namespace OptModels;

/// <summary>
/// Reads IDX files of unsigned bytes, the format of MNIST: a big-endian magic number 0x0000080r with r the rank, r
/// big-endian 32-bit lengths, then the bytes, last index fastest.
/// </summary>
/// <remarks>
/// A file that starts with the gzip magic 1F 8B is decompressed first (one gzip member), whatever its name. Files must
/// be complete and end with the last byte.
/// <para>Source: LeCun, Cortes and Burges, The MNIST database of handwritten digits, 1998.</para>
/// </remarks>
/// <example><code>
/// var labels = IdxFile.ReadLabels("t10k-labels-idx1-ubyte.gz");   // 10,000 bytes
/// </code></example>
public static class IdxFile
{
    private const int LabelsMagic = 0x00000801;
    private const int ImagesMagic = 0x00000803;

    /// <summary>The labels of a file of rank 1.</summary>
    /// <param name="path">The file, gzip-compressed or not.</param>
    /// <param name="classes">The number of classes, ≥ 1: labels are 0 … classes − 1.</param>
    /// <returns>The labels.</returns>
    /// <exception cref="ArgumentException">There is no such file, or <paramref name="classes"/> is out of
    /// range.</exception>
    /// <exception cref="InvalidDataException">The magic number is wrong, bytes are missing or left over, or a label is
    /// out of range.</exception>
    public static byte[] ReadLabels(string path, int classes = 10)
    {
        Require.Count(classes, nameof(classes));
        var (labels, _) = Read(path, LabelsMagic);
        var wrong = Array.FindIndex(labels, label => label >= classes);
        return wrong < 0 ? labels : throw Bad(path, $"label {labels[wrong]} at index {wrong}", $"0 … {classes - 1}");
    }

    /// <summary>The images of a file of rank 3.</summary>
    /// <param name="path">The file, gzip-compressed or not.</param>
    /// <param name="count">The number of images.</param>
    /// <param name="height">The rows of an image.</param>
    /// <param name="width">The columns of an image.</param>
    /// <returns>The pixels, 0 … 255, of length count · height · width.</returns>
    /// <exception cref="ArgumentException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The magic number is wrong, or bytes are missing or left over.</exception>
    public static byte[] ReadImages(string path, out int count, out int height, out int width)
    {
        var (pixels, lengths) = Read(path, ImagesMagic);
        (count, height, width) = (lengths[0], lengths[1], lengths[2]);
        return pixels;
    }

    private static (byte[] Elements, int[] Lengths) Read(string path, int magic)
    {
        var content = Content(path);
        var lengths = new int[magic & 0xFF];
        var header = 4 * (lengths.Length + 1);
        if (content.Length >= 4 && Word(content, 0) is var found && found != magic)
        {
            var kind = magic == LabelsMagic ? "labels" : "images";
            throw Bad(path, $"magic number 0x{found:X8}", $"0x{magic:X8} ({kind})");
        }

        if (content.Length < header)
        {
            throw Bad(path, $"{content.Length} bytes (truncated)", $"at least {header}, the header");
        }

        Int128 expected = 1;
        for (var i = 0; i < lengths.Length; i++)
        {
            var least = i == 0 ? 0 : 1;
            lengths[i] = Word(content, i + 1) is var length && length >= least
                ? length
                : throw Bad(path, $"length {length} of axis {i}", $"at least {least}");
            expected *= length;
        }

        var bytes = content.Length - header;
        var fault = bytes < expected ? "truncated" : "trailing bytes";
        return bytes == expected
            ? (content[header..], lengths)
            : throw Bad(path, $"{bytes} bytes after the header ({fault})", $"{string.Join(" × ", lengths)}");
    }

    private static int Word(byte[] content, int index) =>
        BinaryPrimitives.ReadInt32BigEndian(content.AsSpan(4 * index));

    private static byte[] Content(string path)
    {
        if (!File.Exists(path))
        {
            throw new ArgumentException(
                $"There is no file {path}; expected an IDX file, gzip-compressed or not.", nameof(path));
        }

        var raw = File.ReadAllBytes(path);
        return raw is [0x1F, 0x8B, _, _, ..] ? Decompressed(path, raw) : raw;
    }

    /// <summary>The content of a gzip stream of one member; its last four bytes are the content's length.</summary>
    private static byte[] Decompressed(string path, byte[] raw)
    {
        using var unzip = new GZipStream(new MemoryStream(raw), CompressionMode.Decompress);
        using var content = new MemoryStream();
        try
        {
            unzip.CopyTo(content);
        }
        catch (InvalidDataException)
        {
            throw Bad(path, $"a damaged gzip stream", $"an intact one");
        }

        var length = BinaryPrimitives.ReadUInt32LittleEndian(raw.AsSpan(raw.Length - 4));
        return length == content.Length
            ? content.ToArray()
            : throw Bad(
                path,
                $"a gzip stream of {content.Length} bytes (truncated or trailing bytes)",
                $"{length}, the length at its end");
    }

    private static InvalidDataException Bad(string path, FormattableString found, FormattableString expected) =>
        new($"{path}: found {Invariant(found)}; expected {Invariant(expected)}.");
}
