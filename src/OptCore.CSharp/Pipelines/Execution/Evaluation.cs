using System.Numerics;

namespace OptCore;

/// <summary>What a step that evaluates the objective itself has seen.</summary>
/// <param name="Gradient">The gradient, at the point of the plan's probe.</param>
/// <param name="Loss">The loss there; +∞ for NaN, which would say that there is none.</param>
/// <param name="Index">The number that the objective was told: gradients taken up so far.</param>
internal readonly record struct Seen<T>(T[] Gradient, double Loss, long Index);

/// <summary>Evaluates objectives, which compute in double, for plans of any type.</summary>
internal static class Evaluation
{
    /// <summary>Value and gradient at a point.</summary>
    public static double Of<T>(IObjective objective, long index, ReadOnlySpan<T> point, T[] gradient)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (gradient is double[] own)
        {
            return objective.Evaluate(index, System.Runtime.InteropServices.MemoryMarshal.Cast<T, double>(point), own);
        }

        var (wide, slopes) = (new double[point.Length], new double[point.Length]);
        for (var i = 0; i < wide.Length; i++)
        {
            wide[i] = double.CreateTruncating(point[i]);
        }

        var value = objective.Evaluate(index, wide, slopes);
        for (var i = 0; i < slopes.Length; i++)
        {
            gradient[i] = T.CreateTruncating(slopes[i]);
        }

        return value;
    }

    /// <summary>The gradient that the coming step of a state needs.</summary>
    public static Seen<T> ForStep<T>(Plan<T> plan, Engine<T> engine, StateStore<T> store, long step, IObjective objective)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var model = plan.Resolved;
        var index = (step * plan.GradientsPerUpdate)
            + (model.Gate is null ? 0 : store.Counts[model.HeldIndex])
            + (model.Guard is null ? 0 : store.Counts[model.RefusedIndex]);
        var gradient = new T[plan.Layout.Length];
        ReadOnlySpan<T> at = store.Buffer[0];
        if (plan.Probes > 0)
        {
            if (plan.Probes == 2)
            {
                Of(objective, index, at, gradient);
            }

            var point = new T[gradient.Length];
            plan.PointInto(engine, store, step, plan.Probes == 2 ? gradient : [], point);
            at = point;
        }

        var loss = Of(objective, index, at, gradient);
        return new(gradient, double.IsNaN(loss) ? double.PositiveInfinity : loss, index);
    }
}
