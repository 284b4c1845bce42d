namespace OptVerify

open OptCore

/// <summary>
/// The theorems of the table of theory whose assumptions a pipeline meets, as laws about the pipeline itself: its own rate and
/// schedule, run on functions of the class and on those that attain the bound.
/// </summary>
[<RequireQualifiedAccess>]
module Theorems =

    open TheoremParts

    /// The stages of a pipeline of one flow without scopes; None for others.
    let private plainStages (optimizer: Optimizer) =
        let everywhere =
            optimizer.Stages |> Seq.forall _.Scope.IsEverywhere
            && optimizer.Schedules |> Seq.forall _.Scope.IsEverywhere

        let plain =
            optimizer.Parts.Count = 0
            && optimizer.Frozen.Count = 0
            && optimizer.RateFactors.Count = 0
            && isNull optimizer.FlowStages
            && optimizer.ScheduledValues.Count = 0

        if everywhere && plain then
            Some [ for placed in optimizer.Stages -> placed.Stage ]
        else
            None

    let private ofStages (optimizer: Optimizer) problemClass (stages: IStage list) =
        let constant = optimizer.Schedules.Count = 0

        let conditions, rest =
            stages |> List.partition (fun stage -> stage.Phase < Phase.Direction)

        let memory =
            match conditions, rest with
            | [], [ direction ] -> MomentumTheorems.memory direction
            | _ -> None

        match conditions, rest with
        | [], [] when constant ->
            GradientTheorems.gradientDescent optimizer problemClass
            @ (match problemClass with
               | NonSmooth _ when optimizer.Rate > 0.0 ->
                   GradientTheorems.subgradient optimizer problemClass
                   @ [ GradientTheorems.online optimizer ]
               | _ -> [])
        | [], [] -> GradientTheorems.scheduled optimizer problemClass
        | _, [ direction ] when memory.IsSome ->
            match memory with
            | Some(HeavyBall b) when constant && direction.Has StageTraits.Linear ->
                MomentumTheorems.heavyBall b optimizer problemClass
            | Some(NesterovsMomentum b) when constant && direction.Has StageTraits.Linear ->
                MomentumTheorems.nesterov b optimizer problemClass
            | Some(NesterovsMomentum _) -> [ Breaks("NAG-5", "a constant rate") ]
            | _ -> [ Breaks("HB-1 … HB-9", "a constant rate, no dampening") ]
        | [ stage ], [] when constant && DirectionTheorems.isNormalising stage ->
            DirectionTheorems.normalised optimizer problemClass
        | [], [ stage ] when constant && DirectionTheorems.isSign stage && stage.Slots.Count = 0 ->
            DirectionTheorems.direction stage optimizer problemClass
            @ DirectionTheorems.signDescent optimizer problemClass
        | _, [ stage ] when (optimizer.Plan 1).GradientsPerUpdate = 1 ->
            DirectionTheorems.direction stage optimizer problemClass
        | _ -> []

    /// The ledger U-1, of whatever updates on smooth functions.
    let private ledger (optimizer: Optimizer) problemClass =
        match problemClass with
        | NonSmooth _ -> []
        | _ ->
            let problems = ClassProblems.ofClass problemClass (longest problemClass optimizer)

            [
                EveryOptimizer.ledger
                |> judged (runs optimizer problems EveryOptimizer.judgeLedger)
            ]

    /// <summary>The theorems about such a pipeline on a class; U-1 is not among them.</summary>
    /// <exception cref="T:System.ArgumentException">A constant of the class is outside its range.</exception>
    let about (optimizer: Optimizer) (problemClass: ProblemClass) : Theorem list =
        ProblemClass.check problemClass

        match plainStages optimizer with
        | Some stages -> ofStages optimizer problemClass stages
        | None -> []

    /// <summary>
    /// The laws about a pipeline on a class, U-1 first: <c>for law in Theorems.laws (sgd 0.05) (Convex 10.0) do
    /// Check.QuickThrowOnFailure law.Check</c>.
    /// </summary>
    /// <exception cref="T:System.ArgumentException">A constant of the class is outside its range.</exception>
    let laws (optimizer: Optimizer) (problemClass: ProblemClass) : Law list =
        ledger optimizer problemClass @ about optimizer problemClass
        |> List.choose (function
            | Applies law -> Some law
            | Breaks _ -> None)
