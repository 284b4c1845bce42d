namespace OptCore;

/// <summary>
/// Decoupled weight decay: <c>u = u + λ p</c> after the direction, so that a step shrinks p by the factor 1 − η_t λ.
/// </summary>
/// <remarks>
/// λ is per unit of rate. Where a direction contains the rate (<c>velocity</c>, <c>lars</c>, <c>rprop</c>), η_t λ p is added.
/// <para>Source: Loshchilov &amp; Hutter 2019. Equals the decay of PyTorch's and Optax' <c>adamw</c>.
/// Differs: <c>l2</c> adds λp to the gradient, before the direction.</para>
/// </remarks>
/// <param name="Lambda">λ, the decay per unit of rate: λ ≥ 0.</param>
/// <example><c>adam 0.001 |> weightDecay 0.01</c></example>
[Word("weightDecay")]
public sealed record WeightDecay(double Lambda) : IFusedStage, IDecay
{
    /// <summary>λ, the decay per unit of rate: λ ≥ 0.</summary>
    public double Lambda { get; init => field = Require.NonNegative(value, nameof(Lambda)); } = Require.NonNegative(Lambda, nameof(Lambda));

    Phase IStage.Phase => Phase.Update;
    string IStage.Equation => "u = u + λ p";
    StageTraits IStage.Traits => StageTraits.Linear | StageTraits.Elementwise | StageTraits.Rotations;

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder) =>
        builder.Apply(new AddParameters<V, T>(builder.Read(() => Lambda), decoupled: true));
}
