namespace OptCore;

/// <summary>
/// That a schedule repeats: <c>s(t + n) = s(t)</c>, bit for bit, for every t from a step on. What is constant from there on has
/// the period 1. Declared, not measured: no number of samples tells a slow schedule from a constant one.
/// </summary>
/// <param name="From">The first such step, ≥ 0.</param>
/// <param name="Period">n ≥ 1.</param>
public readonly record struct Recurrence(long From, long Period)
{
    /// <summary>The recurrence of a sum or a product: from the later step on, with the least common multiple of the periods.</summary>
    /// <param name="first">One recurrence; null for none.</param>
    /// <param name="second">The other; null for none.</param>
    /// <returns>That of both; null where one is missing, or the period is no 64-bit integer.</returns>
    public static Recurrence? Both(Recurrence? first, Recurrence? second)
    {
        if (first is not { } a || second is not { } b)
        {
            return null;
        }

        var period = (Int128)a.Period / Divisor(a.Period, b.Period) * b.Period;
        return period <= long.MaxValue ? new(Math.Max(a.From, b.From), (long)period) : null;
    }

    /// <summary>The recurrence of a schedule that starts later.</summary>
    /// <param name="steps">By how many updates, ≥ 0.</param>
    /// <returns>The same period, from a later step on, saturating.</returns>
    public Recurrence Later(long steps) => this with { From = From > long.MaxValue - steps ? long.MaxValue : From + steps };

    private static long Divisor(long a, long b) => b == 0 ? a : Divisor(b, a % b);
}
