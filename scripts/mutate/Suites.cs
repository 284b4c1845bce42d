using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Mutate;

/// <summary>
/// Copies of the built test projects, into which the changed assembly is put. A mutant runs the tests that enter its member; tests
/// that have killed come first, those of the same file before the others; then the shortest.
/// </summary>
internal sealed class Suites : IDisposable
{
    // Inside the repository, whose files the tests look for from their own folder upwards.
    private readonly string _work;
    private readonly List<Suite> _suites = [];
    private readonly string _assembly;
    private readonly string _obj;
    private readonly TimeSpan _budget;

    public Suites(string root, string assembly, string names, TimeSpan budget)
    {
        (_assembly, _budget) = (assembly, budget);
        _obj = Path.Combine(root, "scripts", "mutate", "obj");
        _work = Path.Combine(_obj, $"work-{Environment.ProcessId}");
        foreach (var part in names.Split(','))
        {
            var (name, filter) = part.Split(':', 2) is [var first, var rest] ? (first, rest.Split('|')) : (part, []);
            var folder = Path.Combine(_work, "tests", name, "bin");
            Copy(Path.Combine(root, "tests", name, "bin", "Release", "net10.0"), folder);
            File.Copy(typeof(Suites).Assembly.Location, Path.Combine(folder, Path.GetFileName(typeof(Suites).Assembly.Location)));
            _suites.Add(new Suite(name, folder, filter));
        }
    }

    /// <summary>How many tests are run.</summary>
    public int Tests => _suites.Sum(suite => suite.Order.Count);

    public void Install(byte[] image)
    {
        foreach (var suite in _suites)
        {
            File.WriteAllBytes(Path.Combine(suite.Folder, _assembly), image);
        }
    }

    /// <summary>
    /// Runs everything as it is, which tells how long each test takes and what it enters; why it ended, or null. It is kept in
    /// <c>obj</c>, for as long as neither the sources nor the suite change.
    /// </summary>
    public string? Baseline(byte[] image, byte[] sources)
    {
        Install(image);
        foreach (var suite in _suites)
        {
            var suites = File.ReadAllBytes(Path.Combine(suite.Folder, suite.Name + ".dll"));
            var key = SHA256.HashData([.. sources, .. suites, .. Encoding.UTF8.GetBytes(string.Join('|', suite.Filter))]);
            var kept = Path.Combine(_obj, $"{suite.Name}-{Convert.ToHexString(key.AsSpan(0, 8))}.baseline");
            if (!File.Exists(kept))
            {
                // Which tests there are, and then those of the filter alone.
                var (code, output) = Run(suite, TimeSpan.FromMinutes(60), ["--only", .. suite.Filter]);
                if (code != 0)
                {
                    return $"{suite.Name}: {output.AsSpan(Math.Max(0, output.Length - 2000))}";
                }

                File.WriteAllText(kept, output);
            }

            // Those of inlined calls fail with notes in the loops: a score without them is a lower bound.
            var text = File.ReadAllText(kept);
            foreach (var failed in text.Split('\n').Select(line => line.Split('\t')).Where(fields => fields is [_, "failed", ..]))
            {
                Console.WriteLine($"{suite.Name}: fails with the notes, and is left out: {failed[0]}");
            }

            var tests = Times(text);
            suite.Discovery = tests.First(test => test.Name == Runner.Discovery);

            // What the just-in-time compiler makes of a loop depends on the notes, too.
            suite.Order = [.. tests.Where(test =>
                test.Name != Runner.Discovery && !test.Name.StartsWith("inlining/", StringComparison.Ordinal))];
        }

        return null;
    }

    /// <summary>The test that fails, or null; how many tests could.</summary>
    public (string? Killer, int Tests) Kill(string file, int member, int[]? ofFile)
    {
        var spent = Stopwatch.StartNew();
        var count = 0;
        foreach (var suite in _suites)
        {
            var order = Entering(suite, member, ofFile)
                .OrderByDescending(test => suite.Kills.GetValueOrDefault((file, test.Name)))
                .ThenByDescending(test => suite.Kills.GetValueOrDefault(("", test.Name)))
                .ThenBy(test => test.Milliseconds)
                .ToArray();
            if (order.Length == 0)
            {
                continue;
            }

            count += order.Length;
            var left = _budget - spent.Elapsed;
            if (left <= TimeSpan.Zero)
            {
                break;
            }

            // A test that takes so much longer does not end: machines with other work on them are slow, not ten times as slow.
            var list = Path.Combine(suite.Folder, "order");
            File.WriteAllLines(list, order.Select(test => string.Create(
                CultureInfo.InvariantCulture, $"{(10 * test.Milliseconds) + 20_000}\t{test.Name}")));

            // Where a mutant has a loop without end while the tests are told, no test's own limit ends it.
            var (code, output) = Run(
                suite, left + TimeSpan.FromMinutes(2), "--order", list,
                ((long)left.TotalMilliseconds).ToString(CultureInfo.InvariantCulture));
            if (code is 0 or Runner.Enough)
            {
                continue;
            }

            var last = output.Split('\n').LastOrDefault(line => line.Contains('\t'))?.Split('\t')[0];
            if (last is null or Runner.Discovery)
            {
                return (suite.Name + ", discovery", count);
            }

            suite.Kills[(file, last)] = suite.Kills.GetValueOrDefault((file, last)) + 1;
            suite.Kills[("", last)] = suite.Kills.GetValueOrDefault(("", last)) + 1;
            return (code switch
            {
                Runner.Failed => last,
                null or Runner.TooLong => last + ", limit of time",
                _ => last + ", the process ends",
            }, count);
        }

        return (null, count);
    }

    // A file without members, as one of constants, is every test's.
    private static IEnumerable<Timed> Entering(Suite suite, int member, int[]? ofFile)
    {
        var own = suite.Order.Where(test => test.Has(member));
        return member >= 0 && (own.Any() || !suite.Discovery.Has(member))
            ? own
            : suite.Order.Where(test => ofFile is null or [] || ofFile.Any(test.Has));
    }

    public void Dispose() => Directory.Delete(_work, recursive: true);

    private static (int? Code, string Output) Run(Suite suite, TimeSpan limit, params string[] arguments)
    {
        var dll = Path.Combine(suite.Folder, suite.Name + ".dll");
        var runner = Path.Combine(suite.Folder, Path.GetFileName(typeof(Suites).Assembly.Location));
        return Process.Run(
            "dotnet",
            [
                "exec",
                "--depsfile", Path.ChangeExtension(dll, ".deps.json"),
                "--runtimeconfig", Path.ChangeExtension(dll, ".runtimeconfig.json"),
                runner, "--run", dll, .. arguments,
            ],
            limit);
    }

    private static List<Timed> Times(string output) =>
        [.. output.Split('\n').Select(line => line.TrimEnd().Split('\t'))
            .Where(fields => fields.Length == 3 && long.TryParse(fields[1], CultureInfo.InvariantCulture, out _))
            .Select(fields => new Timed(
                fields[0], long.Parse(fields[1], CultureInfo.InvariantCulture), Convert.FromBase64String(fields[2])))];

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

    private sealed record Timed(string Name, long Milliseconds, byte[] Entered)
    {
        public bool Has(int member) => member >= 0 && (Entered[member / 8] & (1 << (member % 8))) != 0;
    }

    private sealed record Suite(string Name, string Folder, string[] Filter)
    {
        public List<Timed> Order { get; set; } = [];

        public Timed Discovery { get; set; } = new("", 0, []);

        /// <summary>How many mutants of a file a test has killed; of all files under "".</summary>
        public Dictionary<(string File, string Test), int> Kills { get; } = [];
    }
}
