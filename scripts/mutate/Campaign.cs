using System.Diagnostics;
using System.Globalization;

namespace Mutate;

/// <summary>One run over the mutants of folders of one project.</summary>
internal static class Campaign
{
    public static int Run(string[] args)
    {
        if (args.Length == 0)
        {
            Console.Error.WriteLine(
                "mutate FOLDER… [--sample N] [--seed N] [--tests NAME[:FILTER],…] [--budget SECONDS] [--list] "
                + "[--edits FILE] [--again FILE]");
            return 2;
        }

        string? Option(string name) =>
            Array.IndexOf(args, "--" + name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : null;
        int Number(string name, int other) => Option(name) is { } given ? int.Parse(given, CultureInfo.InvariantCulture) : other;

        static string Full(string folder) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        string[] folders = [.. args.TakeWhile(argument => !argument.StartsWith("--", StringComparison.Ordinal)).Select(Full)];
        var root = Above(folders[0], place => Path.Exists(Path.Combine(place, ".git")));
        var home = Above(folders[0], place => Directory.GetFiles(place, "*.csproj").Length > 0);
        var core = Core.Of(Directory.GetFiles(home, "*.csproj")[0]);
        Mutation[] Chosen(string folder)
        {
            // A folder below another one that is given is counted by itself.
            var below = args.Any(argument => argument.EndsWith("/.", StringComparison.Ordinal) && Full(argument) == folder)
                ? Directory.GetDirectories(folder)
                : folders.Where(other => other.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal));
            var all = (Option("edits") is { } edits
                ? core.Edits(folder, File.ReadAllLines(edits))
                : core.Mutations(folder, [.. below])).ToArray();
            if (Option("again") is { } again)
            {
                var keys = File.ReadLines(again).ToHashSet();
                all = Array.FindAll(all, mutation => keys.Contains(mutation.Key(root)));
            }

            if (Option("sample") is not null)
            {
                new Random(Number("seed", 1)).Shuffle(all);
            }

            var chosen = all.Take(Number("sample", all.Length)).ToArray();
            Console.WriteLine($"{Path.GetRelativePath(root, folder)}: {all.Length} mutants, {chosen.Length} chosen");
            return chosen;
        }

        string Where(Mutation mutation) => $"{Path.GetRelativePath(root, mutation.File)}:{mutation}";
        var campaign = folders.Select(folder => (Folder: folder, Mutations: Chosen(folder))).ToArray();
        if (args.Contains("--list"))
        {
            Array.ForEach(campaign, one => Array.ForEach(one.Mutations, mutation => Console.WriteLine(Where(mutation))));
            return 0;
        }

        using var suites = new Suites(
            root, core.Assembly, Option("tests") ?? "OptCore.Tests,OptDsl.Tests,OptVerify.Tests",
            TimeSpan.FromSeconds(Number("budget", 3600)));
        var clock = Stopwatch.StartNew();
        var (image, members) = core.Noted();
        if (suites.Baseline(image, core.Key()) is { } failure)
        {
            Console.Error.WriteLine($"The tests end without a mutant:\n{failure}");
            return 2;
        }

        Console.WriteLine(FormattableString.Invariant($"{suites.Tests} tests, {clock.Elapsed.TotalSeconds:F0} s"));

        // Mutants that change nothing, each with the reason why behind the three fields that say which it is.
        var equivalents = File.ReadLines(Path.Combine(root, "scripts", "mutate", "equivalent.tsv"))
            .Select(line => line[..line.LastIndexOf('\t')]).ToHashSet();

        var order = campaign.SelectMany(one => one.Mutations).ToArray();
        var (together, inside) = core.Images(order);
        Console.WriteLine(FormattableString.Invariant(
            $"{inside.Count} of {order.Length} compiled together, {clock.Elapsed.TotalSeconds:F0} s"));

        // The next one that is not among them is compiled while tests run.
        Task<byte[]?> Compiled(int place) =>
            Task.Run(() => place >= order.Length ? null : inside.Contains(place) ? together : core.Image(order[place]));
        var (next, place, lived) = (Compiled(0), 0, 0);
        foreach (var (folder, mutations) in campaign)
        {
            int killed = 0, survived = 0, invalid = 0, equivalent = 0;
            foreach (var mutation in mutations)
            {
                var mutant = next.Result;
                next = Compiled(++place);
                if (mutant is null)
                {
                    Console.WriteLine($"no code   {Where(mutation)}");
                    invalid++;
                    continue;
                }

                if (equivalents.Contains(mutation.Key(root)))
                {
                    Console.WriteLine($"EQUIVALENT  {Where(mutation)}");
                    equivalent++;
                    continue;
                }

                suites.Install(mutant);
                Environment.SetEnvironmentVariable(
                    Together.Variable, mutant == together ? (place - 1).ToString(CultureInfo.InvariantCulture) : null);
                clock.Restart();
                var (member, ofFile) = members.Of(mutation);
                var (killer, tests) = suites.Kill(mutation.File, member, ofFile);
                _ = killer is null ? survived++ : killed++;
                var found = killer is null ? "SURVIVED" : "killed";
                Console.WriteLine(FormattableString.Invariant(
                    $"{found}  {Where(mutation)}  ({killer ?? "none"} of {tests} tests, {clock.Elapsed.TotalSeconds:F0} s)"));
                if (killer is null)
                {
                    File.AppendAllText(Path.Combine(root, "scripts", "mutate", "obj", "survivors.tsv"), mutation.Key(root) + "\n");
                }
            }

            var score = killed + survived == 0 ? 100 : 100.0 * killed / (killed + survived);
            Console.WriteLine(FormattableString.Invariant(
                $"{Path.GetRelativePath(root, folder)}: {killed} killed, {survived} survived, ")
                + FormattableString.Invariant($"{equivalent} equivalent, {invalid} not compiled; score {score:F1} %"));
            lived += survived;
        }

        return lived == 0 ? 0 : 1;
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
