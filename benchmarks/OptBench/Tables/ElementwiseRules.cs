using System.Numerics;
using System.Runtime.Intrinsics;
using OptBench.Contenders;
using OptBench.Contenders.Elementwise;
using OptBench.Measuring;
using OptCore;

namespace OptBench.Tables;

/// <summary>Every elementwise rule that the main table does not have, beside a kernel written by hand.</summary>
internal static class ElementwiseRules
{
    public const string Name = "rules";

    private delegate void Row(Report report, Options options);

    // By kind; what is not here has a norm, an inner product, a count or a rule on tensors, and so more than one pass.
    private static readonly (string Text, Row Run)[] All =
    [
        Of<Moments.AcProp>(), Of<Moments.AdaBelief>(), Of<Moments.AdaMax>(), Of<Moments.AmsGrad>(), Of<Moments.Nadam>(),
        Of<Moments.RAdam>(),
        Of<Mixtures.Adan>(), Of<Mixtures.AdEmaMix>(), Of<Mixtures.SimplifiedAdEmaMix>(), Of<Mixtures.Yogi>(), Of<Mixtures.Adopt>(),
        Of<Mixtures.Sophia>(),
        Of<Roots.Adagrad>(), Of<Roots.CenteredRmsProp>(), Of<Roots.AdaDelta>(), Of<Roots.Ftrl>(),
        Of<FromStart.Madgrad>(), Of<FromStart.Cocob>(),
        Of<Velocities.Ema>(), Of<Velocities.CorrectedEma>(), Of<Velocities.Nag>(), Of<Velocities.Velocity>(),
        Of<Velocities.TripleMomentum>(), Of<Velocities.Optimistic>(), Of<Velocities.OptimizedGradient>(),
        Of<Signs.SignSgd>(), Of<Signs.Signum>(), Of<Signs.RProp>(),
        Of<Additions.Sgd>(), Of<Additions.Scale>(), Of<Additions.Ascend>(), Of<Additions.ClipValue>(), Of<Additions.L2>(),
        Of<Additions.L1>(), Of<Additions.WeightDecay>(),
        Of<Confined.Within>(), Of<Confined.NonNegative>(), Of<Confined.ProxL1>(),
        Of<Means.Average>(), Of<Means.PolyakAverage>(), Of<Means.PolynomialAverage>(), Of<Means.SoftTarget>(),
        Of<Means.TargetUpdate>(), Of<Iterates.Lookahead>(), Of<Iterates.Fista>(), Of<Iterates.ScheduleFree>(),
        Of<Iterates.Accumulate>(),
    ];

    public static void Run(Report report, Options options)
    {
        if (!Vector512.IsHardwareAccelerated)
        {
            Console.WriteLine("The table rules needs vectors of 512 bits.");
            return;
        }

        Report.Title(
            "Elementwise rules",
            "One thread, in place: the composed session's time over that of a fused kernel written by hand for these options.");
        Report.Header("rule", "type", "n", "ns/step", "ns/parameter", "÷ hand");
        foreach (var (text, run) in All)
        {
            if (options.Words.Count == 0 || options.Words.Any(word => text.Contains(word, StringComparison.OrdinalIgnoreCase)))
            {
                run(report, options);
            }
        }
    }

    private static (string Text, Row Run) Of<R>()
        where R : struct, IHandRule => (R.Text, Both<R>);

    private static void Both<R>(Report report, Options options)
        where R : struct, IHandRule
    {
        Rows<float, R>("f32", 2e-4, report, options);
        Rows<double, R>("f64", 1e-10, report, options);
    }

    private static void Rows<T, R>(string type, double tolerance, Report report, Options options)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where R : struct, IHandRule
    {
        Check<T, R>(tolerance);
        var warmUp = options.FirstWarmUp;
        foreach (var length in new[] { 10_000, 100_000 })
        {
            using var problem = new Problem<T>(Rule.Momentum, length);
            var samples = Rounds.Measure(Contenders<T, R>(problem), options.CellSeconds, warmUp, Lineup.Settles(length));
            var ratio = samples[0].Over(samples[1]);
            warmUp = 5 * options.WarmUp;
            report.Add(Name, R.Text, type, length, "÷ hand", ratio);
            var time = samples[0].Time.Median;
            Report.Row(
                $"`{R.Text}`", type, Report.Length(length), Report.Number(time), Report.Number(time / length), ratio.ToString());
        }
    }

    private static Contender[] Contenders<T, R>(Problem<T> problem)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where R : struct, IHandRule
    {
        var plan = Optimizer.Parse(R.Text).Plan<T>(Layout.Plain(problem.Length), new Execution { Threads = 1 });
        return [new Composed<T>(problem, plan, R.Text, Vectors<T>.Clear(1 + R.Slots.Length), R.TakesDiagonal), new ByHand<T, R>(problem)];
    }

    // Both compute the same.
    private static void Check<T, R>(double tolerance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where R : struct, IHandRule
    {
        using var problem = new Problem<T>(Rule.Momentum, 1003);
        var contenders = Contenders<T, R>(problem);
        foreach (var contender in contenders)
        {
            contender.Run(20);
        }

        foreach (var (a, b) in contenders[0].Parameters().Zip(contenders[1].Parameters()))
        {
            // Not greater rather than smaller: NaN must fail.
            if (!(Math.Abs(a - b) <= tolerance * Math.Max(1, Math.Abs(b))))
            {
                throw new InvalidOperationException($"{R.Text}: composed {a}, by hand {b}.");
            }
        }

        foreach (var contender in contenders)
        {
            contender.Dispose();
        }
    }
}
