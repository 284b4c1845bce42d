using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// RMSProp: a direction divided by the root of a moving average of its square.
/// <code>
/// v = α v + (1−α) u²;  u = u / (√v + ε)
/// EpsilonInside:   u = u / √(v + ε)
/// Centered:        b = α b + (1−α) u;  max(0, v − b²) stands under the root in place of v
/// BiasCorrection:  v/(1−α^k) and b/(1−α^k) stand in place of v and b
/// </code>
/// </summary>
/// <remarks>
/// The direction is dimensionless: the rate is a length per step. Without correction the first directions are longer by up
/// to 1/√(1−α). Centered, a gradient that does not change leaves nothing under the root: u grows to u/ε. With ε = 0 a
/// coordinate whose gradient is zero gets u = 0. A NaN in u stays in v for ever (see <c>skipNonFinite</c>). RMSProp with
/// momentum is <c>rmsProp 0.01 |> momentum 0.9</c>.
/// <para>Source: Tieleman &amp; Hinton 2012, lecture 6.5; centered Graves 2013. With Decay = 0.99 equals PyTorch
/// <c>RMSprop</c>; with EpsilonInside Optax <c>rmsprop</c>. Differs: Keras has ε = 1e-7 inside; Optax' and Keras' momentum
/// of RMSProp keeps the rate inside its buffer.</para>
/// </remarks>
/// <example><c>rmsProp 0.01</c>, <c>rmsPropWith (RmsProp(Decay = 0.99, Centered = true)) 0.01</c></example>
[Word("rmsProp", Head = true)]
public sealed record RmsProp : IDividingStage
{
    /// <summary>α, the decay of the averages: 0 ≤ α &lt; 1.</summary>
    public double Decay { get; init => field = Require.Decay(value, nameof(Decay)); } = 0.9;

    /// <summary>ε, outside the root in units of the gradient, inside in units of its square: ε ≥ 0.</summary>
    public double Epsilon { get; init => field = Require.NonNegative(value, nameof(Epsilon)); } = 1e-8;

    /// <summary>Whether the square of the averaged gradient is subtracted: the variance instead of the second moment.</summary>
    public bool Centered { get; init; }

    /// <summary>Whether ε stands under the root.</summary>
    public bool EpsilonInside { get; init; }

    /// <summary>Whether the averages are divided by 1−α^k.</summary>
    public bool BiasCorrection { get; init; }

    /// <summary>The value from which v starts: ≥ 0.</summary>
    public double Initial { get; init => field = Require.NonNegative(value, nameof(Initial)); }

    Phase IStage.Phase => Phase.Direction;

    string IStage.Equation
    {
        get
        {
            var (v, b) = BiasCorrection ? ("v̂", "b̂") : ("v", "b");
            var under = Centered ? $"max(0, {v} − {b}²)" : v;
            var root = EpsilonInside ? $"√({under} + ε)" : $"(√{under} + ε)";
            return $"v = α v + (1−α) u²;{(Centered ? " b = α b + (1−α) u;" : string.Empty)} u = u/{root}";
        }
    }

    StageTraits IStage.Traits => StageTraits.Adaptive | StageTraits.Elementwise | StageTraits.RestsAtZero;

    IReadOnlyList<SlotSpec> IStage.Slots =>
    [
        SlotSpec.Element("v", Initial),
        .. Centered ? [SlotSpec.Element("b")] : Array.Empty<SlotSpec>(),
        .. BiasCorrection ? [SlotSpec.Power("decayPower")] : Array.Empty<SlotSpec>(),
    ];

    double IDividingStage.LeastDenominator => Epsilon;

    void IDividingStage.Build<V, T, Guard>(StageBuilder<V, T> builder)
    {
        var correction = builder.Correction("decayPower", () => Decay, BiasCorrection);
        if (Centered)
        {
            builder.Apply(new CenteredRule<V, T, Guard>(new(this, correction)), "v", "b");
        }
        else
        {
            builder.Apply(new Rule<V, T, Guard>(new(this, correction)), "v");
        }
    }

    // One loop for all corrections and places of ε: a factor of 1 and a summand of 0 are exact.
    private struct Denominator<V, T>(RmsProp rmsProp, Correction correction)
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        public Decay<V, T> Average;
        public V Corrected;
        private V _inside, _outside;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step)
        {
            (Average, Corrected) = (new(rmsProp.Decay), V.Broadcast(step[correction]));
            _inside = V.Broadcast(rmsProp.EpsilonInside ? rmsProp.Epsilon : 0);
            _outside = V.Broadcast(rmsProp.EpsilonInside ? 0 : rmsProp.Epsilon);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly V Of(V square) => V.Sqrt(square + _inside) + _outside;
    }

    private struct Rule<V, T, Guard>(Denominator<V, T> denominator) : IRule1<V, T>, IPlainRule
        where V : struct, IVector<V, T>
        where T : unmanaged
        where Guard : struct, ISwitch
    {
        private Denominator<V, T> _root = denominator;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step) => _root.Begin(step);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p, ref V v)
        {
            v = _root.Average.OfSquares(v, u);
            u = Guarded<V, T, Guard>.Divide(u, _root.Of(v * _root.Corrected));
        }
    }

    private struct CenteredRule<V, T, Guard>(Denominator<V, T> denominator) : IRule2<V, T>, IPlainRule
        where V : struct, IVector<V, T>
        where T : unmanaged
        where Guard : struct, ISwitch
    {
        private Denominator<V, T> _root = denominator;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step) => _root.Begin(step);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p, ref V v, ref V b)
        {
            v = _root.Average.OfSquares(v, u);
            b = _root.Average.Of(b, u);
            var mean = b * _root.Corrected;

            // Fused: where v has overflowed b² may too, and ∞ − ∞ would be NaN.
            var variance = V.Max(V.Zero, V.Fma(V.Zero - mean, mean, v * _root.Corrected));
            u = Guarded<V, T, Guard>.Divide(u, _root.Of(variance));
        }
    }
}
