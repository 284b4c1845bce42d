using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Sign descent: <c>u = sign(u)</c>, with sign(0) = 0. Every coordinate moves by exactly η_t, or not at all.
/// </summary>
/// <remarks>
/// The direction is dimensionless: the rate is the length of a step in every coordinate. No state. sign(−0) is −0,
/// sign(NaN) is NaN. <c>signum β</c> is <c>ema β</c> before it: the sign of the averaged gradient.
/// <para>Source: Bernstein et al. 2018, algorithm 1. Equals Optax <c>sign_sgd</c>. Differs: PyTorch and Keras have none.</para>
/// </remarks>
/// <example><c>signSgd 0.01</c>, <c>sgd 0.01 |> ema 0.9 |> stage (Sign())</c></example>
[Word("signSgd", Head = true)]
public sealed record Sign : IFusedStage, IBounded
{
    Phase IStage.Phase => Phase.Direction;
    string IStage.Equation => "u = sign(u)";
    double IBounded.StepBound => 1;
    StageTraits IStage.Traits => StageTraits.Elementwise | StageTraits.RestsAtZero | StageTraits.ScaleFree;

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder) => builder.Apply(default(Rule<V, T>));

    private struct Rule<V, T> : IRule0<V, T>, IPlainRule
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        private Signs<V, T> _signs;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step) => _signs = new();

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p) => u = _signs.Of(u);
    }
}
