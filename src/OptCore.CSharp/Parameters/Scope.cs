namespace OptCore;

/// <summary>One condition on a tensor's name: it must match the pattern, or it must not.</summary>
/// <param name="Include">True for <c>only</c>, false for <c>except</c>.</param>
/// <param name="Pattern">A glob pattern over whole names: <c>*</c> any characters, <c>?</c> one.</param>
public sealed record ScopeRule(bool Include, string Pattern);

/// <summary>While it holds, the stages of a scope act.</summary>
/// <param name="Condition">The condition.</param>
/// <param name="Masks">What becomes of the update while it does not hold: 0 (<c>zeroUnless</c>), else it passes (<c>onlyWhen</c>).</param>
public sealed record ScopeCondition(ICondition Condition, bool Masks)
{
    /// <summary>The word: <c>onlyWhen</c> or <c>zeroUnless</c>.</summary>
    internal string Word => Masks ? "zeroUnless" : "onlyWhen";
}

/// <summary>
/// The tensors that a stage or a schedule acts on: those that satisfy every rule, from the outermost scope inwards; and the conditions
/// under which it acts. <see cref="Everywhere"/> has neither. Compared by content.
/// </summary>
public sealed class Scope : IEquatable<Scope>
{
    /// <summary>All tensors, in every step.</summary>
    public static Scope Everywhere { get; } = new([], []);

    private Scope(IReadOnlyList<ScopeRule> rules, IReadOnlyList<ScopeCondition> conditions) => (Rules, Conditions) = (rules, conditions);

    /// <summary>The rules, outermost first.</summary>
    public IReadOnlyList<ScopeRule> Rules { get; }

    /// <summary>The conditions, outermost first; the first that does not hold decides what becomes of the update.</summary>
    public IReadOnlyList<ScopeCondition> Conditions { get; }

    /// <summary>True when the scope has neither rule nor condition.</summary>
    public bool IsEverywhere => Rules.Count == 0 && Conditions.Count == 0;

    /// <summary>True when no name at all satisfies the rules: one excludes everything, or what another one demands.</summary>
    internal bool IsEmpty =>
        Rules.Where(rule => !rule.Include)
            .Any(rule => NamePattern.IsEverything(rule.Pattern) || Rules.Contains(rule with { Include = true }));

    /// <summary>This scope inside another one: the outer rule first.</summary>
    /// <param name="outer">The rule of the enclosing <c>only</c> or <c>except</c>.</param>
    /// <returns>The narrower scope.</returns>
    public Scope Within(ScopeRule outer) => new([outer, .. Rules], Conditions);

    /// <summary>This scope under one condition more: the outer one first.</summary>
    /// <param name="outer">The condition of the enclosing <c>onlyWhen</c> or <c>zeroUnless</c>.</param>
    /// <returns>The narrower scope.</returns>
    public Scope Within(ScopeCondition outer) => new(Rules, [outer, .. Conditions]);

    /// <summary>Whether another scope is this one or encloses it.</summary>
    internal bool IsInside(Scope outer) => StartsWith(Rules, outer.Rules) && StartsWith(Conditions, outer.Conditions);

    /// <summary>Whether a tensor's name satisfies every rule.</summary>
    /// <param name="tensor">The tensor's name.</param>
    /// <returns>True when the scope contains the tensor.</returns>
    public bool Contains(string tensor) => Rules.All(rule => NamePattern.Matches(rule.Pattern, tensor) == rule.Include);

    /// <inheritdoc/>
    public bool Equals(Scope? other) => other is not null && Rules.SequenceEqual(other.Rules) && Conditions.SequenceEqual(other.Conditions);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Scope);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (object rule in Rules.Concat<object>(Conditions))
        {
            hash.Add(rule);
        }

        return hash.ToHashCode();
    }

    /// <summary>The scope in words: <c>only "w*", except "*.bias", while t ≥ 100</c>; empty for all tensors in every step.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => string.Join(
        ", ",
        Rules.Select(rule => $"{(rule.Include ? "only" : "except")} \"{rule.Pattern}\"").Concat(
            Conditions.Select(one => $"{(one.Masks ? "0 unless" : "while")} {one.Condition.Equation}")));

    private static bool StartsWith<TItem>(IReadOnlyList<TItem> all, IReadOnlyList<TItem> first) =>
        all.Count >= first.Count && all.Take(first.Count).SequenceEqual(first);
}
