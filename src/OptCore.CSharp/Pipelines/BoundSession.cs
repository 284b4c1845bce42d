using System.Numerics;

namespace OptCore;

/// <summary>
/// Steps in the caller's memory: the parameters stay where the caller has them, one block for every tensor of the layout, and so do
/// the gradients; slots are in the library's memory. The same bits as a <see cref="Session{T}"/> on one vector; allocates nothing
/// per step. For one thread at a time.
/// </summary>
/// <remarks>
/// Arrays stay pinned until the session is disposed or collected, gradients until others come in their place: hand in the same ones
/// every step where you can. Whoever frees native memory disposes of the session first; a step on memory that says it was freed is
/// refused. <para>A tensor that has no gradient in a step (<see cref="TensorBlock{T}.None"/>, null, a missing name) stays as it is:
/// parameters, slots, averages, its share in norms. The programs for such steps are made when a set of tensors comes for the first
/// time; the last 64 sets are kept.</para>
/// <para>Snapshots, reports and points gather the parameters in one vector, which the session has beside its slots. Rules on the
/// parameters as one vector (projections over several tensors) gather and scatter in every step; everything else works where
/// the tensors are.</para>
/// </remarks>
/// <typeparam name="T">float or double.</typeparam>
/// <example><code>
/// using var session = Optimizer.Adam(0.001).Plan&lt;float>(layout).Bind([weights, bias]);
/// session.Step([weightsGradient, biasGradient]);      // weights and bias have changed
/// </code></example>
public sealed partial class BoundSession<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Session<T> _session;
    private readonly CallersTensors<T> _tensors;

    internal BoundSession(Plan<T> plan, ReadOnlySpan<TensorBlock<T>> tensors, State<T>? state)
    {
        _tensors = new CallersTensors<T>(plan.Layout, tensors);
        try
        {
            if (state is null)
            {
                var parameters = new T[plan.Layout.Length];
                _tensors.ReadParameters(parameters);
                state = plan.Init(parameters);
            }
            else
            {
                state = new State<T>(plan, state.Store.Copy(), state.Step);
                _tensors.WriteParameters(state.AsSpan());
            }

            _session = new Session<T>(plan, state, _tensors);
        }
        catch
        {
            _tensors.Dispose();
            throw;
        }
    }

    /// <summary>The plan.</summary>
    [System.Diagnostics.DebuggerBrowsable(System.Diagnostics.DebuggerBrowsableState.Never)]
    public Plan<T> Plan => _session.Plan;

    /// <inheritdoc cref="Session{T}.LossScale"/>
    public double LossScale => _session.LossScale;

    /// <summary>t, the number of updates applied.</summary>
    public long StepCount => _session.StepCount;

    /// <summary>The optimizer; setting another one goes on with it, as <see cref="Session{T}.Optimizer"/>.</summary>
    /// <exception cref="ArgumentException">As for <see cref="Session{T}.Optimizer"/>.</exception>
    public Optimizer Optimizer
    {
        get => _session.Optimizer;
        set => _session.Optimizer = value;
    }

    /// <summary>η_t of the coming step, without the reductions of loss-aware stages.</summary>
    /// <param name="tensor">The tensor's name; the first one that is not frozen if null.</param>
    /// <returns>The rate.</returns>
    /// <exception cref="ArgumentException">There is no such tensor.</exception>
    public double Rate(string? tensor = null) => Plan.RateAt(StepCount, tensor);

    /// <summary>One step in the caller's memory.</summary>
    /// <param name="gradients">For every tensor of the layout, in its order, the gradient at the parameters, or
    /// <see cref="TensorBlock{T}.None"/>.</param>
    /// <param name="loss">The loss, for loss-aware stages; NaN for none.</param>
    /// <param name="atPoint">Says that the gradients were evaluated at the point of this step, where <see cref="MoveToPoint()"/> was not
    /// asked for. Only probes (<c>nag</c>, <c>sam</c>) need either.</param>
    /// <returns>What became of the gradient.</returns>
    /// <exception cref="ArgumentException">A wrong number of blocks, a wrong length, freed memory, a gradient that overlaps parameters, or
    /// no loss where one is needed.</exception>
    /// <exception cref="NonFiniteGradientException"><c>skipNonFinite</c> gives up; parameters and slots are unchanged.</exception>
    /// <exception cref="InvalidOperationException">The memory of a tensor was freed or moved, the session is in use or was left in the
    /// middle of a step, or the optimizer probes and nobody asked for the point.</exception>
    /// <exception cref="ObjectDisposedException">The session was disposed of.</exception>
    public StepOutcome Step(ReadOnlySpan<TensorBlock<T>> gradients, double loss = double.NaN, bool atPoint = false)
    {
        _session.CheckFree();
        _tensors.Take(gradients);
        return _session.StepBound(loss, atPoint);
    }

    /// <summary>One step in the caller's memory, with gradients that are arrays; null for a tensor that has none.</summary>
    /// <inheritdoc cref="Step(ReadOnlySpan{TensorBlock{T}}, double, bool)"/>
    public StepOutcome Step(T[]?[] gradients, double loss = double.NaN, bool atPoint = false)
    {
        _session.CheckFree();
        _tensors.Take(Require.NotNull(gradients));
        return _session.StepBound(loss, atPoint);
    }

    /// <summary>One step in the caller's memory, with gradients by name; a tensor whose name is missing has none.</summary>
    /// <inheritdoc cref="Step(ReadOnlySpan{TensorBlock{T}}, double, bool)"/>
    public StepOutcome Step(IReadOnlyDictionary<string, T[]> gradients, double loss = double.NaN, bool atPoint = false)
    {
        _session.CheckFree();
        _tensors.Take(Require.NotNull(gradients));
        return _session.StepBound(loss, atPoint);
    }

    /// <summary>One step, with a report on it. Same bits as without; the report costs copies and extra passes.</summary>
    /// <inheritdoc cref="Step(ReadOnlySpan{TensorBlock{T}}, double, bool)"/>
    /// <returns>The report.</returns>
    public StepReport StepReported(ReadOnlySpan<TensorBlock<T>> gradients, double loss = double.NaN, bool atPoint = false)
    {
        _session.CheckFree();
        _tensors.Take(gradients);
        return _session.StepBoundReported(loss, atPoint);
    }

    /// <inheritdoc cref="StepReported(ReadOnlySpan{TensorBlock{T}}, double, bool)"/>
    public StepReport StepReported(T[]?[] gradients, double loss = double.NaN, bool atPoint = false)
    {
        _session.CheckFree();
        _tensors.Take(Require.NotNull(gradients));
        return _session.StepBoundReported(loss, atPoint);
    }

    /// <summary>
    /// Puts the point at which the next gradient is to be evaluated where the parameters are, for a probe whose point depends on the
    /// state alone (<c>nag</c>). The step takes the parameters back first; so does <see cref="MoveBack"/>.
    /// </summary>
    /// <exception cref="ArgumentException">The point depends on a gradient (<c>sam</c>).</exception>
    /// <exception cref="InvalidOperationException">As for <see cref="Step(ReadOnlySpan{TensorBlock{T}}, double, bool)"/>.</exception>
    public void MoveToPoint()
    {
        _session.CheckFree();
        _session.MoveToPoint(isGiven: false);
    }

    /// <summary>Puts the point at which the second gradient is to be evaluated where the parameters are.</summary>
    /// <param name="gradients">The gradient at the parameters, of the same mini-batch.</param>
    /// <exception cref="ArgumentException">As for <see cref="Step(ReadOnlySpan{TensorBlock{T}}, double, bool)"/>.</exception>
    /// <exception cref="InvalidOperationException">As for <see cref="Step(ReadOnlySpan{TensorBlock{T}}, double, bool)"/>.</exception>
    public void MoveToPoint(ReadOnlySpan<TensorBlock<T>> gradients)
    {
        _session.CheckFree();
        _tensors.Take(gradients);
        _session.MoveToPoint(isGiven: true);
    }

    /// <inheritdoc cref="MoveToPoint(ReadOnlySpan{TensorBlock{T}})"/>
    public void MoveToPoint(T[]?[] gradients)
    {
        _session.CheckFree();
        _tensors.Take(Require.NotNull(gradients));
        _session.MoveToPoint(isGiven: true);
    }

    /// <summary>Puts the parameters back after <see cref="MoveToPoint()"/>, without a step.</summary>
    public void MoveBack()
    {
        _session.CheckFree();
        _session.MoveBack();
    }

    /// <summary>The state now, as an immutable copy: for <see cref="Checkpoint.Save{T}(State{T}, string)"/>.</summary>
    /// <returns>The state.</returns>
    public State<T> Snapshot() => _session.Snapshot();

    /// <summary>Lets the caller's memory go. The tensors keep their last values.</summary>
    public void Dispose()
    {
        try
        {
            _session.MoveBack();
        }
        catch (InvalidOperationException)
        {
            // Freed already: there is nothing to put back.
        }

        _tensors.Dispose();
        _session.Dispose();
    }

    /// <summary>One line, as the state prints.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => _session.ToString();
}
