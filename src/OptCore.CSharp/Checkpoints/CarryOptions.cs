namespace OptCore;

/// <summary>How a state goes to another plan: <see cref="Plan{T}.Carry{TFrom}(State{TFrom}, CarryOptions)"/>.</summary>
/// <example><code>new CarryOptions { Renamed = new Dictionary&lt;string, string> { ["body.w"] = "hidden.w" },
/// AllowDropped = true }</code></example>
public sealed record CarryOptions
{
    /// <summary>The defaults: equal names, time goes on, nothing may be dropped.</summary>
    public static CarryOptions Default { get; } = new();

    /// <summary>The name in the old layout of a tensor of the new one, where it is another one. Default none.</summary>
    public IReadOnlyDictionary<string, string> Renamed { get; init; } = new Dictionary<string, string>();

    /// <summary>The parameters of tensors that are new, by name, finite; as long as the tensor. Default none.</summary>
    public IReadOnlyDictionary<string, double[]> Added { get; init; } = new Dictionary<string, double[]>();

    /// <summary>Whether parts of the old state may be left behind; without it they are an error that lists them.</summary>
    public bool AllowDropped { get; init; }

    /// <summary>
    /// Whether time starts anew: t = 0, schedules from their beginning. Slots go on as they are, running powers of β included.
    /// </summary>
    public bool Restart { get; init; }

    /// <summary>The options in the constructor's form: <c>CarryOptions(Renamed = [w ← v], AllowDropped = true)</c>.</summary>
    /// <returns>One line; those that are as by default are left out.</returns>
    public override string ToString()
    {
        var said = new List<string>();
        if (Renamed.Count > 0)
        {
            said.Add($"Renamed = [{string.Join("; ", Renamed.Select(name => $"{name.Key} ← {name.Value}"))}]");
        }

        if (Added.Count > 0)
        {
            var added = Added.Select(tensor => FormattableString.Invariant($"{tensor.Key}[{tensor.Value.Length}]"));
            said.Add($"Added = [{string.Join("; ", added)}]");
        }

        said.AddRange(new[] { (AllowDropped, nameof(AllowDropped)), (Restart, nameof(Restart)) }
            .Where(option => option.Item1)
            .Select(option => option.Item2 + " = true"));
        return $"{nameof(CarryOptions)}({string.Join(", ", said)})";
    }
}
