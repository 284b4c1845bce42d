namespace OptDsl

open OptCore

/// <summary>
/// The words about whole optimizers: other tensors, other treatment; what an optimizer says of itself. Tensor names are matched
/// whole by glob patterns (<c>*</c> any characters, <c>?</c> one); a pattern that matches no tensor is an
/// <c>ArgumentException</c> when the plan is made.
/// </summary>
[<AutoOpen>]
module OptimizerWords =

    /// <summary>The data flow of one step with its formulas, and the warnings: several lines of text.</summary>
    let explain (optimizer: Optimizer) : string = optimizer.Explain()

    /// <summary>What is legal but suspicious, as data; empty where nothing was found.</summary>
    let warnings (optimizer: Optimizer) : Warning list = List.ofSeq (optimizer.Warnings())

    // From here to the end of the region generated from the records by scripts/generate.

    /// <summary>The words in it act only on the tensors whose names do not match.</summary>
    /// <param name="pattern">The glob pattern.</param>
    /// <param name="words">Adds stages, schedules and nested scopes to an empty optimizer.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <exception cref="T:System.ArgumentException">
    /// The words change the rate or add <c>partition</c>, <c>flow</c> or a stage that acts on the whole step, such as
    /// <c>accumulate</c>.
    /// </exception>
    let except (pattern: string) (words: Optimizer -> Optimizer) (optimizer: Optimizer) : Optimizer =
        optimizer.Except(pattern, words)

    /// <summary>Leaves matching tensors bit-unchanged: no state, out of every norm, no decay.</summary>
    /// <param name="pattern">The glob pattern.</param>
    /// <param name="optimizer">The optimizer.</param>
    let freeze (pattern: string) (optimizer: Optimizer) : Optimizer = optimizer.Freeze pattern

    /// <summary>The words in it act only on the tensors whose names match.</summary>
    /// <param name="pattern">The glob pattern.</param>
    /// <param name="words">Adds stages, schedules and nested scopes to an empty optimizer.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <exception cref="T:System.ArgumentException">
    /// The words change the rate or add <c>partition</c>, <c>flow</c> or a stage that acts on the whole step, such as
    /// <c>accumulate</c>.
    /// </exception>
    let only (pattern: string) (words: Optimizer -> Optimizer) (optimizer: Optimizer) : Optimizer =
        optimizer.Only(pattern, words)

    /// <summary>
    /// The stages in it act only in steps in which a condition holds. In all others the update passes them, their state
    /// stays as it is, and their own k does not advance.
    /// </summary>
    /// <param name="condition">
    /// The condition: <c>StepsFrom 100</c>, <c>StepsUntil 100</c>, <c>StepsEvery 10</c>, <c>GradientAtMost 1.0</c>,
    /// <c>GradientAbove 1.0</c>, <c>LossAtMost 0.5</c>, <c>LossAbove 0.5</c>, or one of your own. It is asked before
    /// every stage.
    /// </param>
    /// <param name="words">Adds stages and nested scopes to an empty optimizer.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>
    /// Equals Optax <c>conditionally_transform</c>, whose condition is a function of the number of calls and of extra
    /// arguments.
    /// </remarks>
    /// <exception cref="T:System.ArgumentException">
    /// The words change the rate, add schedules, <c>partition</c>, <c>flow</c> or a stage that acts on the whole step,
    /// such as <c>accumulate</c>, that chooses the point of the gradient or decides what the parameters are, such as
    /// <c>lookahead</c>.
    /// </exception>
    let onlyWhen (condition: ICondition) (words: Optimizer -> Optimizer) (optimizer: Optimizer) : Optimizer =
        optimizer.OnlyWhen(condition, words)

    /// <summary>Multiplies η_t of matching tensors (never the gradient).</summary>
    /// <param name="pattern">The glob pattern.</param>
    /// <param name="factor">a ≥ 0, finite.</param>
    /// <param name="optimizer">The optimizer.</param>
    let rateFor (pattern: string) (factor: float) (optimizer: Optimizer) : Optimizer =
        optimizer.RateFor(pattern, factor)

    /// <summary>Multiplies the rate by any schedule: one more factor s(t).</summary>
    /// <param name="schedule">The schedule.</param>
    /// <param name="optimizer">The optimizer.</param>
    let schedule (schedule: ISchedule) (optimizer: Optimizer) : Optimizer = optimizer.Schedule schedule

    /// <summary>
    /// Lets a hyper-parameter follow a schedule: in update t the property has the value s(t) (it is no factor), in
    /// every formula of its stage, in <c>1−β^k</c> too.
    /// </summary>
    /// <param name="name">
    /// The record and the property, <c>"Momentum.Beta"</c>; <c>"Momentum#2.Beta"</c> for the second of a kind. Inside a
    /// scope it names a stage of that scope.
    /// </param>
    /// <param name="schedule">
    /// The schedule. Its values are checked against the property's range: that of t = 0 here, the others in their
    /// update, where one outside is an <c>ArgumentException</c> that names t and leaves the state as it was.
    /// </param>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>
    /// Equals Optax <c>inject_hyperparams</c>; with <c>Schedule.repeat</c> PyTorch's cycled momentum.
    /// </remarks>
    /// <exception cref="T:System.ArgumentException">
    /// No such stage or property; one that is a count, a seed, a boolean or the start of a slot; one that follows a
    /// schedule already; a first value outside the range.
    /// </exception>
    let scheduled (name: string) (schedule: ISchedule) (optimizer: Optimizer) : Optimizer =
        optimizer.Scheduled(name, schedule)

    /// <summary>Adds any stage, the library's or one's own; its phase decides where it runs.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <exception cref="T:System.ArgumentException">The stage does not go with those already there.</exception>
    let stage (stage: IStage) (optimizer: Optimizer) : Optimizer = optimizer.With stage

    /// <summary>
    /// The stages in it act in steps in which a condition holds. In all others the update becomes 0 where they stand,
    /// their state stays as it is, and their own k does not advance.
    /// </summary>
    /// <param name="condition">The condition, as for <c>onlyWhen</c>.</param>
    /// <param name="words">
    /// Adds stages of the phases Gradient, Regularization, Direction and Update, and nested scopes.
    /// </param>
    /// <param name="optimizer">The optimizer.</param>
    /// <remarks>
    /// Equals Optax <c>conditionally_mask</c>, whose condition is a function of the number of calls and of extra
    /// arguments.
    /// </remarks>
    /// <exception cref="T:System.ArgumentException">
    /// As for <c>onlyWhen</c>, or a stage acts on the parameters.
    /// </exception>
    let zeroUnless (condition: ICondition) (words: Optimizer -> Optimizer) (optimizer: Optimizer) : Optimizer =
        optimizer.ZeroUnless(condition, words)

    // The end of the region.
