using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Keeps an average of the iterates beside the parameters whose weights grow as k^γ:
/// <c>a = (1−w) a + w p, w = (γ+1)/(γ+k)</c>. The parameters are not touched.
/// </summary>
/// <remarks>
/// The average is the slot <c>polynomialAverage</c> of the state and what <c>Result.Averaged</c> returns; objectives are
/// evaluated at p. Later iterates weigh more, about k^γ; γ = 0 is the arithmetic mean. The first update copies; a is p_0
/// before it. It sees p behind constraints and behind iterates declared before it, x behind <c>scheduleFree</c>. A NaN in p
/// stays in the average for ever.
/// <para>Source: Shamir &amp; Zhang 2013, section 4. Equals the authors' averager of DoG, with γ = 8.</para>
/// </remarks>
/// <param name="Gamma">γ, the power by which weights grow: γ ≥ 0.</param>
/// <example><c>dog 1.0 |> polynomialAverage 8.0</c></example>
[Word("polynomialAverage")]
public sealed record PolynomialAverage(double Gamma) : IFusedStage, IAverage
{
    /// <summary>γ, the power by which weights grow: γ ≥ 0.</summary>
    public double Gamma { get; init => field = Require.NonNegative(value, nameof(Gamma)); } = Require.NonNegative(Gamma, nameof(Gamma));

    Phase IStage.Phase => Phase.Iterate;
    string IStage.Equation => "a = (1−w) a + w p, w = (γ+1)/(γ+k)";
    string IAverage.AverageSlot => string.Empty;
    StageTraits IStage.Traits => StageTraits.Observer | StageTraits.Elementwise | StageTraits.RestsAtZero;
    IReadOnlyList<SlotSpec> IStage.Slots => [SlotSpec.Copy(string.Empty)];

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder) => builder.Apply(new Rule<V, T>(this), string.Empty);

    private struct Rule<V, T>(PolynomialAverage average) : IRule1<V, T>, IPlainRule, IReadsParameters
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        private V _weight, _copies;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step)
        {
            _weight = V.Broadcast((average.Gamma + 1) / (average.Gamma + step.Number));
            _copies = V.First(step.Number == 1 ? V.Count : 0);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p, ref V a) => a = V.Select(_copies, p, V.Fma(_weight, p - a, a));
    }
}
