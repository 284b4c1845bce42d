using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace OptBench.Contenders;

/// <summary>
/// The memory traffic of a step and nothing else: as many vectors read and written, in place (Adam 4 and 3, momentum 3
/// and 2), with one more reading of the gradient for a clip.
/// </summary>
internal sealed unsafe class CopyLoop<T> : Contender
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Rule _rule;
    private readonly Vectors<T> _state;
    private readonly Vectors<T> _gradient;

    public CopyLoop(Problem<T> problem)
    {
        _rule = problem.Rule;
        _state = new Vectors<T>(problem.Length, problem.Rule == Rule.Lamb ? 4 : 3);
        _gradient = problem.GradientFor(_state.Span(0));
    }

    public override string Name => "copy";

    /// <summary>What was read, so that reading is not optimized away.</summary>
    public T Sum { get; private set; }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(int steps)
    {
        for (var i = 0; i < steps; i++)
        {
            Step();
        }
    }

    public override double[] Parameters() => [];

    public override void Dispose()
    {
        _state.Dispose();
        _gradient.Dispose();
    }

    private void Step()
    {
        T* p = _state[0], m = _state[1], v = _state[2], g = _gradient[0];
        if (_rule == Rule.ClipAdamW)
        {
            Sum += Read(g);
        }

        // LAMB: the direction reads 4 and writes 3; the step reads 2 and writes 1.
        Copy(_rule == Rule.Lamb ? _state[3] : p, m, v, g, _rule.Slots());
        if (_rule == Rule.Lamb)
        {
            Copy(p, m, v, _state[3], 0);
        }
    }

    private T Read(T* x) =>
        Vector512.IsHardwareAccelerated ? Kernels512<T>.Read(x, _state.Padded) : KernelsNative<T>.Read(x, _state.Padded);

    private void Copy(T* p, T* m, T* v, T* g, int slots)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Kernels512<T>.Copy(p, m, v, g, _state.Padded, slots);
        }
        else
        {
            KernelsNative<T>.Copy(p, m, v, g, _state.Padded, slots);
        }
    }
}
