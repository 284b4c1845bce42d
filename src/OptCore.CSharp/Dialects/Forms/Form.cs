namespace OptCore;

/// <summary>What a peer's function gives.</summary>
internal enum FormKind
{
    /// <summary>A whole optimizer, with a rate.</summary>
    Optimizer,

    /// <summary>A step of the pipeline without a rate: a clip, a transformation of a chain.</summary>
    Transformation,

    /// <summary>A schedule of the rate.</summary>
    Schedule,

    /// <summary>An optimizer around another one, its first parameter.</summary>
    Wrapper,
}

/// <summary>A parameter of a peer's function.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Required">Whether it must be given.</param>
/// <param name="Default">The default: a value as <see cref="PyValues"/> has it, or a node that means nothing here.</param>
/// <param name="KeywordOnly">Whether it must be given by its name.</param>
/// <param name="Matters">False for what has no influence on the numbers: fused kernels, names.</param>
internal sealed record FormParameter(string Name, bool Required, object? Default, bool KeywordOnly, bool Matters);

/// <summary>
/// A peer's function: its parameters and what they mean here, for reading and for writing. Written as Python has it, with <c>_</c> for
/// the default of a parameter that has no influence on the numbers.
/// </summary>
internal sealed class Form
{
    private readonly Lazy<IReadOnlyList<FormParameter>> _parameters;

    public Form(FormKind kind, string name, string signature, params FormCase[] cases)
    {
        (Kind, Name, Cases) = (kind, name, cases);
        _parameters = new(() => Parse(signature));
    }

    public FormKind Kind { get; }

    public string Name { get; }

    public IReadOnlyList<FormCase> Cases { get; }

    /// <summary>The qualifier that is printed before the name: <c>torch.optim.</c>; null for the peer's own.</summary>
    public string? Module { get; init; }

    /// <summary>The parameter that is the rate; null where there is none.</summary>
    public string? Rate { get; init; }

    /// <summary>Why it has no counterpart here; null where it has.</summary>
    public string? Refused { get; init; }

    public IReadOnlyList<FormParameter> Parameters => _parameters.Value;

    private static FormParameter[] Parse(string signature)
    {
        var call = (PyCall)PyParser.Expression($"f({signature})");
        var keyword = call.Arguments.ToList().FindIndex(argument => argument is { Name: null, Value: null });
        return
        [
            .. call.Arguments.Select((argument, i) => (argument, i)).Where(one => one.argument.Value is not null).Select(one =>
                one.argument.Name is { } name
                    ? new FormParameter(
                        name,
                        false,
                        PyValues.Of(one.argument.Value!),
                        keyword >= 0 && one.i > keyword,
                        one.argument.Value is not PyName { Name: "_" })
                    : new FormParameter(((PyName)one.argument.Value!).Name, true, null, false, true)),
        ];
    }
}
