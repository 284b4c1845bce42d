namespace OptBench;

/// <summary>What to measure, and for how long.</summary>
internal sealed record Options
{
    /// <summary>The tables; all of the quick form when empty.</summary>
    public IReadOnlyList<string> Tables { get; init; } = [];

    /// <summary>Parts of the rows' names that the table of rules keeps to; all rows when empty.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    /// <summary>Where to write the figures, or null.</summary>
    public string? Json { get; init; }

    /// <summary>The lengths of the main table.</summary>
    public IReadOnlyList<int> Lengths { get; init; } = [10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000];

    /// <summary>Seconds of rounds for one cell of a table; large vectors take their fewest rounds.</summary>
    public double CellSeconds { get; init; } = 0.5;

    /// <summary>Seconds everyone runs before a cell with a new optimizer: code must have been recompiled by then.</summary>
    public double FirstWarmUp { get; init; } = 0.35;

    /// <summary>Seconds everyone runs before every other cell.</summary>
    public double WarmUp { get; init; } = 0.02;
}
