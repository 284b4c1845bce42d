using System.Numerics;
using static TorchSharp.torch;

namespace OptTorch;

/// <summary>What a <see cref="TorchOptimizer"/> does in the number type of its parameters.</summary>
internal abstract class TorchSteps : IDisposable
{
    public abstract Layout Layout { get; }

    public abstract long StepCount { get; }

    public abstract double Loss { get; }

    public abstract bool MustStop { get; }

    public abstract Optimizer Optimizer { get; set; }

    public abstract bool NeedsLoss { get; }

    public abstract double LossScale { get; }

    public abstract int Probes { get; }

    public abstract double Rate(string? tensor);

    public abstract void RequestStop();

    public abstract void StopOnSignals();

    public abstract StepOutcome Step(double loss);

    public abstract StepReport StepReported(double loss);

    public abstract void MoveToPoint(bool withGradients);

    public abstract void MoveBack();

    public abstract void Save(string path);

    public abstract void Load(string path);

    public abstract void Dispose();

    /// <param name="parameters">The parameters.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <param name="execution">How it runs.</param>
    /// <param name="ranks">Who steps together.</param>
    /// <param name="isShared">Whether checkpoints are those of ranks, also of one.</param>
    public static TorchSteps Of(
        TorchParameter[] parameters, Optimizer optimizer, Execution execution, ICollectives ranks, bool isShared) =>
        parameters[0].Parameter.dtype == ScalarType.Float64
            ? new TorchSteps<double>(parameters, optimizer, execution, ranks, isShared)
            : new TorchSteps<float>(parameters, optimizer, execution, ranks, isShared);
}

/// <inheritdoc/>
internal sealed class TorchSteps<T> : TorchSteps
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly TorchParameter[] _parameters;
    private readonly TensorBlock<T>[] _blocks;
    private readonly TorchTensor<T>[] _gradients;
    private readonly TensorBlock<T>[] _present;

    // Copies of gradients that do not lie in one piece, and the wrappers of this step.
    private readonly Tensor?[] _copies;
    private readonly Tensor?[] _open;
    private readonly bool _isShared;
    private DistributedBoundSession<T> _session;
    private bool _listens;

    public TorchSteps(TorchParameter[] parameters, Optimizer optimizer, Execution execution, ICollectives ranks, bool isShared)
    {
        (_parameters, _isShared) = (parameters, isShared);
        Layout = Layout.Of(parameters.Select(one => (one.Name, Array.ConvertAll(one.Parameter.shape, axis => checked((int)axis)))));
        _blocks = [.. parameters.Select(one => (TensorBlock<T>)new TorchTensor<T>((int)one.Parameter.numel()) { Tensor = one.Parameter })];
        _gradients = [.. parameters.Select(one => new TorchTensor<T>((int)one.Parameter.numel()))];
        _present = new TensorBlock<T>[parameters.Length];
        (_copies, _open) = (new Tensor?[parameters.Length], new Tensor?[parameters.Length]);
        _session = optimizer.Plan<T>(Layout, execution).Bind(ranks, _blocks);
    }

    public override Layout Layout { get; }

    public override long StepCount => _session.StepCount;

    public override double Loss => _session.Loss;

    public override bool MustStop => _session.MustStop;

    public override Optimizer Optimizer
    {
        get => _session.Optimizer;
        set => _session.Optimizer = value;
    }

    public override bool NeedsLoss => _session.Plan.NeedsLoss;

    public override double LossScale => _session.LossScale;

    public override int Probes => _session.Plan.Probes;

    public override double Rate(string? tensor) => _session.Rate(tensor);

    public override void RequestStop() => _session.Session.RequestStop();

    public override void StopOnSignals()
    {
        _listens = true;
        _session.Session.StopOnSignals();
    }

    public override StepOutcome Step(double loss)
    {
        try
        {
            Collect();
            return _session.Step(_present, loss);
        }
        finally
        {
            Release();
        }
    }

    public override StepReport StepReported(double loss)
    {
        try
        {
            Collect();
            return _session.StepReported(_present, loss);
        }
        finally
        {
            Release();
        }
    }

    public override void MoveToPoint(bool withGradients)
    {
        if (!withGradients)
        {
            _session.MoveToPoint();
            return;
        }

        try
        {
            Collect();
            _session.MoveToPoint(_present);
        }
        finally
        {
            Release();
        }
    }

    public override void MoveBack() => _session.MoveBack();

    public override void Save(string path)
    {
        if (_isShared)
        {
            ShardedCheckpoint.Save(_session.Session, path);
        }
        else
        {
            Checkpoint.Save(_session.Gather(), path);
        }
    }

    public override void Load(string path)
    {
        var old = _session;
        old.MoveBack();
        _session = ShardedCheckpoint.Resume(old.Plan, old.Session.Ranks, _blocks, path);
        old.Dispose();
        if (_listens)
        {
            StopOnSignals();
        }
    }

    public override void Dispose()
    {
        _session.Dispose();
        for (var i = 0; i < _copies.Length; i++)
        {
            _copies[i]?.Dispose();
            _copies[i] = null;
        }
    }

    // The gradients of this step where libtorch has them; null gradients are missing ones.
    private void Collect()
    {
        for (var i = 0; i < _parameters.Length; i++)
        {
            var gradient = _parameters[i].Parameter.IsInvalid ? null : _parameters[i].Parameter.grad;
            _open[i] = gradient;
            if (gradient is null)
            {
                _present[i] = TensorBlock<T>.None;
                continue;
            }

            _gradients[i].Tensor = Dense(i, gradient);
            _present[i] = _gradients[i];
        }
    }

    // A gradient that was expanded or transposed is copied into one piece.
    private Tensor Dense(int index, Tensor gradient)
    {
        if (gradient.is_sparse)
        {
            throw new ArgumentException($"The gradient of \"{_parameters[index].Name}\" is sparse; expected a dense tensor.");
        }

        if (gradient.is_contiguous())
        {
            return gradient;
        }

        using var _ = no_grad();
        if (_copies[index] is { } copy)
        {
            copy.copy_(gradient);
            return copy;
        }

        return _copies[index] = gradient.contiguous().DetachFromDisposeScope();
    }

    private void Release()
    {
        for (var i = 0; i < _open.Length; i++)
        {
            _gradients[i].Tensor = null;
            _open[i]?.Dispose();
            _open[i] = null;
        }
    }
}
