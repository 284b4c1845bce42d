using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace OptBench.Contenders;

/// <summary>What the dividers take for a step of Adam, and nothing else: one root and one division for each register of 512 bits.</summary>
internal sealed unsafe class DividersLoop<T> : Contender
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // They stay in the first cache, and no result waits for another one.
    private const int Registers = 16;

    private readonly Vectors<T> _numbers = new(Registers * Vector512<T>.Count, 1);
    private readonly int _length;

    public DividersLoop(Problem<T> problem)
    {
        _length = problem.Length;
        for (var i = 0; i < _numbers.Length; i++)
        {
            _numbers.Span(0)[i] = T.CreateTruncating(1 + (i / (double)_numbers.Length));
        }
    }

    public override string Name => "dividers";

    /// <summary>What was computed, so that it is not optimized away.</summary>
    public T Sum { get; private set; }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(int steps)
    {
        for (var i = 0; i < steps; i++)
        {
            Sum += Step(_numbers[0], _length);
        }
    }

    public override double[] Parameters() => [];

    public override void Dispose() => _numbers.Dispose();

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static T Step(T* numbers, nint length)
    {
        var sum = Vector512<T>.Zero;
        for (nint i = 0; i < length; i += Vector512<T>.Count)
        {
            var x = Vector512.Load(numbers + (i & ((Registers * Vector512<T>.Count) - 1)));
            sum += x / Vector512.Sqrt(x);
        }

        return Vector512.Sum(sum);
    }
}
