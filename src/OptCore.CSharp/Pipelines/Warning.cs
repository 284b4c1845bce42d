namespace OptCore;

/// <summary>Something legal but suspicious in an optimizer.</summary>
/// <param name="Code">A stable name of the kind of warning: <c>rate-above-limit</c>, <c>two-momenta</c>, …</param>
/// <param name="Message">What was found and what to do, in one sentence.</param>
public sealed record Warning(string Code, string Message)
{
    /// <summary>Code and message in one line.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"{Code}: {Message}";
}
