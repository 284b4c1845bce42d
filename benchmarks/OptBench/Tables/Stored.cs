using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using OptBench.Measuring;
using OptCore;

namespace OptBench.Tables;

/// <summary>States to files and back beside a plain copy of the same bytes.</summary>
internal static class Stored
{
    public const string Name = "checkpoints";
    private const int Rounds = 5;
    private const int Chunk = 1 << 20;

    public static void Run(Report report, Options options)
    {
        _ = options;
        Report.Title(
            "Checkpoints",
            "Adam in f32: parameters and two slots, 12 bytes a parameter. Plain: the same bytes from memory to a file, flushed to the "
            + "disk, and from a file into new memory, in pieces of 1 MiB, "
            + "without names and checksum. Medians of 5 rounds, alternating; in memory (tmpfs) where there is such a folder, else on the "
            + "disk. Extra memory: the growth of the process's peak, in another round.");
        Report.Header(
            "parameters",
            "folder",
            "save GB/s",
            "plain",
            "ratio",
            "load GB/s",
            "plain",
            "ratio",
            "extra memory, save",
            "beyond the state, load");
        foreach (var length in (int[])[10_000_000, 100_000_000])
        {
            foreach (var folder in Directory.Exists("/dev/shm") ? (string[])["/dev/shm", Path.GetTempPath()] : [Path.GetTempPath()])
            {
                Measure(report, length, folder);
            }
        }
    }

    private static void Measure(Report report, int length, string folder)
    {
        var (path, plain) = (Path.Combine(folder, "optbench.safetensors"), Path.Combine(folder, "optbench.plain"));
        try
        {
            var plan = Optimizer.Adam(0.001).Plan<float>(Layout.Plain(length), new Execution { Threads = 1 });
            var state = plan.Init(new float[length]);
            var bytes = 3.0 * sizeof(float) * length;
            var (saves, copies, loads, reads) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());

            // Slots that no step has written yet get their memory when they are first read: two thirds of the state.
            Checkpoint.Save(state, path);
            var (saving, loading) = (Growth(() => Checkpoint.Save(state, path)), Growth(() => GC.KeepAlive(Checkpoint.Load(plan, path))));
            for (var round = 0; round < Rounds; round++)
            {
                // Both write a file that is not there yet: a file that goes costs the disk what it held, whoever replaces it.
                File.Delete(path);
                saves.Add(Seconds(() => Checkpoint.Save(state, path)));
                copies.Add(Seconds(() => Write(state, plain)));
                File.Delete(plain);
            }

            for (var round = 0; round < Rounds; round++)
            {
                loads.Add(Seconds(() => GC.KeepAlive(Checkpoint.Load(plan, path))));
                GC.Collect();
                reads.Add(Seconds(() => GC.KeepAlive(Read(path))));
                GC.Collect();
            }

            var row = new[] { saves, copies, loads, reads }.Select(seconds => bytes / Median(seconds) / 1e9).ToArray();
            report.Add(Name, folder, "f32", length, "save", new Spread(bytes / saves.Max(), bytes / Median(saves), bytes / saves.Min()));
            report.Add(Name, folder, "f32", length, "load", new Spread(bytes / loads.Max(), bytes / Median(loads), bytes / loads.Min()));
            Report.Row(
                Report.Length(length),
                folder,
                Text(row[0]),
                Text(row[1]),
                Text(row[0] / row[1]),
                Text(row[2]),
                Text(row[3]),
                Text(row[2] / row[3]),
                Mebibytes(saving),
                Mebibytes(loading - (long)bytes));
        }
        finally
        {
            File.Delete(path);
            File.Delete(plain);
        }
    }

    private static void Write(State<float> state, string path)
    {
        using var stream = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 0);
        // Three times the parameters: as many bytes from as much memory as the caches leave.
        var all = MemoryMarshal.AsBytes(state.AsSpan());
        for (var copy = 0; copy < 3; copy++)
        {
            for (var rest = all; rest.Length > 0; rest = rest[Math.Min(Chunk, rest.Length)..])
            {
                stream.Write(rest[..Math.Min(Chunk, rest.Length)]);
            }
        }

        stream.Flush(flushToDisk: true);
    }

    private static byte[][] Read(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0, FileOptions.SequentialScan);
        var left = stream.Length;
        var parts = new List<byte[]>();
        while (left > 0)
        {
            var part = GC.AllocateUninitializedArray<byte>((int)Math.Min(left, 1 << 30));
            for (var at = 0; at < part.Length; at += Math.Min(Chunk, part.Length - at))
            {
                stream.ReadExactly(part, at, Math.Min(Chunk, part.Length - at));
            }

            parts.Add(part);
            left -= part.Length;
        }

        return [.. parts];
    }

    private static double Seconds(Action action)
    {
        var start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>By how much the peak of resident memory exceeds what was resident before; 0 where the system does not tell.</summary>
    private static long Growth(Action action)
    {
        const string Clear = "/proc/self/clear_refs";
        if (!File.Exists(Clear))
        {
            action();
            return 0;
        }

        GC.Collect();
        File.WriteAllText(Clear, "5");
        var before = Status("VmRSS:");
        action();
        return Status("VmHWM:") - before;
    }

    private static long Status(string key) =>
        long.Parse(
            File.ReadLines("/proc/self/status")
                .First(line => line.StartsWith(key, StringComparison.Ordinal))
                .Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[^2],
            CultureInfo.InvariantCulture) * 1024;

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static string Text(double value) => value.ToString("F2", CultureInfo.InvariantCulture);

    private static string Mebibytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:F0} MiB");
}
