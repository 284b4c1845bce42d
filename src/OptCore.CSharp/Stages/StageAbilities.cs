using System.Numerics;
using OptCore.Kernels;

namespace OptCore;

/// <summary>A stage that looks at the raw gradient before every other stage and may refuse it.</summary>
public interface IGuard : IStage
{
    /// <summary>The name of the counter that it keeps in the state: gradients refused in a row.</summary>
    string Counter { get; }

    /// <summary>Decides on a gradient that is not finite somewhere.</summary>
    /// <param name="count">The guard's counter; set to 0 by every finite gradient.</param>
    /// <returns>True to refuse the gradient and leave everything else unchanged; false to give up with an exception.</returns>
    bool Refuse(ref long count);
}

/// <summary>
/// A stage that refuses gradients for their length, behind <see cref="IGuard"/> and before every other stage: parameters and state
/// stay bit-unchanged but for its counter.
/// </summary>
public interface ISizeGuard : IStage
{
    /// <summary>The name of the counter that it keeps in the state: gradients refused so far.</summary>
    string Counter { get; }

    /// <summary>c: a gradient is refused unless ‖g‖ ≤ c, and so where ‖g‖ is NaN.</summary>
    double MaxNorm { get; }
}

/// <summary>
/// A stage that takes gradients of a scaled loss, before every other stage, and refuses those that are not finite. Its slots are the
/// scalar <c>scale</c> and the counters <c>good</c> (finite ones in a row) and <c>skipped</c> (those refused so far).
/// </summary>
internal interface ILossScale : IStage
{
    /// <summary>The scale after a gradient that was refused.</summary>
    /// <param name="scale">The scale before.</param>
    double Shrunk(double scale);
}

/// <summary>A stage that makes one update of several gradients.</summary>
public interface IGate : IStage
{
    /// <summary>How many gradients make one update, ≥ 1; with 1 it is no gate.</summary>
    int GradientsPerUpdate { get; }

    /// <summary>The name of the counter that it keeps in the state: gradients taken up since the last update.</summary>
    string Counter { get; }
}

/// <summary>A stage that keeps an average of the iterates: what <see cref="Result{T}.Averaged"/> returns.</summary>
public interface IAverage : IStage
{
    /// <summary>The name of the element slot that holds the average.</summary>
    string AverageSlot { get; }
}

/// <summary>
/// A stage that decides what the parameters are: it steps from a point of its own, takes the step itself, or puts others in their
/// place. At most one may stand in an optimizer, or in each part of a partition; averages may follow any.
/// </summary>
/// <remarks>Besides <see cref="IFusedStage.Build"/>, which acts in the stage's own phase, it may act at the points below.</remarks>
public interface IOwnsParameters : IFusedStage
{
    /// <summary>Whether it moves the parameters in the phase Step, in place of <c>p ← p − η_t u</c>.</summary>
    bool TakesStep => false;

    /// <summary>Behind the phase Gradient: measures and computes with the conditioned gradient. Slots of elements are read only.</summary>
    /// <typeparam name="V">The vector type.</typeparam>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="builder">Where the parts are added, in the order in which they run.</param>
    void BuildBehindGradient<V, T>(StageBuilder<V, T> builder)
        where V : struct, IVector<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
    }

    /// <summary>Directly before the step, behind the phase Update: may replace the parameters. Slots of elements are read only.</summary>
    /// <inheritdoc cref="BuildBehindGradient"/>
    void BuildBeforeStep<V, T>(StageBuilder<V, T> builder)
        where V : struct, IVector<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
    }

    /// <summary>
    /// Behind everything: may replace the parameters once more. Slots of elements are read as <see cref="IFusedStage.Build"/> has
    /// stored them, and read only.
    /// </summary>
    /// <inheritdoc cref="BuildBehindGradient"/>
    void BuildAtEnd<V, T>(StageBuilder<V, T> builder)
        where V : struct, IVector<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
    }
}

/// <summary>
/// A stage of the phase Step that looks at the gradient, too: as the first direction gets it, conditioned and with the penalties. It cannot
/// be left out of a step.
/// </summary>
internal interface ISeesGradient : IFusedStage
{
    /// <summary>
    /// Behind the phase Regularization: measures and computes with the running update, which is the gradient. Slots of elements are those
    /// of the step before, and read only.
    /// </summary>
    /// <inheritdoc cref="IOwnsParameters.BuildBehindGradient"/>
    void BuildBeforeDirection<V, T>(StageBuilder<V, T> builder)
        where V : struct, IVector<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}

/// <summary>A stage that promises bounds; what it does not promise is ∞.</summary>
public interface IBounded : IStage
{
    /// <summary>The largest norm of the update that can leave the stage: c for a clip by norm, 1 for <c>normalize</c>.</summary>
    double NormBound => double.PositiveInfinity;

    /// <summary>The largest |u_i| that can leave the stage, whatever the gradients: then no coordinate moves by more
    /// than η_t times that.</summary>
    double StepBound => double.PositiveInfinity;
}

/// <summary>A stage that cannot act on everything, or whose hyper-parameters must fit together.</summary>
public interface IPlanCheck : IStage
{
    /// <summary>Called when a plan is made.</summary>
    /// <param name="elements">The number of parameters the stage acts on.</param>
    /// <exception cref="ArgumentException">The stage cannot act on this number of parameters, or is contradictory by itself.</exception>
    void CheckPlan(long elements);
}

/// <summary>A stage that cannot act on every tensor.</summary>
public interface ITensorCheck : IStage
{
    /// <summary>Called when a plan is made, for every tensor that the stage acts on.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <exception cref="ArgumentException">The stage cannot act on it; the message names it.</exception>
    void CheckTensor(TensorInfo tensor);
}

/// <summary>
/// A stage that keeps every parameter in its scope within bounds of its own, as a <see cref="StageTraits.Confined"/> direction does: what a
/// gradient presses against a bound is no reason to go on.
/// </summary>
public interface IBox : IStage
{
    /// <summary>The bounds of one parameter.</summary>
    /// <param name="index">Its index among the parameters in scope, in the order of the layout.</param>
    /// <returns>lo and hi; ∓∞ for none. They are rounded to the number type of the parameters.</returns>
    (double Low, double High) BoundsOf(int index);
}

/// <summary>A stage that turns minimizing into maximizing: whoever asks the objective himself asks for −f.</summary>
internal interface IReversal : IStage;

/// <summary>A stage that adds a multiple of the parameters to the update: it draws them towards 0.</summary>
public interface IDecay : IStage
{
    /// <summary>λ of the λp that is added; 0 for none.</summary>
    double Lambda { get; }
}

/// <summary>
/// A stage whose steps are linear without being alike: they repeat with a period (<c>lookahead n</c> does something else in every
/// n-th). Where the coefficients are the same in every step the trait <see cref="StageTraits.Linear"/> says so.
/// </summary>
public interface IPeriodic : IStage
{
    /// <summary>n ≥ 1: step t + n does with update, parameters and slots what step t does.</summary>
    int Period { get; }
}
