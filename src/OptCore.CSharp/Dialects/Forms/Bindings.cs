namespace OptCore;

/// <summary>The values of a peer's parameters in one call, by name.</summary>
internal sealed class Bindings
{
    /// <summary>The name under which templates read the rate.</summary>
    public const string Rate = "rate";

    private readonly Dictionary<string, object?> _values = new(StringComparer.Ordinal);

    public IEnumerable<string> Names => _values.Keys;

    public object? this[string name]
    {
        get => _values[name];
        set => _values[name] = value;
    }

    public bool Has(string name) => _values.ContainsKey(name);

    /// <summary>The value of a parameter; the name itself, as something unknown, where it has none.</summary>
    public object? Look(string name) => _values.TryGetValue(name, out var value) ? value : new PyName(0, 0, name);

    public Bindings Copy()
    {
        var copy = new Bindings();
        foreach (var (name, value) in _values)
        {
            copy[name] = value;
        }

        return copy;
    }
}
