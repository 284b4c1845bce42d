using OptBench;
using OptBench.Measuring;
using OptBench.Tables;

const string usage = """
    dotnet run -c Release --project benchmarks/OptBench -- COMMAND

    quick [TABLE…]    all tables in four minutes, then the targets; or only some of
                      first, grid, pure, norm, tensors, bound, stages, each, limits, matrices, networks, placement, memory;
                      five of their own: gaps (two minutes), rules (four minutes; rules:WORD for those alone that have the word in
                      their text), peers, checkpoints (two minutes, 4 GB of memory and of disk), against:FOLDER (six minutes): this
                      build beside another one, whose OptBench.dll is in FOLDER, in one process (against:FOLDER:WORD as rules)
    checkpoints       states to files and back beside a plain copy
    peers             the same work in PyTorch
    torch [TABLE…]    beside TorchSharp's optimizers and libtorch's fused kernels (six minutes; single, lists, matrices)
    json FILE [TABLE…] as quick; the figures go to a file, too
    once [TABLE…]     as quick, with as few rounds as there can be: whether every table works; its figures say nothing
    long              BenchmarkDotNet, up to 1e8 parameters (five minutes)
    """;

(string Name, Action<Report, Options> Run)[] tables =
[
    (FirstSteps.Name, FirstSteps.Run),
    (Grid.Name, Grid.Run),
    (PureSteps.Name, PureSteps.Run),
    (Norms.Name, Norms.Run),
    (ManyTensors.Name, ManyTensors.Run),
    (Bound.Name, Bound.Run),
    (Stages.Name, Stages.Run),
    (EachStage.Name, EachStage.Run),
    (Limits.Name, Limits.Run),
    (Matrices.Name, Matrices.Run),
    (Networks.Name, Networks.Run),
    (Placement.Name, Placement.Run),
    (Memory.Name, Memory.Run),
];

switch (args)
{
    case [FirstSteps.Child]:
        FirstSteps.RunChild();
        return 0;
    case ["long"]:
        LongForm.RunAll();
        return 0;
    case [Stored.Name]:
        return Quick(new Options { Tables = [Stored.Name] });
    case ["peers"]:
        return Quick(new Options { Tables = [Peers.Name] });
    case ["torch", .. var chosen]:
        return Torch.Run(chosen);
    case ["quick", .. var chosen]:
        return Quick(Chosen(chosen));
    case ["once", .. var chosen]:
        return Quick(Chosen(chosen) with { Lengths = [10, 1000], CellSeconds = 0, FirstWarmUp = 0, WarmUp = 0 });
    case ["json", var file, .. var chosen]:
        return Quick(Chosen(chosen) with { Json = file });
    default:
        Console.Error.WriteLine(usage);
        return 2;
}

// A table may have words behind a colon.
static Options Chosen(string[] tables)
{
    var parts = tables.Select(table => table.Split(':')).ToArray();
    return new Options { Tables = [.. parts.Select(part => part[0])], Words = [.. parts.SelectMany(part => part.Skip(1))] };
}

int Quick(Options options)
{
    (string Name, Action<Report, Options> Run)[] known =
    [
        .. tables, (Gaps.Name, Gaps.Run), (ElementwiseRules.Name, ElementwiseRules.Run), (Peers.Name, Peers.Run), (Stored.Name, Stored.Run),
        (Against.Name, Against.Run),
    ];
    if (options.Tables.FirstOrDefault(name => known.All(table => table.Name != name)) is { } unknown)
    {
        Console.Error.WriteLine($"There is no table {unknown}.\n\n{usage}");
        return 2;
    }

    var report = new Report();
    Console.WriteLine(Machine.Here);
    foreach (var (name, run) in options.Tables.Count == 0 ? tables : known.Where(table => options.Tables.Contains(table.Name)))
    {
        run(report, options);
    }

    Targets.Run(report);
    if (options.Json is { } file)
    {
        report.WriteJson(file, Machine.Here);
    }

    return 0;
}
