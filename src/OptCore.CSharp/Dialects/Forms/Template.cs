namespace OptCore;

/// <summary>
/// A record with formulas for its arguments, <c>Adam(Beta1 = betas[0], Epsilon = eps)</c>: builds the record from a peer's parameters,
/// and reads the parameters off a record. Schedules may stand in schedules.
/// </summary>
internal sealed class Template
{
    private readonly (WordArgument Argument, PyNode Formula, Template? Inner)[] _arguments;
    private readonly int _positional;
    private readonly WordEntry _entry;

    private Template(PyCall call)
    {
        _entry = WordCatalog.Current.Record(call.Name!) ?? throw new ArgumentException($"There is no record {call.Name}.");
        _arguments = [.. call.Arguments.Select((argument, i) => Find(argument, i))];
        _positional = call.Arguments.Count(argument => argument.Name is null);
    }

    public Type Type => _entry.Type;

    public string Record => _entry.Record;

    /// <summary>The parameters that the formulas read.</summary>
    public IEnumerable<string> Names => _arguments.SelectMany(one => one.Inner?.Names ?? Expressions.Names(one.Formula));

    public static Template Parse(string text) => new((PyCall)PyParser.Expression(text));

    /// <summary>The record of a call.</summary>
    /// <param name="bindings">The peer's parameters.</param>
    /// <param name="refuse">The exception for a value that the record cannot have: what it reads, and why.</param>
    public object Build(Bindings bindings, Func<IEnumerable<string>, string, Exception?, Exception> refuse)
    {
        var positional = _arguments.Take(_positional).Select(one => Value(one, bindings, refuse)).ToArray();
        string[] names = [.. _arguments.Take(_positional).SelectMany(one => Expressions.Names(one.Formula))];
        var record = Guarded(names, () => _entry.Create(positional));
        foreach (var one in _arguments.Skip(_positional))
        {
            var value = Value(one, bindings, refuse);
            Guarded([.. Expressions.Names(one.Formula)], () =>
            {
                _entry.Set(record, one.Argument, value);
                return record;
            });
        }

        return record;

        object Guarded(string[] names, Func<object> act)
        {
            try
            {
                return act();
            }
            catch (ArgumentException error)
            {
                throw refuse(names, error.Message.Split(" (Parameter '")[0], error);
            }
        }
    }

    /// <summary>Whether a record has the shape of the template: its type, and those inside it.</summary>
    public bool Fits(object record) => record.GetType() == Type
        && _arguments.All(one => one.Inner is null || (one.Argument.Property!.GetValue(record) is { } inner && one.Inner.Fits(inner)));

    /// <summary>Reads parameters off a record that fits.</summary>
    /// <returns>False where a formula has more than one parameter that is not known yet.</returns>
    public bool Read(object record, Bindings bindings)
    {
        var solved = true;
        foreach (var (argument, formula, inner) in _arguments)
        {
            var value = argument.Property!.GetValue(record);
            solved &= inner is null ? Expressions.Solve(formula, AsPython(value), bindings) : inner.Read(value!, bindings);
        }

        return solved;
    }

    private static object? AsPython(object? value) => value switch
    {
        int number => (double)number,
        long number => (double)number,
        IEnumerable<int> list => list.Select(item => (object?)(double)item).ToArray(),
        IEnumerable<double> list => list.Select(item => (object?)item).ToArray(),
        _ => value,
    };

    private (WordArgument Argument, PyNode Formula, Template? Inner) Find(PyArgument argument, int index)
    {
        var found = argument.Name is null
            ? _entry.Positional[index]
            : _entry.Options.Concat(_entry.Positional).First(option => option.Name == argument.Name);
        return (found, argument.Value!, found.Kind == ValueKind.Schedule ? new Template((PyCall)argument.Value!) : null);
    }

    private static object Value(
        (WordArgument Argument, PyNode Formula, Template? Inner) one,
        Bindings bindings,
        Func<IEnumerable<string>, string, Exception?, Exception> refuse)
    {
        if (one.Inner is { } inner)
        {
            return inner.Build(bindings, refuse);
        }

        var value = Expressions.Evaluate(one.Formula, bindings);
        return (one.Argument.Kind, value) switch
        {
            (ValueKind.Float, double number) => number,
            (ValueKind.Bool, _) when value is not PyNode => PyValues.IsTrue(value),
            (ValueKind.Int, double number) when number == Math.Truncate(number) && Math.Abs(number) <= int.MaxValue => (int)number,
            (ValueKind.Ints, object?[] items) when items.All(item => item is double whole && whole == Math.Truncate(whole)) =>
                items.Select(item => (int)(double)item!).ToArray(),
            (ValueKind.Floats, object?[] items) when items.All(item => item is double) => items.Select(item => (double)item!).ToArray(),
            _ => throw refuse(
                Expressions.Names(one.Formula),
                $"it becomes {one.Argument.Name}, which is {Expected(one.Argument.Kind)}",
                null),
        };
    }

    private static string Expected(ValueKind kind) => kind switch
    {
        ValueKind.Int => "a whole number",
        ValueKind.Bool => "True or False",
        ValueKind.Ints => "a list of whole numbers",
        ValueKind.Floats => "a list of numbers",
        _ => "a number",
    };
}
