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

    /// <summary>A slot with one 64-bit counter.</summary>
    /// <param name="name">The slot's name within its stage.</param>
    /// <returns>The specification.</returns>
    public static SlotSpec Count(string name) => new(name, SlotKind.Count);
}
