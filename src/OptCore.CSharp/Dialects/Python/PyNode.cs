namespace OptCore;

/// <summary>A piece of Python text, before names mean anything.</summary>
/// <param name="Start">The index of its first character.</param>
/// <param name="End">The index behind its last one.</param>
internal abstract record PyNode(int Start, int End);

internal sealed record PyNumber(int Start, int End, double Value) : PyNode(Start, End);

internal sealed record PyString(int Start, int End, string Value) : PyNode(Start, End);

/// <summary>A name with its dots: <c>b1</c>, <c>optax.adam</c>, <c>True</c>.</summary>
internal sealed record PyName(int Start, int End, string Name) : PyNode(Start, End)
{
    /// <summary>What stands behind the last dot.</summary>
    public string Last => Name[(Name.LastIndexOf('.') + 1)..];
}

/// <summary>A tuple or a list.</summary>
internal sealed record PyList(int Start, int End, IReadOnlyList<PyNode> Items) : PyNode(Start, End);

internal sealed record PyDictionary(int Start, int End, IReadOnlyList<(PyNode Key, PyNode Value)> Items) : PyNode(Start, End);

/// <summary><c>x[0]</c>.</summary>
internal sealed record PyItem(int Start, int End, PyNode Of, int Index) : PyNode(Start, End);

internal sealed record PyNegative(int Start, int End, PyNode Inner) : PyNode(Start, End);

/// <summary>Two operands and one of <c>+ - * / ^</c>, where <c>^</c> stands for Python's <c>**</c>.</summary>
internal sealed record PyBinary(int Start, int End, char Operator, PyNode Left, PyNode Right) : PyNode(Start, End);

/// <summary>An argument, with a name when it was written <c>name=value</c>; a bare <c>*</c> has no value.</summary>
internal sealed record PyArgument(int Start, string? Name, PyNode? Value);

internal sealed record PyCall(int Start, int End, PyNode Function, IReadOnlyList<PyArgument> Arguments) : PyNode(Start, End)
{
    /// <summary>The name of what is called behind its last dot; null where that is no name.</summary>
    public string? Name => (Function as PyName)?.Last;
}

/// <summary>What has no value here: a lambda.</summary>
internal sealed record PyOther(int Start, int End) : PyNode(Start, End);
