namespace OptCore;

/// <summary>An argument of a call: its name, how it was written, where; position −1 for a default.</summary>
internal sealed record Given(string Name, string Shown, int Position);

/// <summary>The arguments of a call, by the names of the parameters.</summary>
internal sealed class Binding
{
    private readonly Dictionary<string, Given> _given = new(StringComparer.Ordinal);

    public Bindings Values { get; } = new();

    /// <summary>What multiplies the rate, where a schedule stands in its place.</summary>
    public ISchedule? Schedule { get; set; }

    public Given Of(string name) => _given.TryGetValue(name, out var given) ? given : new Given(name, PyText.Of(Values.Look(name)), -1);

    public void Give(Given given) => _given[given.Name] = given;

    public bool Has(string name) => _given.ContainsKey(name);
}

/// <summary>Binds the arguments of a call to the parameters of its form, as Python does.</summary>
internal sealed class Binder(PeerTable peer, DialectReader reader, SourceText source)
{
    public Binding Bind(PyCall call, Form form)
    {
        var binding = new Binding();
        foreach (var parameter in form.Parameters.Where(parameter => !parameter.Required))
        {
            binding.Values[parameter.Name] = parameter.Default;
        }

        var arguments = Arguments(call, form).ToList();
        var position = 0;
        foreach (var argument in arguments)
        {
            var parameter = argument.Name is null ? Positional(form, position++, argument) : Named(form, argument);
            if (binding.Has(parameter.Name))
            {
                throw reader.Error($"{form.Name}: {parameter.Name} is given twice", form.Name, (parameter.Name, null), argument.Start);
            }

            binding.Give(new Given(parameter.Name, reader.Shown(argument.Value!), argument.Value!.Start));
            Set(binding, form, parameter, argument.Value!);
        }

        var missing = form.Parameters.FirstOrDefault(parameter => parameter.Required && !binding.Has(parameter.Name));
        return missing is null
            ? binding
            : throw reader.Error($"{form.Name}: {missing.Name} is missing", form.Name, (missing.Name, null), call.End - 1);
    }

    /// <summary>The argument of the first parameter, before the others are looked at.</summary>
    public (PyNode Node, Form Form) First(PyCall call, Form form)
    {
        var name = form.Parameters[0].Name;
        var argument = call.Arguments.FirstOrDefault(one => one.Name is null || one.Name == name);
        return argument?.Value is { } node
            ? (node, form)
            : throw reader.Error($"{form.Name}: {name} is missing", form.Name, (name, null), call.End - 1);
    }

    // PyTorch's model parameters, and the optimizer of a scheduler, say nothing about the rule.
    private IEnumerable<PyArgument> Arguments(PyCall call, Form form)
    {
        var first = true;
        foreach (var argument in call.Arguments)
        {
            var leading = first && peer.Peer == Peer.Torch
                && (argument.Name is "params" or "parameters" or "optimizer"
                    || (argument.Name is null && argument.Value is { } node && PyValues.Of(node) is PyNode));
            first = false;
            if (!leading)
            {
                yield return argument.Value is not null
                    ? argument
                    : throw source.Error(argument.Start, "'*'", "an argument");
            }
            else if (argument.Value is PyList { Items: [PyDictionary, ..] } groups)
            {
                throw reader.Error(
                    $"{form.Name}: parameter groups cannot be expressed here; partition and rateFor go by the names of tensors",
                    form.Name, ("params", reader.Shown(groups)), groups.Start);
            }
        }
    }

    private FormParameter Positional(Form form, int position, PyArgument argument)
    {
        var parameters = form.Parameters;
        return position < parameters.Count && !parameters[position].KeywordOnly
            ? parameters[position]
            : throw reader.Error(
                $"{form.Name} takes {parameters.Count(one => !one.KeywordOnly)} positional arguments; "
                + $"{reader.Shown(argument.Value!)} is one too many",
                form.Name, null, argument.Start);
    }

    private FormParameter Named(Form form, PyArgument argument) =>
        form.Parameters.FirstOrDefault(parameter => parameter.Name == argument.Name)
        ?? throw reader.Error(
            $"{form.Name} has no argument {argument.Name}"
            + (Spelling.Nearest(argument.Name!, form.Parameters.Select(one => one.Name)) is { } near ? $"; did you mean {near}?" : ""),
            form.Name, (argument.Name!, reader.Shown(argument.Value!)), argument.Start);

    private void Set(Binding binding, Form form, FormParameter parameter, PyNode node)
    {
        if (parameter.Name == form.Rate && node is PyCall call && PyValues.Of(node) is PyNode && form.Kind == FormKind.Optimizer)
        {
            var (rate, schedule) = reader.Schedule(call);
            binding.Values[parameter.Name] = rate;
            binding.Schedule = schedule;
            return;
        }

        binding.Values[parameter.Name] = PyValues.Of(node);
    }
}
