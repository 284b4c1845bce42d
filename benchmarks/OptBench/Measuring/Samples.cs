namespace OptBench.Measuring;

/// <summary>Nanoseconds a step of one contender, round by round.</summary>
internal sealed class Samples(string name)
{
    private readonly List<(int Round, double Time)> _times = [];

    public string Name { get; } = name;

    /// <summary>Nanoseconds a step.</summary>
    public Spread Time => Spread.Of(_times.Select(sample => sample.Time));

    /// <summary>Bytes allocated a step.</summary>
    public double Bytes { get; set; }

    public void Add(int round, double time) => _times.Add((round, time));

    /// <summary>This one's time divided by another's, in the rounds that both ran.</summary>
    public Spread Over(Samples other) =>
        Spread.Of(_times.Join(other._times, mine => mine.Round, theirs => theirs.Round, (mine, theirs) => mine.Time / theirs.Time));
}
