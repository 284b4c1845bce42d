using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Sophia: an average of gradients, divided by an estimate of the Hessian's diagonal and limited in every coordinate.
/// <code>
/// m = β1 m + (1−β1) u;  h = β2 h + (1−β2) ĥ  (when t is a multiple of Every),  ĥ = z ⊙ Hz,  z = ±1 at random
/// u = max(−Clip, min(Clip, m/max(γ h, ε)))
/// </code>
/// </summary>
/// <remarks>
/// In updates that look at curvature it needs <c>Step(state, objective)</c>, which asks the objective for a product with its
/// Hessian (<see cref="IHessianProduct"/>), or for two gradients: <c>Hz ≈ (∇f(p+δz) − ∇f(p−δz))/2δ</c>,
/// <c>δ = ∛ε_mach·max(1, ‖p‖_∞)</c>. <c>Step(state, gradient, diagonal)</c> takes an estimate of the caller's; a gradient alone
/// is refused there. <c>minimize</c> does all of it. The rate is a length per step, times Clip at most. With <c>sam</c>,
/// <c>nag</c> or a line search it is refused. 0/0 is 0. Slots: <c>m</c>, <c>h</c>, <c>state</c> of the generator.
/// <para>Source: Liu, Li, Hall, Liang &amp; Ma 2023, algorithm 3 with algorithm 1 (Hutchinson). Differs: Optax <c>contrib.sophia</c>
/// corrects m and uses h before its update, so that its first step has h = 0; the authors' SophiaG has batch·ĝ² for ĥ.</para>
/// </remarks>
/// <example><c>sophia 0.05</c>, <c>sophiaWith (Sophia(Gamma = 0.05, Every = 5)) 0.05 |> weightDecay 0.1</c></example>
[Word("sophia", Head = true)]
public sealed record Sophia : IFusedStage, ICurvature, IBounded
{
    private const string StateSlot = "state";

    /// <summary>β1, the decay of the first moment: 0 ≤ β1 &lt; 1.</summary>
    public double Beta1 { get; init => field = Require.Decay(value, nameof(Beta1)); } = 0.965;

    /// <summary>β2, the decay of the diagonal: 0 ≤ β2 &lt; 1.</summary>
    public double Beta2 { get; init => field = Require.Decay(value, nameof(Beta2)); } = 0.99;

    /// <summary>ε, below which no γh comes, in units of the Hessian: ε ≥ 0.</summary>
    public double Epsilon { get; init => field = Require.NonNegative(value, nameof(Epsilon)); } = 1e-12;

    /// <summary>γ, the factor of the diagonal: γ > 0.</summary>
    public double Gamma { get; init => field = Require.Positive(value, nameof(Gamma)); } = 0.01;

    /// <summary>The largest |u|: > 0, infinity allowed.</summary>
    public double Clip { get; init => field = Require.Threshold(value, nameof(Clip)); } = 1;

    /// <summary>From how many updates one looks at curvature: ≥ 1.</summary>
    public int Every { get; init => field = Require.Count(value, nameof(Every)); } = 10;

    /// <summary>Where the generator starts.</summary>
    public int Seed { get; init; }

    Phase IStage.Phase => Phase.Direction;

    string IStage.Equation =>
        $"m = β1 m + (1−β1) u; h = β2 h + (1−β2) z⊙Hz {(Every == 1 ? "" : $"every {Curve.Text(Every)} updates ")}"
        + "(z = ±1); u = clip(m/max(γ h, ε))";

    StageTraits IStage.Traits => StageTraits.Momentum | StageTraits.Adaptive | StageTraits.Random;

    IReadOnlyList<SlotSpec> IStage.Slots =>
        [SlotSpec.Element("m"), SlotSpec.Element("h"), new(StateSlot, SlotKind.Random, Seed)];

    double IBounded.StepBound => Clip;

    string ICurvature.Generator => StateSlot;

    bool ICurvature.LooksAt(long step) => step % Every == 0;

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder)
    {
        builder.TakeDiagonal("h", () => Beta2);
        builder.Apply(new Rule<V, T>(this), "m", "h");
    }

    private struct Rule<V, T>(Sophia sophia) : IRule2<V, T>, IKeepsLast
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        private Decay<V, T> _m;
        private Interval<V, T> _interval;
        private Floor<V, T> _floor;
        private V _gamma;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step)
        {
            _m = new(sophia.Beta1);
            _interval = new(-sophia.Clip, sophia.Clip);
            (_gamma, _floor) = (V.Broadcast(sophia.Gamma), new(sophia.Epsilon));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p, ref V m, ref V h)
        {
            m = _m.Of(m, u);
            u = V.WhereEqual(m, V.Zero, V.Zero, _interval.Nearest(m / _floor.Of(_gamma * h)));
        }
    }
}
