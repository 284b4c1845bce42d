namespace OptCore;

/// <content>A step whose mean is never written: each piece of it is stepped while it is in the cache.</content>
/// <remarks>
/// Where nothing looks at all of the mean before the first parameter changes; other steps have to wait for it. On several ranks the
/// parameters are stepped where all of them are: those of the rank's own session stay behind until somebody asks for it. All ranks
/// go the same way: they tell one another whether they can.
/// </remarks>
public sealed partial class DistributedSession<T>
{
    private MeanTaker<T>? _taker;
    private bool _isBehind;

    private bool CanStepInBlocks => Parts > 1 && _reach == Reach.Elements && _session.StepsInBlocks;

    // Tensors that no rank has a gradient of stay as they are: then the mean waits. So it does where a rank cannot.
    private bool StepsInBlocks => _notices.Present.IsEmpty && _notices.CanStepInBlocks;

    // The session of this rank's share, with the parameters that it has stepped.
    private Session<T> Current
    {
        get
        {
            if (_isBehind)
            {
                _session.TakeParameters(Collectives.Of(_parameters[0], Own));
                _isBehind = false;
            }

            return _session;
        }
    }

    // Of a gradient that was handed in, or of the parts that were evaluated.
    private StepOutcome StepInBlocks(ReadOnlySpan<T> gradient)
    {
        _session.BeginBlocks(Loss);
        _isBehind = !HasAll;
        StepOutcome outcome;
        try
        {
            _sum.Each(gradient, Parts, _taker ??= StepBlock, HasAll ? [] : _parameters[0]);
            outcome = _session.EndBlocks();
        }
        catch (Exception error) when (_session.BreakBlocks(error))
        {
            throw;
        }

        return outcome;
    }

    private void StepBlock(int start, ReadOnlySpan<T> mean) =>
        _session.StepBlock(start, mean, HasAll ? [] : _parameters[0].Slice(Own.Start + start, mean.Length));

    private void GatherParameters()
    {
        if (!HasAll)
        {
            Ranks.AllGather(_parameters[0], _cut.Pieces);
        }
    }
}
