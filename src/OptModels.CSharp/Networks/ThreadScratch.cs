using OptCore.Kernels;

namespace OptModels.Networks;

/// <summary>Memory of the calling thread that lives until it is taken again.</summary>
/// <typeparam name="T">float or double.</typeparam>
internal static class ThreadScratch<T>
    where T : unmanaged
{
    [ThreadStatic]
    private static AlignedBuffer<T>?[]? _buffers;

    /// <summary>A row of at least the given length; its content is unspecified.</summary>
    /// <param name="slot">0 or 1: which of the two.</param>
    /// <param name="length">The number of elements.</param>
    public static MatrixView<T> Take(int slot, int length)
    {
        var buffers = _buffers ??= new AlignedBuffer<T>?[2];
        if (buffers[slot] is not { } buffer || buffer.Length < length)
        {
            buffers[slot] = buffer = new AlignedBuffer<T>(length, 1);
        }

        return MatrixView.Of(buffer, buffer.Length);
    }
}
