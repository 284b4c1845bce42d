using OptCore.Kernels;

namespace OptCore.Compilation;

/// <content>What a program does one after the other, for each purpose.</content>
internal sealed partial class Compiler<V, T>
{
    private void AddUpdate(Purpose purpose)
    {
        CopyFrozen();
        AddStagesBeforeStep(purpose);
        AddStep(purpose);
        foreach (var site in _model.Stages)
        {
            if (site.Stage.Phase > Phase.Step)
            {
                AddStage(purpose, site, Source.NewParameters);
            }
        }

        if (_model.ActsElsewhere)
        {
            AddAtEnd();
        }

        FlushAll();
    }

    private void AddBehindGradient() =>
        AddElsewhere<IOwnsParameters>(stored: false, (owner, builder) => owner.BuildBehindGradient(builder));

    private void AddBeforeDirection() =>
        AddElsewhere<ISeesGradient>(stored: false, (seeing, builder) => seeing.BuildBeforeDirection(builder));

    private void AddBeforeStep() => AddElsewhere<IOwnsParameters>(stored: false, (owner, builder) => owner.BuildBeforeStep(builder));

    private void AddAtEnd() => AddElsewhere<IOwnsParameters>(stored: true, (owner, builder) => owner.BuildAtEnd(builder));

    // What stages do outside their phase: they read their slots, before their rules or behind them.
    private void AddElsewhere<S>(bool stored, Action<S, StageBuilder<V, T>> build)
        where S : IStage
    {
        foreach (var site in _model.Stages)
        {
            var live = _live?.Of(site);
            if ((live?.Stage ?? site.Stage) is S owner)
            {
                var collector = new PartCollector<V, T>(site, this, Purpose.Point, live) { ReadsStored = stored };
                build(owner, collector);
                AddParts(collector, site);
            }
        }
    }

    private void AddStagesBeforeStep(Purpose purpose)
    {
        var (conditioned, penalized) = (false, !_model.ActsElsewhere);
        foreach (var site in _model.Stages)
        {
            if (site.Stage.Phase > Phase.Step)
            {
                continue;
            }

            if (!conditioned && site.Stage.Phase > Phase.Gradient)
            {
                AddBehindGradient(purpose);
                conditioned = true;
            }

            if (!penalized && site.Stage.Phase > Phase.Regularization)
            {
                AddBeforeDirection();
                penalized = true;
            }

            AddStage(purpose, site, Source.Update);
        }

        if (!conditioned)
        {
            AddBehindGradient(purpose);
        }

        if (!penalized)
        {
            AddBeforeDirection();
        }
    }

    private void AddBehindGradient(Purpose purpose)
    {
        if (purpose is Purpose.Observe or Purpose.Trace)
        {
            MeasureConditioned();
        }

        if (_model.ActsElsewhere)
        {
            AddBehindGradient();
        }
    }

    private void MeasureConditioned()
    {
        _conditioned = ReserveMeasure(perTensor: false);
        AddUpdateNorm(new NormsOnTheWay(_conditioned.Value, null), WholeFlow("gradient"));
    }

    private void AddStage(Purpose purpose, ResolvedStage site, Source changes)
    {
        AddStage(site, holding: false);
        if (purpose is Purpose.Diagnose or Purpose.Trace)
        {
            AddCheck(purpose, site, changes);
        }
    }

    private void AddStep(Purpose purpose)
    {
        if (_model.ActsElsewhere)
        {
            AddBeforeStep();
        }

        if (_model.Search is { } search)
        {
            AddSearch(search);
        }

        AddDescent();
        if (purpose is Purpose.Diagnose or Purpose.Trace)
        {
            AddCheck(purpose, WholeFlow("step"), Source.NewParameters);
        }
    }

    private void AddSearch(ResolvedStage search)
    {
        foreach (var segment in _segments)
        {
            segment.PutUpdateAside();
        }

        _operations.Add(new SearchAlong<T>(search));
    }

    private void AddTrial()
    {
        foreach (var segment in _segments)
        {
            segment.TakeUpdateUp();
        }

        AddDescent();
        FlushAll();
    }

    private void AddDescent()
    {
        foreach (var segment in _segments)
        {
            if (!_model.ActsElsewhere || !StepsByItself(segment))
            {
                segment.Add(new KernelPart<V, T, Descend<V, T>>(default, KernelUse.WritesParameters, perTensor: false), "step");
            }
        }
    }

    private bool StepsByItself(Segment<V, T> segment) =>
        _model.Stages.Any(site => site.Stage is IOwnsParameters { TakesStep: true } && ActsOn(site, segment));

    // What a program that looks at every stage does behind one.
    private void AddCheck(Purpose purpose, ResolvedStage site, Source source)
    {
        // Who watches the parameters looks at all of them.
        source = source == Source.Update
            ? SettleUpdate(site, mayStay: false)
            : SettleParameters(purpose == Purpose.Trace ? WholeFlow(site.Prefix) : site);
        var present = _model.Present(site);
        _operations.Add(purpose == Purpose.Trace
            ? new ShowVector<T>(source, site, present)
            : new CheckFinite<T>(source, _model.Ranges(present), site.Prefix));
    }

    // All tensors that move, under a name of the flow rather than of a stage.
    private ResolvedStage WholeFlow(string name) => new(NoStage.Instance, Phase.Step, _model.Moving, name);

    private void AddHold()
    {
        var gate = _model.Gate!;
        foreach (var site in _model.Stages)
        {
            AddStage(site, holding: true);
            if (site == gate)
            {
                break;
            }
        }

        FlushAll();
    }

    private void AddPoint()
    {
        CopyFrozen();
        foreach (var leading in _model.Stages.Where(site => site.Phase == PhaseOrder.Leading))
        {
            AddStage(leading, holding: false);
        }

        foreach (var rate in _model.Stages.Where(site => site.Phase == Phase.Step && site.Stage is not (IOwnsParameters or ISeesGradient)))
        {
            // For the rate that the coming step will have; what else they do is done to copies of their slots.
            AddStage(rate, holding: false);
        }

        var site = _model.Probe!;
        var live = _live?.Of(site);
        var probe = (IProbe)(live?.Stage ?? site.Stage);
        var collector = new PartCollector<V, T>(site, this, Purpose.Point, live);
        probe.BuildPoint(collector);
        foreach (var segment in _segments)
        {
            segment.MustStoreParameters();
        }

        AddParts(collector, site);
        FlushAll();
    }

    private void CopyFrozen()
    {
        var frozen = _model.Ranges(_model.Frozen);
        if (frozen.Length > 0)
        {
            _operations.Add(new CopyFrozen<T>(frozen));
        }
    }
}
