using System.Numerics;

namespace OptModels;

/// <summary>
/// The cross-entropy of one sample, log Σ_k e^{z_k} − z_label, with derivatives softmax(z)_k − [k = label].
/// </summary>
internal readonly struct CrossEntropy(int[] labels, int classes) : IScoreLoss
{
    public int Outputs => classes;

    /// <summary>Index of the largest score, the first of equal ones; the first NaN where there is one.</summary>
    internal static int Largest<T>(ReadOnlySpan<T> scores)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var best = 0;
        for (var k = 0; k < scores.Length && !T.IsNaN(scores[best]); k++)
        {
            best = scores[k] > scores[best] || T.IsNaN(scores[k]) ? k : best;
        }

        return best;
    }

    /// <summary>
    /// With M the largest score: (M − z_label) + log(1 + Σ_{k ≠ argmax} e^{z_k − M}). The largest one's e⁰ = 1 stays
    /// out of the sum, so that the loss of a confident right answer does not round to 0.
    /// </summary>
    public double Evaluate(int sample, Span<double> scores)
    {
        var label = labels[sample];
        var top = Largest<double>(scores);
        var (most, toLabel) = (scores[top], scores[top] - scores[label]);
        var rest = 0.0;
        for (var k = 0; k < scores.Length; k++)
        {
            scores[k] = Math.Exp(scores[k] - most);
            rest += k == top ? 0 : scores[k];
        }

        var others = label == top ? rest : 1 + (rest - scores[label]);
        for (var k = 0; k < scores.Length; k++)
        {
            scores[k] /= 1 + rest;
        }

        scores[label] = -(others / (1 + rest));
        return toLabel + Logarithm.OnePlus(rest);
    }
}
