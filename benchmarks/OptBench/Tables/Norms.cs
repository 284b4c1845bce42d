using System.Numerics;
using OptBench.Contenders;
using OptBench.Measuring;
using OptCore.Kernels;

namespace OptBench.Tables;

/// <summary>The norm with a fixed order of additions against one without.</summary>
internal static class Norms
{
    public const string Name = "norm";

    public static void Run(Report report, Options options)
    {
        Report.Title(
            "The deterministic norm against the plain one",
            "One thread, the same memory. `plain`: the same sum of squares in float64 over as many accumulators as it likes, in one loop "
            + "over all elements.");
        Report.Header("type", "n", "ns", "÷ plain");
        foreach (var length in options.Lengths)
        {
            Row<float>(report, options, length, "f32");
        }

        foreach (var length in options.Lengths)
        {
            Row<double>(report, options, length, "f64");
        }
    }

    private static void Row<T>(Report report, Options options, int length, string type)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var problem = new Problem<T>(Rule.ClipAdamW, length);
        using var gradient = problem.GradientFor(problem.Gradient);
        var samples = Rounds.Measure(
            [new Deterministic<T>(gradient), new Plain<T>(gradient)],
            options.CellSeconds / 3,
            options.FirstWarmUp / 3,
            Lineup.Settles(length));
        var ratio = samples[0].Over(samples[1]);
        report.Add(Name, "norm", type, length, "÷ plain", ratio);
        Report.Row(type, Report.Length(length), Report.Number(samples[0].Time.Median), ratio.ToString());
    }

    private sealed class Deterministic<T>(Contenders.Vectors<T> gradient) : Contender
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly ElementRange[] _all = [new(0, gradient.Length)];
        private double _sum;

        public override string Name => "deterministic";

        public override void Run(int steps)
        {
            for (var i = 0; i < steps; i++)
            {
                _sum += Norm.Of(gradient.Span(0), _all);
            }
        }

        public override double[] Parameters() => [_sum];
    }

    private sealed unsafe class Plain<T>(Contenders.Vectors<T> gradient) : Contender
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private double _sum;

        public override string Name => "plain";

        public override void Run(int steps)
        {
            for (var i = 0; i < steps; i++)
            {
                _sum += Math.Sqrt(System.Runtime.Intrinsics.Vector512.IsHardwareAccelerated
                    ? Kernels512<T>.SumOfSquares(gradient[0], gradient.Padded)
                    : KernelsNative<T>.SumOfSquares(gradient[0], gradient.Padded));
            }
        }

        public override double[] Parameters() => [_sum];
    }
}
