using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// The optimized gradient method for N steps: of all methods that take gradients of a smooth convex function it has the smallest
/// worst case.
/// <code>
/// v = w + u;  w = ((θ−1)/θ') v + (θ/θ') u;  u = u + w
/// θ' = (1+√(1+4θ²))/2 from θ = 1;  in the N-th step θ' = (1+√(1+8θ²))/2
/// </code>
/// </summary>
/// <remarks>
/// At the rate 1/L, L the Lipschitz constant of the gradient, f(p_N) − f* ≤ L‖p_0 − p*‖²/(2θ_N²), about L‖p_0 − p*‖²/N²: half of
/// Nesterov's bound, and attained. The bound is for p_N alone; N is chosen before the run. After N steps the method
/// begins anew. θ is one number in the state, w a buffer in units of the gradient. A NaN in u stays in w until then.
/// <para>Source: Kim &amp; Fessler 2016, algorithm OGM1; that no method does better: Drori 2017. In no other library.</para>
/// </remarks>
/// <param name="Steps">N, the number of steps: N ≥ 1.</param>
/// <example><c>sgd 0.1 |> optimizedGradient 50</c></example>
[Word("optimizedGradient")]
public sealed record OptimizedGradient(int Steps) : IFusedStage, IPeriodic
{
    /// <summary>N, the number of steps: N ≥ 1.</summary>
    public int Steps { get; init => field = Require.Count(value, nameof(Steps)); } = Require.Count(Steps, nameof(Steps));

    int IPeriodic.Period => Steps;
    Phase IStage.Phase => Phase.Direction;

    string IStage.Equation =>
        "v = w + u; w = ((θ−1)/θ') v + (θ/θ') u; u = u + w; θ' = (1+√(1+4θ²))/2, "
        + $"in step {FormattableString.Invariant($"{Steps}")} (1+√(1+8θ²))/2";

    StageTraits IStage.Traits =>
        StageTraits.Momentum | StageTraits.LinearInStep | StageTraits.Elementwise | StageTraits.Rotations | StageTraits.RestsAtZero;

    IReadOnlyList<SlotSpec> IStage.Slots => [SlotSpec.Element("w"), SlotSpec.Scalar("theta", 1)];

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder)
    {
        var theta = builder.Scalar("theta");
        builder.BeforeStep(step =>
        {
            var old = Place(step) == 1 ? 1 : step[theta];
            step[theta] = (1 + Math.Sqrt(1 + ((Place(step) == Steps ? 8 : 4) * old * old))) / 2;
        });
        builder.Apply(new Rule<V, T>(this, theta), "w");
    }

    /// <summary>1 … N.</summary>
    private long Place(StepContext step) => ((step.Number - 1) % Steps) + 1;

    private struct Rule<V, T>(OptimizedGradient method, ScalarSlot theta) : IRule1<V, T>
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        private V _ofSum, _ofUpdate, _first;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step)
        {
            // θ'² − θ' is θ², in the last step 2θ².
            var place = method.Place(step);
            var share = 1 / step[theta];
            var ratio = Math.Sqrt((1 - share) / (place == method.Steps ? 2 : 1));
            _ofSum = V.Broadcast(place == 1 ? 0 : ratio - share);
            _ofUpdate = V.Broadcast(ratio);
            _first = V.First(place == 1 ? V.Count : 0);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p, ref V w)
        {
            var sum = V.Select(_first, u, w + u);
            w = V.Fma(_ofSum, sum, _ofUpdate * u);
            u += w;
        }
    }
}
