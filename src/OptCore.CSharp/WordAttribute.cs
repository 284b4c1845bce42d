namespace OptCore;

/// <summary>
/// The word under which the language knows a stage or a schedule. The rest of its text row is read off the record itself:
/// the constructor's parameters are the word's positional arguments, the settable properties that are no constructor
/// parameter are its options, in the order of their declaration, with the defaults of a freshly built record. The fluent
/// method, the F# words and the row in <c>docs/formulas.md</c> are generated from the record and its documentation.
/// </summary>
/// <remarks>
/// On a method of <see cref="Optimizer"/> it declares a word that is no record: a static one a head, whose last parameter is the
/// rate (<c>adamW</c>), another one a word about a whole optimizer (<c>freeze</c>).
/// </remarks>
/// <param name="name">The word, e.g. <c>momentum</c>. Slots of a stage are named after it: <c>momentum.v</c>.</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Method)]
public sealed class WordAttribute(string name) : Attribute
{
    /// <summary>The word, as it stands in the text of an optimizer.</summary>
    public string Name { get; } = name;

    /// <summary>
    /// True for a direction whose word takes the learning rate as its last argument and starts a pipeline (<c>adam 0.1</c>);
    /// false for a stage that is added to one (<c>momentum 0.9</c>).
    /// </summary>
    public bool Head { get; init; }

    /// <summary>
    /// True for the word of a schedule combinator: its first constructor parameter is the schedule piped into it
    /// (<c>s |&gt; Schedule.andThen 10 next</c>).
    /// </summary>
    public bool Combinator { get; init; }
}
