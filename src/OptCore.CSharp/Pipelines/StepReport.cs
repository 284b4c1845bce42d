using System.Globalization;

namespace OptCore;

/// <summary>Where a value that is not finite first appeared.</summary>
/// <param name="Stage">The stage behind which it stood: <c>gradient</c> for the raw gradient, <c>step</c> for the descent
/// itself, else the stage's name in the plan (<c>adam</c>, <c>momentum#2</c>), or that of a slot (<c>adam.v</c>) where the parameters
/// are finite and only the state is not.</param>
/// <param name="Tensor">The tensor's name.</param>
/// <param name="Index">The index within the tensor, row-major.</param>
public sealed record NonFiniteValue(string Stage, string Tensor, int Index)
{
    /// <summary>One phrase: <c>adam made "w1"[3] non-finite</c>.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"{Stage} made \"{Tensor}\"[{Index}] non-finite";
}

/// <summary>What one step did. All norms are Euclidean and over the tensors that are not frozen.</summary>
public sealed record StepReport
{
    /// <summary>t, the number of updates applied before this step.</summary>
    public required long Step { get; init; }

    /// <summary>What became of the gradient.</summary>
    public required StepOutcome Outcome { get; init; }

    /// <summary>η_t of the first tensor that is not frozen; a·η_t behind a line search.</summary>
    public required double Rate { get; init; }

    /// <summary>The loss handed in; NaN if none was.</summary>
    public required double Loss { get; init; }

    /// <summary>What the loss of this gradient was to be scaled with (<c>lossScale</c>); 1 without.</summary>
    public double LossScale { get; init; } = 1;

    /// <summary>‖g‖ of the raw gradient, under <c>lossScale</c> divided by the scale.</summary>
    public required double GradientNorm { get; init; }

    /// <summary>‖u‖ behind the phase Gradient: after clipping, centralizing, noise. NaN if no update was made.</summary>
    public required double ConditionedNorm { get; init; }

    /// <summary>‖p_{t+1} − p_t‖; 0 if no update was made.</summary>
    public required double UpdateNorm { get; init; }

    /// <summary>‖p_t‖.</summary>
    public required double ParameterNorm { get; init; }

    /// <summary>The tensor with the largest ratio of update to parameters; null without tensors.</summary>
    public required string? WorstTensor { get; init; }

    /// <summary>Where a value that is not finite first appeared, in the gradient, on its way to the parameters or in a slot; null if
    /// none did.</summary>
    public required NonFiniteValue? NonFinite { get; init; }

    /// <summary>‖p_{t+1} − p_t‖ / ‖p_t‖; NaN where both are 0.</summary>
    public double UpdateRatio => UpdateNorm / ParameterNorm;

    /// <summary>One line with all that was measured.</summary>
    /// <returns>The text.</returns>
    public override string ToString()
    {
        var loss = double.IsNaN(Loss) ? string.Empty : $", loss {Show(Loss)}";
        var conditioned = Outcome.HasUpdated() && ConditionedNorm != GradientNorm ? $" → {Show(ConditionedNorm)}" : string.Empty;
        var outcome = Outcome switch
        {
            StepOutcome.Updated => string.Empty,
            StepOutcome.LineSearchFailed => ", line search failed",
            _ => $", {Outcome.ToString().ToLowerInvariant()}",
        };
        var worst = WorstTensor is null ? string.Empty : $", most in \"{WorstTensor}\"";
        var broken = NonFinite is null ? string.Empty : $", {NonFinite}";
        return $"step {Step}{outcome}: rate {Show(Rate)}{loss}, ‖g‖ {Show(GradientNorm)}{conditioned}, ‖Δp‖ {Show(UpdateNorm)} "
            + $"({Show(UpdateRatio)} of ‖p‖{worst}){broken}";
    }

    private static string Show(double value) => value.ToString("G4", CultureInfo.InvariantCulture);
}
