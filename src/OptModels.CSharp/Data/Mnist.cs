using System.Diagnostics.CodeAnalysis;

namespace OptModels;

/// <summary>
/// Finds and reads MNIST: 28×28 images of handwritten digits, classes 0 … 9, pixels scaled from 0 … 255 to [0, 1].
/// </summary>
/// <remarks>
/// A folder holds the original files <c>t10k-images-idx3-ubyte</c>, <c>t10k-labels-idx1-ubyte</c> and, if there, the
/// same of <c>train-</c>; each as it is or with <c>.gz</c>; in the folder itself or in its sub-folder <c>mnist</c>.
/// With the training files they train and the t10k files test; without them the first four fifths of the t10k images
/// train (0–7999) and the rest test (8000–9999). Without a folder, <see cref="Folders"/> are searched. A file that is
/// there but damaged is always an error.
/// <para>Source: LeCun, Cortes and Burges, The MNIST database of handwritten digits, 1998.</para>
/// </remarks>
/// <example><code>
/// var digits = Mnist.LoadOrGenerate();
/// var objective = new MiniBatches(new SoftmaxRegression(digits.Train), 128, seed: 1);
/// </code></example>
public static class Mnist
{
    /// <summary>The name of the environment variable that holds the data folder, <c>OPTDSL_DATA</c>.</summary>
    public const string Variable = "OPTDSL_DATA";

    // Whether it has been said that there are no files: once in the life of a program.
    private static int _told;

    /// <summary>
    /// The folders that are searched, in this order: the one of <see cref="Variable"/> alone if it is set; otherwise
    /// <c>../shared/data</c> seen from the current folder, then <c>shared/data</c> in every folder above the current
    /// and the application's folder.
    /// </summary>
    public static IReadOnlyList<string> Folders => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } set
        ? [set]
        : [.. Above(Environment.CurrentDirectory).Concat(Above(AppContext.BaseDirectory)).Distinct()];

    /// <summary>The images of a folder.</summary>
    /// <param name="folder">The folder; the first of <see cref="Folders"/> that has the files, if null.</param>
    /// <returns>The training and the test images.</returns>
    /// <exception cref="ArgumentException">The files are not there; says where they were looked for.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, or images and labels differ in number.</exception>
    public static ImageSplit Load(string? folder = null) =>
        Find(folder) is { } found ? Read(found) : throw new ArgumentException(
            $"No MNIST files in {string.Join(", ", Searched(folder))}; expected {Images("t10k")} and {Labels("t10k")}, "
            + $"each with or without .gz. The environment variable {Variable} names the folder.",
            nameof(folder));

    /// <summary>The images of a folder, if they are there.</summary>
    /// <param name="folder">The folder; null for <see cref="Folders"/>.</param>
    /// <param name="images">The training and the test images, or null.</param>
    /// <returns>Whether the files are there.</returns>
    /// <exception cref="InvalidDataException">A file is there but damaged, or images and labels differ in
    /// number.</exception>
    public static bool TryLoad(string? folder, [NotNullWhen(true)] out ImageSplit? images)
    {
        images = Find(folder) is { } found ? Read(found) : null;
        return images is not null;
    }

    /// <summary>
    /// The images of the first of <see cref="Folders"/> that has them, or generated ones of the same shape and number
    /// (<see cref="SyntheticDigits"/>), which it says on the error output: what is reached on them says nothing about MNIST.
    /// </summary>
    /// <returns>The training and the test images; <see cref="ImageSet.Source"/> says which.</returns>
    /// <exception cref="InvalidDataException">A file is there but damaged, or images and labels differ in
    /// number.</exception>
    public static ImageSplit LoadOrGenerate()
    {
        if (TryLoad(null, out var images))
        {
            return images;
        }

        if (Interlocked.Exchange(ref _told, 1) == 0)
        {
            Console.Error.WriteLine(
                $"warning: no MNIST files in {string.Join(", ", Searched(null))}: generated digits take their place. "
                + $"{Variable} names the folder.");
        }

        return SyntheticDigits.Create();
    }

    private static ImageSplit Read(string folder)
    {
        var test = ReadSet(folder, "t10k");
        return Has(folder, "train")
            ? new(ReadSet(folder, "train"), test)
            : ImageSplit.At(test, (int)(test.Count * 4L / 5));
    }

    private static ImageSet ReadSet(string folder, string part)
    {
        var (imagesPath, labelsPath) = (PathOf(folder, Images(part))!, PathOf(folder, Labels(part))!);
        var bytes = IdxFile.ReadImages(imagesPath, out var count, out var height, out var width);
        var labels = Array.ConvertAll(IdxFile.ReadLabels(labelsPath), label => (int)label);
        if (labels.Length != count)
        {
            throw new InvalidDataException(
                $"{labelsPath}: found {labels.Length} labels; expected {count}, the number of images in {imagesPath}.");
        }

        var pixels = Array.ConvertAll(bytes, pixel => pixel / 255f);
        return new(pixels, labels, height, width) { Source = "MNIST " + part };
    }

    private static string? Find(string? folder) => Searched(folder).FirstOrDefault(candidate => Has(candidate, "t10k"));

    private static IEnumerable<string> Searched(string? folder) =>
        (folder is null ? Folders : [folder]).SelectMany(root => new[] { root, Path.Combine(root, "mnist") });

    private static bool Has(string folder, string part) =>
        PathOf(folder, Images(part)) is not null && PathOf(folder, Labels(part)) is not null;

    private static string? PathOf(string folder, string name) =>
        new[] { Path.Combine(folder, name), Path.Combine(folder, name + ".gz") }.FirstOrDefault(File.Exists);

    private static string Images(string part) => part + "-images-idx3-ubyte";

    private static string Labels(string part) => part + "-labels-idx1-ubyte";

    private static IEnumerable<string> Above(string folder)
    {
        var parent = Directory.GetParent(Path.TrimEndingDirectorySeparator(folder));
        for (; parent is not null; parent = parent.Parent)
        {
            yield return Path.Combine(parent.FullName, "shared", "data");
        }
    }
}
