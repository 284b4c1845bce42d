namespace OptCore;

/// <content>Schedules as values: records, functions of <c>Schedule</c>, pipelines of combinators.</content>
internal sealed partial class ValueReader
{
    public ISchedule Schedule(Node node)
    {
        source.EnsureStack(node.Start);
        switch (node.Bare)
        {
            case PipeNode pipe:
                return pipe.Steps.Aggregate(Schedule(pipe.First), Combine);
            case var bare:
                return Single(bare);
        }
    }

    private ISchedule Single(Node node)
    {
        const string Expected = "a schedule such as Schedule.cosine 100 or Cosine(100, Floor = 0.1)";
        var (name, arguments) = Call(node, Expected);
        if (!name.Value.StartsWith(Vocabulary.Qualifier, StringComparison.Ordinal))
        {
            var record = Words.Record(name.Value) is { IsSchedule: true } known
                ? known
                : throw UnknownRecord(name, Expected, schedules: true);
            return (ISchedule)Record(record, name, arguments);
        }

        if (Function(name, out var withOptions) is not { } entry)
        {
            throw Unknown(name, Expected);
        }

        if (withOptions)
        {
            Count(name, arguments, "record");
            return (ISchedule)Options(entry, arguments[0]);
        }

        if (!entry.Combinator)
        {
            return (ISchedule)Curried(entry, name, arguments);
        }

        // Without a pipe the schedule that the combinator acts on comes last.
        Count(name, arguments, $"{entry.Usage(1)} {entry.Positional[0].Name.ToLowerInvariant()}");
        return (ISchedule)Curried(entry, name, [.. arguments.SkipLast(1)], Schedule(arguments[^1]));
    }

    private ISchedule Combine(ISchedule first, Node step)
    {
        if (step.Bare is ComposeNode chain)
        {
            return chain.Items.Aggregate(first, Combine);
        }

        const string Expected = "a combinator such as Schedule.andThen 10 (Schedule.cosine 90)";
        var (name, arguments) = Call(step, Expected);
        return Function(name, out _) is { Combinator: true } entry
            ? (ISchedule)Curried(entry, name, arguments, first)
            : throw Unknown(name, Expected);
    }

    private WordEntry? Function(NameNode name, out bool withOptions)
    {
        withOptions = false;
        if (!name.Value.StartsWith(Vocabulary.Qualifier, StringComparison.Ordinal))
        {
            return null;
        }

        var word = name.Value[Vocabulary.Qualifier.Length..];
        if (Words.Word(word) is { IsSchedule: true } plain)
        {
            return plain;
        }

        withOptions = true;
        return Vocabulary.WithOptions(Words, word) is { IsSchedule: true } entry ? entry : null;
    }

    private OptimizerParseException Unknown(NameNode name, string expected) =>
        source.Error(name.Start, name.Shown, expected, Spelling.Nearest(name.Value, Vocabulary.Schedules(Words)));
}
