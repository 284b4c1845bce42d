namespace OptVerify

open FsCheck
open FsCheck.FSharp
open OptCore
open OptDsl

/// What the laws of these files share.
module internal InvarianceParts =

    let private short = GradientSequence.arbitrary 20 4

    /// A quarter of them is wider than every vector register.
    let sequences = Gen.frequency [ 3, short; 1, GradientSequence.arbitrary 6 70 ]

    let rates = Draw.logUniform 1e-3 0.3

    /// How far a run reaches and goes.
    let size (response: Response) =
        1.0
        + (response.Path |> Array.map Vec.norm |> Array.max)
        + (response.Path |> Array.pairwise |> Array.sumBy (fun (a, b) -> Vec.distance a b))

    /// A law about what a change of coordinates does to the runs of some optimizers.
    let turned sequences (heads: (float -> Optimizer) list) (turn: GradientSequence -> GradientSequence) judge =
        Cases.twins
            sequences
            (Gen.zip (Gen.elements heads) rates)
            (fun (head: float -> Optimizer, rate) sequence -> head rate, (head rate, turn sequence))
            (fun _ -> judge)

    /// Start and gradients, each mapped.
    let mapped start gradient (sequence: GradientSequence) = {
        Start = start sequence.Start
        Gradients = Array.map gradient sequence.Gradients
    }

    /// A law about optimizers whose rate and options follow a scale 2^k, bit for bit.
    let scaled (heads: (float -> float -> Optimizer) list) exponents start gradient =
        let two (k: int) = System.Math.ScaleB(1.0, k)

        Cases.twins
            sequences
            (Gen.zip3 (Gen.elements heads) rates exponents)
            (fun (head: float -> float -> Optimizer, rate, k) sequence ->
                head rate 1.0, (head rate (two k), mapped (start (two k)) (gradient (two k)) sequence))
            (fun (_, _, k) sequence plain other -> [
                Finding.sameBits "p" sequence.Steps (start (two k) plain.Last) other.Last
            ])

/// <summary>Symmetries: translations, rotations, permutations, scales of the function.</summary>
[<RequireQualifiedAccess>]
module Invariances =

    open InvarianceParts

    /// INV-1.
    let translation =
        let t (start: float[]) =
            Array.init start.Length (fun i -> float (3 * i % 17) - 2.0)

        {
            Id = "INV-1"
            Name = "translation"
            Statement = "x → x + t moves the trajectory by t"
            Assumptions = "no decay, no constraint"
            Tightness = Identity
            Source = own "by definition"
            Cases =
                turned
                    sequences
                    ((sgd >> clip 0.5) :: OptimizerDraws.elementwise)
                    (mapped (fun start -> Vec.add start (t start)) id)
                    (fun sequence plain moved -> [
                        Finding.close
                            "p"
                            sequence.Steps
                            (size plain + Vec.norm (t sequence.Start))
                            (8.0 * float sequence.Steps * Vec.eps)
                            (Vec.add plain.Last (t sequence.Start))
                            moved.Last
                    ])
        }

    /// INV-2.
    let rotation =
        let q (x: float[]) =
            Rotation.apply (Rotation.ofSeed 11 x.Length) x

        let holds =
            turned (GradientSequence.arbitrary 20 4) OptimizerDraws.rotating (mapped q q) (fun sequence plain turned -> [
                Finding.close
                    "p"
                    sequence.Steps
                    (10.0 * size plain)
                    (32.0 * float sequence.Steps * Vec.eps)
                    (q plain.Last)
                    turned.Last
            ])

        // e₁ in four dimensions, and the same turned onto the diagonal: lr N along e₁, or lr N in each of four coordinates.
        let breaks =
            let rate, steps = 0.01, 50

            let heads = [
                adamWith (Adam(Epsilon = 0.0))
                signSgd
                lion
                rmsPropWith (RmsProp(Epsilon = 0.0, BiasCorrection = true))
            ]

            Gen.elements heads
            |> Gen.map (fun (head: float -> Optimizer) ->
                let code direction =
                    $"Trajectory.feed ({head rate}) (Array.zeroCreate 4) (Array.replicate {steps} {Code.array direction})"

                let straight, diagonal = [| 1.0; 0.0; 0.0; 0.0 |], Array.create 4 0.5

                Case.fixedCase $"{code straight}, {code diagonal}" (fun subject ->
                    let length direction =
                        Vec.norm
                            (Trajectory.feedOn subject (head rate) (Vec.zero 4) (Array.replicate steps direction))
                                .Last

                    [
                        Finding.equal
                            "‖x_N‖ along the diagonal, less that along an axis"
                            steps
                            (rate * float steps)
                            1e-12
                            (length diagonal - length straight)
                    ]))

        {
            Id = "INV-2"
            Name = "rotation"
            Statement =
                "x → Qx, g → Qg turns the trajectory; that of Adam, RMSProp, sign and Lion it does not: lr N(√d−1)"
            Assumptions = "methods of norms and inner products"
            Tightness = Identity
            Source = own "by definition"
            Cases = Gen.frequency [ 9, holds; 1, breaks ]
        }

    /// INV-3.
    let permutation =
        let turn (x: float[]) =
            x |> Array.rev |> Array.mapi (fun i y -> if i % 2 = 0 then -y else y)

        // 0 has no sign to flip.
        let positive = Array.map (fun x -> x + 0.0)

        let exact =
            turned
                sequences
                (OptimizerDraws.elementwise @ OptimizerDraws.ofParameters)
                (mapped turn turn)
                (fun sequence plain turned -> [
                    Finding.sameBits "p" sequence.Steps (positive (turn plain.Last)) (positive turned.Last)
                ])

        // A norm is a sum in another order.
        let ofNorms =
            turned
                sequences
                [ sgd >> clip 1.0; sgd >> normalize; sgd >> clipPerTensor 1.0 ]
                (mapped turn turn)
                (fun sequence plain turned -> [
                    Finding.close
                        "p"
                        sequence.Steps
                        (size plain)
                        (float (sequence.Dimension + sequence.Steps + 1) * Vec.eps)
                        (turn plain.Last)
                        turned.Last
                ])

        {
            Id = "INV-3"
            Name = "permutation and sign flips of coordinates"
            Statement = "P x, P g gives P of the trajectory, bit for bit; with norms up to the order of their sums"
            Assumptions = "elementwise methods; methods of norms"
            Tightness = Identity
            Source = own "by definition"
            Cases = Gen.frequency [ 3, exact; 1, ofNorms ]
        }

    /// INV-4.
    let scaling = {
        Id = "INV-4"
        Name = "units of f"
        Statement = "g → c g with η/c is the same trajectory, bit for bit for c = 2^k"
        Assumptions = "gradient descent, momentum, Nesterov, clipping at c, λ c"
        Tightness = Identity
        Source = own "by definition"
        Cases = scaled OptimizerDraws.linear (Gen.choose (-30, 30)) (fun _ -> id) Vec.scale
    }

    /// <summary>INV-1 … INV-4.</summary>
    let laws: Law list = [ translation; rotation; permutation; scaling ]
