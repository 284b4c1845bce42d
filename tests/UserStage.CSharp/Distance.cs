using System.Runtime.CompilerServices;
using OptCore;
using OptCore.Kernels;

namespace UserStage;

/// <summary>
/// A rate from the distance travelled: <c>r = max(r, ‖p−p₀‖); G = G + ‖u‖²; u = u·r/√(G+ε)</c>; with
/// <see cref="PerTensor"/> for each tensor by itself.
/// </summary>
/// <param name="Initial">The first r.</param>
/// <param name="Epsilon">ε ≥ 0.</param>
public sealed record Distance(double Initial, double Epsilon) : IFusedStage
{
    /// <summary>Whether each tensor has its own r and G.</summary>
    public bool PerTensor { get; init; }

    /// <summary>Whether the factor lags a step behind the sums: a mutant.</summary>
    public bool Lags { get; init; }

    /// <inheritdoc/>
    public Phase Phase => Phase.Direction;

    /// <inheritdoc/>
    public string Equation => "r = max(r, ‖p−p0‖); G = G + ‖u‖²; u = u r/√(G+ε)";

    /// <inheritdoc/>
    public IReadOnlyList<SlotSpec> Slots => PerTensor
        ? [SlotSpec.Copy("p0"), SlotSpec.PerTensor("r", Initial), SlotSpec.PerTensor("G")]
        : [SlotSpec.Copy("p0"), SlotSpec.Scalar("r", Initial), SlotSpec.Scalar("G")];

    /// <inheritdoc/>
    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder)
    {
        var distance = Quantity.Distance(Measured.Parameters, Measured.Slot("p0"));
        if (PerTensor)
        {
            var (way, norm) = (builder.MeasureTensors(distance), builder.TensorNorms(Measured.Update));
            var (r, sum) = (builder.PerTensor("r"), builder.PerTensor("G"));
            builder.ThenEachTensor(step =>
            {
                step[r] = Math.Max(step[r], step[way]);
                step[sum] += step[norm] * step[norm];
            });
            builder.Apply(new Rule<V, T>(step => step[r] / Math.Sqrt(step[sum] + Epsilon)));
        }
        else
        {
            var (way, norm) = (builder.Measure(distance), builder.Norm(Measured.Update));
            var (r, sum) = (builder.Scalar("r"), builder.Scalar("G"));
            builder.Then(step =>
            {
                step[r] = Math.Max(step[r], step[way]);
                step[sum] += Lags ? 0 : step[norm] * step[norm];
            });
            builder.Apply(new Rule<V, T>(step => step[r] / Math.Sqrt(step[sum] + Epsilon)));
            builder.Then(step => step[sum] += Lags ? step[norm] * step[norm] : 0);
        }
    }

    private struct Rule<V, T>(Func<StepContext, double> factor) : IRule0<V, T>
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        private V _factor;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step) => _factor = V.Broadcast(factor(step));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p) => u *= _factor;
    }
}
