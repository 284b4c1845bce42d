namespace OptCore;

/// <summary>
/// One rule of a pipeline as data: an immutable value with structural equality (a C# record, an F# record) that holds
/// hyper-parameters only. What it computes it says through one of the interfaces <see cref="IFusedStage"/> (rules on registers,
/// fused with their neighbours) or <see cref="ISpanStage"/> (a function on spans); what few stages can, through the small
/// interfaces <see cref="IProbe"/>, <see cref="IGuard"/>, <see cref="ISizeGuard"/>, <see cref="IGate"/>, <see cref="IAverage"/>,
/// <see cref="IBounded"/>, <see cref="IDecay"/>, <see cref="IPeriodic"/>, <see cref="ISearch"/>, <see cref="IPlanCheck"/>,
/// <see cref="ITensorCheck"/>.
/// </summary>
public interface IStage
{
    /// <summary>When the stage runs within a step.</summary>
    Phase Phase { get; }

    /// <summary>The rule in one line, in the code's order of operations, for <c>explain</c>.</summary>
    string Equation { get; }

    /// <summary>The state the stage needs, in a fixed order; empty for a stage without state.</summary>
    IReadOnlyList<SlotSpec> Slots => [];

    /// <summary>What the stage says of itself.</summary>
    StageTraits Traits => StageTraits.None;
}

/// <summary>Questions about the traits of a stage.</summary>
public static class StageExtensions
{
    /// <summary>Whether a stage has all of some traits.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="traits">The traits.</param>
    /// <returns>True if it says so of itself.</returns>
    public static bool Has(this IStage stage, StageTraits traits) => (stage.Traits & traits) == traits;
}
