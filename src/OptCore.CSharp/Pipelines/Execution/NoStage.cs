namespace OptCore;

/// <summary>Stands where the flow itself, not a stage, is measured.</summary>
internal sealed record NoStage : IStage
{
    public static NoStage Instance { get; } = new();

    public Phase Phase => Phase.Step;

    public string Equation => string.Empty;
}
