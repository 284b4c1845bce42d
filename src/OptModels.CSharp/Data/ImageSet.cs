using System.Diagnostics;
using static System.FormattableString;

namespace OptModels;

/// <summary>
/// Labelled images: pixels in [0, 1] as floats, shape [n, channels, height, width] in one row-major array, and n classes in
/// 0 … K − 1. Grey images have one channel.
/// </summary>
/// <remarks>The arrays are kept, not copied, and must not change afterwards.</remarks>
/// <example><code>
/// var first = images.Image(0);            // height · width floats
/// var counts = images.Histogram();        // images per class
/// </code></example>
public sealed class ImageSet
{
    /// <summary>A set of images.</summary>
    /// <param name="pixels">The images one after the other, row by row, of length n · channels · height · width: an
    /// image channel by channel.</param>
    /// <param name="labels">The class of each image, of length n ≥ 0, each in 0 … classes − 1.</param>
    /// <param name="height">The rows of an image, ≥ 1.</param>
    /// <param name="width">The columns of an image, ≥ 1.</param>
    /// <param name="classes">The number K of classes, ≥ 1.</param>
    /// <param name="channels">The channels of an image, ≥ 1: 1 for grey, 3 for red, green and blue.</param>
    /// <exception cref="ArgumentException">A length does not fit, or a label or size is out of range.</exception>
    /// <exception cref="ArgumentNullException">An array is null.</exception>
    public ImageSet(float[] pixels, int[] labels, int height, int width, int classes = 10, int channels = 1)
    {
        Pixels = Require.NotNull(pixels);
        Labels = Require.NotNull(labels);
        Height = Require.Count(height, nameof(height));
        Width = Require.Count(width, nameof(width));
        Classes = Require.Count(classes, nameof(classes));
        Channels = Require.Count(channels, nameof(channels));
        Array.ForEach(labels, label => Require.Between(label, 0, classes - 1, nameof(labels)));
        // 128 bits: three sizes and a count of 31 bits each.
        var size = (Int128)channels * height * width;
        if (size > Array.MaxLength)
        {
            throw Require.Outside(
                nameof(height), height, Invariant($"channels · height · width = {size} pixels, at most {Array.MaxLength}"));
        }

        var expected = labels.Length * (long)size;
        if (pixels.Length != expected)
        {
            throw Lengths.Wrong(pixels.Length, expected, nameof(pixels));
        }
    }

    /// <summary>All pixels.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public float[] Pixels { get; }

    /// <summary>All labels.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public int[] Labels { get; }

    /// <summary>The number of images.</summary>
    public int Count => Labels.Length;

    /// <summary>The rows of an image.</summary>
    public int Height { get; }

    /// <summary>The columns of an image.</summary>
    public int Width { get; }

    /// <summary>The channels of an image: 1 for grey, 3 for red, green and blue.</summary>
    public int Channels { get; }

    /// <summary>The number K of classes.</summary>
    public int Classes { get; }

    /// <summary>Where the images come from, in a few words.</summary>
    public string Source { get; init; } = "given";

    /// <summary>The pixels of one image.</summary>
    /// <param name="index">The image, in 0 … <see cref="Count"/> − 1.</param>
    /// <returns>Channels · height · width pixels, channel by channel, row by row.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such image.</exception>
    public ReadOnlySpan<float> Image(int index)
    {
        Require.Between(index, 0, Count - 1, nameof(index));
        return Pixels.AsSpan(index * Size, Size);
    }

    /// <summary>A copy of consecutive images.</summary>
    /// <param name="start">The first image.</param>
    /// <param name="count">The number of images.</param>
    /// <returns>A set of <paramref name="count"/> images.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The range is not inside 0 … <see cref="Count"/>.</exception>
    public ImageSet Slice(int start, int count)
    {
        Require.Between(start, 0, Count, nameof(start));
        Require.Between(count, 0, Count - start, nameof(count));
        var range = Invariant($"{Source}, {start}–{start + count - 1}");
        var pixels = Pixels[(start * Size)..((start + count) * Size)];
        return new(pixels, Labels[start..(start + count)], Height, Width, Classes, Channels) { Source = range };
    }

    /// <summary>The number of images of each class.</summary>
    /// <returns>An array of length <see cref="Classes"/>.</returns>
    public int[] Histogram()
    {
        var counts = new int[Classes];
        Array.ForEach(Labels, label => counts[label]++);
        return counts;
    }

    /// <summary>The number and size of the images and where they come from.</summary>
    /// <returns>One line.</returns>
    public override string ToString() => Invariant($"{Count} images of {Shape}, {Classes} classes ({Source})");

    private int Size => Channels * Height * Width;

    private string Shape => Channels == 1 ? Invariant($"{Height}×{Width}") : Invariant($"{Channels}×{Height}×{Width}");
}
