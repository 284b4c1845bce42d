namespace OptCore;

/// <summary>Turns syntax into optimizers: a head with its rate, then words.</summary>
internal sealed class OptimizerReader
{
    private const string HeadExpected = "a head such as sgd, adam, flow or partition";
    private const string WordExpected = "a word such as momentum 0.9 or cosine 100";

    private readonly SourceText _source;
    private readonly ValueReader _values;

    private OptimizerReader(SourceText source)
    {
        _source = source;
        _values = new ValueReader(source);
    }

    private WordCatalog Words => _values.Words;

    /// <summary>Reads a text; its rate is in the text or given beside it, not both.</summary>
    public static Optimizer Read(string text, double? rate)
    {
        var source = new SourceText(text);
        return new OptimizerReader(source).Whole(Parser.Parse(source), rate);
    }

    private Optimizer Whole(Node node, double? rate)
    {
        _source.EnsureStack(node.Start);
        switch (node.Bare)
        {
            case PipeNode { First.Bare: NumberNode number } pipe:
                return rate is null
                    ? pipe.Steps.Skip(1).Aggregate(Whole(pipe.Steps[0], Rate(number)), Add)
                    : throw OwnRate(number);
            case PipeNode pipe:
                return pipe.Steps.Aggregate(Whole(pipe.First, rate), Add);
            case ComposeNode chain when rate is { } given:
                return chain.Items.Skip(1).Aggregate(Head(chain.Items[0], given), Add);
            case ComposeNode chain:
                throw HasRate(chain.Items[0]) ? RateBeforeCompose(chain) : MissingRate(chain);
            case ApplyNode { Function: GroupNode words, Arguments: [var number] }:
                return rate is null ? Whole(words, Rate(number)) : throw OwnRate(number);
            case var head:
                return Head(head, rate);
        }
    }

    /// <summary>Whether a head stands there with all its arguments, the rate included: <c>sgd 0.1</c>.</summary>
    private bool HasRate(Node node)
    {
        try
        {
            Whole(node, null);
            return true;
        }
        catch (OptimizerParseException)
        {
            return false;
        }
    }

    private double Rate(Node node)
    {
        var rate = _values.Float(node, "the learning rate");
        return _values.Guarded(node, () => Optimizer.Sgd(rate).Rate);
    }

    private Optimizer Head(Node node, double? rate)
    {
        var (name, arguments) = _values.Call(node, HeadExpected);
        switch (name.Value)
        {
            case "partition":
                return Partition(name, arguments, rate);
            case "flow":
                var chain = TakeRate(name, ref arguments, rate, "stages");
                var listed =
                    List(arguments[0], "a list of stages such as [Momentum 0.9; ClipGlobalNorm 1.0]").Select(_values.Stage).ToArray();
                return _values.Guarded(name, () => Optimizer.Flow(listed, chain));
        }

        if (Vocabulary.Composites.FirstOrDefault(composite => composite.Name == name.Value) is { } composite)
        {
            var whole = TakeRate(name, ref arguments, rate, composite.Usage);
            return _values.Composite(composite, name, arguments, whole);
        }

        var plain = Words.Word(name.Value);
        var entry = plain ?? Vocabulary.WithOptions(Words, name.Value);
        if (entry is not { Head: true })
        {
            throw NoHead(name);
        }

        var lr = TakeRate(name, ref arguments, rate, plain is null ? "record" : entry.Usage());
        var stage = (IStage)(plain is null ? _values.Options(entry, arguments[0]) : _values.Curried(entry, name, arguments));
        return _values.Guarded(name, () => Optimizer.Sgd(lr).With(stage));
    }

    /// <summary>Splits the rate off the end of a head's arguments, or takes the one given beside the text.</summary>
    private double TakeRate(NameNode name, ref IReadOnlyList<Node> arguments, double? rate, string usage)
    {
        var count = ValueReader.Arity(usage);
        if (rate is { } given)
        {
            if (arguments.Count == count + 1)
            {
                throw OwnRate(arguments[^1]);
            }

            _values.Count(name, arguments, usage);
            return given;
        }

        if (arguments.Count == count)
        {
            throw MissingRate(name);
        }

        _values.Count(name, arguments, usage.Length == 0 ? "rate" : usage + " rate");
        var own = Rate(arguments[^1]);
        arguments = [.. arguments.SkipLast(1)];
        return own;
    }

    private Optimizer Partition(NameNode name, IReadOnlyList<Node> arguments, double? rate)
    {
        if (rate is not null)
        {
            throw _source.Error(name.Start, "partition with a rate", "a head with one rate; the parts of a partition have their own");
        }

        _values.Count(name, arguments, "parts");
        var parts = List(arguments[0], "a list such as [\"*.bias\", sgd 0.1; \"*\", adam 0.01]").Select(Part).ToArray();
        return _values.Guarded(name, () => Optimizer.Partition(parts));
    }

    private (string Pattern, Optimizer Optimizer) Part(Node node) =>
        node.Bare is GroupNode { Items: [{ Name: null } pattern, { Name: null } optimizer] }
            ? (_values.Text(pattern.Value, "a pattern of tensor names"), Whole(optimizer.Value, null))
            : throw _source.Error(node.Start, node.Shown, "a part: a pattern, a comma, an optimizer (';' separates parts)");

    private IReadOnlyList<Node> List(Node node, string expected) =>
        node.Bare is ListNode list ? list.Items : throw _source.Error(node.Start, node.Shown, expected);

    /// <summary>Applies one word, or several composed with >>.</summary>
    private Optimizer Add(Optimizer to, Node node)
    {
        _source.EnsureStack(node.Start);
        if (node.Bare is ComposeNode chain)
        {
            return chain.Items.Aggregate(to, Add);
        }

        if (node.Bare is PipeNode pipe)
        {
            throw _source.Error(pipe.Start, pipe.Shown, "words composed with >>");
        }

        var (name, arguments) = _values.Call(node, WordExpected);
        return name.Value switch
        {
            "stage" => With(to, name, _values.Stage(One(name, arguments, "record"))),
            "schedule" => With(to, name, _values.Schedule(One(name, arguments, "value"))),
            "only" or "except" => Scope(to, name, arguments),
            "onlyWhen" or "zeroUnless" => While(to, name, arguments),
            "freeze" => Freeze(to, name, arguments),
            "rateFor" => RateFor(to, name, arguments),
            "scheduled" => Scheduled(to, name, arguments),
            _ => With(to, name, Named(name, arguments)),
        };
    }

    private Node One(NameNode name, IReadOnlyList<Node> arguments, string usage)
    {
        _values.Count(name, arguments, usage);
        return arguments[0];
    }

    private Optimizer With(Optimizer to, NameNode name, object added) =>
        _values.Guarded(name, () => added is ISchedule schedule ? to.With(schedule) : to.With((IStage)added));

    private Optimizer Scope(Optimizer to, NameNode name, IReadOnlyList<Node> arguments)
    {
        _values.Count(name, arguments, "pattern words");
        var pattern = _values.Text(arguments[0], "a pattern of tensor names");
        Optimizer Inside(Optimizer scoped) => Add(scoped, arguments[1]);
        return _values.Guarded(name, () => name.Value == "only" ? to.Only(pattern, Inside) : to.Except(pattern, Inside));
    }

    private Optimizer While(Optimizer to, NameNode name, IReadOnlyList<Node> arguments)
    {
        _values.Count(name, arguments, "condition words");
        var condition = _values.Condition(arguments[0]);
        Optimizer Inside(Optimizer scoped) => Add(scoped, arguments[1]);
        return _values.Guarded(
            name, () => name.Value == "onlyWhen" ? to.OnlyWhen(condition, Inside) : to.ZeroUnless(condition, Inside));
    }

    private Optimizer Freeze(Optimizer to, NameNode name, IReadOnlyList<Node> arguments)
    {
        var pattern = _values.Text(One(name, arguments, "pattern"), "a pattern of tensor names");
        return _values.Guarded(name, () => to.Freeze(pattern));
    }

    private Optimizer RateFor(Optimizer to, NameNode name, IReadOnlyList<Node> arguments)
    {
        _values.Count(name, arguments, "pattern factor");
        var pattern = _values.Text(arguments[0], "a pattern of tensor names");
        var factor = _values.Float(arguments[1], "the factor of the rate");
        return _values.Guarded(name, () => to.RateFor(pattern, factor));
    }

    private Optimizer Scheduled(Optimizer to, NameNode name, IReadOnlyList<Node> arguments)
    {
        _values.Count(name, arguments, "name schedule");
        var property = _values.Text(arguments[0], "a record and its property such as \"Momentum.Beta\"");
        var schedule = _values.Schedule(arguments[1]);
        return _values.Guarded(arguments[0], () => to.Scheduled(property, schedule));
    }

    private object Named(NameNode name, IReadOnlyList<Node> arguments)
    {
        if (Words.Word(name.Value) is { Head: false, Combinator: false } plain)
        {
            return _values.Curried(plain, name, arguments);
        }

        return Vocabulary.WithOptions(Words, name.Value) is { Head: false } entry
            ? _values.Options(entry, One(name, arguments, "record"))
            : throw NoWord(name);
    }

    private OptimizerParseException OwnRate(Node rate) =>
        _source.Error(rate.Start, $"{rate.Shown}, a rate in the text", "a text without a rate, because the rate is given beside it");

    private OptimizerParseException RateBeforeCompose(ComposeNode chain)
    {
        var (start, next) = (chain.Items[0].Start, chain.Items[1].Start);
        var symbol = _source.Text.LastIndexOf(">>", next, next - start, StringComparison.Ordinal);
        var head = SourceText.Short(_source.Text[start..symbol].Trim());
        return _source.Error(
            symbol,
            $">> behind {head}, which has its rate already",
            "|> (or >> without the rate, which then stands in front: 0.1 |> (sgd >> momentum 0.9))");
    }

    private OptimizerParseException MissingRate(Node at) =>
        _source.Error(
            at.Start,
            $"{at.Shown} without its learning rate",
            "the rate as the last argument, as in sgd 0.1 or 0.1 |> (sgd >> momentum 0.9); or Optimizer.Parse(text, rate)");

    private OptimizerParseException NoHead(NameNode name)
    {
        if (Vocabulary.Steps(Words).Contains(name.Value))
        {
            return _source.Error(name.Start, $"{name.Shown}, which is added to an optimizer", HeadExpected);
        }

        var heads = Vocabulary.Heads(Words).ToArray();
        var plain = heads.FirstOrDefault(head => head + Vocabulary.OptionsSuffix == name.Value);
        return plain is not null
            ? _source.Error(name.Start, $"{name.Shown}, but this head has no options", HeadExpected, plain)
            : _source.Error(name.Start, name.Shown, HeadExpected, Spelling.Nearest(name.Value, heads, Vocabulary.Steps(Words)));
    }

    private OptimizerParseException NoWord(NameNode name)
    {
        var known = Words.Word(name.Value);
        if (known is { Combinator: true })
        {
            return _source.Error(
                name.Start,
                $"{name.Shown}, which combines schedules",
                $"{WordExpected}, or schedule (… |> {Vocabulary.Qualifier}{known.Word} …)");
        }

        if (Vocabulary.Heads(Words).Contains(name.Value))
        {
            var arguments = string.Join(", ", known?.Positional.Select(argument => argument.Name) ?? []);
            var stage = known is null ? "" : $"; stage ({known.Record}({arguments})) adds its direction";
            return _source.Error(name.Start, $"the head {name.Shown}, which starts a pipeline", WordExpected + stage);
        }

        if (Words.Record(name.Value) is { } record)
        {
            var word = record.IsSchedule ? "schedule" : "stage";
            return _source.Error(name.Start, $"the record {name.Shown}", WordExpected, $"{word} ({name.Value}(…))");
        }

        // A word that was written as the function of a schedule is meant.
        var isFunction = name.Value.StartsWith(Vocabulary.Qualifier, StringComparison.Ordinal);
        var near = Spelling.Nearest(
            isFunction ? name.Value[Vocabulary.Qualifier.Length..] : name.Value,
            Vocabulary.Steps(Words), Vocabulary.Heads(Words), Vocabulary.Schedules(Words), Words.RecordNames);
        return _source.Error(name.Start, name.Shown, WordExpected, near);
    }
}
