using OptCore.Kernels;

namespace OptCore;

/// <summary>A vector of the running step: the update, the parameters, or a slot before or after its rules.</summary>
/// <param name="Source">The update or the parameters; null for a slot.</param>
/// <param name="Lane">The lane of the slot.</param>
/// <param name="IsStored">Whether a rule of this step has stored the slot.</param>
internal readonly record struct Operand(Source? Source, int Lane, bool IsStored)
{
    public ReadOnlySpan<T> In<T>(StepMemory<T> memory)
        where T : unmanaged =>
        Source is { } source ? memory[source] : IsStored ? memory.Slot(Lane) : memory.OldSlot(Lane);
}

/// <summary>A quantity over the scope, or of every tensor in it.</summary>
internal sealed class MeasureQuantity<T>(
    Quantity quantity, Operand of, Operand? and, ElementRange[] ranges, int[] tensors, Measure result) : Operation<T>
    where T : unmanaged
{
    public override string Stages => "none";

    public override Reach Reach => result.PerTensor ? Reach.Tensors : Reach.Elements;

    public override string Describe() =>
        $"measure   {quantity} "
        + $"{(result.PerTensor ? $"of each of {tensors.Length} tensors" : $"over {ElementRange.Total(ranges)} elements")}";

    public override void Run(StepMemory<T> memory, double[] rates)
    {
        var x = of.In(memory);
        var y = and is { } second ? second.In(memory) : [];
        var measured = memory.Context.MeasuredValues;
        if (!result.PerTensor)
        {
            measured[result.Index] = Quantities.Of(quantity, x, y, ranges);
            return;
        }

        for (var i = 0; i < tensors.Length; i++)
        {
            measured[result.Index + tensors[i]] = Quantities.Of(quantity, x, y, ranges.AsSpan(i, 1));
        }
    }
}
