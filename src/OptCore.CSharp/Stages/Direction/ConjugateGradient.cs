using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Nonlinear conjugate gradients over all tensors in scope as one vector, Polak and Ribière's rule, restarted where it does not lead
/// downhill.
/// <code>
/// d = u + max(0, ⟨u, u − u_prev⟩/‖u_prev‖²) d_prev;  u = d
/// d = u at first, where ⟨d, u⟩ ≤ 0, and where u_prev = 0
/// </code>
/// </summary>
/// <remarks>
/// Made for line searches: <c>conjugateGradient 0.01 |> wolfeWith (Wolfe(C2 = 0.1))</c> ends on a quadratic of n parameters in n updates.
/// The rate gives the unit of the search. A gradient that is not finite restarts. Slots: <c>gradient</c> (u_prev),
/// <c>direction</c> (d_prev), scalars <c>square</c> (‖u_prev‖²) and <c>factor</c> (of d_prev).
/// <para>Source: Polak &amp; Ribière 1969; Powell 1984 (the maximum with 0); Nocedal &amp; Wright 2006, section 5.2.</para>
/// </remarks>
/// <example><c>conjugateGradient 0.01 |> wolfeWith (Wolfe(C2 = 0.1))</c></example>
[Word("conjugateGradient", Head = true)]
public sealed record ConjugateGradient : IFusedStage
{
    private const string Gradient = "gradient";
    private const string Direction = "direction";

    Phase IStage.Phase => Phase.Direction;
    string IStage.Equation => "d = u + max(0, ⟨u, u − u_prev⟩/‖u_prev‖²) d_prev (d = u at first and where ⟨d, u⟩ ≤ 0); u = d";
    StageTraits IStage.Traits => StageTraits.RestsAtZero | StageTraits.Rotations;

    IReadOnlyList<SlotSpec> IStage.Slots =>
        [SlotSpec.Element(Gradient), SlotSpec.Element(Direction), SlotSpec.Scalar("square"), SlotSpec.Scalar("factor")];

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder)
    {
        var (square, factor) = (builder.Scalar("square"), builder.Scalar("factor"));
        var own = builder.Measure(Quantity.InnerProduct(Measured.Update, Measured.Update));
        var mixed = builder.Measure(Quantity.InnerProduct(Measured.Update, Measured.Slot(Gradient)));
        var along = builder.Measure(Quantity.InnerProduct(Measured.Update, Measured.Slot(Direction)));
        builder.Then(step =>
        {
            var beta = (step[own] - step[mixed]) / step[square];
            var downhill = step[own] + (beta * step[along]) > 0;
            (step[factor], step[square]) = (beta > 0 && downhill && double.IsFinite(beta) ? beta : 0, step[own]);
        });
        builder.Apply(new Rule<V, T>(factor), Gradient, Direction);
    }

    private struct Rule<V, T>(ScalarSlot factor) : IRule2<V, T>, IPlainRule
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        private V _factor, _goesOn;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step)
        {
            // Where it restarts the old direction does not enter at all, whatever is in it.
            _factor = V.Broadcast(step[factor]);
            _goesOn = V.First(step[factor] > 0 ? V.Count : 0);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p, ref V gradient, ref V direction)
        {
            gradient = u;
            u = direction = V.Select(_goesOn, V.Fma(_factor, direction, u), u);
        }
    }
}
