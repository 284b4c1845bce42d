namespace OptCore;

/// <summary>The rules behind <see cref="Optimizer.Warnings"/>. They ask stages for their traits, never for their type.</summary>
internal static class WarningRules
{
    // Rates of dimensionless directions and decays that no published recipe reaches.
    private const double LargestRate = 10;
    private const double LargestDecay = 1;

    public static IEnumerable<Warning> Of(Optimizer optimizer, double? smoothness, long? steps) =>
        Branch.Of(optimizer)
            .SelectMany(branch => Of(branch, smoothness, steps))
            .Concat(ScheduleWarnings.Of(optimizer, steps))
            .Distinct();

    private static IEnumerable<Warning> Of(Branch branch, double? smoothness, long? steps)
    {
        // Before the tensors are known, what two scopes share is known only where one of them is everything, or both are one.
        var flow = branch.Flow;
        return RateAboveLimit(branch, smoothness)
            .Concat(NoRate(branch))
            .Concat(LargeRate(branch))
            .Concat(LargeDecay(branch))
            .Concat(NoUpdate(flow))
            .Concat(Nothing(branch))
            .Concat(TwoMomenta(flow))
            .Concat(TwoDecays(flow))
            .Concat(DecayInsideAdaptive(flow))
            .Concat(DecayBehindOwnRate(flow))
            .Concat(IdleClips(flow))
            .Concat(IgnoredSchedules(branch))
            .Concat(BlindSearch(flow))
            .Concat(ScheduleWarnings.Of(branch, steps));
    }

    // 2/L bounds plain descent with a rate that stays: momentum may go up to 2(1+β)/L, what normalizes, clips or scales an update
    // changes the step, a projection or an average the point; a schedule may bring the rate below.
    private static IEnumerable<Warning> RateAboveLimit(Branch branch, double? smoothness)
    {
        var plain = branch.RateFactors.Count == 0
            && branch.Flow.All(
                one => one.Stage is IGuard or ISizeGuard or IGate || (one.Stage is IDecay && one.Stage.Phase != Phase.Direction));
        if (smoothness is not { } l || !plain || LastFactor(branch) is not { } factor || !(branch.Head.Rate * factor > 2 / l))
        {
            yield break;
        }

        yield return new Warning(
            "rate-above-limit",
            $"the rate {Words.Short(branch.Head.Rate * factor)} is above 2/L = {Words.Short(2 / l)}: gradient descent diverges along the "
            + "steepest direction of a quadratic.");
    }

    /// <summary>What the schedules multiply the rate by in the end; null where that is not one number.</summary>
    private static double? LastFactor(Branch branch)
    {
        var factor = 1.0;
        foreach (var (schedule, scope) in branch.Schedules)
        {
            if (schedule.End is not { } end || !scope.IsEverywhere)
            {
                return null;
            }

            factor *= schedule.At(end);
        }

        return factor;
    }

    private static IEnumerable<Warning> NoRate(Branch branch)
    {
        if (branch.Head.Rate == 0)
        {
            yield return new Warning("rate-zero", "the rate is 0: no step changes the parameters.");
        }
    }

    // A direction that divides by the size of past gradients moves every coordinate by about the rate, whatever the gradient's unit.
    private static IEnumerable<Warning> LargeRate(Branch branch)
    {
        var adaptive = branch.Flow.FirstOrDefault(one => one.Stage.Has(StageTraits.Adaptive));
        var rescaled = branch.Flow.Any(one => one.Stage.Phase == Phase.Update && one.Stage is not IDecay);
        if (adaptive is not null && !rescaled && branch.Head.Rate * ScheduleWarnings.Peak(branch) is var rate && rate >= LargestRate)
        {
            yield return new Warning(
                "rate-large",
                $"the rate reaches {Words.Short(rate)}: {Name(adaptive)} moves every coordinate by about as much per update, "
                + "whatever the size of the gradient.");
        }
    }

    private static IEnumerable<Warning> LargeDecay(Branch branch)
    {
        foreach (var one in branch.Flow.Where(one => one.Stage is IDecay && one.Stage.Phase == Phase.Update && !one.Follows))
        {
            var (decay, peak) = (((IDecay)one.Stage).Lambda, branch.Head.Rate * ScheduleWarnings.Peak(branch));
            if (decay > LargestDecay || peak * decay > 1)
            {
                yield return new Warning(
                    "decay-large",
                    $"{Name(one)} multiplies the parameters by 1 − η_t λ = {Words.Short(1 - (peak * decay))} per update"
                    + (peak * decay > 1 ? ", beyond 0." : "."));
            }
        }
    }

    private static IEnumerable<Warning> NoUpdate(IReadOnlyList<BranchStage> flow) =>
        flow.Where(one => NormBound(one) == 0)
            .Select(one => new Warning("update-zero", $"{Name(one)} makes every update 0; freeze leaves tensors as they are."));

    private static IEnumerable<Warning> Nothing(Branch branch)
    {
        foreach (var pattern in branch.Frozen.Where(NamePattern.IsEverything))
        {
            yield return new Warning("all-frozen", $"freeze \"{pattern}\" leaves no tensor that moves.");
        }

        foreach (var factor in branch.RateFactors.Where(factor => factor.Factor == 0 && NamePattern.IsEverything(factor.Pattern)))
        {
            yield return new Warning("all-frozen", $"rateFor \"{factor.Pattern}\" 0 leaves no tensor that moves.");
        }

        var scoped = branch.Flow.Select(one => (one.Scope, What: Name(one)))
            .Concat(branch.Schedules.Select(placed => (placed.Scope, What: Words.Print(placed.Schedule))));
        foreach (var (scope, what) in scoped.Where(pair => pair.Scope.IsEmpty))
        {
            yield return new Warning("scope-empty", $"no tensor satisfies {scope}: {what} acts on nothing.");
        }
    }

    private static IEnumerable<Warning> TwoMomenta(IReadOnlyList<BranchStage> flow)
    {
        var momenta = flow.Where(one => one.Stage.Has(StageTraits.Momentum)).ToArray();
        for (var i = 1; i < momenta.Length; i++)
        {
            if (Share(momenta[i], momenta[i - 1]))
            {
                yield return new Warning(
                    "two-momenta",
                    $"{Name(momenta[i])} averages what {Name(momenta[i - 1])} has averaged already: the effective delay is the sum of "
                    + "both.");
            }
        }
    }

    private static IEnumerable<Warning> TwoDecays(IReadOnlyList<BranchStage> flow)
    {
        var decays = flow.Where(one => one.Stage is IDecay decay && (decay.Lambda > 0 || one.Follows)).ToArray();
        for (var i = 1; i < decays.Length; i++)
        {
            if (decays.Take(i).FirstOrDefault(one => Share(one, decays[i])) is { } other)
            {
                yield return new Warning("two-decays", $"{Name(decays[i])} draws to 0 what {Name(other)} draws there already: both act.");
            }
        }
    }

    private static IEnumerable<Warning> DecayInsideAdaptive(IReadOnlyList<BranchStage> flow)
    {
        for (var i = 0; i < flow.Count; i++)
        {
            var decay = flow[i];
            var adaptive = decay.Stage.Phase == Phase.Regularization
                ? flow.Skip(i + 1).FirstOrDefault(one => one.Stage.Has(StageTraits.Adaptive) && Share(one, decay))
                : null;
            if (adaptive is not null)
            {
                yield return new Warning(
                    "decay-inside-adaptive",
                    $"{Name(decay)} is divided by the adaptive denominator of {Name(adaptive)}; weightDecay decays all coordinates alike.");
            }
        }
    }

    private static IEnumerable<Warning> DecayBehindOwnRate(IReadOnlyList<BranchStage> flow)
    {
        foreach (var decay in flow.Where(one => one.Stage is IDecay { Lambda: > 0 } && one.Stage.Phase == Phase.Update))
        {
            if (flow.FirstOrDefault(one => one.Stage.Has(StageTraits.OwnRate) && Share(one, decay)) is { } own)
            {
                yield return new Warning(
                    "decay-own-rate",
                    $"{Name(own)} finds its own step length at a rate of about 1: {Name(decay)} takes "
                    + $"{Words.Short(((IDecay)decay.Stage).Lambda)} of the parameters per update; l2 decays through the gradient.");
            }
        }
    }

    private static IEnumerable<Warning> IdleClips(IReadOnlyList<BranchStage> flow)
    {
        BranchStage? tightest = null;
        foreach (var one in flow)
        {
            var bound = NormBound(one);
            if (tightest is not null && double.IsFinite(bound) && bound >= NormBound(tightest)
                && tightest.Scope.Equals(one.Scope) && tightest.Shared == one.Shared)
            {
                yield return new Warning(
                    "clip-never-binds",
                    $"{Name(one)} never binds: {Name(tightest)} has bounded the norm by {Words.Short(NormBound(tightest))} before.");
            }
            else
            {
                // A stage that says no bound may enlarge what was bounded before it.
                tightest = double.IsFinite(bound) ? one : null;
            }
        }
    }

    private static IEnumerable<Warning> IgnoredSchedules(Branch branch)
    {
        var fixedRate = branch.Flow.FirstOrDefault(one => one.Stage.Has(StageTraits.FirstRateOnly));
        if (fixedRate is null)
        {
            yield break;
        }

        var ignored = branch.Schedules.Select(placed => $"the schedule {Words.Print(placed.Schedule)}")
            .Concat(branch.Flow.Where(one => one.Stage.Has(StageTraits.NeedsLoss)).Select(Name));
        foreach (var what in ignored)
        {
            yield return new Warning(
                "schedule-ignored",
                $"{Name(fixedRate)} takes the rate of step 0 as its first step length: {what} changes nothing after it.");
        }
    }

    private static IEnumerable<Warning> BlindSearch(IReadOnlyList<BranchStage> flow) =>
        flow.FirstOrDefault(one => one.Stage is ISearch) is { } search
            ? flow.Where(one => one.Stage.Phase == Phase.Constraint).Select(one => new Warning(
                "search-blind",
                $"{Name(one)} acts behind {Name(search)}, which does not see it: what is found need not hold for the point that is kept."))
            : [];

    // A bound that follows a schedule promises nothing for the whole run.
    private static double NormBound(BranchStage one) =>
        one.Stage is IBounded bounded && !one.Follows ? bounded.NormBound : double.PositiveInfinity;

    private static bool Share(BranchStage one, BranchStage other) =>
        one.Scope.Equals(other.Scope) || one.Scope.IsEverywhere || other.Scope.IsEverywhere;

    private static string Name(BranchStage one) => Words.Print(one.Stage);
}
