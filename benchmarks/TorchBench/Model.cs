namespace TorchBench;

/// <summary>The shapes of a model's tensors.</summary>
/// <param name="Name">The name in tables.</param>
/// <param name="Shapes">The shapes, in their order.</param>
internal sealed record Model(string Name, IReadOnlyList<int[]> Shapes)
{
    public int Length => Shapes.Sum(shape => shape.Aggregate(1, (product, axis) => product * axis));

    /// <summary>The models of the tables of lists.</summary>
    public static IReadOnlyList<Model> Real { get; } = [Dense(), LeNet(), Many(), Gpt2Block(), ResNet18()];

    public static Model Single(int length) => new(OptBench.Measuring.Report.Length(length), [[length]]);

    private static Model Dense() => new("784-100-10", [[100, 784], [100], [10, 100], [10]]);

    private static Model Many() => new("1,000 × 100", [.. Enumerable.Range(0, 1000).Select(_ => new[] { 100 })]);

    // LeCun, Bottou, Bengio and Haffner, 1998.
    private static Model LeNet() => new(
        "LeNet-5",
        [[6, 1, 5, 5], [6], [16, 6, 5, 5], [16], [120, 400], [120], [84, 120], [84], [10, 84], [10]]);

    // One block of the smallest GPT-2: width 768. Radford et al., 2019.
    private static Model Gpt2Block() => new(
        "GPT-2 block",
        [
            [768], [768], [768, 2304], [2304], [768, 768], [768],
            [768], [768], [768, 3072], [3072], [3072, 768], [768],
        ]);

    // He, Zhang, Ren and Sun, 2016: every convolution is followed by a normalization with a scale and a shift.
    private static Model ResNet18()
    {
        List<int[]> shapes = [];
        void Convolution(int filters, int channels, int size)
        {
            shapes.Add([filters, channels, size, size]);
            shapes.Add([filters]);
            shapes.Add([filters]);
        }

        Convolution(64, 3, 7);
        var channels = 64;
        foreach (var width in new[] { 64, 128, 256, 512 })
        {
            for (var block = 0; block < 2; block++)
            {
                Convolution(width, channels, 3);
                Convolution(width, width, 3);
                if (channels != width)
                {
                    Convolution(width, channels, 1);
                }

                channels = width;
            }
        }

        shapes.Add([1000, 512]);
        shapes.Add([1000]);
        return new("ResNet-18", shapes);
    }
}
