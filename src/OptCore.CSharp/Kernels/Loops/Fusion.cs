using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace OptCore.Kernels;

/// <summary>Makes one loop of several kernels by closing the generic <see cref="Chain{V, T, A, B, C, D}"/> over their types.</summary>
internal static class Fusion
{
    /// <summary>
    /// A segment ends after this many kernels: two levels of <see cref="Chain{V, T, A, B, C, D}"/>, which are inlined as a whole.
    /// </summary>
    public const int MostKernels = 16;

    private const int Width = 4;

    private const string Kept = "The linker descriptor keeps Chain, Loop and InOwnTime; kernels are referenced by the block fallback.";

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
    public static Loop<T> Fuse<V, T, M>(List<object> kernels)
        where V : struct, IVector<V, T>
        where T : unmanaged
        where M : struct, IMeter<V, T>
    {
        var chain = Group<V, T>(kernels.ToArray());
        var loop = (Loop<T>)Make(typeof(Loop<,,,>).MakeGenericType(typeof(V), typeof(T), chain.GetType(), typeof(M)));
        loop.Take(chain);
        return loop;
    }

    /// <summary>A kernel in a stage's own time, to be chained.</summary>
    [UnconditionalSuppressMessage("Trimming", "IL2055", Justification = Kept)]
    [UnconditionalSuppressMessage("Trimming", "IL2076", Justification = Kept)]
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "Never called where code cannot be generated.")]
    public static object InOwnTime<V, T>(object kernel, OwnTime time)
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        var timed = (IInOwnTime)Make(typeof(InOwnTime<,,>).MakeGenericType(typeof(V), typeof(T), kernel.GetType()));
        timed.Take(kernel, time);
        return timed;
    }

    [UnconditionalSuppressMessage("Trimming", "IL2055", Justification = Kept)]
    [UnconditionalSuppressMessage("Trimming", "IL2076", Justification = Kept)]
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "Never called where code cannot be generated.")]
    private static object Group<V, T>(ReadOnlySpan<object> kernels)
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        if (kernels.Length == 1)
        {
            return kernels[0];
        }

        // As few groups of four as hold them, each as long as the others.
        var links = new object[Width];
        var groups = kernels.Length <= Width ? kernels.Length : (kernels.Length + Width - 1) / Width;
        var types = new Type[2 + Width];
        (types[0], types[1]) = (typeof(V), typeof(T));
        for (var i = 0; i < Width; i++)
        {
            links[i] = i < groups
                ? Group<V, T>(kernels[(i * kernels.Length / groups)..((i + 1) * kernels.Length / groups)])
                : default(NoKernel<V, T>);
            types[2 + i] = links[i].GetType();
        }

        var chain = (IChain)Make(typeof(Chain<,,,,,>).MakeGenericType(types));
        chain.Take(links);
        return chain;
    }

    // Without a constructor: reflection would compile a stub of its own for each.
    [UnconditionalSuppressMessage("Trimming", "IL2067", Justification = Kept)]
    private static object Make(Type type) => RuntimeHelpers.GetUninitializedObject(type);
}
