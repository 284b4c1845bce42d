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
public sealed record RmsProp : IFusedStage
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

    /// <inheritdoc/>
    public Phase Phase => Phase.Direction;

    /// <inheritdoc/>
    public string Equation
    {
        get
        {
            var (v, b) = BiasCorrection ? ("v̂", "b̂") : ("v", "b");
            var under = Centered ? $"max(0, {v} − {b}²)" : v;
            var root = EpsilonInside ? $"√({under} + ε)" : $"(√{under} + ε)";
            return $"v = α v + (1−α) u²;{(Centered ? " b = α b + (1−α) u;" : string.Empty)} u = u/{root}";
        }
    }

    /// <inheritdoc/>
    public StageTraits Traits => StageTraits.Adaptive | StageTraits.Elementwise | StageTraits.RestsAtZero;

    /// <inheritdoc/>
    public IReadOnlyList<SlotSpec> Slots =>
    [
        SlotSpec.Element("v", Initial),
        .. Centered ? [SlotSpec.Element("b")] : Array.Empty<SlotSpec>(),
        .. BiasCorrection ? [SlotSpec.Scalar("decayPower", 1)] : Array.Empty<SlotSpec>(),
    ];

    /// <inheritdoc/>
    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder)
    {
        switch (Centered, T.CreateTruncating(Epsilon) > T.Zero)
        {
            case (false, true):
                builder.Apply(new Kernel<V, T, Off, Off>(this, builder));
                break;
            case (false, false):
                builder.Apply(new Kernel<V, T, Off, On>(this, builder));
                break;
            case (true, true):
                builder.Apply(new Kernel<V, T, On, Off>(this, builder));
                break;
            default:
                builder.Apply(new Kernel<V, T, On, On>(this, builder));
                break;
        }
    }

    private struct Kernel<V, T, Center, Guard>(RmsProp stage, StageBuilder<V, T> builder) : IKernel<V, T>
        where V : struct, IVector<V, T>
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
        where Center : struct, ISwitch
        where Guard : struct, ISwitch
    {
        // One loop for all corrections and places of ε: a factor of 1 and a summand of 0 are exact.
        private readonly double _decay = stage.Decay;
        private readonly double _inside = stage.EpsilonInside ? stage.Epsilon : 0, _outside = stage.EpsilonInside ? 0 : stage.Epsilon;
        private readonly bool _corrects = stage.BiasCorrection;
        private readonly ElementSlot _vSlot = builder.Element("v"), _bSlot = Center.On ? builder.Element("b") : default;
        private readonly ScalarSlot _power = stage.BiasCorrection ? builder.Power("decayPower", stage.Decay) : default;
        private double _correction;
        private Lane<T> _v, _b;
        private V _keep, _take, _c, _under, _eps;

        public readonly KernelUse Use => KernelUse.Update;

        public void Begin(StepContext step) => _correction = _corrects ? 1 / (1 - step[_power]) : 1;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Open(in Lanes<T> lanes)
        {
            (_v, _b) = (lanes[_vSlot], lanes[_bSlot]);
            (_keep, _take, _c) = (V.Broadcast(_decay), V.Broadcast(1 - _decay), V.Broadcast(_correction));
            (_under, _eps) = (V.Broadcast(_inside), V.Broadcast(_outside));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply<P>(ref V u, ref V p, P at)
            where P : struct, IPlace<V, T>
        {
            var v = V.Fma(_keep, at.Load(_v), _take * u * u);
            at.Store(_v, v);
            v *= _c;
            if (Center.On)
            {
                var b = V.Fma(_keep, at.Load(_b), _take * u);
                at.Store(_b, b);
                b *= _c;

                // Fused: where v has overflowed b² may too, and ∞ − ∞ would be NaN.
                v = V.Max(V.Zero, V.Fma(V.Zero - b, b, v));
            }

            var denominator = V.Sqrt(v + _under) + _eps;
            u = Guard.On ? VectorOperations.DivideOrZero<V, T>(u, denominator) : u / denominator;
        }
    }
}
