namespace OptDsl

open OptCore

/// <summary>
/// The words about whole optimizers: other tensors, other treatment; what an optimizer says of itself. Tensor names are matched
/// whole by glob patterns (<c>*</c> any characters, <c>?</c> one); a pattern that matches no tensor is an
/// <c>ArgumentException</c> when the plan is made.
/// </summary>
[<AutoOpen>]
module OptimizerWords =

    /// <summary>
    /// The words in it act only on matching tensors: <c>adam 0.001 |> only "w*" (weightDecay 0.01 >> clip 1.0)</c>. They may be
    /// stages, schedules and scopes; a head, <c>flow</c>, <c>partition</c>, <c>accumulate</c>, <c>skipNonFinite</c>, <c>plateau</c>
    /// or a rate inside is an <c>ArgumentException</c>.
    /// </summary>
    let only (pattern: string) (words: Optimizer -> Optimizer) (optimizer: Optimizer) : Optimizer =
        optimizer.Only(pattern, words)

    /// <summary>The words in it act only on tensors that do not match: <c>adam 0.001 |> except "*.bias" (weightDecay 0.01)</c>.</summary>
    let except (pattern: string) (words: Optimizer -> Optimizer) (optimizer: Optimizer) : Optimizer =
        optimizer.Except(pattern, words)

    /// <summary>Leaves matching tensors bit-unchanged: no state, out of every norm, no decay.</summary>
    let freeze (pattern: string) (optimizer: Optimizer) : Optimizer = optimizer.Freeze pattern

    /// <summary>Multiplies η_t of matching tensors by a ≥ 0; never the gradient.</summary>
    let rateFor (pattern: string) (factor: float) (optimizer: Optimizer) : Optimizer =
        optimizer.RateFor(pattern, factor)

    /// <summary>The data flow of one step with its formulas, and the warnings: several lines of text.</summary>
    let explain (optimizer: Optimizer) : string = optimizer.Explain()

    /// <summary>What is legal but suspicious, as data; empty where nothing was found.</summary>
    let warnings (optimizer: Optimizer) : Warning list = List.ofSeq (optimizer.Warnings())
