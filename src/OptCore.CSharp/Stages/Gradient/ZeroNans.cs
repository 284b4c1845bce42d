using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Puts 0 in the place of every NaN of the gradient, with Infinities of ±∞ as well: <c>u = 0 where u is NaN</c>.
/// </summary>
/// <remarks>
/// All other coordinates pass bit for bit. The slot <c>count</c> holds the elements replaced so far, those of micro-gradients
/// included. Unlike <c>skipNonFinite</c> it takes the step, with the coordinates that are left; a NaN that a stage before it has
/// spread (a norm) is everywhere by then.
/// <para>Equals Optax <c>zero_nans</c>, which keeps a flag per tensor instead of a count.</para>
/// </remarks>
/// <example><c>adam 0.001 |> zeroNans</c>, <c>adam 0.001 |> zeroNansWith (ZeroNans(Infinities = true))</c></example>
[Word("zeroNans")]
public sealed record ZeroNans : IFusedStage
{
    /// <summary>Whether ±∞ is replaced, too.</summary>
    public bool Infinities { get; init; }

    Phase IStage.Phase => Phase.Gradient;
    string IStage.Equation => $"u = 0 where u is {(Infinities ? "not finite" : "NaN")}; count = count + number of those";
    StageTraits IStage.Traits => StageTraits.Linear | StageTraits.RestsAtZero;
    IReadOnlyList<SlotSpec> IStage.Slots => [SlotSpec.Count("count")];

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder)
    {
        var count = builder.Count("count");
        var found = builder.Measure(Quantity.Unusable(Measured.Update, Infinities));
        builder.Then(step => step[count] += (long)step[found]);
        builder.Apply(new Rule<V, T>(this));
    }

    private struct Rule<V, T>(ZeroNans stage) : IRule0<V, T>, IPlainRule
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        private V _all, _limit;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step)
        {
            // What is equal to ∞ is let pass, or not.
            _all = V.First(stage.Infinities ? 0 : V.Count);
            _limit = V.Broadcast(double.PositiveInfinity);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p)
        {
            var usable = V.Select(_all, V.Equal(u, u), V.Less(V.Abs(u), _limit));
            u = V.Select(usable, u, V.Zero);
        }
    }
}
