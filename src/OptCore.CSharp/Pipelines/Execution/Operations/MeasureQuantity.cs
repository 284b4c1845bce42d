using OptCore.Kernels;

namespace OptCore;

/// <summary>A vector of the running step: the update, the parameters, or a slot before or after its rules.</summary>
/// <param name="Source">The update or the parameters; null for a slot.</param>
/// <param name="Lane">The lane of the slot.</param>
/// <param name="IsStored">Whether a rule of this step has stored the slot.</param>
internal readonly record struct Operand(Source? Source, int Lane, bool IsStored)
{
    /// <summary>The vector, of which some tensors are needed.</summary>
    public ReadOnlySpan<T> In<T>(StepMemory<T> memory, int[] tensors)
        where T : unmanaged =>
        Source is { } source ? memory.Whole(source, tensors) : IsStored ? memory.Slot(Lane) : memory.OldSlot(Lane);

    /// <summary>One tensor of the vector.</summary>
    public ReadOnlySpan<T> In<T>(StepMemory<T> memory, int tensor, ElementRange range)
        where T : unmanaged =>
        Source is { } source ? memory.Of(source, tensor, range) : range.Of(IsStored ? memory.Slot(Lane) : memory.OldSlot(Lane));
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
        var measured = memory.Context.MeasuredValues;
        if (!result.PerTensor)
        {
            var x = of.In(memory, tensors);
            var y = and is { } second ? second.In(memory, tensors) : [];
            measured[result.Index] = Quantities.Of(quantity, x, y, ranges);
            return;
        }

        for (var i = 0; i < tensors.Length; i++)
        {
            var (tensor, range) = (tensors[i], ranges[i]);
            var x = of.In(memory, tensor, range);
            var y = and is { } second ? second.In(memory, tensor, range) : [];
            measured[result.Index + tensor] = Quantities.Of(quantity, x, y, [new ElementRange(0, range.Length)]);
        }
    }
}
