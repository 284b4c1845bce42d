using System.Globalization;
using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Mechanic: learns the scale of whatever stands before it. The steps that the pipeline would take are summed up in Δ, and the
/// parameters are the start minus S times Δ, with S from several bettors.
/// <code>
/// β_j = 1 − 10^(−j), j = 1 … Count;  S = Σ s_j;  h = ⟨Δ, g + Decay·S‖g‖p/(‖p‖ + ε)⟩;  Δ = Δ + η_t u
/// m_j = max(β_j m_j, |h|);  v_j = β_j² v_j + h²;  r_j = max(0, β_j r_j + s_j h);  s_j = (Initial·m_j/Count + r_j)/(√v_j + ε)
/// p = p_0 − S Δ
/// </code>
/// </summary>
/// <remarks>
/// Takes the step itself: the rate is a factor of Δ. g is the gradient behind the phase Gradient. Products and norms are of all
/// tensors in scope as one vector. The first update moves nothing but counts. Constraints act on p and do not change Δ. 0/0 is
/// 0. Slots: <c>start</c> (p_0), <c>delta</c>, and for every j the numbers <c>s1</c>, <c>m1</c>, <c>v1</c>, <c>r1</c> … It owns
/// the parameters: no <c>lookahead</c>, <c>scheduleFree</c> or line search beside it. A gradient that is not finite stays in the
/// state for ever (see <c>skipNonFinite</c>).
/// <para>Source: Cutkosky, Defazio &amp; Mehta 2023, algorithm 1. Differs: the authors' code starts m at 1e-6 and takes p behind the
/// base step in h; Optax <c>contrib.mechanize</c> starts s at its initial value, clips h, keeps negative r and rebuilds Δ from
/// p.</para>
/// </remarks>
/// <example><c>adam 0.001 |> mechanic</c>, <c>sgd 1.0 |> mechanicWith (Mechanic(Initial = 1e-4)) |> cosine 1000</c></example>
[Word("mechanic")]
public sealed record Mechanic : IOwnsParameters
{
    /// <summary>The first wealth of all bettors, relative to the largest |h|: ≥ 0; with 0 nothing ever moves.</summary>
    public double Initial { get; init => field = Require.NonNegative(value, nameof(Initial)); } = 1e-8;

    /// <summary>The strength of the decay of p, relative to the gradient: ≥ 0.</summary>
    public double Decay { get; init => field = Require.NonNegative(value, nameof(Decay)); } = 0.01;

    /// <summary>ε, added to √v and to ‖p‖: ≥ 0.</summary>
    public double Epsilon { get; init => field = Require.NonNegative(value, nameof(Epsilon)); } = 1e-8;

    /// <summary>The number of bettors: ≥ 1.</summary>
    public int Count { get; init => field = Require.Count(value, nameof(Count)); } = 6;

    bool IOwnsParameters.TakesStep => true;
    Phase IStage.Phase => Phase.Step;

    string IStage.Equation =>
        $"h = ⟨Δ, g{(Decay > 0 ? " + decay·S‖g‖p/(‖p‖ + ε)" : string.Empty)}⟩; Δ = Δ + η_t u; m = max(β m, |h|); v = β² v + h²; "
        + "r = max(0, β r + s h); s = (initial·m/count + r)/(√v + ε); p = p_0 − S Δ, S = Σ s of β = 1 − 10^(−j), j = 1 … count";

    StageTraits IStage.Traits => StageTraits.RestsAtZero;

    IReadOnlyList<SlotSpec> IStage.Slots =>
    [
        SlotSpec.Copy("start"), SlotSpec.Element("delta"),
        .. Bettors().SelectMany(j => new[] { "s", "m", "v", "r" }.Select(name => SlotSpec.Scalar(Name(name, j)))),
    ];

    void IOwnsParameters.BuildBehindGradient<V, T>(StageBuilder<V, T> builder)
    {
        var delta = Measured.Slot("delta");
        var along = builder.Measure(Quantity.InnerProduct(delta, Measured.Update));
        var gradient = builder.Norm(Measured.Update);
        var outwards = builder.Measure(Quantity.InnerProduct(delta, Measured.Parameters));
        var size = builder.Norm(Measured.Parameters);
        var bettors = Bettors().Select(j => new Bettor(builder, j)).ToArray();
        builder.Then(step =>
        {
            double sum = 0;
            foreach (var bettor in bettors)
            {
                sum += step[bettor.S];
            }

            var h = step[along];
            if (step[size] + Epsilon != 0)
            {
                h += Decay * sum * step[gradient] * step[outwards] / (step[size] + Epsilon);
            }

            foreach (var bettor in bettors)
            {
                bettor.Bet(step, h, this);
            }
        });
    }

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder) =>
        builder.Apply(new Rule<V, T>([.. Bettors().Select(j => builder.Scalar(Name("s", j)))]), "start", "delta");

    private static string Name(string name, int j) => name + j.ToString(CultureInfo.InvariantCulture);

    private IEnumerable<int> Bettors() => Enumerable.Range(1, Count);

    private sealed class Bettor(StageBuilder builder, int j)
    {
        private readonly ScalarSlot _m = builder.Scalar(Name("m", j)), _v = builder.Scalar(Name("v", j)), _r = builder.Scalar(Name("r", j));
        private readonly double _beta = 1 - Math.Pow(10, -j);

        public ScalarSlot S { get; } = builder.Scalar(Name("s", j));

        public void Bet(StepContext step, double h, Mechanic mechanic)
        {
            step[_m] = Math.Max(_beta * step[_m], Math.Abs(h));
            step[_v] = (_beta * _beta * step[_v]) + (h * h);
            step[_r] = Math.Max(0, (_beta * step[_r]) + (step[S] * h));
            var divisor = Math.Sqrt(step[_v]) + mechanic.Epsilon;
            step[S] = divisor == 0 ? 0 : ((mechanic.Initial * step[_m] / mechanic.Count) + step[_r]) / divisor;
        }
    }

    private struct Rule<V, T>(ScalarSlot[] scales) : IRule2<V, T>, IWritesParameters
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        private V _rate, _minusScale;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step)
        {
            double sum = 0;
            foreach (var scale in scales)
            {
                sum += step[scale];
            }

            (_rate, _minusScale) = (V.Broadcast(step.StepRate), V.Broadcast(-sum));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p, ref V start, ref V delta)
        {
            delta = V.Fma(_rate, u, delta);
            p = V.Fma(_minusScale, delta, start);
        }
    }
}
