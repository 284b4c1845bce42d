namespace OptCore;

/// <summary>One condition on a tensor's name: it must match the pattern, or it must not.</summary>
/// <param name="Include">True for <c>only</c>, false for <c>except</c>.</param>
/// <param name="Pattern">A glob pattern over whole names: <c>*</c> any characters, <c>?</c> one.</param>
public sealed record ScopeRule(bool Include, string Pattern);

/// <summary>
/// The tensors that a stage or a schedule acts on: those that satisfy every rule, from the outermost scope inwards.
/// <see cref="Everywhere"/> has no rule. Compared by content.
/// </summary>
public sealed class Scope : IEquatable<Scope>
{
    /// <summary>All tensors.</summary>
    public static Scope Everywhere { get; } = new([]);

    private Scope(ScopeRule[] rules) => Rules = rules;

    /// <summary>The rules, outermost first.</summary>
    public IReadOnlyList<ScopeRule> Rules { get; }

    /// <summary>True when the scope has no rule.</summary>
    public bool IsEverywhere => Rules.Count == 0;

    /// <summary>True when no name at all satisfies the rules: one excludes everything, or what another one demands.</summary>
    internal bool IsEmpty =>
        Rules.Where(rule => !rule.Include)
            .Any(rule => NamePattern.IsEverything(rule.Pattern) || Rules.Contains(rule with { Include = true }));

    /// <summary>This scope inside another one: the outer rule first.</summary>
    /// <param name="outer">The rule of the enclosing <c>only</c> or <c>except</c>.</param>
    /// <returns>The narrower scope.</returns>
    public Scope Within(ScopeRule outer) => new([outer, .. Rules]);

    /// <summary>Whether a tensor's name satisfies every rule.</summary>
    /// <param name="tensor">The tensor's name.</param>
    /// <returns>True when the scope contains the tensor.</returns>
    public bool Contains(string tensor) => Rules.All(rule => NamePattern.Matches(rule.Pattern, tensor) == rule.Include);

    /// <inheritdoc/>
    public bool Equals(Scope? other) => other is not null && Rules.SequenceEqual(other.Rules);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Scope);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var rule in Rules)
        {
            hash.Add(rule);
        }

        return hash.ToHashCode();
    }

    /// <summary>The scope in words: <c>only "w*", except "*.bias"</c>; empty for all tensors.</summary>
    /// <returns>The text.</returns>
    public override string ToString() =>
        string.Join(", ", Rules.Select(rule => $"{(rule.Include ? "only" : "except")} \"{rule.Pattern}\""));
}
