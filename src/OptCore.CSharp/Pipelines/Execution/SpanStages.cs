using System.Numerics;
using OptCore.Compilation;
using OptCore.Kernels;

namespace OptCore;

/// <summary>Runs a stage that is given by a function on spans of doubles.</summary>
internal static class SpanStages
{
    public static void Build<V, T>(
        ISpanStage stage, ResolvedStage site, ResolvedOptimizer model, StepMemory<T> memory, PartCollector<V, T> builder)
        where V : struct, IVector<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var scope = model.Present(site);
        var ranges = model.Ranges(scope);
        var length = (int)ElementRange.Total(ranges);
        var changesParameters = stage.Phase >= Phase.Constraint;
        var vector = new double[length];
        var parameters = changesParameters ? vector : new double[length];
        var tensors = Tensors(model, scope);
        var sites = stage.Slots.Select(spec => site.Slots[spec.Name]).ToArray();
        var slots = sites.Select(slot => SlotOf(slot, length, scope, tensors)).ToArray();
        builder.MarkStored([.. stage.Slots.Select(spec => spec.Name)]);
        builder.Vector(changesParameters ? Measured.Parameters : Measured.Update, (values, step) =>
        {
            WideVectors.Widen<T>(values, vector);
            if (!changesParameters)
            {
                for (var i = 0; i < tensors.Length; i++)
                {
                    var tensor = model.Layout.Tensors[scope.Indices[i]];
                    var range = new ElementRange(tensor.Offset, tensor.End);
                    var target = parameters.AsSpan(tensors[i].Start, tensor.Length);
                    WideVectors.Widen<T>(memory.Of(Source.OldParameters, scope.Indices[i], range), target);
                }
            }

            for (var i = 0; i < sites.Length; i++)
            {
                Read(sites[i], slots[i], memory, ranges);
            }

            stage.Apply(new SpanStep(changesParameters ? [] : vector, parameters, slots, tensors, step));
            WideVectors.Narrow(vector, values);
            for (var i = 0; i < sites.Length; i++)
            {
                Write(sites[i], slots[i], memory, ranges);
            }
        });
    }

    private static SpanSlot SlotOf(ResolvedSlot slot, int elements, TensorSet scope, SpanTensor[] tensors) => slot.Spec.Kind switch
    {
        SlotKind.Element => new(slot.Spec.Name, elements, [.. tensors.Select(tensor => (tensor.Start, tensor.Length))]),
        SlotKind.Shaped => new(
            slot.Spec.Name,
            slot.Length,
            [.. scope.Indices.Select(index => (slot.Pieces[index].Start - slot.Index, slot.Pieces[index].Length))]),
        SlotKind.PerTensor => new(slot.Spec.Name, scope.Size, [.. scope.Indices.Select(index => (index, 1))]),
        SlotKind.Scalar => new(slot.Spec.Name, 1, [.. tensors.Select(_ => (0, 1))]),
        _ => new(slot.Spec.Name, 1, [], counts: true),
    };

    private static SpanTensor[] Tensors(ResolvedOptimizer model, TensorSet scope)
    {
        var tensors = new List<SpanTensor>();
        var start = 0;
        foreach (var index in scope.Indices)
        {
            var tensor = model.Layout.Tensors[index];
            tensors.Add(new SpanTensor(tensor.Name, tensor.Shape, start, tensor.Length));
            start += tensor.Length;
        }

        return [.. tensors];
    }

    private static void Read<T>(ResolvedSlot slot, SpanSlot span, StepMemory<T> memory, ElementRange[] ranges)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var values = span.Values;
        switch (slot.Spec.Kind)
        {
            case SlotKind.Element:
                Gather(memory.OldSlot(slot.Index), ranges, values);
                break;
            case SlotKind.Shaped:
                WideVectors.Widen<T>(memory.ShapedValues.AsSpan(slot.Index, slot.Length), values);
                break;
            case SlotKind.Scalar or SlotKind.PerTensor:
                memory.Context.ScalarValues.AsSpan(slot.Index, values.Length).CopyTo(values);
                break;
            default:
                span.Integers[0] = memory.Context.CountValues[slot.Index];
                break;
        }
    }

    private static void Write<T>(ResolvedSlot slot, SpanSlot span, StepMemory<T> memory, ElementRange[] ranges)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var values = span.Values;
        switch (slot.Spec.Kind)
        {
            case SlotKind.Element:
                var target = memory.Slot(slot.Index);
                var next = 0;
                foreach (var range in ranges)
                {
                    WideVectors.Narrow<T>(values.AsSpan(next, range.Length), range.Of(target));
                    next += range.Length;
                }

                break;
            case SlotKind.Shaped:
                WideVectors.Narrow<T>(values, memory.ShapedValues.AsSpan(slot.Index, slot.Length));
                break;
            case SlotKind.Scalar or SlotKind.PerTensor:
                values.CopyTo(memory.Context.ScalarValues.AsSpan(slot.Index));
                break;
            default:
                memory.Context.CountValues[slot.Index] = span.Integers[0];
                break;
        }
    }

    private static void Gather<T>(ReadOnlySpan<T> vector, ElementRange[] ranges, Span<double> gathered)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach (var range in ranges)
        {
            WideVectors.Widen(range.Of(vector), gathered);
            gathered = gathered[range.Length..];
        }
    }
}
