using System.Collections.ObjectModel;

namespace OptCore;

/// <summary>Numbers by coordinate: as many as the stage has parameters in its scope, or one that stands for all.</summary>
internal static class NumberList
{
    /// <summary>A copy whose numbers satisfy a check.</summary>
    /// <exception cref="ArgumentException">There is no number.</exception>
    public static ReadOnlyCollection<double> Checked(IEnumerable<double> values, string name, Func<double, string, double> check)
    {
        var all = Require.NotNull(values, name).Select(value => check(value, name)).ToArray();
        return all.Length > 0
            ? all.AsReadOnly()
            : throw new ArgumentException($"{name} is empty; expected a number for every parameter, or one for all.", name);
    }

    /// <summary>Checks a list against the number of parameters.</summary>
    /// <exception cref="ArgumentException">It has another length, and is not one number.</exception>
    public static void CheckLength(IReadOnlyList<double> values, long elements, string stage, string name)
    {
        if (values.Count != 1 && values.Count != elements)
        {
            throw new ArgumentException(
                FormattableString.Invariant(
                    $"{stage}.{name} has {values.Count} numbers; its scope has {elements} parameters: expected that many, or one for all."),
                name);
        }
    }

    public static int Hash(IReadOnlyList<double> values)
    {
        var hash = default(HashCode);
        foreach (var value in values)
        {
            hash.Add(value);
        }

        return hash.ToHashCode();
    }
}
