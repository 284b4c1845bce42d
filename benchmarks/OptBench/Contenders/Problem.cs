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

    /// <summary>
    /// The gradient, copied to half a page behind the contender's parameters: where one of its vectors lies a few cache
    /// lines ahead of the gradient modulo 4096 bytes, every load seems to wait for a store (table `placement`).
    /// </summary>
    /// <param name="parameters">The contender's parameters.</param>
    public Vectors<T> GradientFor(ReadOnlySpan<T> parameters) => GradientFor(parameters, Vectors<T>.Page / 2);

    /// <summary>The gradient, copied to a given distance behind the contender's parameters modulo a page.</summary>
    public unsafe Vectors<T> GradientFor(ReadOnlySpan<T> parameters, int behind)
    {
        fixed (T* origin = parameters)
        {
            // Whole cache lines; the vectors of the library lie in pinned memory, those of the others are not moved either.
            var copy = new Vectors<T>(Length, 1, (int)(((nint)origin - behind) & (Vectors<T>.Page - 64)));
            Gradient.CopyTo(copy.Span(0));
            return copy;
        }
    }

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
