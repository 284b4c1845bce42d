using System.Numerics;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Turns a model into a program. Elementwise kernels wait, region by region, until a barrier needs their result; then they
/// are fused into one loop. A region is a set of tensors with the same stages and the same rate.
/// </summary>
internal sealed partial class Compiler<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ResolvedOptimizer _model;
    private readonly StepMemory<T> _memory;
    private readonly Execution _execution;
    private readonly LiveStages? _live;
    private readonly List<Operation<T>> _operations = [];
    private readonly List<Segment<V, T>> _segments = [];
    private int _measures;
    private Measure? _conditioned;

    private Compiler(ResolvedOptimizer model, StepMemory<T> memory, Execution execution, LiveStages? live)
    {
        _live = live;
        _model = model;
        _memory = memory;
        _execution = execution;
        foreach (var region in Region.Of(model))
        {
            _segments.Add(new Segment<V, T>(region, model, _operations, memory, execution));
        }
    }

    /// <summary>The number of threads that may work on one step.</summary>
    public int Threads => _execution.Threads;

    public List<StageAction> BeforeStep { get; } = [];

    public List<RunningPower> Powers { get; } = [];

    /// <summary>What is read again before every step.</summary>
    public List<Reading> Readings { get; } = [];

    /// <summary>The program of a model for one purpose.</summary>
    public static Program<T> Compile(
        ResolvedOptimizer model, StepMemory<T> memory, Purpose purpose, Execution execution, LiveStages? live)
    {
        var compiler = new Compiler<V, T>(model, memory, execution, live);
        switch (purpose)
        {
            case Purpose.Hold:
                compiler.AddHold();
                break;
            case Purpose.Point:
                compiler.AddPoint();
                break;
            case Purpose.Trial:
                compiler.AddTrial();
                break;
            default:
                compiler.AddUpdate(purpose);
                break;
        }

        return new Program<T>(
            [.. compiler.Readings],
            [.. compiler.Powers],
            [.. compiler.BeforeStep],
            [.. model.Rates],
            [.. compiler._operations],
            compiler._measures,
            compiler._conditioned);
    }

    public Measure ReserveMeasure(bool perTensor)
    {
        var measure = new Measure(_measures, perTensor);
        _measures += perTensor ? _model.Layout.Tensors.Count : 1;
        return measure;
    }

    public void Add(KernelPart<V, T> kernel, ResolvedStage site)
    {
        foreach (var segment in Touched(site))
        {
            segment.Add(kernel, site.Prefix);
        }
    }

    public void AddTensors(TensorRule<T> rule, (ResolvedSlot Slot, bool IsStored)[] slots, ResolvedStage site)
    {
        SettleUpdate(site, mayStay: false);
        var parameters = SettleParameters(site);
        var tensors = _model.Layout.Tensors;
        _operations.Add(
            new ApplyToTensors<T>(
                rule,
                parameters,
                OwnTensors(site),
                tensors,
                new TensorSlots<T>(_memory, tensors, slots),
                _execution.Shard?.Own.Start ?? 0,
                site.Prefix));
    }

    public void AddParameterTensors(ShapeRule<T> rule, ResolvedStage site) =>
        _operations.Add(new ApplyToParameters<T>(rule, SettleParameters(site), OwnTensors(site), _model.Layout.Tensors, site.Prefix));

    public void AddDiagonal(int lane, Func<double> decay, ResolvedStage site) =>
        _operations.Add(new TakeDiagonal<T>(lane, decay, _model.Ranges(_model.Present(site)), site.Prefix));

    public void AddJointly(JointRule<T> rule, (ResolvedSlot Slot, bool IsStored)[] slots, ResolvedStage site)
    {
        SettleUpdate(site, mayStay: false);
        var parameters = SettleParameters(site);
        var (tensors, touched) = (_model.Layout.Tensors, Touched(site));
        if (touched.Count > 0)
        {
            _operations.Add(new ApplyJointly<T>(
                rule,
                parameters,
                touched[0].Region,
                _model.Present(site).Indices,
                tensors,
                new TensorSlots<T>(_memory, tensors, slots),
                site.Prefix));
        }
    }

    public void AddAction(Action<StepContext> action, bool perTensor, ResolvedStage site)
    {
        FlushRules(site);
        if ((perTensor ? OwnTensors(site) : Regions(site)) is { Length: > 0 } regions)
        {
            _operations.Add(new ScalarAction<T>(action, regions, perTensor, site.Prefix));
        }
    }

    public void AddVector(Measured of, VectorRule<T> rule, ResolvedStage site)
    {
        var source = of == Measured.Update ? SettleUpdate(site, mayStay: false) : SettleParameters(site);
        var touched = Touched(site);
        if (touched.Count > 0)
        {
            var tensors = _model.Present(site);
            _operations.Add(_execution.Shard is { } shard
                ? new ShardedVector<T>(rule, source, shard, shard.Ranges(tensors), touched[0].Region, site.Prefix)
                : new ApplyToVector<T>(
                    rule,
                    source,
                    tensors.Indices,
                    RangesOf(tensors),
                    _model.Ranges(tensors),
                    touched[0].Region,
                    _memory.IsBound,
                    site.Prefix));
        }
    }

    private void AddUpdate(Purpose purpose)
    {
        CopyFrozen();
        AddStagesBeforeStep(purpose);
        AddStep(purpose);
        foreach (var site in _model.Stages)
        {
            if (site.Stage.Phase > Phase.Step)
            {
                AddStage(site, holding: false);
                AddCheck(purpose, site, Source.NewParameters);
            }
        }

        AddOwners(stored: true, (owner, builder) => owner.BuildAtEnd(builder));
        FlushAll();
    }

    // What stages that own the parameters do outside their phase: they read their slots, before their rules or behind them.
    private void AddOwners(bool stored, Action<IOwnsParameters, StageBuilder<V, T>> build)
    {
        foreach (var site in _model.Stages)
        {
            var live = _live?.Of(site);
            if ((live?.Stage ?? site.Stage) is IOwnsParameters owner)
            {
                var collector = new PartCollector<V, T>(site, this, Purpose.Point, live) { ReadsStored = stored };
                build(owner, collector);
                AddParts(collector, site);
            }
        }
    }

    private void AddStagesBeforeStep(Purpose purpose)
    {
        var conditioned = false;
        foreach (var site in _model.Stages)
        {
            if (site.Stage.Phase > Phase.Step)
            {
                continue;
            }

            if (!conditioned && site.Stage.Phase > Phase.Gradient)
            {
                AddBehindGradient(purpose);
                conditioned = true;
            }

            AddStage(site, holding: false);
            AddCheck(purpose, site, Source.Update);
        }

        if (!conditioned)
        {
            AddBehindGradient(purpose);
        }
    }

    private void AddBehindGradient(Purpose purpose)
    {
        if (purpose is Purpose.Observe or Purpose.Trace)
        {
            _conditioned = ReserveMeasure(perTensor: false);
            AddUpdateNorm(new NormsOnTheWay(_conditioned.Value, null), WholeFlow("gradient"));
        }

        AddOwners(stored: false, (owner, builder) => owner.BuildBehindGradient(builder));
    }

    private void AddStep(Purpose purpose)
    {
        AddOwners(stored: false, (owner, builder) => owner.BuildBeforeStep(builder));
        if (_model.Search is { } search)
        {
            foreach (var segment in _segments)
            {
                segment.PutUpdateAside();
            }

            _operations.Add(new SearchAlong<T>(search));
        }

        AddDescent();
        AddCheck(purpose, WholeFlow("step"), Source.NewParameters);
    }

    private void AddTrial()
    {
        foreach (var segment in _segments)
        {
            segment.TakeUpdateUp();
        }

        AddDescent();
        FlushAll();
    }

    private void AddDescent()
    {
        foreach (var segment in _segments)
        {
            if (!_model.Stages.Any(site => site.Stage is IOwnsParameters { TakesStep: true } && ActsOn(site, segment)))
            {
                segment.Add(new KernelPart<V, T, Descend<V, T>>(default, KernelUse.WritesParameters, perTensor: false), "step");
            }
        }
    }

    private void AddCheck(Purpose purpose, ResolvedStage site, Source source)
    {
        if (purpose is not (Purpose.Diagnose or Purpose.Trace))
        {
            return;
        }

        // Who watches the parameters looks at all of them.
        source = source == Source.Update
            ? SettleUpdate(site, mayStay: false)
            : SettleParameters(purpose == Purpose.Trace ? WholeFlow(site.Prefix) : site);
        var present = _model.Present(site);
        _operations.Add(purpose == Purpose.Trace
            ? new ShowVector<T>(source, site, present)
            : new CheckFinite<T>(source, _model.Ranges(present), site.Prefix));
    }

    // All tensors that move, under a name of the flow rather than of a stage.
    private ResolvedStage WholeFlow(string name) => new(NoStage.Instance, Phase.Step, _model.Moving, name);

    private void AddHold()
    {
        var gate = _model.Gate!;
        foreach (var site in _model.Stages)
        {
            AddStage(site, holding: true);
            if (site == gate)
            {
                break;
            }
        }

        FlushAll();
    }

    private void AddPoint()
    {
        CopyFrozen();
        foreach (var leading in _model.Stages.Where(site => site.Phase == PhaseOrder.Leading))
        {
            AddStage(leading, holding: false);
        }

        foreach (var rate in _model.Stages.Where(site => site.Phase == Phase.Step && site.Stage is not IOwnsParameters))
        {
            // For the rate that the coming step will have; what else they do is done to copies of their slots.
            AddStage(rate, holding: false);
        }

        var site = _model.Probe!;
        var live = _live?.Of(site);
        var probe = (IProbe)(live?.Stage ?? site.Stage);
        var collector = new PartCollector<V, T>(site, this, Purpose.Point, live);
        probe.BuildPoint(collector);
        foreach (var segment in _segments)
        {
            segment.MustStoreParameters();
        }

        AddParts(collector, site);
        FlushAll();
    }

    /// <summary>The parts of every stage and of the descent, with the number of values that they measure.</summary>
    public static IEnumerable<(ResolvedStage Stage, IReadOnlyList<Part<V, T>> Parts, int Measures)> PartsOf(
        ResolvedOptimizer model, Execution execution)
    {
        var compiler = new Compiler<V, T>(model, new StepMemory<T>(model.Layout.Length), execution, live: null);
        var stepped = false;
        foreach (var site in model.Stages)
        {
            if (!stepped && site.Stage.Phase > Phase.Step)
            {
                stepped = true;
                yield return (compiler.WholeFlow("step"), compiler.Descent(), compiler._measures);
            }

            yield return (site, compiler.PartsOf(site), compiler._measures);
        }

        if (!stepped)
        {
            yield return (compiler.WholeFlow("step"), compiler.Descent(), compiler._measures);
        }
    }

    private Part<V, T>[] Descent() =>
        _model.Stages.Any(site => site.Stage is IOwnsParameters { TakesStep: true })
            ? []
            : [new KernelPart<V, T, Descend<V, T>>(default, KernelUse.WritesParameters, perTensor: false)];

    private List<Part<V, T>> PartsOf(ResolvedStage site)
    {
        var parts = Collect(site, holding: false).Parts;
        if (site.Stage is IOwnsParameters owner)
        {
            foreach (var build in new Action<StageBuilder<V, T>>[] { owner.BuildBehindGradient, owner.BuildBeforeStep, owner.BuildAtEnd })
            {
                var collector = new PartCollector<V, T>(site, this, Purpose.Point, null) { ReadsStored = true };
                build(collector);
                parts.AddRange(collector.Parts);
            }
        }

        return parts;
    }

    private void AddStage(ResolvedStage site, bool holding) => AddParts(Collect(site, holding), site);

    private PartCollector<V, T> Collect(ResolvedStage site, bool holding)
    {
        var live = _live?.Of(site);
        var collector = new PartCollector<V, T>(site, this, holding ? Purpose.Hold : Purpose.Update, live);
        switch (live?.Stage ?? site.Stage)
        {
            case IFusedStage fused:
                fused.Build(collector);
                break;
            case IOpenStage open:
                open.Build(collector);
                break;
            case ISpanStage span:
                SpanStages.Build(span, site, _model, _memory, collector);
                break;
            case IGuard or ISizeGuard or ISearch:
                break;
            default:
                throw new ArgumentException(
                    $"The stage {site.Prefix} says no way to run; implement {nameof(IFusedStage)}, {nameof(IOpenStage)} or "
                    + $"{nameof(ISpanStage)}.");
        }

        if (!holding)
        {
            collector.CarryRest();
        }

        return collector;
    }

    private void AddParts(PartCollector<V, T> collector, ResolvedStage site)
    {
        foreach (var part in collector.Parts)
        {
            part.AddTo(this, site);
        }
    }

    private void CopyFrozen()
    {
        var frozen = _model.Ranges(_model.Frozen);
        if (frozen.Length > 0)
        {
            _operations.Add(new CopyRanges<T>(Source.OldParameters, Source.NewParameters, frozen));
        }
    }

    // What a stage measures or does to its scalars comes behind its rules so far.
    private void FlushRules(ResolvedStage site)
    {
        foreach (var segment in Touched(site))
        {
            segment.FlushRulesOf(site.Prefix);
        }
    }

    private Region[] Regions(ResolvedStage site) => [.. Touched(site).Select(segment => segment.Region)];

    // A tensor that is another rank's has no elements here, and its numbers are kept there.
    private Region[] OwnTensors(ResolvedStage site) => _execution.Shard is { } shard
        ? [.. Regions(site).Select(region => region.Where(shard.Has))]
        : Regions(site);

    private void FlushAll()
    {
        foreach (var segment in _segments)
        {
            segment.Finish();
        }
    }

    // Stages act on whole regions: two tensors of one region have the same stages.
    private List<Segment<V, T>> Touched(ResolvedStage site)
    {
        var touched = new List<Segment<V, T>>();
        foreach (var segment in _segments)
        {
            if (ActsOn(site, segment))
            {
                touched.Add(segment);
            }
        }

        return touched;
    }

    private static bool ActsOn(ResolvedStage site, Segment<V, T> segment) => site.Tensors.Contains(segment.Region.Tensors[0]);
}
