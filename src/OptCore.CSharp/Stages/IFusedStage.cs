using System.Numerics;
using OptCore.Kernels;

namespace OptCore;

/// <summary>A stage that describes itself with kernels, norms and whole-tensor rules; kernels are fused with their neighbours.</summary>
public interface IFusedStage : IStage
{
    /// <summary>
    /// Lists the parts of the stage in the order in which they run. Called when a plan is made, once per program; closes
    /// over handles of slots and measures, never over memory.
    /// </summary>
    /// <typeparam name="V">The vector type.</typeparam>
    /// <typeparam name="T">The element type: float or double.</typeparam>
    /// <param name="builder">Takes the parts.</param>
    void Build<V, T>(StageBuilder<V, T> builder)
        where V : struct, IVector<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
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
    /// Lists kernels that turn the running parameters into the point. The running update is the gradient at the parameters
    /// where <see cref="Gradients"/> is 2, else zero. Slots are read, never stored.
    /// </summary>
    /// <inheritdoc cref="IFusedStage.Build"/>
    void BuildPoint<V, T>(StageBuilder<V, T> builder)
        where V : struct, IVector<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}
