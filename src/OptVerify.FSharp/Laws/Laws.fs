namespace OptVerify

open OptCore

/// <summary>
/// All laws, and those that apply to a value of one's own. <c>Laws.forOptimizer (adam 0.1) |> List.map (fun law -> testProperty
/// law.Title law.Check)</c> in Expecto; <c>for law in Laws.forStage stage do Check.QuickThrowOnFailure law.Check</c> with FsCheck alone.
/// </summary>
[<RequireQualifiedAccess>]
module Laws =

    /// <summary>The theorems and identities about the library, in the order of the table of theory.</summary>
    let all: Law list =
        List.concat [
            EveryOptimizer.laws
            DefinitionLaws.laws
            GradientDescent.laws
            GradientDescentSteps.laws
            StronglyConvexLaws.laws
            NonconvexLaws.laws
            HeavyBall.laws
            HeavyBallConvex.laws
            NesterovLaws.laws
            NesterovLinear.laws
            OptimalMethods.laws
            SubgradientLaws.laws
            SubgradientSchedules.laws
            ProximalLaws.laws
            StochasticLaws.laws
            StochasticClasses.laws
            FiniteSumLaws.laws
            AdagradLaws.laws
            AdamLaws.laws
            LargestSteps.laws
            AdamHistory.laws
            SignLaws.laws
            ClippingLaws.laws
            ClippedDescent.laws
            AveragingLaws.laws
            MomentumEquivalences.laws
            Equivalences.laws
            NeutralWords.laws
            ConditionLaws.laws
            CoordinateLaws.laws
            OwnStepLaws.laws
            HypergradientLaws.laws
            StepLengthLaws.laws
            LineSearchLaws.laws
            QuasiNewtonLaws.laws
            TensorLaws.laws
            PreconditionerLaws.laws
            Invariances.laws
            UnitInvariances.laws
            ScheduleLaws.laws
            ScheduleAlgebra.laws
        ]

    /// <summary>The law of a number: <c>Laws.find "GD-1"</c>.</summary>
    /// <exception cref="T:System.ArgumentException">There is no such law.</exception>
    let find (id: string) : Law =
        match all |> List.tryFind (fun law -> law.Id = id) with
        | Some law -> law
        | None ->
            let known = all |> List.map _.Id |> String.concat ", "
            invalidArg (nameof id) $"There is no law \"{id}\"; there are {known}."

    /// <summary>
    /// What every optimizer must keep: pure steps, the same bits in place, prefixes, resuming, text, every way to run.
    /// </summary>
    let forOptimizer (optimizer: Optimizer) : Law list = Contracts.ofOptimizer optimizer

    /// <summary>
    /// The same on named tensors: <c>Laws.forOptimizerOn (Layout.Empty.Add("w", 3, 4).Add("b", 4)) (adam 0.1 |> freeze "b")</c>.
    /// </summary>
    let forOptimizerOn (layout: Layout) (optimizer: Optimizer) : Law list =
        Contracts.ofOptimizerOn layout optimizer

    /// <summary>The laws of <c>sgd 0.1</c> with the stage, and the symmetries that the library's stages are known to have.</summary>
    let forStage (stage: IStage) : Law list =
        Contracts.ofStage (Contracts.claims stage) stage

    /// <summary>The laws of a stage of one's own with the symmetries that are claimed of it.</summary>
    let forStageWith (claims: Claim list) (stage: IStage) : Law list = Contracts.ofStage claims stage

    /// <summary>What every schedule must keep: finite, not negative, a function of t alone, its end, text.</summary>
    let forSchedule (schedule: ISchedule) : Law list = Contracts.ofSchedule schedule
