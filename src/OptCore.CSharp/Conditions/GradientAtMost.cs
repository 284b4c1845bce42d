namespace OptCore;

/// <summary>Where the gradient handed in is at most c: <c>‖g‖ ≤ c</c>, one norm over all tensors that are not frozen.</summary>
/// <remarks>
/// The norm is that of <c>clip</c>, of the gradient before every stage; it neither over- nor underflows. With a NaN the condition does
/// not hold. Beside <c>accumulate</c>, where an update has several gradients, it is refused.
/// </remarks>
/// <param name="Norm">c: c > 0, infinity allowed.</param>
/// <example><c>sgd 0.1 |> onlyWhen (GradientAtMost 1.0) (momentum 0.9)</c></example>
public sealed record GradientAtMost(double Norm) : ICondition
{
    /// <summary>c, the norm that the gradient is compared with: c > 0, infinity allowed.</summary>
    public double Norm { get; init => field = Require.Threshold(value, nameof(Norm)); } = Require.Threshold(Norm, nameof(Norm));

    string ICondition.Equation => $"‖g‖ ≤ {Words.Short(Norm)}";

    StepMeasures ICondition.Looks => StepMeasures.GradientNorm;

    bool ICondition.Holds(StepFacts step) => step.GradientNorm <= Norm;
}
