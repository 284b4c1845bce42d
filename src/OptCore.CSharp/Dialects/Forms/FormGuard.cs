namespace OptCore;

/// <summary>
/// When a case of a form applies: comparisons of parameters with values, <c>nesterov = True, init_value &lt; end_value</c>;
/// <c>learning_rate = number</c> where no schedule may stand.
/// </summary>
internal sealed class FormGuard
{
    private const string Number = "number";
    private static readonly string[] Operators = ["!=", ">=", "<", "="];

    private readonly (PyNode Left, string Operator, PyNode Right)[] _conditions;

    private FormGuard((PyNode Left, string Operator, PyNode Right)[] conditions) => _conditions = conditions;

    /// <summary>The parameters that the conditions look at.</summary>
    public IEnumerable<string> Names => _conditions.SelectMany(one => Expressions.Names(one.Left));

    public static FormGuard Parse(string text) =>
        new([.. text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(One)]);

    /// <summary>The first parameter that is not as the case has it, with what it would have to be; null where all are.</summary>
    public (string Name, string Expected)? Broken(Bindings bindings, bool scheduled)
    {
        foreach (var (left, symbol, right) in _conditions)
        {
            var name = Expressions.Names(left).First();
            if (right is PyName { Name: Number })
            {
                if (scheduled)
                {
                    return (name, "a number, not a schedule");
                }

                continue;
            }

            var (value, wanted) = (Expressions.Evaluate(left, bindings), Expressions.Evaluate(right, bindings));
            var holds = symbol switch
            {
                "=" => PyValues.Same(value, wanted),
                "!=" => !PyValues.Same(value, wanted),
                ">=" => value is double large && wanted is double bound && large >= bound,
                _ => value is double small && wanted is double bound && small < bound,
            };
            if (!holds)
            {
                return (name, (symbol == "=" ? "" : symbol + " ") + PyText.Of(wanted));
            }
        }

        return null;
    }

    /// <summary>Gives the parameters the values that the case asks for.</summary>
    public void Assume(Bindings bindings)
    {
        foreach (var (left, symbol, right) in _conditions)
        {
            if (symbol == "=" && right is not PyName { Name: Number } && Expressions.Evaluate(right, bindings) is var value and not PyNode)
            {
                Expressions.Solve(left, value, bindings);
            }
        }
    }

    private static (PyNode Left, string Operator, PyNode Right) One(string text)
    {
        var symbol = Operators.First(text.Contains);
        var at = text.IndexOf(symbol, StringComparison.Ordinal);
        return (PyParser.Expression(text[..at].Trim()), symbol, PyParser.Expression(text[(at + symbol.Length)..].Trim()));
    }
}
