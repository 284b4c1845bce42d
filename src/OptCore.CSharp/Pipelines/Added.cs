namespace OptCore;

/// <summary>What words have added, one behind the other: each knows those before it, so that a word copies nothing.</summary>
/// <param name="before">What was there before; null for nothing.</param>
/// <param name="item">What is added.</param>
internal sealed class Added<TItem>(Added<TItem>? before, TItem item)
{
    private readonly int _count = before is null ? 1 : before._count + 1;

    /// <summary>All of them, in the order in which they were added.</summary>
    public static TItem[] ToArray(Added<TItem>? last)
    {
        if (last is null)
        {
            return [];
        }

        var all = new TItem[last._count];
        for (var one = last; one is not null; one = one.Before)
        {
            all[one._count - 1] = one.Item;
        }

        return all;
    }

    private Added<TItem>? Before => before;

    private TItem Item => item;
}
