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

/// <summary>The elements of tensors with one rate.</summary>
/// <param name="Rate">The index of the rate; −1 where rates do not count.</param>
/// <param name="Ranges">The elements.</param>
internal readonly record struct RatedRanges(int Rate, ElementRange[] Ranges);

/// <summary>
/// A quantity over the scope; threads share the chunks of what is large. Where ranks share the parameters each of them measures
/// all, gathered.
/// </summary>
internal sealed class MeasureQuantity<T>(
    Quantity quantity,
    Operand[] vectors,
    Func<StepContext, bool>? when,
    int[] tensors,
    RatedRanges[] groups,
    Measure result,
    int threads,
    Shard? shard) : Operation<T>
    where T : unmanaged
{
    private readonly SharedSums<T>?[] _shared = Array.ConvertAll(groups, group => SharedSums<T>.For(group.Ranges, threads));

    public override string Stages => "none";

    public override Reach Reach => Reach.Elements;

    public override string Describe() =>
        $"measure   {quantity} over {groups.Sum(group => ElementRange.Total(group.Ranges))} elements"
        + (shard is null ? string.Empty : $", gathered from {shard.Ranks.Size} ranks");

    public override void Run(StepMemory<T> memory, double[] rates)
    {
        var step = memory.Context;
        if (when is not null && !when(step))
        {
            return;
        }

        var given = new Vectors<T>(At(memory, 0), At(memory, 1), At(memory, 2));
        var epsilon = quantity.Epsilon?.Invoke(step) ?? 0;
        double sum = 0;
        for (var i = 0; i < groups.Length; i++)
        {
            var (rate, ranges) = groups[i];
            var measured = Quantities.Of(quantity, given, epsilon, ranges, memory.IsShared ? _shared[i] : null);
            sum = rate < 0 ? measured : sum + (rates[rate] * measured);
        }

        step.MeasuredValues[result.Index] = sum;
    }

    private ReadOnlySpan<T> At(StepMemory<T> memory, int place)
    {
        if (place >= vectors.Length)
        {
            return [];
        }

        var own = vectors[place].In(memory, tensors);
        return shard is null ? own : shard.All(own, place);
    }
}

/// <summary>A quantity of every tensor in scope; threads share the chunks of large ones.</summary>
internal sealed class MeasureTensorQuantity<T>(
    Quantity quantity,
    Operand[] vectors,
    Func<StepContext, bool>? when,
    ElementRange[] ranges,
    int[] tensors,
    Measure result,
    int threads) : Operation<T>
    where T : unmanaged
{
    private readonly SharedSums<T>?[] _shared =
        Array.ConvertAll(ranges, range => SharedSums<T>.For([new ElementRange(0, range.Length)], threads));

    public override string Stages => "none";

    public override Reach Reach => Reach.Tensors;

    public override string Describe() => $"measure   {quantity} of each of {tensors.Length} tensors";

    public override void Run(StepMemory<T> memory, double[] rates)
    {
        var step = memory.Context;
        var epsilon = quantity.Epsilon?.Invoke(step) ?? 0;
        for (var i = 0; i < tensors.Length; i++)
        {
            step.Tensor = tensors[i];
            if (when is null || when(step))
            {
                var given = new Vectors<T>(At(memory, 0, i), At(memory, 1, i), At(memory, 2, i));
                step.MeasuredValues[result.Index + tensors[i]] =
                    Quantities.Of(quantity, given, epsilon, [new ElementRange(0, ranges[i].Length)], memory.IsShared ? _shared[i] : null);
            }
        }
    }

    private ReadOnlySpan<T> At(StepMemory<T> memory, int place, int index) =>
        place < vectors.Length ? vectors[place].In(memory, tensors[index], ranges[index]) : [];
}
