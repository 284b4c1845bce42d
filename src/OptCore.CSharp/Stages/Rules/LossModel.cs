using OptCore.Kernels;

namespace OptCore;

/// <summary>A stage whose step length comes from a model of the loss that is cut off at a lower bound.</summary>
internal interface IModelStage : IFusedStage
{
    /// <summary>A bound below every loss.</summary>
    double LowerBound { get; }

    /// <summary>Whether the bound is estimated.</summary>
    bool AdaptLowerBound { get; }

    /// <summary>The decay per unit of rate.</summary>
    double Decay { get; }
}

/// <summary>The numbers of the model: with Λ = 1 + η_t·Decay, <c>τ = min(η_t/ρ, max(Λ(F − ρl − γ) + ⟨m, p⟩, 0)/n)</c>.</summary>
/// <param name="stage">The stage.</param>
/// <param name="loss">F, the average loss.</param>
/// <param name="product">γ, the average of ⟨u, p⟩.</param>
/// <param name="correction">1/ρ.</param>
/// <param name="along">⟨m, p⟩.</param>
/// <param name="square">n, the squared length of the direction.</param>
internal sealed class LossModel(
    IModelStage stage, ScalarSlot loss, ScalarSlot product, Correction correction, Measure along, Func<StepContext, double> square)
{
    /// <summary>The slot of the bound, where it adapts.</summary>
    public static SlotSpec[] BoundOf(IModelStage stage) => stage.AdaptLowerBound ? [SlotSpec.Scalar("bound", stage.LowerBound)] : [];

    /// <summary>The handle of l in this step: once a step, behind what F, γ, m and n are.</summary>
    public Measure Bound(StageBuilder builder)
    {
        if (!stage.AdaptLowerBound)
        {
            return builder.Compute(_ => stage.LowerBound);
        }

        var bound = builder.Scalar("bound");
        return builder.Compute(step =>
        {
            var (level, scale) = (Level(step), Shrinking(step) / step[correction]);
            var now = level < scale * step[bound] ? Math.Max(level / (2 * scale), stage.LowerBound) : step[bound];
            var rest = step[loss] + step[along] - step[product] - (0.5 * Length(step, now) * square(step));
            step[bound] = Math.Max(rest * step[correction], stage.LowerBound);
            return now;
        });
    }

    /// <summary>Λ.</summary>
    public double Shrinking(StepContext step) => 1 + (step.Rate * stage.Decay);

    /// <summary>τ with the rate of the tensors being worked on; 0 where n is 0.</summary>
    /// <param name="step">The step.</param>
    /// <param name="bound">l.</param>
    public double Length(StepContext step, double bound)
    {
        var n = square(step);
        var above = Level(step) - (Shrinking(step) / step[correction] * bound);
        return n == 0 ? 0 : Math.Min(step.Rate * step[correction], Math.Max(above, 0) / n);
    }

    private double Level(StepContext step) => (Shrinking(step) * (step[loss] - step[product])) + step[along];
}
