using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;

namespace OptCore;

/// <summary>Writes what <see cref="Plan{T}.Describe"/> returns.</summary>
internal static class PlanDescription
{
    public static string Of<T>(Plan<T> plan, Program<T> update)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var model = plan.Resolved;
        var size = Unsafe.SizeOf<T>();
        var slots = model.Slots.Where(slot => slot.Spec.Kind == SlotKind.Element).Select(slot => slot.Name).ToArray();
        var numbers = model.Slots.Where(slot => slot.Spec.Kind != SlotKind.Element).Select(slot => slot.Name).ToArray();
        var isFused = plan.Execution.Fuse && Kernels.Fusion.IsSupported;
        var text = new StringBuilder()
            .AppendLine(plan.ToString())
            .AppendLine(CultureInfo.InvariantCulture, $"tensors   {model.Layout}")
            .AppendLine(CultureInfo.InvariantCulture, $"state     {model.Lanes * size} bytes per parameter: parameters{List(slots)}")
            .AppendLine(CultureInfo.InvariantCulture, $"numbers   {(model.Scalars + model.Counts) * 8} bytes{List(numbers)}")
            .AppendLine(
                CultureInfo.InvariantCulture,
                $"vectors   {plan.Execution.Bits} bits, {(isFused ? "fused" : "block by block")}, up to {plan.Execution.Threads} threads");
        foreach (var operation in update.Operations)
        {
            text.AppendLine(operation.Describe());
        }

        return text.ToString().TrimEnd();
    }

    private static string List(string[] names) => names.Length == 0 ? string.Empty : $", {string.Join(", ", names)}";
}
