using OptCore.Kernels;

namespace OptCore;

/// <summary>A rule on every tensor in scope.</summary>
internal sealed class ApplyToTensors<T>(
    TensorRule<T> rule,
    Source parameters,
    Region[] regions,
    IReadOnlyList<TensorInfo> tensors,
    TensorSlots<T> slots,
    int origin,
    string stage) : Operation<T>
    where T : unmanaged
{
    public override string Stages => stage;

    public override Reach Reach => Reach.Tensors;

    public override string Describe() => $"rule      on each of {regions.Sum(region => region.Tensors.Length)} tensors";

    public override void Run(StepMemory<T> memory, double[] rates)
    {
        var update = memory[Source.Update];
        var step = memory.Context;
        foreach (var region in regions)
        {
            region.SetRates(step, rates);
            foreach (var index in region.Tensors)
            {
                var range = new ElementRange(tensors[index].Offset, tensors[index].End);
                step.Tensor = index;
                slots.Carry(index);
                rule(
                    new(
                        slots.Shapes[index],
                        range.Of(update),
                        memory.Of(parameters, index, range),
                        step,
                        slots,
                        origin + range.Start));
            }
        }
    }
}

/// <summary>The slots of a rule on tensors.</summary>
/// <param name="memory">The memory of the step.</param>
/// <param name="tensors">All tensors.</param>
/// <param name="slots">The slots, in the order of their names, and whether a rule of this step has stored them already.</param>
internal sealed class TensorSlots<T>(
    StepMemory<T> memory, IReadOnlyList<TensorInfo> tensors, (ResolvedSlot Slot, bool IsStored)[] slots) : ISlotsOfTensors<T>
    where T : unmanaged
{
    private readonly int[][] _shapes = [.. tensors.Select(tensor => tensor.Shape.ToArray())];

    /// <summary>The shapes of all tensors.</summary>
    public IReadOnlyList<int[]> Shapes => _shapes;

    /// <summary>Brings the slots of a tensor that are still as before the step to where they are written.</summary>
    public void Carry(int tensor)
    {
        foreach (var (slot, isStored) in slots)
        {
            if (slot.Spec.Kind == SlotKind.Element && !isStored && memory.Shift != 0)
            {
                var range = tensors[tensor].Offset..tensors[tensor].End;
                memory.OldSlot(slot.Index)[range].CopyTo(memory.Slot(slot.Index)[range]);
            }
        }
    }

    public Span<T> Slot(int index, int tensor)
    {
        var slot = slots[index].Slot;
        return slot.Spec.Kind == SlotKind.Element
            ? memory.Slot(slot.Index).Slice(tensors[tensor].Offset, tensors[tensor].Length)
            : slot.Pieces[tensor].In(memory.ShapedValues);
    }

    public ReadOnlySpan<int> Shape(int index, int tensor)
    {
        var slot = slots[index].Slot;
        return slot.Spec.Kind == SlotKind.Element ? _shapes[tensor] : slot.Pieces[tensor].Shape;
    }
}
