namespace OptCore;

/// <summary>
/// One rule of a pipeline as data: an immutable value with structural equality (a C# record, an F# record) that holds
/// hyper-parameters only. What it computes it says through one of the interfaces <see cref="IFusedStage"/> (a kernel that
/// is fused with its neighbours) or <see cref="ISpanStage"/> (a function on spans, run block by block), and the traits
/// <see cref="IProbe"/>, <see cref="IGuard"/>, <see cref="IRateStage"/>.
/// </summary>
public interface IStage
{
    /// <summary>When the stage runs within a step.</summary>
    Phase Phase { get; }

    /// <summary>The rule in one line, in the code's order of operations, for <c>explain</c>.</summary>
    string Equation { get; }

    /// <summary>The state the stage needs, in a fixed order; empty for a stage without state.</summary>
    IReadOnlyList<SlotSpec> Slots => [];

    /// <summary>
    /// True for a direction whose own equation contains η_t (<c>velocity</c>, <c>lars</c>, <c>rprop</c>): from there on the
    /// update is in parameter units and the step subtracts it as it is.
    /// </summary>
    bool RateInside => false;

    /// <summary>How many gradients make one update; more than one for <c>accumulate</c> alone.</summary>
    int GradientsPerUpdate => 1;

    /// <summary>True for a stage that may stand at most once in an optimizer and never inside a scope.</summary>
    bool Single => false;

    /// <summary>True for a direction that must be the only one of its optimizer (<c>nag</c>).</summary>
    bool StandsAlone => false;

    /// <summary>What the stage says of itself for <see cref="Optimizer.Warnings"/>.</summary>
    StageTraits Traits => StageTraits.None;

    /// <summary>The largest norm that can leave the stage: c for a clip by norm, 1 for <c>normalize</c>, else ∞.</summary>
    double NormBound => double.PositiveInfinity;

    /// <summary>Called when a plan is made, with the number of parameters in the stage's scope.</summary>
    /// <param name="elements">The number of parameters the stage acts on.</param>
    /// <exception cref="ArgumentException">The stage cannot act on so many parameters.</exception>
    void CheckScope(long elements)
    {
    }
}
