namespace OptCore;

/// <summary>Resolves an optimizer for a layout: scopes, partitions and patterns become sets of tensors.</summary>
internal sealed class Resolver
{
    private readonly Layout _layout;
    private readonly Layout _checked;
    private readonly List<ResolvedStage> _stages = [];
    private readonly SiteNames _names = new();
    private TensorSet _frozen;
    private readonly RateRule[] _rates;

    private Resolver(Layout layout, Layout whole)
    {
        (_layout, _checked) = (layout, whole);
        _frozen = TensorSet.Nothing(layout.Tensors.Count);
        _rates = new RateRule[layout.Tensors.Count];
    }

    /// <summary>The model of an optimizer for a layout.</summary>
    /// <exception cref="ArgumentException">A pattern matches no tensor, a part is shadowed, two rates are inside, …</exception>
    /// <param name="optimizer">The optimizer.</param>
    /// <param name="layout">The tensors.</param>
    /// <param name="whole">The same tensors with all their elements, where the layout has those of one rank.</param>
    public static ResolvedOptimizer Of(Optimizer optimizer, Layout layout, Layout? whole = null)
    {
        var resolution = new Resolver(layout, whole ?? layout);
        resolution.Add(optimizer, TensorSet.Everything(layout.Tensors.Count), string.Empty);
        return resolution.Finish();
    }

    private void Add(Optimizer optimizer, TensorSet within, string prefix)
    {
        CheckPatterns(optimizer);
        MarkFrozen(optimizer, within);
        if (optimizer.Parts.Count > 0)
        {
            AddParts(optimizer, within, prefix);
        }

        var stages = ScheduledValues.StagesOf(optimizer);
        var values = optimizer.ScheduledValues.Count == 0 ? null : ScheduledValues.ByStage(optimizer, stages);
        var listed = optimizer.FlowStages?.Count ?? 0;
        for (var i = 0; i < stages.Count; i++)
        {
            // One key for all of a flow: the listed order is the order of execution.
            var phase = i < listed ? Phase.Gradient : stages[i].Stage.Phase;
            Add(phase, stages[i], values?[i] ?? [], within, prefix);
        }

        SetRates(optimizer, within);
    }

    private void AddParts(Optimizer optimizer, TensorSet within, string prefix)
    {
        var left = within;
        foreach (var part in optimizer.Parts)
        {
            var tensors = Matching(left, part.Pattern);
            if (tensors.IsEmpty && !within.IsEmpty)
            {
                throw new ArgumentException(
                    Matching(within, part.Pattern).IsEmpty
                        ? NoMatch(part.Pattern)
                        : $"The part \"{part.Pattern}\" of the partition gets no tensor: earlier patterns match all of its tensors.");
            }

            Add(part.Optimizer, tensors, $"{prefix}partition[{part.Pattern}].");
            left = left.Without(tensors);
        }

        if (!left.IsEmpty)
        {
            throw new ArgumentException(
                $"The partition has no part for the tensor \"{_layout.Tensors[left.Indices[0]].Name}\"; its patterns are: "
                + $"{string.Join(", ", optimizer.Parts.Select(part => $"\"{part.Pattern}\""))}. Add a last part \"*\".");
        }
    }

    private void Add(Phase phase, ScopedStage placed, ScheduledValue[] values, TensorSet within, string prefix)
    {
        var (stage, scope) = placed;
        // Freezing is decided before any stage of its optimizer is added, parts included.
        var tensors = InScope(within, scope).Without(_frozen);
        var site = new ResolvedStage(stage, PhaseOrder.KeyOf(stage, phase), tensors, prefix, _names)
        {
            Values = values,
            Conditions = scope.Conditions,
        };
        _names.Add(site);

        // Within a phase the parts of a partition come first, since they are added first.
        _stages.Insert(PhaseOrder.Place(_stages, site.Phase), site);
        (stage as IPlanCheck)?.CheckPlan(Elements(tensors));
        foreach (var index in tensors.Indices)
        {
            (stage as ITensorCheck)?.CheckTensor(_checked.Tensors[index]);
        }
    }

    private long Elements(TensorSet tensors)
    {
        long elements = 0;
        foreach (var index in tensors.Indices)
        {
            elements += _checked.Tensors[index].Length;
        }

        return elements;
    }

    private void MarkFrozen(Optimizer optimizer, TensorSet within)
    {
        for (var i = 0; i < optimizer.Frozen.Count; i++)
        {
            _frozen = _frozen.And(Matching(within, optimizer.Frozen[i]));
        }
    }

    private void SetRates(Optimizer optimizer, TensorSet within)
    {
        foreach (var i in within.Indices)
        {
            // A tensor of a partition has a rate of its part.
            var rate = optimizer.Parts.Count == 0 ? new RateRule(optimizer.Rate, 1, []) : _rates[i];
            var name = _layout.Tensors[i].Name;
            if (optimizer.RateFactors.Count > 0)
            {
                rate = rate.Times(optimizer.RateFactors, name);
            }

            _rates[i] = optimizer.Schedules.Count > 0 ? rate.Times(optimizer.Schedules, name) : rate;
        }
    }

    private void CheckPatterns(Optimizer optimizer)
    {
        for (var i = 0; i < optimizer.Frozen.Count; i++)
        {
            CheckPattern(optimizer.Frozen[i]);
        }

        for (var i = 0; i < optimizer.RateFactors.Count; i++)
        {
            CheckPattern(optimizer.RateFactors[i].Pattern);
        }

        for (var i = 0; i < optimizer.Stages.Count; i++)
        {
            CheckPatterns(optimizer.Stages[i].Scope);
        }

        for (var i = 0; i < optimizer.Schedules.Count; i++)
        {
            CheckPatterns(optimizer.Schedules[i].Scope);
        }

        for (var i = 0; i < optimizer.ScheduledValues.Count; i++)
        {
            CheckPatterns(optimizer.ScheduledValues[i].Scope);
        }
    }

    private void CheckPatterns(Scope scope)
    {
        for (var i = 0; i < scope.Rules.Count; i++)
        {
            CheckPattern(scope.Rules[i].Pattern);
        }
    }

    private void CheckPattern(string pattern)
    {
        if (!_layout.Tensors.Any(tensor => NamePattern.Matches(pattern, tensor.Name)))
        {
            throw new ArgumentException(NoMatch(pattern));
        }
    }

    private string NoMatch(string pattern) =>
        $"The pattern \"{pattern}\" matches no tensor (* stands for any characters, ? for one, everything else for itself); "
        + $"the tensors are: {_layout.Names}.";

    private TensorSet Matching(TensorSet within, string pattern) =>
        within.Where(index => NamePattern.Matches(pattern, _layout.Tensors[index].Name));

    private TensorSet InScope(TensorSet within, Scope scope) =>
        scope.Rules.Count == 0 ? within : within.Where(index => scope.Contains(_layout.Tensors[index].Name));

    // An update of several gradients has no one norm or loss before its stages.
    private void CheckConditions(ResolvedStage gate)
    {
        foreach (var one in _stages.SelectMany(site => site.Conditions).Select(one => one.Condition))
        {
            if (one.Looks != StepMeasures.None)
            {
                throw new ArgumentException(
                    $"The condition {Words.Print(one)} looks at the gradient or the loss of a step; {StageNames.Of(gate.Stage)} makes one "
                    + "update of several. Conditions on the number of the step may stand beside it.");
            }
        }
    }

    private ResolvedOptimizer Finish()
    {
        CheckRateInside();
        var slots = new SlotAssignment(_layout.Tensors);
        foreach (var site in _stages)
        {
            slots.Add(site);
        }

        var rates = new List<RateRule>();
        var rateOfTensor = new int[_rates.Length];
        for (var i = 0; i < rateOfTensor.Length; i++)
        {
            rateOfTensor[i] = _frozen.Contains(i) ? -1 : IndexIn(rates, _rates[i]);
        }

        var model = new ResolvedOptimizer
        {
            Layout = _layout,
            Stages = _stages,
            Frozen = _frozen,
            Rates = [.. rates],
            RateOfTensor = rateOfTensor,
            Slots = slots.All,
            Lanes = slots.Lanes,
            Scalars = slots.Scalars,
            Counts = slots.Counts,
            Shaped = slots.Shaped,
        };
        if (model.Gate is { } gate)
        {
            CheckConditions(gate);
        }

        return model;
    }

    private static int IndexIn(List<RateRule> rates, RateRule rate)
    {
        for (var i = 0; i < rates.Count; i++)
        {
            if (rates[i].Equals(rate))
            {
                return i;
            }
        }

        rates.Add(rate);
        return rates.Count - 1;
    }

    private void CheckRateInside()
    {
        foreach (var site in _stages)
        {
            if (site.Stage.Has(StageTraits.RateInside))
            {
                CheckDirections();
                return;
            }
        }
    }

    // No direction may follow one that contains the rate.
    private void CheckDirections()
    {
        for (var i = 0; i < _layout.Tensors.Count; i++)
        {
            ResolvedStage? inside = null;
            foreach (var site in _stages)
            {
                if (!site.Tensors.Contains(i))
                {
                    continue;
                }

                if (inside is not null && (site.Stage.Has(StageTraits.RateInside) || site.Stage.Phase == Phase.Direction))
                {
                    throw new ArgumentException(
                        $"{StageNames.Of(site.Stage)} follows {StageNames.Of(inside.Stage)} on the tensor \"{_layout.Tensors[i].Name}\"; "
                        + $"{StageNames.Of(inside.Stage)} contains the rate and must be the last direction.");
                }

                inside = site.Stage.Has(StageTraits.RateInside) ? site : inside;
            }
        }
    }
}
