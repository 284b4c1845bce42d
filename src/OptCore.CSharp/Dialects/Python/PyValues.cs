namespace OptCore;

/// <summary>
/// What Python text means without the peer's library: null, booleans, doubles, strings, arrays. What means nothing without it stays the
/// <see cref="PyNode"/> that it is.
/// </summary>
internal static class PyValues
{
    public static object? Of(PyNode node, Func<string, object?>? names = null) => node switch
    {
        PyNumber number => number.Value,
        PyString text => text.Value,
        PyName { Name: "True" } => true,
        PyName { Name: "False" } => false,
        PyName { Name: "None" } => null,
        PyName { Last: "inf" } => double.PositiveInfinity,
        PyName name when names is not null => names(name.Name),
        PyList list => Array(list, names),
        PyItem item => Of(item.Of, names) is object?[] items && item.Index < items.Length ? items[item.Index] : node,
        PyNegative negative => Of(negative.Inner, names) is double value ? -value : node,
        PyBinary both => Of(both.Left, names) is double left && Of(both.Right, names) is double right
            ? Compute(both.Operator, left, right)
            : node,
        PyCall { Name: "sqrt", Arguments: [{ Value: { } inner }] } => Of(inner, names) is double square ? Math.Sqrt(square) : node,
        PyCall { Name: "float", Arguments: [{ Value: PyString { Value: "inf" } }] } => double.PositiveInfinity,
        _ => node,
    };

    /// <summary>Equal as Python's <c>==</c> says: True is 1, False is 0.</summary>
    public static bool Same(object? a, object? b) => (Number(a), Number(b)) switch
    {
        ({ } left, { } right) => left.Equals(right),
        _ when a is object?[] left && b is object?[] right =>
            left.Length == right.Length && left.Zip(right).All(pair => Same(pair.First, pair.Second)),
        _ => Equals(a, b),
    };

    /// <summary>Whether Python's <c>if</c> takes it.</summary>
    public static bool IsTrue(object? value) => value switch
    {
        null => false,
        bool flag => flag,
        double number => number != 0,
        string text => text.Length > 0,
        object?[] items => items.Length > 0,
        _ => true,
    };

    public static double Compute(char symbol, double left, double right) => symbol switch
    {
        '+' => left + right,
        '-' => left - right,
        '*' => left * right,
        '/' => left / right,
        _ => Math.Pow(left, right),
    };

    private static double? Number(object? value) => value switch
    {
        double number => number,
        bool flag => flag ? 1 : 0,
        _ => null,
    };

    // A list with something unknown in it is unknown as a whole.
    private static object Array(PyList list, Func<string, object?>? names)
    {
        var items = list.Items.Select(item => Of(item, names)).ToArray();
        return items.Any(item => item is PyNode) ? list : items;
    }
}
