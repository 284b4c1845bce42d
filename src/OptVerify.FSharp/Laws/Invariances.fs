namespace OptVerify

open FsCheck
open FsCheck.FSharp
open OptCore
open OptDsl

/// What the laws of these files share.
module internal InvarianceParts =

    let sequences = GradientSequence.arbitrary 20 4
    let rates = Draw.logUniform 1e-3 0.3

    let elementwise =
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

    let rotating =
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

    let check
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

    let last machine optimizer start gradients =
        (Trajectory.feedOn machine optimizer start gradients).Last

    let size (sequence: GradientSequence) =
        1.0 + Vec.norm sequence.Start + Seq.sumBy Vec.norm sequence.Gradients

/// <summary>Symmetries: translations, rotations, permutations, scales.</summary>
[<RequireQualifiedAccess>]
module Invariances =

    open InvarianceParts

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

    /// <summary>INV-1 … INV-4.</summary>
    let laws: Law list = [ translation; rotation; permutation; scaling ]
