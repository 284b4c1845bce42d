using System.Numerics;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// L-BFGS-B: L-BFGS over all tensors in scope as one vector, whose steps keep every parameter within bounds.
/// <code>
/// s, y, H as in lbfgs;  B = H⁻¹, without a pair B = max(1, ‖u‖)
/// x = p − H u where that is within the bounds; else
/// x_c = the first minimizer of m(x) = ⟨u, x−p⟩ + ½⟨x−p, B(x−p)⟩ on the path max(lo, min(hi, p − t u)), t ≥ 0
/// x   = x_c + a(x_m − x_c), x_m the minimizer of m in the coordinates that x_c leaves free, a ≤ 1 the largest that stays within
/// u   = p − x
/// </code>
/// </summary>
/// <remarks>
/// The rate is dimensionless: 1 goes to x; one above lengthens only steps that stay within. Searches look no further than x (a ≤ 1), so
/// that with <c>wolfe</c> or <c>backtracking</c> all iterates and all trial points are within the bounds, to the last bit; what else
/// changes the update behind it may lead out of them. Within infinite bounds it is <c>lbfgs</c>, bit for bit. A start outside is led back
/// by a whole step. <c>minimize</c> compares <see cref="MinimizeOptions.GradientTolerance"/> with ‖p − max(lo, min(hi, p − ∇f))‖₂: 0
/// where p meets the conditions of Karush, Kuhn and Tucker. There u = 0, and a search finds nothing. For objectives that are the same in
/// every step. Every parameter in scope, in the order of the layout, has bounds of its own; a list of one number stands for all; they are
/// rounded to the number type of the parameters. A step costs about 16 m n operations, and m² n where a bound is near. A gradient that is
/// not finite gives an update that is not. Slots: those of <c>lbfgs</c>. A plan in whose scope there are more or fewer parameters than
/// bounds is an <see cref="ArgumentException"/>.
/// <para>Source: Byrd, Lu, Nocedal &amp; Zhu 1995, algorithms CP and primal. Differs: SciPy's <c>L-BFGS-B</c> searches up to the bounds,
/// from a = 1; its first step without a pair has B = 1; its <c>gtol</c> is compared with the largest element, not the length.</para>
/// </remarks>
/// <example><c>lbfgsb 10 [0.0] [1.0] 1.0 |> wolfe</c>, <c>lbfgsbWith (LbfgsB(10, [0.0; -1.0], [1.0; infinity])) 1.0 |> wolfe</c></example>
[Word("lbfgsb", Head = true)]
public sealed record LbfgsB : IFusedStage, IPlanCheck, IBox
{
    private static readonly Quantity Length = Quantity.Norm(Measured.Update);

    /// <summary>L-BFGS in a box.</summary>
    /// <param name="memory">m, the number of pairs kept: m ≥ 1.</param>
    /// <param name="low">lo, the smallest values: −∞ allowed, lo_i ≤ hi_i.</param>
    /// <param name="high">hi, the largest values: +∞ allowed.</param>
    /// <exception cref="ArgumentException">A list is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException">m &lt; 1; a bound is NaN, +∞ below or −∞ above.</exception>
    public LbfgsB(int memory, IEnumerable<double> low, IEnumerable<double> high) =>
        (Memory, Low, High) = (memory, [.. low], [.. high]);

    /// <summary>m, the number of pairs kept: m ≥ 1.</summary>
    public int Memory { get; init => field = Require.Count(value, nameof(Memory)); }

    /// <summary>lo, the smallest values: −∞ allowed; compared with hi when a plan is made.</summary>
    public IReadOnlyList<double> Low { get; init => field = Bounds.Lower(value, nameof(Low)); }

    /// <summary>hi, the largest values: +∞ allowed.</summary>
    public IReadOnlyList<double> High { get; init => field = Bounds.Upper(value, nameof(High)); }

    /// <summary>The least cosine between s and y of a pair that is kept: ≥ 0.</summary>
    public double Curvature { get; init => field = Require.NonNegative(value, nameof(Curvature)); } = 1e-10;

    Phase IStage.Phase => Phase.Direction;

    string IStage.Equation =>
        $"s, y, H as in lbfgs of {Memory.ToString(System.Globalization.CultureInfo.InvariantCulture)} pairs; x = p − H u where it is "
        + "within [lo, hi], else from the first minimizer of ⟨u, x−p⟩ + ½⟨x−p, H⁻¹(x−p)⟩ on max(lo, min(hi, p − t u)) towards that in the "
        + "coordinates that it leaves free; u = p − x";

    StageTraits IStage.Traits => StageTraits.Unprojected | StageTraits.Confined;

    IReadOnlyList<SlotSpec> IStage.Slots => ((IStage)Free).Slots;

    private Lbfgs Free => new(Memory);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">Another number of bounds than parameters.</exception>
    /// <exception cref="ArgumentOutOfRangeException">lo_i > hi_i.</exception>
    public void CheckPlan(long elements) => Bounds.Check(Low, High, elements, nameof(LbfgsB));

    /// <inheritdoc/>
    public (double Low, double High) BoundsOf(int index) => (At(Low, index), At(High, index));

    /// <summary>Equal bounds in the same order, and equal numbers.</summary>
    /// <param name="other">The other stage.</param>
    /// <returns>True for equal hyper-parameters.</returns>
    public bool Equals(LbfgsB? other) =>
        other is not null && Memory == other.Memory && Curvature.Equals(other.Curvature)
        && Low.SequenceEqual(other.Low) && High.SequenceEqual(other.High);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Memory, Curvature, NumberList.Hash(Low), NumberList.Hash(High));

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder)
    {
        var (pairs, seen, free, scratch) = (builder.Count("pairs"), builder.Count("seen"), Free, new Scratch());
        builder.Jointly(
            all =>
            {
                var length = free.Direct(all, Curvature, pairs, seen, scratch);
                if (!StaysWithin(all))
                {
                    Confine(all, length, all.Step[pairs], scratch);
                }
            },
            "point", "gradient", "s", "y");
    }

    // Whether the whole step, fused or not, ends within the bounds.
    private bool StaysWithin<T>(JointStep<T> all)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var at = 0;
        for (var i = 0; i < all.Count; i++)
        {
            var tensor = all[i];
            var rate = T.CreateTruncating(Math.Max(1, tensor.Step.Rate));
            for (var j = 0; j < tensor.Update.Length; j++, at++)
            {
                var (p, u) = (tensor.Parameters[j], tensor.Update[j]);
                var (low, high) = (T.CreateTruncating(At(Low, at)), T.CreateTruncating(At(High, at)));
                if (!(Ends(p, u, rate, low, high) || (T.IsNegativeInfinity(low) && T.IsPositiveInfinity(high))))
                {
                    return false;
                }
            }
        }

        return true;
    }

    private void Confine<T>(JointStep<T> all, int length, long pairs, Scratch scratch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var point = scratch.Vector(6, length);
        var gradient = scratch.Vector(7, length);
        var low = scratch.Vector(8, length);
        var high = scratch.Vector(9, length);
        var x = scratch.Vector(10, length);
        var kept = (int)Math.Min(pairs, Memory);
        var rows = scratch.Matrix(11, 2 * kept, length);
        var start = 0;
        for (var i = 0; i < all.Count; i++)
        {
            var tensor = all[i];
            var count = tensor.Update.Length;
            WideVectors.Widen<T>(tensor.Slot(Lbfgs.Gradient), gradient.Slice(start, count));
            for (var j = 0; j < count; j++)
            {
                var at = start + j;
                low[at] = Reduction.Widen(T.CreateTruncating(At(Low, at)));
                high[at] = Reduction.Widen(T.CreateTruncating(At(High, at)));
                point[at] = Math.Clamp(Reduction.Widen(tensor.Parameters[j]), low[at], high[at]);
            }

            for (var j = 0; j < kept; j++)
            {
                var place = (int)((pairs - kept + j) % Memory);
                WideVectors.Widen<T>(Lbfgs.Pair(tensor, Lbfgs.Y, place), rows.Row(j, length).Slice(start, count));
                WideVectors.Widen<T>(Lbfgs.Pair(tensor, Lbfgs.S, place), rows.Row(kept + j, length).Slice(start, count));
            }

            start += count;
        }

        var size = Quantities.Of<double>(Length, gradient, [], [new(0, length)]);
        if (!double.IsFinite(size))
        {
            return;
        }

        var theta = kept == 0 ? Math.Max(1, size) : Scale(rows, kept, length);
        for (var j = kept; j < 2 * kept; j++)
        {
            WideVectors.Scale(rows.Row(j, length), theta);
        }

        new BoxModel(point, gradient, low, high, theta, rows, kept, scratch).Minimize(x);
        start = 0;
        for (var i = 0; i < all.Count; i++)
        {
            var tensor = all[i];
            for (var j = 0; j < tensor.Update.Length; j++, start++)
            {
                tensor.Update[j] = Towards(
                    tensor.Parameters[j], x[start], tensor.Step.Rate, T.CreateTruncating(low[start]), T.CreateTruncating(high[start]));
            }
        }
    }

    // θ = ⟨y, y⟩/⟨s, y⟩ of the newest pair.
    private static double Scale(MatrixView<double> rows, int kept, int length)
    {
        var (y, s) = (kept - 1, (2 * kept) - 1);
        return WideVectors.Dot(rows.Row(y, length), rows.Row(y, length)) / WideVectors.Dot(rows.Row(s, length), rows.Row(y, length));
    }

    // The update whose whole step ends at x, or as near as p − η u comes without leaving the bounds by a rounding.
    private static T Towards<T>(T p, double x, double rate, T low, T high)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var factor = Math.Max(1, rate);
        var whole = T.CreateTruncating(factor);
        var u = T.CreateTruncating((Reduction.Widen(p) - x) / factor);
        if (!(p >= low && p <= high && T.IsFinite(p) && T.IsFinite(u)))
        {
            return u;
        }

        // A place of p, doubled as long as it does not do.
        var place = (T.BitIncrement(T.Abs(p)) - T.Abs(p)) / whole;
        while (!Ends(p, u, whole, low, high))
        {
            u = T.CopySign(T.Max(T.Abs(u) - place, T.Zero), u);
            place += place;
        }

        return u;
    }

    private static bool Ends<T>(T p, T u, T rate, T low, T high)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (plain, fused) = (p - (rate * u), T.FusedMultiplyAdd(-rate, u, p));
        return plain >= low && plain <= high && fused >= low && fused <= high;
    }

    private static double At(IReadOnlyList<double> bounds, int i) => bounds[bounds.Count == 1 ? 0 : i];
}
