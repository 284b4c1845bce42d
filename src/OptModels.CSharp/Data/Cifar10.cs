using System.Diagnostics.CodeAnalysis;
using static System.FormattableString;

namespace OptModels;

/// <summary>
/// Finds and reads CIFAR-10 in its binary version: colour images of 3×32×32, classes 0 … 9, pixels scaled from 0 … 255 to
/// [0, 1].
/// </summary>
/// <remarks>
/// A file is a sequence of records of 3,073 bytes: the label, then 1,024 bytes each of red, green and blue, row by row.
/// A folder holds <c>data_batch_1.bin</c> … <c>data_batch_5.bin</c>, of which those that are there train (at least one),
/// and <c>test_batch.bin</c>; in the folder itself or in its sub-folder <c>cifar-10-batches-bin</c> or <c>cifar10</c>.
/// Without a folder, those of <see cref="Mnist.Folders"/> are searched. A file that is there but damaged is always an
/// error.
/// <para>Source: Krizhevsky, Learning multiple layers of features from tiny images, 2009.</para>
/// </remarks>
/// <example><code>
/// if (Cifar10.TryLoad(null, out var images)) { var network = Network.For(images.Train).Convolution(16, 5).Relu(); }
/// </code></example>
public static class Cifar10
{
    private const int Size = 32;
    private const int Channels = 3;
    private const int Pixels = Channels * Size * Size;
    private const string Test = "test_batch.bin";

    /// <summary>The names of the ten classes.</summary>
    public static IReadOnlyList<string> ClassNames { get; } = Array.AsReadOnly<string>(
        ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]);

    /// <summary>The images of a folder.</summary>
    /// <param name="folder">The folder; the first of <see cref="Mnist.Folders"/> that has the files, if null.</param>
    /// <returns>The training and the test images.</returns>
    /// <exception cref="ArgumentException">The files are not there; says where they were looked for.</exception>
    /// <exception cref="InvalidDataException">A file is damaged.</exception>
    public static ImageSplit Load(string? folder = null) =>
        Find(folder) is { } found ? Read(found) : throw new ArgumentException(
            $"No CIFAR-10 files in {string.Join(", ", Searched(folder))}; expected {Train(1)} … {Train(5)} and {Test}. "
            + $"The environment variable {Mnist.Variable} names the folder.",
            nameof(folder));

    /// <summary>The images of a folder, if they are there.</summary>
    /// <param name="folder">The folder; null for <see cref="Mnist.Folders"/>.</param>
    /// <param name="images">The training and the test images, or null.</param>
    /// <returns>Whether the files are there.</returns>
    /// <exception cref="InvalidDataException">A file is there but damaged.</exception>
    public static bool TryLoad(string? folder, [NotNullWhen(true)] out ImageSplit? images)
    {
        images = Find(folder) is { } found ? Read(found) : null;
        return images is not null;
    }

    /// <summary>The images of files, one after the other.</summary>
    /// <param name="paths">The files, at least one.</param>
    /// <returns>The images.</returns>
    /// <exception cref="ArgumentException">No file is given, or one is not there.</exception>
    /// <exception cref="InvalidDataException">A file is empty, its length is no multiple of 3,073, or a label is not in
    /// 0 … 9.</exception>
    public static ImageSet ReadFiles(params IReadOnlyList<string> paths)
    {
        Require.Count(Require.NotNull(paths).Count, "the number of files");
        var records = paths.Select(Records).ToArray();
        var count = records.Sum(content => content.Length / (Pixels + 1));
        var (pixels, labels, next) = (new float[checked(count * Pixels)], new int[count], 0);
        foreach (var content in records)
        {
            for (var start = 0; start < content.Length; start += Pixels + 1, next++)
            {
                labels[next] = content[start];
                for (var i = 0; i < Pixels; i++)
                {
                    pixels[(next * Pixels) + i] = content[start + 1 + i] / 255f;
                }
            }
        }

        var source = "CIFAR-10 " + string.Join(", ", paths.Select(Path.GetFileNameWithoutExtension));
        return new(pixels, labels, Size, Size, ClassNames.Count, Channels) { Source = source };
    }

    private static byte[] Records(string path)
    {
        if (!File.Exists(path))
        {
            throw new ArgumentException($"There is no file {path}; expected records of CIFAR-10.", nameof(path));
        }

        var content = File.ReadAllBytes(path);
        if (content.Length == 0 || content.Length % (Pixels + 1) != 0)
        {
            throw Bad(path, $"{content.Length} bytes (truncated or trailing bytes)", $"a multiple of {Pixels + 1}, at least one");
        }

        for (var start = 0; start < content.Length; start += Pixels + 1)
        {
            if (content[start] >= ClassNames.Count)
            {
                throw Bad(path, $"label {content[start]} of image {start / (Pixels + 1)}", $"0 … {ClassNames.Count - 1}");
            }
        }

        return content;
    }

    private static InvalidDataException Bad(string path, FormattableString found, FormattableString expected) =>
        new($"{path}: found {Invariant(found)}; expected {Invariant(expected)}.");

    private static ImageSplit Read(string folder) => new(ReadFiles([.. Training(folder)]), ReadFiles(Path.Combine(folder, Test)));

    private static string? Find(string? folder) => Searched(folder)
        .FirstOrDefault(candidate => File.Exists(Path.Combine(candidate, Test)) && Training(candidate).Any());

    private static IEnumerable<string> Searched(string? folder) => (folder is null ? Mnist.Folders : [folder])
        .SelectMany(root => new[] { root, Path.Combine(root, "cifar-10-batches-bin"), Path.Combine(root, "cifar10") });

    private static IEnumerable<string> Training(string folder) =>
        Enumerable.Range(1, 5).Select(i => Path.Combine(folder, Train(i))).Where(File.Exists);

    private static string Train(int number) => Invariant($"data_batch_{number}.bin");
}
