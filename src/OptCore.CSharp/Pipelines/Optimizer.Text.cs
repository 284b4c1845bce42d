using System.Diagnostics.CodeAnalysis;

namespace OptCore;

public sealed partial class Optimizer : IParsable<Optimizer>
{
    /// <summary>
    /// Reads the F# expression that <see cref="ToString"/> writes, and what people write by hand:
    /// <c>sgd 0.1 |> momentum 0.9 |> cosine 100</c>, <c>0.1 |> (sgd >> momentum 0.9 >> cosine 100)</c>. Integers stand for
    /// floats, never the reverse; spaces, lines and F# comments do not matter.
    /// </summary>
    /// <param name="text">The text, in the invariant culture.</param>
    /// <param name="provider">Not used: the text does not depend on a culture.</param>
    /// <returns>The optimizer; <c>Parse(optimizer.ToString())</c> equals <c>optimizer</c>.</returns>
    /// <exception cref="OptimizerParseException">The text is no optimizer; the message names the place, what was found, what
    /// was expected and the nearest known name.</exception>
    /// <example><code>Optimizer.Parse("adam 0.1 |> except \"*.bias\" (weightDecay 0.01)")</code></example>
    public static Optimizer Parse(string text, IFormatProvider? provider = null) => OptimizerReader.Read(Require.NotNull(text), null);

    /// <summary>Reads an expression without a rate: <c>sgd >> momentum 0.9 >> cosine 100</c>.</summary>
    /// <param name="text">The text, in the invariant culture.</param>
    /// <param name="rate">The learning rate, ≥ 0 and finite.</param>
    /// <returns>The optimizer.</returns>
    /// <exception cref="OptimizerParseException">The text is no optimizer, or has a rate of its own.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The rate is negative, infinite or NaN.</exception>
    public static Optimizer Parse(string text, double rate) =>
        OptimizerReader.Read(Require.NotNull(text), Require.NonNegative(rate, nameof(rate)));

    /// <summary>Reads an optimizer if the text is one.</summary>
    /// <param name="text">The text, or null.</param>
    /// <param name="provider">Not used: the text does not depend on a culture.</param>
    /// <param name="result">The optimizer, or null.</param>
    /// <returns>True when the text is an optimizer.</returns>
    public static bool TryParse([NotNullWhen(true)] string? text, IFormatProvider? provider, [MaybeNullWhen(false)] out Optimizer result)
    {
        try
        {
            result = text is null ? null : Parse(text, provider);
        }
        catch (OptimizerParseException)
        {
            result = null;
        }

        return result is not null;
    }

    /// <inheritdoc cref="TryParse(string?, IFormatProvider?, out Optimizer)"/>
    public static bool TryParse([NotNullWhen(true)] string? text, [MaybeNullWhen(false)] out Optimizer result) =>
        TryParse(text, null, out result);

    /// <summary>
    /// The F# expression that builds the optimizer: head, stages in the order of their phases, schedules, <c>rateFor</c>,
    /// <c>freeze</c>; only options that differ from their defaults; numbers that read back as the same doubles.
    /// </summary>
    /// <returns>The text: <c>sgd 0.1 |> clip 1.0 |> momentum 0.9 |> cosine 100</c>.</returns>
    public override string ToString() => Printer.Print(this);
}
