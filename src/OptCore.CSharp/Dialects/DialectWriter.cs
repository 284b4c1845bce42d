namespace OptCore;

/// <summary>
/// Writes an optimizer in a peer's words: looks for a constructor whose stages it has, reads the parameters off the records, and takes
/// the code only if it reads back as the same optimizer.
/// </summary>
internal sealed class DialectWriter
{
    private readonly PeerTable _peer;
    private readonly Optimizer _optimizer;
    private readonly bool _faithful;
    private readonly CallWriter _calls;
    private readonly IReadOnlyList<IStage> _stages;
    private readonly List<ISchedule> _schedules;
    private string? _nearest;

    public DialectWriter(PeerTable peer, Optimizer optimizer, bool faithful)
    {
        (_peer, _optimizer, _faithful) = (peer, optimizer, faithful);
        _calls = new CallWriter(peer, faithful);
        _stages = [.. optimizer.FlowStages ?? [], .. optimizer.Stages.Select(placed => placed.Stage)];
        _schedules = [.. optimizer.Schedules.Select(placed => placed.Schedule)];
    }

    public DialectCode Write()
    {
        RefuseWords();
        var texts = Candidates(deviating: false);
        texts = _faithful ? texts : texts.Concat(Candidates(deviating: true));
        return texts.Select(Checked).FirstOrDefault(code => code is not null) ?? throw Refusal();
    }

    private IEnumerable<string> Candidates(bool deviating)
    {
        // Those first that leave least to be written beside them. A flow is written as it stands, as a chain.
        var matches = _peer.OfKind(FormKind.Optimizer)
            .SelectMany(form => form.Cases.Where(one => _calls.Allows(one, deviating)).Select(one => (form, one)))
            .Select(pair => (pair.form, pair.one, Match: _calls.Match(pair.one, _stages, _schedules)))
            .Where(found => found.Match is not null && _optimizer.FlowStages is null)
            .OrderBy(found => found.Match!.Stages.Count);
        foreach (var (form, one, match) in matches)
        {
            if (Whole(form, one, match!, deviating) is { } text)
            {
                yield return text;
            }
        }

        if (_peer.Peer == Peer.Optax && Chain(_stages, _schedules, deviating) is { } chain)
        {
            yield return chain;
        }
    }

    // The constructor with what stands around it.
    private string? Whole(Form form, FormCase one, Match match, bool deviating) => _peer.Peer switch
    {
        Peer.Torch => Beside(form, one, match, deviating),
        Peer.Keras => match.Stages.Count == 0 && match.Schedules.Count <= 1 ? Constructor(form, one, match, deviating) : null,
        _ => Inside(form, one, match, deviating),
    };

    private string? Constructor(Form form, FormCase one, Match match, bool deviating)
    {
        var rate = match.Schedules.Count == 0 ? null : _calls.Schedule(match.Schedules[0], _optimizer.Rate, deviating);
        return match.Schedules.Count > 0 && rate is null ? null : _calls.Call(form, one, match, _optimizer.Rate, rate);
    }

    // PyTorch: clip functions before, schedulers behind.
    private string? Beside(Form form, FormCase one, Match match, bool deviating)
    {
        var before = match.Stages.Select(stage => _calls.Transformation(stage, _optimizer.Rate, deviating)).ToList();
        var behind = match.Schedules.Select(schedule => _calls.Schedule(schedule, _optimizer.Rate, deviating)).ToList();
        var text = _calls.Call(form, one, match, _optimizer.Rate, null);
        if (text is null || before.Concat(behind).Any(part => part is null))
        {
            return null;
        }

        var schedulers = behind.Select((scheduler, i) => $"scheduler{(behind.Count > 1 ? PyText.Of(i + 1.0) : "")} = {scheduler}");
        return string.Join('\n', [.. before!, behind.Count > 0 ? $"optimizer = {text}" : text, .. schedulers]);
    }

    // Optax: transformations before the constructor in a chain, further schedules behind it, optimizers around it.
    private string? Inside(Form form, FormCase one, Match match, bool deviating)
    {
        var around = match.Stages.Where(_calls.Wraps).ToList();
        var before = match.Stages.Where(stage => !_calls.Wraps(stage)).ToList();
        if (before.Any(stage => stage.Phase > match.First))
        {
            return null;
        }

        var own = match with { Schedules = [.. match.Schedules.Take(1)] };
        var parts = before.Select(stage => _calls.Transformation(stage, _optimizer.Rate, deviating))
            .Append(Constructor(form, one, own, deviating))
            .Concat(Further(match.Schedules.Skip(1), deviating)).ToList();
        return parts.Contains(null) ? null : Around(parts.Count == 1 ? parts[0]! : OptaxChain.Of(parts!), around, deviating);
    }

    private string? Chain(IReadOnlyList<IStage> stages, List<ISchedule> schedules, bool deviating)
    {
        var around = stages.Where(_calls.Wraps).ToList();
        var inside = stages.Where(stage => !_calls.Wraps(stage)).ToList();
        var velocity = inside.FindIndex(stage => stage is Velocity);
        var searched = inside.FindIndex(stage => stage is ISearch || stage.Phase >= Phase.Constraint);
        var split = velocity >= 0 ? velocity : searched >= 0 ? searched : inside.Count;
        var rate = schedules.Count == 0 ? PyText.Of(_optimizer.Rate) : _calls.Schedule(schedules[0], _optimizer.Rate, deviating);
        var parts = inside.Take(split).Select(Part)
            .Append(rate is null ? null : OptaxChain.Factor(rate))
            .Concat(Further(schedules.Skip(1), deviating))
            .Concat(inside.Skip(split).Select(Part)).ToList();
        return parts.Contains(null) ? null : Around(OptaxChain.Of(parts!), around, deviating);

        string? Part(IStage stage) => _calls.Transformation(
            stage is Velocity inner ? new Momentum(inner.Beta) : stage, _optimizer.Rate, deviating);
    }

    private IEnumerable<string?> Further(IEnumerable<ISchedule> schedules, bool deviating) =>
        schedules.Select(schedule => _calls.Schedule(schedule, 1, deviating) is { } text ? OptaxChain.Factors(text) : null);

    private string? Around(string text, List<IStage> stages, bool deviating) =>
        stages.Aggregate((string?)text, (inner, stage) => inner is null ? null : _calls.Wrapper(stage, inner, _optimizer.Rate, deviating));

    // The code, if it reads back as the optimizer.
    private DialectCode? Checked(string text)
    {
        DialectReading back;
        try
        {
            back = new DialectReader(_peer, new SourceText(text), _faithful).Read();
        }
        catch (Exception error) when (error is FormatException)
        {
            return null;
        }

        if (Likeness.Same(back.Optimizer, _optimizer) || (_optimizer.FlowStages is not null && Again(back.Optimizer) == text))
        {
            return new DialectCode(text, back.Notes);
        }

        _nearest ??= $"{text} is {back.Optimizer}";
        return null;
    }

    // A flow that reads back as a pipeline is the same steps in the same order if that is written in the same way.
    private string? Again(Optimizer back) =>
        back.FlowStages is null && back.Rate == _optimizer.Rate
            ? Chain([.. back.Stages.Select(placed => placed.Stage)], [.. back.Schedules.Select(placed => placed.Schedule)], !_faithful)
            : null;

    private void RefuseWords()
    {
        Refuse(_optimizer.Parts.Count > 0, "partition", null, "its constructors go by groups of parameters, not by names");
        Refuse(_optimizer.RateFactors.Count > 0, "rateFor", null, "parameter groups have no names there");
        Refuse(_optimizer.Frozen.Count > 0, "freeze", null, "tensors have no names there");
        var scoped = _optimizer.Stages.Any(placed => !placed.Scope.IsEverywhere)
            || _optimizer.Schedules.Any(placed => !placed.Scope.IsEverywhere);
        Refuse(scoped, "only, except", null, "a scope has no counterpart in one constructor");
        if (_optimizer.ScheduledValues.Count > 0)
        {
            Refuse(true, "scheduled", _optimizer.ScheduledValues[0].Name, "one constructor has no hyper-parameters that follow a schedule");
        }

        Refuse(
            _optimizer.FlowStages is not null && _peer.Peer != Peer.Optax, "flow", null, "the order of its steps is fixed");
    }

    private void Refuse(bool found, string word, string? value, string why)
    {
        if (found)
        {
            throw Error($"{word} cannot be expressed in {_peer.Title}: {why}.", word, value);
        }
    }

    private DialectException Refusal()
    {
        var unknown = _stages.FirstOrDefault(stage => !_calls.Knows(stage));
        if (unknown is not null)
        {
            return Error(
                $"{Words.Print(unknown)} has no counterpart in {_peer.Title}.", Optimizer.Describe(unknown), Words.Print(unknown));
        }

        if (_schedules.Find(schedule => Written(schedule) is null) is { } other)
        {
            return Error(
                $"The schedule {Words.Print(other)} has no counterpart in {_peer.Title}.", other.GetType().Name, Words.Print(other));
        }

        return _nearest is not null
            ? Error($"{_optimizer} cannot be expressed in {_peer.Title}: {_nearest}.", null, _optimizer.ToString())
            : Error(
                $"No constructor of {_peer.Title} has {string.Join(" with ", _stages.Select(Words.Print))}"
                + $"{(_faithful ? " without deviating" : "")}.",
                null, _optimizer.ToString());

        string? Written(ISchedule schedule) =>
            _calls.Schedule(schedule, _optimizer.Rate, deviating: false) ?? _calls.Schedule(schedule, _optimizer.Rate, deviating: true);
    }

    private DialectException Error(string message, string? name, string? value) => new(_peer.Peer, message, null, name, value, -1, null);
}
