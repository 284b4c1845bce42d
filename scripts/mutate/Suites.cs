using System.Diagnostics;

namespace Mutate;

/// <summary>Copies of the built test projects, into which the changed assembly is put.</summary>
internal sealed class Suites : IDisposable
{
    // Inside the repository, whose files the tests look for from their own folder upwards.
    private readonly string _work;
    private readonly List<(string Name, string Folder, string? Filter)> _suites = [];
    private readonly Dictionary<string, TimeSpan> _limits = [];
    private readonly string _assembly;

    public Suites(string root, string assembly, string names)
    {
        _assembly = assembly;
        _work = Path.Combine(root, "scripts", "mutate", "obj", $"work-{Environment.ProcessId}");
        foreach (var part in names.Split(','))
        {
            var (name, filter) = part.Split(':', 2) is [var first, var rest] ? (first, rest) : (part, null);
            var folder = Path.Combine(_work, "tests", name, "bin");
            Copy(Path.Combine(root, "tests", name, "bin", "Release", "net10.0"), folder);
            _suites.Add((name, folder, filter));
            _limits[name] = TimeSpan.FromMinutes(10);
        }
    }

    /// <summary>Where the assembly is to be written.</summary>
    public string Target => Path.Combine(_work, _assembly);

    public void Install()
    {
        foreach (var (_, folder, _) in _suites)
        {
            File.Copy(Target, Path.Combine(folder, _assembly), overwrite: true);
        }
    }

    /// <summary>Runs everything as it is, which also tells how long it takes; what failed, or null.</summary>
    public string? Baseline()
    {
        foreach (var suite in _suites)
        {
            var clock = Stopwatch.StartNew();
            var (code, output) = Run(suite);
            if (code != 0)
            {
                return output;
            }

            // A mutant that runs so much longer does not end: machines with other work on them are slow, not four times as slow.
            _limits[suite.Name] = (4 * clock.Elapsed) + TimeSpan.FromSeconds(30);
        }

        return null;
    }

    /// <summary>The suite in which a test fails, or null.</summary>
    public string? Kill()
    {
        foreach (var suite in _suites)
        {
            var (code, _) = Run(suite);
            if (code != 0)
            {
                return code is null ? suite.Name + ", limit of time" : suite.Name;
            }
        }

        return null;
    }

    public void Dispose() => Directory.Delete(_work, recursive: true);

    private (int? Code, string Output) Run((string Name, string Folder, string? Filter) suite)
    {
        string[] filter = suite.Filter is null ? [] : ["--filter", suite.Filter];
        var assembly = Path.Combine(suite.Folder, suite.Name + ".dll");
        return Process.Run("dotnet", ["test", assembly, .. filter, "--", "NUnit.StopOnError=true"], _limits[suite.Name]);
    }

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
}
