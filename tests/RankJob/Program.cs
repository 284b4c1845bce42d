using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using OptCore;
using OptMpi;

// What the tests start with mpirun, and what docs/cluster.md measures.
const string Usage = """
    RankJob bits OPTIMIZERS PARTS            steps; prints a hash of the states of all parameters. Several optimizers: a ; between two
    RankJob run FILE STEPS [RANK STEP]       a run with checkpoints; a rank kills itself at a step
    RankJob wait FILE                        steps slowly until a signal comes, stores, says where
    RankJob throw RANK                       a rank throws
    RankJob break RANK AT HOW                a rank fails while exchanges are under way, at the AT-th that it begins. HOW: throw, kill, or
                                             all: every rank throws, each two exchanges behind the one before it
    RankJob refuse                           what a wrong use of exchanges under way says
    RankJob mismatch                         a rank has another optimizer
    RankJob minimize PARTS                   Minimizer on shared batches; prints a hash of the result
    RankJob measure LENGTH STEPS [LATENCY BANDWIDTH]
                                             time, traffic and memory of steps of Adam in float: a row of docs/cluster.md's table. With a
                                             latency and a bandwidth behind a network card: µs, GB/s
    RankJob network LENGTH STEPS RANKS LATENCY BANDWIDTH
                                             the same for one of many ranks whose card moves everything by itself
    RankJob simulate LENGTH LATENCY BANDWIDTH GRADIENT SPREAD COST
                                             the same for up to 1,024 ranks on paper: µs, GB/s, ms, parts of that, ns per parameter
    """;

return args switch
{
    ["bits", var optimizer, var parts] => Mpi.Run(ranks => Job.Bits(ranks, optimizer, Job.Number(parts))),
    ["run", var file, var steps] => Mpi.Run(ranks => Job.Run(ranks, file, Job.Number(steps), -1, -1)),
    ["run", var file, var steps, var rank, var at] =>
        Mpi.Run(ranks => Job.Run(ranks, file, Job.Number(steps), Job.Number(rank), Job.Number(at))),
    ["wait", var file] => Mpi.Run(ranks => Job.Wait(ranks, file)),
    ["throw", var rank] => Mpi.Run(ranks => Job.Throw(ranks, Job.Number(rank))),
    ["break", var rank, var at, var how] => Mpi.Run(ranks => Job.Break(ranks, Job.Number(rank), Job.Number(at), how)),
    ["refuse"] => Mpi.Run(Job.Refuse),
    ["mismatch"] => Mpi.Run(ranks => Optimizer.Sgd(0.1 + ranks.Rank).Plan(3).Start(ranks, [1.0, 1.0, 1.0])),
    ["minimize", var parts] => Mpi.Run(ranks => Job.Minimize(ranks, Job.Number(parts))),
    ["measure", var length, var steps] => Mpi.Run(ranks => Measurement.Run(ranks, Job.Number(length), Job.Number(steps))),
    ["measure", var length, var steps, var latency, var bandwidth] => Mpi.Run(ranks => Measurement.Run(
        new Card(ranks, Job.Real(latency) * 1e-6, Job.Real(bandwidth) * 1e9), Job.Number(length), Job.Number(steps))),
    ["network", var length, var steps, var size, var latency, var bandwidth] => Measurement.OfOne(
        Job.Number(size), Job.Number(length), Job.Number(steps), Job.Real(latency) * 1e-6, Job.Real(bandwidth) * 1e9),
    ["simulate", var length, var latency, var bandwidth, var gradient, var spread, var cost] => Job.Simulate(
        Job.Real(length), Job.Real(latency), Job.Real(bandwidth), Job.Real(gradient), Job.Real(spread), Job.Real(cost)),
    _ => Job.Fail(Usage),
};

/// <summary>What a rank does.</summary>
internal static class Job
{
    private const int Parts = 8;

    private static readonly Layout Layout = Layout.Empty.Add("w1", 120, 90).Add("b1", 90).Add("w2", 90, 60).Add("s").Add("b2", 60)
        .Add("w3", 400, 700);

    /// <summary>An integer of the command line.</summary>
    public static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    /// <summary>A number of the command line.</summary>
    public static double Real(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    public static int Simulate(double length, double latency, double bandwidth, double gradient, double spread, double cost)
    {
        Simulation.Run(length, latency * 1e-6, bandwidth * 1e9, gradient * 1e-3, spread, cost * 1e-9);
        return 0;
    }

    /// <summary>Prints why, and fails.</summary>
    public static int Fail(string why)
    {
        Console.Error.WriteLine(why);
        return 2;
    }

    public static void Bits(ICollectives ranks, string optimizers, int parts)
    {
        var states = new List<State<double>>();
        foreach (var optimizer in optimizers.Split(';'))
        {
            using var session = PlanOf(optimizer).Start(ranks, Origin(), parts);
            for (var step = 0; step < 12; step++)
            {
                session.Step(Part(session.StepCount));
            }

            states.Add(session.Gather());
        }

        Say(ranks, [.. states]);
    }

    public static void Run(ICollectives ranks, string file, int steps, int victim, int at)
    {
        var plan = PlanOf("adam 0.01 |> clip 1.0 |> average 0.9 |> noise 0.001 0.5 7");
        using var session = File.Exists(file)
            ? ShardedCheckpoint.Resume(plan, ranks, file)
            : plan.Start(ranks, Origin(), Parts);
        ranks.Barrier();
        if (ranks.Rank == 0)
        {
            Console.WriteLine($"begins at {session.StepCount}");
        }

        while (session.StepCount < steps)
        {
            if (ranks.Rank == victim && session.StepCount == at)
            {
                Process.GetCurrentProcess().Kill();
            }

            session.Step(Part(session.StepCount));
            if (session.StepCount % 4 == 0)
            {
                ShardedCheckpoint.Save(session, file);
            }
        }

        Say(ranks, session.Gather());
    }

    public static void Wait(ICollectives ranks, string file)
    {
        using var session = PlanOf("adam 0.01").Start(ranks, Origin(), Parts);
        session.StopOnSignals();
        File.WriteAllText($"{file}.{ranks.Rank}.pid", $"{Environment.ProcessId}");
        while (!session.MustStop && session.StepCount < 3000)
        {
            session.Step(Part(session.StepCount));
            Thread.Sleep(10);
        }

        ShardedCheckpoint.Save(session, file);
        if (ranks.Rank == 0)
        {
            var stored = ShardedCheckpoint.Load(session.Plan, file);
            Console.WriteLine($"stopped: {session.MustStop}, stored {stored.Step == session.StepCount}");
        }
    }

    public static void Throw(ICollectives ranks, int rank)
    {
        if (ranks.Rank == rank)
        {
            throw new InvalidOperationException("the data is missing");
        }

        ranks.Barrier();
    }

    public static void Break(ICollectives ranks, int rank, int at, string how)
    {
        var own = how == "all" ? at + (2 * ranks.Rank) : ranks.Rank == rank ? at : -1;
        using var session = PlanOf("adam 0.01").Start(new Broken(ranks, own, how == "kill"), Origin(), Parts);
        try
        {
            while (session.StepCount < 100)
            {
                session.Step(Part(session.StepCount));
            }
        }
        catch (InvalidOperationException) when (own > 0)
        {
            // Nobody writes into the memory of a rank that has given up.
            var parameters = session.AsSpan().ToArray();
            GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            Thread.Sleep(200);
            Console.WriteLine($"memory stays: {session.AsSpan().SequenceEqual(parameters)}");
            throw;
        }
    }

    public static void Refuse(ICollectives ranks)
    {
        var (vector, other) = (GC.AllocateArray<int>(4, pinned: true), GC.AllocateArray<int>(4, pinned: true));
        Piece[] fits = [new(0, 1), new(1, 1)];
        var refused = new List<string>();
        Try(ranks.EndExchange);
        foreach (Piece[] pieces in new Piece[][] { [new(0, 1)], [new(0, 1), new(3, 2)], [new(-1, 1), new(0, 1)] })
        {
            Try(() => ranks.BeginExchange<int>(vector, pieces, other, fits));
            Try(() => ranks.BeginExchange<int>(vector, fits, other, pieces));
        }

        Try(ranks.EndExchange);
        (vector[0], vector[1]) = (10 + ranks.Rank, 20 + ranks.Rank);
        ranks.BeginExchange<int>(vector, fits, other, fits);
        ranks.BeginExchange<int>(vector, fits, other, [new(2, 1), new(3, 1)]);
        ranks.EndExchange();
        ranks.EndExchange();
        var first = 10 * (ranks.Rank + 1);
        Console.WriteLine($"rank {ranks.Rank} refuses {refused.Count}: {string.Join(' ', refused.Distinct())}, "
            + $"exchanges: {other.AsSpan().SequenceEqual([first, first + 1, first, first + 1])}");

        void Try(Action wrong)
        {
            try
            {
                wrong();
            }
            catch (Exception error) when (error is ArgumentException or InvalidOperationException)
            {
                refused.Add(error is ArgumentException argument ? argument.ParamName! : error.Message);
            }
        }
    }

    public static void Minimize(ICollectives ranks, int parts)
    {
        var random = new Random(3);
        var (rows, targets) = (new double[64, 5], new double[64]);
        for (var i = 0; i < 64; i++)
        {
            targets[i] = random.NextDouble();
            for (var j = 0; j < 5; j++)
            {
                rows[i, j] = random.NextDouble() - 0.5;
            }
        }

        var objective = new SharedObjective(ranks, new MiniBatches(new OptModels.LeastSquares(rows, targets), 16, seed: 5), parts);
        var result = Minimizer.Minimize(Optimizer.Adam(0.05).Accumulate(2).Clip(1), objective, new double[5], new() { Steps = 40 });
        Say(ranks, result.State);
    }

    private static Plan<double> PlanOf(string optimizer) => Optimizer.Parse(optimizer).Plan<double>(Layout, new Execution { Threads = 1 });

    private static double[] Origin() => [.. Enumerable.Range(0, Layout.Length).Select(i => ((i * 7919) % 1009 / 1009.0) - 0.5)];

    // Numbers of the part, the step and the place, and something of the point.
    private static PartGradient<double> Part(long step) => (part, point, gradient) =>
    {
        for (var i = 0; i < point.Length; i++)
        {
            gradient[i] = point[i] + (((part * 7919) + (step * 104729) + (i * 31)) % 1009 / 1009.0) - 0.5;
        }

        return part + (1.0 / (step + 1));
    };

    private static void Say(ICollectives ranks, params State<double>[] states)
    {
        // Every rank has the same ones.
        using var stream = new MemoryStream();
        Array.ForEach(states, state => Checkpoint.Save(state, stream));
        var hash = Convert.ToHexStringLower(SHA256.HashData(stream.ToArray()))[..16];
        var all = ranks.Gather(hash);
        if (ranks.Rank == 0)
        {
            Console.WriteLine(all.Distinct().Count() == 1 ? $"hash {hash}" : $"the ranks differ: {string.Join(' ', all)}");
        }
    }
}
