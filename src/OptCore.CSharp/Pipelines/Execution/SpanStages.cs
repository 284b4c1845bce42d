using System.Numerics;
using OptCore.Kernels;

namespace OptCore;

/// <summary>Runs a stage that is given by a function on spans of doubles.</summary>
internal static class SpanStages
{
    public static void Build<V, T>(ISpanStage stage, SitedStage site, Model model, Frame<T> frame, StageBuilder<V, T> builder)
        where V : struct, IVector<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var ranges = model.Ranges(site.Tensors);
        var length = (int)Kernels.Range.Total(ranges);
        var changesParameters = stage.Phase >= Phase.Constraint;
        var vector = new double[length];
        var parameters = changesParameters ? vector : new double[length];
        var specs = stage.Slots;
        var slots = specs.Select(spec => new double[spec.Kind switch
        {
            SlotKind.Element => length,
            SlotKind.PerTensor => model.Layout.Tensors.Count,
            _ => 1,
        }]).ToArray();

        builder.Vector(changesParameters ? Measured.Parameters : Measured.Update, (values, step) =>
        {
            Widen<T>(values, vector);
            if (!changesParameters)
            {
                Gather(frame[Source.OldParameters], ranges, parameters);
            }

            for (var i = 0; i < specs.Count; i++)
            {
                Read(site.Slots[specs[i].Name], slots[i], frame, ranges);
            }

            stage.Apply(new SpanStep(changesParameters ? [] : vector, parameters, slots, specs, step.Number, step.Rate));
            Narrow(vector, values);
            for (var i = 0; i < specs.Count; i++)
            {
                Write(site.Slots[specs[i].Name], slots[i], frame, ranges);
            }
        });
    }

    private static void Read<T>(SitedSlot slot, double[] values, Frame<T> frame, Kernels.Range[] ranges)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        switch (slot.Spec.Kind)
        {
            case SlotKind.Element:
                Gather(frame.OldSlot(new ElementSlot(slot.Index)), ranges, values);
                break;
            case SlotKind.Scalar or SlotKind.PerTensor:
                frame.Context.ScalarValues.AsSpan(slot.Index, values.Length).CopyTo(values);
                break;
            default:
                values[0] = frame.Context.CountValues[slot.Index];
                break;
        }
    }

    private static void Write<T>(SitedSlot slot, double[] values, Frame<T> frame, Kernels.Range[] ranges)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        switch (slot.Spec.Kind)
        {
            case SlotKind.Element:
                var target = frame.Slot(new ElementSlot(slot.Index));
                var next = 0;
                foreach (var range in ranges)
                {
                    Narrow<T>(values.AsSpan(next, range.Length), range.Of(target));
                    next += range.Length;
                }

                break;
            case SlotKind.Scalar or SlotKind.PerTensor:
                values.CopyTo(frame.Context.ScalarValues.AsSpan(slot.Index));
                break;
            default:
                frame.Context.CountValues[slot.Index] = (long)values[0];
                break;
        }
    }

    private static void Gather<T>(ReadOnlySpan<T> vector, Kernels.Range[] ranges, Span<double> gathered)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach (var range in ranges)
        {
            Widen(range.Of(vector), gathered);
            gathered = gathered[range.Length..];
        }
    }

    private static void Widen<T>(ReadOnlySpan<T> from, Span<double> to)
        where T : unmanaged
    {
        for (var i = 0; i < from.Length; i++)
        {
            to[i] = Reduction.Widen(from[i]);
        }
    }

    private static void Narrow<T>(ReadOnlySpan<double> from, Span<T> to)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < from.Length; i++)
        {
            to[i] = T.CreateTruncating(from[i]);
        }
    }
}
