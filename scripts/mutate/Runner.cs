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
    /// <summary>What stands for a test's name where none runs yet.</summary>
    public const string Discovery = "(discovery)";

    public const int Failed = 1;
    public const int TooLong = 3;
    public const int Enough = 4;

    /// <summary>
    /// <c>ASSEMBLY --only PART…</c>: the tests whose names have one of the parts, all where none is given; also after a failure.
    /// <c>ASSEMBLY --order FILE MILLISECONDS</c>: those of the file, whose lines are limits in milliseconds and names, until the
    /// time is over.
    /// Where members note that they are entered, a third field of a test's line says which did, and a line before the first
    /// which are while tests are discovered.
    /// </summary>
    public static int Run(string assembly, string mode, ReadOnlySpan<string> arguments)
    {
        string[] given = [.. arguments];
        var suite = Assembly.LoadFrom(assembly);
        var host = suite.GetType("Tests.Host", throwOnError: true)!;
        var discovered = (IEnumerable)host.GetMethod("discover")!.Invoke(null, [suite])!;
        var tests = discovered.Cast<object>().Where(test => Skip(test) is null).ToDictionary(NameOf);
        var run = host.GetMethod("run")!;
        var notes = Notes();

        // What tests write is no answer.
        var answer = Console.Out;
        Console.SetOut(TextWriter.Null);
        answer.WriteLine($"{Discovery}\t0{Taken(notes)}");
        var lines = mode == "--only"
            ? tests.Keys.Where(name => given.Length == 0 || given.Any(name.Contains)).Select(name => (Limit: long.MaxValue, Name: name))
            : File.ReadLines(given[0]).Select(line => line.Split('\t', 2))
                .Select(fields => (Limit: long.Parse(fields[0], CultureInfo.InvariantCulture), Name: fields[1]));
        // Milliseconds that this process was awake: it may be stopped for as long as something else is measured.
        long awake = 0, deadline = long.MaxValue;
        new Thread(() =>
        {
            while (Interlocked.Read(ref awake) <= Interlocked.Read(ref deadline))
            {
                Thread.Sleep(200);
                Interlocked.Add(ref awake, 200);
            }

            Environment.Exit(TooLong);
        })
        { IsBackground = true }.Start();
        var end = mode == "--only" ? long.MaxValue : long.Parse(given[1], CultureInfo.InvariantCulture);
        foreach (var (limit, name) in lines)
        {
            if (Interlocked.Read(ref awake) > end)
            {
                return Enough;
            }

            // A test may be gone where the mutant decides which tests there are: nobody would notice that.
            if (!tests.TryGetValue(name, out var test))
            {
                continue;
            }

            answer.Write($"{name}\t");
            answer.Flush();
            Interlocked.Exchange(ref deadline, limit == long.MaxValue ? limit : Interlocked.Read(ref awake) + limit);
            var start = Stopwatch.GetTimestamp();
            var result = run.Invoke(null, [test])!;
            var time = Stopwatch.GetElapsedTime(start).TotalMilliseconds.ToString("F0", CultureInfo.InvariantCulture);
            var fails = Is(result, "IsFailed") || Is(result, "IsError");
            answer.WriteLine((fails ? "failed" : time) + Taken(notes));
            if (fails && mode == "--order")
            {
                return Failed;
            }
        }

        return 0;
    }

    private static byte[]? Notes() =>
        AppDomain.CurrentDomain.GetAssemblies().Select(assembly => assembly.GetType(Entered.Type)).FirstOrDefault(type => type is not null)
            ?.GetField(Entered.Field)!.GetValue(null) as byte[];

    // A bit for each member, the lowest first.
    private static string Taken(byte[]? notes)
    {
        if (notes is null)
        {
            return "";
        }

        var bits = new byte[(notes.Length + 7) / 8];
        for (var i = 0; i < notes.Length; i++)
        {
            bits[i / 8] |= (byte)(notes[i] << (i % 8));
        }

        Array.Clear(notes);
        return "\t" + Convert.ToBase64String(bits);
    }

    private static string NameOf(object test) =>
        string.Join('/', ((IEnumerable)test.GetType().GetProperty("name")!.GetValue(test)!).Cast<string>())
            .Replace("\n", "\\n", StringComparison.Ordinal).Replace("\t", "\\t", StringComparison.Ordinal);

    private static object? Skip(object test) => test.GetType().GetProperty("shouldSkipEvaluation")!.GetValue(test);

    private static bool Is(object result, string property) => (bool)result.GetType().GetProperty(property)!.GetValue(result)!;
}
