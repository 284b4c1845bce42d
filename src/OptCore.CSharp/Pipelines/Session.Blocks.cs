namespace OptCore;

/// <content>Steps whose gradient comes block by block: what a <see cref="DistributedSession{T}"/> makes where it can.</content>
public sealed partial class Session<T>
{
    /// <summary>Whether the next step can be made so.</summary>
    internal bool StepsInBlocks => _use != Use.Disposed && _engine.StepsInBlocks;

    /// <summary>Begins a step. What refuses it throws here, and leaves the session as it was.</summary>
    internal void BeginBlocks(double loss)
    {
        Plan.CheckLoss(loss);
        Enter();
        try
        {
            _engine.BeginBlocks(StepCount, loss);
        }
        catch (Exception error) when (Note(error))
        {
            throw;
        }
    }

    /// <summary>Steps some elements, each of which comes once.</summary>
    /// <param name="start">The first of them.</param>
    /// <param name="gradient">Their gradient.</param>
    /// <param name="parameters">Their parameters, where the caller has them; empty where the session has. Those of the session stay behind
    /// until it takes them over.</param>
    internal void StepBlock(int start, ReadOnlySpan<T> gradient, Span<T> parameters) => _engine.StepBlock(start, gradient, parameters);

    /// <summary>Ends a step, all elements of which have come.</summary>
    internal StepOutcome EndBlocks()
    {
        _engine.EndBlocks();
        Leave();
        return Count(StepOutcome.Updated);
    }

    /// <summary>Says that a step will not end, as a filter: nothing is caught.</summary>
    internal bool BreakBlocks(Exception error) => Note(error);

    /// <summary>Takes over the parameters that the caller has stepped aside.</summary>
    internal void TakeParameters(ReadOnlySpan<T> parameters)
    {
        CheckUse();
        parameters.CopyTo(_store.Buffer[0]);
    }
}
