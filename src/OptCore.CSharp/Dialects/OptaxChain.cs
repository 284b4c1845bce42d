namespace OptCore;

/// <summary>
/// A chain of Optax, read: in it the order decides, and the rate is a factor like others. Where the order is that of the phases the
/// optimizer is a pipeline, else a flow.
/// </summary>
internal sealed class OptaxChain(PeerTable peer, DialectReader reader)
{
    private const string Chain = "chain";
    private const string Scale = "scale";
    private const string LearningRate = "scale_by_learning_rate";
    private const string Schedule = "scale_by_schedule";
    private const string Identity = "identity";

    /// <summary>What chains are made of beside the transformations of the table.</summary>
    public static readonly IReadOnlyList<string> Words = [Chain, Scale, LearningRate, Schedule, Identity];

    private static readonly Form Nothing = new(FormKind.Transformation, Identity, "");

    private static readonly Dictionary<string, Form> Forms = new(StringComparer.Ordinal)
    {
        [Chain] = new(FormKind.Optimizer, Chain, ""),
        [Scale] = new(FormKind.Transformation, Scale, "step_size"),
        [LearningRate] = new(FormKind.Transformation, LearningRate, "learning_rate, *, flip_sign=True"),
        [Schedule] = new(FormKind.Transformation, Schedule, "step_size_fn"),
        [Identity] = Nothing,
    };

    // What a chain is made of: a stage, in one of several phases, or a factor.
    private sealed record Item(PyNode Node, IReadOnlyList<IStage> Stages, double Factor = 1, ISchedule? Follows = null);

    public static bool IsWord(PeerTable peer, string name) => peer.Peer == Peer.Optax && Forms.ContainsKey(name);

    public static bool IsChain(PeerTable peer, string name) => peer.Peer == Peer.Optax && name == Chain;

    public static Form FormOf(string name) => Forms[name];

    /// <summary>The factor of a chain, as code.</summary>
    public static string Factor(string rate) => $"optax.{LearningRate}({rate})";

    /// <summary>One more schedule that multiplies, as code.</summary>
    public static string Factors(string schedule) => $"optax.{Schedule}({schedule})";

    public static string Of(IEnumerable<string> parts) => $"optax.{Chain}({string.Join(", ", parts)})";

    public Meaning Read(PyCall chain)
    {
        var meaning = new Meaning();
        var product = 1.0;
        var scheduled = false;
        var items = new List<Item>();
        foreach (var item in Items(chain))
        {
            if (item.Stages.Count == 0)
            {
                product *= item.Factor;
                scheduled |= item.Follows is not null;
                meaning.Add(item.Follows is null ? [] : [item.Follows]);
                continue;
            }

            items.AddRange(Behind(item, ref product, scheduled));
        }

        if (!(product < 0))
        {
            throw reader.Error(
                $"the factors of the chain multiply to {PyText.Of(product)}: it goes uphill; expected a negative product, such as with "
                + "scale(-0.1) or scale_by_learning_rate(0.1)",
                Chain, null, chain.Start);
        }

        meaning.Rate = -product;
        meaning.Listed = !Ordered(items, meaning.Stages);
        if (meaning.Listed)
        {
            meaning.Stages.Clear();
            meaning.Stages.AddRange(items.Select(item => item.Stages[0]));
        }

        return meaning;
    }

    // A stage behind a factor, and the factor before it.
    private List<Item> Behind(Item item, ref double product, bool scheduled)
    {
        var stage = item.Stages[0];
        if (product == 1 && !scheduled)
        {
            return [item];
        }

        if (stage is ISearch || stage.Phase >= Phase.Constraint)
        {
            return [item];
        }

        if (stage is Momentum { Dampening: 0 } momentum && product < 0)
        {
            return [item with { Stages = [new Velocity(momentum.Beta)] }];
        }

        if (product > 0 && !scheduled)
        {
            var scale = new Item(item.Node, [new Scale(product)]);
            product = 1;
            return [scale, item];
        }

        throw reader.Error(
            $"{reader.Shown(item.Node)} stands behind the rate; here the rate multiplies the finished update",
            ((PyCall)item.Node).Name, null, item.Node.Start);
    }

    // For every item the first of its stages whose phase is not before the one reached.
    private static bool Ordered(List<Item> items, List<IStage> stages)
    {
        var reached = Phase.Probe;
        foreach (var item in items)
        {
            if (item.Stages.FirstOrDefault(stage => stage.Phase >= reached) is not { } stage)
            {
                return false;
            }

            reached = stage.Phase;
            stages.Add(stage);
        }

        return true;
    }

    private IEnumerable<Item> Items(PyNode node)
    {
        var form = reader.FormOf(node);
        var call = (PyCall)node;
        switch (form.Name)
        {
            case Chain when form == Forms[Chain]:
                return call.Arguments.SelectMany(argument => Items(argument.Value!));
            case Identity when form == Nothing:
                return [];
            case Scale or LearningRate or Schedule when form == Forms[form.Name]:
                return [FactorOf(call, form)];
        }

        if (form.Kind == FormKind.Transformation)
        {
            var (binding, cases) = reader.Resolve(call, form, all: true);
            reader.Note(form, cases[0]);
            var stages = cases.SelectMany(one => reader.Build(call, form, one, binding)).Cast<IStage>().ToList();
            return stages.Count == 0 ? [] : [new Item(node, stages)];
        }

        var meaning = reader.Meaning(node);
        return
        [
            .. meaning.Stages.Select(stage => new Item(node, [stage])),
            new Item(node, [], -meaning.Rate, meaning.Schedules.Count > 0 ? meaning.Schedules[0] : null),
            .. meaning.Schedules.Skip(1).Select(schedule => new Item(node, [], 1, schedule)),
        ];
    }

    private Item FactorOf(PyCall call, Form form)
    {
        var arguments = call.Arguments;
        if (arguments.Count == 0 || arguments[0].Value is not { } first)
        {
            throw reader.Error(
                $"{form.Name}: {form.Parameters[0].Name} is missing", form.Name, (form.Parameters[0].Name, null), call.End - 1);
        }

        var flips = form.Name == LearningRate
            && !arguments.Skip(1).Any(one => one.Name == "flip_sign" && PyValues.Of(one.Value!) is false);
        var sign = flips ? -1 : 1;
        if (PyValues.Of(first) is double number && form.Name != Schedule)
        {
            return new Item(call, [], sign * number);
        }

        if (first is PyCall inner && form.Name != Scale)
        {
            var (rate, schedule) = reader.Schedule(inner);
            return new Item(call, [], sign * rate, schedule);
        }

        throw reader.Error(
            $"{form.Name}: {form.Parameters[0].Name} = {reader.Shown(first)} cannot be expressed here; expected a number or a schedule of "
            + peer.Title,
            form.Name, (form.Parameters[0].Name, reader.Shown(first)), first.Start);
    }
}
