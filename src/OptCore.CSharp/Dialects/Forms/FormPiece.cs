namespace OptCore;

/// <summary>
/// One stage of a form: <c>Adam(Beta1 = b1)</c>, or <c>weight_decay ? L2(weight_decay)</c>, which is there only where the parameter is
/// neither zero nor None nor False.
/// </summary>
internal sealed class FormPiece
{
    private readonly Lazy<Template> _template;

    private FormPiece(string? condition, string template)
    {
        Condition = condition;
        _template = new(() => Template.Parse(template));
    }

    public string? Condition { get; }

    public Template Template => _template.Value;

    public IEnumerable<string> Names => Condition is null ? Template.Names : Template.Names.Append(Condition);

    public static FormPiece Parse(string text)
    {
        var at = text.IndexOf('?', StringComparison.Ordinal);
        return at < 0 ? new(null, text) : new(text[..at].Trim(), text[(at + 1)..].Trim());
    }

    public bool IsThere(Bindings bindings) => Condition is null || PyValues.IsTrue(bindings[Condition]);
}
