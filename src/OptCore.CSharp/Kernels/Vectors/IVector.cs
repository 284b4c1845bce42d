namespace OptCore.Kernels;

/// <summary>
/// A SIMD register of <typeparamref name="T"/> (float or double). The width is the implementing type, so that one kernel
/// source is compiled for 128, 256 and 512 bits. Every operation rounds once per element, as the scalar operation does,
/// so that results do not depend on the width.
/// </summary>
/// <typeparam name="V">The implementing type.</typeparam>
/// <typeparam name="T">The element type: float or double.</typeparam>
public interface IVector<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged
{
    /// <summary>The number of elements.</summary>
    static abstract int Count { get; }

    /// <summary>All elements zero.</summary>
    static abstract V Zero { get; }

    /// <summary>All elements <paramref name="value"/>, rounded once to <typeparamref name="T"/>.</summary>
    /// <param name="value">The value.</param>
    /// <returns>The vector.</returns>
    static abstract V Broadcast(double value);

    /// <summary>a + b.</summary>
    /// <param name="a">The first operand.</param>
    /// <param name="b">The second operand.</param>
    /// <returns>The result, elementwise.</returns>
    static abstract V operator +(V a, V b);

    /// <summary>a − b.</summary>
    /// <inheritdoc cref="op_Addition"/>
    static abstract V operator -(V a, V b);

    /// <summary>a · b.</summary>
    /// <inheritdoc cref="op_Addition"/>
    static abstract V operator *(V a, V b);

    /// <summary>a / b.</summary>
    /// <inheritdoc cref="op_Addition"/>
    static abstract V operator /(V a, V b);

    /// <summary>a·b + c with one rounding where the hardware has a fused multiply-add, with two elsewhere.</summary>
    /// <param name="a">The first factor.</param>
    /// <param name="b">The second factor.</param>
    /// <param name="c">The summand.</param>
    /// <returns>The result, elementwise.</returns>
    static abstract V Fma(V a, V b, V c);

    /// <summary>√a.</summary>
    /// <param name="a">The operand.</param>
    /// <returns>The result, elementwise.</returns>
    static abstract V Sqrt(V a);

    /// <summary>|a|.</summary>
    /// <inheritdoc cref="Sqrt"/>
    static abstract V Abs(V a);

    /// <summary>|a| with the sign of b, of zeros and NaN too.</summary>
    /// <inheritdoc cref="op_Addition"/>
    static abstract V CopySign(V a, V b);

    /// <summary>The larger of a and b; NaN where either is NaN, as <see cref="Math.Max(double, double)"/>.</summary>
    /// <inheritdoc cref="op_Addition"/>
    static abstract V Max(V a, V b);

    /// <summary>The smaller of a and b; NaN where either is NaN, as <see cref="Math.Min(double, double)"/>.</summary>
    /// <inheritdoc cref="op_Addition"/>
    static abstract V Min(V a, V b);

    /// <summary>A mask of the places where a &lt; b; false where either is NaN.</summary>
    /// <inheritdoc cref="op_Addition"/>
    static abstract V Less(V a, V b);

    /// <summary>A mask of the places where a = b; false where either is NaN.</summary>
    /// <inheritdoc cref="op_Addition"/>
    static abstract V Equal(V a, V b);

    /// <summary>a where the mask is set, b elsewhere. The value not chosen has no influence, not even as NaN.</summary>
    /// <param name="mask">A mask from a comparison.</param>
    /// <param name="a">The value where the mask is set.</param>
    /// <param name="b">The value elsewhere.</param>
    /// <returns>The selection, elementwise.</returns>
    static abstract V Select(V mask, V a, V b);

    /// <summary>A mask of the first <paramref name="count"/> places.</summary>
    /// <param name="count">Between 0 and <see cref="Count"/>.</param>
    /// <returns>The mask.</returns>
    static abstract V First(int count);

    /// <summary>x where a &lt; b, y elsewhere: <see cref="Less"/> and <see cref="Select"/> in one, so that the comparison stays a mask of
    /// the hardware (through a register of elements it takes two instructions more).</summary>
    internal static abstract V WhereLess(V a, V b, V x, V y);

    /// <summary>x where a = b, y elsewhere.</summary>
    /// <inheritdoc cref="WhereLess"/>
    internal static abstract V WhereEqual(V a, V b, V x, V y);

    /// <summary>The larger of a, a number, and b; NaN where b is NaN, and either of them where both are 0. One instruction where
    /// <see cref="Max"/> takes three.</summary>
    internal static abstract V MaxOrSecond(V a, V b);

    /// <summary>The smaller of a, a number, and b; NaN where b is NaN, and either of them where both are 0.</summary>
    /// <inheritdoc cref="MaxOrSecond"/>
    internal static abstract V MinOrSecond(V a, V b);

    /// <summary>The larger of two sizes, numbers that are 0 or more, or NaN; NaN where either is NaN. One instruction in float instead of
    /// four: numbers without a sign are in the order of their bits, and NaN behind them all.</summary>
    internal static abstract V MaxOfSizes(V a, V b);

    /// <summary>x^(−1/3) of normal numbers x > 0, to within 4 %; anything for others.</summary>
    internal static abstract V GuessInverseCubeRoot(V x);

    /// <summary>Loads <see cref="Count"/> elements from any address.</summary>
    internal static abstract unsafe V Load(T* source);

    /// <summary>All elements the one at an address.</summary>
    internal static abstract unsafe V Broadcast(T* source);

    /// <summary>Stores <see cref="Count"/> elements to any address.</summary>
    internal static abstract unsafe void Store(T* target, V value);

    /// <summary>Stores to an address aligned to the register, past the caches.</summary>
    internal static abstract unsafe void Stream(T* target, V value);

    /// <summary>Loads the elements of a <see cref="First"/> mask, zeros elsewhere; touches no memory outside the mask.</summary>
    internal static abstract unsafe V Load(T* source, V mask, int count);

    /// <summary>Loads the elements behind a <see cref="First"/> mask, zeros within it; touches no memory of the mask's.</summary>
    internal static abstract unsafe V LoadBehind(T* source, V mask, int count);

    /// <summary>Stores the elements of a <see cref="First"/> mask; touches no memory outside the mask.</summary>
    internal static abstract unsafe void Store(T* target, V value, V mask, int count);
}

/// <summary>Operations composed of those of <see cref="IVector{V, T}"/>.</summary>
public static class VectorOperations
{
    /// <summary>sign(a): 1, −1, and a itself where it is 0 or NaN.</summary>
    /// <typeparam name="V">The vector type.</typeparam>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="a">The operand.</param>
    /// <returns>The sign, elementwise.</returns>
    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.AggressiveInlining)]
    public static V Sign<V, T>(V a)
        where V : struct, IVector<V, T>
        where T : unmanaged =>
        V.WhereLess(V.Zero, V.Abs(a), V.CopySign(V.Broadcast(1), a), a);

    /// <summary>
    /// a / b, and 0 where b is 0: decides 0/0 where a denominator may vanish with its numerator. Where only the denominator
    /// has vanished (the square of a tiny gradient underflows), 0 is the only direction that does not destroy p.
    /// </summary>
    /// <typeparam name="V">The vector type.</typeparam>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="a">The numerator.</param>
    /// <param name="b">The denominator.</param>
    /// <returns>The quotient, elementwise.</returns>
    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.AggressiveInlining)]
    public static V DivideOrZero<V, T>(V a, V b)
        where V : struct, IVector<V, T>
        where T : unmanaged =>
        V.WhereEqual(b, V.Zero, V.Zero, a / b);
}
