using System.Diagnostics;
using System.Globalization;
using OptCore;

/// <summary>
/// Steps of Adam in float on ranks: with exchanges under way while a rank works, and the same ones in turn, in turns;
/// beside the bytes of a step moved alone and the step of a share alone.
/// </summary>
internal static class Measurement
{
    // Caches are those of one of both for a while.
    private const int Turns = 5;

    /// <summary>Prints a row; rank 0 does.</summary>
    public static void Run(ICollectives ranks, int length, int steps)
    {
        var gradient = new float[length];
        gradient.AsSpan().Fill(0.001f);
        var (underWay, inTurn) = (new Counted(ranks), new Counted(new InTurn(ranks)));
        using var session = Start(underWay, length);
        using var other = Start(inTurn, length);
        session.Step(gradient);
        var (sent, operations) = (underWay.Sent, underWay.Operations);
        var (times, exchanged, otherTimes) = (new List<double>(), new List<double>(), new List<double>());
        for (var turn = 0; turn < Turns; turn++)
        {
            for (var i = 0; i < steps / Turns; i++)
            {
                var before = underWay.Time;
                times.Add(Time(ranks, () => session.Step(gradient)));
                exchanged.Add(underWay.Time - before);
            }

            for (var i = 0; i < steps / Turns; i++)
            {
                otherTimes.Add(Time(ranks, () => other.Step(gradient)));
            }
        }

        (sent, operations) = (underWay.Sent - sent, underWay.Operations - operations);
        var share = Collectives.Evenly(length, ranks.Size)[ranks.Rank].Length;
        using var own = Start(Alone.Instance, share);
        var single = Best(ranks, steps, () => own.Step(gradient.AsSpan(0, share)));
        var bare = BareExchange(ranks, gradient, steps);
        var best = times.IndexOf(times.Min());
        if (ranks.Rank == 0)
        {
            var bytes = sizeof(float) * (double)length;
            var least = 2 * bytes * (ranks.Size - 1) / ranks.Size;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {ranks.Size} | {length:0.#e0} | {Median(times):0.000} | {times[best]:0.000} | {Median(otherTimes):0.000} "
                + $"| {otherTimes.Min():0.000} | {exchanged[best]:0.000} | {bare:0.000} "
                + $"| {single:0.000} | {times[best] / (bare + single):0.00} | {otherTimes.Min() / (bare + single):0.00} "
                + $"| {sent / (double)times.Count / 1e6:0.000} | {least / 1e6:0.000} | {operations / (double)times.Count:0.#} "
                + $"| {((ranks.Size == 1 ? 0 : bytes) + (12.0 * session.Own.Length)) / 1e6:0.0} |"));
        }
    }

    /// <summary>The row of one of many ranks whose cards move everything by themselves.</summary>
    public static int OfOne(int size, int length, int steps, double latency, double bandwidth)
    {
        Run(new Card(new OneOfMany(size), latency, bandwidth), length, steps);
        return 0;
    }

    private static DistributedSession<float> Start(ICollectives ranks, int length) =>
        Optimizer.Adam(0.001).Plan<float>(Layout.Plain(length), new Execution { Threads = 1 }).Start(ranks, new float[length]);

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

    private static double Best(ICollectives ranks, int steps, Action work) => Enumerable.Range(0, steps).Min(_ => Time(ranks, work));

    private static double Time(ICollectives ranks, Action work)
    {
        ranks.Barrier();
        var start = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private static double Median(List<double> times) => times.Order().ElementAt(times.Count / 2);
}
