namespace OptCore;

/// <summary>The order in which stages run: by phase, and within a phase as they were added.</summary>
internal static class PhaseOrder
{
    /// <summary>Inserts behind everything of the same phase or an earlier one.</summary>
    public static void Insert<TItem>(List<TItem> items, TItem item, Func<TItem, Phase> phaseOf)
        where TItem : class
    {
        var phase = phaseOf(item);
        var place = items.Count;
        while (place > 0 && phaseOf(items[place - 1]) > phase)
        {
            place--;
        }

        items.Insert(place, item);
    }
}
