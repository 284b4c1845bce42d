namespace OptCore;

/// <summary>Resolves an optimizer for a layout: scopes, partitions and patterns become sets of tensors.</summary>
internal sealed class Resolution
{
    private readonly Layout _layout;
    private readonly List<(Phase Phase, SitedStage Site)> _stages = [];
    private readonly Dictionary<string, int> _namesTaken = [];
    private TensorSet _frozen;
    private readonly RateRule[] _rates;

    private Resolution(Layout layout)
    {
        _layout = layout;
        _frozen = TensorSet.Nothing(layout.Tensors.Count);
        _rates = new RateRule[layout.Tensors.Count];
    }

    /// <summary>The model of an optimizer for a layout.</summary>
    /// <exception cref="ArgumentException">A pattern matches no tensor, a part is shadowed, two rates are inside, …</exception>
    public static Model Of(Optimizer optimizer, Layout layout)
    {
        var resolution = new Resolution(layout);
        resolution.Add(optimizer, TensorSet.Everything(layout.Tensors.Count), string.Empty);
        return resolution.Finish();
    }

    private void Add(Optimizer optimizer, TensorSet within, string prefix)
    {
        CheckPatterns(optimizer);
        MarkFrozen(optimizer, within);
        AddParts(optimizer, within, prefix);
        foreach (var stage in optimizer.FlowStages ?? [])
        {
            // One key for all: the listed order is the order of execution.
            Add(Phase.Gradient, stage, Scope.Everywhere, within, prefix);
        }

        foreach (var placed in optimizer.Stages)
        {
            Add(placed.Stage.Phase, placed.Stage, placed.Scope, within, prefix);
        }

        SetRates(optimizer, within);
    }

    private void AddParts(Optimizer optimizer, TensorSet within, string prefix)
    {
        if (optimizer.Parts.Count == 0)
        {
            return;
        }

        var left = within;
        foreach (var part in optimizer.Parts)
        {
            var tensors = Select(left, name => NamePattern.Matches(part.Pattern, name));
            if (tensors.IsEmpty && !within.IsEmpty)
            {
                throw new ArgumentException(
                    Select(within, name => NamePattern.Matches(part.Pattern, name)).IsEmpty
                        ? NoMatch(part.Pattern)
                        : $"The part \"{part.Pattern}\" of the partition gets no tensor: earlier patterns match all of its tensors.");
            }

            Add(part.Optimizer, tensors, $"{prefix}partition[{part.Pattern}].");
            left = left.Without(tensors);
        }

        if (!left.IsEmpty)
        {
            throw new ArgumentException(
                $"The partition has no part for the tensor \"{_layout.Tensors[left.Indices[0]].Name}\"; its patterns are: {string.Join(", ", optimizer.Parts.Select(part => $"\"{part.Pattern}\""))}. Add a last part \"*\".");
        }
    }

    private void Add(Phase phase, IStage stage, Scope scope, TensorSet within, string prefix)
    {
        // Freezing is decided before any stage of its optimizer is added, parts included.
        var tensors = Select(within, scope.Contains).Without(_frozen);
        var word = prefix + StageNames.Of(stage);
        var count = _namesTaken[word] = _namesTaken.GetValueOrDefault(word) + 1;
        _stages.Add((phase, new SitedStage(stage, tensors, count == 1 ? word : $"{word}#{count}")));
        stage.CheckScope(tensors.Indices.Sum(index => (long)_layout.Tensors[index].Length));
    }

    private void MarkFrozen(Optimizer optimizer, TensorSet within)
    {
        foreach (var pattern in optimizer.Frozen)
        {
            _frozen = _frozen.And(Select(within, name => NamePattern.Matches(pattern, name)));
        }
    }

    private void SetRates(Optimizer optimizer, TensorSet within)
    {
        foreach (var i in within.Indices)
        {
            var name = _layout.Tensors[i].Name;
            var schedules = optimizer.Schedules.Where(placed => placed.Scope.Contains(name)).Select(placed => placed.Schedule);
            var factor = optimizer.RateFactors.Where(f => NamePattern.Matches(f.Pattern, name)).Aggregate(1.0, (product, f) => product * f.Factor);
            _rates[i] = optimizer.Parts.Count == 0
                ? new RateRule(optimizer.Rate, factor, [.. schedules])
                : new RateRule(_rates[i].Rate, _rates[i].Factor * factor, [.. _rates[i].Schedules, .. schedules]);
        }
    }

    private void CheckPatterns(Optimizer optimizer)
    {
        var patterns = optimizer.Frozen
            .Concat(optimizer.RateFactors.Select(factor => factor.Pattern))
            .Concat(optimizer.Stages.SelectMany(placed => placed.Scope.Rules).Select(rule => rule.Pattern))
            .Concat(optimizer.Schedules.SelectMany(placed => placed.Scope.Rules).Select(rule => rule.Pattern));
        foreach (var pattern in patterns)
        {
            if (!_layout.Tensors.Any(tensor => NamePattern.Matches(pattern, tensor.Name)))
            {
                throw new ArgumentException(NoMatch(pattern));
            }
        }
    }

    private string NoMatch(string pattern) => $"The pattern \"{pattern}\" matches no tensor; the tensors are: {_layout.Names}.";

    private TensorSet Select(TensorSet within, Func<string, bool> contains) =>
        within.Where(index => contains(_layout.Tensors[index].Name));

    private Model Finish()
    {
        // Stable: within a phase the parts of a partition come first, then declaration order.
        var sites = _stages.OrderBy(entry => entry.Phase).Select(entry => entry.Site).ToArray();
        CheckRateInside(sites);
        var slots = new SlotAssignment(_layout.Tensors.Count);
        foreach (var site in sites)
        {
            slots.Add(site);
        }

        var rates = new List<RateRule>();
        var rateOfTensor = _rates.Select((rate, i) => _frozen.Contains(i) ? -1 : IndexIn(rates, rate)).ToArray();
        return new Model
        {
            Layout = _layout,
            Stages = sites,
            Frozen = _frozen,
            Rates = rates,
            RateOfTensor = rateOfTensor,
            Slots = slots.All,
            Lanes = slots.Lanes,
            Scalars = slots.Scalars,
            Counts = slots.Counts,
        };
    }

    private static int IndexIn(List<RateRule> rates, RateRule rate)
    {
        var index = rates.IndexOf(rate);
        if (index < 0)
        {
            rates.Add(rate);
            index = rates.Count - 1;
        }

        return index;
    }

    private void CheckRateInside(SitedStage[] sites)
    {
        for (var i = 0; i < _layout.Tensors.Count; i++)
        {
            SitedStage? inside = null;
            foreach (var site in sites.Where(site => site.Tensors.Contains(i)))
            {
                if (inside is not null && (site.Stage.RateInside || site.Stage.Phase == Phase.Direction))
                {
                    throw new ArgumentException(
                        $"{StageNames.Of(site.Stage)} follows {StageNames.Of(inside.Stage)} on the tensor \"{_layout.Tensors[i].Name}\"; {StageNames.Of(inside.Stage)} contains the rate and must be the last direction.");
                }

                inside = site.Stage.RateInside ? site : inside;
            }
        }
    }
}
