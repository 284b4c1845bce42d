// Mutation testing in the manner of Stryker: every mutant is one small change of one place of a C# project; it is killed if a
// test fails (or runs into the limit of time), and survives if all pass. A mutant that does not compile does not count.
//
//   dotnet run --project scripts/mutate -c Release -- FOLDER [--sample N] [--seed N] [--tests NAME[:FILTER],…] [--list] [--edits FILE]
//
// FOLDER lies under a C# project whose tests have been built (dotnet build -c Release). The sample is drawn by the seed from all
// mutants of the folder, so that it is the same on every machine. Suites run in the order given, each until its first failure.
// --edits tries mutants written by hand instead: one a line, file in FOLDER, text that stands there once, other text, between tabs.
using System.Globalization;
using Mutate;

if (args.Length == 0)
{
    Console.Error.WriteLine("mutate FOLDER [--sample N] [--seed N] [--tests NAME[:FILTER],…] [--list]");
    return 2;
}

string? Option(string name) => Array.IndexOf(args, "--" + name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : null;
int Number(string name, int other) => Option(name) is { } given ? int.Parse(given, CultureInfo.InvariantCulture) : other;

var folder = Path.GetFullPath(args[0]);
var root = folder;
while (!Directory.Exists(Path.Combine(root, ".git")))
{
    root = Path.GetDirectoryName(root) ?? throw new InvalidOperationException($"{folder} is in no repository.");
}

var home = folder;
while (Directory.GetFiles(home, "*.csproj").Length == 0)
{
    home = Path.GetDirectoryName(home) ?? throw new InvalidOperationException($"{folder} is in no C# project.");
}

var core = Core.Of(Directory.GetFiles(home, "*.csproj")[0]);
var all = (Option("edits") is { } edits ? core.Edits(folder, File.ReadAllLines(edits)) : core.Mutations(folder)).ToArray();
new Random(Number("seed", 1)).Shuffle(all);
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
if (suites.Baseline() is { } failure)
{
    Console.Error.WriteLine($"The tests fail without a mutant:\n{failure}");
    return 2;
}

int killed = 0, survived = 0, invalid = 0;
foreach (var mutation in chosen)
{
    var where = $"{Path.GetRelativePath(root, mutation.File)}:{mutation}";
    if (!core.Write(mutation, suites.Target))
    {
        invalid++;
        continue;
    }

    suites.Install();
    if (suites.Kill() is { } killer)
    {
        killed++;
        Console.WriteLine($"killed    {where}  ({killer})");
    }
    else
    {
        survived++;
        Console.WriteLine($"SURVIVED  {where}");
    }
}

var score = killed + survived == 0 ? 100 : 100.0 * killed / (killed + survived);
Console.WriteLine(FormattableString.Invariant($"{killed} killed, {survived} survived, {invalid} not compiled; score {score:F1} %"));
return survived == 0 ? 0 : 1;
