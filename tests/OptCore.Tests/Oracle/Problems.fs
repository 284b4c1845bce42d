/// FsCheck's generators of problems.
module OptCore.Tests.Oracle.Problems

open System
open FsCheck
open FsCheck.FSharp
open OptCore

/// A magnitude, log-uniform over so many decades around 1.
let magnitude decades = gen {
    let! exponent = Gen.choose (-1000 * decades, 1000 * decades)
    return 10.0 ** (float exponent / 1000.0)
}

// Of order 1: often 0 or ±1, both signs.
let private unit =
    Gen.frequency [
        1, Gen.constant 0.0
        1, Gen.elements [ 1.0; -1.0; 0.5; -2.0 ]
        6,
        gen {
            let! size = magnitude 1
            let! sign = Gen.elements [ 1.0; -1.0 ]
            return sign * size
        }
    ]

/// Gradients: every coordinate has a scale of its own and may be always 0; a step may be 0, or of 1000-fold size.
let gradients decades length steps = gen {
    let! scales =
        Gen.arrayOfLength length (Gen.frequency [ 1, Gen.constant 0.0; 9, magnitude decades ])

    let row = gen {
        let! whole =
            Gen.frequency [ 1, Gen.constant 0.0; 1, Gen.constant 1000.0; 10, Gen.constant 1.0 ]

        let! units = Gen.arrayOfLength length unit
        return Array.map2 (fun scale x -> whole * scale * x) scales units
    }

    return! Gen.arrayOfLength steps row
}

// Under a guard or what replaces such numbers every third gradient may have a number that is not finite.
let private spoil (gradients: float[][]) = gen {
    let! wrong =
        Gen.arrayOfLength gradients.Length (Gen.elements [ nan; infinity; -infinity ])

    let! where = Gen.arrayOfLength gradients.Length (Gen.choose (0, 1000))

    return
        gradients
        |> Array.mapi (fun t gradient ->
            if t % 3 = 1 && where[t] % 2 = 0 && gradient.Length > 0 then
                gradient
                |> Array.mapi (fun i x -> if i = where[t] % gradient.Length then wrong[t] else x)
            else
                gradient)
}

/// One problem for an optimizer and a layout.
let forOptimizer decades (optimizer: Optimizer) (layout: Layout) steps = gen {
    let stages = Checks.stages optimizer
    let! gradients = gradients decades layout.Length steps

    let! gradients =
        // What stands before or behind zeroNans sees numbers that its twin says nothing of.
        if
            stages
            |> List.exists (fun stage -> stage :? SkipNonFinite || stage :? LossScale)
            || (not stages.IsEmpty && stages |> List.forall (fun stage -> stage :? ZeroNans))
        then
            spoil gradients
        else
            Gen.constant gradients

    let! start = Gen.arrayOfLength layout.Length unit
    let! losses = Gen.arrayOfLength steps (magnitude 1)
    let probes = stages |> List.exists (fun stage -> stage :? IProbe)

    return {
        Optimizer = optimizer
        Layout = layout
        Start = start
        Gradients = gradients
        Losses = losses
        Curvature = if probes then 0.5 else 0.0
    }
}

/// How far the magnitudes of gradients may be apart: projections onto sums lose what is small beside what is large.
let decadesFor optimizer =
    if Checks.isMixing optimizer then 1 else 12

/// Tensors of every rank, of one element and of none.
let tensors =
    Layout.Empty
        .Add("w1", 3, 4)
        .Add("b1", 4)
        .Add("k1", 2, 3, 2)
        .Add("none", 0)
        .Add("w2", 5, 3)
        .Add("b2", 3)
        .Add("k2", 2, 2, 3, 2)
        .Add("s")

/// Those that every stage takes.
let matrices =
    Layout.Empty.Add("w1", 3, 4).Add("k1", 2, 3, 2).Add("none", 0).Add("w2", 5, 3).Add("k2", 2, 2, 3, 2)

/// Whether an optimizer has a stage that not every tensor suits.
let needsMatrices optimizer =
    Checks.stages optimizer |> List.exists (fun stage -> stage :? ITensorCheck)

/// Tensors of every rank that suits an optimizer.
let tensorsFor optimizer =
    if needsMatrices optimizer then matrices else tensors

/// One tensor of so many elements: a vector, for stages that look at shapes a matrix.
let ofLength optimizer length =
    let looksAtShapes =
        Checks.stages optimizer
        |> List.exists (fun stage ->
            stage :? ITensorCheck
            || stage.Slots |> Seq.exists (fun slot -> slot.Kind = SlotKind.Shaped))

    if looksAtShapes then
        let rows =
            [ 1 .. int (sqrt (float length)) ]
            |> List.filter (fun rows -> length % rows = 0)
            |> List.fold max 1

        Layout.Empty.Add(Layout.PlainName, rows, length / rows)
    else
        Layout.Plain length

let private shrinkNumber (x: float) : float list =
    if x = 0.0 then
        []
    elif x = 1.0 then
        [ 0.0 ]
    else
        let power = Math.ScaleB(1.0, Math.ILogB x) * float (sign x)

        [
            0.0
            1.0
            if power <> x then
                power
        ]

// One coordinate in all gradients at once.
let private shrinkColumn (problem: Problem) = seq {
    for i in 0 .. problem.Start.Length - 1 do
        for t in 0 .. problem.Gradients.Length - 1 do
            for x in shrinkNumber (problem.Gradients[t][i]) do
                let gradients = problem.Gradients |> Array.map Array.copy
                gradients[t][i] <- x
                { problem with Gradients = gradients }

        for x in shrinkNumber (problem.Start[i]) do
            {
                problem with
                    Start = problem.Start |> Array.mapi (fun j y -> if i = j then x else y)
            }
}

let private shrinkSteps (problem: Problem) =
    // Refused gradients must not come to stand in a row.
    let all = problem.Gradients |> Array.forall (Array.forall Double.IsFinite)

    seq {
        for t in 0 .. problem.Gradients.Length - 1 do
            if all then
                {
                    problem with
                        Gradients = Array.removeAt t problem.Gradients
                        Losses = Array.removeAt t problem.Losses
                }
    }

// A plain vector loses elements, half of them at first.
let private shrinkLength (problem: Problem) =
    let plain =
        problem.Layout.Tensors.Count = 1 && problem.Layout.Tensors[0].Shape.Count = 1

    let length = problem.Start.Length

    seq {
        for shorter in List.distinct [ length / 2; length - 1 ] do
            if plain && shorter >= 1 && shorter < length then
                {
                    problem with
                        Layout = Layout.Plain shorter
                        Start = Array.truncate shorter problem.Start
                        Gradients = problem.Gradients |> Array.map (Array.truncate shorter)
                }
    }

/// Fewer steps, fewer elements, rounder numbers.
let shrink problem =
    Seq.concat [ shrinkSteps problem; shrinkLength problem; shrinkColumn problem ]

/// Problems for one optimizer: on a plain vector or on tensors.
let arbitrary optimizer =
    let problem = gen {
        let! length = Gen.choose (1, 40)
        let! layout = Gen.elements [ ofLength optimizer length; tensorsFor optimizer ]
        let! steps = Gen.choose (1, 12)
        return! forOptimizer (decadesFor optimizer) optimizer layout steps
    }

    Arb.fromGenShrink (problem, shrink)

/// One problem for an optimizer that is the same in every run, with magnitudes over so many decades.
let within decades optimizer layout steps seed =
    let make = forOptimizer decades optimizer layout steps
    Gen.sampleWithSeed (Rnd(uint64 seed, 1UL)) 10 1 make |> Array.head

/// One problem for an optimizer that is the same in every run.
let fixed' optimizer layout steps seed =
    within (decadesFor optimizer) optimizer layout steps seed
