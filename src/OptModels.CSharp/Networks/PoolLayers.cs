using System.Numerics;
using static System.FormattableString;

namespace OptModels.Networks;

/// <summary>Windows of size × size without overlap; rows and columns that fill no window are left out.</summary>
internal abstract class PoolLayer(Shape input, int size, string word)
    : Layer(input, new(input.Channels, input.Height / Fitting(input, size), input.Width / size))
{
    protected int Size { get; } = size;

    public override long Operations => 4L * Input.Length;

    public sealed override void Forward<T>(LayerPass<T> pass, int first, int count)
    {
        for (var s = first; s < first + count; s++)
        {
            Forward(pass, s, pass.Input.Row(s, Input.Length), pass.Output.Row(s, Output.Length));
        }
    }

    public sealed override void Backward<T>(LayerPass<T> pass, int first, int count)
    {
        for (var s = first; s < first + count && !pass.InputGradient.IsNone; s++)
        {
            var result = pass.InputGradient.Row(s, Input.Length);
            result.Clear();
            Backward(pass, s, pass.OutputGradient.Row(s, Output.Length), result);
        }
    }

    public sealed override string ToString() => Invariant($"{word} {Size}");

    protected abstract void Forward<T>(LayerPass<T> pass, int sample, ReadOnlySpan<T> input, Span<T> output)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    protected abstract void Backward<T>(LayerPass<T> pass, int sample, ReadOnlySpan<T> delta, Span<T> result)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    /// <summary>The index in the input of the first element of an output's window.</summary>
    protected int Corner(int channel, int y, int x) => (((channel * Input.Height) + (y * Size)) * Input.Width) + (x * Size);

    private static int Fitting(Shape input, int size)
    {
        Require.Between(size, 1, Math.Min(input.Height, input.Width), nameof(size));
        return size;
    }
}

/// <summary>The largest element of every window, the first of equal ones, the first NaN where there is one.</summary>
internal sealed class MaxPoolLayer(Shape input, int size) : PoolLayer(input, size, "maxPool")
{
    public override void Reserve<T>(LayerPass<T> pass, int block) => pass.Places = new int[checked(block * Output.Length)];

    protected override void Forward<T>(LayerPass<T> pass, int sample, ReadOnlySpan<T> input, Span<T> output)
    {
        var places = pass.Places.AsSpan(sample * Output.Length, Output.Length);
        var to = 0;
        for (var channel = 0; channel < Output.Channels; channel++)
        {
            for (var y = 0; y < Output.Height; y++)
            {
                for (var x = 0; x < Output.Width; x++, to++)
                {
                    output[to] = input[places[to] = Largest(input, Corner(channel, y, x))];
                }
            }
        }
    }

    protected override void Backward<T>(LayerPass<T> pass, int sample, ReadOnlySpan<T> delta, Span<T> result)
    {
        var places = pass.Places.AsSpan(sample * Output.Length, Output.Length);
        for (var i = 0; i < places.Length; i++)
        {
            result[places[i]] = delta[i];
        }
    }

    private int Largest<T>(ReadOnlySpan<T> input, int corner)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (best, most) = (corner, input[corner]);
        for (var a = 0; a < Size; a++, corner += Input.Width)
        {
            for (var i = corner; i < corner + Size; i++)
            {
                // Not "greater": a NaN is taken, and stays.
                if (!(input[i] <= most) && !T.IsNaN(most))
                {
                    (best, most) = (i, input[i]);
                }
            }
        }

        return best;
    }
}

/// <summary>The mean of every window.</summary>
internal sealed class AveragePoolLayer(Shape input, int size) : PoolLayer(input, size, "averagePool")
{
    protected override void Forward<T>(LayerPass<T> pass, int sample, ReadOnlySpan<T> input, Span<T> output)
    {
        var (to, size) = (0, T.CreateTruncating(Size * Size));
        for (var channel = 0; channel < Output.Channels; channel++)
        {
            for (var y = 0; y < Output.Height; y++)
            {
                for (var x = 0; x < Output.Width; x++, to++)
                {
                    var (corner, sum) = (Corner(channel, y, x), T.Zero);
                    for (var a = 0; a < Size; a++, corner += Input.Width)
                    {
                        for (var i = corner; i < corner + Size; i++)
                        {
                            sum += input[i];
                        }
                    }

                    output[to] = sum / size;
                }
            }
        }
    }

    protected override void Backward<T>(LayerPass<T> pass, int sample, ReadOnlySpan<T> delta, Span<T> result)
    {
        var (from, size) = (0, T.CreateTruncating(Size * Size));
        for (var channel = 0; channel < Output.Channels; channel++)
        {
            for (var y = 0; y < Output.Height; y++)
            {
                for (var x = 0; x < Output.Width; x++, from++)
                {
                    var corner = Corner(channel, y, x);
                    for (var a = 0; a < Size; a++, corner += Input.Width)
                    {
                        result.Slice(corner, Size).Fill(delta[from] / size);
                    }
                }
            }
        }
    }
}
