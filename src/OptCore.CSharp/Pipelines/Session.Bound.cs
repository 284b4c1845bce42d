namespace OptCore;

/// <content>A session whose parameters are the caller's: what <see cref="BoundSession{T}"/> is made of.</content>
/// <remarks>
/// Its store has a vector for the parameters too, in which they are gathered where something needs them as one: snapshots, reports,
/// points. Steps do not.
/// </remarks>
public sealed partial class Session<T>
{
    private readonly CallersTensors<T>? _tensors;

    // Steps that are reported on, and points, are taken on the gathered vector.
    private Engine<T>? _flat;
    private Engine<T>? _reporting;

    /// <summary>Whether the caller's tensors hold the point of the probe, and the store the parameters.</summary>
    internal bool IsAtPoint { get; private set; }

    /// <summary>Refuses while a step runs, or after one that did not end.</summary>
    internal void CheckFree() => CheckUse();

    /// <summary>A step with the gradients that the tensors have taken.</summary>
    internal StepOutcome StepBound(double loss, bool atPoint)
    {
        CheckBound(loss, atPoint);
        _engine.SetPresent(_tensors!.Present);
        Enter();
        StepOutcome outcome;
        try
        {
            outcome = _engine.StepAttached(StepCount, default, loss);
            Leave();
        }
        catch (Exception error) when (Note(error))
        {
            throw;
        }

        // The session, needed here, has kept the tensors pinned.
        return Count(outcome);
    }

    /// <summary>A step with the gradients that the tensors have taken, and a report on it.</summary>
    internal StepReport StepBoundReported(double loss, bool atPoint)
    {
        CheckBound(loss, atPoint);
        Gather();
        var gradient = new T[Plan.Layout.Length];
        _tensors!.GatherGradients(gradient);
        var flat = _flat ??= Plan.Borrow();
        flat.SetPresent(_tensors.Present);
        try
        {
            return ReportOn(flat, gradient, loss);
        }
        finally
        {
            flat.SetPresent([]);
            _tensors.WriteParameters(_store.Buffer[0]);
        }
    }

    /// <summary>Puts the point of the coming step where the caller has the parameters.</summary>
    /// <param name="isGiven">Whether the tensors have taken gradients.</param>
    internal void MoveToPoint(bool isGiven)
    {
        CheckUse();
        MoveBack();
        Gather();
        var gradient = isGiven ? new T[Plan.Layout.Length] : [];
        if (isGiven)
        {
            _tensors!.GatherGradients(gradient);
        }

        var point = new T[Plan.Layout.Length];
        Plan.PointInto(_flat ??= Plan.Borrow(), _store, StepCount, gradient, point);
        _tensors!.WriteParameters(point);
        (_pointed, IsAtPoint) = (true, true);
    }

    /// <summary>Puts the parameters back.</summary>
    internal void MoveBack()
    {
        if (IsAtPoint)
        {
            _tensors!.WriteParameters(_store.Buffer[0]);
            IsAtPoint = false;
        }
    }

    private Engine<T> EngineOf(Plan<T> plan) =>
        _tensors is null ? plan.Borrow() : new Engine<T>(plan.Resolved, plan.Execution, _tensors.Places);

    private void Gather()
    {
        if (_tensors is not null && !IsAtPoint)
        {
            _tensors.ReadParameters(_store.Buffer[0]);
        }
    }

    private void CheckBound(double loss, bool atPoint)
    {
        Plan.CheckLoss(loss);
        CheckPointed(atPoint);
        MoveBack();
    }
}
