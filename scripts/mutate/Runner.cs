using System.Collections;
using System.Diagnostics;
using System.Globalization;
using System.Reflection;

namespace Mutate;

/// <summary>
/// Runs tests of one suite in a process of its own, in a given order, until the first failure: the tests and how they run come
/// from the suite's own host (<c>tests/Host</c>), without the second or two and the messages of <c>dotnet test</c>.
/// </summary>
internal static class Runner
{
    public const int Failed = 1;
    public const int TooLong = 3;

    /// <summary>
    /// <c>ASSEMBLY --only PART…</c>: the tests whose names have one of the parts, all where none is given.
    /// <c>ASSEMBLY --order FILE</c>: those of the file, whose lines are limits in milliseconds and names.
    /// </summary>
    public static int Run(string assembly, string mode, ReadOnlySpan<string> arguments)
    {
        string[] given = [.. arguments];
        var suite = Assembly.LoadFrom(assembly);
        var host = suite.GetType("Tests.Host", throwOnError: true)!;
        var discovered = (IEnumerable)host.GetMethod("discover")!.Invoke(null, [suite])!;
        var tests = discovered.Cast<object>().Where(test => Skip(test) is null).ToDictionary(NameOf);
        var run = host.GetMethod("run")!;
        var lines = mode == "--only"
            ? tests.Keys.Where(name => given.Length == 0 || given.Any(name.Contains)).Select(name => (Limit: long.MaxValue, Name: name))
            : File.ReadLines(given[0]).Select(line => line.Split('\t', 2))
                .Select(fields => (Limit: long.Parse(fields[0], CultureInfo.InvariantCulture), Name: fields[1]));
        var deadline = long.MaxValue;
        new Thread(() =>
        {
            while (Environment.TickCount64 <= Interlocked.Read(ref deadline))
            {
                Thread.Sleep(200);
            }

            Environment.Exit(TooLong);
        })
        { IsBackground = true }.Start();
        foreach (var (limit, name) in lines)
        {
            // A test may be gone where the mutant decides which tests there are.
            if (!tests.TryGetValue(name, out var test))
            {
                return Failed;
            }

            Console.Out.Write($"{name}\t");
            Console.Out.Flush();
            Interlocked.Exchange(ref deadline, limit == long.MaxValue ? limit : Environment.TickCount64 + limit);
            var start = Stopwatch.GetTimestamp();
            var result = run.Invoke(null, [test])!;
            Console.Out.WriteLine(Stopwatch.GetElapsedTime(start).TotalMilliseconds.ToString("F0", CultureInfo.InvariantCulture));
            if (Is(result, "IsFailed") || Is(result, "IsError"))
            {
                Console.Error.WriteLine(result);
                return Failed;
            }
        }

        return 0;
    }

    private static string NameOf(object test) =>
        string.Join('/', ((IEnumerable)test.GetType().GetProperty("name")!.GetValue(test)!).Cast<string>());

    private static object? Skip(object test) => test.GetType().GetProperty("shouldSkipEvaluation")!.GetValue(test);

    private static bool Is(object result, string property) => (bool)result.GetType().GetProperty(property)!.GetValue(result)!;
}
