namespace OptModels;

/// <summary>
/// A generated classification problem of MNIST's shape, for when its files are not there: every class has a prototype
/// of random strokes, and every image is its class's prototype shifted by up to two pixels in each direction, plus
/// noise, cut to [0, 1].
/// </summary>
/// <remarks>
/// Deterministic in the arguments, on every platform: our own generator, and only operations that IEEE 754 rounds
/// exactly. Labels are independent and uniform. The noise of a pixel is triangular on (−a, a), a = <c>noise</c>. Easier
/// than MNIST: a figure reached here says nothing about MNIST.
/// </remarks>
/// <example><code>
/// var digits = SyntheticDigits.Create(train: 1000, test: 200, seed: 7);
/// </code></example>
public static class SyntheticDigits
{
    private const int Size = 28;
    private const int Classes = 10;
    private const int Strokes = 4;

    /// <summary>Generated images of 28×28 pixels in 10 classes.</summary>
    /// <param name="train">The number of images to learn from, ≥ 0.</param>
    /// <param name="test">The number of images to judge by, ≥ 0.</param>
    /// <param name="seed">The seed; any value.</param>
    /// <param name="noise">The amplitude a of the noise, ≥ 0, finite.</param>
    /// <returns>The training and the test images.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of range.</exception>
    public static ImageSplit Create(int train = 8000, int test = 2000, long seed = 0, double noise = 1)
    {
        Require.Count(train, nameof(train), 0);
        Require.Count(test, nameof(test), 0);
        Require.NonNegative(noise, nameof(noise));
        var random = new SampleRandom(seed);
        var prototypes = new double[Classes][];
        for (var k = 0; k < Classes; k++)
        {
            prototypes[k] = Prototype(ref random);
        }

        return new(Draw(prototypes, train, noise, ref random), Draw(prototypes, test, noise, ref random));
    }

    private static ImageSet Draw(double[][] prototypes, int count, double noise, ref SampleRandom random)
    {
        var pixels = new float[count * Size * Size];
        var labels = new int[count];
        for (var i = 0; i < count; i++)
        {
            labels[i] = random.Below(Classes);
            var (down, right) = (random.Below(5) - 2, random.Below(5) - 2);
            var image = pixels.AsSpan(i * Size * Size, Size * Size);
            for (var j = 0; j < image.Length; j++)
            {
                var (y, x) = ((j / Size) - down, (j % Size) - right);
                var ink = y is >= 0 and < Size && x is >= 0 and < Size ? prototypes[labels[i]][(y * Size) + x] : 0;
                image[j] = (float)Math.Clamp(ink + (noise * (random.Uniform() - random.Uniform())), 0, 1);
            }
        }

        return new(pixels, labels, Size, Size, Classes) { Source = "synthetic digits" };
    }

    /// <summary>A connected line of strokes of width about 2, inside the middle 20×20 pixels.</summary>
    private static double[] Prototype(ref SampleRandom random)
    {
        var ink = new double[Size * Size];
        var (y0, x0) = (random.Uniform(4, 24), random.Uniform(4, 24));
        for (var stroke = 0; stroke < Strokes; stroke++)
        {
            var (y1, x1) = (random.Uniform(4, 24), random.Uniform(4, 24));
            for (var j = 0; j < ink.Length; j++)
            {
                ink[j] = Math.Max(ink[j], Math.Clamp(1.75 - Distance(j / Size, j % Size, (y0, x0), (y1, x1)), 0, 1));
            }

            (y0, x0) = (y1, x1);
        }

        return ink;
    }

    private static double Distance(double y, double x, (double Y, double X) from, (double Y, double X) to)
    {
        var (alongY, alongX) = (to.Y - from.Y, to.X - from.X);
        var square = (alongY * alongY) + (alongX * alongX);
        var place = square > 0 ? Math.Clamp((((y - from.Y) * alongY) + ((x - from.X) * alongX)) / square, 0, 1) : 0;
        var (awayY, awayX) = (y - from.Y - (place * alongY), x - from.X - (place * alongX));
        return Math.Sqrt((awayY * awayY) + (awayX * awayX));
    }
}
