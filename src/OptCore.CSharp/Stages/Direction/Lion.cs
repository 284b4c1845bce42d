using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Lion: the sign of an average that leans on the newest gradient, with a second, slower decay for the memory.
/// <code>
/// c = sign(β1 m + (1−β1) u);  m = β2 m + (1−β2) u;  u = c
/// </code>
/// </summary>
/// <remarks>
/// The direction is dimensionless: every coordinate moves by exactly η_t (not at all where the average is 0), so that
/// rates are 3 to 10 times smaller and decays as much larger than Adam's. The sign is taken with the old m. Half the state
/// of Adam. A NaN in u stays in m for ever (see <c>skipNonFinite</c>).
/// <para>Source: Chen et al. 2023, algorithm 2. Equals Optax <c>lion(weight_decay=0)</c> and Keras <c>Lion</c>; the decay
/// of the paper is <c>lion 0.0001 |> weightDecay 1.0</c>. Differs: Optax decays by 0.001 unless told otherwise;
/// Optimisers.jl exchanges the roles of the two β.</para>
/// </remarks>
/// <example><c>lion 0.0001</c>, <c>lionWith (Lion(Beta1 = 0.95, Beta2 = 0.98)) 0.0001 |> weightDecay 0.1</c></example>
[Word("lion", Head = true)]
public sealed record Lion : IFusedStage, IBounded
{
    /// <summary>β1, the share of the memory in the direction: 0 ≤ β1 &lt; 1.</summary>
    public double Beta1 { get; init => field = Require.Decay(value, nameof(Beta1)); } = 0.9;

    /// <summary>β2, the decay of the memory: 0 ≤ β2 &lt; 1.</summary>
    public double Beta2 { get; init => field = Require.Decay(value, nameof(Beta2)); } = 0.99;

    Phase IStage.Phase => Phase.Direction;
    string IStage.Equation => "c = sign(β1 m + (1−β1) u); m = β2 m + (1−β2) u; u = c";
    double IBounded.StepBound => 1;

    StageTraits IStage.Traits =>
        StageTraits.Momentum | StageTraits.Elementwise | StageTraits.RestsAtZero | StageTraits.ScaleFree;

    IReadOnlyList<SlotSpec> IStage.Slots => [SlotSpec.Element("m")];

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder) => builder.Apply(new Rule<V, T>(this), "m");

    private struct Rule<V, T>(Lion lion) : IRule1<V, T>, IPlainRule
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        private Decay<V, T> _direction, _memory;
        private Signs<V, T> _signs;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step) => (_direction, _memory, _signs) = (new(lion.Beta1), new(lion.Beta2), new());

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p, ref V m)
        {
            var old = m;
            m = _memory.Of(old, u);
            u = _signs.Of(_direction.Of(old, u));
        }
    }
}
