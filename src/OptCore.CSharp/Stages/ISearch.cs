namespace OptCore;

/// <summary>
/// A stage of the phase <see cref="Phase.Step"/> that looks along the step w that the pipeline would take, w = η_t u, for a factor a:
/// <c>p ← p − a w</c>. It asks the objective as often as it likes, so that its plan steps with
/// <see cref="Plan{T}.Step(State{T}, IObjective)"/> only.
/// </summary>
/// <remarks>
/// At most one in an optimizer. With <c>φ(a) = f(p − a w)</c> it is called where φ(0) is finite and <c>φ'(0) = −⟨∇f, w⟩ &lt; 0</c>; else
/// nothing is searched, p stays, and the step says <see cref="StepOutcome.LineSearchFailed"/>.
/// </remarks>
public interface ISearch : IStage
{
    /// <summary>Finds the factor of the step.</summary>
    /// <param name="search">What is known of φ, and the objective.</param>
    /// <returns>a > 0; 0 where nothing was found: then p stays.</returns>
    double Choose(SearchStep search);
}

/// <summary>One value of φ.</summary>
/// <param name="At">a.</param>
/// <param name="Value">φ(a) = f(p − a w); +∞ where the value or the slope is not finite.</param>
/// <param name="Slope">φ'(a) = −⟨∇f(p − a w), w⟩.</param>
public readonly record struct SearchTrial(double At, double Value, double Slope);

/// <summary>The step that a search looks along; valid during the call only.</summary>
public abstract class SearchStep
{
    private protected SearchStep()
    {
    }

    /// <summary>φ(0) and φ'(0), the slope of the objective's own gradient, whatever the pipeline made of it.</summary>
    public SearchTrial Start { get; private protected set; }

    /// <summary>‖w‖_∞, the largest movement of a coordinate at a = 1.</summary>
    public double Largest { get; private protected set; }

    /// <summary>The largest a that may be tried: 1 behind a direction of bounds of its own
    /// (<see cref="StageTraits.Confined"/>), else ∞.</summary>
    public double Furthest { get; private protected set; } = double.PositiveInfinity;

    /// <summary>The number of trials so far.</summary>
    public int Evaluations { get; private protected set; }

    /// <summary>A scalar slot of the stage.</summary>
    /// <param name="slot">The slot's name, as the stage lists it.</param>
    public abstract double this[string slot] { get; set; }

    /// <summary>Evaluates the objective once.</summary>
    /// <param name="a">a > 0.</param>
    /// <returns>φ(a) and φ'(a).</returns>
    public abstract SearchTrial Evaluate(double a);
}
