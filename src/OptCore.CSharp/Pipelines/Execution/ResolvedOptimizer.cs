using OptCore.Kernels;


namespace OptCore;

/// <summary>A stage of a plan: which tensors it acts on, and where its state is.</summary>
/// <param name="stage">The stage.</param>
/// <param name="phase">The phase in which it runs here: its own, or <see cref="OptCore.Phase.Gradient"/> in a flow.</param>
/// <param name="tensors">The tensors the stage acts on.</param>
/// <param name="prefix">The first part of its slots' names, or of that the text before the stage's word.</param>
/// <param name="names">What completes it, where it is not complete.</param>
internal sealed class ResolvedStage(IStage stage, Phase phase, TensorSet tensors, string prefix, SiteNames? names = null)
{
    public IStage Stage { get; } = stage;

    public Phase Phase { get; } = phase;

    public TensorSet Tensors { get; } = tensors;

    /// <summary>The first part of its slots' names: <c>adam#2</c>.</summary>
    public string Prefix => names is null ? prefix : names.Of(this);

    /// <summary>What stands in it before the stage's word: <c>partition[*.bias].</c></summary>
    public string Place => prefix;

    /// <summary>The slot of a conditional stage that counts the updates in which it has acted.</summary>
    public const string Active = "active";

    /// <summary>Its hyper-parameters that follow schedules.</summary>
    public IReadOnlyList<ScheduledValue> Values { get; init; } = [];

    /// <summary>The conditions under which it acts, outermost first; none for a stage that always does.</summary>
    public IReadOnlyList<ScopeCondition> Conditions { get; init; } = [];

    /// <summary>What it keeps in the state.</summary>
    public IReadOnlyList<SlotSpec> Specs => Conditions.Count == 0 ? Stage.Slots : WithActive(Stage.Slots);

    /// <summary>The counter of the updates in which it has acted, where it is conditional.</summary>
    public int ActiveIndex => Slots[Active].Index;

    /// <summary>The slots under their local names.</summary>
    public Dictionary<string, ResolvedSlot> Slots { get; } = [];

    public override string ToString() => Prefix;

    private static SlotSpec[] WithActive(IReadOnlyList<SlotSpec> slots) => [.. slots, SlotSpec.Count(Active)];
}

/// <summary>A slot of a plan: its full name and its place in the state.</summary>
/// <param name="Spec">The stage's specification.</param>
/// <param name="Index">The lane of an element slot, else the index of its first number.</param>
/// <param name="Owner">The stage.</param>
/// <param name="Pieces">For every tensor its piece of a slot with shapes of its own; empty for other kinds.</param>
internal sealed record ResolvedSlot(SlotSpec Spec, int Index, ResolvedStage Owner, SlotPiece[] Pieces)
{
    /// <summary>The full name: <c>adam.m</c>.</summary>
    public string Name => field ??= Spec.Name.Length == 0 ? Owner.Prefix : $"{Owner.Prefix}.{Spec.Name}";

    /// <summary>The number of elements of a slot with shapes of its own.</summary>
    public int Length => Pieces.Length == 0 ? 0 : Pieces[^1].Start + Pieces[^1].Length - Index;
}

/// <summary>What one tensor has of a slot with shapes of its own.</summary>
/// <param name="Start">The index of its first element.</param>
/// <param name="Length">The number of its elements; 0 outside the stage's scope.</param>
/// <param name="Shape">Its shape, row-major.</param>
internal readonly record struct SlotPiece(int Start, int Length, int[] Shape)
{
    public Span<T> In<T>(T[] values) => values.AsSpan(Start, Length);
}

/// <summary>The learning rate of a group of tensors: η_t = lr · factor · s_1(t) · s_2(t) · …</summary>
internal sealed class RateRule(double rate, double factor, ISchedule[] schedules) : IEquatable<RateRule>
{
    private readonly double _constant = rate * factor;

    public double Rate => rate;

    public double Factor => factor;

    public ISchedule[] Schedules => schedules;

    /// <summary>The rate of a tensor under factors by name.</summary>
    public RateRule Times(IReadOnlyList<RateFactor> factors, string tensor)
    {
        var all = 1.0;
        foreach (var one in factors)
        {
            all *= NamePattern.Matches(one.Pattern, tensor) ? one.Factor : 1;
        }

        return new(rate, factor * all, schedules);
    }

    /// <summary>The rate of a tensor under schedules.</summary>
    public RateRule Times(IReadOnlyList<ScopedSchedule> scoped, string tensor) =>
        new(rate, factor, [.. schedules, .. scoped.Where(one => one.Scope.Contains(tensor)).Select(one => one.Schedule)]);

    /// <summary>η_t, with the factor and the floor of loss-aware stages applied to lr.</summary>
    public double At(long step, double reduction = 1, double floor = 0)
    {
        var now = reduction == 1 ? _constant : Math.Max(rate * reduction, Math.Min(rate, floor)) * factor;
        foreach (var schedule in schedules)
        {
            now *= schedule.At(step);
        }

        return double.IsFinite(now) ? now : throw NotFinite(now, step);
    }

    public bool Equals(RateRule? other) =>
        other is not null && rate.Equals(other.Rate) && factor.Equals(other.Factor) && schedules.AsSpan().SequenceEqual(other.Schedules);

    public override bool Equals(object? obj) => Equals(obj as RateRule);

    public override int GetHashCode() => HashCode.Combine(rate, factor, schedules.Length);

    private ArgumentException NotFinite(double now, long step) =>
        new(
            $"The rate is {now} at step {step}: {rate} · {factor} times the schedules {string.Join(", ", (object[])schedules)} is not "
            + "finite.");
}

/// <summary>
/// An optimizer resolved for a layout: stages in the order in which they run, each with its tensors and slots, and the
/// rate of every tensor. Knows no number type and no vectors.
/// </summary>
internal sealed class ResolvedOptimizer
{
    public required Layout Layout { get; init; }

    /// <summary>All stages in the order in which they run.</summary>
    public required IReadOnlyList<ResolvedStage> Stages
    {
        get;
        init
        {
            // Asked for in every step: found once.
            field = value;
            for (var i = 0; i < value.Count; i++)
            {
                Note(value[i], value[i].Stage);
            }
        }
    }

    private void Note(ResolvedStage site, IStage stage)
    {
        if (stage is IProbe)
        {
            Probe ??= site;
        }

        if (stage is IGuard)
        {
            Guard ??= site;
        }

        if (stage is ISizeGuard)
        {
            SizeGuard ??= site;
        }

        if (stage is ILossScale)
        {
            Scaler ??= site;
        }

        if (stage is ICurvature)
        {
            Curvature ??= site;
        }

        if (stage is ISearch)
        {
            Search ??= site;
        }

        if (stage is IGate { GradientsPerUpdate: > 1 } gate && Gate is null)
        {
            (Gate, GradientsPerUpdate) = (site, gate.GradientsPerUpdate);
        }

        if (stage is IOwnsParameters or ISeesGradient)
        {
            ActsElsewhere = true;
        }

        if (site.Values.Count > 0)
        {
            FollowsSchedules = true;
        }

        if (site.Conditions.Count > 0)
        {
            IsConditional = true;
        }

        if (stage.Has(StageTraits.NeedsLoss) || LooksAtLoss(site))
        {
            NeedsLoss = true;
        }
    }

    private static bool LooksAtLoss(ResolvedStage site) => site.Conditions.Any(one => one.Condition.Looks.HasFlag(StepMeasures.Loss));

    /// <summary>The stage that chooses the point of the gradient, if any.</summary>
    public ResolvedStage? Probe { get; private set; }

    /// <summary>The stage that may refuse a gradient, if any.</summary>
    public ResolvedStage? Guard { get; private set; }

    /// <summary>The stage that may refuse a gradient for its length, if any.</summary>
    public ResolvedStage? SizeGuard { get; private set; }

    /// <summary>The stage that takes gradients of a scaled loss, if any.</summary>
    public ResolvedStage? Scaler { get; private set; }

    /// <summary>The stage that looks at the Hessian's diagonal, if any.</summary>
    public ResolvedStage? Curvature { get; private set; }

    /// <summary>The stage that chooses the length of the step by asking the objective, if any.</summary>
    public ResolvedStage? Search { get; private set; }

    /// <summary>The stage that collects several gradients for one update, if any.</summary>
    public ResolvedStage? Gate { get; private set; }

    /// <summary>How many gradients make one update.</summary>
    public int GradientsPerUpdate { get; private set; } = 1;

    /// <summary>The counter of gradients taken up since the last update, where there is a <see cref="Gate"/>.</summary>
    public int HeldIndex => Gate!.Slots[((IGate)Gate.Stage).Counter].Index;

    /// <summary>The counter of gradients refused in a row, where there is a <see cref="Guard"/>.</summary>
    public int RefusedIndex => Guard!.Slots[((IGuard)Guard.Stage).Counter].Index;

    /// <summary>The counter of gradients refused for their length, where there is a <see cref="SizeGuard"/>.</summary>
    public int LargeIndex => SizeGuard!.Slots[((ISizeGuard)SizeGuard.Stage).Counter].Index;

    /// <summary>The scalar of the loss's scale, where there is a <see cref="Scaler"/>.</summary>
    public int ScaleIndex => Scaler!.Slots["scale"].Index;

    /// <summary>The counter of finite gradients in a row, where there is a <see cref="Scaler"/>.</summary>
    public int GoodIndex => Scaler!.Slots["good"].Index;

    /// <summary>The counter of gradients that were refused under a scale, where there is a <see cref="Scaler"/>.</summary>
    public int OverflowsIndex => Scaler!.Slots["skipped"].Index;

    /// <summary>Whether a stage needs the loss of every step.</summary>
    public bool NeedsLoss { get; private set; }

    /// <summary>Whether a stage acts only in some steps.</summary>
    public bool IsConditional { get; private set; }

    /// <summary>Whether a hyper-parameter of a stage follows a schedule.</summary>
    public bool FollowsSchedules { get; private set; }

    /// <summary>Whether a stage does something outside its phase.</summary>
    public bool ActsElsewhere { get; private set; }

    /// <summary>The tensors that stay as they are.</summary>
    public required TensorSet Frozen { get; init; }

    /// <summary>For every tensor, the index of its rate.</summary>
    public required int[] RateOfTensor { get; init; }

    public required RateRule[] Rates { get; init; }

    public required IReadOnlyList<ResolvedSlot> Slots { get; init; }

    /// <summary>The number of vectors of a state: the parameters and the lanes of element slots.</summary>
    public required int Lanes { get; init; }

    public required int Scalars { get; init; }

    public required int Counts { get; init; }

    /// <summary>The number of elements of all slots with shapes of their own.</summary>
    public required int Shaped { get; init; }

    /// <summary>The tensors that have no gradient in this step; null for none.</summary>
    public TensorSet? Absent { get; private init; }

    /// <summary>The tensors that are neither frozen nor without a gradient.</summary>
    public TensorSet Moving
    {
        get
        {
            var moving = TensorSet.Everything(Layout.Tensors.Count).Without(Frozen);
            return Absent is null ? moving : moving.Without(Absent);
        }
    }

    /// <summary>The tensors of a stage that have a gradient in this step.</summary>
    public TensorSet Present(ResolvedStage site) => Absent is null ? site.Tensors : site.Tensors.Without(Absent);

    /// <summary>The same for steps in which some tensors have no gradient; they stay as they are.</summary>
    public ResolvedOptimizer Without(TensorSet absent) => Copy(Stages, absent);

    /// <summary>The same with other stages, in a state of the same form.</summary>
    public ResolvedOptimizer With(IReadOnlyList<ResolvedStage> stages) => Copy(stages, Absent);

    private ResolvedOptimizer Copy(IReadOnlyList<ResolvedStage> stages, TensorSet? absent) => new()
    {
        Layout = Layout,
        Stages = stages,
        Frozen = Frozen,
        RateOfTensor = RateOfTensor,
        Rates = Rates,
        Slots = Slots,
        Lanes = Lanes,
        Scalars = Scalars,
        Counts = Counts,
        Shaped = Shaped,
        Absent = absent,
    };

    /// <summary>η_t of the first tensor that is not frozen; 0 if all are.</summary>
    public double RateOf(long step) => Rates.Length > 0 ? Rates[0].At(step) : 0;

    /// <summary>The largest norm of a gradient that is taken in update t, where there is a <see cref="SizeGuard"/>; else ∞.</summary>
    public double LargestNorm(long step)
    {
        if (SizeGuard is not { } guard)
        {
            return double.PositiveInfinity;
        }

        if (guard.Values.Count == 0)
        {
            return ((ISizeGuard)guard.Stage).MaxNorm;
        }

        // A copy of its own: whoever asks, a session or the loop around it, asks before the step is prepared.
        var live = new LiveStage(guard, this);
        live.Set(step);
        return ((ISizeGuard)live.Stage).MaxNorm;
    }

    /// <summary>What the next gradient is scaled with; 1 where there is no <see cref="Scaler"/>.</summary>
    public double LossScale(double[] scalars) => Scaler is null ? 1 : scalars[ScaleIndex];

    /// <summary>The scale after a gradient of update t that was refused.</summary>
    public double ShrunkScale(long step, double scale)
    {
        if (Scaler!.Values.Count == 0)
        {
            return ((ILossScale)Scaler.Stage).Shrunk(scale);
        }

        // As above.
        var live = new LiveStage(Scaler, this);
        live.Set(step);
        return ((ILossScale)live.Stage).Shrunk(scale);
    }

    /// <summary>The number of gradients that were taken up or refused before update t has another one: which batch is next.</summary>
    public long GradientsBefore(long step, long[] counts) =>
        (step * GradientsPerUpdate)
            + (Gate is null ? 0 : counts[HeldIndex])
            + (Scaler is not null ? counts[OverflowsIndex] : Guard is null ? 0 : counts[RefusedIndex])
            + (SizeGuard is null ? 0 : counts[LargeIndex]);

    /// <summary>The elements of some tensors as merged ranges.</summary>
    public ElementRange[] Ranges(TensorSet tensors) => RangesIn(Layout, tensors);

    /// <summary>The elements of some tensors of a layout as merged ranges.</summary>
    public static ElementRange[] RangesIn(Layout layout, TensorSet tensors)
    {
        var ranges = new ElementRange[tensors.Indices.Length];
        var count = 0;
        foreach (var index in tensors.Indices)
        {
            var tensor = layout.Tensors[index];
            if (tensor.Length == 0)
            {
                continue;
            }

            if (count > 0 && ranges[count - 1].End == tensor.Offset)
            {
                ranges[count - 1] = new ElementRange(ranges[count - 1].Start, tensor.End);
            }
            else
            {
                ranges[count++] = new ElementRange(tensor.Offset, tensor.End);
            }
        }

        if (count < ranges.Length)
        {
            Array.Resize(ref ranges, count);
        }

        return ranges;
    }
}
