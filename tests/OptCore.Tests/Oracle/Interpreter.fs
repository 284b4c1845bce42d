namespace OptCore.Tests.Oracle

open System
open OptCore

/// What became of a gradient.
type Outcome =
    | Applied
    | Held
    | Skipped
    /// `skipNonFinite` gives up at this index.
    | GaveUp of int

/// What the interpreter looks up: a mutant changes one of these.
type Rules = {
    /// The twin of a stage on its tensors.
    Twin: IStage -> Site -> Twin
    /// When a stage runs.
    Phase: IStage -> int
    /// s(t).
    Schedule: ISchedule -> int64 -> float
    /// p − η u, from η, u and p.
    Descend: float -> float -> float -> float
    /// Whether t counts gradients, not updates.
    CountsGradients: bool
    /// Whether a condition holds, at t, ‖g‖ and the loss.
    Holds: ICondition -> int64 -> float -> float -> bool
    /// Whether a conditional stage counts steps in which it does not act.
    CountsIdle: bool
}

/// Which tensors a stage acts on, and in which order stages run.
module Placement =

    /// Whether a name matches a glob pattern.
    let rec matches (pattern: char list) (name: char list) =
        match pattern, name with
        | [], [] -> true
        | '*' :: rest, _ when matches rest name -> true
        | '*' :: _, _ :: others -> matches pattern others
        | '?' :: rest, _ :: others -> matches rest others
        | c :: rest, d :: others when c = d -> matches rest others
        | _ -> false

    let private isLike pattern (tensor: TensorInfo) =
        matches (List.ofSeq pattern) (List.ofSeq tensor.Name)

    let private isIn (scope: Scope) tensor =
        scope.Rules
        |> Seq.forall (fun rule -> isLike rule.Pattern tensor = rule.Include)

    /// The tensors of every part of a partition: the first match.
    let private deal (optimizer: Optimizer) tensors =
        let part (tensor: TensorInfo) =
            optimizer.Parts |> Seq.tryFindIndex (fun part -> isLike part.Pattern tensor)

        let groups = tensors |> List.groupBy part

        optimizer.Parts
        |> Seq.mapi (fun i part ->
            part.Optimizer,
            groups
            |> List.tryFind (fst >> (=) (Some i))
            |> Option.map snd
            |> Option.defaultValue [])
        |> List.ofSeq

    /// The names of all frozen tensors.
    let rec frozen (optimizer: Optimizer) tensors : Set<string> =
        let own =
            tensors
            |> List.filter (fun tensor -> optimizer.Frozen |> Seq.exists (fun pattern -> isLike pattern tensor))
            |> List.map _.Name

        deal optimizer tensors
        |> List.map (fun (part, tensors) -> frozen part tensors)
        |> Set.unionMany
        |> Set.union (Set.ofList own)

    // A chain is one phase whatever its stages say.
    let rec private collect phase (optimizer: Optimizer) tensors = [
        for part, tensors in deal optimizer tensors do
            yield! collect phase part tensors

        match optimizer.FlowStages with
        | null -> ()
        | flow ->
            for stage in flow do
                int Phase.Gradient, stage, tensors, []

        for placed in optimizer.Stages do
            phase placed.Stage,
            placed.Stage,
            tensors |> List.filter (isIn placed.Scope),
            List.ofSeq placed.Scope.Conditions
    ]

    /// The stages in the order in which they run, with their tensors.
    let stages rules (optimizer: Optimizer) (layout: Layout) =
        let tensors = List.ofSeq layout.Tensors
        let fixed' = frozen optimizer tensors

        collect rules.Phase optimizer tensors
        |> List.sortBy (fun (phase, _, _, _) -> phase)
        |> List.map (fun (phase, stage, tensors, conditions) ->
            phase, stage, tensors |> List.filter (fun tensor -> not (fixed'.Contains tensor.Name)), conditions)

    /// lr and its factors on one tensor.
    let rec rate rules (optimizer: Optimizer) tensor : ((float -> float) -> float) * (int64 -> float) =
        let own t =
            let schedules =
                optimizer.Schedules
                |> Seq.filter (fun placed -> isIn placed.Scope tensor)
                |> Seq.map (fun placed -> rules.Schedule placed.Schedule t)

            let factors =
                optimizer.RateFactors
                |> Seq.filter (fun factor -> isLike factor.Pattern tensor)
                |> Seq.map _.Factor

            Seq.append factors schedules |> Seq.fold (*) 1.0

        match optimizer.Parts |> Seq.tryFind (fun part -> isLike part.Pattern tensor) with
        | Some part ->
            let lr, factors = rate rules part.Optimizer tensor
            lr, (fun t -> factors t * own t)
        | None -> (fun change -> change optimizer.Rate), own

/// A whole optimizer, run number by number.
type Interpreter(rules: Rules, optimizer: Optimizer, layout: Layout, start: float[]) =

    let placed = Placement.stages rules optimizer layout

    let stages =
        placed |> List.map (fun (phase, stage, tensors, _) -> phase, stage, tensors)

    let frozen = Placement.frozen optimizer (List.ofSeq layout.Tensors)
    let parameters = Array.copy start

    let moving = [|
        for tensor in layout.Tensors do
            if not (frozen.Contains tensor.Name) then
                yield! Site.Of tensor
    |]

    let rates reduction floor t =
        let lower lr =
            if reduction = 1.0 then
                lr
            else
                max (lr * reduction) (min lr floor)

        [|
            for tensor in layout.Tensors do
                let lr, factors = Placement.rate rules optimizer tensor

                let rate =
                    if frozen.Contains tensor.Name then
                        0.0
                    else
                        lr lower * factors t

                yield! Array.create tensor.Length rate
        |]

    // What the conditions of the coming step are asked about: t, ‖g‖, the loss.
    let mutable asked = 0L, nan, nan
    // Whether the gradient completes an update.
    let mutable completes = true

    // A rule in the time of its own, of the steps in which the first condition that does not hold is none.
    let conditioned (conditions: ScopeCondition list) (elements: int[]) twin =
        let mutable updates = 0L

        let wrapped (rule: Moment -> unit) (moment: Moment) =
            let t, length, loss = asked
            let number = updates + 1L

            match
                conditions
                |> List.tryFind (fun one -> not (rules.Holds one.Condition t length loss))
            with
            | None ->
                if completes then
                    updates <- number

                rule { moment with Number = number }
            | Some one ->
                if rules.CountsIdle && completes then
                    updates <- number

                if one.Masks then
                    each elements (fun i -> moment.Update[i] <- 0.0)

        match twin with
        | _ when conditions.IsEmpty -> twin
        | Rule rule -> Rule(wrapped rule)
        | Average(kept, rule) -> Average(kept, wrapped rule)
        | _ -> failwith "the oracle has no conditions for such a stage"

    let twins =
        let startRate = rates 1.0 0.0 0L

        placed
        |> List.map (fun (phase, stage, tensors, conditions) ->
            phase,
            rules.Twin stage {
                Tensors = tensors
                Start = Array.copy start
                StartRate = startRate
            }
            |> conditioned conditions (tensors |> List.map Site.Of |> Array.concat))

    let limit =
        twins
        |> List.tryPick (function
            | _, Guard n -> Some n
            | _ -> None)

    let perUpdate =
        twins
        |> List.tryPick (function
            | _, Gate n -> Some n
            | _ -> None)
        |> Option.defaultValue 1

    let longest =
        twins
        |> List.tryPick (function
            | _, Limit c -> Some c
            | _ -> None)

    let scaling =
        twins
        |> List.tryPick (function
            | _, Scaler(current, refused, taken) -> Some(current, refused, taken)
            | _ -> None)

    let scale () =
        match scaling with
        | Some(current, _, _) -> current ()
        | None -> 1.0

    let ascends =
        twins
        |> List.exists (function
            | _, Ascent -> true
            | _ -> false)

    let uphill (gradient: float[]) =
        if ascends then Array.map (~-) gradient else gradient

    let mutable t, gradients, refused, held = 0L, 0L, 0, 0
    let mutable losses = 0.0
    let sum = Array.zeroCreate<float> start.Length

    let clock () =
        if rules.CountsGradients then gradients else t

    let moment update rate loss = {
        Number = clock () + 1L
        Update = update
        Parameters = parameters
        Rate = rate
        Inside = Array.create start.Length false
        Sets = Array.create start.Length false
        Loss = loss
    }

    let apply moment =
        function
        | Rule rule
        | Probe(_, rule)
        | Average(_, rule)
        | Learner(_, rule) -> rule moment
        | Owner owning -> owning.Rule moment
        | _ -> ()

    let owners =
        List.zip stages twins
        |> List.choose (fun ((_, _, tensors), (_, twin)) ->
            match twin with
            | Owner owning -> Some(owning, tensors |> List.map Site.Of |> Array.concat)
            | _ -> None)

    let takenByOwners =
        owners
        |> List.filter (fun (owning, _) -> owning.TakesStep)
        |> List.map snd
        |> Array.concat
        |> Set.ofArray

    // How many run up to a phase, by their own phases: a chain may list what is of a later one.
    let upTo (phase: Phase) =
        stages
        |> List.takeWhile (fun (_, stage, _) -> rules.Phase stage <= int phase)
        |> List.length

    let conditioning, penalizing = upTo Phase.Gradient, upTo Phase.Regularization

    let isGate =
        function
        | _, Gate _ -> true
        | _ -> false

    let before =
        if perUpdate > 1 then
            twins |> List.takeWhile (isGate >> not)
        else
            []

    let after =
        if perUpdate > 1 then
            twins |> List.skipWhile (isGate >> not)
        else
            twins

    let reducer =
        twins
        |> List.tryPick (function
            | _, Reducer(current, tell) -> Some(current, tell)
            | _ -> None)

    // η_t as it stands.
    let ratesNow () =
        let factor, floor =
            match reducer with
            | Some(current, _) -> current ()
            | None -> 1.0, 0.0

        rates factor floor (clock ())

    let runOn gradient loss =
        let moment = moment gradient (ratesNow ()) loss
        reducer |> Option.iter (fun (_, tell) -> tell loss)

        let early, late =
            after |> List.partition (fun (phase, _) -> phase <= int Phase.Step)

        let among count =
            count - (twins.Length - after.Length) |> max 0 |> min early.Length

        let conditioned, penalized = among conditioning, among penalizing

        for _, twin in early[.. conditioned - 1] do
            apply moment twin

        for owning, _ in owners do
            owning.BehindGradient moment

        for _, twin in early[conditioned .. penalized - 1] do
            apply moment twin

        for _, twin in twins do
            match twin with
            | Learner(sees, _) -> sees moment
            | _ -> ()

        for _, twin in early[penalized..] do
            apply moment twin

        for owning, _ in owners do
            owning.BeforeStep moment

        for i in moving |> Array.filter (takenByOwners.Contains >> not) do
            let eta = if moment.Inside[i] then 1.0 else moment.Rate[i]
            parameters[i] <- rules.Descend eta moment.Update[i] parameters[i]

        for _, twin in late do
            apply moment twin

        for owning, _ in owners do
            owning.AtEnd moment

        t <- t + 1L

    let take (gradient: float[]) loss =
        let micro = Array.copy gradient
        completes <- held + 1 = perUpdate

        if perUpdate = 1 then
            runOn micro loss
            Applied
        else
            let moment = moment micro (ratesNow ()) loss

            for _, twin in before do
                apply moment twin

            for i in moving do
                sum[i] <- sum[i] + micro[i]

            held <- held + 1
            losses <- losses + loss

            if held < perUpdate then
                Held
            else
                let mean = sum |> Array.map (fun x -> x / float perUpdate)
                let loss = losses / float perUpdate
                Array.fill sum 0 sum.Length 0.0
                held <- 0
                losses <- 0.0
                runOn mean loss
                Applied

    /// p.
    member _.Parameters = parameters

    /// t.
    member _.Step = t

    /// The averages kept, in the order of the stages, each with the indices it is of.
    member _.Averages =
        List.zip stages twins
        |> List.choose (fun ((_, _, tensors), (_, twin)) ->
            match twin with
            | Average(kept, _)
            | Owner { Kept = Some kept } -> Some(tensors |> List.map Site.Of |> Array.concat, kept)
            | _ -> None)

    /// The point at which the gradient is to be taken.
    member _.Point(gradient: float[]) =
        let gradient = uphill (Array.map (fun g -> g / scale ()) gradient)

        twins
        |> List.tryPick (function
            | _, Probe(point, _) -> Some(point (moment gradient (ratesNow ()) nan) gradient)
            | _ -> None)
        |> Option.defaultWith (fun () -> Array.copy parameters)

    /// Takes up one gradient.
    member _.Take(gradient: float[], loss: float) =
        let wrong = moving |> Array.tryFind (fun i -> not (Double.IsFinite gradient[i]))
        gradients <- gradients + 1L

        let shrink () =
            scaling |> Option.iter (fun (_, refused, _) -> refused ())
            Skipped

        match limit, wrong with
        | Some limit, Some index ->
            refused <- refused + 1
            if refused >= limit then GaveUp index else shrink ()
        | None, Some _ when scaling.IsSome -> shrink ()
        | _ when longest.IsSome && not (norm gradient moving / scale () <= longest.Value) -> Skipped
        | _ ->
            refused <- 0
            let gradient = gradient |> Array.map (fun g -> g / scale ())
            scaling |> Option.iter (fun (_, _, taken) -> taken ())
            asked <- t, norm gradient moving, loss
            take (uphill gradient) (if ascends then -loss else loss)
