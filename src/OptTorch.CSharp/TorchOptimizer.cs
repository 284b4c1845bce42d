using TorchSharp.Modules;
using static TorchSharp.torch;

namespace OptTorch;

/// <summary>
/// An optimizer of this library for a model of TorchSharp, as one of TorchSharp's own: it steps the model's tensors where they are, and
/// loops written for TorchSharp run unchanged.
/// </summary>
/// <remarks>
/// Steps every parameter that requires a gradient, under its name in <c>named_parameters</c>, so that
/// <c>Except("*.bias", …)</c> works; tied parameters once, under their first name. Parameters that are frozen when the optimizer is
/// made are left alone; one without a gradient in a step stays as it is. Gradients that do not lie in one piece are copied first;
/// parameters have to be contiguous, on the processor, and all Float32 or all Float64.
/// <para>Stages that need the loss (<c>plateau</c>) and probes (<c>nag</c>, <c>sam</c>) need <see cref="step"/> with a closure that
/// zeroes the gradients, computes the loss, calls <c>backward</c> and returns the loss. <c>sam</c> calls it twice.</para>
/// <para>On several ranks (<see cref="TorchOptimizer.TorchOptimizer(nn.Module, Optimizer, ICollectives, Execution)"/>) every rank
/// has a replica of the model and its share of the samples, as many as every other rank's. When the optimizer is made, the
/// parameters of all replicas become those of rank 0; each step takes the mean of the ranks' gradients and losses, and leaves the
/// same parameters on all ranks, bit for bit. A parameter without a gradient on one rank counts as zero there, one without a
/// gradient on any stays as it is. The slots are shared among the ranks, as <see cref="DistributedBoundSession{T}"/> says.
/// Buffers (the running means of a batch norm) are no parameters: each rank has its own. Members that talk to the other ranks say
/// so; all ranks call those in the same order.</para>
/// </remarks>
/// <example><code>
/// using var optimizer = new TorchOptimizer(model, Optimizer.Adam(0.001).WeightDecay(0.01).Clip(1.0).WarmupCosine(100, 1000));
/// optimizer.zero_grad();
/// loss.backward();
/// optimizer.step();
/// </code></example>
public sealed class TorchOptimizer : optim.Optimizer
{
    private readonly TorchParameter[] _parameters;
    private readonly TorchSteps _steps;
    private readonly Controller _controller;
    private bool _isDisposed;

    /// <summary>An optimizer for all parameters of a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="optimizer">What to do with them.</param>
    /// <param name="execution">How it runs; the defaults if null.</param>
    /// <exception cref="ArgumentException">No parameter requires a gradient, or one is of another type, on a device, sparse, not
    /// contiguous, not finite, or the optimizer does not fit their names and shapes.</exception>
    public TorchOptimizer(nn.Module model, Optimizer optimizer, Execution? execution = null)
        : this(Require.NotNull(model).named_parameters(), optimizer, execution)
    {
    }

    /// <summary>An optimizer for parameters and their names.</summary>
    /// <inheritdoc cref="TorchOptimizer(nn.Module, Optimizer, Execution)"/>
    /// <param name="parameters">Names and parameters.</param>
    public TorchOptimizer(IEnumerable<(string Name, Parameter Parameter)> parameters, Optimizer optimizer, Execution? execution = null)
        : this(parameters, optimizer, Alone.Instance, execution, isShared: false)
    {
    }

    /// <summary>An optimizer for the replica of a model that every rank has. Talks to the other ranks: all parameters become those of
    /// rank 0.</summary>
    /// <inheritdoc cref="TorchOptimizer(nn.Module, Optimizer, Execution)"/>
    /// <param name="model">This rank's replica.</param>
    /// <param name="ranks">The ranks: those of an MPI job, or threads of one process.</param>
    /// <exception cref="CollectiveException">The ranks have different optimizers, or models of other names, shapes or types.</exception>
    /// <example><code>
    /// return Mpi.Run(ranks =>
    /// {
    ///     using var optimizer = new TorchOptimizer(model, Optimizer.Adam(0.001).Clip(1.0), ranks);
    ///     foreach (var batch in SamplesOf(ranks.Rank)) { … loss.backward(); optimizer.step(); }
    /// });
    /// </code></example>
    public TorchOptimizer(nn.Module model, Optimizer optimizer, ICollectives ranks, Execution? execution = null)
        : this(Require.NotNull(model).named_parameters(), optimizer, ranks, execution)
    {
    }

    /// <summary>An optimizer for parameters and their names, of which every rank has its own. Talks to the other ranks: all parameters
    /// become those of rank 0.</summary>
    /// <inheritdoc cref="TorchOptimizer(nn.Module, Optimizer, ICollectives, Execution)"/>
    /// <param name="parameters">Names and parameters; the same names and shapes in the same order on all ranks.</param>
    public TorchOptimizer(
        IEnumerable<(string Name, Parameter Parameter)> parameters, Optimizer optimizer, ICollectives ranks, Execution? execution = null)
        : this(parameters, optimizer, Require.NotNull(ranks), execution, isShared: true)
    {
    }

    private TorchOptimizer(
        IEnumerable<(string Name, Parameter Parameter)> parameters,
        Optimizer optimizer,
        ICollectives ranks,
        Execution? execution,
        bool isShared)
        : base(IntPtr.Zero)
    {
        Ranks = ranks;
        _parameters = TorchParameter.Of(Require.NotNull(parameters));
        _steps = TorchSteps.Of(_parameters, Require.NotNull(optimizer), execution ?? Execution.Default, ranks, isShared);
        _controller = new Controller(this);
    }

    /// <summary>The ranks that share the steps; <see cref="Alone"/> where none were given.</summary>
    public ICollectives Ranks { get; }

    /// <summary>The tensors that are stepped.</summary>
    public Layout Layout => _steps.Layout;

    /// <summary>t, the number of updates applied.</summary>
    public long StepCount => _steps.StepCount;

    /// <summary>What the loss is to be multiplied with before <c>backward</c> (<c>lossScale</c>); 1 without.</summary>
    public double LossScale => _steps.LossScale;

    /// <summary>The mean of the ranks' losses of the last step; NaN before the first and where none was handed in.</summary>
    public double Loss => _steps.Loss;

    /// <summary>Whether a rank was asked to stop before the last step: the same answer on all of them.</summary>
    public bool MustStop => _steps.MustStop;

    /// <summary>The optimizer; setting another one goes on with it, as <see cref="Session{T}.Optimizer"/>. Setting, also of the rate, talks
    /// to the other ranks.</summary>
    public Optimizer Optimizer
    {
        get => _steps.Optimizer;
        set => _steps.Optimizer = value;
    }

    /// <summary>One entry, whose rate is that of the coming step; setting it sets the rate that schedules multiply.</summary>
    public override IEnumerable<optim.ILearningRateController> ParamGroups => [_controller];

    /// <summary>The rate of the coming step.</summary>
    /// <param name="parameter">The parameter's name; the first one that is not frozen if null.</param>
    /// <returns>η_t, without the reductions of loss-aware stages.</returns>
    public double Rate(string? parameter = null) => _steps.Rate(parameter);

    /// <inheritdoc/>
    public override IEnumerable<Parameter> parameters() => _parameters.Select(one => one.Parameter);

    /// <summary>Sets the gradients to zero.</summary>
    public override void zero_grad() => zero_grad(set_to_none: false);

    /// <summary>Sets the gradients to zero, or takes them away: a parameter that then gets none stays as it is in the step.</summary>
    /// <param name="set_to_none">Whether they are taken away.</param>
    public void zero_grad(bool set_to_none)
    {
        foreach (var (_, parameter) in _parameters)
        {
            using var gradient = parameter.grad;
            if (gradient is null)
            {
                continue;
            }

            if (set_to_none)
            {
                parameter.grad = null;
            }
            else
            {
                using var zeroed = gradient.zero_();
            }
        }
    }

    /// <summary>Asks for an end: <see cref="MustStop"/> is true on all ranks behind the next step.</summary>
    public void RequestStop() => _steps.RequestStop();

    /// <summary>From now on signals ask for an end, as <see cref="DistributedSession{T}.StopOnSignals"/>.</summary>
    public void StopOnSignals() => _steps.StopOnSignals();

    /// <summary>One step with the gradients of the parameters. Talks to the other ranks.</summary>
    /// <param name="closure">Computes the loss of this rank's samples and its gradients; null if they are there already.</param>
    /// <returns>This rank's loss at the parameters; null without a closure.</returns>
    /// <exception cref="InvalidOperationException">The optimizer needs a closure, or a parameter was disposed of or moved.</exception>
    /// <exception cref="ObjectDisposedException">The optimizer was disposed of.</exception>
    public override Tensor step(Func<Tensor>? closure = null)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (closure is null)
        {
            CheckNoClosure();
            _steps.Step(double.NaN);
            return null!;
        }

        using var _ = enable_grad();
        Tensor loss;
        if (_steps.Probes == 0)
        {
            loss = closure();
            _steps.Step(ValueOf(loss));
            return loss;
        }

        return StepAtPoint(closure);
    }

    /// <summary>One step with a report on it: norms, the rate, what became of the gradient. Talks to the other ranks; the report is that of
    /// the mean, the same on all of them.</summary>
    /// <param name="loss">The loss; NaN for none.</param>
    /// <returns>The report.</returns>
    /// <exception cref="InvalidOperationException">As for <see cref="step"/>.</exception>
    public StepReport StepReported(double loss = double.NaN)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return _steps.StepReported(loss);
    }

    /// <summary>Stores parameters, slots and the number of steps as a checkpoint of this library: one file, or, where ranks were given, one
    /// for each rank and a manifest under the path, as <see cref="ShardedCheckpoint"/>. Talks to the other ranks.</summary>
    /// <param name="path">The file; an existing one is replaced once the new one is complete.</param>
    /// <exception cref="IOException">A rank cannot write; on all ranks, and the checkpoint before is as it was.</exception>
    public void save_state_dict(string path) => _steps.Save(path);

    /// <summary>Goes on from a checkpoint: the parameters of the model, slots and the number of steps are those of the file, whatever the
    /// number of ranks that wrote it. Talks to the other ranks.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="CheckpointException">The file is damaged, or of another optimizer, of other names or shapes.</exception>
    public void load_state_dict(string path) => _steps.Load(path);

    /// <summary>Not possible: an optimizer is made for all its parameters at once.</summary>
    /// <param name="param_group">The group.</param>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override void add_param_group(ParamGroup param_group) => throw new NotSupportedException(
        "Parameters cannot be added; make a new optimizer of all of them. "
            + "What differs by parameter is said by names: RateFor, Only, Except.");

    /// <summary>One line: the optimizer and the number of parameters.</summary>
    /// <returns>The text.</returns>
    public override string ToString() =>
        $"{Optimizer} for {Layout.Length} parameters in {Layout.Tensors.Count} tensors, step {StepCount}"
        + (Ranks.Size > 1 ? $", {Ranks}" : string.Empty);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && !_isDisposed)
        {
            _isDisposed = true;
            _steps.Dispose();
        }

        base.Dispose(disposing);
    }

    private Tensor StepAtPoint(Func<Tensor> closure)
    {
        Tensor? first = null;
        try
        {
            if (_steps.Probes == 2)
            {
                first = closure();
            }

            _steps.MoveToPoint(withGradients: _steps.Probes == 2);
            var loss = closure();
            _steps.Step(ValueOf(loss));
            if (first is null)
            {
                return loss;
            }

            loss.Dispose();
            return first;
        }
        catch
        {
            // A closure that throws leaves the parameters as they were.
            _steps.MoveBack();
            throw;
        }
    }

    private void CheckNoClosure()
    {
        if (_steps.NeedsLoss || _steps.Probes > 0)
        {
            throw new InvalidOperationException(
                $"The optimizer {Optimizer} needs {(_steps.Probes > 0 ? "gradients at another point than the parameters" : "the loss")}; "
                + "call step with a closure that computes the loss and its gradients.");
        }
    }

    private static double ValueOf(Tensor? loss)
    {
        if (loss is null)
        {
            return double.NaN;
        }

        using var value = loss.to_type(ScalarType.Float64);
        return value.item<double>();
    }

    private sealed class Controller(TorchOptimizer owner) : optim.ILearningRateController
    {
        public double LearningRate
        {
            get => owner.Rate();
            set => owner.Optimizer = owner.Optimizer.WithRate(value);
        }

        public double InitialLearningRate { get; set; } = owner.Rate();
    }
}
