using OptCore.Kernels;

namespace OptCore.Compilation;

/// <content>From stages to the parts that the program is made of.</content>
internal sealed partial class Compiler<V, T>
{
    /// <summary>The parts of every stage and of the descent, with the number of values that they measure.</summary>
    public static IEnumerable<(ResolvedStage Stage, IReadOnlyList<Part<V, T>> Parts, int Measures)> PartsOf(
        ResolvedOptimizer model, Execution execution)
    {
        var compiler = new Compiler<V, T>(model, new StepMemory<T>(model.Layout.Length), execution, live: null);
        var stepped = false;
        foreach (var site in model.Stages)
        {
            if (!stepped && site.Stage.Phase > Phase.Step)
            {
                stepped = true;
                yield return (compiler.WholeFlow("step"), compiler.Descent(), compiler._measures);
            }

            yield return (site, compiler.PartsOf(site), compiler._measures);
        }

        if (!stepped)
        {
            yield return (compiler.WholeFlow("step"), compiler.Descent(), compiler._measures);
        }
    }

    private Part<V, T>[] Descent() =>
        _model.Stages.Any(site => site.Stage is IOwnsParameters { TakesStep: true })
            ? []
            : [new KernelPart<V, T, Descend<V, T>>(default, KernelUse.WritesParameters, perTensor: false)];

    private List<Part<V, T>> PartsOf(ResolvedStage site)
    {
        var parts = Collect(site, holding: false).Parts;
        foreach (var build in ElsewhereOf(site.Stage))
        {
            var collector = new PartCollector<V, T>(site, this, Purpose.Point, null) { ReadsStored = true };
            build(collector);
            parts.AddRange(collector.Parts);
        }

        return parts;
    }

    private static Action<StageBuilder<V, T>>[] ElsewhereOf(IStage stage) => stage switch
    {
        IOwnsParameters owner => [owner.BuildBehindGradient, owner.BuildBeforeStep, owner.BuildAtEnd],
        ISeesGradient seeing => [seeing.BuildBeforeDirection],
        _ => [],
    };

    private void AddStage(ResolvedStage site, bool holding) => AddParts(Collect(site, holding), site);

    private PartCollector<V, T> Collect(ResolvedStage site, bool holding)
    {
        var live = _live?.Of(site);
        var collector = new PartCollector<V, T>(site, this, holding ? Purpose.Hold : Purpose.Update, live);
        switch (live?.Stage ?? site.Stage)
        {
            case IFusedStage fused:
                fused.Build(collector);
                break;
            case IOpenStage open:
                open.Build(collector);
                break;
            case ISpanStage span:
                SpanStages.Build(span, site, _model, _memory, collector);
                break;
            case IGuard or ISizeGuard or ISearch:
                break;
            default:
                throw NoWay(site);
        }

        if (!holding)
        {
            collector.CarryRest();
        }

        return collector;
    }

    private static ArgumentException NoWay(ResolvedStage site) => new(
        $"The stage {site.Prefix} says no way to run; implement {nameof(IFusedStage)}, {nameof(IOpenStage)} or {nameof(ISpanStage)}.");

    private void AddParts(PartCollector<V, T> collector, ResolvedStage site)
    {
        foreach (var part in collector.Parts)
        {
            part.AddTo(this, site);
        }
    }
}
