namespace OptVerify

open FsCheck
open FsCheck.FSharp
open OptCore
open OptDsl

/// <summary>Symmetries: what a method must not see, and what it must see.</summary>
[<RequireQualifiedAccess>]
module Invariances =

    let private sequences = GradientSequence.arbitrary 20 4
    let private rates = Draw.logUniform 1e-3 0.3

    let private elementwise =
        Gen.elements [
            sgd
            sgd >> momentum 0.9
            sgd >> nesterov 0.9
            adam
            adamW 0.01
            adagrad
            rmsProp
            lion
            signSgd
            adaBelief
            amsGrad
            sgd >> clipValue 0.5
        ]

    let private rotating =
        Gen.elements [
            sgd
            sgd >> momentum 0.9
            sgd >> nesterov 0.9
            sgd >> clip 0.5
            sgd >> normalize
            sgd >> weightDecay 0.1
            sgd >> ball 2.0
            sgd >> ema 0.5 >> clipUpdate 0.5
        ]

    let private check
        heads
        id
        name
        statement
        assumptions
        (judge: (float -> Optimizer) -> float -> GradientSequence -> Machine -> Finding list)
        =
        law
            id
            name
            statement
            assumptions
            Identity
            (own "by definition")
            (Cases.sequences
                sequences
                (Gen.zip heads rates)
                (fun (head: float -> Optimizer, rate) -> string (head rate))
                (fun (head, rate) -> judge head rate))

    let private last machine optimizer start gradients =
        (Trajectory.feedOn machine optimizer start gradients).Last

    let private size (sequence: GradientSequence) =
        1.0 + Vec.norm sequence.Start + Seq.sumBy Vec.norm sequence.Gradients

    /// INV-1.
    let translation =
        let heads =
            Gen.elements [ sgd; sgd >> momentum 0.9; adam; adagrad; lion; rmsProp; sgd >> clip 0.5 ]

        check
            heads
            "INV-1"
            "translation"
            "x → x + t moves the trajectory by t"
            "no decay, no constraint"
            (fun head rate sequence machine ->
                let t = Array.init sequence.Dimension (fun i -> float (3 * i) - 2.0)
                let plain = last machine (head rate) sequence.Start sequence.Gradients
                let moved = last machine (head rate) (Vec.add sequence.Start t) sequence.Gradients

                [
                    Finding.close
                        "x + t"
                        sequence.Steps
                        (size sequence + Vec.norm t)
                        (8.0 * float sequence.Steps * Vec.eps)
                        (Vec.add plain t)
                        moved
                ])

    /// INV-2.
    let rotation =
        let holds =
            check
                rotating
                "INV-2"
                "rotation"
                "x → Qx, g → Qg turns the trajectory; Adam's it does not"
                "methods of norms and inner products"
                (fun head rate sequence machine ->
                    let q = Rotation.ofSeed 11 sequence.Dimension
                    let plain = last machine (head rate) sequence.Start sequence.Gradients

                    let turned =
                        last
                            machine
                            (head rate)
                            (Rotation.apply q sequence.Start)
                            (sequence.Gradients |> Array.map (Rotation.apply q))

                    [
                        Finding.close
                            "Q x"
                            sequence.Steps
                            (10.0 * size sequence)
                            (32.0 * float sequence.Steps * Vec.eps)
                            (Rotation.apply q plain)
                            turned
                    ])

        let breaks =
            Trial.fixedCase
                "Trajectory.feed (adam 0.01) [| 0.0; 0.0 |] (Array.replicate 50 [| 1.0; 0.1 |]) /* and turned */"
                (fun machine ->
                    let q = Rotation.ofSeed 11 2
                    let gradients = Array.replicate 50 [| 1.0; 0.1 |]
                    let plain = last machine (adam 0.01) [| 0.0; 0.0 |] gradients

                    let turned =
                        last machine (adam 0.01) [| 0.0; 0.0 |] (gradients |> Array.map (Rotation.apply q))

                    [
                        Finding.holds "adam sees the axes" 50 (Vec.distance (Rotation.apply q plain) turned > 0.05)
                    ])

        {
            holds with
                Trials = Gen.frequency [ 9, holds.Trials; 1, Gen.constant breaks ]
        }

    /// INV-3.
    let permutation =
        check
            elementwise
            "INV-3"
            "permutation and sign flips of coordinates"
            "P x, P g gives P of the trajectory, bit for bit"
            "elementwise methods"
            (fun head rate sequence machine ->
                let turn (x: float[]) =
                    x |> Array.rev |> Array.mapi (fun i y -> if i % 2 = 0 then -y else y)

                let plain = last machine (head rate) sequence.Start sequence.Gradients

                let turned =
                    last machine (head rate) (turn sequence.Start) (sequence.Gradients |> Array.map turn)

                let positive = Array.map (fun x -> x + 0.0)

                [
                    Finding.sameBits "P x" sequence.Steps (positive (turn plain)) (positive turned)
                ])

    /// INV-4.
    let scaling =
        let heads =
            Gen.elements [ sgd; sgd >> momentum 0.9; sgd >> nesterov 0.9; sgd >> velocity 0.9 ]

        check
            heads
            "INV-4"
            "units of f"
            "g → c g with η/c is the same trajectory, bit for bit for c = 2^k"
            "gradient descent, momentum, Nesterov"
            (fun head rate sequence machine ->
                let c = 1024.0
                let plain = last machine (head rate) sequence.Start sequence.Gradients

                let scaled =
                    last machine (head (rate / c)) sequence.Start (sequence.Gradients |> Array.map (Vec.scale c))

                [ Finding.sameBits "c f, η/c" sequence.Steps plain scaled ])

    /// INV-6.
    let units =
        check
            (Gen.elements [
                2.0, sgd
                2.0, sgd >> momentum 0.9
                1.0, adamWith (Adam(Epsilon = 0.0))
                1.0, lion
             ]
             |> Gen.map (fun (power, head) -> fun rate -> head rate |> scale power))
            "INV-6"
            "units of x"
            "x → s x: gradient descent needs η s², Adam η s, bit for bit for s = 2^k"
            "gradients g/s"
            (fun head rate sequence machine ->
                // The power rides along as a scale stage: 2 for methods that see the gradient's size, 1 for those that do not.
                let s = 8.0

                let power =
                    match
                        (head rate).Stages
                        |> Seq.pick (fun placed ->
                            match placed.Stage with
                            | :? Scale as scale -> Some scale.Factor
                            | _ -> None)
                    with
                    | 2.0 -> s * s
                    | _ -> s

                let plain = last machine (head rate) sequence.Start sequence.Gradients

                let scaled =
                    last
                        machine
                        (head (rate * power))
                        (Vec.scale s sequence.Start)
                        (sequence.Gradients |> Array.map (Vec.scale (1.0 / s)))

                [ Finding.sameBits "s x" sequence.Steps (Vec.scale s plain) scaled ])

    /// INV-7.
    let offset =
        let tell (problem: Problem, optimizer: Optimizer, n: int) =
            $"Trajectory.run ({optimizer}) ({problem}) {n}",
            fun (machine: Machine) ->
                let shifted = {
                    machine with
                        Step = fun state gradient loss -> machine.Step state gradient (loss + 1000.0)
                }

                let run = Trajectory.runOn machine optimizer problem n
                let other = Trajectory.runOn shifted optimizer problem n
                [ Finding.sameBits "f + c" n run.Points[n] other.Points[n] ]

        let shrink (problem: Problem, optimizer, n) =
            Draw.shrinkCount 1 n |> Seq.map (fun n -> problem, optimizer, n)

        law
            "INV-7"
            "a constant added to f"
            "f + c gives the same trajectory, bit for bit"
            "methods that do not look at the loss"
            Identity
            (own "by definition")
            (Gen.map3
                (fun problem optimizer n -> Trial.over shrink tell (problem, optimizer, n))
                Pools.smooth
                Pools.anyWithoutDecay
                (Gen.choose (1, 15)))

    /// INV-8.
    let blocks =
        check
            elementwise
            "INV-8"
            "separability"
            "f1(x) + f2(y) runs as two runs, bit for bit"
            "elementwise methods"
            (fun head rate sequence machine ->
                let d = sequence.Dimension / 2

                let part take =
                    last machine (head rate) (take sequence.Start) (sequence.Gradients |> Array.map take)

                let whole = last machine (head rate) sequence.Start sequence.Gradients

                [
                    Finding.sameBits
                        "(x, y)"
                        sequence.Steps
                        (Array.append (part (Array.truncate d)) (part (Array.skip d)))
                        whole
                ])

    /// INV-10.
    let timeOrder =
        law
            "INV-10"
            "order in time"
            "AdaGrad's accumulator does not see the order of the gradients; momentum does"
            "any gradients; g = (1, 0) and (0, 1)"
            Identity
            (own "by definition")
            (Cases.sequences sequences rates (fun rate -> string (adagrad rate)) (fun rate sequence machine ->
                let sums gradients =
                    (Array.last (Trajectory.feedOn machine (adagrad rate) sequence.Start gradients).Trail).Slot
                        "adagrad.G"

                let total = sums sequence.Gradients

                let path gradients =
                    last machine (sgd rate |> momentum 0.9) [| 0.0 |] gradients

                [
                    Finding.close
                        "G of the reversed sequence"
                        sequence.Steps
                        (Array.max total)
                        (4.0 * float sequence.Steps * Vec.eps)
                        total
                        (sums (Array.rev sequence.Gradients))
                    Finding.holds
                        "momentum sees the order"
                        2
                        (path [| [| 1.0 |]; [| 0.0 |] |] <> path [| [| 0.0 |]; [| 1.0 |] |])
                ]))

    /// <summary>INV-1 … INV-10; INV-5 is AD-11, INV-9 is the contract PREFIX.</summary>
    let laws: Law list = [
        translation
        rotation
        permutation
        scaling
        units
        offset
        blocks
        timeOrder
    ]
