namespace OptCore;

/// <summary>A piece of text understood as F# syntax, before names mean anything.</summary>
/// <param name="Start">The index of its first character.</param>
internal abstract record Node(int Start)
{
    /// <summary>The piece without parentheses that hold nothing but it.</summary>
    public virtual Node Bare => this;

    /// <summary>How a message names the piece.</summary>
    public abstract string Shown { get; }
}

/// <summary>A number; <paramref name="Integer"/> is null when it is written with a point or an exponent.</summary>
internal sealed record NumberNode(int Start, string Written, double Value, long? Integer) : Node(Start)
{
    public override string Shown =>
        $"the {(Integer is null || Written.EndsWith('L') ? "number" : "integer")} {SourceText.Short(Written)}";
}

internal sealed record BoolNode(int Start, bool Value) : Node(Start)
{
    public override string Shown => Value ? "'true'" : "'false'";
}

internal sealed record TextNode(int Start, string Value) : Node(Start)
{
    public override string Shown => $"the string {SourceText.Short(Quoted.Write(Value))}";
}

internal sealed record NameNode(int Start, string Value) : Node(Start)
{
    public override string Shown => $"'{SourceText.Short(Value)}'";
}

internal sealed record ListNode(int Start, IReadOnlyList<Node> Items) : Node(Start)
{
    public override string Shown => "a list";
}

/// <summary>Something between parentheses, with a name when it was written <c>Name = value</c>.</summary>
internal sealed record GroupItem(int Start, string? Name, Node Value);

/// <summary>Parentheses: the arguments of a constructor, a tuple, or an expression alone.</summary>
internal sealed record GroupNode(int Start, IReadOnlyList<GroupItem> Items) : Node(Start)
{
    public override Node Bare => Items is [{ Name: null, Value: var alone }] ? alone.Bare : this;

    public override string Shown => Bare is var inner && inner != this ? inner.Shown : Items.Count == 0 ? "'()'" : "a tuple";
}

/// <summary>Application by juxtaposition, or of a name to parentheses that touch it.</summary>
internal sealed record ApplyNode(int Start, Node Function, IReadOnlyList<Node> Arguments) : Node(Start)
{
    public override string Shown =>
        $"{Function.Shown} with {Arguments.Count switch { 1 => "an argument", var n => $"{Curve.Text(n)} arguments" }}";
}

/// <summary><c>f >> g >> h</c>.</summary>
internal sealed record ComposeNode(int Start, IReadOnlyList<Node> Items) : Node(Start)
{
    public override string Shown => "a composition with >>";
}

/// <summary><c>x |> f |> g</c>, kept flat so that long pipelines do not nest.</summary>
internal sealed record PipeNode(int Start, Node First, IReadOnlyList<Node> Steps) : Node(Start)
{
    public override string Shown => "a pipeline with |>";
}
