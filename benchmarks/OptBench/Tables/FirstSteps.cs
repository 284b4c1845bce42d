using System.Diagnostics;
using System.Globalization;
using OptBench.Contenders;
using OptBench.Measuring;
using OptCore;

namespace OptBench.Tables;

/// <summary>How long a new pipeline takes to its first result, in new processes.</summary>
internal static class FirstSteps
{
    public const string Name = "first";
    public const string Child = "first-child";

    /// <summary>Adam, the first pipeline of the process.</summary>
    public const string First = "first in the process";

    /// <summary>AdamW + clip + cosine behind it: clip, weightDecay and cosine have not been used before.</summary>
    public const string Unused = "stages not used before";

    /// <summary>Adam + clip behind both.</summary>
    public const string Combined = "new combination";

    private const int Processes = 7;
    private const int Length = 10_000;

    private static readonly string[] Pipelines = [First, Unused, Combined];

    private static readonly string[] Names = ["plan", "first step", "second step", "third step", "plan + first step", "third ÷ steady"];

    public static void Run(Report report, Options options)
    {
        _ = options;
        Report.Title(
            "First step of a new pipeline",
            $"f32, {Length} parameters, one thread, {Processes} new processes: the first pipeline of each process (Adam); then one with "
            + "stages not used before (AdamW + clip + cosine); "
            + "then a new combination of stages that were (Adam + clip). "
            + "Milliseconds; `plan` is composing, planning and starting; `third ÷ steady` compares the third step with the median of "
            + "later ones.");
        Report.Header(["pipeline", .. Names]);
        var lines = Enumerable.Range(0, Processes).Select(_ => Spawn()).ToArray();
        for (var k = 0; k < Pipelines.Length; k++)
        {
            var (pipeline, offset) = (Pipelines[k], k * Names.Length);
            var cells = new List<string> { pipeline };
            for (var i = 0; i < Names.Length; i++)
            {
                var spread = Spread.Of(lines.Select(line => line[offset + i]));
                report.Add(Name, pipeline, "f32", Length, Names[i], spread);
                cells.Add(spread.ToString());
            }

            Report.Row([.. cells]);
        }
    }

    /// <summary>What the new process does: three pipelines, six numbers each.</summary>
    public static void RunChild()
    {
        using var problem = new Problem<float>(Rule.Adam, Length);
        double[] numbers =
        [
            .. Start(() => Rule.Adam.Compose(), problem),
            .. Start(() => Rule.ClipAdamW.Compose(), problem),
            .. Start(() => Optimizer.Adam(0.001).Clip(1.0), problem),
        ];
        Console.WriteLine(string.Join(' ', numbers.Select(number => number.ToString("R", CultureInfo.InvariantCulture))));
    }

    private static double[] Start(Func<Optimizer> compose, Problem<float> problem)
    {
        var times = new double[203];
        var start = Stopwatch.GetTimestamp();
        var session = compose().Plan<float>(Layout.Plain(Length), new Execution { Threads = 1 }).Start(problem.Start);
        for (var i = 0; i < times.Length; i++)
        {
            times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            session.Step(problem.Gradient);
        }

        var steady = Spread.Of(times.Zip(times.Skip(1), (a, b) => b - a).Skip(100)).Median;
        return [times[0], times[1] - times[0], times[2] - times[1], times[3] - times[2], times[1], (times[3] - times[2]) / steady];
    }

    private static double[] Spawn()
    {
        using var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, Arguments()) { RedirectStandardOutput = true })!;
        var line = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return [.. line.Split(' ').Select(number => double.Parse(number, CultureInfo.InvariantCulture))];
    }

    // Started by `dotnet OptBench.dll` the process is dotnet.
    private static string[] Arguments() =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(FirstSteps).Assembly.Location, Child] : [Child];
}
