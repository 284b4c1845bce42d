using System.Numerics;
using OptBench.Contenders;
using OptBench.Measuring;
using OptCore.Kernels;
using static TorchSharp.torch;

namespace TorchBench;

/// <summary>The matrix product beside libtorch's, one thread.</summary>
internal static class Products
{
    public const string Name = "matrices";
    private static readonly int[] Sizes = [128, 256, 512, 1024];

    public static void Run(Report report)
    {
        Report.Title(
            "Matrix products",
            "Two square matrices, one thread. `libtorch ×`: the time of `matmul` into given memory over that of this library's product.");
        Report.Header("type", "n", "µs", "GFLOP/s", "libtorch ×");
        set_num_threads(1);
        foreach (var size in Sizes)
        {
            Row<double>(report, "f64", size, ScalarType.Float64);
        }

        foreach (var size in Sizes)
        {
            Row<float>(report, "f32", size, ScalarType.Float32);
        }
    }

    private static void Row<T>(Report report, string name, int n, ScalarType type)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var samples = Rounds.Measure([new Own<T>(n), new Theirs(n, type)], 1.0, 0.3, settle: false);
        var ratio = samples[1].Over(samples[0]);
        report.Add(Name, "product", name, n, "libtorch", ratio);
        var nanoseconds = samples[0].Time.Median;
        Report.Row(name, $"{n}", Report.Number(nanoseconds / 1000), Report.Number(2.0 * n * n * n / nanoseconds), ratio.ToString());
    }

    private sealed class Own<T> : Contender
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly int _n;
        private readonly AlignedBuffer<T> _a, _b, _c;

        public Own(int n)
        {
            _n = n;
            (_a, _b, _c) = (new(n * n, 1), new(n * n, 1), new(n * n, 1));
            for (var i = 0; i < n * n; i++)
            {
                _a[0][i] = T.CreateTruncating(Math.Sin(i));
                _b[0][i] = T.CreateTruncating(Math.Cos(i));
            }
        }

        public override string Name => "product";

        public override void Run(int steps)
        {
            for (var i = 0; i < steps; i++)
            {
                _c[0].Clear();
                MatrixProduct.Add(MatrixView.Of(_a, _n), MatrixView.Of(_b, _n), MatrixView.Of(_c, _n), _n, _n, _n);
            }
        }

        public override double[] Parameters() => [.. _c[0].ToArray().Select(double.CreateTruncating)];
    }

    private sealed class Theirs(int n, ScalarType type) : Contender
    {
        private readonly Tensor _a = arange(n * n, dtype: type).sin_().reshape(n, n);
        private readonly Tensor _b = arange(n * n, dtype: type).cos_().reshape(n, n);
        private readonly Tensor _c = zeros(n, n, dtype: type);

        public override string Name => "libtorch";

        public override void Run(int steps)
        {
            for (var i = 0; i < steps; i++)
            {
                // Into given memory, as this library's.
                _c.addmm_(_a, _b, beta: 0, alpha: 1);
            }
        }

        public override double[] Parameters() => [];

        public override void Dispose()
        {
            _a.Dispose();
            _b.Dispose();
            _c.Dispose();
        }
    }
}
