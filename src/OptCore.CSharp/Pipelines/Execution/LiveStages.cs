namespace OptCore;

/// <summary>
/// The stages of one engine whose hyper-parameters follow schedules: copies that nobody else sees, set before every step through
/// their own setters, which check the range. Rules and actions read the stage whenever they run.
/// </summary>
internal sealed class LiveStages
{
    // By name: where some tensors have no gradient, the stages act on others, but are the same.
    private readonly Dictionary<string, LiveStage> _stages;
    private readonly LiveStage[] _all;

    private LiveStages(ResolvedOptimizer model)
    {
        _stages = model.Stages.Where(site => site.Values.Count > 0).ToDictionary(
            site => site.Prefix, site => new LiveStage(site, model));
        _all = [.. _stages.Values];
    }

    /// <summary>The live stages of a plan; null where no hyper-parameter follows a schedule.</summary>
    public static LiveStages? Of(ResolvedOptimizer model) =>
        model.FollowsSchedules ? new LiveStages(model) : null;

    /// <summary>The live stage of a site, if it has one.</summary>
    public LiveStage? Of(ResolvedStage site) => _stages.GetValueOrDefault(site.Prefix);

    /// <summary>Gives all their values of update t.</summary>
    /// <exception cref="ArgumentException">A value is outside its range.</exception>
    public void Set(long step)
    {
        foreach (var stage in _all)
        {
            stage.Set(step);
        }
    }
}

/// <summary>One stage whose hyper-parameters follow schedules.</summary>
internal sealed class LiveStage
{
    private readonly (ScheduledValue Value, Action<double> Set)[] _values;
    private readonly long _elements;

    public LiveStage(ResolvedStage site, ResolvedOptimizer model)
    {
        Stage = Copies.Of(site.Stage);
        _elements = Kernels.ElementRange.Total(model.Ranges(site.Tensors));
        _values = [.. site.Values.Select(value => (value, Setter(value)))];
    }

    /// <summary>The copy, with the values of the update that <see cref="Set"/> was told last.</summary>
    public IStage Stage { get; }

    /// <summary>
    /// Whether a value differs from that of the update before. Where none does, powers of decays go on as running products, so that a
    /// schedule that stays has the bits of the number that it stays at; what they are is a function of t alone.
    /// </summary>
    public bool Changes { get; private set; }

    public void Set(long step)
    {
        Changes = false;
        foreach (var (value, set) in _values)
        {
            var now = value.Schedule.At(step);
            Changes |= step > 0 && !now.Equals(value.Schedule.At(step - 1));
            try
            {
                set(now);
            }
            catch (ArgumentException refusal)
            {
                throw ScheduledValues.OutOfRange(value, step, refusal);
            }
        }

        if (Stage is IPlanCheck check)
        {
            CheckTogether(check, step);
        }
    }

    private void CheckTogether(IPlanCheck check, long step)
    {
        try
        {
            check.CheckPlan(_elements);
        }
        catch (ArgumentException refusal)
        {
            throw new ArgumentException(
                FormattableString.Invariant(
                    $"The values of {Words.Print(Stage)} do not go together at t = {step}: {refusal.Message}"),
                refusal);
        }
    }

    private Action<double> Setter(ScheduledValue value) =>
        ScheduledValues.PropertyOf(Stage, value).Property!.SetMethod!.CreateDelegate<Action<double>>(Stage);
}
