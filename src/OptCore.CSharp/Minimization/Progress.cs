using System.Globalization;

namespace OptCore;

/// <summary>How far a run is. Made a few times per second, where somebody listens.</summary>
/// <param name="Done">The number of updates made in this run.</param>
/// <param name="Steps">The number of updates asked for.</param>
/// <param name="Value">The value that the last update saw.</param>
/// <param name="GradientNorm">‖g‖ of the raw gradient that it saw.</param>
/// <param name="Elapsed">The time since the run began.</param>
/// <param name="Finished">True in the last report of a run.</param>
public sealed record Progress(long Done, long Steps, double Value, double GradientNorm, TimeSpan Elapsed, bool Finished)
{
    /// <summary>The part of the updates that is made, in [0, 1].</summary>
    public double Fraction => Steps == 0 ? 1 : (double)Done / Steps;

    /// <summary>One line: <c>1200/6300 (19 %), value 0.31, ‖g‖ 0.05, 1.2 s</c>.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Done}/{Steps} ({100 * Fraction:F0} %), value {Value:G4}, ‖g‖ {GradientNorm:G3}, {Elapsed.TotalSeconds:F1} s");
}
