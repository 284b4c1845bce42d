using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using OptCore.Kernels;

namespace OptCore.Compilation;

/// <summary>
/// Chooses the vectors that a program is compiled for. In a namespace of its own: of <c>OptCore</c> a program that is compiled ahead of
/// time keeps every method (ILLink.Descriptors.xml), and with the methods below the loops of every width.
/// </summary>
internal static class Widths
{
    // What the hardware has is no news, the bits are at most that; but it is a constant there, and what it excludes is left out.
    public static Program<T> Compile<T>(
        ResolvedOptimizer model, StepMemory<T> memory, Purpose purpose, Execution execution, LiveStages? live)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Vector512.IsHardwareAccelerated && execution.Bits == 512 ? Compile512(model, memory, purpose, execution, live)
        : Vector256.IsHardwareAccelerated && execution.Bits == 256 ? Compile256(model, memory, purpose, execution, live)
        : Compile128(model, memory, purpose, execution, live);

    /// <summary>A loop that measures its results on the way, which there is for the widest vectors only.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static Loop<T> Measuring<T>(List<object> kernels, NormsOnTheWay norms)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        norms.Parameters is null
            ? Fusion.Fuse<Simd512<T>, T, UpdateMeter<T>>(kernels)
            : Fusion.Fuse<Simd512<T>, T, FullMeter<T>>(kernels);

    // One method for each width: a method that names all three would load the types of all three.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Program<T> Compile512<T>(
        ResolvedOptimizer model, StepMemory<T> memory, Purpose purpose, Execution execution, LiveStages? live)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Compiler<Simd512<T>, T>.Compile(model, memory, purpose, execution, live);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Program<T> Compile256<T>(
        ResolvedOptimizer model, StepMemory<T> memory, Purpose purpose, Execution execution, LiveStages? live)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Compiler<Simd256<T>, T>.Compile(model, memory, purpose, execution, live);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Program<T> Compile128<T>(
        ResolvedOptimizer model, StepMemory<T> memory, Purpose purpose, Execution execution, LiveStages? live)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Compiler<Simd128<T>, T>.Compile(model, memory, purpose, execution, live);
}
