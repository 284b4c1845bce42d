namespace OptCore;

/// <summary>
/// A hyper-parameter of a stage as rules that several stages share read it: a number at hand, where asking an interface would cost a
/// call. Read when the program is built.
/// </summary>
internal sealed class Reading(Func<double> read)
{
    /// <summary>The number.</summary>
    public double Value { get; } = read();
}
