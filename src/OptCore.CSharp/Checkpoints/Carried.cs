using System.Numerics;

namespace OptCore;

/// <summary>A state that has gone to another plan, and what became of its parts.</summary>
/// <typeparam name="T">float or double.</typeparam>
/// <param name="State">The state of the new plan.</param>
/// <param name="Report">What is kept, begun anew and dropped.</param>
public sealed record Carried<T>(State<T> State, CarryReport Report)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>What is kept, begun anew and dropped, on three lines.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => Report.ToString();
}
