using System.Globalization;

namespace OptCore;

/// <summary>
/// The formulas of templates, both ways: <c>eps</c>, <c>betas[0]</c>, <c>end_value / rate</c>, <c>-beta2_decay</c>,
/// <c>sqrt(max_squared_norm)</c>. A formula is evaluated from the parameters, and solved for the one that is not known yet.
/// </summary>
internal static class Expressions
{
    public static object? Evaluate(PyNode node, Bindings bindings) => PyValues.Of(node, bindings.Look);

    /// <summary>The parameters that a formula reads.</summary>
    public static IEnumerable<string> Names(PyNode? node) => node switch
    {
        PyName { Name: "True" or "False" or "None" } or PyName { Last: "inf" } => [],
        PyName name => [name.Name],
        PyItem item => Names(item.Of),
        PyNegative negative => Names(negative.Inner),
        PyBinary both => Names(both.Left).Concat(Names(both.Right)),
        PyCall call => call.Arguments.SelectMany(argument => Names(argument.Value)),
        PyList list => list.Items.SelectMany(Names),
        _ => [],
    };

    /// <summary>Gives the unknown parameter of a formula the value at which the formula has the given one.</summary>
    /// <returns>False where more than one parameter is unknown.</returns>
    public static bool Solve(PyNode node, object? value, Bindings bindings)
    {
        switch (node)
        {
            case PyName { Name: "True" or "False" or "None" } or PyNumber:
                return true;
            case PyName name:
                if (!bindings.Has(name.Name))
                {
                    bindings[name.Name] = value;
                }

                return true;
            case PyItem { Of: PyName list } item:
                SetItem(bindings, list.Name, item.Index, value);
                return true;
        }

        if (Evaluate(node, bindings) is not PyNode || value is not double number)
        {
            return true;
        }

        return node switch
        {
            PyNegative negative => Solve(negative.Inner, -number, bindings),
            PyCall { Name: "sqrt", Arguments: [{ Value: { } inner }] } => Choose(inner, number * number, node, number, bindings),
            PyBinary both => SolveBinary(both, number, bindings),
            _ => false,
        };
    }

    private static bool SolveBinary(PyBinary both, double value, Bindings bindings)
    {
        if (Evaluate(both.Right, bindings) is double right)
        {
            var left = both.Operator switch
            {
                '+' => value - right,
                '-' => value + right,
                '*' => value / right,
                _ => value * right,
            };
            return Choose(both.Left, left, both, value, bindings);
        }

        if (Evaluate(both.Left, bindings) is double known)
        {
            var other = both.Operator switch
            {
                '+' => value - known,
                '-' => known - value,
                '*' => value / known,
                _ => known / value,
            };
            return Choose(both.Right, other, both, value, bindings);
        }

        return false;
    }

    // Of the doubles about the solution the one that people write and that gives the value back: 0.01, not 0.010000000000000002.
    private static bool Choose(PyNode unknown, double solution, PyNode whole, double value, Bindings bindings)
    {
        var rounded = double.Parse(solution.ToString("G15", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        double[] candidates = [rounded, solution, Math.BitIncrement(solution), Math.BitDecrement(solution)];
        foreach (var candidate in candidates)
        {
            var trial = bindings.Copy();
            if (Solve(unknown, candidate, trial) && value.Equals(Evaluate(whole, trial)))
            {
                return Solve(unknown, candidate, bindings);
            }
        }

        return Solve(unknown, solution, bindings);
    }

    private static void SetItem(Bindings bindings, string name, int index, object? value)
    {
        var items = bindings.Has(name) && bindings[name] is object?[] known ? known : [];
        if (items.Length <= index)
        {
            items = [.. items, .. new object?[index + 1 - items.Length]];
        }

        bindings[name] = items.Select((item, i) => i == index ? value : item).ToArray();
    }
}
