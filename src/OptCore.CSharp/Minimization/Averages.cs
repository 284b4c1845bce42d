using System.Numerics;

namespace OptCore;

/// <summary>Reads the averaged parameters out of a state.</summary>
internal static class Averages
{
    /// <summary>The first average of every tensor, the parameters where there is none; null if no tensor has one.</summary>
    public static T[]? Of<T>(State<T> state)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var slots = state.Plan.Resolved.Slots.Where(IsAverage).ToArray();
        if (slots.Length == 0)
        {
            return null;
        }

        var averaged = state.ToArray();
        var tensors = state.Plan.Layout.Tensors;
        for (var i = 0; i < tensors.Count; i++)
        {
            if (slots.FirstOrDefault(slot => slot.Owner.Tensors.Contains(i)) is { } slot)
            {
                var range = tensors[i].Offset..tensors[i].End;
                state.Store.Buffer[slot.Index][range].CopyTo(averaged.AsSpan(range));
            }
        }

        return averaged;
    }

    private static bool IsAverage(ResolvedSlot slot) =>
        slot.Spec.Kind == SlotKind.Element && slot.Owner.Stage is IAverage average && slot.Spec.Name == average.AverageSlot;
}
