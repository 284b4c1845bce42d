namespace OptModels;

/// <summary>
/// Test problems for unconstrained minimization: sums of squares with standard starts, whose minima are published with six digits.
/// </summary>
/// <remarks>Source: Moré, Garbow &amp; Hillstrom, Testing unconstrained optimization software, ACM TOMS 7, 1981.</remarks>
/// <example><code>
/// var bard = MoreGarbowHillstrom.Problems.First(problem => problem.Number == 8);
/// var result = Optimizer.Parse("lbfgs 10 1.0 |> wolfe").Minimize(bard.Objective, bard.Start);   // 8.21487e-3
/// </code></example>
public static class MoreGarbowHillstrom
{
    /// <summary>The problems, in the order of their numbers.</summary>
    public static IReadOnlyList<TestProblem> Problems { get; } =
    [
        new(1, new Rosenbrock(), [-1.2, 1], 0),
        new(2, new FreudensteinRoth(), [0.5, -2], 0, 48.9842),
        new(3, new PowellBadlyScaled(), [0, 1], 0),
        new(4, new BrownBadlyScaled(), [1, 1], 0),
        new(5, new Beale(), [1, 1], 0),
        new(6, new JennrichSampson(), [0.3, 0.4], 124.362),
        new(7, new HelicalValley(), [-1, 0, 0], 0),
        new(8, new Bard(), [1, 1, 1], 8.21487e-3, 17.4286),
        new(9, new GaussianFit(), [0.4, 1, 0], 1.12793e-8),
        new(10, new Meyer(), [0.02, 4000, 250], 87.9458),
        new(11, new Gulf(), [5, 2.5, 0.15], 0),
        new(12, new BoxThree(), [0, 10, 20], 0),
        new(13, new PowellSingular(4), [3, -1, 0, 1], 0),
        new(14, new Wood(), [-3, -1, -3, -1], 0),
        new(15, new KowalikOsborne(), [0.25, 0.39, 0.415, 0.39], 3.07505e-4, 1.02734e-3),
        new(16, new BrownDennis(), [25, 5, -5, -1], 85822.2),
        new(17, new OsborneOne(), [0.5, 1.5, -1, 0.01, 0.02], 5.46489e-5),
        new(18, new BiggsExp6(), [1, 2, 1, 1, 1, 1], 0, 5.65565e-3),
        new(19, new OsborneTwo(), [1.3, 0.65, 0.65, 0.7, 0.6, 3, 5, 7, 2, 4.5, 5.5], 4.01377e-2),
        new(20, new Watson(6), new double[6], 2.28767e-3),
        new(21, new Pairs(10), [.. Enumerable.Range(0, 10).Select(i => i % 2 == 0 ? -1.2 : 1)], 0),
        new(22, new PowellSingular(12), [.. Enumerable.Repeat<double[]>([3, -1, 0, 1], 3).SelectMany(four => four)], 0),
        new(23, new PenaltyOne(10), [.. Enumerable.Range(1, 10).Select(i => (double)i)], 7.08765e-5),
        new(24, new PenaltyTwo(4), [.. Enumerable.Repeat(0.5, 4)], 9.37629e-6),
        new(25, new VariablyDimensioned(10), [.. Enumerable.Range(1, 10).Select(i => 1 - (i / 10.0))], 0),
        new(26, new Trigonometric(10), [.. Enumerable.Repeat(0.1, 10)], 0, 2.79506e-5),
        new(27, new BrownAlmostLinear(10), [.. Enumerable.Repeat(0.5, 10)], 0, 1),
        new(28, new BoundaryValue(10), [.. Grid(10)], 0),
        new(29, new IntegralEquation(10), [.. Grid(10)], 0),
        new(30, new BroydenTridiagonal(10), [.. Enumerable.Repeat(-1.0, 10)], 0),
        new(31, new BroydenBanded(10), [.. Enumerable.Repeat(-1.0, 10)], 0),
        new(32, new LinearFullRank(10), [.. Enumerable.Repeat(1.0, 10)], 10),
        new(35, new Chebyquad(8), [.. Enumerable.Range(1, 8).Select(i => i / 9.0)], 3.51687e-3),
    ];

    private static IEnumerable<double> Grid(int n) =>
        Enumerable.Range(1, n).Select(i => (double)i / (n + 1)).Select(t => t * (t - 1));
}
