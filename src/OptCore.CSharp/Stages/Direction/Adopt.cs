using System.Numerics;
using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// ADOPT: Adam whose gradient is divided by the second moment of the gradients before it, so that it converges for every β2.
/// <code>
/// k = 1:  v = u²;  u = 0
/// then:   z = u / max(√v, ε), with Clip limited to ±t^ClipPower;  m = β1 m + (1−β1) z;  v = β2 v + (1−β2) u² (last)
///         u = m;  Nesterov:  u = β1 m + (1−β1) z
/// </code>
/// </summary>
/// <remarks>
/// The direction is dimensionless. The first update moves nothing but counts. With Clip no coordinate moves by more than
/// η_t t^ClipPower. 0/0 is 0; with ε = 0 and without Clip a coordinate whose gradients have been 0 goes to ∞ with the first other one.
/// A NaN in u stays in m and v for ever (see <c>skipNonFinite</c>).
/// <para>Source: Taniguchi et al. 2024. Equals Optax <c>contrib.adopt</c>. Differs: the authors' first step leaves out decay, too.</para>
/// </remarks>
/// <example><c>adopt 0.001</c>, <c>adoptWith (Adopt(Beta2 = 0.99, Clip = false)) 0.001</c></example>
[Word("adopt", Head = true)]
public sealed record Adopt : IFusedStage
{
    /// <summary>β1, the decay of the first moment: 0 ≤ β1 &lt; 1.</summary>
    public double Beta1 { get; init => field = Require.Decay(value, nameof(Beta1)); } = 0.9;

    /// <summary>β2, the decay of the second moment: 0 ≤ β2 &lt; 1.</summary>
    public double Beta2 { get; init => field = Require.Decay(value, nameof(Beta2)); } = 0.9999;

    /// <summary>ε, the smallest divisor, in units of the gradient: ε ≥ 0.</summary>
    public double Epsilon { get; init => field = Require.NonNegative(value, nameof(Epsilon)); } = 1e-6;

    /// <summary>Whether the quotients are limited.</summary>
    public bool Clip { get; init; } = true;

    /// <summary>The power of t that limits them: ≥ 0.</summary>
    public double ClipPower { get; init => field = Require.NonNegative(value, nameof(ClipPower)); } = 0.25;

    /// <summary>Whether the newest quotient is blended in once more.</summary>
    public bool Nesterov { get; init; }

    Phase IStage.Phase => Phase.Direction;

    string IStage.Equation =>
        $"k = 1: v = u², u = 0; then z = {(Clip ? "clip(u/max(√v, ε), ±t^ClipPower)" : "u/max(√v, ε)")}; m = β1 m + (1−β1) z; "
        + $"v = β2 v + (1−β2) u²; u = {(Nesterov ? "β1 m + (1−β1) z" : "m")}";

    IReadOnlyList<SlotSpec> IStage.Slots => [SlotSpec.Element("m"), SlotSpec.Element("v")];

    StageTraits IStage.Traits =>
        StageTraits.Momentum | StageTraits.Adaptive | StageTraits.Elementwise | StageTraits.RestsAtZero;

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder) => builder.Apply(new Rule<V, T>(this), "m", "v");

    private struct Rule<V, T>(Adopt adopt) : IRule2<V, T>
        where V : struct, IVector<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private bool _first, _nesterov;
        private Decay<V, T> _m, _v;
        private Interval<V, T> _limits;
        private Floor<V, T> _floor;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step)
        {
            (_first, _nesterov) = (step.Number == 1, adopt.Nesterov);
            (_m, _v) = (new(adopt.Beta1), new(adopt.Beta2));
            var limit = adopt.Clip ? Math.Pow(step.Number - 1, adopt.ClipPower) : double.PositiveInfinity;
            _limits = new(-limit, limit);

            // The smallest number in place of ε = 0: 0/0 is 0.
            _floor = new(Math.Max(adopt.Epsilon, double.CreateTruncating(T.Epsilon)));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p, ref V m, ref V v)
        {
            if (_first)
            {
                (v, u) = (u * u, V.Zero);
                return;
            }

            var z = _limits.Nearest(u / _floor.Of(V.Sqrt(v)));
            m = _m.Of(m, z);
            v = _v.OfSquares(v, u);
            u = _nesterov ? _m.Of(m, z) : m;
        }
    }
}
