using System.Globalization;

namespace OptCore;

/// <summary>What a run says of its checkpoints.</summary>
/// <param name="Folder">The folder.</param>
/// <param name="ResumedAt">t at which the run went on from a file; null if it began at its start.</param>
/// <param name="Written">How many files were written.</param>
/// <param name="Failed">How many could not be written.</param>
/// <param name="LastError">Why the last of those could not; null if there is none.</param>
/// <param name="PassedOver">The damaged files that were passed over, each with what is wrong.</param>
public sealed record CheckpointSummary(
    string Folder, long? ResumedAt, int Written, int Failed, string? LastError, IReadOnlyList<string> PassedOver)
{
    /// <summary>One line: <c>resumed at step 1200, 3 checkpoints in runs/a</c>.</summary>
    /// <returns>The text.</returns>
    public override string ToString()
    {
        var resumed = ResumedAt is { } step ? string.Create(CultureInfo.InvariantCulture, $"resumed at step {step}, ") : string.Empty;
        var passed = PassedOver.Count == 0
            ? string.Empty
            : string.Create(CultureInfo.InvariantCulture, $", {PassedOver.Count} damaged passed over");
        var failed = Failed == 0 ? string.Empty : string.Create(CultureInfo.InvariantCulture, $", {Failed} not written: {LastError}");
        return string.Create(CultureInfo.InvariantCulture, $"{resumed}{Written} checkpoints in {Folder}{passed}{failed}");
    }
}
