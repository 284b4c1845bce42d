namespace OptCore;

/// <summary>
/// A factor of the learning rate as a pure function of the step index: η_t = lr · s_1(t) · s_2(t) · …
/// Implementations are immutable values with structural equality (records) and hold no hidden state.
/// </summary>
public interface ISchedule
{
    /// <summary>The factor s(t) ≥ 0 at step <paramref name="step"/>.</summary>
    /// <param name="step">t, the number of updates already applied: 0, 1, 2, …</param>
    /// <returns>A finite number ≥ 0.</returns>
    double At(long step);

    /// <summary>The step from which on the schedule stays at one value for ever, or null if it never does.</summary>
    long? End => null;

    /// <summary>
    /// From where on and with which period the schedule repeats for ever; null if it does not, or not known to. What
    /// <c>OptVerify</c> says of rates rests on it. The default follows <see cref="End"/>.
    /// </summary>
    Recurrence? Recurrence => End is { } end ? new(end, 1) : null;

    /// <summary>The schedule as a formula in t, for <c>explain</c>: <c>½(1+cos(π·min(t,100)/100))</c>.</summary>
    string Equation { get; }
}
