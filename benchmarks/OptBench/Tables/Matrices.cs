using System.Numerics;
using OptBench.Contenders;
using OptBench.Measuring;
using OptCore;
using OptCore.Kernels;

namespace OptBench.Tables;

/// <summary>What directions on matrices cost, counted in products of their size.</summary>
internal static class Matrices
{
    public const string Name = "matrices";
    private static readonly int[] Sizes = [32, 128, 512];

    public static void Run(Report report, Options options)
    {
        Report.Title(
            "Directions on matrices",
            "f64, one square matrix, one thread, over the plain product of two such matrices. Newton–Schulz has five steps of three "
            + "products. `f32 product ×`: the product's time over that of the same one in f32. `1 in 10`: decompositions every ten "
            + "updates, their cost spread over them.");
        string[] columns = ["`orthogonalize`", "`shampoo`", "`soap`, 1 in 10", "`galore n/4`, 1 in 10", "eigenvectors", "QR"];
        Report.Header(["n", "product, µs", "GFLOP/s", "f32 product ×", .. columns]);
        foreach (var size in Sizes)
        {
            Row(report, options, size);
        }
    }

    private static void Row(Report report, Options options, int n)
    {
        using var problem = new Problem<double>(Rule.Momentum, n * n);
        var samples = Rounds.Measure(
            [
                new Product<double>(n),
                new Product<float>(n),
                Session(problem, n, "sgd 0.001 |> orthogonalize"),
                Session(problem, n, "shampooWith (Shampoo(Beta2 = 0.9)) 0.001"),
                Session(problem, n, "soap 0.001"),
                Session(problem, n, $"galore {n / 4} 10 0.001"),
                new Eigenvectors(n),
                new Orthogonal(n),
            ],
            2 * options.CellSeconds,
            options.WarmUp,
            settle: false);
        var nanoseconds = samples[0].Time.Median;
        string[] names = ["orthogonalize", "shampoo", "soap", "galore", "eigenvectors", "QR"];
        for (var i = 0; i < names.Length; i++)
        {
            report.Add(Name, names[i], "f64", n, "÷ product", samples[i + 2].Over(samples[0]));
        }

        report.Add(Name, "product", "f32", n, "f64 ÷ f32", samples[0].Over(samples[1]));

        Report.Row(
            [
                $"{n}",
                Report.Number(nanoseconds / 1000),
                Report.Number(2.0 * n * n * n / nanoseconds),
                samples[0].Over(samples[1]).ToString(),
                .. samples.Skip(2).Select(sample => sample.Over(samples[0]).ToString()),
            ]);
    }

    private static Composed<double> Session(Problem<double> problem, int n, string text) =>
        new(problem, Optimizer.Parse(text).Plan<double>(Layout.Empty.Add("w", n, n), new Execution { Threads = 1 }), text);

    // Numbers that make a symmetric matrix of full rank.
    private static AlignedBuffer<T> Symmetric<T>(int n)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var buffer = new AlignedBuffer<T>(n * n, 1);
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j < n; j++)
            {
                buffer[0][(i * n) + j] = T.CreateTruncating(Math.Sin((i * j) + (0.1 * (i + j))) + (i == j ? 2 : 0));
            }
        }

        return buffer;
    }

    private sealed class Product<T>(int n) : Contender
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly AlignedBuffer<T> _a = Symmetric<T>(n), _c = new(n * n, 1);

        public override string Name => "product";

        public override void Run(int steps)
        {
            for (var i = 0; i < steps; i++)
            {
                _c[0].Clear();
                MatrixProduct.Add(MatrixView.Of(_a, n), MatrixView.Of(_a, n), MatrixView.Of(_c, n), n, n, n);
            }
        }

        public override double[] Parameters() => Problem<T>.Widen(_c[0]);
    }

    private sealed class Eigenvectors(int n) : Contender
    {
        private readonly AlignedBuffer<double> _a = Symmetric<double>(n), _copy = new(n * n, 1), _vectors = new(n * n, 1);
        private readonly double[] _values = new double[n];
        private readonly double[] _work = new double[SymmetricEigen.WorkLength(n)];

        public override string Name => "eigenvectors";

        public override void Run(int steps)
        {
            for (var i = 0; i < steps; i++)
            {
                _a[0].CopyTo(_copy[0]);
                SymmetricEigen.Decompose(MatrixView.Of(_copy, n), n, _values, MatrixView.Of(_vectors, n), _work);
            }
        }

        public override double[] Parameters() => _values;
    }

    private sealed class Orthogonal(int n) : Contender
    {
        private readonly AlignedBuffer<double> _a = Symmetric<double>(n), _copy = new(n * n, 1), _q = new(n * n, 1);
        private readonly double[] _work = new double[OrthogonalFactor.WorkLength(n)];

        public override string Name => "QR";

        public override void Run(int steps)
        {
            for (var i = 0; i < steps; i++)
            {
                _a[0].CopyTo(_copy[0]);
                OrthogonalFactor.Decompose(MatrixView.Of(_copy, n), n, MatrixView.Of(_q, n), _work);
            }
        }

        public override double[] Parameters() => _q[0].ToArray();
    }
}
