namespace OptCore;

/// <summary>
/// Projects the parameters onto the halfspace {⟨a, p⟩ ≤ b} after every step: <c>p = p − max(0, ⟨a, p⟩ − b)/‖a‖² a</c>, over all
/// tensors in scope as one vector.
/// </summary>
/// <remarks>
/// a has a number for every parameter in scope, in the order of the layout; a list of one number stands for all.
/// Inside the exact identity. Where ⟨a, p⟩ is not finite p stays as it is (see <c>skipNonFinite</c>).
/// A barrier. Frozen tensors do not count.
/// A plan in whose scope there are more or fewer parameters than a has numbers is an <see cref="ArgumentException"/>.
/// <para>Equals Optax <c>projection_halfspace</c>, applied behind the step.</para>
/// </remarks>
/// <example><c>sgd 0.1 |> halfspace [1.0; 2.0] 0.5</c></example>
[Word("halfspace")]
public sealed record Halfspace : IFusedStage, IPlanCheck
{
    /// <summary>A halfspace.</summary>
    /// <param name="normal">a, its normal: finite, not 0.</param>
    /// <param name="offset">b: finite.</param>
    /// <exception cref="ArgumentException">a is empty or 0.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is not finite.</exception>
    public Halfspace(IEnumerable<double> normal, double offset) => (Normal, Offset) = ([.. normal], offset);

    /// <summary>a, the normal: finite, not 0.</summary>
    public IReadOnlyList<double> Normal
    {
        get;
        init => field = LinearForm.NotZero(NumberList.Checked(value, nameof(Normal), Require.Finite), nameof(Normal));
    }

    /// <summary>b: finite.</summary>
    public double Offset { get; init => field = Require.Finite(value, nameof(Offset)); }

    Phase IStage.Phase => Phase.Constraint;
    string IStage.Equation => "p = p − max(0, ⟨a, p⟩ − b)/‖a‖² a";
    StageTraits IStage.Traits => StageTraits.Limits;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">Another number of numbers than parameters.</exception>
    public void CheckPlan(long elements) => NumberList.CheckLength(Normal, elements, nameof(Halfspace), nameof(Normal));

    /// <summary>Equal numbers in the same order.</summary>
    /// <param name="other">The other stage.</param>
    /// <returns>True for equal normals and offsets.</returns>
    public bool Equals(Halfspace? other) => other is not null && Normal.SequenceEqual(other.Normal) && Offset.Equals(other.Offset);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(NumberList.Hash(Normal), Offset);

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder)
    {
        var form = new LinearForm(Normal);
        builder.Vector(Measured.Parameters, (parameters, _) => form.Project(parameters, Offset, below: false));
    }
}
