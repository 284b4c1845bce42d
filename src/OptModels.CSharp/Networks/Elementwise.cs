using System.Numerics;
using System.Runtime.InteropServices;

namespace OptModels.Networks;

/// <summary>Operations on rows whose elements are independent, so that their bits do not depend on the vector width.</summary>
internal static class Elementwise
{
    /// <summary>sum ← sum + values.</summary>
    public static void AddTo<T>(Span<T> sum, ReadOnlySpan<T> values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var wide = Wide(sum);
        var more = Wide(values);
        for (var i = 0; i < wide.Length; i++)
        {
            wide[i] += more[i];
        }

        for (var i = wide.Length * Vector<T>.Count; i < sum.Length; i++)
        {
            sum[i] += values[i];
        }
    }

    /// <summary>output ← max(0, input); NaN stays NaN.</summary>
    public static void Relu<T>(ReadOnlySpan<T> input, Span<T> output)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var from = Wide(input);
        var to = Wide(output);
        for (var i = 0; i < to.Length; i++)
        {
            to[i] = Vector.ConditionalSelect(Vector.LessThan(from[i], Vector<T>.Zero), Vector<T>.Zero, from[i]);
        }

        for (var i = to.Length * Vector<T>.Count; i < output.Length; i++)
        {
            output[i] = input[i] < T.Zero ? T.Zero : input[i];
        }
    }

    /// <summary>result ← gradient where the output of <see cref="Relu"/> is not 0, else 0.</summary>
    public static void ReluBack<T>(ReadOnlySpan<T> output, ReadOnlySpan<T> gradient, Span<T> result)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var at = Wide(output);
        var from = Wide(gradient);
        var to = Wide(result);
        for (var i = 0; i < to.Length; i++)
        {
            to[i] = Vector.ConditionalSelect(Vector.Equals(at[i], Vector<T>.Zero), Vector<T>.Zero, from[i]);
        }

        for (var i = to.Length * Vector<T>.Count; i < result.Length; i++)
        {
            result[i] = output[i] == T.Zero ? T.Zero : gradient[i];
        }
    }

    private static Span<Vector<T>> Wide<T>(Span<T> values)
        where T : unmanaged => MemoryMarshal.Cast<T, Vector<T>>(values);

    private static ReadOnlySpan<Vector<T>> Wide<T>(ReadOnlySpan<T> values)
        where T : unmanaged => MemoryMarshal.Cast<T, Vector<T>>(values);
}
