namespace OptCore;

/// <content>A session whose parameters are in the caller's tensors: what <see cref="DistributedBoundSession{T}"/> is made of.</content>
public sealed partial class DistributedSession<T>
{
    // Whether that one steps this one, and brings the parameters to the tensors.
    private readonly bool _isBound;

    // The tensors, where one rank has all of them.
    private readonly CallersTensors<T>? _tensors;

    /// <summary>Whether one rank steps the caller's tensors where they are: without an exchange, without a copy.</summary>
    internal bool IsInPlace => _tensors is not null;

    /// <summary>One step in place, with the gradients that the tensors have taken.</summary>
    internal StepOutcome StepInPlace(double loss)
    {
        TellInPlace(loss);
        return _session.StepBound(Loss, atPoint: true);
    }

    /// <summary>One step in place, with a report on it.</summary>
    internal StepReport ReportInPlace(double loss)
    {
        TellInPlace(loss);
        return _session.StepBoundReported(Loss, atPoint: true);
    }

    private void TellInPlace(double loss)
    {
        _notices.OwnLosses.Span[0] = loss;
        Tell();
    }

    private void CheckNotBound()
    {
        if (_isBound)
        {
            throw new InvalidOperationException(
                "The parameters of this session are in the caller's tensors: step the session that is bound to them, not its Session.");
        }
    }
}
