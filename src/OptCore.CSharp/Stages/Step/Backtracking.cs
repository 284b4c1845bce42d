namespace OptCore;

/// <summary>
/// Armijo's line search along the step w = η_t u that the pipeline would take: <c>p = p − a w</c> with a the first of
/// a₀, a₀·Decrease, a₀·Decrease², … at which the objective has fallen enough.
/// <code>
/// f(p − a w) ≤ f(p) − C1·a⟨∇f, w⟩;  a₀ = min(Increase·a_prev, Maximum),  a_prev = 1 at first
/// </code>
/// </summary>
/// <remarks>
/// Needs <c>Step(state, objective)</c>; <c>minimize</c> does it. Any direction may stand before it, the rate gives the unit of a. Where
/// ⟨∇f, w⟩ ≤ 0, or no trial has fallen enough, p stays, the step says <see cref="StepOutcome.LineSearchFailed"/>, and so does
/// <c>minimize</c>; the state of the other stages goes on, a_prev stays. Constraints act on what it has chosen: it does not see them.
/// With a probe, <c>accumulate</c>, noise, stages that skip gradients or a stochastic objective it is refused.
/// Slot: <c>previous</c> (a_prev).
/// <para>Source: Armijo 1966. Equals Optax <c>scale_by_backtracking_linesearch(MaximumEvaluations − 1, slope_rtol=C1,
/// decrease_factor, increase_factor, max_learning_rate)</c> behind <c>scale(−η)</c>. Differs: on failure it takes its last trial.</para>
/// </remarks>
/// <example><c>sgd 1.0 |> backtracking</c>, <c>lbfgs 10 1.0 |> backtrackingWith (Backtracking(Decrease = 0.5))</c></example>
[Word("backtracking")]
public sealed record Backtracking : ISearch
{
    private const string Previous = "previous";

    /// <summary>C1, the part of the slope's promise that has to be kept: 0 ≤ C1 &lt; 1.</summary>
    public double C1 { get; init => field = Require.Decay(value, nameof(C1)); } = 1e-4;

    /// <summary>The factor of a from trial to trial: 0 &lt; Decrease &lt; 1.</summary>
    public double Decrease { get; init => field = Require.Inside(value, 0, 1, nameof(Decrease)); } = 0.8;

    /// <summary>How much longer than the last step the first trial may be: ≥ 1.</summary>
    public double Increase { get; init => field = Require.AtLeast(value, 1, nameof(Increase)); } = 1.5;

    /// <summary>The largest a: > 0, infinity allowed.</summary>
    public double Maximum { get; init => field = Require.Threshold(value, nameof(Maximum)); } = 1;

    /// <summary>The largest number of trials in one step: ≥ 1.</summary>
    public int MaximumEvaluations { get; init => field = Require.Count(value, nameof(MaximumEvaluations)); } = 60;

    Phase IStage.Phase => Phase.Step;

    string IStage.Equation =>
        "a = a₀, a₀·decrease, … until f(p − a w) ≤ f(p) − c₁ a ⟨∇f, w⟩, w = η_t u; p = p − a w; a₀ = min(increase·a, maximum)";

    StageTraits IStage.Traits => StageTraits.Single;

    IReadOnlyList<SlotSpec> IStage.Slots => [SlotSpec.Scalar(Previous, 1)];

    double ISearch.Choose(SearchStep search)
    {
        var (start, a) = (search.Start, Math.Min(Increase * search[Previous], Math.Min(Maximum, search.Furthest)));
        while (search.Evaluations < MaximumEvaluations)
        {
            var trial = search.Evaluate(a);
            if (trial.Value <= start.Value + (C1 * a * start.Slope))
            {
                search[Previous] = a;
                return a;
            }

            a *= Decrease;
        }

        return 0;
    }
}
