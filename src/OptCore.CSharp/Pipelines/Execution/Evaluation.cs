using System.Numerics;

namespace OptCore;

/// <summary>What a step that evaluates the objective itself has seen.</summary>
/// <param name="Gradient">The gradient, at the point of the plan's probe.</param>
/// <param name="Loss">The loss there; +∞ for NaN, which would say that there is none.</param>
/// <param name="Index">The number that the objective was told: gradients taken up so far.</param>
internal readonly record struct Seen<T>(T[] Gradient, double Loss, long Index);

/// <summary>Evaluates objectives where plans want them to be evaluated.</summary>
internal static class Evaluation
{
    /// <summary>The gradient that the coming step of a state needs.</summary>
    public static Seen<T> ForStep<T>(Plan<T> plan, Engine<T> engine, StateStore<T> store, long step, IObjective objective)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var model = plan.Resolved;
        var index = model.GradientsBefore(step, store.Counts);
        var scale = model.LossScale(store.Scalars);
        var gradient = new T[plan.Layout.Length];
        ReadOnlySpan<T> at = store.Buffer[0];
        if (plan.Probes > 0)
        {
            if (plan.Probes == 2)
            {
                objective.EvaluateAt(index, at, gradient);
                Scale(gradient, scale, gradient);
            }

            var point = new T[gradient.Length];
            plan.PointInto(engine, store, step, plan.Probes == 2 ? gradient : [], point);
            at = point;
        }

        var loss = engine.Recall(objective, at, gradient) ?? objective.EvaluateAt(index, at, gradient);
        Scale(gradient, scale, gradient);
        return new(gradient, double.IsNaN(loss) ? double.PositiveInfinity : loss, index);
    }

    /// <summary>The gradient of a loss times a scale, as a plan with a loss scale takes it.</summary>
    public static void Scale<T>(ReadOnlySpan<T> gradient, double scale, Span<T> scaled)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (scale == 1)
        {
            gradient.CopyTo(scaled);
            return;
        }

        var factor = T.CreateTruncating(scale);
        for (var i = 0; i < gradient.Length; i++)
        {
            scaled[i] = gradient[i] * factor;
        }
    }
}
