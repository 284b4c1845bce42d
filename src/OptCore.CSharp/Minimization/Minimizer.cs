using System.Globalization;
using System.Numerics;

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
    public static Result<double> Minimize(
        Optimizer optimizer,
        IObjective objective,
        ReadOnlySpan<double> start,
        MinimizeOptions? options = null,
        CancellationToken cancellation = default) =>
        Minimize<double>(optimizer, objective, start, options, cancellation);

    /// <summary>Minimizes in the type of the start: <c>new Rosenbrock()</c> from <c>[-1f, 0.5f]</c> in float.</summary>
    /// <inheritdoc cref="Minimize(Optimizer, IObjective, ReadOnlySpan{double}, MinimizeOptions?, CancellationToken)"/>
    /// <typeparam name="T">float or double. Values of the objective are doubles for both.</typeparam>
    public static Result<T> Minimize<T>(
        Optimizer optimizer,
        IObjective objective,
        ReadOnlySpan<T> start,
        MinimizeOptions? options = null,
        CancellationToken cancellation = default)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Minimize(PlanFor(optimizer, objective, start), objective, start, options, cancellation);

    /// <summary>Minimizes from named tensors: the plan knows their layout.</summary>
    /// <inheritdoc cref="Minimize{T}(Optimizer, IObjective, ReadOnlySpan{T}, MinimizeOptions?, CancellationToken)"/>
    /// <param name="plan">The plan.</param>
    public static Result<T> Minimize<T>(
        Plan<T> plan,
        IObjective objective,
        ReadOnlySpan<T> start,
        MinimizeOptions? options = null,
        CancellationToken cancellation = default)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Minimize(Start(plan, objective, start), objective, options, cancellation);

    /// <summary>Goes on from a state, at its step; the limit of the options counts from there.</summary>
    /// <inheritdoc cref="Minimize{T}(Optimizer, IObjective, ReadOnlySpan{T}, MinimizeOptions?, CancellationToken)"/>
    /// <param name="state">The state; stays as it is.</param>
    public static Result<T> Minimize<T>(
        State<T> state,
        IObjective objective,
        MinimizeOptions? options = null,
        CancellationToken cancellation = default)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Require.NotNull(state).Plan.CheckObjective(objective);
        return new MinimizeRun<T>(state, objective, options ?? MinimizeOptions.Default, cancellation).ToEnd();
    }

    /// <summary>
    /// The iterates, one per update and the start first, as far as they are enumerated; ends behind the first one whose
    /// value or gradient is not finite, and never otherwise. Enumerating again runs again, with the same results.
    /// </summary>
    /// <inheritdoc cref="Minimize(Optimizer, IObjective, ReadOnlySpan{double}, MinimizeOptions?, CancellationToken)"/>
    /// <returns>A lazy sequence.</returns>
    /// <exception cref="NonFiniteGradientException"><c>skipNonFinite</c> gives up, during the enumeration.</exception>
    public static IEnumerable<TracePoint<double>> Trace(Optimizer optimizer, IObjective objective, ReadOnlySpan<double> start) =>
        Trace<double>(optimizer, objective, start);

    /// <inheritdoc cref="Trace(Optimizer, IObjective, ReadOnlySpan{double})"/>
    /// <typeparam name="T">The type of the start: float or double.</typeparam>
    public static IEnumerable<TracePoint<T>> Trace<T>(Optimizer optimizer, IObjective objective, ReadOnlySpan<T> start)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Trace(PlanFor(optimizer, objective, start), objective, start);

    /// <inheritdoc cref="Trace{T}(Optimizer, IObjective, ReadOnlySpan{T})"/>
    /// <param name="plan">The plan, which knows the layout.</param>
    public static IEnumerable<TracePoint<T>> Trace<T>(Plan<T> plan, IObjective objective, ReadOnlySpan<T> start)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Trace(Start(plan, objective, start), objective);

    /// <inheritdoc cref="Trace{T}(Optimizer, IObjective, ReadOnlySpan{T})"/>
    /// <param name="state">The first iterate; stays as it is.</param>
    public static IEnumerable<TracePoint<T>> Trace<T>(State<T> state, IObjective objective)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Require.NotNull(state).Plan.CheckObjective(objective);
        return Iterates(state, objective);
    }

    private static IEnumerable<TracePoint<T>> Iterates<T>(State<T> state, IObjective objective)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var walk = new Walk<T>(state, objective);
        while (true)
        {
            while (!walk.Prepare())
            {
            }

            yield return new TracePoint<T>(walk.Step, walk.Value, walk.GradientNorm, walk.Rate, walk.Snapshot());
            if (!walk.IsFinite)
            {
                yield break;
            }

            walk.Update();
        }
    }

    private static Plan<T> PlanFor<T>(Optimizer optimizer, IObjective objective, ReadOnlySpan<T> start)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CheckStart(objective, start);
        return Require.NotNull(optimizer).Plan<T>(Layout.Plain(start.Length));
    }

    private static State<T> Start<T>(Plan<T> plan, IObjective objective, ReadOnlySpan<T> start)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Require.NotNull(plan).CheckObjective(objective);
        CheckStart(objective, start);
        return plan.Init(start);
    }

    private static void CheckStart<T>(IObjective objective, ReadOnlySpan<T> start)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
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
