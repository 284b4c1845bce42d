using System.Numerics;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// A stage that describes itself with rules on registers, measures and rules on tensors; rules are fused with their neighbours.
/// For C#: the generic method closes the types of the rules when the library is compiled, so that they run under NativeAOT too.
/// </summary>
public interface IFusedStage : IStage
{
    /// <summary>
    /// Lists the parts of the stage in the order in which they run. Called when a plan is made, once per program; closes
    /// over handles of slots and measures, never over memory. Rules and actions read hyper-parameters from the stage, not from
    /// copies, whenever they run.
    /// </summary>
    /// <typeparam name="V">The vector type.</typeparam>
    /// <typeparam name="T">The element type: float or double.</typeparam>
    /// <param name="builder">Takes the parts.</param>
    void Build<V, T>(StageBuilder<V, T> builder)
        where V : struct, IVector<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}

/// <summary>
/// A fused stage for F#, which cannot implement a generic method with these constraints: it hands over the open types of its
/// rules (<see cref="StageBuilder.ApplyOpen"/>), and the library closes them. As fast as <see cref="IFusedStage"/>; needs code
/// generation at run time, which NativeAOT has not.
/// </summary>
public interface IOpenStage : IStage
{
    /// <inheritdoc cref="IFusedStage.Build"/>
    void Build(StageBuilder builder);
}

/// <summary>
/// A stage that chooses the point at which the gradient is evaluated. Its <see cref="IFusedStage.Build"/> is what it does
/// with the gradient found there.
/// </summary>
public interface IProbe : IFusedStage
{
    /// <summary>How many gradients a step needs: 1, or 2 where the point depends on the gradient at the parameters.</summary>
    int Gradients { get; }

    /// <summary>
    /// Lists rules that turn the running parameters into the point. The running update is the gradient at the parameters
    /// where <see cref="Gradients"/> is 2, else zero. Slots are read, what a rule makes of them is dropped.
    /// </summary>
    /// <inheritdoc cref="IFusedStage.Build"/>
    void BuildPoint<V, T>(StageBuilder<V, T> builder)
        where V : struct, IVector<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}
