namespace OptCore;

/// <summary>
/// A hyper-parameter of a stage as rules that several stages share read it: a number at hand, where asking an interface would cost a
/// call. Read when the program is built, and before every step where the stage follows a schedule.
/// </summary>
internal sealed class Reading(Func<double> read)
{
    /// <summary>The number.</summary>
    public double Value { get; private set; } = read();

    /// <summary>Reads the number again.</summary>
    public void Refresh() => Value = read();
}
