using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using OptBench.Contenders;
using OptBench.Measuring;

namespace OptBench.Tables;

/// <summary>The same work in PyTorch, in turns with a process that runs it.</summary>
internal static class Peers
{
    public const string Name = "peers";
    private const int Rounds = 7;
    private const string Missing = "PyTorch was not found: neither `python3` nor the program in OPTDSL_PYTHON imports torch. On Debian: "
        + "apt-get install python3-torch; elsewhere: pip install torch.";

    public static void Run(Report report, Options options)
    {
        using var python = Find();
        if (python is null)
        {
            Console.WriteLine(Missing);
            return;
        }

        Report.Title(
            $"PyTorch {python.Version}",
            "One flat tensor, gradient given, no foreach or compiled variant. Time of PyTorch's step over that of a composed session's "
            + "with as many threads; rounds in turns of two processes.");
        Report.Header("optimizer", "type", "n", "composed, ns", "PyTorch ×", "both with 2 threads ×");
        foreach (var rule in new[] { Rule.Adam, Rule.ClipAdamW, Rule.Momentum, Rule.Nesterov, Rule.RmsProp })
        {
            foreach (var length in options.Lengths)
            {
                Row<float>(report, python, rule, "f32", length);
            }
        }

        foreach (var length in options.Lengths)
        {
            Row<double>(report, python, Rule.Adam, "f64", length);
        }
    }

    private static void Row<T>(Report report, Python python, Rule rule, string type, int length)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var problem = new Problem<T>(rule, length);
        var ratios = new Spread[2];
        var ns = 0.0;
        for (var threads = 1; threads <= 2; threads++)
        {
            using var composed = new Composed<T>(problem, threads);
            var (mine, theirs) = (new Samples("composed"), new Samples("PyTorch"));
            var count = Steps(composed, length <= 100 ? 1.0 : 0.05);
            for (var round = 0; round < Rounds; round++)
            {
                theirs.Add(round, python.Ask($"{rule} {type} {length} {threads} 0.02"));

                // PyTorch's threads spin a little longer.
                Thread.Sleep(5);
                composed.Run(Math.Max(1, count / 4));
                mine.Add(round, Measuring.Rounds.Sample(composed, count));
            }

            ratios[threads - 1] = theirs.Over(mine);
            ns = threads == 1 ? mine.Time.Median : ns;
            report.Add(Name, rule, type, length, threads == 1 ? "PyTorch ×" : "PyTorch, 2 threads ×", ratios[threads - 1]);
        }

        Report.Row(rule.Text(), type, Report.Length(length), Report.Number(ns), ratios[0].ToString(), ratios[1].ToString());
    }

    // The number of steps in 10 ms, after a warm-up.
    private static int Steps(Contender composed, double seconds)
    {
        var start = Stopwatch.GetTimestamp();
        var time = Measuring.Rounds.Sample(composed, 1);
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < seconds)
        {
            time = Measuring.Rounds.Sample(composed, (int)Math.Clamp(1e6 / time, 1, 1000));
        }

        return (int)Math.Clamp(1e7 / time, 1, 200_000);
    }

    private static Python? Find()
    {
        string?[] programs = [Environment.GetEnvironmentVariable("OPTDSL_PYTHON"), "python3", "/usr/bin/python3"];
        return programs.OfType<string>()
            .Where(program => program.Length > 0)
            .Select(Python.Start)
            .FirstOrDefault(python => python is not null);
    }

    /// <summary>A process that steps PyTorch on request.</summary>
    private sealed class Python : IDisposable
    {
        private readonly Process _process;

        private Python(Process process, string version)
        {
            _process = process;
            Version = version;
        }

        public string Version { get; }

        public static Python? Start(string program)
        {
            try
            {
                var process = Process.Start(new ProcessStartInfo(program, [Path.Combine(AppContext.BaseDirectory, "peers.py")])
                {
                    RedirectStandardInput = true,
                    RedirectStandardOutput = true,
                });
                var version = process?.StandardOutput.ReadLine();
                return process is null || version is null or "none" ? null : new Python(process, version);
            }
            catch (System.ComponentModel.Win32Exception)
            {
                return null;
            }
        }

        public double Ask(string work)
        {
            _process.StandardInput.WriteLine(work);
            var answer = _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"PyTorch did not answer to {work}.");
            return double.Parse(answer, CultureInfo.InvariantCulture);
        }

        public void Dispose()
        {
            _process.StandardInput.Close();
            _process.WaitForExit();
            _process.Dispose();
        }
    }
}
