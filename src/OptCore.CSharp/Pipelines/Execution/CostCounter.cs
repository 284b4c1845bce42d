using System.Numerics;
using System.Runtime.CompilerServices;
using OptCore.Compilation;
using OptCore.Kernels;

namespace OptCore;

/// <summary>Counts what the stages of a plan do, on registers that count.</summary>
internal static class CostCounter
{
    public static PlanCost Of<T>(Plan<T> plan, Program<T> update)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var model = plan.Resolved;
        var size = Unsafe.SizeOf<T>();
        var passes = update.Operations.Select(operation => operation.Stages.Split(", ")).ToArray();
        var context = new StepContext { Number = 1, Rate = 1, StepRate = 1, DecayRate = 1, Loss = 1 };
        (context.ScalarValues, context.CountValues) = (new double[model.Scalars], new long[model.Counts]);
        var stages = new List<StageCost>();
        foreach (var (site, parts, measures) in Compiler<Counted<T>, T>.PartsOf(model, plan.Execution))
        {
            context.MeasuredValues = new double[measures];
            (Counts.Operations, Counts.Loads, Counts.Stores) = (0, 0, 0);
            var measured = 0;
            foreach (var part in parts)
            {
                measured += part.MeasuredVectors;
                part.Count(context);
            }

            var slots = site.Slots.Values.SelectMany(slot => SlotPlaces.Of(model, slot));
            stages.Add(new StageCost(
                site.Prefix,
                ElementRange.Total(model.Ranges(site.Tensors)),
                Counts.Operations + (2 * measured),
                Counts.Loads,
                Counts.Stores,
                slots.Sum(place => (long)place.Length * (place.Storage == SlotStorage.Vector ? size : sizeof(double))),
                passes.Count(names => names.Contains(site.Prefix)),
                parts.Any(part => part.IsWhole)));
        }

        var bytes = (((long)model.Lanes * model.Layout.Length) + model.Shaped) * size;
        return new PlanCost(model.Layout.Length, size, passes.Length, bytes + (8L * (model.Scalars + model.Counts)), stages);
    }
}
