using System.Numerics;

namespace OptCore;

/// <summary>
/// The names and shapes of the tensors inside one flat parameter vector, one behind the other in the order of their
/// declaration, row-major. Immutable; compared by content. A plain array is one tensor named <c>parameters</c>.
/// </summary>
/// <example><code>Layout.Empty.Add("w1", 3, 4).Add("b1", 4)</code></example>
public sealed class Layout : IEquatable<Layout>
{
    /// <summary>The name of the only tensor of a plain array.</summary>
    public const string PlainName = "parameters";

    private readonly TensorInfo[] _tensors;

    // By name, for layouts of thousands of tensors.
    private Dictionary<string, int>? _indices;

    private Layout(TensorInfo[] tensors)
    {
        _tensors = tensors;
        Length = tensors.Length == 0 ? 0 : tensors[^1].End;
    }

    /// <summary>No tensor: the start of a layout, and a legal one.</summary>
    public static Layout Empty { get; } = new([]);

    /// <summary>The tensors, in the order of their offsets.</summary>
    public IReadOnlyList<TensorInfo> Tensors => _tensors;

    /// <summary>The length of the flat vector.</summary>
    public int Length { get; }

    /// <summary>The tensor of a given name.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="ArgumentException">There is no such tensor; the message names those there are.</exception>
    public TensorInfo this[string name] =>
        IndexOf(name) is var index and >= 0
            ? _tensors[index]
            : throw new ArgumentException($"The layout has no tensor \"{name}\"; it has: {Names}.", nameof(name));

    internal string Names => _tensors.Length == 0 ? "none" : string.Join(", ", _tensors.Select(tensor => $"\"{tensor.Name}\""));

    /// <summary>The layout of a plain array: one tensor named <c>parameters</c>.</summary>
    /// <param name="length">The length of the array, ≥ 0.</param>
    /// <returns>The layout.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative.</exception>
    public static Layout Plain(int length) => Empty.Add(PlainName, length);

    /// <summary>The layout of several tensors.</summary>
    /// <param name="tensors">Names and shapes, in the order of the flat vector.</param>
    /// <returns>The layout.</returns>
    /// <exception cref="ArgumentException">A name is empty or stands twice, an axis is negative, or the vector is too long.</exception>
    public static Layout Of(IEnumerable<(string Name, int[] Shape)> tensors)
    {
        var list = new List<TensorInfo>();
        var names = new HashSet<string>();
        foreach (var (name, shape) in Require.NotNull(tensors))
        {
            list.Add(Next(name, shape, list.Count == 0 ? 0 : list[^1].End, names.Contains(name)));
            names.Add(name);
        }

        return new Layout([.. list]);
    }

    /// <summary>This layout with one more tensor at its end.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="shape">The lengths of its axes, each ≥ 0; none for a scalar.</param>
    /// <returns>A new layout; this one is unchanged.</returns>
    /// <exception cref="ArgumentException">The name is empty or already there.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An axis is negative, or the vector gets longer than an array can be.</exception>
    public Layout Add(string name, params int[] shape) =>
        new([.. _tensors, Next(name, shape, Length, taken: _tensors.Length > 0 && Has(name))]);

    /// <inheritdoc/>
    public bool Equals(Layout? other) => ReferenceEquals(this, other) || (other is not null && _tensors.SequenceEqual(other._tensors));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Layout);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var tensor in _tensors)
        {
            hash.Add(tensor);
        }

        return hash.ToHashCode();
    }

    /// <summary>The tensors with their shapes: <c>w1[3, 4], b1[4]</c>.</summary>
    /// <returns>The text.</returns>
    public override string ToString() =>
        _tensors.Length == 0 ? "(no tensors)" : string.Join(", ", _tensors.Select(tensor => tensor.ToString()));

    /// <summary>The index of the tensor of a name, or −1.</summary>
    internal int IndexOf(string name)
    {
        var indices = _indices ??= Enumerable.Range(0, _tensors.Length).ToDictionary(i => _tensors[i].Name);
        return name is not null && indices.TryGetValue(name, out var index) ? index : -1;
    }

    /// <summary>The tensor that contains an element of the flat vector.</summary>
    internal TensorInfo At(int element) => _tensors.First(tensor => element >= tensor.Offset && element < tensor.End);

    private bool Has(string name) => Array.Exists(_tensors, tensor => tensor.Name == name);

    private static TensorInfo Next(string name, int[] shape, int offset, bool taken)
    {
        if (Refusal(name, taken) is { } refusal)
        {
            throw refusal;
        }

        long elements = 1;
        foreach (var axis in Require.NotNull(shape))
        {
            if (axis < 0)
            {
                throw Negative(name, axis, nameof(shape));
            }

            // Saturates far above the longest array, so that a later axis of 0 still gives 0.
            elements = Math.Min(elements * axis, uint.MaxValue);
        }

        return offset + elements <= Array.MaxLength
            ? new TensorInfo(name, (int[])shape.Clone(), offset, (int)elements)
            : throw TooLong(shape, offset);
    }

    private static ArgumentException? Refusal(string name, bool taken) =>
        string.IsNullOrEmpty(name) ? new ArgumentException("The name of a tensor is empty.", nameof(name))
        : !IsLine(name) ? NoLine(name)
        : taken ? Taken(name)
        : null;

    // Names are written into files of names and into text: one line each, of whole characters.
    private static bool IsLine(string name)
    {
        for (var i = 0; i < name.Length; i++)
        {
            if (char.IsControl(name[i])
                || (char.IsSurrogate(name[i]) && !(i + 1 < name.Length && char.IsSurrogatePair(name, i++))))
            {
                return false;
            }
        }

        return true;
    }

    private static ArgumentException NoLine(string name) => new(
        $"The name of a tensor is {Quoted.Write(name)}; control characters and halves of surrogate pairs cannot stand in it.",
        nameof(name));

    private static ArgumentException Taken(string name) =>
        new($"The layout has the tensor \"{name}\" already; each name may stand once.", nameof(name));

    private static ArgumentOutOfRangeException Negative(string name, int axis, string parameter) => new(
        parameter, axis, FormattableString.Invariant($"\"{name}\" has an axis of length {axis}; the range is 0 ≤ value."));

    private static ArgumentOutOfRangeException TooLong(int[] shape, int offset) =>
        Require.Outside(
            nameof(shape),
            offset + shape.Aggregate(BigInteger.One, (product, axis) => product * axis),
            $"at most {Array.MaxLength} elements in all");
}
