using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Nesterov's accelerated gradient in look-ahead form: the gradient is evaluated where the momentum is about to lead.
/// <code>
/// g = ∇f(p − η_t β v);  v = β v + u;  u = v
/// </code>
/// </summary>
/// <remarks>
/// A probe: <c>Plan.Point(state)</c> says where the gradient of the next step is to be evaluated, in the first step at p
/// itself; a gradient taken at p instead makes this <c>momentum β</c>. Stands alone as direction: no other may be added.
/// The stored parameters are the iterates of the theory, those of <see cref="Nesterov"/> are their look-ahead points. The
/// buffer holds gradients: the rate multiplies it from outside. A NaN in u stays in v for ever (see <c>skipNonFinite</c>).
/// <para>Source: Nesterov 1983; in this form Sutskever et al. 2013, equation 3, for a constant rate. Differs: PyTorch, Optax
/// and Keras have the form of <c>nesterov</c> only.</para>
/// </remarks>
/// <param name="Beta">β, the decay of the buffer: 0 ≤ β &lt; 1. With 0 the step is plain gradient descent.</param>
/// <example><c>sgd 0.1 |> nag 0.9</c></example>
[Word("nag")]
public sealed record Nag(double Beta) : IProbe
{
    /// <summary>β, the decay of the buffer: 0 ≤ β &lt; 1.</summary>
    public double Beta { get; init => field = Require.Decay(value, nameof(Beta)); } = Require.Decay(Beta, nameof(Beta));

    Phase IStage.Phase => Phase.Direction;
    string IStage.Equation => "g at p − η_t β v; v = β v + u; u = v";
    int IProbe.Gradients => 1;

    StageTraits IStage.Traits =>
        StageTraits.Momentum | StageTraits.StandsAlone | StageTraits.Linear
            | StageTraits.Elementwise | StageTraits.Rotations | StageTraits.RestsAtZero;

    IReadOnlyList<SlotSpec> IStage.Slots => [SlotSpec.Element("v")];

    void IProbe.BuildPoint<V, T>(StageBuilder<V, T> builder) => builder.Apply(new LookAhead<V, T>(this), "v");

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder) => builder.Apply(new Rule<V, T>(this), "v");

    private struct LookAhead<V, T>(Nag nag) : IRule1<V, T>, IWritesParameters
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        private V _reach;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step) => _reach = V.Broadcast(-step.Rate * nag.Beta);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p, ref V v) => p = V.Fma(_reach, v, p);
    }

    private struct Rule<V, T>(Nag nag) : IRule1<V, T>, IPlainRule
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        private V _b;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step) => _b = V.Broadcast(nag.Beta);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p, ref V v) => u = v = V.Fma(_b, v, u);
    }
}
