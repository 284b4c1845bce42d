using System.Numerics;
using System.Runtime.Intrinsics;
using OptCore.Kernels;

namespace OptCore.Compilation;

/// <summary>
/// The kernels of one region that wait to be fused, and where the region's update and parameters are meanwhile.
/// </summary>
internal sealed class Segment<V, T>(
    Region region, ResolvedOptimizer model, List<Operation<T>> operations, StepMemory<T> memory, Execution execution)
    where V : struct, IVector<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // Loads and stores of update and parameters take up to four places of a chain.
    private const int MostWaiting = Fusion.MostKernels - 4;

    // Of tensors that are smaller on average, a call of the loop for each takes longer than passes of their own over all.
    private const int LeastMeasured = 256;

    private readonly List<KernelPart<V, T>> _waiting = [];
    private readonly List<object> _stages = [];
    private readonly bool _fuse = execution.Fuse && Fusion.IsSupported;
    private bool _updateAside;
    private bool _parametersStored;
    private bool _storeUnchanged;
    private bool _changed;
    private bool _waitsPerTensor;
    private KernelUse _waitsFor;

    public Region Region { get; } = region;

    /// <summary>True while nothing has changed the gradient.</summary>
    public bool UpdateIsGradient => !_updateAside && _waiting.Count == 0;

    /// <summary>True if the parameters of the new state differ from those of the old one by now.</summary>
    public bool ParametersChange => _changed;

    /// <summary>True if a loop is to come that can measure its results on the way.</summary>
    public bool CanMeasure =>
        Vector512.IsHardwareAccelerated
        && _fuse
        && typeof(V) == typeof(Simd512<T>)
        && _waiting.Count > 0
        && !_waitsPerTensor
        && ElementRange.Total(Region.Ranges) >= LeastMeasured * (Region.Tensors.Length - 1L);

    /// <summary>Adds a kernel of a stage, or of what has a name only.</summary>
    public void Add(KernelPart<V, T> kernel, object stage)
    {
        if (_waiting.Count == MostWaiting)
        {
            PutUpdateAside();
        }

        _changed |= kernel.Use == KernelUse.WritesParameters;
        _waitsPerTensor |= kernel.PerTensor;
        _waitsFor = (KernelUse)Math.Max((int)_waitsFor, (int)kernel.Use);
        _waiting.Add(kernel);
        _stages.Add(stage);
    }

    /// <summary>Makes the region store its parameters even if no kernel changes them.</summary>
    public void MustStoreParameters() => _storeUnchanged = true;

    /// <summary>Begins with the update that another program has put aside.</summary>
    public void TakeUpdateUp()
    {
        memory.ReserveUpdate();
        _updateAside = true;
    }

    /// <summary>Ends the segment; the update is in memory afterwards.</summary>
    public void PutUpdateAside()
    {
        if (_waiting.Count > 0 || !_updateAside)
        {
            Emit(keepUpdate: true);
        }
    }

    /// <summary>Ends the segment where it <see cref="CanMeasure"/>; the update is in memory afterwards, and the norms are known.</summary>
    public void PutUpdateAside(NormsOnTheWay norms) => Emit(keepUpdate: true, norms);

    /// <summary>Ends the segment, if kernels wait.</summary>
    public void Flush()
    {
        if (_waiting.Count > 0)
        {
            Emit(keepUpdate: true);
        }
    }

    /// <summary>Ends the segment, if rules of a stage wait.</summary>
    public void FlushRulesOf(ResolvedStage site)
    {
        if (_stages.Contains(site))
        {
            Flush();
        }
    }

    /// <summary>Ends the program.</summary>
    public void Finish()
    {
        if (_waiting.Count > 0 || (_storeUnchanged && !_parametersStored))
        {
            Emit(keepUpdate: false);
        }
    }

    private void Emit(bool keepUpdate, NormsOnTheWay? norms = null)
    {
        var writes = _storeUnchanged || _waitsFor == KernelUse.WritesParameters;
        var reads = writes || _waitsFor == KernelUse.ReadsParameters || norms?.Parameters is not null;
        if (keepUpdate || !_fuse || _updateAside)
        {
            memory.ReserveUpdate();
        }

        operations.Add(
            _fuse ? Fused(keepUpdate, reads, writes, norms) : InBlocks(copiesParameters: reads && !_parametersStored));
        _waiting.Clear();
        _stages.Clear();
        _waitsPerTensor = false;
        _waitsFor = KernelUse.Update;
        _updateAside = true;
        _parametersStored |= writes || (!_fuse && reads);
    }

    private BlockSweep<T> InBlocks(bool copiesParameters) => new(
        [.. _waiting.Select(kernel => kernel.Block())],
        loadsGradient: !_updateAside,
        copiesParameters,
        Region,
        model.Layout.Tensors,
        _waitsPerTensor,
        What());

    private Operation<T> Fused(bool keepUpdate, bool reads, bool writes, NormsOnTheWay? norms)
    {
        var kernels = new List<object> { _updateAside ? new Transfer<V, T, LoadUpdate>() : new Transfer<V, T, LoadGradient>() };
        if (reads)
        {
            kernels.Add(_parametersStored ? new Transfer<V, T, ReloadParameters>() : new Transfer<V, T, LoadParameters>());
        }

        foreach (var kernel in _waiting)
        {
            kernels.Add(kernel.Boxed);
        }

        if (writes)
        {
            kernels.Add(new Transfer<V, T, StoreParameters>());
        }

        if (keepUpdate)
        {
            kernels.Add(new Transfer<V, T, StoreUpdate>());
        }

        if (Vector512.IsHardwareAccelerated && norms is { } wanted)
        {
            return Measuring(kernels, wanted);
        }

        var loop = Fusion.Fuse<V, T, NoMeter<V, T>>(kernels);
        return _waitsPerTensor ? PerTensor(loop) : new Sweep<T>(loop, Region, memory.Places, What(), execution.Threads);
    }

    private MeasuringSweep<T> Measuring(List<object> kernels, NormsOnTheWay norms)
    {
        var parameters = _changed ? Source.NewParameters : Source.OldParameters;
        return new(Widths.Measuring<T>(kernels, norms), Region, What(), norms, parameters, model.Layout.Tensors, execution.Threads);
    }

    private Operation<T> PerTensor(Loop<T> loop) => memory.Places is { } places
        ? new BoundSweep<T>(loop, Region, places, What(), execution.Threads)
        : new TensorSweep<T>(loop, Region, model.Layout.Tensors, What(), execution.Threads);

    // Put into words when somebody asks.
    private Lazy<string> What()
    {
        var stages = _stages.ToArray();
        return new(() => stages.Length == 0 ? "move" : string.Join(", ", stages.Distinct()));
    }
}
