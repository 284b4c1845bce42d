using System.Numerics;
using System.Runtime.CompilerServices;

namespace OptBench.Contenders.Elementwise;

/// <summary>The vectors of a rule by hand, and the scalars that it keeps from one step to the next.</summary>
internal sealed unsafe class HandState<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Vectors<T> _vectors;
    private readonly Vectors<T> _gradient;
    private readonly double[] _powers = [1, 1, 1];

    public HandState(Problem<T> problem, double[] slots)
    {
        _vectors = new Vectors<T>(problem.Length, 1 + slots.Length);
        problem.Start.CopyTo(_vectors.Span(0));
        for (var i = 0; i < slots.Length; i++)
        {
            if (double.IsNaN(slots[i]))
            {
                problem.Start.CopyTo(_vectors.Span(1 + i));
            }
            else
            {
                // The padding too: nothing there may become NaN or subnormal.
                new Span<T>(_vectors[1 + i], (int)_vectors.Padded).Fill(T.CreateTruncating(slots[i]));
            }
        }

        _gradient = problem.GradientFor(_vectors.Span(0), Vectors<T>.Clear(1 + slots.Length));
        Length = _vectors.Padded;
    }

    /// <summary>The length with padding.</summary>
    public nint Length { get; }

    public T* Gradient => _gradient[0];

    public Span<T> Parameters => _vectors.Span(0);

    /// <summary>The number of the running step, from 1 on.</summary>
    public long Number { get; set; }

    /// <summary>Whatever one number a rule keeps; 1 at first.</summary>
    public double Kept { get; set; } = 1;

    /// <summary>A vector: 0 for the parameters, then the slots.</summary>
    public T* this[int vector] => _vectors[vector];

    /// <summary>β^k, once a step for each of three β.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double Power(int which, double beta)
    {
        // Subnormal powers would slow down every later step.
        var next = _powers[which] * beta;
        return _powers[which] = next < 1e-20 ? 0 : next;
    }

    /// <summary>1/(1 − β^k), once a step for each of three β.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double Correction(int which, double beta) => 1 / (1 - Power(which, beta));

    public void Dispose()
    {
        _vectors.Dispose();
        _gradient.Dispose();
    }
}
