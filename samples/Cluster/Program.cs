using OptCore;
using OptModels;
using OptMpi;

// A two-layer network on handwritten digits, trained by the ranks of an MPI job. After `dotnet build -c Release`:
//   mpirun -n 2 dotnet samples/Cluster/bin/Release/net10.0/Cluster.dll
// Shows: the numbers are the same for any number of ranks, bit for bit; a job that is stopped (Ctrl-C, a scheduler) goes on where
// it was, also on another number of ranks. A first argument names the checkpoint. Without a launcher there is one rank.
const int Parts = 8;
const int Steps = 600;
var file = args.Length > 0 ? args[0] : null;

if (!Mpi.IsAvailable(out var reason))
{
    Console.WriteLine(reason);
    return 0;
}

return Mpi.Run(ranks =>
{
    var digits = Mnist.LoadOrGenerate();
    var network = Network.For(digits.Train).Dense(100).Relu().Dense(10);
    var batches = new MiniBatches(network.On(digits.Train, threads: 1), batchSize: 256, seed: 1);
    var plan = Optimizer.Adam(0.001).Clip(1).Cosine(Steps).Plan<double>(network.Layout, new Execution { Threads = 1 });

    // Gradients are sums of eight parts in a fixed order, whoever evaluates them.
    using var session = file is not null && File.Exists(file)
        ? ShardedCheckpoint.Resume(plan, ranks, file)
        : plan.Start(ranks, network.Start(seed: 1), Parts);
    session.StopOnSignals();
    Say(session.Describe());

    var clock = System.Diagnostics.Stopwatch.StartNew();
    var first = session.StepCount;
    while (session.StepCount < Steps && !session.MustStop)
    {
        session.Step(batches);
        if (session.StepCount % 100 == 0)
        {
            Say(FormattableString.Invariant($"step {session.StepCount}: loss of the batch {session.Loss:R}"));
        }

        if (file is not null && (session.StepCount % 100 == 0 || session.MustStop))
        {
            ShardedCheckpoint.Save(session, file);
        }
    }

    var time = clock.Elapsed.TotalMilliseconds / Math.Max(1, session.StepCount - first);
    Say(FormattableString.Invariant($"{time:0.00} ms a step on {ranks.Size} ranks"));
    if (ranks.Rank == 0 && !session.MustStop)
    {
        Console.WriteLine(FormattableString.Invariant($"test accuracy {network.On(digits.Test).Accuracy(session.AsSpan()):P2}"));
    }

    void Say(string line)
    {
        if (ranks.Rank == 0)
        {
            Console.WriteLine(line);
        }
    }
});
