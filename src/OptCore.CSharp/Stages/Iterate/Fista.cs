using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// FISTA, the accelerated proximal gradient method: behind the constraints the iterate x is taken further in the direction in
/// which it has moved.
/// <code>
/// x' = p, behind step and constraints;  p = x' + ((t−1)/t') (x' − x);  x = x'
/// t' = (1+√(1+4t²))/2 from t = 1
/// </code>
/// </summary>
/// <remarks>
/// The parameters p are the point of the gradient and may lie outside the constraint; x, a slot that starts at p_0, lies inside and
/// is what <c>Result.Averaged</c> returns: the point to be used. Averages declared behind it average p. For
/// F = f + h with f convex and L-smooth, h a constraint or <c>proxL1</c>, at a constant rate η ≤ 1/L:
/// F(x_k) − F* ≤ 2‖p_0 − x*‖²/(η(k+1)²), where without it there is ‖p_0 − x*‖²/(4ηk). Not monotone. Without a constraint it
/// is Nesterov's method with a momentum that grows to 1. It owns the parameters: no <c>lookahead</c>, <c>scheduleFree</c>,
/// <c>mechanic</c> or line search beside it.
/// <para>Source: Beck &amp; Teboulle 2009, section 4. Equals jaxopt's <c>ProximalGradient(acceleration=True)</c> without its line
/// search.</para>
/// </remarks>
/// <example><c>sgd 0.1 |> proxL1 0.01 |> fista</c></example>
[Word("fista")]
public sealed record Fista : IOwnsParameters, IAverage
{
    Phase IStage.Phase => Phase.Iterate;
    string IStage.Equation => "x' = p; p = x' + ((t−1)/t') (x' − x); x = x'; t' = (1+√(1+4t²))/2 (t = 1 at first)";
    string IAverage.AverageSlot => "x";
    StageTraits IStage.Traits => StageTraits.Elementwise | StageTraits.Rotations | StageTraits.RestsAtZero;
    IReadOnlyList<SlotSpec> IStage.Slots => [SlotSpec.Copy("x"), SlotSpec.Scalar("t", 1)];

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder)
    {
        var t = builder.Scalar("t");
        builder.BeforeStep(step => step[t] = (1 + Math.Sqrt(1 + (4 * step[t] * step[t]))) / 2);
        builder.Apply(new Rule<V, T>(t), "x");
    }

    private struct Rule<V, T>(ScalarSlot t) : IRule1<V, T>, IWritesParameters
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        private V _further;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step)
        {
            // t'² − t' is t²; in the first step t is 1.
            var share = 1 / step[t];
            _further = V.Broadcast(step.Number == 1 ? 0 : Math.Sqrt(1 - share) - share);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p, ref V x)
        {
            var next = p;
            p = V.Fma(_further, next - x, next);
            x = next;
        }
    }
}
