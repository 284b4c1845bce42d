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
    RankJob mismatch                         a rank has another optimizer
    RankJob minimize PARTS                   Minimizer on shared batches; prints a hash of the result
    RankJob measure LENGTH STEPS             time, traffic and memory of steps of Adam in float: a row of docs/cluster.md's table
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
    ["mismatch"] => Mpi.Run(ranks => Optimizer.Sgd(0.1 + ranks.Rank).Plan(3).Start(ranks, [1.0, 1.0, 1.0])),
    ["minimize", var parts] => Mpi.Run(ranks => Job.Minimize(ranks, Job.Number(parts))),
    ["measure", var length, var steps] => Mpi.Run(ranks => Job.Measure(ranks, Job.Number(length), Job.Number(steps))),
    ["simulate", var length, var latency, var bandwidth, var gradient, var spread, var cost] => Job.Simulate(
        Job.Real(length), Job.Real(latency), Job.Real(bandwidth), Job.Real(gradient), Job.Real(spread), Job.Real(cost)),
    _ => Job.Fail(Usage),
};

/// <summary>What a rank does.</summary>
internal static class Job
{
    private const int Parts = 8;

    private static readonly Layout Layout = Layout.Empty.Add("w1", 120, 90).Add("b1", 90).Add("w2", 90, 60).Add("s").Add("b2", 60)
        .Add("w3", 400, 200);

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

    public static void Measure(ICollectives ranks, int length, int steps)
    {
        var counted = new Counted(ranks);
        var plan = Optimizer.Adam(0.001).Plan<float>(Layout.Plain(length), new Execution { Threads = 1 });
        var gradient = new float[length];
        gradient.AsSpan().Fill(0.001f);
        using var session = plan.Start(counted, new float[length]);
        for (var i = 0; i < 5; i++)
        {
            session.Step(gradient);
        }

        var (sent, operations) = (counted.Sent, counted.Operations);
        var (times, best, exchanged) = (new double[steps], double.PositiveInfinity, 0.0);
        for (var i = 0; i < steps; i++)
        {
            ranks.Barrier();
            var (start, before) = (Stopwatch.GetTimestamp(), counted.Time);
            session.Step(gradient);
            times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            (best, exchanged) = times[i] < best ? (times[i], counted.Time - before) : (best, exchanged);
        }

        (sent, operations) = (counted.Sent - sent, counted.Operations - operations);
        var share = Collectives.Evenly(length, ranks.Size)[ranks.Rank].Length;
        var own = Optimizer.Adam(0.001).Plan<float>(Layout.Plain(share), new Execution { Threads = 1 }).Start(new float[share]);
        var single = Best(ranks, steps, () => own.Step(gradient.AsSpan(0, share)));
        var bare = BareExchange(ranks, gradient, steps);
        Array.Sort(times);
        if (ranks.Rank == 0)
        {
            var bytes = sizeof(float) * (double)length;
            var least = 2 * bytes * (ranks.Size - 1) / ranks.Size;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {ranks.Size} | {length:0.#e0} | {times[steps / 2]:0.000} | {best:0.000} | {exchanged:0.000} | {bare:0.000} "
                + $"| {single:0.000} | {best / (bare + single):0.00} "
                + $"| {sent / (double)steps / 1e6:0.000} | {least / 1e6:0.000} | {operations / (double)steps:0.#} "
                + $"| {((ranks.Size == 1 ? 0 : bytes) + (12.0 * session.Own.Length)) / 1e6:0.0} |"));
        }
    }

    // What the library of the machine takes for the bytes of a step alone: every rank's piece to all, and the pieces back.
    private static double BareExchange(ICollectives ranks, float[] vector, int steps)
    {
        var pieces = Collectives.Evenly(vector.Length, ranks.Size);
        var own = pieces[ranks.Rank].Length;
        var (from, to, received) = (new Piece[ranks.Size], new Piece[ranks.Size], new float[own * ranks.Size]);
        for (var rank = 0; rank < ranks.Size; rank++)
        {
            from[rank] = rank == ranks.Rank ? default : pieces[rank];
            to[rank] = rank == ranks.Rank ? default : new Piece(rank * own, own);
        }

        return Best(ranks, steps, () =>
        {
            ranks.Exchange<float>(vector, from, received, to);
            ranks.AllGather<float>(vector, pieces);
        });
    }

    private static double Best(ICollectives ranks, int steps, Action work)
    {
        var best = double.PositiveInfinity;
        for (var i = 0; i < steps; i++)
        {
            ranks.Barrier();
            var start = Stopwatch.GetTimestamp();
            work();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        return best;
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
