namespace OptCore;

/// <summary>How a slot of a stage's state is laid out.</summary>
public enum SlotKind
{
    /// <summary>One number per parameter, of the vector's type.</summary>
    Element,

    /// <summary>One double per tensor.</summary>
    PerTensor,

    /// <summary>One double.</summary>
    Scalar,

    /// <summary>One 64-bit integer: a counter.</summary>
    Count,

    /// <summary>One 64-bit integer: the state of a random generator.</summary>
    Random,

    /// <summary>For every tensor an array of a shape of its own, of the vector's type: per row, per column, a matrix per tensor.</summary>
    Shaped,
}

/// <summary>What a slot holds before the first step.</summary>
public enum SlotStart
{
    /// <summary><see cref="SlotSpec.Initial"/>, the same in every place.</summary>
    Constant,

    /// <summary>A copy of the parameters p_0.</summary>
    Parameters,

    /// <summary>The tensor's rate at step 0, η_0.</summary>
    Rate,
}

/// <summary>The shape of a slot for a tensor.</summary>
/// <param name="tensor">The tensor's shape, row-major; empty for a scalar.</param>
/// <returns>The slot's shape, row-major.</returns>
public delegate IReadOnlyList<int> SlotShape(IReadOnlyList<int> tensor);

/// <summary>
/// One piece of state that a stage needs. Its full name is the stage's word, a dot and <see cref="Name"/> (<c>adam.m</c>),
/// or the word alone where the name is empty (<c>average</c>).
/// </summary>
/// <param name="Name">The slot's name within its stage; empty for a stage that is its only slot.</param>
/// <param name="Kind">The layout of the slot.</param>
/// <param name="Initial">The value before the first step where <paramref name="Start"/> is <see cref="SlotStart.Constant"/>.</param>
/// <param name="Start">What the slot holds before the first step.</param>
public sealed record SlotSpec(string Name, SlotKind Kind, double Initial = 0, SlotStart Start = SlotStart.Constant)
{
    private readonly SlotShape? _shape;

    private SlotSpec(string name, SlotKind kind, double initial, SlotShape shape)
        : this(name, kind, initial) => _shape = shape;

    /// <summary>A slot with one number per parameter.</summary>
    /// <param name="name">The slot's name within its stage.</param>
    /// <param name="initial">The value before the first step.</param>
    /// <returns>The specification.</returns>
    public static SlotSpec Element(string name, double initial = 0) => new(name, SlotKind.Element, initial);

    /// <summary>A slot with one double.</summary>
    /// <param name="name">The slot's name within its stage.</param>
    /// <param name="initial">The value before the first step.</param>
    /// <returns>The specification.</returns>
    public static SlotSpec Scalar(string name, double initial = 0) => new(name, SlotKind.Scalar, initial);

    /// <summary>A slot that holds β^k (<see cref="StageBuilder.Power"/>): one double, 1 before the first step.</summary>
    /// <param name="name">The slot's name within the stage.</param>
    /// <returns>The specification.</returns>
    public static SlotSpec Power(string name) => new(name, SlotKind.Scalar, 1);

    /// <summary>A slot with one double per tensor.</summary>
    /// <param name="name">The slot's name within the stage.</param>
    /// <param name="initial">The value before the first step.</param>
    /// <returns>The specification.</returns>
    public static SlotSpec PerTensor(string name, double initial = 0) => new(name, SlotKind.PerTensor, initial);

    /// <summary>A slot with one number per parameter that starts as a copy of the parameters p_0.</summary>
    /// <param name="name">The slot's name within the stage.</param>
    /// <returns>The specification.</returns>
    public static SlotSpec Copy(string name) => new(name, SlotKind.Element, Start: SlotStart.Parameters);

    /// <summary>A slot that has for every tensor an array of a shape of its own, for rules on tensors.</summary>
    /// <param name="name">The slot's name within the stage.</param>
    /// <param name="shape">The array's shape from the tensor's shape, both row-major; empty for a single number, an
    /// axis of 0 for nothing.</param>
    /// <param name="initial">The value of all elements before the first step.</param>
    /// <returns>The specification.</returns>
    public static SlotSpec Shaped(string name, SlotShape shape, double initial = 0) => new(name, SlotKind.Shaped, initial, shape);

    /// <summary>The shape of a <see cref="SlotKind.Shaped"/> slot for a tensor.</summary>
    internal IReadOnlyList<int> ShapeOf(IReadOnlyList<int> tensor) => _shape!(tensor);

    /// <summary>A slot with one 64-bit counter.</summary>
    /// <param name="name">The slot's name within its stage.</param>
    /// <returns>The specification.</returns>
    public static SlotSpec Count(string name) => new(name, SlotKind.Count);
}
