namespace OptCore.Kernels;

/// <summary>What a kernel does with the running parameters.</summary>
public enum KernelUse
{
    /// <summary>It works on the update alone.</summary>
    Update,

    /// <summary>It reads the parameters.</summary>
    ReadsParameters,

    /// <summary>It reads and changes the parameters.</summary>
    WritesParameters,
}

/// <summary>
/// The elementwise part of a stage. A struct, so that a pipeline is one closed generic type and the just-in-time compiler
/// emits one loop for it. A loop calls <see cref="Begin"/> once per step, <see cref="Open"/> once on its own copy, and
/// <see cref="Apply"/> for every register of elements.
/// </summary>
/// <remarks>
/// Every element slot that a kernel owns must be stored in every <see cref="Apply"/>, changed or not: a pure step writes to
/// another buffer than it reads. Mark <see cref="Apply"/> with <c>AggressiveInlining</c>.
/// </remarks>
/// <typeparam name="V">The vector type.</typeparam>
/// <typeparam name="T">The element type.</typeparam>
public interface IKernel<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged
{
    /// <summary>What the kernel does with the running parameters.</summary>
    KernelUse Use { get; }

    /// <summary>Takes the scalars of this step (and of this tensor, if the stage measures tensors) as doubles.</summary>
    /// <param name="step">The step.</param>
    void Begin(StepContext step);

    /// <summary>Opens the slots and broadcasts the scalars, outside the loop.</summary>
    /// <param name="lanes">The vectors of the state.</param>
    void Open(in Lanes<T> lanes);

    /// <summary>The rule on one register.</summary>
    /// <typeparam name="P">The kind of place.</typeparam>
    /// <param name="u">The running update.</param>
    /// <param name="p">The running parameters; valid where <see cref="Use"/> says that they are read.</param>
    /// <param name="at">The place, for access to slots.</param>
    void Apply<P>(ref V u, ref V p, P at)
        where P : struct, IPlace<V, T>;
}
