namespace OptCore;

/// <summary>What a run knows besides its state, as the entries <c>run/…</c> of a file.</summary>
internal sealed class RunRecord
{
    private const string HistorySteps = StateFile.RunPrefix + "history.step";
    private const string HistoryValues = StateFile.RunPrefix + "history";
    private const string BestPoint = StateFile.RunPrefix + "best";
    private const string Sum = StateFile.RunPrefix + "sum";
    private const string Numbers = StateFile.RunPrefix + "numbers";
    private const string Counts = StateFile.RunPrefix + "counts";
    private const string Counted = StateFile.RunPrefix + "counted";
    private const string Looks = StateFile.RunPrefix + "validation.counts";
    private const string BestMetric = StateFile.RunPrefix + "validation";
    private const string BestLook = StateFile.RunPrefix + "validation.best";
    private const int PerPoint = 3;
    private const int LooksStored = 4;
    private const int CountsStored = 8;
    private const int NumbersStored = 4;

    /// <summary>t at the beginning of the run.</summary>
    public long FirstStep { get; init; }

    /// <summary>The evaluations of the objective.</summary>
    public long Evaluations { get; init; }

    /// <summary>Whether they have that of the parameters.</summary>
    public bool HasCounted { get; init; }

    /// <summary>The time so far.</summary>
    public TimeSpan Elapsed { get; init; }

    public IReadOnlyList<HistoryPoint> History { get; init; } = [];

    public StopMemory Stop { get; init; } = new();

    /// <summary>The looks at the metric; null for a run without one, whose file says nothing of it.</summary>
    public ValidationMemory? Validation { get; init; }

    /// <summary>Whether the metric has been looked at since the last update.</summary>
    public bool HasLooked { get; init; }

    /// <summary>The sum of the gradients that the update in hand has so far, and of their values; empty between two updates.</summary>
    public double[] GradientSum { get; init; } = [];

    public double ValueSum { get; init; }

    public int Summed { get; init; }

    public IEnumerable<Entry> Entries() =>
    [
        Entry.Of(Counts, [FirstStep, Evaluations, Elapsed.Ticks, Summed, Stop.BestStep, Stop.Since, Stop.ConfirmFrom, Stop.Wait]),
        Entry.Of(Numbers, [ValueSum, Stop.BestValue, Stop.First, Stop.Reference]),
        Entry.Of(BestPoint, Stop.BestPoint),
        Entry.Of(Sum, GradientSum),
        Entry.Of(HistorySteps, History.Select(point => point.Step).ToArray()),
        Entry.Of(
            HistoryValues,
            History.SelectMany(point => new[] { point.Value, point.GradientNorm, point.Rate }).ToArray(),
            History.Count,
            PerPoint),
        .. HasCounted ? (Entry[])[Entry.Of(Counted, [1L])] : [],
        .. Validation is { } looks ? EntriesOf(looks) : [],
    ];

    private IEnumerable<Entry> EntriesOf(ValidationMemory looks) =>
    [
        Entry.Of(Looks, [looks.Step, looks.Bad, looks.Cooling, HasLooked ? 1 : 0]),
        Entry.Of(BestMetric, [looks.Best]),
        Entry.Of(BestLook, looks.Point),
    ];

    /// <summary>Takes up the entries of a file, whose sizes the file has.</summary>
    public sealed class Reader(string source)
    {
        private readonly Dictionary<string, double[]> _doubles = [];
        private readonly Dictionary<string, long[]> _integers = [];

        public Entry? Target(StoredTensor tensor)
        {
            var length = tensor.Bytes / sizeof(double);
            if (length > Array.MaxLength || tensor.Type is not ("F64" or "I64"))
            {
                return null;
            }

            return tensor.Type == "F64"
                ? Entry.Of(tensor.Name, _doubles[tensor.Name] = new double[length])
                : Entry.Of(tensor.Name, _integers[tensor.Name] = new long[length]);
        }

        public RunRecord Read(int dimension)
        {
            var counts = Of(_integers, Counts, CountsStored);
            var numbers = Of(_doubles, Numbers, NumbersStored);
            var steps = Of(_integers, HistorySteps, null);
            var values = Of(_doubles, HistoryValues, PerPoint * steps.Length);
            var best = Of(_doubles, BestPoint, null);
            var sum = Of(_doubles, Sum, counts[3] > 0 ? dimension : 0);
            if (best.Length != 0 && best.Length != dimension)
            {
                throw Wrong(BestPoint);
            }

            var looks = _integers.ContainsKey(Looks) ? Of(_integers, Looks, LooksStored) : null;
            return new RunRecord
            {
                Validation = looks is null ? null : ReadLooks(looks, dimension),
                HasLooked = looks is [_, _, _, 1],
                FirstStep = counts[0],
                Evaluations = counts[1],
                HasCounted = _integers.ContainsKey(Counted),
                Elapsed = TimeSpan.FromTicks(counts[2]),
                Summed = (int)counts[3],
                ValueSum = numbers[0],
                GradientSum = sum,
                Stop = new StopMemory
                {
                    BestStep = counts[4],
                    Since = counts[5],
                    ConfirmFrom = counts[6],
                    Wait = counts[7],
                    BestValue = numbers[1],
                    First = numbers[2],
                    Reference = numbers[3],
                    BestPoint = best,
                },
                History = [
                    .. steps.Select(
                        (step, i) => new HistoryPoint(step, values[PerPoint * i], values[(PerPoint * i) + 1], values[(PerPoint * i) + 2])),
                ],
            };
        }

        private ValidationMemory ReadLooks(long[] counts, int dimension)
        {
            var metric = Of(_doubles, BestMetric, 1)[0];
            return new()
            {
                Step = counts[0],
                Bad = counts[1],
                Cooling = counts[2],
                Best = metric,
                Point = Of(_doubles, BestLook, double.IsNaN(metric) ? 0 : dimension),
            };
        }

        private TValue[] Of<TValue>(Dictionary<string, TValue[]> read, string name, int? length) =>
            read.TryGetValue(name, out var values) && (length is null || values.Length == length) ? values : throw Wrong(name);

        private CheckpointException Wrong(string name) =>
            new(source, CheckpointFault.Value, $"\"{name}\" is missing or of a wrong length: the file is no checkpoint of a run.");
    }
}

/// <summary>What the stop rules remember.</summary>
internal sealed class StopMemory
{
    public double[] BestPoint { get; init; } = [];

    public double BestValue { get; init; }

    public long BestStep { get; init; }

    public double First { get; init; }

    public double Reference { get; init; }

    public long Since { get; init; }

    public long ConfirmFrom { get; init; }

    public long Wait { get; init; }
}

/// <summary>What early stopping on a metric remembers.</summary>
internal sealed class ValidationMemory
{
    /// <summary>The best metric; NaN before the first that is a number.</summary>
    public double Best { get; init; }

    /// <summary>t where it was.</summary>
    public long Step { get; init; }

    /// <summary>The looks without improvement since, those of the cooldown apart.</summary>
    public long Bad { get; init; }

    /// <summary>The looks that will count for nothing.</summary>
    public long Cooling { get; init; }

    /// <summary>The parameters where it was; none before the first.</summary>
    public double[] Point { get; init; } = [];
}
