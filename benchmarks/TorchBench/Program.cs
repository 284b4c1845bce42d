using System.Numerics;
using OptBench.Contenders;
using OptBench.Measuring;
using TorchBench;
using static TorchSharp.torch;

const string usage = """
    OptBench -- torch [TABLE…]     beside TorchSharp's optimizers and libtorch's fused kernels, in one process

    single     one tensor of 10 … 1e7 elements
    lists      the tensors of models; lists:WORD for those alone that have the word in their name
    matrices   matrix products
    """;

string[] names = ["single", "lists", Products.Name];
var word = args.Select(arg => arg.Split(':')).FirstOrDefault(parts => parts is ["lists", _])?[1] ?? string.Empty;
args = Array.ConvertAll(args, arg => arg.StartsWith("lists:", StringComparison.Ordinal) ? "lists" : arg);
if (args.FirstOrDefault(name => !names.Contains(name)) is { } unknown)
{
    Console.Error.WriteLine($"There is no table {unknown}.\n\n{usage}");
    return 2;
}

var report = new Report();
Console.WriteLine($"{Machine.Here} libtorch {TorchSharp.torch.__version__}. Round trip between the processors: "
    + $"{Spread.Of(RoundTrip.Measure())} ns.");
if (args.Length == 0 || args.Contains("single"))
{
    Tables.Single(report);
}

if (args.Length == 0 || args.Contains("lists"))
{
    Tables.Lists(report, word);
}

if (args.Length == 0 || args.Contains(Products.Name))
{
    Products.Run(report);
}

Targets.Run(report);
return 0;

namespace TorchBench
{
    /// <summary>The tables.</summary>
    internal static class Tables
    {
        public const string Note =
            "Medians with quartiles of the ratios of interleaved rounds. `flat`: this library on one vector of its own. `bound`: in "
            + "libtorch's tensors. `optimizer`: as an optimizer of TorchSharp, which asks libtorch for every gradient. `TorchSharp`, "
            + "`fused`: the time of TorchSharp's optimizer, and of libtorch's fused kernel in a loop of TorchScript, over that of `bound`; "
            + "with clip behind what `clip_grad_norm_` does. All with as many threads.";

        private const double Seconds = 0.5;
        private const double WarmUp = 0.2;

        // Behind it the code of everybody has been recompiled.
        private const double FirstWarmUp = 1.5;
        private static readonly int[] Lengths = [10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000];
        private static double _warmUp = FirstWarmUp;

        public static void Single(Report report)
        {
            Report.Title("One tensor", Note);
            Header("n");
            foreach (var method in Enum.GetValues<Method>())
            {
                Rows<float>(report, method, clip: false, threads: 1);
            }

            Rows<float>(report, Method.Adam, clip: true, threads: 1);
            Rows<float>(report, Method.Adam, clip: false, threads: 2);
            Rows<double>(report, Method.Adam, clip: false, threads: 1);
            Rows<double>(report, Method.Momentum, clip: false, threads: 1);
        }

        public static void Lists(Report report, string word)
        {
            Report.Title("The tensors of models", Note);
            Header("model");
            foreach (var model in Model.Real.Where(model => model.Name.Contains(word, StringComparison.Ordinal)))
            {
                foreach (var method in Enum.GetValues<Method>())
                {
                    Row<float>(report, "lists", new Work(method, model, false, 1));
                }

                Row<float>(report, "lists", new Work(Method.Adam, model, true, 1));
                Row<float>(report, "lists", new Work(Method.AdamW, model, true, 1));
                Row<float>(report, "lists", new Work(Method.Adam, model, false, 2));
                Row<float>(report, "lists", new Work(Method.Adam, model, true, 2));
                Row<double>(report, "lists", new Work(Method.Adam, model, false, 1));
                Row<double>(report, "lists", new Work(Method.Adam, model, true, 1));
            }
        }

        private static void Header(string what) => Report.Header(
            "optimizer",
            "type",
            "threads",
            what,
            "flat, µs",
            "bound ÷ flat",
            "optimizer ÷ flat",
            "TorchSharp ×",
            "fused ×",
            "fused ÷ flat",
            "bytes");

        private static void Rows<T>(Report report, Method method, bool clip, int threads)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            foreach (var length in Lengths)
            {
                Row<T>(report, "single", new Work(method, Model.Single(length), clip, threads));
            }
        }

        private static void Row<T>(Report report, string table, Work work)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var type = typeof(T) == typeof(double) ? ScalarType.Float64 : ScalarType.Float32;
            var name = typeof(T) == typeof(double) ? "f64" : "f32";
            set_num_threads(work.Threads);
            if (work.Model.Length <= 1000)
            {
                Agreement.Check(Contenders<T>(work, type), typeof(T) == typeof(double) ? 1e-6 : 2e-4);
            }

            var samples = Rounds.Measure(Contenders<T>(work, type), Seconds, _warmUp, settle: work.Threads > 1);
            _warmUp = WarmUp;
            var (flat, bound) = (samples[0], samples[1]);
            Spread[] ratios =
            [
                bound.Over(flat), samples[2].Over(flat), samples[3].Over(bound), samples[4].Over(bound), samples[4].Over(flat),
            ];
            string[] columns = ["bound", "optimizer", "TorchSharp", "fused", "fused ÷ flat"];
            for (var i = 0; i < ratios.Length; i++)
            {
                report.Add($"{table} {work.Threads}", $"{work.Text} {work.Model.Name}", name, work.Model.Length, columns[i], ratios[i]);
            }

            Report.Row(
                [
                    work.Text, name, $"{work.Threads}", work.Model.Name, Report.Number(flat.Time.Median / 1000),
                    .. ratios.Select(ratio => ratio.ToString()), Report.Number(bound.Bytes),
                ]);
        }

        private static Contender[] Contenders<T>(Work work, ScalarType type)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            using var tensors = new Tensors(work.Model, type);
            return
            [
                new Flat<T>(work, tensors),
                new Bound<T>(work),
                new Packaged(work, type),
                new TorchSharps(work, type),
                new Fused(work, type),
            ];
        }
    }
}
