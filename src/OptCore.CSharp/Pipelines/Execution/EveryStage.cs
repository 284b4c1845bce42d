namespace OptCore;

/// <summary>Stands where the flow itself, not a stage, is measured.</summary>
internal sealed record EveryStage : IStage
{
    public static EveryStage Instance { get; } = new();

    public Phase Phase => Phase.Step;

    public string Equation => string.Empty;
}
