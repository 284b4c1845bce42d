namespace OptCore;

/// <summary>
/// One meaning of a peer's constructor. A form has several where flags choose between rules.
/// </summary>
/// <param name="Given">When it applies.</param>
/// <param name="Pieces">The stages, or the schedule, that it is here.</param>
internal sealed record FormCase(FormGuard Given, IReadOnlyList<FormPiece> Pieces)
{
    /// <summary>The formula of the rate, where it is another than the form's.</summary>
    public PyNode? Rate { get; private init; }

    /// <summary>In what the peer does something else, if it does; such a case is left out where <c>faithful</c> is asked for.</summary>
    public string? Deviation { get; private init; }

    /// <summary>True for what the peer does and the paper does not: only where <c>faithful</c> is asked for.</summary>
    public bool Faithful { get; private init; }

    /// <summary>The parameters that the case looks at.</summary>
    public IEnumerable<string> Names => Pieces.SelectMany(piece => piece.Names).Concat(Given.Names).Concat(Expressions.Names(Rate));

    public static FormCase Of(params string[] pieces) => When("", pieces);

    public static FormCase When(string given, params string[] pieces) => new(FormGuard.Parse(given), [.. pieces.Select(FormPiece.Parse)]);

    /// <summary>The same case, with what the peer does otherwise.</summary>
    public FormCase Deviates(string deviation) => this with { Deviation = deviation };

    /// <summary>The same case, for <c>faithful</c> alone.</summary>
    public FormCase OnlyFaithful() => this with { Faithful = true };

    /// <summary>The same case, with another rate.</summary>
    public FormCase AtRate(string formula) => this with { Rate = PyParser.Expression(formula) };
}
