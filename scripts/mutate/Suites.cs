using System.Globalization;

namespace Mutate;

/// <summary>
/// Copies of the built test projects, into which the changed assembly is put. Tests that have killed come first, those of the
/// same file before the others; then the shortest.
/// </summary>
internal sealed class Suites : IDisposable
{
    // Inside the repository, whose files the tests look for from their own folder upwards.
    private readonly string _work;
    private readonly List<Suite> _suites = [];
    private readonly string _assembly;

    public Suites(string root, string assembly, string names)
    {
        _assembly = assembly;
        _work = Path.Combine(root, "scripts", "mutate", "obj", $"work-{Environment.ProcessId}");
        foreach (var part in names.Split(','))
        {
            var (name, filter) = part.Split(':', 2) is [var first, var rest] ? (first, rest.Split('|')) : (part, []);
            var folder = Path.Combine(_work, "tests", name, "bin");
            Copy(Path.Combine(root, "tests", name, "bin", "Release", "net10.0"), folder);
            File.Copy(typeof(Suites).Assembly.Location, Path.Combine(folder, Path.GetFileName(typeof(Suites).Assembly.Location)));
            _suites.Add(new Suite(name, folder, filter));
        }
    }

    /// <summary>Where the assembly is to be written.</summary>
    public string Target => Path.Combine(_work, _assembly);

    /// <summary>How many tests are run.</summary>
    public int Tests => _suites.Sum(suite => suite.Order.Count);

    public void Install()
    {
        foreach (var suite in _suites)
        {
            File.Copy(Target, Path.Combine(suite.Folder, _assembly), overwrite: true);
        }
    }

    /// <summary>Runs everything as it is, which also tells how long each test takes; what failed, or null.</summary>
    public string? Baseline()
    {
        foreach (var suite in _suites)
        {
            // Which tests there are, and then those of the filter alone.
            var (code, output) = Run(suite, []);
            if (code != 0)
            {
                return output;
            }

            suite.Order = Times(output);
        }

        return null;
    }

    /// <summary>The test that fails, or null.</summary>
    public string? Kill(string file)
    {
        foreach (var suite in _suites)
        {
            var order = suite.Order
                .OrderByDescending(test => suite.Kills.GetValueOrDefault((file, test.Name)))
                .ThenByDescending(test => suite.Kills.GetValueOrDefault(("", test.Name)))
                .ThenBy(test => test.Milliseconds);
            var (code, output) = Run(suite, [.. order]);
            if (code == 0)
            {
                continue;
            }

            var last = output.Split('\n').LastOrDefault(line => line.Contains('\t'))?.Split('\t')[0];
            if (last is null)
            {
                return suite.Name + ", discovery";
            }

            suite.Kills[(file, last)] = suite.Kills.GetValueOrDefault((file, last)) + 1;
            suite.Kills[("", last)] = suite.Kills.GetValueOrDefault(("", last)) + 1;
            return code switch
            {
                Runner.Failed => last,
                null or Runner.TooLong => last + ", limit of time",
                _ => last + ", the process ends",
            };
        }

        return null;
    }

    public void Dispose() => Directory.Delete(_work, recursive: true);

    private static (int? Code, string Output) Run(Suite suite, IReadOnlyList<Timed> order)
    {
        var dll = Path.Combine(suite.Folder, suite.Name + ".dll");
        var runner = Path.Combine(suite.Folder, Path.GetFileName(typeof(Suites).Assembly.Location));
        string[] host =
        [
            "exec",
            "--depsfile", Path.ChangeExtension(dll, ".deps.json"),
            "--runtimeconfig", Path.ChangeExtension(dll, ".runtimeconfig.json"),
            runner, "--run", dll,
        ];
        var limit = TimeSpan.FromMinutes(60);
        if (order.Count == 0)
        {
            return Process.Run("dotnet", [.. host, "--only", .. suite.Filter], limit);
        }

        // A test that takes so much longer does not end: machines with other work on them are slow, not ten times as slow.
        var file = Path.Combine(suite.Folder, "order");
        File.WriteAllLines(file, order.Select(test => string.Create(
            CultureInfo.InvariantCulture, $"{(10 * test.Milliseconds) + 20_000}\t{test.Name}")));
        return Process.Run("dotnet", [.. host, "--order", file], limit);
    }

    private static List<Timed> Times(string output) =>
        [.. output.Split('\n').Select(line => line.TrimEnd().Split('\t'))
            .Where(fields => fields.Length == 2 && long.TryParse(fields[1], CultureInfo.InvariantCulture, out _))
            .Select(fields => new Timed(fields[0], long.Parse(fields[1], CultureInfo.InvariantCulture)))];

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    private sealed record Timed(string Name, long Milliseconds);

    private sealed record Suite(string Name, string Folder, string[] Filter)
    {
        public List<Timed> Order { get; set; } = [];

        /// <summary>How many mutants of a file a test has killed; of all files under "".</summary>
        public Dictionary<(string File, string Test), int> Kills { get; } = [];
    }
}
