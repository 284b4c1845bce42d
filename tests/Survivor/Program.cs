using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using OptCore;
using OptModels;

// Shows that runs survive: a child runs with checkpoints and is killed at random moments, most of them within a write, until it
// comes to its end, which has to be that of a run that nothing has interrupted. See scripts/kill-test.
const string Usage = """
    Survivor run FOLDER               the run; prints where it resumed and a hash of what it ends with
    Survivor kill FOLDER KILLS SEED   kills runs in folders within FOLDER until KILLS were killed
    Survivor full FOLDER              the run in a folder on a disk that is too small
    """;

return args switch
{
    ["run", var folder] => Survivor.Run(folder),
    ["kill", var folder, var kills, var seed] => Survivor.Kill(folder, Survivor.Number(kills), Survivor.Number(seed)),
    ["full", var folder] => Survivor.Full(folder),
    _ => Survivor.Fail(Usage),
};

/// <summary>The run, and what is done to it.</summary>
internal static class Survivor
{
    private const int Steps = 24;

    // So many that checksums are taken on a thread of their own.
    private const int Dimension = 120_000;

    /// <summary>An integer of the command line.</summary>
    public static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    /// <summary>Prints why, and fails.</summary>
    public static int Fail(string why)
    {
        Console.Error.WriteLine(why);
        return 1;
    }

    /// <summary>One life: resumes, runs, prints.</summary>
    public static int Run(string folder)
    {
        var log = folder + ".log";
        var result = Minimize(folder, log);
        Console.WriteLine($"{result.Checkpoints?.ResumedAt?.ToString(CultureInfo.InvariantCulture) ?? "-"} {Hash(result, log)}");
        return result.Reason == Reason.LimitReached ? 0 : Fail(result.ToString());
    }

    /// <summary>Kills so many lives; each run has to end as an undisturbed one, and never to lose a complete file.</summary>
    public static int Kill(string root, int kills, int seed)
    {
        var random = new Random(seed);
        var log = Path.Combine(root, "undisturbed.log");
        var expected = Hash(Minimize(null, log), log);

        // A life of a random part of what an undisturbed one takes here and now, so that some come to their end.
        var whole = Undisturbed(root);
        var (killed, runs, halves, lost) = (0, 0, 0, 0);
        while (killed < kills)
        {
            var folder = Path.Combine(root, Guid.NewGuid().ToString("N"));
            Directory.CreateDirectory(folder);
            long newest = -1;
            while (true)
            {
                using var child = Start(folder);

                var ended = child.WaitForExit(whole * (20 + random.Next(100)) / 100);
                if (!ended)
                {
                    child.Kill();
                    child.WaitForExit();
                    killed++;
                }

                halves += Directory.GetFiles(folder, "*.writing").Length;
                var now = Newest(folder);
                if (now < newest)
                {
                    lost++;
                }

                newest = now;
                if (ended)
                {
                    var said = child.StandardOutput.ReadToEnd().Trim();
                    if (child.ExitCode != 0 || said.Split(' ')[^1] != expected)
                    {
                        return Fail(
                            $"A run ended with {child.ExitCode}, \"{said}\"; expected {expected}. {child.StandardError.ReadToEnd()}");
                    }

                    break;
                }
            }

            runs++;
            Directory.Delete(folder, recursive: true);
            File.Delete(folder + ".log");
        }

        Console.WriteLine(
            $"{killed} kills, {halves} of them within a write, {runs} runs: all ended as the undisturbed one, with its log; "
            + $"{lost} complete files lost");
        return lost == 0 ? 0 : 1;
    }

    /// <summary>On a disk too small for all files the run ends as ever, tells what failed, and leaves a complete file.</summary>
    public static int Full(string folder)
    {
        var result = Minimize(folder);
        var summary = result.Checkpoints!;
        Console.WriteLine(summary);
        return summary.Failed == 0 ? Fail("Every write succeeded: the disk is too large for this test.")
            : Hash(result) != Hash(Minimize(null)) ? Fail("The run ended with other numbers.")
            : Newest(folder) < 0 ? Fail("No complete file is left.")
            : Directory.GetFiles(folder, "*.writing").Length > 0 ? Fail("A half-written file is left.")
            : 0;
    }

    private static TimeSpan Undisturbed(string root)
    {
        var folder = Path.Combine(root, "undisturbed");
        var start = Stopwatch.GetTimestamp();
        using var child = Start(folder);
        child.WaitForExit();
        Directory.Delete(folder, recursive: true);
        return Stopwatch.GetElapsedTime(start);
    }

    private static Result<double> Minimize(string? folder, string? log = null)
    {
        var curvatures = Enumerable.Range(0, Dimension).Select(i => 1 + (i % 97)).Select(i => (double)i).ToArray();
        var start = curvatures.Select(c => Math.Sin(c * 12.9898)).ToArray();
        return Minimizer.Minimize(
            Optimizer.Adam(0.01).Noise(0.01, 0.55, 3).Average(0.9).Cosine(Steps),
            new Quadratic(curvatures),
            start,
            new MinimizeOptions
            {
                Steps = Steps,
                Record = log,
                Checkpoints = folder is null ? null : new Checkpoints(folder) { EverySteps = 1, Keep = 2 },
            });
    }

    // The newest file that is whole; −1 if there is none.
    private static long Newest(string folder)
    {
        long newest = -1;
        foreach (var path in Directory.GetFiles(folder, "step-*.safetensors"))
        {
            Checkpoint.Verify(path);
            newest = Math.Max(newest, Checkpoint.Inspect(path).Step ?? -1);
        }

        return newest;
    }

    private static string Hash(Result<double> result, string? log = null)
    {
        using var stream = new MemoryStream();
        Checkpoint.Save(result.State, stream);
        stream.Write(MemoryMarshal.AsBytes<double>(result.Best!.Point));
        foreach (var point in result.History)
        {
            stream.Write(BitConverter.GetBytes(point.Step));
            stream.Write(BitConverter.GetBytes(point.Value));
            stream.Write(BitConverter.GetBytes(point.GradientNorm));
        }

        stream.Write(BitConverter.GetBytes(result.Evaluations));
        stream.Write(log is null ? [] : File.ReadAllBytes(log));
        return Convert.ToHexStringLower(SHA256.HashData(stream.ToArray()))[..16];
    }

    private static Process Start(string folder) =>
        Process.Start(
            new ProcessStartInfo(Environment.ProcessPath!, ["run", folder]) { RedirectStandardOutput = true, RedirectStandardError = true })
        ?? throw new InvalidOperationException("no process");
}
