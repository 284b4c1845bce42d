using System.Numerics;

namespace OptCore;

/// <summary>Fills the slots of a state before the first step.</summary>
internal static class InitialState
{
    public static void Fill<T>(ResolvedOptimizer model, StateStore<T> store)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach (var slot in model.Slots)
        {
            switch (slot.Spec.Kind)
            {
                case SlotKind.Element:
                    FillElements(model, slot, store);
                    break;
                case SlotKind.Shaped:
                    store.Shaped.AsSpan(slot.Index, slot.Length).Fill(T.CreateTruncating(slot.Spec.Initial));
                    break;
                case SlotKind.PerTensor:
                    store.Scalars.AsSpan(slot.Index, model.Layout.Tensors.Count).Fill(slot.Spec.Initial);
                    break;
                case SlotKind.Scalar:
                    store.Scalars[slot.Index] = slot.Spec.Initial;
                    break;
                default:
                    store.Counts[slot.Index] = checked((long)slot.Spec.Initial);
                    break;
            }
        }
    }

    private static void FillElements<T>(ResolvedOptimizer model, ResolvedSlot slot, StateStore<T> store)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var lane = store.Buffer[slot.Index];
        for (var i = 0; i < model.Layout.Tensors.Count; i++)
        {
            if (!slot.Owner.Tensors.Contains(i))
            {
                continue;
            }

            var tensor = model.Layout.Tensors[i];
            var target = lane.Slice(tensor.Offset, tensor.Length);
            switch (slot.Spec.Start)
            {
                case SlotStart.Parameters:
                    store.Buffer[0].Slice(tensor.Offset, tensor.Length).CopyTo(target);
                    break;
                case SlotStart.Rate:
                    target.Fill(T.CreateTruncating(model.Rates[model.RateOfTensor[i]].At(0)));
                    break;
                default:
                    // New memory is zero.
                    if (BitConverter.DoubleToInt64Bits(slot.Spec.Initial) != 0)
                    {
                        target.Fill(T.CreateTruncating(slot.Spec.Initial));
                    }

                    break;
            }
        }
    }
}
