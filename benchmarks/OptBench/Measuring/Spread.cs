namespace OptBench.Measuring;

/// <summary>A median with its quartiles.</summary>
internal readonly record struct Spread(double Low, double Median, double High)
{
    public static Spread Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return new Spread(At(sorted, 0.25), At(sorted, 0.5), At(sorted, 0.75));
    }

    /// <summary>Like <c>1.02 [1.01–1.05]</c>.</summary>
    public override string ToString() => FormattableString.Invariant($"{Round(Median)} [{Round(Low)}–{Round(High)}]");

    /// <summary>A number with about three digits.</summary>
    public static string Round(double value) => value switch
    {
        double.NaN => "–",
        >= 100 => value.ToString("0", System.Globalization.CultureInfo.InvariantCulture),
        >= 10 => value.ToString("0.0", System.Globalization.CultureInfo.InvariantCulture),
        _ => value.ToString("0.00", System.Globalization.CultureInfo.InvariantCulture),
    };

    private static double At(double[] sorted, double quantile)
    {
        if (sorted.Length == 0)
        {
            return double.NaN;
        }

        var place = quantile * (sorted.Length - 1);
        var index = (int)place;
        return index + 1 < sorted.Length ? sorted[index] + ((place - index) * (sorted[index + 1] - sorted[index])) : sorted[index];
    }
}
