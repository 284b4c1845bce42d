/// A twin with one mistake, on an optimizer that shows it, and how to make one.
module OptCore.Tests.Oracle.Mutation

open System
open OptCore

/// One mistake.
type Mutant = {
    Name: string
    /// On what it shows.
    Optimizer: Optimizer
    /// The rules with the mistake in them.
    Rules: Rules
    /// Whether the reference trajectories of PyTorch and Optax kill it too.
    Golden: bool
}

let sgd = Optimizer.Sgd 0.1

let words (stages: IStage list) =
    stages |> List.fold (fun (o: Optimizer) stage -> o.With stage) sgd

let true' = Twins.vocabulary

/// The vocabulary with another twin for one stage.
let twin (make: 'Stage -> Site -> Twin) = {
    true' with
        Twin =
            fun stage site ->
                match stage :> obj with
                | :? 'Stage as stage -> make stage site
                | _ -> true'.Twin stage site
}

/// The vocabulary with another phase for one stage.
let moved<'Stage> (phase: Phase) = {
    true' with
        Phase =
            fun stage ->
                match stage :> obj with
                | :? 'Stage -> int phase
                | _ -> true'.Phase stage
}

let mutant name stages rules = {
    Name = name
    Optimizer = words stages
    Rules = rules
    Golden = false
}

let golden (mutant: Mutant) = { mutant with Golden = true }

let with' (schedule: ISchedule) (mutant: Mutant) = {
    mutant with
        Optimizer = mutant.Optimizer.With schedule
}

// A rule on every element of the update.
let onEach (rule: Moment -> int -> float) (site: Site) =
    let elements = site.Elements
    Rule(fun moment -> each elements (fun i -> moment.Update[i] <- rule moment i))
