using System.Globalization;

namespace OptCore;

/// <summary>The rules behind <see cref="Optimizer.Warnings"/>. They ask stages for their traits, never for their type.</summary>
internal static class WarningRules
{
    public static IEnumerable<Warning> Of(Optimizer optimizer, double? smoothness, long? steps)
    {
        var flow = Flow(optimizer).ToArray();
        return optimizer.Parts.SelectMany(part => Of(part.Optimizer, smoothness, steps))
            .Concat(RateAboveLimit(optimizer, flow, smoothness))
            .Concat(NoRate(optimizer))
            .Concat(TwoMomenta(flow))
            .Concat(DecayInsideAdaptive(flow))
            .Concat(IdleClips(flow))
            .Concat(IgnoredSchedules(optimizer, flow))
            .Concat(EndBeforeRun(optimizer, steps))
            .Distinct();
    }

    private static IEnumerable<ScopedStage> Flow(Optimizer optimizer) =>
        (optimizer.FlowStages ?? []).Select(stage => new ScopedStage(stage, Scope.Everywhere)).Concat(optimizer.Stages);

    // 2/L bounds plain descent only: momentum may go up to 2(1+β)/L, dimensionless directions have no such limit.
    private static IEnumerable<Warning> RateAboveLimit(Optimizer optimizer, ScopedStage[] flow, double? smoothness)
    {
        var plain = optimizer.Parts.Count == 0 && flow.All(placed => placed.Stage.Phase != Phase.Direction);
        if (smoothness is { } l && plain && optimizer.Rate > 2 / l)
        {
            yield return new Warning(
                "rate-above-limit",
                $"the rate {Text(optimizer.Rate)} is above 2/L = {Text(2 / l)}: gradient descent diverges along the steepest direction of a quadratic.");
        }
    }

    private static IEnumerable<Warning> NoRate(Optimizer optimizer)
    {
        if (optimizer.Rate == 0)
        {
            yield return new Warning("rate-zero", "the rate is 0: no step changes the parameters.");
        }
    }

    private static IEnumerable<Warning> TwoMomenta(ScopedStage[] flow)
    {
        var momenta = flow.Where(placed => placed.Stage.Has(StageTraits.Momentum)).ToArray();
        for (var i = 1; i < momenta.Length; i++)
        {
            // Two scopes may be disjoint; only a plan knows.
            if (momenta[i].Scope.Equals(momenta[i - 1].Scope) || momenta[i].Scope.IsEverywhere || momenta[i - 1].Scope.IsEverywhere)
            {
                yield return new Warning(
                    "two-momenta",
                    $"{Name(momenta[i])} averages what {Name(momenta[i - 1])} has averaged already: the effective delay is the sum of both.");
            }
        }
    }

    private static IEnumerable<Warning> DecayInsideAdaptive(ScopedStage[] flow)
    {
        var decay = flow.FirstOrDefault(placed => placed.Stage.Phase == Phase.Regularization);
        var adaptive = flow.FirstOrDefault(placed => placed.Stage.Has(StageTraits.Adaptive));
        if (decay is not null && adaptive is not null)
        {
            yield return new Warning(
                "decay-inside-adaptive",
                $"{Name(decay)} is divided by the adaptive denominator of {Name(adaptive)}; weightDecay decays all coordinates alike.");
        }
    }

    private static IEnumerable<Warning> IdleClips(ScopedStage[] flow)
    {
        ScopedStage? tightest = null;
        foreach (var placed in flow)
        {
            var bound = NormBound(placed);
            if (tightest is not null && tightest.Scope.Equals(placed.Scope) && double.IsFinite(bound) && bound >= NormBound(tightest))
            {
                yield return new Warning(
                    "clip-never-binds",
                    $"{Name(placed)} never binds: {Name(tightest)} has bounded the norm by {Text(NormBound(tightest))} before.");
            }
            else
            {
                // A stage that says no bound may enlarge what was bounded before it.
                tightest = double.IsFinite(bound) ? placed : null;
            }
        }
    }

    private static IEnumerable<Warning> IgnoredSchedules(Optimizer optimizer, ScopedStage[] flow)
    {
        var fixedRate = flow.FirstOrDefault(placed => placed.Stage.Has(StageTraits.FirstRateOnly));
        if (fixedRate is not null && optimizer.Schedules.Count > 0)
        {
            yield return new Warning(
                "schedule-ignored",
                $"{Name(fixedRate)} takes the rate of step 0 as its first step length: the schedule {Words.Print(optimizer.Schedules[0].Schedule)} changes nothing after it.");
        }
    }

    private static IEnumerable<Warning> EndBeforeRun(Optimizer optimizer, long? steps)
    {
        if (steps is not { } run)
        {
            yield break;
        }

        foreach (var schedule in optimizer.Schedules.Select(placed => placed.Schedule))
        {
            // A schedule that ends at a positive value on purpose (a warm-up) is no reason to worry.
            if (schedule.End is { } end && end < run && schedule.At(end) < schedule.At(0))
            {
                yield return new Warning(
                    "schedule-ends-early",
                    $"the schedule {Words.Print(schedule)} stays at {Text(schedule.At(end))} from step {end} on; the run takes {run} steps.");
            }
        }
    }

    private static double NormBound(ScopedStage placed) => placed.Stage is IBounded bounded ? bounded.NormBound : double.PositiveInfinity;

    private static string Name(ScopedStage placed) => Words.Print(placed.Stage);

    private static string Text(double value) => value.ToString("G6", CultureInfo.InvariantCulture);
}
