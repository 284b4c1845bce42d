namespace OptCore;

/// <summary>Adds the gradient of ½λ‖p‖² to the gradient: <c>u = u + λ p</c>, before the direction (coupled).</summary>
/// <remarks>
/// The penalty passes through the direction like the rest of the gradient: under <c>adam</c> it is rescaled by 1/√v̂, under
/// <c>momentum</c> it enters the buffer. λ has the unit gradient per parameter. With λ = 0 the identity.
/// <para>Source: Tikhonov 1963; Loshchilov &amp; Hutter 2019 for the difference to decay. Equals <c>weight_decay</c> of
/// PyTorch's SGD and Adam, Optax <c>add_decayed_weights</c> before the direction.
/// Differs: <c>weightDecay</c> adds λp behind the direction.</para>
/// </remarks>
/// <param name="Lambda">λ, the strength of the penalty: λ ≥ 0.</param>
/// <example><c>sgd 0.1 |> l2 0.01 |> momentum 0.9</c></example>
[Word("l2")]
public sealed record L2(double Lambda) : IFusedStage, IDecay
{
    /// <summary>λ, the strength of the penalty: λ ≥ 0.</summary>
    public double Lambda { get; init => field = Require.NonNegative(value, nameof(Lambda)); } = Require.NonNegative(Lambda, nameof(Lambda));

    Phase IStage.Phase => Phase.Regularization;
    string IStage.Equation => "u = u + λ p";
    StageTraits IStage.Traits => StageTraits.Linear | StageTraits.Elementwise | StageTraits.Rotations;

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder) =>
        builder.Apply(new AddParameters<V, T>(builder.Read(() => Lambda), decoupled: false));
}
