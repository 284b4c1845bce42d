using System.Numerics;
using OptBench.Contenders;
using OptBench.Measuring;
using OptCore;
using OptModels;

namespace OptBench.Tables;

/// <summary>What training a network takes in float32 beside float64, and what it reaches.</summary>
internal static class Networks
{
    public const string Name = "networks";
    private const int Batch = 64;
    private const int Epochs = 5;

    public static void Run(Report report, Options options)
    {
        var digits = Mnist.LoadOrGenerate();
        Report.Title(
            "Networks in f32 and f64",
            $"{digits.Train}; batches of {Batch}, Adam with a cosine, evaluation and step, default threads. `f64 ÷ f32`: the time of an "
            + $"update in f64 over that in f32, interleaved. Accuracy: on {digits.Test.Count} other images after {Epochs} epochs from the "
            + "same weights, over the same batches.");
        Report.Header("network", "f64, µs an update", "f32, µs", "f64 ÷ f32", "accuracy f64", "accuracy f32");
        var image = Network.For(digits.Train);
        Row(report, options, digits, image.Dense(100).Relu().Dense(10), 0.001);
        Row(report, options, digits, image.Convolution(8, 5).Relu().MaxPool(2).Convolution(16, 5).Relu().MaxPool(2).Dense(10), 0.01);
    }

    private static void Row(Report report, Options options, ImageSplit digits, Network network, double rate)
    {
        var batches = new MiniBatches(network.On(digits.Train), Batch, seed: 1);
        var optimizer = Optimizer.Adam(rate).Cosine(Epochs * batches.StepsPerEpoch);
        var samples = Rounds.Measure(
            [new Training<double>(network, batches, optimizer), new Training<float>(network, batches, optimizer)],
            8 * options.CellSeconds,
            options.FirstWarmUp,
            settle: false);
        var ratio = samples[0].Over(samples[1]);
        report.Add(Name, network.ToString(), "f32", network.Dimension, "f64 ÷ f32", ratio);
        Report.Row(
            network.ToString(),
            Report.Number(samples[0].Time.Median / 1000),
            Report.Number(samples[1].Time.Median / 1000),
            ratio.ToString(),
            Accuracy<double>(digits, network, batches, optimizer),
            Accuracy<float>(digits, network, batches, optimizer));
    }

    private static string Accuracy<T>(ImageSplit digits, Network network, MiniBatches batches, Optimizer optimizer)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var limit = new MinimizeOptions { Steps = Epochs * batches.StepsPerEpoch, HistoryEvery = 0, KeepBest = false };
        var result = Minimizer.Minimize<T>(optimizer, batches, network.Start<T>(seed: 1), limit);
        return FormattableString.Invariant($"{100 * network.On(digits.Test).AccuracyAt<T>(result.Point):F2} %");
    }

    private sealed class Training<T>(Network network, MiniBatches batches, Optimizer optimizer) : Contender
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly Session<T> _session = optimizer.Plan<T>(network.Layout).Start(network.Start<T>(seed: 1));
        private readonly T[] _gradient = new T[network.Dimension];

        public override string Name => typeof(T).Name;

        public override void Run(int steps)
        {
            for (var i = 0; i < steps; i++)
            {
                batches.EvaluateAt<T>(_session.StepCount, _session.AsSpan(), _gradient);
                _session.Step(_gradient);
            }
        }

        public override double[] Parameters() => Problem<T>.Widen(_session.AsSpan());
    }
}
