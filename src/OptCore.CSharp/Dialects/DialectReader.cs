namespace OptCore;

/// <summary>Reads a peer's text: what every call means, then all of it as one optimizer.</summary>
internal sealed class DialectReader(PeerTable peer, SourceText source, bool faithful)
{
    private readonly List<DialectNote> _notes = [];

    public DialectReading Read()
    {
        var calls = new PyParser(source).Statements();
        var wholes = calls.Where(call => FormOf(call).Kind is FormKind.Optimizer or FormKind.Wrapper).ToList();
        if (wholes.Count != 1)
        {
            throw wholes.Count == 0
                ? Error("there is no optimizer in the text; expected one constructor", null, null, source.Text.Length)
                : Error($"there are two optimizers; expected one constructor of {peer.Title}", null, null, wholes[1].Start);
        }

        var meaning = Meaning(wholes[0]);
        foreach (var call in calls.Where(call => call != wholes[0]))
        {
            Add(meaning, (PyCall)call);
        }

        return new DialectReading(Optimizer(meaning), _notes);
    }

    /// <summary>What an expression of an optimizer means.</summary>
    public Meaning Meaning(PyNode node)
    {
        var form = FormOf(node);
        return form.Kind switch
        {
            _ when OptaxChain.IsChain(peer, form.Name) => new OptaxChain(peer, this).Read((PyCall)node),
            FormKind.Optimizer => Whole((PyCall)node, form),
            FormKind.Wrapper => Wrapped((PyCall)node, form),
            _ => throw Error($"{form.Name} is no optimizer", form.Name, null, node.Start),
        };
    }

    /// <summary>The form of a call.</summary>
    /// <exception cref="DialectException">It is no call, or of something unknown or without counterpart.</exception>
    public Form FormOf(PyNode node)
    {
        if (node is not PyCall { Name: { } name } call)
        {
            throw Error($"{Shown(node)} is no constructor of {peer.Title}", null, null, node.Start);
        }

        if (OptaxChain.IsWord(peer, name))
        {
            return OptaxChain.FormOf(name);
        }

        var form = peer.Find(name);
        return form switch
        {
            { Refused: { } why } => throw Error($"{name} cannot be expressed here: {why}", name, null, call.Start),
            null => throw Error(
                $"{peer.Title} has no {name} that is known here"
                + (Spelling.Nearest(name, peer.Names) is { } near ? $"; did you mean {near}?" : ""), name, null, call.Start),
            _ => form,
        };
    }

    /// <summary>The bindings of a call and the cases that apply to it, the first where <paramref name="all"/> is false.</summary>
    public (Binding Binding, List<FormCase> Cases) Resolve(PyCall call, Form form, double rate = double.NaN, bool all = false)
    {
        var binding = new Binder(peer, this, source).Bind(call, form);
        if (!double.IsNaN(rate))
        {
            binding.Values[Bindings.Rate] = rate;
        }

        RefuseUnknown(form, binding);
        var cases = new List<FormCase>();
        DialectException? refusal = null;
        foreach (var one in form.Cases.Where(one => faithful || !one.Faithful))
        {
            // A rate that the case has depends on the arguments; guards may ask for it.
            var values = binding.Values;
            if ((one.Rate ?? RateOf(form)) is { } formula && Expressions.Evaluate(formula, values) is double value)
            {
                values[Bindings.Rate] = value;
            }

            var broken = Refusal(call, form, one, binding);
            if (broken is null && faithful && one.Deviation is { } deviation)
            {
                broken = Error($"{form.Name} {deviation}", form.Name, null, call.Start);
            }

            if (broken is null)
            {
                cases.Add(one);
                if (!all)
                {
                    break;
                }
            }

            // What was written says more than a default.
            refusal = refusal is null || (refusal.Position == call.Start && broken is not null) ? broken : refusal;
        }

        return cases.Count > 0 ? (binding, cases) : throw refusal!;
    }

    /// <summary>Says in what a case deviates.</summary>
    public void Note(Form form, FormCase one)
    {
        if (one.Deviation is { } text)
        {
            var note = new DialectNote(form.Name, text);
            if (!_notes.Contains(note))
            {
                _notes.Add(note);
            }
        }
    }

    /// <summary>The stages and schedules of a case.</summary>
    public IEnumerable<object> Build(PyCall call, Form form, FormCase one, Binding binding) =>
        one.Pieces.Where(piece => piece.IsThere(binding.Values)).Select(piece => piece.Template.Build(
            binding.Values, (names, problem, inner) => RefusedValue(call, form, binding, names, problem, inner)));

    /// <summary>A schedule of the peer: the rate that it contains (NaN for a factor) and what multiplies it; null for none.</summary>
    public (double Rate, ISchedule? Schedule) Schedule(PyCall call, double rate = double.NaN)
    {
        var form = FormOf(call);
        if (form.Kind != FormKind.Schedule)
        {
            throw Error($"{form.Name} is no schedule", form.Name, null, call.Start);
        }

        var (binding, cases) = Resolve(call, form, rate);
        Note(form, cases[0]);
        var own = cases[0].Rate is not null || form.Rate is not null ? (double)binding.Values[Bindings.Rate]! : double.NaN;
        return (own, (ISchedule?)Build(call, form, cases[0], binding).SingleOrDefault());
    }

    public DialectException Error(
        string problem, string? call, (string Name, string? Value)? argument, int position, Exception? inner = null) =>
        new(peer.Peer, source.Message(position, problem + ".", null), call, argument?.Name, argument?.Value, position, inner);

    public string Shown(PyNode node) => SourceText.Short(source.Text[node.Start..node.End]);

    private static PyName? RateOf(Form form) => form.Rate is { } name ? new PyName(0, 0, name) : null;

    private Meaning Whole(PyCall call, Form form)
    {
        var (binding, cases) = Resolve(call, form);
        var one = cases[0];
        Note(form, one);
        var meaning = new Meaning();
        if (!binding.Values.Has(Bindings.Rate))
        {
            var given = binding.Of(form.Rate!);
            throw Error(
                $"{form.Name}: {form.Rate} = {given.Shown} is no rate; expected a number or a schedule",
                form.Name, (form.Rate!, given.Shown), given.Position < 0 ? call.Start : given.Position);
        }

        meaning.Rate = Checked(form, binding, (double)binding.Values[Bindings.Rate]!);
        if (one.Rate is null && binding.Schedule is { } schedule)
        {
            meaning.Schedules.Add(schedule);
        }

        meaning.Add(Build(call, form, one, binding));
        return meaning;
    }

    private Meaning Wrapped(PyCall call, Form form)
    {
        var (inner, _) = new Binder(peer, this, source).First(call, form);
        var meaning = Meaning(inner);
        var (binding, cases) = Resolve(call, form, meaning.Rate);
        Note(form, cases[0]);
        meaning.Add(Build(call, form, cases[0], binding));
        return meaning;
    }

    // Clip functions and schedulers of PyTorch, which stand beside the optimizer.
    private void Add(Meaning meaning, PyCall call)
    {
        var form = FormOf(call);
        if (form.Kind == FormKind.Schedule)
        {
            var (rate, schedule) = Schedule(call, meaning.Rate);
            meaning.Rate = double.IsNaN(rate) ? meaning.Rate : rate;
            meaning.Add(schedule is null ? [] : [schedule]);
            return;
        }

        var (binding, cases) = Resolve(call, form, meaning.Rate);
        Note(form, cases[0]);
        meaning.Add(Build(call, form, cases[0], binding));
    }

    private Optimizer Optimizer(Meaning meaning)
    {
        try
        {
            return meaning.Optimizer();
        }
        catch (ArgumentException error)
        {
            throw Error(error.Message.Split(" (Parameter '")[0].TrimEnd('.'), null, null, 0, error);
        }
    }

    private double Checked(Form form, Binding binding, double rate)
    {
        if (rate >= 0 && double.IsFinite(rate))
        {
            return rate;
        }

        var given = binding.Of(form.Rate ?? form.Parameters[0].Name);
        throw Error(
            $"{form.Name}: {given.Name} = {given.Shown} is outside its range: 0 ≤ value, finite", form.Name, (given.Name, given.Shown),
            Math.Max(given.Position, 0));
    }

    // Before the cases: a parameter that none of them looks at.
    private void RefuseUnknown(Form form, Binding binding)
    {
        var seen = form.Cases.SelectMany(one => one.Names).ToHashSet(StringComparer.Ordinal);
        if (Unexpressed(form, binding, seen) is { } refusal)
        {
            throw refusal;
        }
    }

    // Why a case does not apply: a parameter that it does not look at and that is not at its default, or a condition.
    private DialectException? Refusal(PyCall call, Form form, FormCase one, Binding binding)
    {
        if (one.Given.Broken(binding.Values, binding.Schedule is not null) is { } broken)
        {
            var given = binding.Of(broken.Name);
            return Error(
                $"{form.Name}: {broken.Name} = {given.Shown} cannot be expressed here together with the other arguments; expected "
                + broken.Expected,
                form.Name, (broken.Name, given.Shown), given.Position < 0 ? call.Start : given.Position);
        }

        return Unexpressed(form, binding, one.Names.ToHashSet(StringComparer.Ordinal));
    }

    private DialectException? Unexpressed(Form form, Binding binding, HashSet<string> seen)
    {
        foreach (var parameter in form.Parameters.Where(parameter => parameter.Matters && !seen.Contains(parameter.Name)))
        {
            var given = binding.Of(parameter.Name);
            var isRate = parameter.Name == form.Rate || (form.Kind == FormKind.Wrapper && parameter == form.Parameters[0]);
            if (!isRate && (parameter.Required || !PyValues.Same(binding.Values[parameter.Name], parameter.Default)))
            {
                return Error(
                    $"{form.Name}: {parameter.Name} = {given.Shown} cannot be expressed here; expected {PyText.Of(parameter.Default)}",
                    form.Name, (parameter.Name, given.Shown), given.Position);
            }
        }

        return null;
    }

    private DialectException RefusedValue(
        PyCall call, Form form, Binding binding, IEnumerable<string> names, string problem, Exception? inner)
    {
        var given = names.Where(name => name != Bindings.Rate).Select(binding.Of).OrderByDescending(one => one.Position).FirstOrDefault();
        return given is null
            ? Error($"{form.Name}: {problem.TrimEnd('.')}", form.Name, null, call.Start, inner)
            : Error(
                $"{form.Name}: {given.Name} = {given.Shown} cannot be expressed here: {problem.TrimEnd('.')}",
                form.Name, (given.Name, given.Shown), given.Position < 0 ? call.Start : given.Position, inner);
    }
}
