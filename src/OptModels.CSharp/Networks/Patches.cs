using System.Numerics;
using static System.FormattableString;

namespace OptModels.Networks;

/// <summary>
/// The windows of an image as the columns of a matrix: row (c, a, b) and column (i, j) hold x[c, i·stride + a − padding,
/// j·stride + b − padding], zero outside the image.
/// </summary>
internal sealed class Patches
{
    private readonly int _stride;
    private readonly int _padding;

    public Patches(Shape image, int size, int stride, int padding)
    {
        Image = image;
        Size = Require.Count(size, nameof(size));
        _stride = Require.Count(stride, nameof(stride));
        _padding = Require.Count(padding, nameof(padding), 0);
        var room = Math.Min(image.Height, image.Width) + (2L * padding);
        if (size > room)
        {
            throw Require.Outside(nameof(size), size, Invariant($"1 ≤ value ≤ {room} (the image {image} with padding {padding})"));
        }

        Height = ((image.Height + (2 * padding) - size) / stride) + 1;
        Width = ((image.Width + (2 * padding) - size) / stride) + 1;
    }

    public Shape Image { get; }

    /// <summary>The side of a window.</summary>
    public int Size { get; }

    /// <summary>The windows from top to bottom.</summary>
    public int Height { get; }

    /// <summary>The windows from left to right.</summary>
    public int Width { get; }

    public int Rows => Image.Channels * Size * Size;

    public int Columns => Height * Width;

    public int Length => Rows * Columns;

    /// <summary>Copies the windows of an image.</summary>
    public void Gather<T>(ReadOnlySpan<T> image, Span<T> patches)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var row = 0; row < Rows; row++)
        {
            var (channel, down, right) = Place(row);
            for (var i = 0; i < Height; i++)
            {
                var target = patches[..Width];
                patches = patches[Width..];
                var y = (i * _stride) + down;
                if (y < 0 || y >= Image.Height)
                {
                    target.Clear();
                    continue;
                }

                var line = image.Slice(((channel * Image.Height) + y) * Image.Width, Image.Width);
                if (IsInside(right))
                {
                    line.Slice(right, Width).CopyTo(target);
                    continue;
                }

                for (var j = 0; j < target.Length; j++)
                {
                    var x = (j * _stride) + right;
                    target[j] = (uint)x < (uint)line.Length ? line[x] : T.Zero;
                }
            }
        }
    }

    /// <summary>The transposed map: every element of the image is the sum of the places where it stands in windows.</summary>
    public void Scatter<T>(ReadOnlySpan<T> patches, Span<T> image)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        image.Clear();
        for (var row = 0; row < Rows; row++)
        {
            var (channel, down, right) = Place(row);
            for (var i = 0; i < Height; i++)
            {
                var source = patches[..Width];
                patches = patches[Width..];
                var y = (i * _stride) + down;
                if (y < 0 || y >= Image.Height)
                {
                    continue;
                }

                var line = image.Slice(((channel * Image.Height) + y) * Image.Width, Image.Width);
                if (IsInside(right))
                {
                    Elementwise.AddTo(line.Slice(right, Width), source);
                    continue;
                }

                for (var j = 0; j < source.Length; j++)
                {
                    var x = (j * _stride) + right;
                    if ((uint)x < (uint)line.Length)
                    {
                        line[x] += source[j];
                    }
                }
            }
        }
    }

    public override string ToString() =>
        Invariant($"{Size}×{Size}")
        + (_stride == 1 ? string.Empty : Invariant($" stride {_stride}"))
        + (_padding == 0 ? string.Empty : Invariant($" padding {_padding}"));

    private (int Channel, int Down, int Right) Place(int row) =>
        (row / (Size * Size), (row / Size % Size) - _padding, (row % Size) - _padding);

    private bool IsInside(int right) => _stride == 1 && right >= 0 && right + Width <= Image.Width;
}
