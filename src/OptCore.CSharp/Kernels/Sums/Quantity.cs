using System.Globalization;
using OptCore.Kernels;

namespace OptCore;

/// <summary>A vector of the running step that can be measured, over the scope of a stage.</summary>
public sealed record Measured
{
    private Measured(string? slot) => SlotName = slot;

    /// <summary>The running update u.</summary>
    public static Measured Update { get; } = new((string?)null);

    /// <summary>The running parameters p.</summary>
    public static Measured Parameters { get; } = new((string?)null);

    /// <summary>The name of the slot; null for update and parameters.</summary>
    public string? SlotName { get; }

    /// <summary>A slot of the stage with one number per parameter, as rules added before have left it.</summary>
    /// <param name="name">The slot's name within the stage.</param>
    /// <returns>The vector.</returns>
    public static Measured Slot(string name) => new(name);

    /// <summary>Update and parameters are themselves; slots are equal by their name.</summary>
    /// <param name="other">The other.</param>
    /// <returns>True for the same vector.</returns>
    public bool Equals(Measured? other) => ReferenceEquals(this, other) || (SlotName is not null && SlotName == other?.SlotName);

    /// <inheritdoc/>
    public override int GetHashCode() => SlotName?.GetHashCode(StringComparison.Ordinal) ?? 0;

    /// <summary>How the vector is called in formulas.</summary>
    /// <returns><c>u</c>, <c>p</c> or the slot's name.</returns>
    public override string ToString() => SlotName ?? (ReferenceEquals(this, Update) ? "u" : "p");
}

/// <summary>
/// A number measured of one or two vectors: norms, distances, inner products. Sums run in double, over fixed chunks in the order
/// of their elements, so that the result depends neither on the vector width nor on the number of threads.
/// </summary>
public sealed record Quantity
{
    private readonly double _order;

    private Quantity(Measured of, Measured? and, double order)
    {
        Of = of;
        And = and;
        _order = order;
    }

    /// <summary>What is measured: of one vector, of two or of three.</summary>
    internal enum Form
    {
        /// <summary>A norm or a distance.</summary>
        Norm,

        /// <summary>⟨x, y⟩.</summary>
        Product,

        /// <summary>⟨x, y − z⟩.</summary>
        ProductWithDifference,

        /// <summary>⟨x, y/(√z + ε)⟩.</summary>
        ProductWithQuotient,
    }

    /// <summary>The vector.</summary>
    public Measured Of { get; }

    /// <summary>The second vector of a distance or an inner product.</summary>
    public Measured? And { get; }

    /// <summary>The third vector, where there is one.</summary>
    public Measured? Third { get; private init; }

    /// <summary>The order of the norm: 2, 1, ∞, any number ≥ 1; NaN for an inner product.</summary>
    public double Order => Followed?.Value ?? _order;

    /// <summary>The order that follows a schedule; null for one that stays.</summary>
    internal Reading? Followed { get; private init; }

    /// <summary>Whether the norm is divided by the root of the number of elements.</summary>
    public bool IsMean { get; private init; }

    /// <summary>Whether elements are counted that are no numbers (false: NaN alone, true: not finite); null for all else.</summary>
    public bool? Counts { get; private init; }

    /// <summary>Whether this is an inner product.</summary>
    public bool IsProduct => double.IsNaN(Order);

    /// <summary>Whether the terms of every tensor are multiplied by its η_t.</summary>
    public bool IsRated { get; private init; }

    /// <summary>The form.</summary>
    internal Form Kind { get; private init; }

    /// <summary>ε in a step, of a product with a quotient.</summary>
    internal Func<StepContext, double>? Epsilon { get; private init; }

    /// <summary>The vectors, one to three.</summary>
    internal IEnumerable<Measured> Vectors => new[] { Of, And, Third }.OfType<Measured>();

    /// <summary>
    /// A norm: <c>‖x‖_q = (Σ|x_i|^q)^{1/q}</c>, <c>‖x‖_∞ = max |x_i|</c>; 0 without elements. Neither over- nor underflows on the way.
    /// NaN if an element is NaN, else ∞ if one is infinite.
    /// </summary>
    /// <param name="of">x.</param>
    /// <param name="order">q ≥ 1, infinity allowed; 2 is the Euclidean norm.</param>
    /// <returns>The quantity.</returns>
    /// <exception cref="ArgumentOutOfRangeException">q &lt; 1 or NaN.</exception>
    public static Quantity Norm(Measured of, double order = 2) => new(of, null, CheckOrder(order));

    /// <summary>A norm whose order is read in every step.</summary>
    internal static Quantity Norm(Measured of, Reading order) => new(of, null, order.Value) { Followed = order };

    /// <summary>The distance of two vectors: <c>‖x − y‖_q</c>, the difference taken in double.</summary>
    /// <param name="of">x.</param>
    /// <param name="and">y.</param>
    /// <param name="order">q ≥ 1, infinity allowed.</param>
    /// <returns>The quantity.</returns>
    /// <exception cref="ArgumentOutOfRangeException">q &lt; 1 or NaN.</exception>
    public static Quantity Distance(Measured of, Measured and, double order = 2) => new(of, and, CheckOrder(order));

    /// <summary>The inner product <c>⟨x, y⟩ = Σ x_i y_i</c>, in double; may overflow.</summary>
    /// <param name="of">x.</param>
    /// <param name="and">y.</param>
    /// <returns>The quantity.</returns>
    public static Quantity InnerProduct(Measured of, Measured and) => new(of, and, double.NaN) { Kind = Form.Product };

    /// <summary>The inner product with a difference, <c>⟨x, y − z⟩</c>, the difference taken in double; may overflow.</summary>
    /// <param name="of">x.</param>
    /// <param name="and">y.</param>
    /// <param name="minus">z.</param>
    /// <returns>The quantity.</returns>
    public static Quantity InnerProduct(Measured of, Measured and, Measured minus) =>
        new(of, and, double.NaN) { Kind = Form.ProductWithDifference, Third = Require.NotNull(minus) };

    /// <summary>
    /// The inner product in a metric of square roots, <c>⟨x, y/(√z + ε)⟩</c>, in double; 0 in the places where the divisor is 0.
    /// </summary>
    /// <param name="of">x.</param>
    /// <param name="and">y.</param>
    /// <param name="squares">z ≥ 0.</param>
    /// <param name="epsilon">ε ≥ 0 in a step.</param>
    /// <returns>The quantity.</returns>
    public static Quantity ScaledProduct(Measured of, Measured and, Measured squares, Func<StepContext, double> epsilon) =>
        new(of, and, double.NaN)
        {
            Kind = Form.ProductWithQuotient,
            Third = Require.NotNull(squares),
            Epsilon = Require.NotNull(epsilon),
        };

    /// <summary>The inner product with the terms of every tensor multiplied by its rate: <c>Σ η_t,i x_i y_i</c>, over a scope.</summary>
    /// <returns>The quantity.</returns>
    /// <exception cref="InvalidOperationException">It is no inner product.</exception>
    public Quantity TimesRate() =>
        IsProduct ? this with { IsRated = true } : throw new InvalidOperationException($"{this} is no inner product.");

    /// <summary>The root mean square <c>‖x‖/√n</c>; 0 without elements.</summary>
    /// <param name="of">x.</param>
    /// <returns>The quantity.</returns>
    public static Quantity RootMeanSquare(Measured of) => new(of, null, 2) { IsMean = true };

    /// <summary>The number of elements that are NaN, or that are not finite.</summary>
    /// <param name="of">x.</param>
    /// <param name="infinities">Whether infinite elements count, too.</param>
    /// <returns>The quantity.</returns>
    public static Quantity Unusable(Measured of, bool infinities = false) => new(of, null, 1) { Counts = infinities };

    /// <summary>The quantity as a formula.</summary>
    /// <returns>For example <c>‖u‖</c>, <c>‖p − p0‖</c>, <c>⟨u, s⟩</c>.</returns>
    public override string ToString() =>
        Counts is { } infinities ? $"number of {Of} {(infinities ? "not finite" : "NaN")}"
        : IsRated ? $"Σ η_t {this with { IsRated = false }}"
        : Kind == Form.Product ? $"⟨{Of}, {And}⟩"
        : Kind == Form.ProductWithDifference ? $"⟨{Of}, {And} − {Third}⟩"
        : Kind == Form.ProductWithQuotient ? $"⟨{Of}, {And}/(√{Third} + ε)⟩"
        : IsMean ? $"RMS({Of})"
        : $"‖{Of}{(And is null ? string.Empty : $" − {And}")}‖{OrderText}";

    private string OrderText =>
        Order == 2 ? string.Empty
        : double.IsInfinity(Order) ? "_∞"
        : string.Create(CultureInfo.InvariantCulture, $"_{Order}");

    private static double CheckOrder(double order) =>
        order >= 1 ? order : throw Require.Outside(nameof(order), order, "value ≥ 1 (infinity allowed)");
}
