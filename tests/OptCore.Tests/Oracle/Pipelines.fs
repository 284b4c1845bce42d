/// Random optimizers: heads, stages of every phase, schedules, scopes, parts, chains.
module OptCore.Tests.Oracle.Pipelines

open System
open FsCheck
open FsCheck.FSharp
open OptCore

/// A problem whose optimizer is built of words, so that it can lose them one by one.
[<StructuredFormatDisplay("{Text}")>]
type Composed = {
    Head: Optimizer
    Words: (Optimizer -> Optimizer) list
    Problem: Problem
} with

    member composed.Text = composed.Problem.Text
    override composed.ToString() = composed.Text

// Noise, Simplex and L1Ball bring errors of the size of the largest number; everything else may stand anywhere.
let private shown (phase: Phase) =
    Specimens.all
    |> List.map _.Stage
    |> List.filter (fun stage ->
        stage.Phase = phase
        && not (stage.Has StageTraits.Single)
        // Differences of gradients, divided by: errors of a direction before it grow without bound.
        && not (stage.Has StageTraits.Unprojected)
        && not (stage :? IProbe))

let private pick phase = Gen.elements (shown phase)

let private plainDirections =
    shown Phase.Direction
    |> List.filter (fun stage -> not (stage.Has StageTraits.RateInside))

let private rateDirections =
    shown Phase.Direction |> List.filter _.Has(StageTraits.RateInside)

// What may run on the numbers of a direction without losing all digits in a difference of almost equal ones.
let private rate = Gen.elements [ 0.1; 0.01; 0.5 ]

let private direct (stages: IStage list) (optimizer: Optimizer) =
    stages |> List.fold (fun (o: Optimizer) stage -> o.With stage) optimizer

let private directions =
    Gen.frequency [
        2, Gen.constant []
        5, Gen.elements plainDirections |> Gen.map List.singleton
        2,
        gen {
            let! first = Gen.elements [ Momentum 0.9 :> IStage; Ema 0.9; Nesterov 0.8 ]
            let! second = Gen.elements plainDirections
            return [ first; second ]
        }
        2, Gen.elements rateDirections |> Gen.map List.singleton
    ]

let private stageWord (stage: IStage) (optimizer: Optimizer) = optimizer.With stage

let private word =
    let stage phase = pick phase |> Gen.map stageWord

    Gen.frequency [
        4, stage Phase.Gradient
        2, stage Phase.Regularization
        3, stage Phase.Update
        2, stage Phase.Constraint
        2, stage Phase.Iterate
        1, stage Phase.Step
        3,
        Gen.elements Specimens.schedules
        |> Gen.map (fun s (optimizer: Optimizer) -> optimizer.With s)
    ]

let private pattern = Gen.elements [ "w*"; "b*"; "?1"; "*2"; "*"; "none"; "k?" ]

let private scoped = gen {
    let! inner = word
    let! pattern = pattern
    let! isOnly = Gen.elements [ true; false ]
    let words = Func<Optimizer, Optimizer> inner

    return
        fun (optimizer: Optimizer) ->
            if isOnly then
                optimizer.Only(pattern, words)
            else
                optimizer.Except(pattern, words)
}

let private condition: Gen<ICondition> =
    Gen.elements [
        StepsFrom 2L :> ICondition
        StepsUntil 3L
        StepsEvery 2L
        StepsEvery(3L, Offset = 1L)
        GradientAtMost 10.0
        GradientAbove 10.0
        LossAtMost 1.0
        LossAbove 1.0
    ]

let private conditional = gen {
    let! inner =
        Gen.oneof [ word; scoped; Gen.elements plainDirections |> Gen.map stageWord ]

    let! condition = condition
    let! masks = Gen.elements [ false; true ]
    let words = Func<Optimizer, Optimizer> inner

    return
        fun (optimizer: Optimizer) ->
            if masks then
                optimizer.ZeroUnless(condition, words)
            else
                optimizer.OnlyWhen(condition, words)
}

let private around =
    Gen.frequency [
        8, word
        4, scoped
        3, conditional
        1,
        pattern
        |> Gen.map (fun pattern (optimizer: Optimizer) -> optimizer.Freeze pattern)
        1,
        pattern
        |> Gen.map (fun pattern (optimizer: Optimizer) -> optimizer.RateFor(pattern, 2.5))
        1,
        Gen.elements [ 2; 3 ]
        |> Gen.map (fun n (optimizer: Optimizer) -> optimizer.With(Accumulate n))
        1, Gen.constant (fun (optimizer: Optimizer) -> optimizer.With(Plateau(1, 0.5)))
        1, Gen.constant (fun (optimizer: Optimizer) -> optimizer.With(SkipNonFinite 4))
        1,
        Gen.elements [ LossScale(); LossScale(Initial = 4.0, Every = 2) ]
        |> Gen.map (fun stage (optimizer: Optimizer) -> optimizer.With stage)
    ]

// A word that does not fit is left out.
let private extend (optimizer: Optimizer) (words: (Optimizer -> Optimizer) list) =
    words
    |> List.fold
        (fun optimizer word ->
            try
                word optimizer
            with :? ArgumentException ->
                optimizer)
        optimizer

let private simple = gen {
    let! rate = rate
    let! stages = directions
    let! words = Gen.listOfLength 2 word
    return extend (direct stages (Optimizer.Sgd rate)) words
}

let private partition = gen {
    let! biases = simple
    let! kernels = simple
    let! others = simple
    return Optimizer.Partition [ struct ("b*", biases); struct ("k*", kernels); struct ("*", others) ]
}

let private chain = gen {
    let! rate = rate
    let! before = Gen.listOfLength 2 (pick Phase.Gradient)

    let! gate =
        Gen.frequency [ 3, Gen.constant []; 1, Gen.constant [ Accumulate 2 :> IStage ] ]

    let! stages = directions

    let! after =
        Gen.listOfLength 2 (Gen.oneof [ pick Phase.Gradient; pick Phase.Update; pick Phase.Regularization ])

    return Optimizer.Flow(before @ gate @ stages @ after, rate)
}

let private probed = gen {
    let! rate = rate
    let! probe = Gen.elements [ Nag 0.9 :> IStage; Sam 0.05 ]
    return (Optimizer.Sgd rate).With probe
}

let private head = Gen.frequency [ 8, simple; 2, partition; 2, chain; 2, probed ]

let private rebuild composed = {
    composed with
        Problem = {
            composed.Problem with
                Optimizer = extend composed.Head composed.Words
        }
}

let private fits (optimizer: Optimizer) =
    try
        optimizer.Plan<float>(Problems.tensors) |> ignore
        true
    with :? ArgumentException ->
        false

/// A pipeline that may be planned on the tensors, and a problem for it.
let composed = gen {
    let! head, words =
        gen {
            let! head = head
            let! count = Gen.choose (0, 6)
            let! words = Gen.listOfLength count around
            return head, words
        }
        |> Gen.filter (fun (head, words) -> fits (extend head words))

    let optimizer = extend head words
    let! steps = Gen.choose (1, 8)

    let! problem =
        Problems.forOptimizer (Problems.decadesFor optimizer) optimizer Problems.tensors steps

    return {
        Head = head
        Words = words
        Problem = problem
    }
}

// Numbers that are not finite are for stages that refuse them: others would fail for another reason.
let private isGuarded (problem: Problem) =
    Checks.stages problem.Optimizer
    |> List.exists (fun stage -> stage :? SkipNonFinite || stage :? LossScale)
    || problem.Gradients |> Array.forall (Array.forall Double.IsFinite)

let private shrink composed =
    let fewer = seq {
        for i in 0 .. composed.Words.Length - 1 do
            rebuild {
                composed with
                    Words = List.removeAt i composed.Words
            }
    }

    Seq.append
        (fewer
         |> Seq.filter (fun smaller -> fits smaller.Problem.Optimizer && isGuarded smaller.Problem))
        (Problems.shrink composed.Problem
         |> Seq.map (fun problem -> { composed with Problem = problem }))

/// Random pipelines.
type Arbitraries =
    /// With a problem on tensors of every rank.
    static member Composed() = Arb.fromGenShrink (composed, shrink)
