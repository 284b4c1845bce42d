using System.Globalization;

/// <summary>
/// Steps of many ranks on paper: gradients that take a given time with a given spread, the exchanges of a step round by round over links
/// of a given latency and bandwidth, the measured cost of the shard's step. No rank ends a round before those it talks to.
/// </summary>
internal static class Simulation
{
    private const int Steps = 20;

    // One exchange moves at most so many bytes to a rank.
    private const double Block = 2 << 20;

    /// <param name="length">The number of parameters, in float.</param>
    /// <param name="latency">Of a message, in seconds.</param>
    /// <param name="bandwidth">Of a link, each way, in bytes per second.</param>
    /// <param name="gradient">The mean time of a gradient, in seconds.</param>
    /// <param name="spread">Its standard deviation, in parts of the mean.</param>
    /// <param name="cost">The time of a step for one parameter, in seconds.</param>
    public static void Run(double length, double latency, double bandwidth, double gradient, double spread, double cost)
    {
        Console.WriteLine("| ranks | step, ms | bound, ms | of it exchange, ms | gradients per second of one rank | memory per rank, MB |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach (var ranks in new[] { 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024 })
        {
            var step = StepTime(ranks, length, latency, bandwidth, gradient, spread, cost);
            var moved = 2 * 4 * length * (ranks - 1) / ranks / bandwidth;
            var bound = gradient + (cost * length / ranks) + moved;
            var memory = 4 * length * ((ranks == 1 ? 1 : 2) + (3.0 / ranks));
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {ranks} | {step * 1e3:0.00} | {bound * 1e3:0.00} | {(step - gradient - (cost * length / ranks)) * 1e3:0.00} "
                + $"| {ranks * (gradient + (cost * length)) / step:0.0} | {memory / 1e6:0.0} |"));
        }
    }

    private static double StepTime(
        int ranks, double length, double latency, double bandwidth, double gradient, double spread, double cost)
    {
        var random = new Random(1);
        var at = new double[ranks];
        for (var step = 0; step < Steps; step++)
        {
            for (var rank = 0; rank < ranks; rank++)
            {
                at[rank] += gradient * Math.Max(0.5, 1 + (spread * Normal(random)));
            }

            // The mean, block by block: every rank sends a piece to every other one, at a distance that grows.
            var piece = 4 * length / ranks;
            var blocks = Math.Max(1, (int)Math.Ceiling(piece * ranks / Block));
            for (var block = 0; block < blocks && ranks > 1; block++)
            {
                for (var distance = 1; distance < ranks; distance++)
                {
                    at = Round(at, distance, latency + (piece / blocks / bandwidth));
                }
            }

            // The losses, doubling what is known.
            for (var known = 1; known < ranks; known *= 2)
            {
                at = Round(at, known, latency);
            }

            for (var rank = 0; rank < ranks; rank++)
            {
                at[rank] += cost * length / ranks;
            }

            // The parameters, around the ring.
            for (var round = 1; round < ranks; round++)
            {
                at = Round(at, 1, latency + (piece / bandwidth));
            }
        }

        return at.Max() / Steps;
    }

    private static double[] Round(double[] at, int distance, double time)
    {
        var next = new double[at.Length];
        for (var rank = 0; rank < at.Length; rank++)
        {
            next[rank] = Math.Max(at[rank], at[(rank + at.Length - distance) % at.Length]) + time;
        }

        return next;
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
