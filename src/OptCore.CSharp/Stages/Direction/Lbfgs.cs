using System.Numerics;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Limited-memory BFGS over all tensors in scope as one vector: the last m changes of the parameters and of the gradient approximate
/// the inverse Hessian H.
/// <code>
/// s = p − p_prev;  y = u − u_prev, kept where ⟨s, y⟩ > Curvature·‖s‖‖y‖
/// u = H u  (two loops over the pairs from H₀ = ⟨s, y⟩/⟨y, y⟩ of the newest; without a pair H₀ = min(1, 1/‖u‖))
/// </code>
/// </summary>
/// <remarks>
/// The rate is dimensionless: 1 is Newton's step, which <c>wolfe</c> or <c>backtracking</c> shorten where they must. For objectives that
/// are the same in every step. Projections do not go with it: a step of H, projected, need not descend; <c>lbfgsb</c> knows its bounds. A
/// gradient of zero gives
/// none; pairs with a number that is not finite are not kept. Sums and products run in double. Slots: <c>point</c>,
/// <c>gradient</c> (p and u of the update before), <c>s</c> and <c>y</c> (the pairs, a ring of m for every tensor), counters
/// <c>pairs</c> and <c>seen</c>.
/// <para>Source: Liu &amp; Nocedal 1989; Nocedal &amp; Wright 2006, algorithm 7.4. Equals Optax <c>lbfgs</c> and, with FirstL1, PyTorch
/// <c>LBFGS</c>, one iteration per step. Differs: Optax keeps pairs of negative curvature; PyTorch keeps those with ⟨s, y⟩ > 1e-10,
/// and without a pair takes H₀ = 1 behind the first step.</para>
/// </remarks>
/// <param name="Memory">m, the number of pairs kept: m ≥ 1.</param>
/// <example><c>lbfgs 10 1.0 |> wolfe</c>, <c>lbfgsWith (Lbfgs(10, FirstL1 = true)) 1.0 |> wolfe</c></example>
[Word("lbfgs", Head = true)]
public sealed record Lbfgs(int Memory) : IFusedStage
{
    internal const int Point = 0, Gradient = 1, S = 2, Y = 3;
    private static readonly Quantity AbsoluteSum = Quantity.Norm(Measured.Update, 1);
    private static readonly Quantity Length = Quantity.Norm(Measured.Update);

    /// <summary>m, the number of pairs kept: m ≥ 1.</summary>
    public int Memory { get; init => field = Require.Count(value, nameof(Memory)); } = Require.Count(Memory, nameof(Memory));

    /// <summary>The least cosine between s and y of a pair that is kept: ≥ 0.</summary>
    public double Curvature { get; init => field = Require.NonNegative(value, nameof(Curvature)); } = 1e-10;

    /// <summary>Whether a step without pairs is divided by ‖u‖₁ in place of ‖u‖.</summary>
    public bool FirstL1 { get; init; }

    Phase IStage.Phase => Phase.Direction;

    string IStage.Equation =>
        $"s = p − p_prev; y = u − u_prev; u = H u of the last {Memory.ToString(System.Globalization.CultureInfo.InvariantCulture)} pairs, "
        + $"H₀ = ⟨s,y⟩/⟨y,y⟩; without a pair u·min(1, 1/{(FirstL1 ? "‖u‖₁" : "‖u‖")})";

    StageTraits IStage.Traits => StageTraits.RestsAtZero | StageTraits.Unprojected;

    IReadOnlyList<SlotSpec> IStage.Slots =>
    [
        SlotSpec.Element("point"), SlotSpec.Element("gradient"),
        SlotSpec.Shaped("s", shape => [Memory, .. shape]), SlotSpec.Shaped("y", shape => [Memory, .. shape]),
        SlotSpec.Count("pairs"), SlotSpec.Count("seen"),
    ];

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder)
    {
        var (pairs, seen, scratch) = (builder.Count("pairs"), builder.Count("seen"), new Scratch());
        builder.Jointly(
            all => Direct(all, Curvature, pairs, seen, scratch),
            "point", "gradient", "s", "y");
    }

    /// <summary>Keeps the newest pair and turns the update.</summary>
    /// <param name="all">The tensors in scope.</param>
    /// <param name="curvature">The least cosine of this step: a number that may follow a schedule is read in every step.</param>
    /// <param name="pairs">How many pairs have been kept.</param>
    /// <param name="seen">Whether there was a step before.</param>
    /// <param name="scratch">Working memory.</param>
    /// <returns>The number of elements in scope.</returns>
    internal int Direct<T>(JointStep<T> all, double curvature, CountSlot pairs, CountSlot seen, Scratch scratch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var step = all.Step;
        var length = 0;
        for (var i = 0; i < all.Count; i++)
        {
            length += all[i].Update.Length;
        }

        if (step[seen] > 0 && Remember(all, length, curvature, (int)(step[pairs] % Memory), scratch))
        {
            step[pairs]++;
        }

        step[seen] = 1;
        Turn(all, length, step[pairs], scratch);
        return length;
    }

    /// <summary>Keeps the newest pair at a place of the ring, where its curvature is positive.</summary>
    private static bool Remember<T>(JointStep<T> all, int length, double curvature, int place, Scratch scratch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var s = scratch.Vector(1, length);
        var y = scratch.Vector(2, length);
        var start = 0;
        for (var i = 0; i < all.Count; i++)
        {
            var tensor = all[i];
            var count = tensor.Update.Length;
            WideVectors.Difference<T>(tensor.Parameters, tensor.Slot(Point), s.Slice(start, count));
            WideVectors.Difference<T>(tensor.Update, tensor.Slot(Gradient), y.Slice(start, count));
            start += count;
        }

        ReadOnlySpan<ElementRange> everything = [new(0, length)];
        var lengths = Quantities.Of<double>(Length, s, [], everything) * Quantities.Of<double>(Length, y, [], everything);
        if (!(WideVectors.Dot(s, y) > curvature * lengths && double.IsFinite(lengths)))
        {
            return false;
        }

        start = 0;
        for (var i = 0; i < all.Count; i++)
        {
            var tensor = all[i];
            var count = tensor.Update.Length;
            WideVectors.Narrow(s.Slice(start, count), Pair(tensor, S, place));
            WideVectors.Narrow(y.Slice(start, count), Pair(tensor, Y, place));
            start += count;
        }

        return true;
    }

    /// <summary>u ← H u, and keeps p and u for the next pair.</summary>
    private void Turn<T>(JointStep<T> all, int length, long pairs, Scratch scratch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var q = scratch.Vector(1, length);
        var start = 0;
        for (var i = 0; i < all.Count; i++)
        {
            var tensor = all[i];
            tensor.Parameters.CopyTo(tensor.Slot(Point));
            tensor.Update.CopyTo(tensor.Slot(Gradient));
            WideVectors.Widen<T>(tensor.Update, q.Slice(start, tensor.Update.Length));
            start += tensor.Update.Length;
        }

        var kept = (int)Math.Min(pairs, Memory);
        if (kept == 0)
        {
            WideVectors.Scale(q, Math.Min(1, 1 / Quantities.Of<double>(FirstL1 ? AbsoluteSum : Length, q, [], [new(0, length)])));
        }
        else
        {
            Multiply(all, q, pairs, kept, scratch);
        }

        start = 0;
        for (var i = 0; i < all.Count; i++)
        {
            var update = all[i].Update;
            WideVectors.Narrow(q.Slice(start, update.Length), update);
            start += update.Length;
        }
    }

    private void Multiply<T>(JointStep<T> all, Span<double> q, long pairs, int kept, Scratch scratch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var alpha = scratch.Vector(2, kept);
        var rho = scratch.Vector(3, kept);
        for (var j = 0; j < kept; j++)
        {
            var place = (int)((pairs - 1 - j) % Memory);
            rho[j] = 1 / Products(all, place, scratch).Mixed;
            alpha[j] = rho[j] * Dot(all, S, place, q, scratch);
            AddScaled(all, Y, place, -alpha[j], q, scratch);
        }

        var (mixed, own) = Products(all, (int)((pairs - 1) % Memory), scratch);
        WideVectors.Scale(q, mixed / own);
        for (var j = kept - 1; j >= 0; j--)
        {
            var place = (int)((pairs - 1 - j) % Memory);
            AddScaled(all, S, place, alpha[j] - (rho[j] * Dot(all, Y, place, q, scratch)), q, scratch);
        }
    }

    // ⟨s, y⟩ and ⟨y, y⟩ of a pair.
    private static (double Mixed, double Own) Products<T>(JointStep<T> all, int place, Scratch scratch)
        where T : unmanaged
    {
        double mixed = 0, own = 0;
        for (var i = 0; i < all.Count; i++)
        {
            var tensor = all[i];
            var s = Wide(tensor, S, place, scratch, 4);
            var y = Wide(tensor, Y, place, scratch, 5);
            mixed += WideVectors.Dot(s, y);
            own += WideVectors.Dot(y, y);
        }

        return (mixed, own);
    }

    private static double Dot<T>(JointStep<T> all, int slot, int place, Span<double> q, Scratch scratch)
        where T : unmanaged
    {
        var (sum, start) = (0.0, 0);
        for (var i = 0; i < all.Count; i++)
        {
            var x = Wide(all[i], slot, place, scratch, 4);
            sum += WideVectors.Dot(x, q.Slice(start, x.Length));
            start += x.Length;
        }

        return sum;
    }

    private static void AddScaled<T>(JointStep<T> all, int slot, int place, double a, Span<double> q, Scratch scratch)
        where T : unmanaged
    {
        var start = 0;
        for (var i = 0; i < all.Count; i++)
        {
            var x = Wide(all[i], slot, place, scratch, 4);
            WideVectors.AddScaled(q.Slice(start, x.Length), a, x);
            start += x.Length;
        }
    }

    internal static Span<T> Pair<T>(TensorStep<T> tensor, int slot, int place)
        where T : unmanaged => tensor.Slot(slot).Slice(place * tensor.Update.Length, tensor.Update.Length);

    private static ReadOnlySpan<double> Wide<T>(TensorStep<T> tensor, int slot, int place, Scratch scratch, int vector)
        where T : unmanaged => WideVectors.Of<T>(Pair(tensor, slot, place), scratch, vector);
}
