using System.Globalization;

namespace OptCore;

/// <summary>The loop around the steps: evaluates an objective, updates, stops, and says honestly why.</summary>
/// <remarks>
/// Everything an optimizer may ask for is done here: the point of a probe (<c>nag</c>, <c>sam</c>), the loss of
/// <c>plateau</c>, the micro-gradients of <c>accumulate</c> (steps count updates). The objective is evaluated at step
/// t·n + i: i counts the micro-gradients of the update in hand and those that <c>skipNonFinite</c> refused in a row, so
/// that each of them sees a mini-batch of its own and a run that is continued sees the same ones. <c>sam</c> sees one
/// mini-batch twice.
/// </remarks>
public static class Minimizer
{
    /// <summary>Minimizes from a plain array: one tensor named <c>parameters</c>.</summary>
    /// <param name="optimizer">The optimizer.</param>
    /// <param name="objective">The objective.</param>
    /// <param name="start">p_0, of the objective's dimension, finite. Copied.</param>
    /// <param name="options">When to stop and what to keep; 1000 updates if null.</param>
    /// <param name="cancellation">Ends the run before the next gradient.</param>
    /// <returns>The outcome; numerical failure is a <see cref="Reason"/>, not an exception.</returns>
    /// <exception cref="ArgumentException">The start has another length than the objective or is not finite, or a pattern
    /// of the optimizer matches no tensor.</exception>
    /// <example><code>
    /// var result = Minimizer.Minimize(Optimizer.Adam(0.01).Cosine(500), new Rosenbrock(), [-1, 0.5], new() { Steps = 500 });
    /// </code></example>
    public static Result Minimize(
        Optimizer optimizer,
        IObjective objective,
        ReadOnlySpan<double> start,
        MinimizeOptions? options = null,
        CancellationToken cancellation = default) =>
        Minimize(PlanFor(optimizer, objective, start), objective, start, options, cancellation);

    /// <summary>Minimizes from named tensors: the plan knows their layout.</summary>
    /// <inheritdoc cref="Minimize(Optimizer, IObjective, ReadOnlySpan{double}, MinimizeOptions?, CancellationToken)"/>
    /// <param name="plan">The plan.</param>
    public static Result Minimize(
        Plan<double> plan,
        IObjective objective,
        ReadOnlySpan<double> start,
        MinimizeOptions? options = null,
        CancellationToken cancellation = default) =>
        Minimize(Start(plan, objective, start), objective, options, cancellation);

    /// <summary>Goes on from a state, at its step; the limit of the options counts from there.</summary>
    /// <inheritdoc cref="Minimize(Optimizer, IObjective, ReadOnlySpan{double}, MinimizeOptions?, CancellationToken)"/>
    /// <param name="state">The state; stays as it is.</param>
    public static Result Minimize(
        State<double> state,
        IObjective objective,
        MinimizeOptions? options = null,
        CancellationToken cancellation = default)
    {
        Require.NotNull(state).Plan.CheckObjective(objective);
        return new MinimizeRun(state, objective, options ?? MinimizeOptions.Default, cancellation).ToEnd();
    }

    /// <summary>
    /// The iterates, one per update and the start first, as far as they are enumerated; ends behind the first one whose
    /// value or gradient is not finite, and never otherwise. Enumerating again runs again, with the same results.
    /// </summary>
    /// <inheritdoc cref="Minimize(Optimizer, IObjective, ReadOnlySpan{double}, MinimizeOptions?, CancellationToken)"/>
    /// <returns>A lazy sequence.</returns>
    /// <exception cref="NonFiniteGradientException"><c>skipNonFinite</c> gives up, during the enumeration.</exception>
    public static IEnumerable<TracePoint> Trace(Optimizer optimizer, IObjective objective, ReadOnlySpan<double> start) =>
        Trace(PlanFor(optimizer, objective, start), objective, start);

    /// <inheritdoc cref="Trace(Optimizer, IObjective, ReadOnlySpan{double})"/>
    /// <param name="plan">The plan, which knows the layout.</param>
    public static IEnumerable<TracePoint> Trace(Plan<double> plan, IObjective objective, ReadOnlySpan<double> start) =>
        Trace(Start(plan, objective, start), objective);

    /// <inheritdoc cref="Trace(Optimizer, IObjective, ReadOnlySpan{double})"/>
    /// <param name="state">The first iterate; stays as it is.</param>
    public static IEnumerable<TracePoint> Trace(State<double> state, IObjective objective)
    {
        Require.NotNull(state).Plan.CheckObjective(objective);
        return Iterates(state, objective);
    }

    private static IEnumerable<TracePoint> Iterates(State<double> state, IObjective objective)
    {
        var walk = new Walk(state, objective);
        while (true)
        {
            while (!walk.Prepare())
            {
            }

            yield return new TracePoint(walk.Step, walk.Value, walk.GradientNorm, walk.Rate, walk.Snapshot());
            if (!walk.IsFinite)
            {
                yield break;
            }

            walk.Update();
        }
    }

    private static Plan<double> PlanFor(Optimizer optimizer, IObjective objective, ReadOnlySpan<double> start)
    {
        CheckStart(objective, start);
        return Require.NotNull(optimizer).Plan(start.Length);
    }

    private static State<double> Start(Plan<double> plan, IObjective objective, ReadOnlySpan<double> start)
    {
        Require.NotNull(plan).CheckObjective(objective);
        CheckStart(objective, start);
        return plan.Init(start);
    }

    private static void CheckStart(IObjective objective, ReadOnlySpan<double> start)
    {
        if (start.Length != Require.NotNull(objective).Dimension)
        {
            throw new ArgumentException(
                Invariant($"start has {start.Length} elements; expected {objective.Dimension}, the dimension of {objective.Name}."),
                nameof(start));
        }

        var wrong = Kernels.Reduction.FirstNonFinite(start);
        if (wrong >= 0)
        {
            throw new ArgumentException(Invariant($"start[{wrong}] = {start[wrong]}; expected finite numbers."), nameof(start));
        }
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
