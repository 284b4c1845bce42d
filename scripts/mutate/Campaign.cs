using System.Diagnostics;
using System.Globalization;

namespace Mutate;

/// <summary>One run over the mutants of a folder.</summary>
internal static class Campaign
{
    public static int Run(string[] args)
    {
        if (args.Length == 0)
        {
            Console.Error.WriteLine("mutate FOLDER [--sample N] [--seed N] [--tests NAME[:FILTER],…] [--list] [--edits FILE]");
            return 2;
        }

        string? Option(string name) =>
            Array.IndexOf(args, "--" + name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : null;
        int Number(string name, int other) => Option(name) is { } given ? int.Parse(given, CultureInfo.InvariantCulture) : other;

        var folder = Path.GetFullPath(args[0]);
        var root = Above(folder, place => Path.Exists(Path.Combine(place, ".git")));
        var home = Above(folder, place => Directory.GetFiles(place, "*.csproj").Length > 0);
        var core = Core.Of(Directory.GetFiles(home, "*.csproj")[0]);
        var all = (Option("edits") is { } edits ? core.Edits(folder, File.ReadAllLines(edits)) : core.Mutations(folder)).ToArray();
        if (Option("sample") is not null)
        {
            new Random(Number("seed", 1)).Shuffle(all);
        }

        var chosen = all.Take(Number("sample", all.Length)).ToArray();
        Console.WriteLine($"{Path.GetRelativePath(root, folder)}: {all.Length} mutants, {chosen.Length} chosen");
        if (args.Contains("--list"))
        {
            Array.ForEach(chosen, mutation => Console.WriteLine($"{Path.GetRelativePath(root, mutation.File)}:{mutation}"));
            return 0;
        }

        using var suites = new Suites(root, core.Assembly, Option("tests") ?? "OptCore.Tests,OptDsl.Tests,OptVerify.Tests");
        core.Write(null, suites.Target);
        suites.Install();
        var clock = Stopwatch.StartNew();
        if (suites.Baseline() is { } failure)
        {
            Console.Error.WriteLine($"The tests fail without a mutant:\n{failure}");
            return 2;
        }

        Console.WriteLine(FormattableString.Invariant($"{suites.Tests} tests, {clock.Elapsed.TotalSeconds:F0} s"));
        int killed = 0, survived = 0, invalid = 0;
        foreach (var mutation in chosen)
        {
            var where = $"{Path.GetRelativePath(root, mutation.File)}:{mutation}";
            if (!core.Write(mutation, suites.Target))
            {
                Console.WriteLine($"no code   {where}");
                invalid++;
                continue;
            }

            suites.Install();
            clock.Restart();
            var killer = suites.Kill(mutation.File);
            _ = killer is null ? survived++ : killed++;
            Console.WriteLine(FormattableString.Invariant(
                $"{(killer is null ? "SURVIVED" : "killed  ")}  {where}  ({killer ?? "no test"}, {clock.Elapsed.TotalSeconds:F0} s)"));
        }

        var score = killed + survived == 0 ? 100 : 100.0 * killed / (killed + survived);
        Console.WriteLine(FormattableString.Invariant($"{killed} killed, {survived} survived, {invalid} not compiled; score {score:F1} %"));
        return survived == 0 ? 0 : 1;
    }

    private static string Above(string folder, Predicate<string> has)
    {
        var place = folder;
        while (!has(place))
        {
            place = Path.GetDirectoryName(place) ?? throw new InvalidOperationException($"{folder} is in no C# project of a repository.");
        }

        return place;
    }
}
