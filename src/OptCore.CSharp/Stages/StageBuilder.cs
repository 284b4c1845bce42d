using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Takes the parts of a stage in the order in which they run, and gives out handles of its scalars. What depends on the type of
/// the vectors is in <see cref="StageBuilder{V, T}"/>.
/// </summary>
public abstract class StageBuilder
{
    private protected StageBuilder()
    {
    }

    /// <summary>True in the program of a gradient that does not complete an update (<c>accumulate</c>).</summary>
    public abstract bool Holding { get; }

    /// <summary>The handle of a slot with one double.</summary>
    /// <param name="name">The slot's name within the stage, as listed in <see cref="IStage.Slots"/>.</param>
    /// <returns>The handle.</returns>
    /// <exception cref="ArgumentException">The stage lists no such slot of that kind.</exception>
    public abstract ScalarSlot Scalar(string name);

    /// <summary>The handle of a counter or of a random generator's state.</summary>
    /// <inheritdoc cref="Scalar"/>
    public abstract CountSlot Count(string name);

    /// <summary>The handle of a slot with one double per tensor. Rules added behind it run tensor by tensor.</summary>
    /// <inheritdoc cref="Scalar"/>
    public abstract TensorSlot PerTensor(string name);

    /// <summary>
    /// β^k as a running product, kept in the scalar slot <paramref name="name"/> (<see cref="SlotSpec.Power"/>); flushed to zero
    /// below 1e-20, where 1 − β^k is 1, so that it never becomes subnormal.
    /// </summary>
    /// <param name="name">The slot's name within the stage.</param>
    /// <param name="beta">β, read from the stage.</param>
    /// <returns>The handle from which β^k is read.</returns>
    public abstract ScalarSlot Power(string name, Func<double> beta);

    /// <summary>The bias correction 1/(1 − β^k) of an average with decay β.</summary>
    /// <param name="name">The name of the slot of β^k (<see cref="SlotSpec.Power"/>), which the stage lists only if it corrects.</param>
    /// <param name="beta">β, read from the stage.</param>
    /// <param name="applies">Whether the stage corrects; else the factor is 1, and there is no slot.</param>
    /// <returns>The handle from which the factor is read.</returns>
    public Correction Correction(string name, Func<double> beta, bool applies = true) => applies ? new(Power(name, beta)) : default;

    /// <summary>Memory for a rule on tensors of this program, whose products run on as many threads as its plan may use.</summary>
    internal abstract Scratch Scratch();

    /// <summary>A hyper-parameter for a rule that several stages share.</summary>
    internal abstract Reading Read(Func<double> read);

    /// <summary>Whether hyper-parameters of the stage follow schedules: what is decided here must hold for all their values.</summary>
    internal abstract bool FollowsSchedules { get; }

    /// <summary>Adds an action on the step's scalars that runs once per step, before everything else.</summary>
    /// <param name="action">The action.</param>
    public abstract void BeforeStep(Action<StepContext> action);

    /// <summary>
    /// Adds an action on the step's scalars that runs once per step at this point of the flow: what was measured before it is
    /// known, and rules added behind it see what it has written into slots.
    /// </summary>
    /// <param name="action">The action.</param>
    public abstract void Then(Action<StepContext> action);

    /// <summary>As <see cref="Then"/>, once for every tensor in scope, with <see cref="StepContext.Tensor"/> and the
    /// tensor's rate set.</summary>
    /// <param name="action">The action.</param>
    public abstract void ThenEachTensor(Action<StepContext> action);

    /// <summary>Measures a quantity over the stage's scope at this point of the flow: a barrier.</summary>
    /// <param name="quantity">What to measure.</param>
    /// <param name="when">Whether it is measured in a step (of a tensor, with <see cref="StepContext.Tensor"/> set); where it is
    /// not the result says nothing. Always if null.</param>
    /// <returns>The handle of the result.</returns>
    public abstract Measure Measure(Quantity quantity, Func<StepContext, bool>? when = null);

    /// <summary>Measures a quantity of every tensor at this point of the flow: a barrier. Rules added behind it run
    /// tensor by tensor.</summary>
    /// <inheritdoc cref="Measure"/>
    public abstract Measure MeasureTensors(Quantity quantity, Func<StepContext, bool>? when = null);

    /// <summary>
    /// Computes a number once per step at this point of the flow, as <see cref="Then"/>; rules and actions behind it read it by its
    /// handle. It is no part of the state.
    /// </summary>
    /// <param name="number">The number; may write slots too.</param>
    /// <returns>The handle of the number.</returns>
    public abstract Measure Compute(Func<StepContext, double> number);

    /// <summary>As <see cref="Compute"/>, once for every tensor in scope, with <see cref="StepContext.Tensor"/> and the tensor's rate
    /// set. Rules added behind it run tensor by tensor.</summary>
    /// <inheritdoc cref="Compute"/>
    public abstract Measure ComputeTensors(Func<StepContext, double> number);

    /// <summary>Measures a Euclidean norm over the stage's scope at this point of the flow: a barrier.</summary>
    /// <param name="of">The vector.</param>
    /// <returns>The handle of the result.</returns>
    public Measure Norm(Measured of) => Measure(Quantity.Norm(of));

    /// <summary>Measures the Euclidean norm of every tensor: a barrier. Rules added behind it run tensor by tensor.</summary>
    /// <inheritdoc cref="Norm"/>
    public Measure TensorNorms(Measured of) => MeasureTensors(Quantity.Norm(of));

    /// <summary>
    /// Adds a rule by its open type, for <see cref="IOpenStage"/>: a struct with the two type parameters V and T that implements one
    /// of <see cref="IRule0{V, T}"/> to <see cref="IRule5{V, T}"/>.
    /// </summary>
    /// <param name="rule">The open type: in F# <c>typedefof&lt;HeavyBallRule&lt;AnyVector, float32>></c>.</param>
    /// <param name="slots">The names of the element slots, in the order of the rule's parameters.</param>
    /// <param name="arguments">The arguments of the rule's constructor.</param>
    /// <exception cref="ArgumentException">It is no such type, or takes another number of slots.</exception>
    /// <exception cref="PlatformNotSupportedException">Code cannot be generated (NativeAOT): the stage must be an
    /// <see cref="IFusedStage"/>.</exception>
    public abstract void ApplyOpen(
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors | DynamicallyAccessedMemberTypes.Interfaces)]
        Type rule,
        IReadOnlyList<string> slots,
        params object[] arguments);
}

/// <summary>
/// Takes the parts of a stage in the order in which they run. Slots with one number per parameter are given by their names, in
/// the order of the rule's parameters; they are loaded before the rule and stored after it.
/// </summary>
/// <typeparam name="V">The vector type.</typeparam>
/// <typeparam name="T">The element type: float or double.</typeparam>
public abstract class StageBuilder<V, T> : StageBuilder
    where V : struct, IVector<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private protected StageBuilder()
    {
    }

    /// <summary>Adds a rule without slots.</summary>
    /// <typeparam name="R">The rule's type.</typeparam>
    /// <param name="rule">The rule with its stage and handles.</param>
    public void Apply<R>(R rule)
        where R : struct, IRule0<V, T> => Add(new Rule0<V, T, R>(rule), ParametersOf<R>.Use, []);

    /// <summary>Multiplies the update by a factor.</summary>
    internal void Multiply<F>(F factor)
        where F : struct, IFactor => Add(new Times<V, T, F>(factor), KernelUse.Update, []);

    /// <summary>Adds a rule with one slot.</summary>
    /// <inheritdoc cref="Apply{R}(R)"/>
    /// <param name="a">The name of the slot.</param>
    /// <exception cref="ArgumentException">The stage lists no such slot with one number per parameter.</exception>
    public void Apply<R>(R rule, string a)
        where R : struct, IRule1<V, T> => Add(new Rule1<V, T, R>(rule, Lane(a)), ParametersOf<R>.Use, [a]);

    /// <summary>Adds a rule with one slot, which is not touched in steps in which the rule rests.</summary>
    internal void ApplyResting<R>(R rule, string a)
        where R : struct, IRule1<V, T>, IRestingRule => Add(new Resting1<V, T, R>(rule, Lane(a)), ParametersOf<R>.Use, [a]);

    /// <summary>Adds a rule with two slots.</summary>
    /// <inheritdoc cref="Apply{R}(R)"/>
    /// <param name="a">The name of the first slot.</param>
    /// <param name="b">The name of the second slot.</param>
    /// <exception cref="ArgumentException">The stage lists no such slot with one number per parameter.</exception>
    public void Apply<R>(R rule, string a, string b)
        where R : struct, IRule2<V, T> => Add(new Rule2<V, T, R>(rule, Lane(a), Lane(b)), ParametersOf<R>.Use, [a, b]);

    /// <summary>Adds a rule with three slots.</summary>
    /// <inheritdoc cref="Apply{R}(R, string, string)"/>
    /// <param name="c">The name of the third slot.</param>
    public void Apply<R>(R rule, string a, string b, string c)
        where R : struct, IRule3<V, T> =>
        Add(new Rule3<V, T, R>(rule, Lane(a), Lane(b), Lane(c)), ParametersOf<R>.Use, [a, b, c]);

    /// <summary>Adds a rule with four slots.</summary>
    /// <inheritdoc cref="Apply{R}(R, string, string, string)"/>
    /// <param name="d">The name of the fourth slot.</param>
    public void Apply<R>(R rule, string a, string b, string c, string d)
        where R : struct, IRule4<V, T> =>
        Add(new Rule4<V, T, R>(rule, Lane(a), Lane(b), Lane(c), Lane(d)), ParametersOf<R>.Use, [a, b, c, d]);

    /// <summary>Adds a rule with five slots.</summary>
    /// <inheritdoc cref="Apply{R}(R, string, string, string, string)"/>
    /// <param name="e">The name of the fifth slot.</param>
    public void Apply<R>(R rule, string a, string b, string c, string d, string e)
        where R : struct, IRule5<V, T> =>
        Add(new Rule5<V, T, R>(rule, Lane(a), Lane(b), Lane(c), Lane(d), Lane(e)), ParametersOf<R>.Use, [a, b, c, d, e]);

    /// <summary>Adds a rule on whole tensors of the update, each of which it gets as a <see cref="TensorStep{T}"/>: a barrier.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="slots">The names of the slots that it reads and writes: with one number per parameter, or with a
    /// shape of their own.</param>
    /// <exception cref="ArgumentException">The stage lists no such slot.</exception>
    public abstract void Tensors(TensorRule<T> rule, params string[] slots);

    /// <summary>Adds a rule on all tensors in scope together, which it gets, with their slots, as a <see cref="JointStep{T}"/>: a
    /// barrier.</summary>
    /// <inheritdoc cref="Tensors"/>
    public abstract void Jointly(JointRule<T> rule, params string[] slots);

    /// <summary>Adds a rule on all elements in scope as one vector: a barrier.</summary>
    /// <param name="of">The vector to change: the update or the parameters.</param>
    /// <param name="rule">The rule.</param>
    public abstract void Vector(Measured of, VectorRule<T> rule);

    /// <summary>Adds a rule on whole tensors of the parameters, as the step has left them: a barrier, for the phase Constraint.</summary>
    /// <param name="rule">The rule.</param>
    internal abstract void ParameterTensors(ShapeRule<T> rule);

    /// <summary>h ← β h + (1−β) ĥ of a slot, in updates that have an estimate ĥ of the Hessian's diagonal.</summary>
    internal abstract void TakeDiagonal(string slot, Func<double> decay);

    /// <summary>The lane of a slot with one number per parameter.</summary>
    private protected abstract int Lane(string name);

    /// <summary>Adds a rule in its driver.</summary>
    private protected abstract void Add<K>(K kernel, KernelUse use, string[] slots)
        where K : struct, IKernel<V, T>;
}
