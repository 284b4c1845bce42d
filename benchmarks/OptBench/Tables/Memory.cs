using System.Reflection;
using OptBench.Measuring;
using OptCore;

namespace OptBench.Tables;

/// <summary>Memory of each optimizer.</summary>
internal static class Memory
{
    public const string Name = "memory";
    private const int Length = 100_000;

    // Every head of the library, and what keeps a copy of the parameters.
    private static readonly string[] Optimizers =
    [
        "sgd 0.1", "sgd 0.1 |> clip 1.0", "sgd 0.1 |> momentum 0.9", "sgd 0.1 |> nesterov 0.9",
        "adam 0.001 |> weightDecay 0.01 |> clip 1.0", "lamb 0.01 0.001",
        .. Heads(),
        "adam 0.001 |> lookahead 5 0.5", "adam 0.001 |> average 0.999",
    ];

    private static IEnumerable<string> Heads() =>
        from record in typeof(IStage).Assembly.GetExportedTypes()
        let word = record.GetCustomAttribute<WordAttribute>()
        where word is { Head: true }
        orderby word.Name
        let constructor = record.GetConstructors().MaxBy(one => one.GetParameters().Length)!
        select string.Join(' ', [word.Name, .. constructor.GetParameters().Select(Value), "0.001"]);

    // Something that a parameter may be: bounds from -1 to 1, two pairs of differences, rank 2.
    private static string Value(ParameterInfo parameter) =>
        parameter.ParameterType == typeof(double) ? "0.0001"
        : parameter.ParameterType == typeof(int) ? "2"
        : parameter.Name == "low" ? "[-1.0]"
        : "[1.0]";

    public static void Run(Report report, Options options)
    {
        _ = options;
        Report.Title(
            "Memory per parameter",
            "f32, vectors of 4 bytes an element, measured as the bytes that a plan and a session allocate for 100,000 parameters: "
            + "parameters, slots, and the update put aside where a barrier needs it. "
            + "The gradient is the caller's.");
        Report.Header("optimizer", "vectors", "bytes/parameter");
        foreach (var text in Optimizers)
        {
            var start = new float[Length];
            var optimizer = Optimizer.Parse(text);
            var before = GC.GetAllocatedBytesForCurrentThread();
            using var step = new Kept(optimizer.Plan<float>(Layout.Plain(Length), new Execution { Threads = 1 }).Start(start));
            var bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / (double)Length;
            var vectors = Math.Round(bytes / sizeof(float));
            report.Add(Name, text, "f32", Length, "bytes", new Spread(bytes, bytes, bytes));
            Report.Row(
                $"`{text.Replace("|", "\\|", StringComparison.Ordinal)}`", Report.Number(vectors), Report.Number(vectors * sizeof(float)));
        }
    }

    private readonly struct Kept(object value) : IDisposable
    {
        public void Dispose() => GC.KeepAlive(value);
    }
}
