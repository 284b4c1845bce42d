namespace OptCore;

/// <summary>
/// The axes of a tensor that get a square matrix of state each, for stages that work on all axes of a tensor: those that are not too
/// long, of tensors of rank ≥ 2 (or 1). A slot has the matrices of a tensor one after the other.
/// </summary>
internal static class CoveredAxes
{
    /// <summary>Whether an axis of a tensor is covered.</summary>
    public static bool Contains(ReadOnlySpan<int> shape, int axis, int maximumSize, bool vectors) =>
        shape.Length >= (vectors ? 1 : 2) && shape[axis] <= maximumSize;

    /// <summary>How many axes of a tensor are covered.</summary>
    public static int Count(ReadOnlySpan<int> shape, int maximumSize, bool vectors)
    {
        var count = 0;
        for (var axis = 0; axis < shape.Length; axis++)
        {
            count += Contains(shape, axis, maximumSize, vectors) ? 1 : 0;
        }

        return count;
    }

    /// <summary>The shape of a slot with the matrices of all covered axes; one number for each element where none is covered
    /// and <paramref name="otherwise"/> says so.</summary>
    public static IReadOnlyList<int> Shape(IReadOnlyList<int> shape, int maximumSize, bool vectors, bool otherwise)
    {
        if (shape.Contains(0))
        {
            return [0];
        }

        int[] axes = [.. shape];
        if (Count(axes, maximumSize, vectors) == 0)
        {
            return otherwise ? shape : [0];
        }

        var length = 0;
        for (var axis = 0; axis < axes.Length; axis++)
        {
            length = Contains(axes, axis, maximumSize, vectors) ? checked(length + (axes[axis] * axes[axis])) : length;
        }

        return [length];
    }
}
