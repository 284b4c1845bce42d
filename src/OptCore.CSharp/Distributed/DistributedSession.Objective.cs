namespace OptCore;

/// <content>Steps that evaluate an objective, and reports.</content>
public sealed partial class DistributedSession<T>
{
    /// <summary>
    /// One step that evaluates an objective itself: at the parameters, or at the points of a probe, and along the direction where the
    /// plan searches. Talks to the other ranks.
    /// </summary>
    /// <remarks>
    /// The objective gives the same numbers on all ranks: a <see cref="SharedObjective"/>, which shares its samples among them, or any
    /// other, which each of them then evaluates by itself. A line search looks at everything, so that each rank steps everything.
    /// </remarks>
    /// <param name="objective">The objective, of the layout's length.</param>
    /// <returns>What became of the gradient; the same on all ranks.</returns>
    /// <exception cref="ArgumentException">Another dimension, or an objective that changes from step to step where the plan
    /// searches.</exception>
    /// <exception cref="NonFiniteGradientException"><c>skipNonFinite</c> gives up, on all ranks.</exception>
    public StepOutcome Step(IObjective objective)
    {
        CheckNotBound();
        Plan.CheckObjective(objective);
        RefuseScale();
        if (_reach == Reach.Whole)
        {
            var (index, loss) = (Gradients, See(objective));
            Plan.CheckSeen(new Seen<T>(_gradient, loss, index));
            Tell(loss);
            return _session.Step(objective, index, _gradient, loss);
        }

        Tell(See(objective));
        return Advance(_gradient);
    }

    /// <summary>As <see cref="Step(IObjective)"/>, with a report on it.</summary>
    /// <inheritdoc cref="Step(IObjective)"/>
    /// <returns>The report, the same on all ranks; its loss is the objective's value where the gradient was evaluated.</returns>
    public StepReport StepReported(IObjective objective)
    {
        CheckNotBound();
        Plan.CheckObjective(objective);
        RefuseScale();
        if (_reach == Reach.Whole)
        {
            var report = _session.StepReported(objective);
            Tell(report.Loss);
            return report;
        }

        Tell(See(objective));
        return AdvanceReported(_gradient);
    }

    /// <summary>One step, with a report on it. Talks to the other ranks. Same bits as without.</summary>
    /// <remarks>
    /// Every rank gathers the state and the mean gradient, and makes the step of a session of one beside its own: the report is that of
    /// a session of one, to the bit. It costs its memory and its time.
    /// </remarks>
    /// <inheritdoc cref="Step(ReadOnlySpan{T}, double)"/>
    /// <returns>The report, the same on all ranks.</returns>
    public StepReport StepReported(ReadOnlySpan<T> gradient, double loss = double.NaN)
    {
        CheckNotBound();
        return ReportHere(gradient, [], loss);
    }

    /// <summary>One step in which this rank has no gradient of some tensors, with a report on it. Talks to the other ranks.</summary>
    /// <inheritdoc cref="Step(ReadOnlySpan{T}, ReadOnlySpan{bool}, double)"/>
    /// <returns>The report, the same on all ranks.</returns>
    public StepReport StepReported(ReadOnlySpan<T> gradient, ReadOnlySpan<bool> present, double loss = double.NaN)
    {
        CheckNotBound();
        CheckPresent(present);
        return ReportHere(gradient, present, loss);
    }

    /// <summary>One step with every part evaluated by the rank that has it, with a report on it. Talks to the other ranks.</summary>
    /// <inheritdoc cref="Step(PartGradient{T})"/>
    /// <returns>The report, the same on all ranks.</returns>
    public StepReport StepReported(PartGradient<T> evaluate)
    {
        CheckNotBound();
        EvaluateAll(evaluate);
        Tell();
        return AdvanceReported(MeanOfParts());
    }

    /// <summary><see cref="StepReported(ReadOnlySpan{T}, ReadOnlySpan{bool}, double)"/>, also of a session that is bound.</summary>
    internal StepReport ReportHere(ReadOnlySpan<T> gradient, ReadOnlySpan<bool> present, double loss)
    {
        var handed = Hand(gradient, present, loss);
        Tell();
        return AdvanceReported(Reduce(handed));
    }

    private void RefuseScale()
    {
        if (Plan.Resolved.Scaler is { } scaler)
        {
            throw new ArgumentException(
                $"{scaler.Prefix} takes gradients of a scaled loss; ranks that share an objective do not scale it. Step with a gradient, "
                + "or with a function that evaluates a part, and multiply by LossScale.",
                "objective");
        }
    }

    private StepReport AdvanceReported(ReadOnlySpan<T> mean)
    {
        var gradient = mean;
        if (_reach != Reach.Whole)
        {
            var all = new T[Plan.Layout.Length];
            mean.CopyTo(Collectives.Of<T>(all, Own));
            Ranks.AllGather<T>(all, _cut.Pieces);
            gradient = all;
        }

        var beside = Plan.Resume(Gather());
        var report = _notices.Present is { IsEmpty: false } present
            ? beside.StepReported(gradient, present, Loss, atPoint: true)
            : beside.StepReported(gradient, Loss, atPoint: true);
        Advance(mean);
        return report;
    }

    // What the coming step sees of the objective: this rank's elements of the gradient, and the loss.
    private double See(IObjective objective)
    {
        var gradient = new T[Plan.Layout.Length];
        var at = AsSpan();
        if (Plan.Probes > 0)
        {
            if (Plan.Probes == 2)
            {
                Keep(objective.EvaluateAt<T>(Gradients, at, gradient));
            }

            PointFrom(Plan.Probes == 2 ? _gradient : []);
            at = _point;
        }

        return Keep(objective.EvaluateAt<T>(Gradients, at, gradient));

        double Keep(double loss)
        {
            Collectives.Read<T>(gradient, Own).CopyTo(_gradient);
            return double.IsNaN(loss) ? double.PositiveInfinity : loss;
        }
    }

    // All ranks have the same loss.
    private void Tell(double loss)
    {
        _notices.SetPresent([]);
        Tell();
        Loss = loss;
    }
}
