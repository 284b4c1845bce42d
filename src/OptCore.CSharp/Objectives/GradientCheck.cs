using System.Globalization;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// What a check of a gradient found. Along a random direction d the Taylor remainder |f(x + hd) − f(x) − h g·d| falls as h²
/// if g is the gradient, as h if it is not; where it is not, central differences find the coordinate that is most wrong.
/// </summary>
/// <remarks>
/// The order is measured on the shortest steps whose remainder still stands out of the rounding of f. A remainder that
/// never does (a function that is linear along d) counts as right. Costs 15 evaluations, and up to 130 more plus four for
/// every halving of the dimension where the gradient is wrong. A relative error of the gradient below about 1e-6 is not
/// seen. The point should not lie on a kink.
/// </remarks>
/// <example><code>
/// Console.WriteLine(GradientCheck.Run(objective, point));
/// </code></example>
public sealed record GradientCheck
{
    private const int Candidates = 64;
    private const double Shorter = 4;

    // Below so much of the values a remainder may be rounding: a thousand units in the last place.
    private const double Floor = 2.2e-13;

    private GradientCheck(double order, IReadOnlyList<(double Step, double Remainder)> remainders) =>
        (Order, Remainders) = (order, remainders);

    /// <summary>Whether no error was found: the order is near 2, or the function is linear along the direction.</summary>
    public bool IsRight => !(Order < 1.5);

    /// <summary>The order of the remainder: near 2 for a gradient, near 1 for another vector; 2 where there is none.</summary>
    public double Order { get; }

    /// <summary>The coordinate that is most wrong; null where the gradient is right.</summary>
    public int? Coordinate { get; private init; }

    /// <summary>That coordinate of the gradient; NaN where the gradient is right.</summary>
    public double Claimed { get; private init; } = double.NaN;

    /// <summary>What central differences give there; NaN where the gradient is right.</summary>
    public double Measured { get; private init; } = double.NaN;

    /// <summary>The coordinate in words: <c>"layer1.weights"[3, 0]</c>, or its number where there is no layout.</summary>
    public string Place { get; private init; } = string.Empty;

    /// <summary>The steps h, from the longest on, with their remainders.</summary>
    public IReadOnlyList<(double Step, double Remainder)> Remainders { get; }

    /// <summary>Checks the gradient of an objective at a point.</summary>
    /// <param name="objective">The objective; of a sum, the mean of all its terms.</param>
    /// <param name="point">The point, finite, of the objective's dimension.</param>
    /// <param name="layout">The names of its tensors; null for none.</param>
    /// <param name="seed">The seed of the direction.</param>
    /// <returns>What was found.</returns>
    /// <exception cref="ArgumentException">The length of the point or of the layout is wrong, or value or gradient are
    /// not finite there.</exception>
    /// <exception cref="ArgumentNullException">The objective is null.</exception>
    public static GradientCheck Run(IObjective objective, ReadOnlySpan<double> point, Layout? layout = null, long seed = 0)
    {
        Lengths.Check(point.Length, Require.NotNull(objective).Dimension, nameof(point));
        Lengths.Check(layout?.Length ?? point.Length, point.Length, nameof(layout));
        var probe = new Probe(objective, point.ToArray());
        var direction = Direction(point, seed);
        var remainders = Taylor(probe, direction);
        var order = OrderOf(remainders);
        var found = new GradientCheck(order, [.. remainders.Select(r => (r.Step, r.Remainder))]);
        if (found.IsRight)
        {
            return found;
        }

        var coordinate = probe.MostWrong(direction);
        return found with
        {
            Coordinate = coordinate,
            Claimed = probe.Gradient[coordinate],
            Measured = probe.Slope(coordinate),
            Place = layout is null ? coordinate.ToString(CultureInfo.InvariantCulture) : Name(layout, coordinate),
        };
    }

    /// <summary>What was found, in one line.</summary>
    /// <returns><c>right: the remainder has order 2.00</c>, or <c>wrong at 3: 1.5 claimed, 1.25 measured (the remainder
    /// has order 1.00)</c>.</returns>
    public override string ToString() => IsRight
        ? Text($"right: the remainder has order {Order:F2}")
        : Text($"wrong at {Place}: {Claimed:G6} claimed, {Measured:G6} measured (the remainder has order {Order:F2})");

    /// <inheritdoc/>
    public bool Equals(GradientCheck? other) =>
        other is not null
        && (Order, Coordinate, Claimed, Measured, Place).Equals((other.Order, other.Coordinate, other.Claimed, other.Measured, other.Place))
        && Remainders.SequenceEqual(other.Remainders);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Order, Coordinate, Claimed, Measured, Place);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>Random signs, of the size of the point in all.</summary>
    private static double[] Direction(ReadOnlySpan<double> point, long seed)
    {
        var random = new SampleRandom(seed);
        var size = Math.Max(1, Math.Sqrt(Reduction.SumOfSquares(point, 0))) / Math.Sqrt(Math.Max(1, point.Length));
        var direction = new double[point.Length];
        foreach (ref var element in direction.AsSpan())
        {
            // Not equal sizes: errors of opposite sign must not cancel.
            element = size * random.Uniform(0.5, 1.5) * (random.Below(2) == 0 ? 1 : -1);
        }

        return direction;
    }

    private static List<(double Step, double Remainder, bool Stands)> Taylor(Probe probe, double[] direction)
    {
        var slope = probe.Along(direction);
        var remainders = new List<(double, double, bool)>();
        for (var h = 0.01; h > 1e-10; h /= Shorter)
        {
            var value = probe.Value(direction, h);
            var remainder = Math.Abs(value - probe.Center - (h * slope));
            var size = Math.Abs(value) + Math.Abs(probe.Center) + Math.Abs(h * slope);
            remainders.Add((h, remainder, remainder > Floor * size));
        }

        return remainders;
    }

    /// <summary>The order on the last three steps that stand out and are finite; 2 where there are fewer.</summary>
    private static double OrderOf(List<(double Step, double Remainder, bool Stands)> remainders)
    {
        var standing =
            remainders.TakeWhile(r => r.Stands || !double.IsFinite(r.Remainder)).Where(r => double.IsFinite(r.Remainder)).ToArray();
        return standing is [.., var (_, first, _), _, var (_, last, _)]
            ? Math.Log(first / last) / (2 * Math.Log(Shorter))
            : 2;
    }

    private static string Name(Layout layout, int coordinate)
    {
        var tensor = layout.At(coordinate);
        var (rest, indices) = (coordinate - tensor.Offset, new List<int>());
        foreach (var axis in tensor.Shape.Reverse())
        {
            indices.Insert(0, rest % axis);
            rest /= axis;
        }

        return $"\"{tensor.Name}\"[{string.Join(", ", indices)}]";
    }

    private sealed class Probe
    {
        private readonly IObjective objective;
        private readonly double[] point;
        private readonly double[] moved;
        private readonly double[] ignored;

        public Probe(IObjective objective, double[] point)
        {
            (this.objective, this.point) = (objective, point);
            (moved, ignored, Gradient) = ([.. point], new double[point.Length], new double[point.Length]);
            Center = objective.Evaluate(point, Gradient);
            if (!double.IsFinite(Center) || Reduction.FirstNonFinite<double>(Gradient) >= 0)
            {
                throw new ArgumentException($"Value or gradient of {objective.Name} is not finite at the point.", nameof(point));
            }
        }

        public double Center { get; }

        public double[] Gradient { get; }

        public double Along(ReadOnlySpan<double> direction)
        {
            var sum = 0.0;
            for (var i = 0; i < direction.Length; i++)
            {
                sum += direction[i] * Gradient[i];
            }

            return sum;
        }

        public double Value(ReadOnlySpan<double> direction, double h)
        {
            for (var i = 0; i < moved.Length; i++)
            {
                moved[i] = point[i] + (h * direction[i]);
            }

            return objective.Evaluate(moved, ignored);
        }

        /// <summary>Halves the coordinates, keeping the half along which the gradient is more wrong; then looks at each.</summary>
        public int MostWrong(double[] direction)
        {
            var (start, count) = (0, direction.Length);
            while (count > Candidates)
            {
                var half = count / 2;
                var isLeft = Error(direction, start, half) >= Error(direction, start + half, count - half);
                (start, count) = isLeft ? (start, half) : (start + half, count - half);
            }

            return Enumerable.Range(start, count).MaxBy(i => Math.Abs(Slope(i) - Gradient[i]));
        }

        public double Slope(int coordinate) =>
            NumericalGradient.Slope(at => objective.Evaluate(at, ignored), [.. point], coordinate);

        private double Error(double[] direction, int start, int count)
        {
            var part = new double[direction.Length];
            direction.AsSpan(start, count).CopyTo(part.AsSpan(start));
            var h = NumericalGradient.Step;
            return Math.Abs(((Value(part, h) - Value(part, -h)) / (2 * h)) - Along(part));
        }
    }
}
