namespace OptCore.Kernels;

/// <summary>
/// Memory for what a rule on tensors works out on the way: some vectors of doubles that grow to what the largest tensor needs and then
/// stay, and products of matrices in it. Owned by a program, of which one step runs at a time; what is in it does not last from one
/// call to the next.
/// </summary>
/// <param name="threads">The largest number of threads of a product.</param>
internal sealed unsafe class Scratch(int threads = 1)
{
    private readonly SharedProduct<double> _product = new();
    private AlignedBuffer<double>[] _vectors = [];
    private int[] _order = [];

    /// <summary>One of the vectors, with whatever it held. Valid until it is asked for with a greater length.</summary>
    /// <param name="place">Which one: 0, 1, 2, …</param>
    /// <param name="length">Its length.</param>
    public Span<double> Vector(int place, int length) => new(Origin(place, length), length);

    /// <summary>One of the vectors, as zeros.</summary>
    /// <inheritdoc cref="Vector"/>
    public Span<double> Zeros(int place, int length)
    {
        var vector = Vector(place, length);
        vector.Clear();
        return vector;
    }

    /// <summary>One of the vectors as a matrix, its rows one after the other.</summary>
    /// <inheritdoc cref="Vector"/>
    public MatrixView<double> Matrix(int place, int rows, int columns) => new(Origin(place, checked(rows * columns)), columns);

    /// <summary>C ← C + A·B; the arguments are those of <see cref="MatrixProduct.Add{T}"/>.</summary>
    public void Add(MatrixView<double> a, MatrixView<double> b, MatrixView<double> c, int rows, int depth, int columns) =>
        _product.Add(a, b, c, rows, depth, columns, threads);

    /// <summary>Memory for an order of so many things, with whatever it held.</summary>
    public Span<int> Order(int length)
    {
        if (_order.Length < length)
        {
            _order = new int[length];
        }

        return _order.AsSpan(0, length);
    }

    private double* Origin(int place, int length)
    {
        if (place >= _vectors.Length)
        {
            var first = _vectors.Length;
            Array.Resize(ref _vectors, place + 1);
            for (var i = first; i <= place; i++)
            {
                _vectors[i] = new(0, 1);
            }
        }

        if (_vectors[place].Length < length)
        {
            _vectors[place] = new(length, 1);
        }

        return _vectors[place].Origin;
    }
}
