using System.Numerics;

namespace OptBench.Contenders;

/// <summary>A start and a gradient, the same for all contenders.</summary>
internal sealed class Problem<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Vectors<T> _gradient;

    public Problem(Rule rule, int length)
    {
        Rule = rule;
        Length = length;
        _gradient = new Vectors<T>(length, 1);
        Start = new T[length];
        var random = new Random(20);
        var gradient = _gradient.Span(0);
        for (var i = 0; i < length; i++)
        {
            Start[i] = T.CreateTruncating(random.NextDouble() - 0.5);
            gradient[i] = T.CreateTruncating((random.NextDouble() - 0.5) * 4);
        }
    }

    public Rule Rule { get; }

    public int Length { get; }

    public T[] Start { get; }

    public ReadOnlySpan<T> Gradient => _gradient.Span(0);

    public unsafe T* GradientOrigin => _gradient[0];

    public static double[] Widen(ReadOnlySpan<T> values)
    {
        var wide = new double[values.Length];
        for (var i = 0; i < wide.Length; i++)
        {
            wide[i] = double.CreateTruncating(values[i]);
        }

        return wide;
    }

    public void Dispose() => _gradient.Dispose();
}
