using System.Numerics;
using System.Runtime.InteropServices;

namespace OptModels.Networks;

/// <summary>Operations on rows whose elements are independent, so that their bits do not depend on the vector width.</summary>
internal static class Elementwise
{
    /// <summary>sum ← sum + values.</summary>
    public static void AddTo(Span<double> sum, ReadOnlySpan<double> values)
    {
        var wide = Wide(sum);
        var more = Wide(values);
        for (var i = 0; i < wide.Length; i++)
        {
            wide[i] += more[i];
        }

        for (var i = wide.Length * Vector<double>.Count; i < sum.Length; i++)
        {
            sum[i] += values[i];
        }
    }

    /// <summary>output ← max(0, input); NaN stays NaN.</summary>
    public static void Relu(ReadOnlySpan<double> input, Span<double> output)
    {
        var from = Wide(input);
        var to = Wide(output);
        for (var i = 0; i < to.Length; i++)
        {
            to[i] = Vector.ConditionalSelect(Vector.LessThan(from[i], Vector<double>.Zero), Vector<double>.Zero, from[i]);
        }

        for (var i = to.Length * Vector<double>.Count; i < output.Length; i++)
        {
            output[i] = input[i] < 0 ? 0 : input[i];
        }
    }

    /// <summary>result ← gradient where the output of <see cref="Relu"/> is not 0, else 0.</summary>
    public static void ReluBack(ReadOnlySpan<double> output, ReadOnlySpan<double> gradient, Span<double> result)
    {
        var at = Wide(output);
        var from = Wide(gradient);
        var to = Wide(result);
        for (var i = 0; i < to.Length; i++)
        {
            to[i] = Vector.ConditionalSelect(Vector.Equals(at[i], Vector<double>.Zero), Vector<double>.Zero, from[i]);
        }

        for (var i = to.Length * Vector<double>.Count; i < result.Length; i++)
        {
            result[i] = output[i] == 0 ? 0 : gradient[i];
        }
    }

    private static Span<Vector<double>> Wide(Span<double> values) => MemoryMarshal.Cast<double, Vector<double>>(values);

    private static ReadOnlySpan<Vector<double>> Wide(ReadOnlySpan<double> values) => MemoryMarshal.Cast<double, Vector<double>>(values);
}
