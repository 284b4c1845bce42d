using System.Runtime.CompilerServices;
using OptCore;
using OptCore.Kernels;

namespace UserStage;

/// <summary>
/// Heavy-ball momentum as a user of the library writes a fused stage in C#: <c>v = β v + u; u = v</c>.
/// </summary>
/// <param name="Beta">β, the decay of the buffer: 0 ≤ β &lt; 1.</param>
public sealed record Blend(double Beta) : IFusedStage
{
    /// <summary>β, the decay of the buffer: 0 ≤ β &lt; 1.</summary>
    public double Beta { get; init => field = Require.Decay(value, nameof(Beta)); } = Require.Decay(Beta, nameof(Beta));

    /// <inheritdoc/>
    public Phase Phase => Phase.Direction;

    /// <inheritdoc/>
    public string Equation => "v = β v + u; u = v";

    /// <inheritdoc/>
    public IReadOnlyList<SlotSpec> Slots => [SlotSpec.Element("v")];

    /// <inheritdoc/>
    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder) => builder.Apply(new Rule<V, T>(this), "v");

    private struct Rule<V, T>(Blend blend) : IRule1<V, T>
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        private V _b;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step) => _b = V.Broadcast(blend.Beta);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p, ref V v) => u = v = V.Fma(_b, v, u);
    }
}
