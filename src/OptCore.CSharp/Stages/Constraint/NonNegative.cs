namespace OptCore;

/// <summary>Projects the parameters onto the non-negative orthant after every step: <c>p = max(0, p)</c>.</summary>
/// <remarks>
/// Where p ≥ 0 the identity (−0 becomes 0). −∞ becomes 0, NaN stays NaN (see <c>skipNonFinite</c>).
/// <para>Equals Optax <c>projection_non_negative</c>, Keras <c>NonNeg</c>, applied behind the step.</para>
/// </remarks>
/// <example><c>sgd 0.1 |> nonNegative</c></example>
[Word("nonNegative")]
public sealed record NonNegative : IFusedStage
{
    Phase IStage.Phase => Phase.Constraint;
    string IStage.Equation => "p = max(0, p)";
    StageTraits IStage.Traits => StageTraits.Elementwise | StageTraits.Limits;

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder) =>
        builder.Apply(new Confine<V, T>(builder.Read(() => 0), builder.Read(() => double.PositiveInfinity)));
}
