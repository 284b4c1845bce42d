namespace OptCore;

/// <summary>
/// A stage that looks at the diagonal of the Hessian now and then: in those updates an estimate ĥ = z ⊙ Hz is made of the objective,
/// z = ±1 at random, or handed in.
/// </summary>
public interface ICurvature : IStage
{
    /// <summary>The name of the slot that holds the state of its random generator (<see cref="SlotKind.Random"/>).</summary>
    string Generator { get; }

    /// <summary>Whether update t looks at curvature.</summary>
    /// <param name="step">t.</param>
    /// <returns>True where an estimate is needed.</returns>
    bool LooksAt(long step);
}
