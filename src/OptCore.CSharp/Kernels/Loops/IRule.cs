namespace OptCore.Kernels;

/// <summary>
/// The elementwise part of a stage: a struct that maps the update, the parameters and the stage's slots to their new values, one
/// register of elements at a time. The struct is a type argument of the loop, so that the just-in-time compiler makes one loop of
/// a whole pipeline; drivers of the library load the slots before it and store them after it.
/// </summary>
/// <remarks>
/// A rule implements one of <see cref="IRule0{V, T}"/> to <see cref="IRule5{V, T}"/>, by the number of its slots, and holds
/// registers as fields. Mark <see cref="Begin"/> and <c>Apply</c> with <c>AggressiveInlining</c>. A rule that looks at the
/// parameters says so by <see cref="IReadsParameters"/>; one that changes them by <see cref="IWritesParameters"/>.
/// </remarks>
/// <typeparam name="V">The vector type.</typeparam>
/// <typeparam name="T">The element type: float or double.</typeparam>
public interface IRule<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged
{
    /// <summary>
    /// Broadcasts hyper-parameters and the scalars of this step into registers. Called before the loops, once a step, or for every
    /// tensor of a rule that reads something per tensor, there by several threads at once: it changes nothing but the rule's fields.
    /// </summary>
    /// <param name="step">The scalars of the step.</param>
    void Begin(StepContext step);
}

/// <summary>A rule without slots.</summary>
/// <inheritdoc/>
public interface IRule0<V, T> : IRule<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged
{
    /// <summary>The rule on one register of elements.</summary>
    /// <param name="u">The update, to be changed.</param>
    /// <param name="p">The parameters; 0 for a rule that does not say that it reads them.</param>
    void Apply(ref V u, ref V p);
}

/// <summary>A rule with one slot.</summary>
/// <inheritdoc/>
public interface IRule1<V, T> : IRule<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged
{
    /// <inheritdoc cref="IRule0{V, T}.Apply"/>
    /// <param name="a">The slot, to be changed or left as it is.</param>
    void Apply(ref V u, ref V p, ref V a);
}

/// <summary>A rule with two slots.</summary>
/// <inheritdoc/>
public interface IRule2<V, T> : IRule<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged
{
    /// <inheritdoc cref="IRule0{V, T}.Apply"/>
    /// <param name="a">The first slot, to be changed or left as it is.</param>
    /// <param name="b">The second slot.</param>
    void Apply(ref V u, ref V p, ref V a, ref V b);
}

/// <summary>A rule with three slots.</summary>
/// <inheritdoc/>
public interface IRule3<V, T> : IRule<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged
{
    /// <inheritdoc cref="IRule2{V, T}.Apply"/>
    /// <param name="c">The third slot.</param>
    void Apply(ref V u, ref V p, ref V a, ref V b, ref V c);
}

/// <summary>A rule with four slots.</summary>
/// <inheritdoc/>
public interface IRule4<V, T> : IRule<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged
{
    /// <inheritdoc cref="IRule3{V, T}.Apply"/>
    /// <param name="d">The fourth slot.</param>
    void Apply(ref V u, ref V p, ref V a, ref V b, ref V c, ref V d);
}

/// <summary>A rule with five slots.</summary>
/// <inheritdoc/>
public interface IRule5<V, T> : IRule<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged
{
    /// <inheritdoc cref="IRule4{V, T}.Apply"/>
    /// <param name="e">The fifth slot.</param>
    void Apply(ref V u, ref V p, ref V a, ref V b, ref V c, ref V d, ref V e);
}

/// <summary>A rule that looks at the parameters.</summary>
public interface IReadsParameters;

/// <summary>A rule that changes the parameters: of the phases Constraint and Iterate, and of a probe's point.</summary>
public interface IWritesParameters : IReadsParameters;

/// <summary>
/// A rule whose <see cref="IRule{V, T}.Begin"/> calls nothing that is not inlined. It runs on the loop's own copy, which saves a way
/// through memory (5 ns a step); a call there would push the registers of the whole loop to memory (1.5 times the time).
/// </summary>
internal interface IPlainRule;

/// <summary>A rule that leaves its last slot as it is: only a step to another state stores it.</summary>
internal interface IKeepsLast;
