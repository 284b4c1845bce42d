using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace OptCore.Kernels;

/// <summary>Makes one loop of several kernels by closing the generic <see cref="Chain{V, T, A, B}"/> over their types.</summary>
internal static class Fusion
{
    /// <summary>
    /// Beyond this many kernels the just-in-time compiler stops inlining; a segment ends before. Measured with chains of
    /// averages: at 14 and more a step takes 1.3 (n = 1e4) to 2 times (n = 10) as long as with 13.
    /// </summary>
    public const int MostKernels = 13;

    private const string Kept = "The assembly's linker descriptor keeps Chain and Loop; kernels are referenced by the block fallback.";

    /// <summary>Whether code for new combinations of kernels can be generated; false under NativeAOT.</summary>
    public static bool IsSupported => RuntimeFeature.IsDynamicCodeSupported;

    /// <summary>The fused loop of the kernels, in their order. At least one; only where <see cref="IsSupported"/>.</summary>
    /// <typeparam name="V">The vector type.</typeparam>
    /// <typeparam name="T">The element type.</typeparam>
    /// <typeparam name="M">What the loop measures on its way.</typeparam>
    /// <param name="kernels">The kernels.</param>
    [UnconditionalSuppressMessage("Trimming", "IL2055", Justification = Kept)]
    [UnconditionalSuppressMessage("Trimming", "IL2076", Justification = Kept)]
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "Never called where code cannot be generated.")]
    public static Loop<T> Fuse<V, T, M>(IReadOnlyList<object> kernels)
        where V : struct, IVector<V, T>
        where T : unmanaged
        where M : struct, IMeter<V, T>
    {
        var chain = Balance<V, T>(kernels, 0, kernels.Count);
        var loop = (Loop<T>)Make(typeof(Loop<,,,>).MakeGenericType(typeof(V), typeof(T), chain.GetType(), typeof(M)));
        loop.Take(chain);
        return loop;
    }

    [UnconditionalSuppressMessage("Trimming", "IL2055", Justification = Kept)]
    [UnconditionalSuppressMessage("Trimming", "IL2076", Justification = Kept)]
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "Never called where code cannot be generated.")]
    private static object Balance<V, T>(IReadOnlyList<object> kernels, int start, int count)
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        if (count == 1)
        {
            return kernels[start];
        }

        var left = Balance<V, T>(kernels, start, count / 2);
        var right = Balance<V, T>(kernels, start + (count / 2), count - (count / 2));
        var pair = (IPair)Make(typeof(Chain<,,,>).MakeGenericType(typeof(V), typeof(T), left.GetType(), right.GetType()));
        pair.Take(left, right);
        return pair;
    }

    // Without a constructor: reflection would compile a stub of its own for each.
    [UnconditionalSuppressMessage("Trimming", "IL2067", Justification = Kept)]
    private static object Make(Type type) => RuntimeHelpers.GetUninitializedObject(type);
}
