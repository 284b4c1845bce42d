using System.Globalization;
using System.Numerics;

namespace OptCore;

/// <summary>
/// The values of one named slot: what <see cref="State{T}.Read"/> gives and <see cref="Plan{T}.Restore"/> takes. Immutable;
/// exactly one of <see cref="Elements"/>, <see cref="Numbers"/> and <see cref="Counts"/> holds values.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class SlotValues<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T[]? _elements;
    private readonly double[]? _numbers;
    private readonly long[]? _counts;

    private SlotValues(string name, T[]? elements, double[]? numbers, long[]? counts) =>
        (Name, _elements, _numbers, _counts) = (Require.NotNull(name), elements, numbers, counts);

    /// <summary>The slot's full name: <c>adam.m</c>.</summary>
    public string Name { get; }

    /// <summary>A copy of the values of an element slot, tensor by tensor; empty for other kinds.</summary>
    [System.Diagnostics.DebuggerBrowsable(System.Diagnostics.DebuggerBrowsableState.Never)]
    public T[] Elements => [.. _elements ?? []];

    /// <summary>A copy of the doubles of a scalar or a slot with one per tensor; empty for other kinds.</summary>
    [System.Diagnostics.DebuggerBrowsable(System.Diagnostics.DebuggerBrowsableState.Never)]
    public double[] Numbers => [.. _numbers ?? []];

    /// <summary>A copy of the integers of a counter or a generator; empty for other kinds.</summary>
    [System.Diagnostics.DebuggerBrowsable(System.Diagnostics.DebuggerBrowsableState.Never)]
    public long[] Counts => [.. _counts ?? []];

    /// <summary>The number of values.</summary>
    public int Length => _elements?.Length ?? _numbers?.Length ?? _counts!.Length;

    internal SlotStorage Storage =>
        _elements is not null ? SlotStorage.Vector : _numbers is not null ? SlotStorage.Numbers : SlotStorage.Counts;

    /// <summary>Values of an element slot, as long as all its tensors together.</summary>
    /// <param name="name">The slot's full name.</param>
    /// <param name="values">The values, tensor by tensor. Copied.</param>
    /// <returns>The named values.</returns>
    public static SlotValues<T> OfElements(string name, ReadOnlySpan<T> values) => new(name, values.ToArray(), null, null);

    /// <summary>The double of a scalar slot, or one double per tensor of the layout.</summary>
    /// <param name="name">The slot's full name.</param>
    /// <param name="values">The values. Copied.</param>
    /// <returns>The named values.</returns>
    public static SlotValues<T> OfNumbers(string name, ReadOnlySpan<double> values) => new(name, null, values.ToArray(), null);

    /// <summary>The value of a counter, or the state of a generator.</summary>
    /// <param name="name">The slot's full name.</param>
    /// <param name="value">The integer.</param>
    /// <returns>The named value.</returns>
    public static SlotValues<T> OfCount(string name, long value) => new(name, null, null, [value]);

    internal static SlotValues<T> Read(StateStore<T> store, string name, SlotStorage storage, SlotPlace[] all)
    {
        return storage switch
        {
            SlotStorage.Vector => new(name, Concat(all, place => store.Vector(place)), null, null),
            SlotStorage.Numbers => new(name, null, Concat(all, place => store.Numbers(place)), null),
            _ => new(name, null, null, Concat(all, place => store.Integers(place))),
        };
    }

    internal void Write(StateStore<T> store, IEnumerable<SlotPlace> places)
    {
        var next = 0;
        foreach (var place in places)
        {
            switch (place.Storage)
            {
                case SlotStorage.Vector:
                    _elements.AsSpan(next, place.Length).CopyTo(store.Vector(place));
                    break;
                case SlotStorage.Numbers:
                    _numbers.AsSpan(next, place.Length).CopyTo(store.Numbers(place));
                    break;
                default:
                    _counts.AsSpan(next, place.Length).CopyTo(store.Integers(place));
                    break;
            }

            next += place.Length;
        }
    }

    /// <summary>One line: <c>adam.m: 20 numbers [0.1; 0.2; 0; 0; …]</c>.</summary>
    /// <returns>The text.</returns>
    public override string ToString()
    {
        var shown = _elements is not null ? Shown(_elements) : _numbers is not null ? Shown(_numbers) : Shown(_counts!);
        return string.Create(CultureInfo.InvariantCulture, $"{Name}: {Length} numbers [{shown}]");
    }

    private static string Shown<TValue>(TValue[] values)
        where TValue : IFormattable =>
        string.Join("; ", values.Take(4).Select(value => value.ToString("G6", CultureInfo.InvariantCulture)))
            + (values.Length > 4 ? "; …" : string.Empty);

    private static TValue[] Concat<TValue>(SlotPlace[] places, Reader<TValue> read)
        where TValue : unmanaged
    {
        var values = new TValue[places.Sum(place => place.Length)];
        var next = 0;
        foreach (var place in places)
        {
            read(place).CopyTo(values.AsSpan(next));
            next += place.Length;
        }

        return values;
    }

    private delegate Span<TValue> Reader<TValue>(SlotPlace place);
}
