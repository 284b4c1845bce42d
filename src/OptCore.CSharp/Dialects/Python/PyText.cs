using System.Globalization;

namespace OptCore;

/// <summary>Values as Python literals.</summary>
internal static class PyText
{
    /// <summary>The shortest literal that reads back as the same value; a piece of code is written as it is.</summary>
    public static string Of(object? value) => value switch
    {
        null => "None",
        bool flag => flag ? "True" : "False",
        double number => Number(number),
        string text => $"\"{text}\"",
        PyCode code => code.Text,
        object?[] items => $"({string.Join(", ", items.Select(Of))})",
        _ => value.ToString() ?? "None",
    };

    private static string Number(double value) =>
        double.IsPositiveInfinity(value) ? "float(\"inf\")"
        : Math.Abs(value) < 1e15 && value == Math.Truncate(value) ? value.ToString("0", CultureInfo.InvariantCulture)
        : value.ToString("R", CultureInfo.InvariantCulture).Replace('E', 'e');
}

/// <summary>A value that is code: a schedule where a rate may stand.</summary>
internal sealed record PyCode(string Text);
