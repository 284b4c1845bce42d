using System.Diagnostics;
using System.Globalization;
using System.Numerics;

namespace OptCore;

/// <summary>One iterate of a trace, with what the update from there sees. Immutable.</summary>
/// <param name="Step">t, the number of updates applied before.</param>
/// <param name="Value">The value where the gradient was evaluated (see <see cref="HistoryPoint"/>).</param>
/// <param name="GradientNorm">‖g‖ of the raw gradient there, over the tensors that are not frozen.</param>
/// <param name="Rate">η_t of the first tensor that is not frozen, without the reductions of loss-aware stages.</param>
/// <param name="State">The state before the update; its own memory.</param>
/// <typeparam name="T">float or double.</typeparam>
public sealed record TracePoint<T>(long Step, double Value, double GradientNorm, double Rate, State<T> State)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>A copy of the parameters p_t.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public T[] Point => State.ToArray();

    /// <summary>One line.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"step {Step}: value {Value:G6}, ‖g‖ {GradientNorm:G4}, rate {Rate:G4}");
}
