namespace OptModels;

/// <summary>
/// Eight doubles, in as many vector registers as the hardware needs. Every implementation does the same operations in
/// the same order, so the width of the registers does not show in the bits (on hardware with fused multiply-add).
/// </summary>
internal interface IOctet<TSelf>
    where TSelf : struct, IOctet<TSelf>
{
    /// <summary>The number of elements, 8.</summary>
    const int Count = 8;

    /// <summary>
    /// The first eight elements of a span of at least eight floats or doubles; floats are widened exactly.
    /// </summary>
    static abstract TSelf Load<T>(ReadOnlySpan<T> source)
        where T : unmanaged;

    /// <summary>Eight times the same value.</summary>
    static abstract TSelf Broadcast(double value);

    /// <summary>ab + c with one rounding where the hardware can.</summary>
    static abstract TSelf MultiplyAdd(TSelf a, TSelf b, TSelf c);

    /// <summary>Writes all eight to the start of a span of at least eight.</summary>
    void Store(Span<double> target);

    /// <summary>((x0 + x4) + (x2 + x6)) + ((x1 + x5) + (x3 + x7)).</summary>
    double Sum();
}
