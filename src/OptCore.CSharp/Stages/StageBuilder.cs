using System.Numerics;
using OptCore.Kernels;

namespace OptCore;

/// <summary>What a norm is taken of.</summary>
public enum Measured
{
    /// <summary>The running update u.</summary>
    Update,

    /// <summary>The parameters p.</summary>
    Parameters,
}

/// <summary>A rule on one whole tensor of the update.</summary>
/// <typeparam name="T">The element type.</typeparam>
/// <param name="shape">The tensor's shape, row-major; empty for a scalar.</param>
/// <param name="update">The tensor of the running update, to be changed.</param>
/// <param name="parameters">The tensor of the parameters before the step.</param>
/// <param name="step">The scalars of the step, with <see cref="StepContext.Tensor"/> set.</param>
public delegate void TensorRule<T>(ReadOnlySpan<int> shape, Span<T> update, ReadOnlySpan<T> parameters, StepContext step);

/// <summary>A rule on all elements in scope as one vector.</summary>
/// <typeparam name="T">The element type.</typeparam>
/// <param name="vector">The elements, in the order of the tensors, to be changed.</param>
/// <param name="step">The scalars of the step.</param>
public delegate void VectorRule<T>(Span<T> vector, StepContext step);

/// <summary>Takes the parts of a stage in the order in which they run, and gives out handles.</summary>
/// <typeparam name="V">The vector type.</typeparam>
/// <typeparam name="T">The element type: float or double.</typeparam>
public abstract class StageBuilder<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private protected StageBuilder()
    {
    }

    /// <summary>True in the program of a gradient that does not complete an update (<c>accumulate</c>).</summary>
    public abstract bool Holding { get; }

    /// <summary>The handle of a slot with one number per parameter.</summary>
    /// <param name="name">The slot's name within the stage, as listed in <see cref="IStage.Slots"/>.</param>
    /// <returns>The handle.</returns>
    public abstract ElementSlot Element(string name);

    /// <summary>The handle of a slot with one double.</summary>
    /// <inheritdoc cref="Element"/>
    public abstract ScalarSlot Scalar(string name);

    /// <summary>The handle of a counter or of a random generator's state.</summary>
    /// <inheritdoc cref="Element"/>
    public abstract CountSlot Count(string name);

    /// <summary>The handle of a slot with one double per tensor.</summary>
    /// <inheritdoc cref="Element"/>
    public abstract TensorSlot PerTensor(string name);

    /// <summary>Adds an action on the step's scalars that runs once per step, before everything else.</summary>
    /// <param name="action">The action.</param>
    public abstract void BeforeStep(Action<StepContext> action);

    /// <summary>Measures a norm over the stage's scope at this point of the flow: a barrier.</summary>
    /// <param name="of">What to measure.</param>
    /// <returns>The handle of the result.</returns>
    public abstract Measure Norm(Measured of);

    /// <summary>Measures the norm of every tensor at this point of the flow: a barrier.</summary>
    /// <inheritdoc cref="Norm"/>
    public abstract Measure TensorNorms(Measured of);

    /// <summary>Adds an elementwise kernel.</summary>
    /// <typeparam name="K">The kernel's type.</typeparam>
    /// <param name="kernel">The kernel with its handles and hyper-parameters.</param>
    /// <param name="perTensor">True if its <see cref="IKernel{V, T}.Begin"/> must run for every tensor, because it reads a
    /// tensor's norm or slot. Threads share the tensors: such a kernel may write slots of its tensor only.</param>
    public abstract void Apply<K>(K kernel, bool perTensor = false)
        where K : struct, IKernel<V, T>;

    /// <summary>Adds a rule on whole tensors of the update: a barrier.</summary>
    /// <param name="rule">The rule.</param>
    public abstract void Tensors(TensorRule<T> rule);

    /// <summary>Adds a rule on all elements in scope as one vector: a barrier.</summary>
    /// <param name="of">The vector to change.</param>
    /// <param name="rule">The rule.</param>
    public abstract void Vector(Measured of, VectorRule<T> rule);

    /// <summary>
    /// β^k as a running product, kept in the scalar slot <paramref name="name"/> (which must start at 1); flushed to zero
    /// below 1e-20, where 1 − β^k is 1, so that it never becomes subnormal.
    /// </summary>
    /// <param name="name">The slot's name within the stage.</param>
    /// <param name="beta">β.</param>
    /// <returns>The handle from which β^k is read.</returns>
    public abstract ScalarSlot Power(string name, double beta);
}
