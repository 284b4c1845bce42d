namespace OptCore;

/// <summary>The stages of a case found in an optimizer, and what is left.</summary>
/// <param name="Found">The record of every piece; null for one that is not there.</param>
/// <param name="Stages">The stages that are left, in the order in which they run.</param>
/// <param name="Schedules">The schedules that are left.</param>
/// <param name="First">The phase of the first stage that was found.</param>
internal sealed record Match(
    IReadOnlyList<object?> Found, IReadOnlyList<IStage> Stages, IReadOnlyList<ISchedule> Schedules, Phase First);

/// <summary>Writes single calls of a peer.</summary>
internal sealed class CallWriter(PeerTable peer, bool faithful)
{
    /// <summary>Whether a case may be written now: first those that do the same, then those that deviate.</summary>
    public bool Allows(FormCase one, bool deviating) => (faithful || !one.Faithful) && (deviating || one.Deviation is null);

    /// <summary>Whether some function of the peer stands for a stage.</summary>
    public bool Knows(IStage stage) => peer.Forms.Where(form => form.Refused is null).SelectMany(form => form.Cases)
        .Any(one => one.Pieces.Any(piece => piece.Template.Type == stage.GetType())) || (peer.Peer == Peer.Optax && stage is Velocity);

    /// <summary>Whether a stage is an optimizer around another one there.</summary>
    public bool Wraps(IStage stage) => FormsWith(FormKind.Wrapper, stage).Any();

    /// <summary>The stages of a case in an optimizer; null where one is missing.</summary>
    public Match? Match(FormCase one, IReadOnlyList<IStage> stages, IReadOnlyList<ISchedule> schedules)
    {
        List<object> left = [.. stages, .. schedules];
        var found = new List<object?>();
        foreach (var piece in one.Pieces)
        {
            var record = left.Find(piece.Template.Fits);
            if (record is null && piece.Condition is null)
            {
                return null;
            }

            found.Add(record);
            left.Remove(record!);
        }

        var first = found.OfType<IStage>().Select(stage => stage.Phase).DefaultIfEmpty(Phase.Step).Max();
        return new Match(found, [.. left.OfType<IStage>()], [.. left.OfType<ISchedule>()], first);
    }

    /// <summary>A clip function or a transformation.</summary>
    public string? Transformation(IStage stage, double rate, bool deviating) => Alone(FormKind.Transformation, stage, rate, deviating);

    /// <summary>A schedule, with the rate in it where the peer's schedules are whole rates.</summary>
    public string? Schedule(ISchedule schedule, double rate, bool deviating) => Alone(FormKind.Schedule, schedule, rate, deviating);

    /// <summary>An optimizer around another one.</summary>
    public string? Wrapper(IStage stage, string inner, double rate, bool deviating) =>
        Alone(FormKind.Wrapper, stage, rate, deviating, inner);

    /// <summary>A call of a form.</summary>
    /// <param name="form">The form.</param>
    /// <param name="one">The case.</param>
    /// <param name="match">The stages that were found for its pieces.</param>
    /// <param name="rate">The rate.</param>
    /// <param name="schedule">The code of the schedule that stands for the rate; null for a number.</param>
    /// <param name="inner">The code of the optimizer inside; null where there is none.</param>
    /// <returns>The code; null where no values of the parameters give the stages.</returns>
    public string? Call(Form form, FormCase one, Match match, double rate, string? schedule, string? inner = null)
    {
        var values = new Bindings { [Bindings.Rate] = rate };
        one.Given.Assume(values);
        var formula = one.Rate ?? (form.Rate is { } name ? new PyName(0, 0, name) : null);
        if (formula is not null)
        {
            Expressions.Solve(formula, rate, values);
        }

        if (inner is not null)
        {
            values[form.Parameters[0].Name] = new PyCode(inner);
        }

        // What one stage tells may be needed to read another.
        for (var round = 0; round < 3; round++)
        {
            foreach (var (piece, record) in one.Pieces.Zip(match.Found).Where(pair => pair.Second is not null))
            {
                piece.Template.Read(record!, values);
            }
        }

        foreach (var (piece, record) in one.Pieces.Zip(match.Found))
        {
            if (piece.Condition is { } condition && !values.Has(condition))
            {
                values[condition] = record is null ? Off(form, condition) : true;
            }
        }

        foreach (var parameter in form.Parameters.Where(parameter => !values.Has(parameter.Name)))
        {
            if (parameter.Required)
            {
                return null;
            }

            values[parameter.Name] = parameter.Default;
        }

        if (one.Given.Broken(values, schedule is not null) is not null)
        {
            return null;
        }

        if (schedule is not null)
        {
            values[form.Rate!] = new PyCode(schedule);
        }

        return $"{peer.Qualified(form)}({string.Join(", ", Arguments(form, values))})";
    }

    private IEnumerable<Form> FormsWith(FormKind kind, object record) =>
        peer.OfKind(kind).Where(form => form.Cases.Any(one => one.Pieces is [var piece] && piece.Template.Fits(record)));

    private string? Alone(FormKind kind, object record, double rate, bool deviating, string? inner = null)
    {
        foreach (var form in FormsWith(kind, record))
        {
            foreach (var one in form.Cases.Where(one => Allows(one, deviating) && one.Pieces is [var piece] && piece.Template.Fits(record)))
            {
                var alone = new Match([record], [], [], Phase.Step);
                if (Call(form, one, alone, rate, null, inner) is { } text && Reads(text, kind, record, rate))
                {
                    return text;
                }
            }
        }

        return null;
    }

    // A schedule is looked at by itself: several forms may have its shape, and one its numbers.
    private bool Reads(string text, FormKind kind, object record, double rate)
    {
        if (kind != FormKind.Schedule)
        {
            return true;
        }

        try
        {
            var source = new SourceText(text);
            var call = (PyCall)new PyParser(source).Statements()[0];
            return new DialectReader(peer, source, faithful).Schedule(call, rate).Schedule is { } back && Likeness.Same(back, record);
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private static object? Off(Form form, string name) => form.Parameters.First(parameter => parameter.Name == name).Default switch
    {
        var value when !PyValues.IsTrue(value) => value,
        bool => false,
        double => 0.0,
        _ => null,
    };

    private IEnumerable<string> Arguments(Form form, Bindings values)
    {
        if (peer.Peer == Peer.Torch)
        {
            yield return form.Kind == FormKind.Schedule || form.Name == "ReduceLROnPlateau" ? "optimizer" : "params";
        }

        foreach (var parameter in form.Parameters.Where(parameter => parameter.Matters))
        {
            var value = values[parameter.Name];
            if (parameter.Required && peer.Peer == Peer.Optax)
            {
                yield return PyText.Of(value);
            }
            else if (parameter.Required || parameter.Name == form.Rate || !PyValues.Same(value, parameter.Default))
            {
                yield return $"{parameter.Name}={PyText.Of(value)}";
            }
        }
    }
}
