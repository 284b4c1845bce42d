using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// One optimizer on many ranks: each hands in the gradient of its samples; gradients are averaged and scattered, each rank steps
/// its share of the parameters with its share of the slots, and the parameters come back to all of them.
/// </summary>
/// <remarks>
/// The result has the bits of a <see cref="Session{T}"/> that steps on the mean of the gradients. Losses, norms and what is
/// decided from them (a skipped gradient, a reduced rate) are the same on all ranks. The mean is that of k parts, summed in the
/// order of <see cref="PartTree"/>: with as many parts as ranks, unless the session is told a number, which then gives the
/// same bits on any number of ranks up to it.
/// <para>Memory per rank: the parameters, a gradient, and 1/n of parameters and slots. Traffic per step: (n − 1)/n of the bytes of a
/// gradient out and in for the mean, as much for the parameters, and a few numbers; no exchange moves less.
/// <see cref="Describe"/> says how an optimizer is shared: by elements, by whole tensors where a rule looks at tensors, or not
/// at all where a rule looks at everything by itself (a function on spans): then each rank steps everything.</para>
/// Every member that talks to the other ranks says so; all ranks call those in the same order.
/// </remarks>
/// <typeparam name="T">float or double.</typeparam>
public sealed partial class DistributedSession<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly StepNotices _notices;
    private Session<T> _session;
    private Plan<T> _own;
    private ShardCut _cut;
    private Reach _reach;
    private Piece[] _pieces;
    private PartSum<T> _sum;
    private AlignedBuffer<T> _parameters;
    private T[] _gradient;
    private T[] _point = [];
    private T[] _masked = [];
    private Interruption? _signals;
    private bool _stop;

    /// <param name="plan">The plan.</param>
    /// <param name="ranks">The ranks.</param>
    /// <param name="parts">The number of parts; 0 for one for each rank.</param>
    /// <param name="start">The state of a share.</param>
    /// <param name="tensors">The caller's tensors, of the session that is bound to them.</param>
    internal DistributedSession(
        Plan<T> plan, ICollectives ranks, int parts, Func<Plan<T>, ShardCut, int, State<T>> start, CallersTensors<T>? tensors = null)
    {
        (Ranks, Parts, HasOwnParts) = (ranks, parts == 0 ? ranks.Size : parts, parts != 0);
        OwnParts = PartTree.PartsOf(ranks.Rank, ranks.Size, Parts);
        (_isBound, _tensors) = (tensors is not null, ranks.Size == 1 ? tensors : null);
        _notices = new StepNotices(ranks, Parts, plan.Layout.Tensors.Count);
        Begin(plan, start);
    }

    /// <summary>The plan for all parameters.</summary>
    public Plan<T> Plan { get; private set; }

    /// <summary>The ranks.</summary>
    public ICollectives Ranks { get; }

    /// <summary>k, the number of parts of every gradient.</summary>
    public int Parts { get; }

    /// <summary>The parts that this rank evaluates.</summary>
    public Piece OwnParts { get; }

    /// <summary>The parameters that this rank steps.</summary>
    public Piece Own => _reach == Reach.Whole ? new Piece(0, Plan.Layout.Length) : _cut.Pieces[Ranks.Rank];

    /// <inheritdoc cref="Session{T}.LossScale"/>
    public double LossScale => _session.LossScale;

    /// <summary>t, the number of updates applied.</summary>
    public long StepCount => _session.StepCount;

    /// <summary>The mean of the losses of the last step; NaN before the first and where none was handed in.</summary>
    public double Loss { get; private set; } = double.NaN;

    /// <summary>Whether a rank was asked to stop before the last step: the same answer on all of them.</summary>
    public bool MustStop => _notices.MustStop;

    /// <summary>The optimizer; setting another one goes on with it, as <see cref="Session{T}.Optimizer"/>. Setting talks to the other
    /// ranks, all of which set the same one; where it is shared in another way than the one before, all of the state goes to every
    /// rank once.</summary>
    /// <exception cref="ArgumentException">As for <see cref="Session{T}.Optimizer"/>; the session is as it was.</exception>
    /// <exception cref="CollectiveException">The ranks set different ones.</exception>
    public Optimizer Optimizer
    {
        get => Plan.Optimizer;
        set => GoOnWith(Require.NotNull(value).Plan<T>(Plan.Layout, Plan.Execution));
    }

    /// <summary>All parameters, without a copy; the next step changes them.</summary>
    /// <returns>The flat vector.</returns>
    public ReadOnlySpan<T> AsSpan() => IsInPlace ? _session.Store.Buffer[0] : HasAll ? _session.AsSpan() : _parameters[0];

    /// <summary>One step, with the gradient of this rank's samples. Talks to the other ranks.</summary>
    /// <param name="gradient">The gradient at the parameters (at the point that <see cref="Point(Span{T})"/> gave, where the plan has a
    /// probe): the mean over this rank's samples, which are as many as every other rank's.</param>
    /// <param name="loss">The loss there; NaN for none.</param>
    /// <returns>What became of the mean gradient; the same on all ranks.</returns>
    /// <exception cref="ArgumentException">Wrong length, no loss where one is needed, or the session has more parts than ranks.</exception>
    /// <exception cref="NonFiniteGradientException"><c>skipNonFinite</c> gives up, on all ranks.</exception>
    /// <exception cref="InvalidOperationException">The session is that of a <see cref="DistributedBoundSession{T}"/>: step that
    /// one.</exception>
    public StepOutcome Step(ReadOnlySpan<T> gradient, double loss = double.NaN)
    {
        CheckNotBound();
        return StepHere(gradient, [], loss);
    }

    /// <summary>
    /// One step in which this rank has no gradient of some tensors. It counts as zero in the mean; a tensor of which no rank has a
    /// gradient stays as it is, as in <see cref="Session{T}.Step(ReadOnlySpan{T}, ReadOnlySpan{bool}, double, bool)"/>.
    /// </summary>
    /// <inheritdoc cref="Step(ReadOnlySpan{T}, double)"/>
    /// <param name="present">For every tensor of the layout whether this rank has a gradient of it; what <paramref name="gradient"/>
    /// holds for one that has none is not looked at.</param>
    public StepOutcome Step(ReadOnlySpan<T> gradient, ReadOnlySpan<bool> present, double loss = double.NaN)
    {
        CheckNotBound();
        CheckPresent(present);
        return StepHere(gradient, present, loss);
    }

    /// <summary>One step, with every part of the gradient evaluated by the rank that has it. Talks to the other ranks.</summary>
    /// <param name="evaluate">Evaluates a part, at the point of the plan's probe if it has one; called for <see cref="OwnParts"/>, in
    /// their order.</param>
    /// <returns>What became of the mean gradient; the same on all ranks.</returns>
    /// <exception cref="ArgumentException">No loss where one is needed.</exception>
    /// <exception cref="NonFiniteGradientException"><c>skipNonFinite</c> gives up, on all ranks.</exception>
    public StepOutcome Step(PartGradient<T> evaluate)
    {
        CheckNotBound();
        EvaluateAll(evaluate);
        Tell();
        return StepsInBlocks ? StepInBlocks([]) : Advance(MeanOfParts());
    }

    /// <summary>The point at which the next gradient is to be evaluated, where it depends on the state alone. Talks to the other
    /// ranks.</summary>
    /// <param name="point">Receives the point.</param>
    /// <exception cref="ArgumentException">Wrong length, or the point depends on a gradient (<c>sam</c>).</exception>
    public void Point(Span<T> point)
    {
        CheckNotBound();
        PointHere(point);
    }

    /// <summary>The point at which the second gradient of the next step is to be evaluated. Talks to the other ranks.</summary>
    /// <param name="gradient">This rank's gradient at the parameters, of the same samples.</param>
    /// <param name="point">Receives the point.</param>
    /// <exception cref="ArgumentException">Wrong length, or the session has more parts than ranks.</exception>
    public void Point(ReadOnlySpan<T> gradient, Span<T> point)
    {
        CheckNotBound();
        PointHere(gradient, point);
    }

    /// <summary>How the optimizer is shared among the ranks, and what a step of this rank does.</summary>
    /// <returns>Several lines.</returns>
    public string Describe()
    {
        var size = Unsafe.SizeOf<T>();
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{Ranks}");
        text.AppendLine("shared    " + _reach switch
        {
            Reach.Elements => "by elements: each rank steps its elements of the vector",
            Reach.Tensors => "by tensors: a rule looks at tensors, each rank steps some of them",
            _ => "not at all: a rule looks at the whole vector by itself, so that each rank steps everything",
        });
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"here      elements {Own.Start} … {Own.End} of {Plan.Layout.Length}, "
            + $"parts {OwnParts.Start} … {OwnParts.End} of {Parts}");
        text.AppendLine("mean      " + (CanStepInBlocks
            ? "block by block, each stepped while it is in the cache"
            : "as a whole before the step"));
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"memory    {(_parameters.Length + ((long)Own.Length * _own.Resolved.Lanes)) * size} bytes of parameters and slots");
        text.Append(_own.Describe());
        return text.ToString();
    }

    /// <summary>Asks for an end: <see cref="MustStop"/> is true on all ranks behind the next step.</summary>
    public void RequestStop() => _stop = true;

    /// <summary>
    /// From now on Ctrl-C, SIGTERM and, where there are such, SIGUSR1 and SIGUSR2 (what schedulers send before they end a job) ask for
    /// an end, as <see cref="RequestStop"/> does; a second one ends the process.
    /// </summary>
    public void StopOnSignals() => _signals ??= new Interruption(signals: true, ofSchedulers: true);

    /// <summary>Stops listening to signals, and lets go of the buffers, as <see cref="Session{T}.Dispose"/> does.</summary>
    public void Dispose()
    {
        _signals?.Dispose();
        _session.Dispose();
        _isBehind = false;
    }

    /// <summary>One line: the state of this rank.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"{Ranks}: {Current}";

    /// <summary>The number of gradients taken up or refused so far: which batch is next.</summary>
    internal long Gradients => _own.Resolved.GradientsBefore(StepCount, _session.Store.Counts);

    /// <summary>Who has which elements.</summary>
    internal ShardCut Cut => _cut;

    /// <summary>Whether the session was told a number of parts, rather than one for each rank.</summary>
    internal bool HasOwnParts { get; }

    /// <summary>The session on this rank's share.</summary>
    internal Session<T> OwnSession => Current;

    /// <summary><see cref="Step(ReadOnlySpan{T}, ReadOnlySpan{bool}, double)"/>, also of a session that is bound.</summary>
    internal StepOutcome StepHere(ReadOnlySpan<T> gradient, ReadOnlySpan<bool> present, double loss)
    {
        var handed = Hand(gradient, present, loss);
        Tell();
        return StepsInBlocks ? StepInBlocks(handed) : Advance(Reduce(handed));
    }

    /// <summary><see cref="Point(Span{T})"/>, also of a session that is bound.</summary>
    internal void PointHere(Span<T> point)
    {
        Plan.CheckLength(point.Length, nameof(point));
        PointFrom([]);
        _point.CopyTo(point);
    }

    /// <summary><see cref="Point(ReadOnlySpan{T}, Span{T})"/>, also of a session that is bound.</summary>
    internal void PointHere(ReadOnlySpan<T> gradient, Span<T> point)
    {
        CheckGradient(gradient);
        Plan.CheckLength(point.Length, nameof(point));
        PointFrom(Reduce(gradient));
        _point.CopyTo(point);
    }

    // Then the session's parameters are all there are.
    private bool HasAll => _cut.Pieces.Length == 1;

    // The step of this rank, with what all of them know.
    private StepOutcome Advance(ReadOnlySpan<T> mean)
    {
        var outcome = _notices.Present is { IsEmpty: false } present
            ? Current.Step(mean, present, Loss, atPoint: true)
            : Current.Step(mean, Loss, atPoint: true);
        if (outcome == StepOutcome.Updated)
        {
            Spread();
        }

        return outcome;
    }

    private void Tell()
    {
        _notices.Exchange(_stop || _signals is { IsAsked: true }, CanStepInBlocks);
        Loss = _notices.Loss;
    }

    private void Spread()
    {
        if (!HasAll)
        {
            _session.AsSpan().CopyTo(Collectives.Of(_parameters[0], Own));
            GatherParameters();
        }
    }
}
