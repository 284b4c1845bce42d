using System.Numerics;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Turns a model into a program. Elementwise kernels wait, region by region, until a barrier needs their result; then they
/// are fused into one loop. A region is a set of tensors with the same stages and the same rate.
/// </summary>
internal sealed class Compiler<V, T>
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

    public void AddParameterNorm(Measure result, ResolvedStage site) => AddNorm(SettleParameters(site), result, site.Tensors);

    /// <summary>Adds norms of the update: measured by the loops that compute it, where there are such.</summary>
    public void AddUpdateNorm(NormsOnTheWay norms, ResolvedStage site)
    {
        var touched = Touched(site);
        if (!CanMeasure(touched, norms.Update, site))
        {
            if (norms.Parameters is { } ofParameters)
            {
                AddParameterNorm(ofParameters, site);
            }

            AddNorm(SettleUpdate(site, mayStay: true), norms.Update, _model.Present(site));
            return;
        }

        foreach (var segment in touched)
        {
            segment.PutUpdateAside(norms);
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

    /// <summary>Adds a quantity of up to three vectors.</summary>
    public void AddQuantity(Quantity quantity, Operand[] operands, Func<StepContext, bool>? when, Measure result, ResolvedStage site)
    {
        FlushRules(site);
        var settled = Array.ConvertAll(operands, operand => Settle(operand, site));
        // A tensor without a gradient has no update; its parameters and slots count as they are.
        var tensors = operands.Any(operand => operand.Source == Source.Update) ? _model.Present(site) : site.Tensors;
        if (result.PerTensor)
        {
            _operations.Add(new MeasureTensorQuantity<T>(
                quantity, settled, when, RangesOf(tensors), tensors.Indices, result, _execution.Threads));
            return;
        }

        var shard = _execution.Shard;
        var groups = quantity.IsRated
            ? tensors.Indices
                .GroupBy(index => _model.RateOfTensor[index])
                .Select(group => (group.Key, Tensors: TensorSet.Of([.. group], _model.Layout.Tensors.Count)))
            : [(-1, tensors)];
        RatedRanges[] ranges =
            [.. groups.Select(group => new RatedRanges(group.Item1, shard?.Ranges(group.Tensors) ?? _model.Ranges(group.Tensors)))];
        _operations.Add(new MeasureQuantity<T>(quantity, settled, when, tensors.Indices, ranges, result, _execution.Threads, shard));
    }

    /// <summary>Makes root mean squares of norms; of a tensor, or of a scope, without elements 0.</summary>
    public Action<StepContext> ToMean(Measure norms, ResolvedStage site)
    {
        var tensors = _model.Layout.Tensors;
        var all = ElementRange.Total(_execution.Shard is { } shard ? shard.Ranges(site.Tensors) : _model.Ranges(site.Tensors));
        return step =>
        {
            var n = norms.PerTensor ? tensors[step.Tensor].Length : all;
            if (n > 0)
            {
                step.MeasuredValues[norms.Index + (norms.PerTensor ? step.Tensor : 0)] /= Math.Sqrt(n);
            }
        };
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
                ? new ShardedVector<T>(rule, source, shard, shard.Ranges(site.Tensors), touched[0].Region, site.Prefix)
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
        if (purpose == Purpose.Observe)
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
        if (purpose != Purpose.Diagnose)
        {
            return;
        }

        source = source == Source.Update ? SettleUpdate(site, mayStay: false) : SettleParameters(site);
        _operations.Add(new CheckFinite<T>(source, _model.Ranges(_model.Present(site)), site.Prefix));
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

    private void AddStage(ResolvedStage site, bool holding)
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

        AddParts(collector, site);
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

    // A norm over everything in scope adds up chunks that a region of several has not.
    private bool CanMeasure(List<Segment<V, T>> touched, Measure norm, ResolvedStage site) =>
        touched.Count > 0
        && (norm.PerTensor || _execution.Shard is null)
        && touched.TrueForAll(segment => segment.CanMeasure)
        && (norm.PerTensor || (
            touched.Count == 1
            && touched[0].Region.Ranges.AsSpan().SequenceEqual(_model.Ranges(_model.Present(site)))
            && (!_memory.IsBound || touched[0].Region.Tensors.Length == 1)));

    private void AddNorm(Source source, Measure result, TensorSet tensors) =>
        _operations.Add(result.PerTensor
            ? new MeasureTensorNorms<T>(source, tensors.Indices, _model.Layout.Tensors, result, PlacesOf(source), _execution.Threads)
            : _execution.Shard is { } shard ? new ShardedNorm<T>(source, shard, shard.Ranges(tensors), result)
            : new MeasureNorm<T>(source, tensors.Indices, _model.Ranges(tensors), result, PlacesOf(source), _execution.Threads));

    private TensorPlace<T>[]? PlacesOf(Source source) => source == Source.Update ? null : _memory.Places;

    private Source SettleUpdate(ResolvedStage site, bool mayStay)
    {
        var touched = Touched(site);
        if (mayStay && touched.TrueForAll(segment => segment.UpdateIsGradient))
        {
            return Source.Gradient;
        }

        foreach (var segment in touched)
        {
            segment.PutUpdateAside();
        }

        return Source.Update;
    }

    private Source SettleParameters(ResolvedStage site)
    {
        var touched = Touched(site);
        if (touched.TrueForAll(segment => !segment.ParametersChange))
        {
            return Source.OldParameters;
        }

        foreach (var segment in touched)
        {
            segment.Flush();
        }

        return Source.NewParameters;
    }

    private Operand Settle(Operand operand, ResolvedStage site) => operand.Source switch
    {
        null => operand,
        Source.Update => operand with { Source = SettleUpdate(site, mayStay: true) },
        _ => operand with { Source = SettleParameters(site) },
    };

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

    private ElementRange[] RangesOf(TensorSet tensors) => Array.ConvertAll(
        tensors.Indices,
        index => new ElementRange(_model.Layout.Tensors[index].Offset, _model.Layout.Tensors[index].End));

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
