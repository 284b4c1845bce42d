namespace OptCore;

/// <summary>Where the loss handed to the step is above c: <c>f &gt; c</c>.</summary>
/// <remarks>
/// A step without a loss is an <see cref="ArgumentException"/>. The loss is f as it is handed in, under <c>ascend</c> too.
/// Beside <c>accumulate</c>, where an update has several losses, it is refused.
/// </remarks>
/// <param name="Value">c: any number but NaN.</param>
/// <example><c>sgd 0.1 |> onlyWhen (LossAbove 0.5) (clip 1.0)</c></example>
public sealed record LossAbove(double Value) : ICondition
{
    /// <summary>c, the number that the loss is compared with: not NaN.</summary>
    public double Value { get; init => field = Require.Number(value, nameof(Value)); } = Require.Number(Value, nameof(Value));

    string ICondition.Equation => $"f > {Words.Short(Value)}";

    StepMeasures ICondition.Looks => StepMeasures.Loss;

    bool ICondition.Holds(StepFacts step) => step.Loss > Value;
}
