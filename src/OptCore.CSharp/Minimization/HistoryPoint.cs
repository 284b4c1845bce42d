using System.Globalization;

namespace OptCore;

/// <summary>What one update saw.</summary>
/// <param name="Step">t, the number of updates applied before.</param>
/// <param name="Value">The value where the gradient was evaluated: at the parameters, for <c>nag</c> at the look-ahead
/// point; of the update's mini-batch, with <c>accumulate</c> the mean over its micro-batches.</param>
/// <param name="GradientNorm">‖g‖ of the raw gradient there, over the tensors that are not frozen.</param>
/// <param name="Rate">η_t of the first tensor that is not frozen, without the reductions of loss-aware stages.</param>
public readonly record struct HistoryPoint(long Step, double Value, double GradientNorm, double Rate)
{
    /// <summary>One line.</summary>
    /// <returns>The text.</returns>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"step {Step}: value {Value:G6}, ‖g‖ {GradientNorm:G4}, rate {Rate:G4}");
}
