using System.Numerics;

namespace OptCore;

/// <summary>Fills the slots of a state before the first step, in memory that is zero.</summary>
internal static class InitialState
{
    public static void Fill<T>(ResolvedOptimizer model, StateStore<T> store)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach (var slot in model.Slots)
        {
            var spec = slot.Spec;
            if (spec.Kind == SlotKind.Scalar)
            {
                store.Scalars[slot.Index] = spec.Initial;
            }
            else if (spec.Start != SlotStart.Constant || BitConverter.DoubleToInt64Bits(spec.Initial) != 0)
            {
                FillPlaces(model, slot, store);
            }
        }
    }

    private static void FillPlaces<T>(ResolvedOptimizer model, ResolvedSlot slot, StateStore<T> store)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach (var place in SlotPlaces.Of(model, slot))
        {
            Fill(model, slot.Spec, place, store);
        }
    }

    private static void Fill<T>(ResolvedOptimizer model, SlotSpec spec, SlotPlace place, StateStore<T> store)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        switch (place.Storage)
        {
            case SlotStorage.Numbers:
                foreach (ref var number in store.Numbers(place))
                {
                    number = spec.Initial;
                }

                break;
            case SlotStorage.Counts:
                foreach (ref var number in store.Integers(place))
                {
                    number = checked((long)spec.Initial);
                }

                break;
            default:
                FillElements(model, spec, place, store);
                break;
        }
    }

    private static void FillElements<T>(ResolvedOptimizer model, SlotSpec spec, SlotPlace place, StateStore<T> store)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var target = store.Vector(place);
        switch (spec.Start)
        {
            case SlotStart.Parameters:
                store.Buffer[0].Slice(place.Tensor!.Offset, place.Length).CopyTo(target);
                break;
            case SlotStart.Rate:
                target.Fill(T.CreateTruncating(model.Rates[model.RateOfTensor[model.Layout.IndexOf(place.Tensor!.Name)]].At(0)));
                break;
            default:
                target.Fill(T.CreateTruncating(spec.Initial));
                break;
        }
    }
}
