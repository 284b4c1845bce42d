using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore.Compilation;

/// <summary>Collects the parts of one stage.</summary>
/// <param name="site">The stage.</param>
/// <param name="compiler">What they are for.</param>
/// <param name="purpose">The purpose of the program.</param>
/// <param name="live">The stage as it is set before every step, where hyper-parameters follow schedules.</param>
internal sealed class PartCollector<V, T>(ResolvedStage site, Compiler<V, T> compiler, Purpose purpose, LiveStage? live)
    : StageBuilder<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly HashSet<string> _stored = [];
    private readonly OwnTime? _time = site.Conditions.Count == 0 ? null : new OwnTime(site.ActiveIndex, purpose == Purpose.Hold);

    // Once a handle of something per tensor is out, rules may read it.
    private bool _perTensor;

    public List<Part<V, T>> Parts { get; } = [];

    /// <summary>Whether rules that only read see the slots as rules of this step have stored them.</summary>
    public bool ReadsStored { get; init; }

    public override bool Holding => purpose == Purpose.Hold;

    internal override bool FollowsSchedules => live is not null;

    internal override Reading Read(Func<double> read)
    {
        var reading = new Reading(read);
        if (FollowsSchedules)
        {
            compiler.Readings.Add(reading);
        }

        return reading;
    }

    public override ScalarSlot Scalar(string name) => new(Find(name, SlotKind.Scalar).Index);

    public override CountSlot Count(string name) => new(Find(name, SlotKind.Count, SlotKind.Random).Index);

    public override TensorSlot PerTensor(string name)
    {
        _perTensor = true;
        return new(Find(name, SlotKind.PerTensor).Index);
    }

    public override void BeforeStep(Action<StepContext> action) =>
        compiler.BeforeStep.Add(new StageAction(site.Prefix, Timed(action)));

    public override void Then(Action<StepContext> action) => Parts.Add(new ActionPart<V, T>(Timed(action), perTensor: false));

    public override void ThenEachTensor(Action<StepContext> action) => Parts.Add(new ActionPart<V, T>(Timed(action), perTensor: true));

    public override ScalarSlot Power(string name, Func<double> beta)
    {
        var slot = Scalar(name);
        compiler.Powers.Add(new RunningPower(slot.Index, beta, live, _time));
        return slot;
    }

    public override Measure Measure(Quantity quantity, Func<StepContext, bool>? when = null) =>
        AddMeasure(quantity, Timed(when), compiler.ReserveMeasure(perTensor: false));

    public override Measure MeasureTensors(Quantity quantity, Func<StepContext, bool>? when = null)
    {
        _perTensor = true;
        return AddMeasure(quantity, Timed(when), compiler.ReserveMeasure(perTensor: true));
    }

    public override Measure Compute(Func<StepContext, double> number)
    {
        var result = compiler.ReserveMeasure(perTensor: false);
        Then(step => step.MeasuredValues[result.Index] = number(step));
        return result;
    }

    public override Measure ComputeTensors(Func<StepContext, double> number)
    {
        _perTensor = true;
        var result = compiler.ReserveMeasure(perTensor: true);
        ThenEachTensor(step => step.MeasuredValues[result.Index + step.Tensor] = number(step));
        return result;
    }

    public override void ApplyOpen(
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors | DynamicallyAccessedMemberTypes.Interfaces)]
        Type rule,
        IReadOnlyList<string> slots,
        params object[] arguments) => OpenRules.Apply(this, site.Prefix, rule, slots, arguments);

    internal override Scratch Scratch() => new(compiler.Threads);

    public override void Tensors(TensorRule<T> rule, params string[] slots) =>
        Parts.Add(new TensorPart<V, T>(Timed(rule), Taken(slots)));

    public override void Jointly(JointRule<T> rule, params string[] slots) => Parts.Add(new JointPart<V, T>(Timed(rule), Taken(slots)));

    private (ResolvedSlot Slot, bool IsStored)[] Taken(string[] slots)
    {
        var found = Array.ConvertAll(slots, name => Find(name, SlotKind.Element, SlotKind.Shaped));
        if (purpose == Purpose.Point && found.FirstOrDefault(slot => slot.Spec.Kind == SlotKind.Element) is { } slot)
        {
            throw new ArgumentException(
                $"The stage {site.Prefix} changes the slot {slot.Name} where it chooses the point of the gradient; there slots are only "
                + "read.");
        }

        var taken = Array.ConvertAll(found, slot => (slot, _stored.Contains(slot.Spec.Name)));
        MarkStored(slots);
        return taken;
    }

    internal override void TakeDiagonal(string slot, Func<double> decay)
    {
        Parts.Add(new DiagonalPart<V, T>(Lane(slot), decay));
        MarkStored([slot]);
    }

    public override void Vector(Measured of, VectorRule<T> rule) => Parts.Add(new VectorPart<V, T>(of, Timed(rule)));

    internal override void ParameterTensors(ShapeRule<T> rule) => Parts.Add(new ParametersPart<V, T>(rule));

    /// <summary>Says that slots are stored by now.</summary>
    public void MarkStored(string[] slots)
    {
        foreach (var slot in slots)
        {
            _stored.Add(slot);
        }
    }

    /// <summary>Carries the slots that no rule has stored to the new state.</summary>
    public void CarryRest()
    {
        var specs = site.Stage.Slots;
        for (var i = 0; i < specs.Count; i++)
        {
            if (specs[i].Kind == SlotKind.Element && !_stored.Contains(specs[i].Name))
            {
                Carry(specs[i].Name);
            }
        }
    }

    private void Carry(string slot) => Apply(default(Hold<V, T>), slot);

    private protected override int Lane(string name) => Find(name, SlotKind.Element).Index;

    private protected override void Add<K>(K kernel, KernelUse use, string[] slots)
    {
        if (purpose == Purpose.Point)
        {
            AddReading(kernel, use);
        }
        else if (_stored.Overlaps(slots))
        {
            AddAgain(kernel, use, slots);
        }
        else
        {
            Parts.Add(new KernelPart<V, T, K>(kernel, use, _perTensor, _time));
            MarkStored(slots);
        }
    }

    // Apart, so that only what is needed is loaded.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void AddReading<K>(K kernel, KernelUse use)
        where K : struct, IKernel<V, T>
    {
        var reading = new Reading<V, T, K>(kernel);
        Parts.Add(ReadsStored
            ? new KernelPart<V, T, Again<V, T, Reading<V, T, K>>>(new(reading), use, _perTensor, _time)
            : new KernelPart<V, T, Reading<V, T, K>>(reading, use, _perTensor, _time));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void AddAgain<K>(K kernel, KernelUse use, string[] slots)
        where K : struct, IKernel<V, T>
    {
        foreach (var name in slots.Where(name => !_stored.Contains(name)).ToArray())
        {
            Carry(name);
        }

        Parts.Add(new KernelPart<V, T, Again<V, T, K>>(new(kernel), use, _perTensor, _time));
    }

    private Action<StepContext> Timed(Action<StepContext> action)
    {
        return _time is { } time ? InTime : action;

        void InTime(StepContext step)
        {
            using var turn = time.In(step);
            action(step);
        }
    }

    private Func<StepContext, bool>? Timed(Func<StepContext, bool>? when)
    {
        return _time is { } time && when is not null ? InTime : when;

        bool InTime(StepContext step)
        {
            using var turn = time.OfThread(step);
            return when(turn.Step);
        }
    }

    private TensorRule<T> Timed(TensorRule<T> rule)
    {
        return _time is { } time ? InTime : rule;

        void InTime(TensorStep<T> tensor)
        {
            using var turn = time.In(tensor.Step);
            rule(tensor);
        }
    }

    private JointRule<T> Timed(JointRule<T> rule)
    {
        return _time is { } time ? InTime : rule;

        void InTime(JointStep<T> tensors)
        {
            using var turn = time.In(tensors.Step);
            rule(tensors);
        }
    }

    private VectorRule<T> Timed(VectorRule<T> rule)
    {
        return _time is { } time ? InTime : rule;

        void InTime(Span<T> vector, StepContext step)
        {
            using var turn = time.In(step);
            rule(vector, step);
        }
    }

    private Measure AddMeasure(Quantity quantity, Func<StepContext, bool>? when, Measure result)
    {
        if (when is null && quantity is { Order: 2, And: null, Of.SlotName: null, Followed: null })
        {
            AddNorm(quantity.Of, result);
            if (quantity.IsMean)
            {
                Parts.Add(new ActionPart<V, T>(compiler.ToMean(result, site), result.PerTensor));
            }
        }
        else
        {
            Parts.Add(new QuantityPart<V, T>(quantity, [.. quantity.Vectors.Select(OperandOf)], when, result));
        }

        return result;
    }

    private void AddNorm(Measured of, Measure result)
    {
        // Both norms of every tensor, one after the other, may be measured in one pass.
        Measure? parameters = null;
        if (of == Measured.Update && result.PerTensor && Parts.Count > 0 && Parts[^1] is NormPart<V, T> { OfParameters: { } ofParameters })
        {
            parameters = ofParameters;
            Parts.RemoveAt(Parts.Count - 1);
        }

        Parts.Add(new NormPart<V, T>(of, result, parameters));
    }

    private Operand OperandOf(Measured of) =>
        of.SlotName is { } name ? new Operand(null, Lane(name), _stored.Contains(name))
        : new Operand(of == Measured.Update ? Source.Update : Source.OldParameters, 0, IsStored: false);

    private ResolvedSlot Find(string name, SlotKind kind) => Find(name, kind, kind);

    private ResolvedSlot Find(string name, SlotKind kind, SlotKind orKind) =>
        site.Slots.TryGetValue(name, out var slot) && (slot.Spec.Kind == kind || slot.Spec.Kind == orKind)
            ? slot
            : throw NotListed(name, kind);

    private ArgumentException NotListed(string name, SlotKind kind) => new(
        $"The stage {site.Prefix} asks for the {kind} slot \"{name}\"; it lists: "
        + $"{string.Join(", ", site.Stage.Slots.Select(spec => $"{spec.Kind} \"{spec.Name}\""))}.");
}
