using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Keeps the arithmetic mean of the iterates p_1 … p_k beside the parameters: <c>a = a + (p − a)/c</c>, where c is the number
/// of iterates that count. The parameters are not touched.
/// </summary>
/// <remarks>
/// The mean is the slot <c>polyakAverage</c> of the state and what <c>Result.Averaged</c> returns; objectives are evaluated
/// at p. <see cref="From"/> leaves out a start-up phase: the mean is then of p_k with k > From, and before that it follows
/// p, so that c = max(1, k − From). With <see cref="Every"/> = n it is the mean of p_k, k = From + n, From + 2n, …, p before the
/// first of them. It is p_0 before the first update. It sees p behind constraints and behind iterates declared before it, x
/// behind <c>scheduleFree</c>. A NaN in p stays in the mean for ever. In float the mean of more than some 1e7 iterates no longer
/// moves: (p − a)/c is below the last place of a.
/// <para>Source: Polyak &amp; Juditsky 1992; Ruppert 1988. Equals PyTorch <c>AveragedModel</c> with
/// <c>get_swa_avg_fn</c> updated after every step, and <c>ax</c> of its <c>ASGD(t0=From−1)</c>, which averages with the weight
/// of the step before.</para>
/// </remarks>
/// <example><c>sgd 0.1 |> polyakAverage</c>, <c>sgd 0.1 |> polyakAverageWith (PolyakAverage(From = 100, Every = 10))</c></example>
[Word("polyakAverage")]
public sealed record PolyakAverage : IFusedStage, IAverage
{
    /// <summary>The index t of the first update whose result counts: From ≥ 0; 0 averages p_1, p_2, …</summary>
    public int From { get; init => field = Require.Count(value, nameof(From), least: 0); }

    /// <summary>The number of updates from one iterate that counts to the next: ≥ 1.</summary>
    public int Every { get; init => field = Require.Count(value, nameof(Every)); } = 1;

    Phase IStage.Phase => Phase.Iterate;

    string IStage.Equation =>
        Every > 1 ? "k = from + j every: a = a + (p − a)/j; a = p before the first"
        : From == 0 ? "a = a + (p − a)/k"
        : "a = a + (p − a)/max(1, k − from)";

    string IAverage.AverageSlot => string.Empty;
    StageTraits IStage.Traits => StageTraits.Observer | StageTraits.Elementwise | StageTraits.RestsAtZero;
    IReadOnlyList<SlotSpec> IStage.Slots => [SlotSpec.Copy(string.Empty)];

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder) => builder.ApplyResting(new Rule<V, T>(this), string.Empty);

    private struct Rule<V, T>(PolyakAverage polyak) : IRule1<V, T>, IPlainRule, IReadsParameters, IRestingRule
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        private V _share, _copies;

        public bool Rests { get; private set; }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step)
        {
            // Before the first iterate that counts it follows p.
            var (counted, rest) = Math.DivRem(step.Number - polyak.From, polyak.Every);
            (_share, _copies) = (V.Broadcast(1.0 / Math.Max(1, counted)), V.First(counted <= 1 ? V.Count : 0));
            Rests = rest != 0 && counted >= 1;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p, ref V average) =>
            average = V.Select(_copies, p, V.Fma(_share, p - average, average));
    }
}
