using System.Numerics;
using OptCore.Kernels;

namespace OptCore.Compilation;

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
            model.Rates,
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
            segment.Add(kernel, site);
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

    // What a stage measures or does to its scalars comes behind its rules so far.
    private void FlushRules(ResolvedStage site)
    {
        foreach (var segment in Touched(site))
        {
            segment.FlushRulesOf(site);
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
