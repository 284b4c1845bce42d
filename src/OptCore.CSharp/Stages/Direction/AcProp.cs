using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// ACProp: the gradient divided by the spread of the gradients before it, around their mean.
/// <code>
/// k = 1:  u stays;  then:  d = u/(√(s/(1−β2^t)) + ε), with s before its update
/// m = β1 m + (1−β1) u;  s = β2 s + (1−β2)(u−m)² + ε_root   (new m)
/// u = d
/// </code>
/// </summary>
/// <remarks>
/// m centers only: there is no momentum. The first update is a plain gradient step; from then on the direction is dimensionless. As ε_root
/// is added in every step, s stays at or above it. 0/0 is 0; with ε = ε_root = 0 a coordinate whose gradients have
/// been alike goes to ∞ with the first other one. A NaN in u stays in m and s for ever (see <c>skipNonFinite</c>).
/// <para>Source: Zhuang et al. 2021, whose code it equals without rectification. Differs: Optax <c>contrib.acprop</c> takes the old m,
/// against its own documentation.</para>
/// </remarks>
/// <example><c>acProp 0.001</c>, <c>acPropWith (AcProp(Beta2 = 0.99, Epsilon = 1e-8)) 0.001</c></example>
[Word("acProp", Head = true)]
public sealed record AcProp : IDividingStage
{
    /// <summary>β1, the decay of the mean: 0 ≤ β1 &lt; 1.</summary>
    public double Beta1 { get; init => field = Require.Decay(value, nameof(Beta1)); } = 0.9;

    /// <summary>β2, the decay of the squared deviations: 0 ≤ β2 &lt; 1.</summary>
    public double Beta2 { get; init => field = Require.Decay(value, nameof(Beta2)); } = 0.999;

    /// <summary>ε outside the root, in units of the gradient: ε ≥ 0.</summary>
    public double Epsilon { get; init => field = Require.NonNegative(value, nameof(Epsilon)); } = 1e-16;

    /// <summary>ε_root added to s in every step, in units of the gradient squared: ε_root ≥ 0.</summary>
    public double EpsilonRoot { get; init => field = Require.NonNegative(value, nameof(EpsilonRoot)); } = 1e-16;

    Phase IStage.Phase => Phase.Direction;

    string IStage.Equation =>
        "k = 1: d = u; then d = u/(√(s/(1−β2^t)) + ε); "
        + $"m = β1 m + (1−β1) u; s = β2 s + (1−β2)(u−m)²{(EpsilonRoot > 0 ? " + ε_root" : string.Empty)}; u = d";

    StageTraits IStage.Traits => StageTraits.Adaptive | StageTraits.Elementwise | StageTraits.RestsAtZero;

    IReadOnlyList<SlotSpec> IStage.Slots => [SlotSpec.Element("m"), SlotSpec.Element("s"), SlotSpec.Power("beta2Power")];

    double IDividingStage.LeastDenominator => Math.Max(Epsilon, EpsilonRoot);

    void IDividingStage.Build<V, T, Guard>(StageBuilder<V, T> builder) =>
        builder.Apply(new Rule<V, T, Guard>(this, builder.Power("beta2Power", () => Beta2)), "m", "s");

    private struct Rule<V, T, Guard>(AcProp prop, ScalarSlot power) : IRule2<V, T>, IPlainRule
        where V : struct, IVector<V, T>
        where T : unmanaged
        where Guard : struct, ISwitch
    {
        private Decay<V, T> _m, _s;
        private V _first, _c2, _eps, _root;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step)
        {
            // β2^t from β2^k; in the first step the quotient is not looked at.
            var before = prop.Beta2 > 0 && step.Number > 1 ? step[power] / prop.Beta2 : 0;
            (_first, _c2) = (V.First(step.Number == 1 ? V.Count : 0), V.Broadcast(1 / (1 - before)));
            (_m, _s) = (new(prop.Beta1), new(prop.Beta2));
            (_eps, _root) = (V.Broadcast(prop.Epsilon), V.Broadcast(prop.EpsilonRoot));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p, ref V m, ref V s)
        {
            var d = V.Select(_first, u, Guarded<V, T, Guard>.Divide(u, V.Sqrt(s * _c2) + _eps));
            m = _m.Of(m, u);
            s = _s.OfSquares(s, u - m, _root);
            u = d;
        }
    }
}
