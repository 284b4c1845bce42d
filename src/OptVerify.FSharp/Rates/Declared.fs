namespace OptVerify

open System
open OptCore

/// What stages and schedules say of themselves, as far as rates rest on it. Samples cannot tell a slow schedule from none, or a
/// clip at 1e150 from the identity: a verdict needs the declaration first, and measures afterwards.
[<RequireQualifiedAccess>]
module internal Declared =

    /// The longest period that is measured.
    let private longest = 128L

    let rec private stages (optimizer: Optimizer) : IStage list = [
        for part in optimizer.Parts do
            yield! stages part.Optimizer
        match optimizer.FlowStages with
        | null -> ()
        | flow -> yield! flow
        for placed in optimizer.Stages do
            placed.Stage
    ]

    let rec private schedules (optimizer: Optimizer) : ISchedule list = [
        for part in optimizer.Parts do
            yield! schedules part.Optimizer
        for placed in optimizer.Schedules do
            placed.Schedule
    ]

    let rec private follower (optimizer: Optimizer) : string option =
        optimizer.ScheduledValues
        |> Seq.tryHead
        |> Option.map (fun value -> $"{value.Name} follows a schedule")
        |> Option.orElseWith (fun () -> optimizer.Parts |> Seq.tryPick (fun part -> follower part.Optimizer))

    // What stands under a condition is another pipeline from step to step.
    let rec private conditional (optimizer: Optimizer) : string option =
        optimizer.Stages
        |> Seq.tryFind (fun placed -> placed.Scope.Conditions.Count > 0)
        |> Option.map (fun placed ->
            let condition = placed.Scope.Conditions[0].Condition
            $"{Words.Print placed.Stage} acts in some steps only, where {condition.Equation}")
        |> Option.orElseWith (fun () -> optimizer.Parts |> Seq.tryPick (fun part -> conditional part.Optimizer))

    let private obstacle varying (stage: IStage) =
        let name = Words.Print stage

        if stage.Has StageTraits.Random then
            Some $"{name} draws random numbers"
        elif stage.Has StageTraits.NeedsLoss then
            Some $"{name} follows the loss"
        elif
            stage.Has StageTraits.Linear
            || stage.Has StageTraits.Observer
            || stage :? IPeriodic
            || (varying && stage.Has StageTraits.LinearInStep)
        then
            None
        else
            let how = if varying then "" else " with constant coefficients"
            Some $"{name} does not say that it is linear{how}"

    /// Why the steps are not linear with coefficients that depend on nothing but the step; None if they say that they are.
    let nonlinear (optimizer: Optimizer) : string option =
        follower optimizer
        |> Option.orElseWith (fun () -> conditional optimizer)
        |> Option.orElseWith (fun () -> stages optimizer |> List.tryPick (obstacle true))

    /// From which step on the coefficients repeat, and with which period; or why they do not.
    let recurrence (optimizer: Optimizer) : Result<Recurrence, string> =
        let both (so_far: Result<Recurrence, string>) (next: Recurrence Nullable, what: string) =
            match so_far with
            | Error _ -> so_far
            | Ok first ->
                match Option.ofNullable (Recurrence.Both(Nullable first, next)) with
                | None -> Error $"its steps are not linear with constant coefficients: {what} neither ends nor repeats"
                | Some all when all.Period > longest ->
                    Error $"its coefficients repeat with the period {all.Period}; at most {longest} is looked at"
                | Some all -> Ok all

        match
            follower optimizer
            |> Option.orElseWith (fun () -> conditional optimizer)
            |> Option.orElseWith (fun () -> stages optimizer |> List.tryPick (obstacle false))
        with
        | Some reason -> Error $"its steps are not linear with constant coefficients: {reason}"
        | None ->
            [
                for stage in stages optimizer do
                    match stage with
                    | :? IPeriodic as periodic -> Nullable(Recurrence(0L, int64 periodic.Period)), Words.Print stage
                    | _ -> ()
                for schedule in schedules optimizer do
                    schedule.Recurrence, $"the schedule {Words.Print schedule}"
            ]
            |> List.fold both (Ok(Recurrence(0L, 1L)))

    /// The first stage that moves parameters where no gradient does: the pipeline rests elsewhere than at the minimum.
    let mover (optimizer: Optimizer) : IStage option =
        stages optimizer
        |> List.tryFind (fun stage -> not (stage.Has StageTraits.RestsAtZero || stage.Has StageTraits.Observer))
