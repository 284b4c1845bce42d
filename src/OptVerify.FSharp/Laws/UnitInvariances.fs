namespace OptVerify

open FsCheck
open FsCheck.FSharp
open OptCore
open OptDsl

/// <summary>Units, offsets, blocks of coordinates and the order of time.</summary>
[<RequireQualifiedAccess>]
module UnitInvariances =

    open InvarianceParts

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

    /// <summary>INV-6 … INV-8, INV-10.</summary>
    let laws: Law list = [ units; offset; blocks; timeOrder ]
