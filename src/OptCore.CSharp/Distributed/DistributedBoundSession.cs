using System.Numerics;

namespace OptCore;

/// <summary>
/// Steps on many ranks in the caller's memory: every rank has a replica of the model, one block for every tensor of the layout, and hands
/// in the gradients of its samples where they are. The parameters are the same on all ranks behind every step, bit for bit.
/// </summary>
/// <remarks>
/// A <see cref="DistributedSession{T}"/> (<see cref="Session"/>), with its bits, its shares of the slots and its traffic; what it has is
/// copied into the caller's tensors behind every step, and gradients are gathered before it. One rank alone copies nothing: it steps the
/// tensors where they are, as a <see cref="BoundSession{T}"/>. The session owns the parameters: on several ranks what the caller
/// writes into the tensors between steps is overwritten. A tensor of which a rank has no gradient counts as zero in its mean; one
/// that no rank has a gradient of stays as it is.
/// <para>For the caller's memory the rules of <see cref="BoundSession{T}"/> hold. Every member that talks to the other ranks says so; all
/// ranks call those in the same order.</para>
/// </remarks>
/// <typeparam name="T">float or double.</typeparam>
/// <example><code>
/// using var session = Optimizer.Adam(0.001).Plan&lt;float>(layout).Bind(ranks, [weights, bias]);
/// session.Step([weightsGradient, biasGradient]);      // weights and bias are the same on all ranks
/// </code></example>
public sealed class DistributedBoundSession<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly CallersTensors<T> _tensors;
    private readonly T[] _gradient;
    private T[] _point = [];
    private bool _isAtPoint;

    internal DistributedBoundSession(
        Plan<T> plan, ReadOnlySpan<TensorBlock<T>> tensors, Func<CallersTensors<T>, DistributedSession<T>> start)
    {
        _tensors = new CallersTensors<T>(plan.Layout, tensors);
        try
        {
            Session = start(_tensors);
            _gradient = Session.IsInPlace ? [] : new T[plan.Layout.Length];
            if (!Session.IsInPlace)
            {
                _tensors.WriteParameters(Session.AsSpan());
            }
        }
        catch
        {
            _tensors.Dispose();
            throw;
        }
    }

    /// <summary>The session that steps: for checkpoints (<see cref="ShardedCheckpoint"/>), signals, what it says of itself. It refuses to
    /// be stepped itself: this one brings the parameters to the tensors.</summary>
    public DistributedSession<T> Session { get; }

    /// <summary>The plan for all parameters.</summary>
    [System.Diagnostics.DebuggerBrowsable(System.Diagnostics.DebuggerBrowsableState.Never)]
    public Plan<T> Plan => Session.Plan;

    /// <inheritdoc cref="Session{T}.LossScale"/>
    public double LossScale => Session.LossScale;

    /// <summary>t, the number of updates applied.</summary>
    public long StepCount => Session.StepCount;

    /// <summary>The optimizer; setting another one goes on with it, as <see cref="DistributedSession{T}.Optimizer"/>. Setting talks to the
    /// other ranks.</summary>
    /// <exception cref="ArgumentException">As for <see cref="DistributedSession{T}.Optimizer"/>.</exception>
    public Optimizer Optimizer
    {
        get => Session.Optimizer;
        set
        {
            MoveBack();
            Session.Optimizer = value;
        }
    }

    /// <summary>The mean of the losses of the last step; NaN before the first and where none was handed in.</summary>
    public double Loss => Session.Loss;

    /// <summary>Whether a rank was asked to stop before the last step: the same answer on all of them.</summary>
    public bool MustStop => Session.MustStop;

    /// <summary>η_t of the coming step, without the reductions of loss-aware stages.</summary>
    /// <param name="tensor">The tensor's name; the first one that is not frozen if null.</param>
    /// <returns>The rate.</returns>
    /// <exception cref="ArgumentException">There is no such tensor.</exception>
    public double Rate(string? tensor = null) => Plan.RateAt(StepCount, tensor);

    /// <summary>One step, with the gradients of this rank's samples. Talks to the other ranks.</summary>
    /// <param name="gradients">For every tensor of the layout, in its order, the mean of its gradient over this rank's samples, which are
    /// as many as every other rank's; <see cref="TensorBlock{T}.None"/> where it has none.</param>
    /// <param name="loss">The loss there; NaN for none.</param>
    /// <returns>What became of the mean gradient; the same on all ranks.</returns>
    /// <exception cref="ArgumentException">A wrong number of blocks, a wrong length, freed memory, a gradient that overlaps parameters, no
    /// loss where one is needed, or the session has more parts than ranks.</exception>
    /// <exception cref="NonFiniteGradientException"><c>skipNonFinite</c> gives up, on all ranks.</exception>
    /// <exception cref="InvalidOperationException">The memory of a tensor was freed or moved.</exception>
    /// <exception cref="ObjectDisposedException">The session was disposed of.</exception>
    public StepOutcome Step(ReadOnlySpan<TensorBlock<T>> gradients, double loss = double.NaN)
    {
        _tensors.Take(gradients);
        return StepTaken(loss);
    }

    /// <summary>One step, with gradients that are arrays; null for a tensor that has none. Talks to the other ranks.</summary>
    /// <inheritdoc cref="Step(ReadOnlySpan{TensorBlock{T}}, double)"/>
    public StepOutcome Step(T[]?[] gradients, double loss = double.NaN)
    {
        _tensors.Take(Require.NotNull(gradients));
        return StepTaken(loss);
    }

    /// <summary>One step, with gradients by name; a tensor whose name is missing has none. Talks to the other ranks.</summary>
    /// <inheritdoc cref="Step(ReadOnlySpan{TensorBlock{T}}, double)"/>
    public StepOutcome Step(IReadOnlyDictionary<string, T[]> gradients, double loss = double.NaN)
    {
        _tensors.Take(Require.NotNull(gradients));
        return StepTaken(loss);
    }

    /// <summary>One step, with a report on it. Talks to the other ranks. Same bits as without; the report costs what
    /// <see cref="DistributedSession{T}.StepReported(ReadOnlySpan{T}, double)"/> says.</summary>
    /// <inheritdoc cref="Step(ReadOnlySpan{TensorBlock{T}}, double)"/>
    /// <returns>The report, the same on all ranks.</returns>
    public StepReport StepReported(ReadOnlySpan<TensorBlock<T>> gradients, double loss = double.NaN)
    {
        _tensors.Take(gradients);
        return ReportTaken(loss);
    }

    /// <inheritdoc cref="StepReported(ReadOnlySpan{TensorBlock{T}}, double)"/>
    public StepReport StepReported(T[]?[] gradients, double loss = double.NaN)
    {
        _tensors.Take(Require.NotNull(gradients));
        return ReportTaken(loss);
    }

    /// <summary>
    /// Puts the point at which the next gradient is to be evaluated where the parameters are, for a probe whose point depends on the
    /// state alone (<c>nag</c>); the step, or <see cref="MoveBack"/>, puts the parameters back. Talks to the other ranks.
    /// </summary>
    /// <exception cref="ArgumentException">The point depends on a gradient (<c>sam</c>).</exception>
    public void MoveToPoint()
    {
        if (Session.IsInPlace)
        {
            Session.OwnSession.MoveToPoint(isGiven: false);
            return;
        }

        Reserve();
        Session.PointHere(_point);
        WritePoint();
    }

    /// <summary>Puts the point at which the second gradient is to be evaluated where the parameters are. Talks to the other
    /// ranks.</summary>
    /// <param name="gradients">The gradient at the parameters, of the same mini-batch.</param>
    /// <exception cref="ArgumentException">As for <see cref="Step(ReadOnlySpan{TensorBlock{T}}, double)"/>.</exception>
    public void MoveToPoint(ReadOnlySpan<TensorBlock<T>> gradients)
    {
        _tensors.Take(gradients);
        if (Session.IsInPlace)
        {
            Session.OwnSession.MoveToPoint(isGiven: true);
            return;
        }

        Reserve();
        Collect();
        Session.PointHere(_gradient, _point);
        WritePoint();
    }

    /// <summary>Puts the parameters back after <see cref="MoveToPoint()"/>, without a step.</summary>
    public void MoveBack()
    {
        if (Session.IsInPlace)
        {
            Session.OwnSession.MoveBack();
        }
        else if (_isAtPoint)
        {
            _tensors.WriteParameters(Session.AsSpan());
            _isAtPoint = false;
        }
    }

    /// <summary>The state that a session of one would have, on every rank. Talks to the other ranks.</summary>
    /// <returns>The state, of the <see cref="Plan"/>.</returns>
    public State<T> Gather() => Session.Gather();

    /// <summary>Stops listening to signals, and lets the caller's memory go. The tensors keep their last values.</summary>
    public void Dispose()
    {
        try
        {
            MoveBack();
        }
        catch (InvalidOperationException)
        {
            // Freed already: there is nothing to put back.
        }

        Session.Dispose();
        _tensors.Dispose();
    }

    /// <summary>One line: the state of this rank.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => Session.ToString();

    private StepOutcome StepTaken(double loss)
    {
        if (Session.IsInPlace)
        {
            return Session.StepInPlace(loss);
        }

        var present = Collect();
        return Bring(Session.StepHere(_gradient, present, loss));
    }

    private StepReport ReportTaken(double loss)
    {
        if (Session.IsInPlace)
        {
            return Session.ReportInPlace(loss);
        }

        var present = Collect();
        var report = Session.ReportHere(_gradient, present, loss);
        Bring(report.Outcome);
        return report;
    }

    // The gradients taken, as one vector: zero where there is none.
    private ReadOnlySpan<bool> Collect()
    {
        var present = _tensors.Present;
        if (!present.IsEmpty)
        {
            Array.Clear(_gradient);
        }

        _tensors.GatherGradients(_gradient);
        return present;
    }

    private StepOutcome Bring(StepOutcome outcome)
    {
        if (outcome.HasUpdated() || _isAtPoint)
        {
            _tensors.WriteParameters(Session.AsSpan());
            _isAtPoint = false;
        }

        return outcome;
    }

    private void Reserve() => _point = _point.Length == _gradient.Length ? _point : new T[_gradient.Length];

    private void WritePoint()
    {
        _tensors.WriteParameters(_point);
        _isAtPoint = true;
    }
}
