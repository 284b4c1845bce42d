using System.Numerics;
using System.Runtime.CompilerServices;

namespace OptCore;

/// <summary>
/// Projects the parameters onto a box with bounds by coordinate after every step: <c>p_i = max(lo_i, min(hi_i, p_i))</c>.
/// </summary>
/// <remarks>
/// As <c>within</c>, but every parameter in scope, in the order of the layout, has bounds of its own; a list of one number stands for all.
/// Inside the box the exact identity. The bounds are rounded to the number type of the parameters. ±∞ lands on a bound, NaN stays NaN (see
/// <c>skipNonFinite</c>). A barrier. A plan in whose scope there are more or fewer parameters than bounds is an
/// <see cref="ArgumentException"/>.
/// <para>Equals Optax <c>projection_box</c> with arrays, applied behind the step.</para>
/// </remarks>
/// <example><c>sgd 0.1 |> withinEach [0.0; -1.0] [1.0; infinity]</c></example>
[Word("withinEach")]
public sealed record Bounds : IFusedStage, IPlanCheck
{
    /// <summary>A box.</summary>
    /// <param name="low">lo, the smallest values: −∞ allowed, lo_i ≤ hi_i.</param>
    /// <param name="high">hi, the largest values: +∞ allowed.</param>
    /// <exception cref="ArgumentException">A list is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A bound is NaN, +∞ below or −∞ above.</exception>
    public Bounds(IEnumerable<double> low, IEnumerable<double> high) => (Low, High) = ([.. low], [.. high]);

    /// <summary>lo, the smallest values: −∞ allowed; compared with hi when a plan is made.</summary>
    public IReadOnlyList<double> Low
    {
        get;
        init => field = Lower(value, nameof(Low));
    }

    /// <summary>hi, the largest values: +∞ allowed.</summary>
    public IReadOnlyList<double> High
    {
        get;
        init => field = Upper(value, nameof(High));
    }

    Phase IStage.Phase => Phase.Constraint;
    string IStage.Equation => "p_i = max(lo_i, min(hi_i, p_i))";
    StageTraits IStage.Traits => StageTraits.Limits;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">Another number of bounds than parameters.</exception>
    /// <exception cref="ArgumentOutOfRangeException">lo_i > hi_i.</exception>
    public void CheckPlan(long elements) => Check(Low, High, elements, nameof(Bounds));

    /// <summary>Equal bounds in the same order.</summary>
    /// <param name="other">The other stage.</param>
    /// <returns>True for equal lists.</returns>
    public bool Equals(Bounds? other) => other is not null && Low.SequenceEqual(other.Low) && High.SequenceEqual(other.High);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(NumberList.Hash(Low), NumberList.Hash(High));

    /// <summary>Lower bounds as a stage keeps them.</summary>
    internal static IReadOnlyList<double> Lower(IEnumerable<double> values, string name) =>
        NumberList.Checked(values, name, (bound, name) =>
            bound < double.PositiveInfinity ? bound : throw Require.Outside(name, bound, "value < infinity (-infinity allowed)"));

    /// <summary>Upper bounds as a stage keeps them.</summary>
    internal static IReadOnlyList<double> Upper(IEnumerable<double> values, string name) =>
        NumberList.Checked(values, name, (bound, name) =>
            bound > double.NegativeInfinity ? bound : throw Require.Outside(name, bound, "value > -infinity (infinity allowed)"));

    /// <summary>Checks bounds against the number of parameters, and against each other.</summary>
    /// <exception cref="ArgumentException">Another number of bounds than parameters.</exception>
    /// <exception cref="ArgumentOutOfRangeException">lo_i > hi_i.</exception>
    internal static void Check(IReadOnlyList<double> low, IReadOnlyList<double> high, long elements, string stage)
    {
        NumberList.CheckLength(low, elements, stage, nameof(Low));
        NumberList.CheckLength(high, elements, stage, nameof(High));
        for (var i = 0; i < Math.Max(low.Count, high.Count); i++)
        {
            if (At(low, i) > At(high, i))
            {
                throw Require.Outside(nameof(High), At(high, i), FormattableString.Invariant($"at least Low = {At(low, i)}, at {i}"));
            }
        }
    }

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder)
    {
        var (low, high) = (Round<T>(Low), Round<T>(High));
        builder.Vector(Measured.Parameters, (parameters, _) => Project(parameters, low, high));
    }

    private static double At(IReadOnlyList<double> bounds, int i) => bounds[bounds.Count == 1 ? 0 : i];

    private static T[] Round<T>(IReadOnlyList<double> bounds)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => [.. bounds.Select(T.CreateTruncating)];

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Project<T>(Span<T> p, T[] low, T[] high)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < p.Length; i++)
        {
            p[i] = T.Max(low[low.Length == 1 ? 0 : i], T.Min(high[high.Length == 1 ? 0 : i], p[i]));
        }
    }
}
