namespace OptCore;

/// <summary>What a text means so far: a rate, stages in the order in which they run, schedules.</summary>
internal sealed class Meaning
{
    public double Rate { get; set; } = double.NaN;

    public List<IStage> Stages { get; } = [];

    public List<ISchedule> Schedules { get; } = [];

    /// <summary>Whether the stages run in the order of the list, because that of the phases is another.</summary>
    public bool Listed { get; set; }

    public void Add(IEnumerable<object> pieces)
    {
        foreach (var piece in pieces)
        {
            if (piece is ISchedule schedule)
            {
                Schedules.Add(schedule);
            }
            else
            {
                Stages.Add((IStage)piece);
            }
        }
    }

    public Optimizer Optimizer()
    {
        var (listed, words) = Listed
            ? (Stages.Where(IsListed).ToList(), Stages.Where(stage => !IsListed(stage)))
            : ([], Stages.AsEnumerable());
        var optimizer = Listed ? OptCore.Optimizer.Flow(listed, Rate) : OptCore.Optimizer.Sgd(Rate);
        optimizer = words.Aggregate(optimizer, (all, stage) => all.With(stage));
        return Schedules.Aggregate(optimizer, (all, schedule) => all.With(schedule));
    }

    private static bool IsListed(IStage stage) => stage.Phase is >= Phase.Gradient and <= Phase.Update;
}
