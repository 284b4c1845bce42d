namespace OptCore;

/// <summary>
/// A first-order optimizer as data: a learning rate, stages in the order of their phases, schedules, scopes. It knows
/// neither dimensions nor number types. Immutable; compared by content; <see cref="ToString"/> is the F# code that builds
/// it and <see cref="Parse(string, IFormatProvider?)"/> reads that code back.
/// </summary>
/// <remarks>
/// Words of different phases commute: <c>sgd 0.1 |> momentum 0.9 |> clip 1.0</c> and <c>sgd 0.1 |> clip 1.0 |> momentum 0.9</c>
/// are equal values. Within one phase stages keep the order of their declaration.
/// <para>Every method returns a new optimizer; this one is unchanged. A learning rate is ≥ 0 and finite. An argument outside the
/// range that its documentation gives is an <see cref="ArgumentOutOfRangeException"/>, a stage that does not go with those
/// already there an <see cref="ArgumentException"/>.</para>
/// </remarks>
/// <example><code>Optimizer.Sgd(0.1).Momentum(0.9).Clip(1.0).Cosine(100)</code></example>
public sealed partial class Optimizer : IEquatable<Optimizer>
{
    // As they were added, and made lists of when they are asked for: a pipeline of many words is not copied at every word.
    private readonly Added<ScopedStage>? _stages;
    private readonly Added<ScopedSchedule>? _schedules;
    private readonly Added<ScheduledValue>? _values;
    private ScopedStage[]? _stageList;
    private ScopedSchedule[]? _scheduleList;
    private ScheduledValue[]? _valueList;
    private readonly RateFactor[] _rateFactors = [];
    private readonly string[] _frozen = [];
    private readonly OptimizerPart[] _parts = [];
    private readonly IStage[]? _flow;
    private readonly Composition _composition = Composition.Empty;

    // Inside `only`, `except`, `onlyWhen` and `zeroUnless` the words are applied to an empty optimizer, which may gain stages and
    // schedules alone.
    private readonly bool _scoped;

    private Optimizer(double rate) => Rate = rate;

    private Optimizer(
        Optimizer from,
        Added<ScopedStage>? stages = null,
        Added<ScopedSchedule>? schedules = null,
        Added<ScheduledValue>? values = null,
        RateFactor[]? rateFactors = null,
        string[]? frozen = null,
        Composition? composition = null)
    {
        Rate = from.Rate;
        _scoped = from._scoped;
        _flow = from._flow;
        _parts = from._parts;
        _composition = composition ?? from._composition;
        _stages = stages ?? from._stages;
        _schedules = schedules ?? from._schedules;
        _values = values ?? from._values;
        _rateFactors = rateFactors ?? from._rateFactors;
        _frozen = frozen ?? from._frozen;
    }

    private Optimizer(double rate, IStage[] flow)
        : this(rate) => (_flow, _composition) = (flow, Composition.OfFlow(flow));

    private Optimizer(OptimizerPart[] parts)
        : this(1.0) => (_parts, _composition) = (parts, Composition.OfParts(parts));

    private Optimizer(double rate, bool scoped)
        : this(rate) => _scoped = scoped;

    /// <summary>The learning rate lr; 1 for a partition, whose parts have their own.</summary>
    public double Rate { get; }

    /// <summary>The stages added to the head, each with its scope, in the order in which they run.</summary>
    public IReadOnlyList<ScopedStage> Stages => _stageList ??= PhaseOrder.Sorted(Added<ScopedStage>.ToArray(_stages));

    /// <summary>The schedules, in the order of their declaration; all multiply the rate.</summary>
    public IReadOnlyList<ScopedSchedule> Schedules => _scheduleList ??= Added<ScopedSchedule>.ToArray(_schedules);

    /// <summary>The hyper-parameters that follow schedules, in the order of their declaration.</summary>
    public IReadOnlyList<ScheduledValue> ScheduledValues => _valueList ??= Added<ScheduledValue>.ToArray(_values);

    /// <summary>The factors of the rate by tensor name, in the order of their declaration.</summary>
    public IReadOnlyList<RateFactor> RateFactors => _rateFactors;

    /// <summary>The patterns of the tensors that stay bit-unchanged, in the order of their declaration.</summary>
    public IReadOnlyList<string> Frozen => _frozen;

    /// <summary>The parts of a partition, in the order in which they match; empty for any other head.</summary>
    public IReadOnlyList<OptimizerPart> Parts => _parts;

    /// <summary>The stages of an explicit chain, which run exactly in this order before the step; null for any other head.</summary>
    public IReadOnlyList<IStage>? FlowStages => _flow;

    /// <summary>Plain gradient descent: <c>u = g</c>, so that <c>p ← p − lr·g</c>.</summary>
    /// <param name="rate">The learning rate.</param>
    /// <remarks>Equals PyTorch <c>SGD</c>, Optax <c>sgd</c>.</remarks>
    /// <example><c>sgd 0.1</c></example>
    [Word("sgd")]
    public static Optimizer Sgd(double rate) => new(Require.NonNegative(rate, nameof(rate)));

    /// <summary>
    /// The explicit chain: the listed stages run in the listed order before the step, whatever their phases.
    /// Probes, constraints, iterates, schedules and rates by name may be added; other stages may not.
    /// </summary>
    /// <param name="stages">The stages, of the phases Gradient, Regularization, Direction and Update.</param>
    /// <param name="rate">The learning rate.</param>
    /// <exception cref="ArgumentException">A stage of another phase is listed, or one kind twice that may stand once.</exception>
    /// <example><c>flow [Momentum 0.9; ClipGlobalNorm 1.0] 0.1</c></example>
    [Word("flow")]
    public static Optimizer Flow(IEnumerable<IStage> stages, double rate)
    {
        var list = Require.NotNull(stages).ToArray();
        foreach (var stage in list)
        {
            if (Require.NotNull(stage).Phase is < Phase.Gradient or > Phase.Update)
            {
                throw new ArgumentException(
                    $"flow lists {Describe(stage)} of phase {stage.Phase}; it takes stages of the phases Gradient, Regularization, "
                    + "Direction and Update. Add the others after it.",
                    nameof(stages));
            }
        }

        return new Optimizer(Require.NonNegative(rate, nameof(rate)), list);
    }

    /// <summary>
    /// Different optimizers for different tensors: each tensor goes to the first part whose pattern matches its name, and
    /// every tensor must match. Words added afterwards act on all tensors.
    /// </summary>
    /// <param name="parts">The patterns and their optimizers, in the order in which they match.</param>
    /// <exception cref="ArgumentException">No part, or one pattern twice; when the plan is made, a tensor that is left over.</exception>
    /// <example><c>partition ["*.bias", sgd 0.1; "*", adam 0.001]</c></example>
    [Word("partition")]
    public static Optimizer Partition(IEnumerable<(string Pattern, Optimizer Optimizer)> parts)
    {
        var list = Require.NotNull(parts)
            .Select(part => new OptimizerPart(NamePattern.Require(part.Pattern), Require.NotNull(part.Optimizer)))
            .ToArray();
        if (list.Length == 0)
        {
            throw new ArgumentException("partition has no part; expected at least one (pattern, optimizer).", nameof(parts));
        }

        var twice = list.GroupBy(part => part.Pattern).FirstOrDefault(group => group.Count() > 1);
        if (twice is not null)
        {
            throw new ArgumentException($"partition lists the pattern \"{twice.Key}\" twice; the second would never match.", nameof(parts));
        }

        return new Optimizer(list);
    }

    /// <summary>Any direction as a head: the general form of the methods that are called as the directions are.</summary>
    /// <param name="direction">A stage of the phase Direction, the library's or one's own.</param>
    /// <param name="rate">The learning rate.</param>
    /// <exception cref="ArgumentException">The stage is of another phase.</exception>
    /// <example><code>Optimizer.Head(new Lion { Beta2 = 0.98 }, 1e-4)</code></example>
    public static Optimizer Head(IStage direction, double rate) =>
        Require.NotNull(direction).Phase == Phase.Direction
            ? Sgd(rate).With(direction)
            : throw new ArgumentException(
                $"{Describe(direction)} is of phase {direction.Phase}; a head is a stage of phase Direction. Add others with With.",
                nameof(direction));

    /// <summary>Adds any stage, the library's or one's own; its phase decides where it runs.</summary>
    /// <param name="stage">The stage.</param>
    /// <exception cref="ArgumentException">The stage does not go with those already there.</exception>
    /// <example><c>sgd 0.1 |> stage (Adam())</c></example>
    [Word("stage")]
    public Optimizer With(IStage stage) => With(new ScopedStage(Require.NotNull(stage), Scope.Everywhere));

    /// <summary>Adds a schedule: one more factor of the rate.</summary>
    /// <param name="schedule">The schedule.</param>
    public Optimizer With(ISchedule schedule) =>
        new(this, schedules: new(_schedules, new ScopedSchedule(Require.NotNull(schedule), Scope.Everywhere)));

    /// <summary>Multiplies the rate by any schedule: one more factor s(t).</summary>
    /// <param name="schedule">The schedule.</param>
    /// <example><c>sgd 0.1 |> schedule (Schedule.cosine 90 |> Schedule.delay 10)</c></example>
    [Word("schedule")]
    public Optimizer Schedule(ISchedule schedule) => With(schedule);

    /// <summary>
    /// Lets a hyper-parameter follow a schedule: in update t the property has the value s(t) (it is no factor), in every formula of its
    /// stage, in <c>1−β^k</c> too.
    /// </summary>
    /// <param name="name">The record and the property, <c>"Momentum.Beta"</c>; <c>"Momentum#2.Beta"</c> for the second of a kind. Inside
    /// a scope it names a stage of that scope.</param>
    /// <param name="schedule">The schedule. Its values are checked against the property's range: that of t = 0 here, the others in their
    /// update, where one outside is an <see cref="ArgumentException"/> that names t and leaves the state as it was.</param>
    /// <exception cref="ArgumentException">
    /// No such stage or property; one that is a count, a seed, a boolean or the start of a slot; one that follows a schedule already; a
    /// first value outside the range.
    /// </exception>
    /// <remarks>Equals Optax <c>inject_hyperparams</c>; with <c>Schedule.repeat</c> PyTorch's cycled momentum.</remarks>
    /// <example><c>sgd 0.1 |> momentum 0.95 |> scheduled "Momentum.Beta" (LinearRamp(20, From = 0.5, To = 0.9))</c></example>
    [Word("scheduled")]
    public Optimizer Scheduled(string name, ISchedule schedule) =>
        With([ScheduledValue.Of(Require.NotNull(name), Require.NotNull(schedule))]);

    /// <summary>The words in it act only on the tensors whose names match.</summary>
    /// <param name="pattern">The glob pattern.</param>
    /// <param name="words">Adds stages, schedules and nested scopes to an empty optimizer.</param>
    /// <exception cref="ArgumentException">
    /// The words change the rate or add <c>partition</c>, <c>flow</c> or a stage that acts on the whole step, such as <c>accumulate</c>.
    /// </exception>
    /// <example><c>adam 0.001 |> only "w*" (weightDecay 0.01 >> clip 1.0)</c></example>
    [Word("only")]
    public Optimizer Only(string pattern, Func<Optimizer, Optimizer> words) =>
        Within(new ScopeRule(true, NamePattern.Require(pattern)), words);

    /// <summary>The words in it act only on the tensors whose names do not match.</summary>
    /// <param name="pattern">The glob pattern.</param>
    /// <param name="words">Adds stages, schedules and nested scopes to an empty optimizer.</param>
    /// <exception cref="ArgumentException">
    /// The words change the rate or add <c>partition</c>, <c>flow</c> or a stage that acts on the whole step, such as <c>accumulate</c>.
    /// </exception>
    /// <example><c>adam 0.001 |> except "*.bias" (weightDecay 0.01)</c></example>
    [Word("except")]
    public Optimizer Except(string pattern, Func<Optimizer, Optimizer> words) =>
        Within(new ScopeRule(false, NamePattern.Require(pattern)), words);

    /// <summary>
    /// The stages in it act only in steps in which a condition holds. In all others the update passes them, their state stays as it is, and
    /// their own k does not advance.
    /// </summary>
    /// <param name="condition">The condition: <c>StepsFrom 100</c>, <c>StepsUntil 100</c>, <c>StepsEvery 10</c>,
    /// <c>GradientAtMost 1.0</c>, <c>GradientAbove 1.0</c>, <c>LossAtMost 0.5</c>, <c>LossAbove 0.5</c>, or one of your own. It is asked
    /// before every stage.</param>
    /// <param name="words">Adds stages and nested scopes to an empty optimizer.</param>
    /// <remarks>
    /// k in the equations of these stages counts the steps in which they act (slot <c>active</c>): bias corrections and what a first step
    /// does begin when they begin. Schedules, also those of their hyper-parameters, go by t. Under several conditions all must hold. A step
    /// counts and its rate applies as always; a direction that contains the rate leaves the rate to the step while it does not act.
    /// <para>Equals Optax <c>conditionally_transform</c>, whose condition is a function of the number of calls and of extra
    /// arguments.</para>
    /// </remarks>
    /// <exception cref="ArgumentException">
    /// The words change the rate, add schedules, <c>partition</c>, <c>flow</c> or a stage that acts on the whole step, such as
    /// <c>accumulate</c>, that chooses the point of the gradient or decides what the parameters are, such as <c>lookahead</c>.
    /// </exception>
    /// <example><c>adam 0.001 |> onlyWhen (StepsFrom 1000) (average 0.999)</c></example>
    [Word("onlyWhen")]
    public Optimizer OnlyWhen(ICondition condition, Func<Optimizer, Optimizer> words) =>
        While(new ScopeCondition(Require.NotNull(condition), Masks: false), words);

    /// <summary>
    /// The stages in it act in steps in which a condition holds. In all others the update becomes 0 where they stand, their state stays as
    /// it is, and their own k does not advance.
    /// </summary>
    /// <param name="condition">The condition, as for <c>onlyWhen</c>.</param>
    /// <param name="words">Adds stages of the phases Gradient, Regularization, Direction and Update, and nested scopes.</param>
    /// <remarks>
    /// As <c>onlyWhen</c> in everything else. t advances, and stages behind them see the 0: a momentum goes on by itself, a decay decays. 0
    /// stands in the place of a NaN, too.
    /// <para>Equals Optax <c>conditionally_mask</c>, whose condition is a function of the number of calls and of extra
    /// arguments.</para>
    /// </remarks>
    /// <exception cref="ArgumentException">As for <c>onlyWhen</c>, or a stage acts on the parameters.</exception>
    /// <example><c>sgd 0.1 |> zeroUnless (GradientAtMost 10.0) (momentum 0.9)</c></example>
    [Word("zeroUnless")]
    public Optimizer ZeroUnless(ICondition condition, Func<Optimizer, Optimizer> words) =>
        While(new ScopeCondition(Require.NotNull(condition), Masks: true), words);

    /// <summary>Leaves matching tensors bit-unchanged: no state, out of every norm, no decay.</summary>
    /// <param name="pattern">The glob pattern.</param>
    /// <example><c>adam 0.001 |> freeze "layer1.*"</c></example>
    [Word("freeze")]
    public Optimizer Freeze(string pattern)
    {
        RefuseInScope("freeze");
        return new(this, frozen: [.. _frozen, NamePattern.Require(pattern)]);
    }

    /// <summary>Multiplies η_t of matching tensors (never the gradient).</summary>
    /// <param name="pattern">The glob pattern.</param>
    /// <param name="factor">a ≥ 0, finite.</param>
    /// <example><c>adam 0.001 |> rateFor "*.bias" 2.0</c></example>
    [Word("rateFor")]
    public Optimizer RateFor(string pattern, double factor)
    {
        RefuseInScope("rateFor");
        return new(
            this,
            rateFactors: [.. _rateFactors, new RateFactor(NamePattern.Require(pattern), Require.NonNegative(factor, nameof(factor)))]);
    }

    /// <summary>The same optimizer with another learning rate.</summary>
    /// <param name="rate">The learning rate.</param>
    /// <exception cref="ArgumentException">The optimizer is a partition, whose parts have their own rates.</exception>
    public Optimizer WithRate(double rate)
    {
        RefuseInScope("the rate");
        if (_parts.Length > 0)
        {
            throw new ArgumentException("A partition has no rate of its own; give each part its rate, or use rateFor.", nameof(rate));
        }

        var head = _flow is null
            ? new Optimizer(Require.NonNegative(rate, nameof(rate)))
            : new Optimizer(Require.NonNegative(rate, nameof(rate)), _flow);
        return new(head, _stages, _schedules, _values, _rateFactors, _frozen, _composition);
    }

    /// <inheritdoc/>
    public bool Equals(Optimizer? other) =>
        ReferenceEquals(this, other)
        || (other is not null
            && Rate.Equals(other.Rate)
            && Stages.SequenceEqual(other.Stages)
            && Schedules.SequenceEqual(other.Schedules)
            && ScheduledValues.SequenceEqual(other.ScheduledValues)
            && _rateFactors.SequenceEqual(other._rateFactors)
            && _frozen.SequenceEqual(other._frozen)
            && _parts.SequenceEqual(other._parts)
            && (_flow is null) == (other._flow is null)
            && (_flow is null || _flow.SequenceEqual(other._flow!)));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Optimizer);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Rate);
        var words = Stages.Cast<object>().Concat(Schedules).Concat(ScheduledValues).Concat(_rateFactors).Concat(_frozen);
        foreach (object item in words.Concat(_parts).Concat(_flow ?? []))
        {
            hash.Add(item);
        }

        return hash.ToHashCode();
    }

    internal Composition Composition => _composition;

    internal static string Describe(IStage stage) => stage.GetType().Name;

    private Optimizer With(ScopedStage added) =>
        new(this, stages: new(_stages, added), composition: _composition.With(added.Stage));

    private Optimizer Within(ScopeRule rule, Func<Optimizer, Optimizer> words)
    {
        var inner = Inside(Printer.Opening(rule), words);
        var all = inner.Schedules.Aggregate(
            this, (to, one) => new(to, schedules: new(to._schedules, one with { Scope = one.Scope.Within(rule) })));
        all = inner.Stages.Aggregate(all, (to, one) => to.With(one with { Scope = one.Scope.Within(rule) }));
        return all.With([.. inner.ScheduledValues.Select(value => value with { Scope = value.Scope.Within(rule) })]);
    }

    private Optimizer While(ScopeCondition condition, Func<Optimizer, Optimizer> words)
    {
        var name = Printer.Opening(condition);
        var inner = Inside(name, words);
        if (inner.Schedules.Count > 0)
        {
            throw new ArgumentException(
                $"{Words.Print(inner.Schedules[0].Schedule)} stands inside {name}; a schedule is a function of the step by itself: add it "
                + "outside, joined with others by Schedule.andThen.",
                nameof(words));
        }

        foreach (var placed in inner.Stages)
        {
            RefuseConditional(placed.Stage, condition, name);
        }

        var all = inner.Stages.Aggregate(this, (to, one) => to.With(one with { Scope = one.Scope.Within(condition) }));
        return all.With([.. inner.ScheduledValues.Select(value => value with { Scope = value.Scope.Within(condition) })]);
    }

    private static void RefuseConditional(IStage stage, ScopeCondition condition, string name)
    {
        if (stage is IProbe or ICurvature or ISearch or IOwnsParameters || stage.Phase is Phase.Probe or Phase.Step)
        {
            throw new ArgumentException(
                $"{Describe(stage)} stands inside {name}; it decides where the gradient is taken, how long the step is or what the "
                + "parameters are, and cannot be left out of a step.");
        }

        if (condition.Masks && stage.Phase > Phase.Update)
        {
            throw new ArgumentException(
                $"{Describe(stage)} of phase {stage.Phase} stands inside {name}; it acts on the parameters, where there is no update to "
                + "be 0. Use onlyWhen.");
        }
    }

    // What words add to an empty optimizer.
    private static Optimizer Inside(string name, Func<Optimizer, Optimizer> words)
    {
        var inner = Require.NotNull(words)(new Optimizer(1.0, scoped: true))
            ?? throw new ArgumentException("The words of a scope returned null.", nameof(words));
        if (!inner._scoped)
        {
            throw new ArgumentException(
                $"{name} replaces its optimizer; its words may add stages, schedules and scopes, not a head, flow or partition.",
                nameof(words));
        }

        return inner.Stages.FirstOrDefault(placed => placed.Stage.Has(StageTraits.Single)) is { } single
            ? throw new ArgumentException(
                $"{Describe(single.Stage)} stands inside {name}; it acts on the whole step and must stand outside every scope.",
                nameof(words))
            : inner;
    }

    private Optimizer With(IReadOnlyList<ScheduledValue> added)
    {
        var all = added.Aggregate(this, (to, one) => new(to, values: new(to._values, one)));
        if (!_scoped)
        {
            // Inside a scope the stage may be one of those outside the words.
            foreach (var value in added)
            {
                OptCore.ScheduledValues.Check(this, all.ScheduledValues, value);
            }
        }

        return all;
    }

    private void RefuseInScope(string word)
    {
        if (_scoped)
        {
            throw new ArgumentException(
                $"{word} stands inside only, except, onlyWhen or zeroUnless; it must stand outside every scope.");
        }
    }
}
