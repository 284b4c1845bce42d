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
    let units = {
        Id = "INV-6"
        Name = "units of x"
        Statement = "x → s x: gradient descent needs η s², Adam η s, bit for bit for s = 2^k"
        Assumptions = "gradients g/s"
        Tightness = Identity
        Source = own "by definition"
        Cases = scaled OptimizerDraws.inUnits (Gen.choose (-30, 30)) Vec.scale (fun s -> Vec.scale (1.0 / s))
    }

    /// INV-7.
    let offset =
        let tell (problem: Problem, optimizer: Optimizer, n: int) =
            $"Trajectory.run ({optimizer}) ({problem}) {n}",
            fun (subject: Subject) ->
                let shifted = {
                    subject with
                        Step = fun state gradient loss -> subject.Step state gradient (loss + 1000.0)
                }

                let run = Trajectory.runOn subject optimizer problem n
                let other = Trajectory.runOn shifted optimizer problem n
                [ Finding.sameBits "p on f + 1000" n run.Points[n] other.Points[n] ]

        let shrink (problem: Problem, optimizer, n) =
            Draw.shrinkCount 1 n |> Seq.map (fun n -> problem, optimizer, n)

        {
            Id = "INV-7"
            Name = "a constant added to f"
            Statement = "f + c gives the same trajectory, bit for bit"
            Assumptions = "methods that do not look at the loss"
            Tightness = Identity
            Source = own "by definition"
            Cases =
                Gen.map3
                    (fun problem optimizer n -> Case.over shrink tell (problem, optimizer, n))
                    ProblemDraws.smooth
                    OptimizerDraws.withoutDecay
                    (Gen.choose (1, 15))
        }

    /// INV-8.
    let blocks =
        let heads = OptimizerDraws.elementwise @ OptimizerDraws.ofParameters
        let part take = mapped take take

        {
            Id = "INV-8"
            Name = "separability"
            Statement = "f1(x) + f2(y) runs as two runs, bit for bit"
            Assumptions = "elementwise methods"
            Tightness = Identity
            Source = own "by definition"
            Cases =
                Cases.sequences
                    sequences
                    (Gen.zip (Gen.elements heads) rates)
                    (fun (head: float -> Optimizer, rate) -> string (head rate))
                    (fun (head, rate) sequence subject ->
                        let d = sequence.Dimension / 2

                        let run (sequence: GradientSequence) =
                            (Trajectory.feedOn subject (head rate) sequence.Start sequence.Gradients).Last

                        [
                            Finding.sameBits
                                "(x, y)"
                                sequence.Steps
                                (Array.append
                                    (run (part (Array.truncate d) sequence))
                                    (run (part (Array.skip d) sequence)))
                                (run sequence)
                        ])
        }

    /// INV-10.
    let timeOrder =
        let reversed (sequence: GradientSequence) = {
            sequence with
                Gradients = Array.rev sequence.Gradients
        }

        let accumulator =
            Cases.twins
                sequences
                rates
                (fun rate sequence -> adagrad rate, (adagrad rate, reversed sequence))
                (fun _ sequence forward backward ->
                    let sums (response: Response) =
                        (Array.last response.Trail).Slot "adagrad.G"

                    [
                        Finding.close
                            "G of the reversed sequence"
                            sequence.Steps
                            (Array.max (sums forward))
                            (4.0 * float sequence.Steps * Vec.eps)
                            (sums forward)
                            (sums backward)
                    ])

        // g = 1, then 0: v = 1, 0.9 and two steps; 0, then 1: one step.
        let buffer =
            let optimizer = sgd 0.5 |> momentum 0.5

            let code gradients =
                $"Trajectory.feed ({optimizer}) [| 0.0 |] {Code.arrays gradients}"

            let first, last = [| [| 1.0 |]; [| 0.0 |] |], [| [| 0.0 |]; [| 1.0 |] |]

            Case.fixedCase $"{code first}, {code last}" (fun subject ->
                let run gradients =
                    (Trajectory.feedOn subject optimizer [| 0.0 |] gradients).Last[0]

                [
                    Finding.equal "p after 1, 0" 2 -0.75 0.0 (run first)
                    Finding.equal "p after 0, 1" 2 -0.5 0.0 (run last)
                ])

        {
            Id = "INV-10"
            Name = "order in time"
            Statement = "AdaGrad's accumulator does not see the order of the gradients; momentum does"
            Assumptions = "any gradients; g = 1, 0 and 0, 1"
            Tightness = Identity
            Source = own "by definition"
            Cases = Gen.frequency [ 9, accumulator; 1, Gen.constant buffer ]
        }

    /// <summary>INV-6 … INV-8, INV-10.</summary>
    let laws: Law list = [ units; offset; blocks; timeOrder ]
