namespace OptCore.Kernels;

/// <summary>What a kernel does with the running parameters.</summary>
internal enum KernelUse
{
    /// <summary>It works on the update alone.</summary>
    Update,

    /// <summary>It reads the parameters.</summary>
    ReadsParameters,

    /// <summary>It reads and changes the parameters.</summary>
    WritesParameters,
}

/// <summary>
/// One link of a loop: a rule with its driver, or what loads and stores around rules. A struct, so that a pipeline is one closed
/// generic type and the just-in-time compiler emits one loop for it. A loop calls <see cref="Begin"/> once per step (or
/// for every tensor), <see cref="Open"/> once on its own copy, and <see cref="Apply"/> for every register of elements.
/// </summary>
/// <typeparam name="V">The vector type.</typeparam>
/// <typeparam name="T">The element type.</typeparam>
internal interface IKernel<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged
{
    /// <summary>Whether <see cref="Begin"/> does nothing.</summary>
    static abstract bool IsPlain { get; }

    /// <summary>Takes the scalars of all rules but <see cref="IPlainRule"/>s.</summary>
    /// <param name="step">The scalars of this step, and of this tensor if the loop works tensor by tensor.</param>
    void Begin(StepContext step);

    /// <summary>Opens the slots and takes the scalars of <see cref="IPlainRule"/>s, outside the loop.</summary>
    /// <param name="lanes">The vectors of the state.</param>
    /// <param name="step">The scalars of this step, and of this tensor if the loop works tensor by tensor.</param>
    void Open(in Lanes<T> lanes, StepContext step);

    /// <summary>The rule on one register.</summary>
    /// <typeparam name="P">The kind of place.</typeparam>
    /// <param name="u">The running update.</param>
    /// <param name="p">The running parameters, where they have been loaded.</param>
    /// <param name="at">The place, for access to slots.</param>
    void Apply<P>(ref V u, ref V p, P at)
        where P : struct, IPlace<V, T>;
}
