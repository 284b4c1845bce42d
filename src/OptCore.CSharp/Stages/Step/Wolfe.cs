namespace OptCore;

/// <summary>
/// A line search along the step w = η_t u that the pipeline would take: <c>p = p − a w</c> with an a that meets the strong Wolfe
/// conditions, found by bracketing and cubic interpolation. With φ(a) = f(p − a w):
/// <code>
/// φ(a) ≤ φ(0) + C1·a·φ'(0),  |φ'(a)| ≤ −C2·φ'(0);  Weak: φ'(a) ≥ C2·φ'(0) in place of the second
/// </code>
/// </summary>
/// <remarks>
/// The first trial is a = 1, behind <c>lbfgsb</c> the last one that may be: where the function still falls there it is taken. Needs
/// <c>Step(state, objective)</c>; <c>minimize</c> does it. Where ⟨∇f, w⟩ ≤ 0, or nothing better than p is found, p stays, the step says
/// <see cref="StepOutcome.LineSearchFailed"/>, and so does <c>minimize</c>; the state of the other stages goes on. Where the trials run
/// out, or the bracket is shorter than 1e-9 in every coordinate, the best point that meets the first condition is taken. The weak
/// conditions let a step overshoot the minimum along w as far as the first one allows; they are enough for pairs ⟨s, y⟩ > 0. A value that
/// is not finite counts as +∞. Constraints act on what it has chosen: it does not see them. With a probe, <c>accumulate</c>, noise,
/// stages that skip gradients or a stochastic objective it is refused. Keeps no state.
/// <para>Source: Nocedal &amp; Wright 2006, algorithms 3.5 and 3.6, equations 3.6, 3.7 and 3.59. Equals PyTorch's <c>strong_wolfe</c> of
/// <c>LBFGS</c>. Differs: that one spares the second trial the test against the first, as it does the first, and keeps the lower of
/// two trials that bracket, whether or not it meets the first condition.</para>
/// </remarks>
/// <example><c>lbfgs 10 1.0 |> wolfe</c>, <c>conjugateGradient 0.01 |> wolfeWith (Wolfe(C2 = 0.1))</c></example>
[Word("wolfe")]
public sealed record Wolfe : ISearch, IPlanCheck
{
    private const double ShortestBracket = 1e-9;
    private const double NearEnd = 0.1;

    /// <summary>C1, the part of the slope's promise that has to be kept: 0 ≤ C1 &lt; C2.</summary>
    public double C1 { get; init => field = Require.Decay(value, nameof(C1)); } = 1e-4;

    /// <summary>C2, the part of the slope that may be left: C1 &lt; C2 &lt; 1.</summary>
    public double C2 { get; init => field = Require.Decay(value, nameof(C2)); } = 0.9;

    /// <summary>The largest number of trials in one step: ≥ 1.</summary>
    public int MaximumEvaluations { get; init => field = Require.Count(value, nameof(MaximumEvaluations)); } = 25;

    /// <summary>Whether the weak condition on the slope is enough, φ'(a) ≥ C2·φ'(0): a step past the minimum along w is taken as well.
    /// Default false.</summary>
    public bool Weak { get; init; }

    Phase IStage.Phase => Phase.Step;

    string IStage.Equation =>
        $"p = p − a w, w = η_t u, φ(a) = f(p − a w): φ(a) ≤ φ(0) + c₁ a φ'(0), {(Weak ? "φ'(a) ≥ c₂ φ'(0)" : "|φ'(a)| ≤ −c₂ φ'(0)")}";

    StageTraits IStage.Traits => StageTraits.Single;

    void IPlanCheck.CheckPlan(long elements)
    {
        if (!(C1 < C2))
        {
            throw Require.Outside(nameof(C1), C1, FormattableString.Invariant($"0 ≤ value < C2 = {C2}"));
        }
    }

    double ISearch.Choose(SearchStep search)
    {
        var (before, now) = (search.Start, search.Evaluate(Math.Min(1, search.Furthest)));
        while (true)
        {
            if (IsTooHigh(search, now) || (now.Value >= before.Value && search.Evaluations > 1))
            {
                return Zoom(search, before, now);
            }

            if (IsFlat(search, now))
            {
                return now.At;
            }

            if (now.Slope >= 0)
            {
                return Zoom(search, now, before);
            }

            if (search.Evaluations >= MaximumEvaluations || now.At >= search.Furthest)
            {
                return now.At;
            }

            var high = Math.Min(10 * now.At, search.Furthest);
            var low = Math.Min(now.At + (0.01 * (now.At - before.At)), high);
            (before, now) = (now, search.Evaluate(Minimizer(before, now, low, high)));
        }
    }

    // Between lo, the best trial that meets the first condition, and hi there is one that meets both.
    private double Zoom(SearchStep search, SearchTrial lo, SearchTrial hi)
    {
        var nearEnd = false;
        while (search.Evaluations < MaximumEvaluations && Math.Abs(hi.At - lo.At) * search.Largest >= ShortestBracket)
        {
            var now = search.Evaluate(Trial(lo, hi, ref nearEnd));
            if (IsTooHigh(search, now) || now.Value >= lo.Value)
            {
                hi = now;
                continue;
            }

            if (IsFlat(search, now))
            {
                return now.At;
            }

            (lo, hi) = (now, now.Slope * (hi.At - lo.At) >= 0 ? lo : hi);
        }

        return lo.At;
    }

    // Near an end the bracket hardly shrinks: that is let pass once.
    private static double Trial(SearchTrial lo, SearchTrial hi, ref bool nearEnd)
    {
        var (low, high) = (Math.Min(lo.At, hi.At), Math.Max(lo.At, hi.At));
        var a = Minimizer(lo, hi, low, high);
        var margin = NearEnd * (high - low);
        if (Math.Min(high - a, a - low) >= margin)
        {
            nearEnd = false;
            return a;
        }

        if (nearEnd || a >= high || a <= low)
        {
            nearEnd = false;
            return high - a < a - low ? high - margin : low + margin;
        }

        nearEnd = true;
        return a;
    }

    /// <summary>The minimizer of the cubic through two trials, confined; the middle where there is none.</summary>
    private static double Minimizer(SearchTrial one, SearchTrial other, double low, double high)
    {
        var (a, b) = one.At <= other.At ? (one, other) : (other, one);
        var d = a.Slope + b.Slope - (3 * (a.Value - b.Value) / (a.At - b.At));
        var square = (d * d) - (a.Slope * b.Slope);
        var e = Math.Sqrt(square);
        var at = b.At - ((b.At - a.At) * ((b.Slope + e - d) / (b.Slope - a.Slope + (2 * e))));
        return double.IsFinite(square) && square >= 0 && !double.IsNaN(at) ? Math.Clamp(at, low, high) : (low + high) / 2;
    }

    private bool IsTooHigh(SearchStep search, SearchTrial trial) =>
        trial.Value > search.Start.Value + (C1 * trial.At * search.Start.Slope);

    private bool IsFlat(SearchStep search, SearchTrial trial) => (Weak ? -trial.Slope : Math.Abs(trial.Slope)) <= -C2 * search.Start.Slope;
}
