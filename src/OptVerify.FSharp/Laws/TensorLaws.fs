namespace OptVerify

open System
open FsCheck
open FsCheck.FSharp
open MathNet.Numerics.LinearAlgebra
open OptCore
open OptDsl

/// What the laws of rules on matrices share.
module internal TensorParts =

    /// Gradients of one tensor "w".
    type TensorSequence = {
        /// The tensor's axes.
        Shape: int list
        /// Start and gradients, row-major.
        Sequence: GradientSequence
    }

    let layout (shape: int list) =
        Layout.Empty.Add("w", Array.ofList shape)

    /// The path of an optimizer on the tensor.
    let run (subject: Subject) (optimizer: Optimizer) (tensor: TensorSequence) =
        Trajectory.feedPlan
            subject
            (subject.Plan(optimizer, layout tensor.Shape))
            tensor.Sequence.Start
            tensor.Sequence.Gradients

    /// The tensor's gradients, each mapped, and its start.
    let mapped (change: float[] -> float[]) (tensor: TensorSequence) = {
        tensor with
            Sequence = {
                Start = change tensor.Sequence.Start
                Gradients = Array.map change tensor.Sequence.Gradients
            }
    }

    /// Normal elements of one scale; up to the given number of steps.
    let sequences steps (shapes: Gen<int list>) = gen {
        let! shape = shapes
        let! n = Gen.choose (1, steps)
        let d = List.fold (*) 1 shape
        let! scale = Gen.elements [ 1e-3; 1.0; 1e3 ]

        let! gradients =
            Gen.arrayOfLength n (Gen.arrayOfLength d (Gen.map ((*) scale) Draw.normal))

        let! start = Draw.vector d

        return {
            Shape = shape
            Sequence = { Start = start; Gradients = gradients }
        }
    }

    let matrices longest =
        Gen.map2 (fun rows columns -> [ rows; columns ]) (Gen.choose (1, longest)) (Gen.choose (1, longest))

    /// Cases of an optimizer on gradients of a tensor; fewer steps are simpler.
    let cases
        (tensors: Gen<TensorSequence>)
        (settings: Gen<'s>)
        (build: 's -> TensorSequence -> Optimizer)
        (judge: 's -> TensorSequence -> Subject -> Finding list)
        : Gen<Case> =
        let shrink (tensor: TensorSequence, setting) =
            Draw.shrinkCount 1 tensor.Sequence.Steps
            |> Seq.map (fun fewer ->
                {
                    tensor with
                        Sequence = {
                            tensor.Sequence with
                                Gradients = Array.truncate fewer tensor.Sequence.Gradients
                        }
                },
                setting)

        let tell (tensor: TensorSequence, setting) =
            let plan =
                $"({build setting tensor}).Plan<float>({Code.layout (layout tensor.Shape)})"

            $"Trajectory.steps ({plan}) {tensor.Sequence} (Array.create {tensor.Sequence.Steps} nan)",
            judge setting tensor

        Gen.map2 (fun tensor setting -> Case.over shrink tell (tensor, setting)) tensors settings

    /// A row-major array as a matrix.
    let asMatrix rows columns (values: float[]) =
        Matrix<float>.Build.DenseOfRowMajor(rows, columns, values)

    let ofMatrix (matrix: Matrix<float>) = matrix.ToRowMajorArray()

    /// P X Q with orthogonal P and Q of seeds.
    let turned seed (shape: int list) (values: float[]) =
        let rotation seed n =
            Matrix<float>.Build.DenseOfRowArrays(Rotation.ofSeed seed n)

        let rows, columns = shape[0], shape[1]

        rotation seed rows * asMatrix rows columns values * rotation (seed + 1) columns
        |> ofMatrix

/// <summary>Orthogonalized and factored rules on matrices: <c>orthogonalize</c>, <c>muon</c>, <c>adafactor</c>.</summary>
[<RequireQualifiedAccess>]
module TensorLaws =

    open TensorParts

    let private polynomial (options: Orthogonalize) (x: float) =
        let step x =
            x * (options.A + x * x * (options.B + options.C * x * x))

        Seq.fold (fun x _ -> step x) x (seq { 1 .. options.Steps })

    // A step multiplies an error by at most 4: q(x)/x and q' on the singular values [0, 1.21] that it meets.
    let private growth (options: Orthogonalize) (shape: int list) =
        64.0 * float (List.max shape) * 4.0 ** float options.Steps * Vec.eps

    let private widthScale (shape: int list) =
        sqrt (max 1.0 (float shape[0] / float shape[1]))

    /// What a law of orthogonalized updates draws.
    type private Setting = {
        Beta: float
        Rate: float
        Options: Orthogonalize
    }

    let private settings = gen {
        let! beta = Draw.uniform 0.0 0.95
        let! rate = Draw.logUniform 1e-3 1.0
        let! steps = Gen.choose (1, 6)

        return {
            Beta = beta
            Rate = rate
            Options = Orthogonalize(Steps = steps, Epsilon = 0.0)
        }
    }

    // muon where the steps are its five, and the same with other numbers of steps.
    let private muonOf setting =
        if setting.Options.Steps = 5 then
            muon setting.Beta setting.Rate
        else
            sgd setting.Rate
            |> emaWith (Ema(setting.Beta, Nesterov = true))
            |> orthogonalizeWith setting.Options

    // The directions of Nesterov's average of the gradients.
    let private averages beta (gradients: float[][]) =
        let means =
            gradients
            |> Array.scan
                (fun m g -> Vec.add (Vec.scale beta m) (Vec.scale (1.0 - beta) g))
                (Vec.zero gradients[0].Length)

        Array.map2 (fun m g -> Vec.add (Vec.scale beta m) (Vec.scale (1.0 - beta) g)) means[1..] gradients

    /// MUON-1.
    let singularValues =
        let judge setting (tensor: TensorSequence) subject =
            let rows, columns = tensor.Shape[0], tensor.Shape[1]
            let response = run subject (muonOf setting) tensor
            let options = setting.Options
            let epsilon = if options.Steps = 5 then Orthogonalize().Epsilon else 0.0
            let slack = growth options tensor.Shape
            let scale = setting.Rate * widthScale tensor.Shape

            [
                for k, direction in Array.indexed (averages setting.Beta tensor.Sequence.Gradients) do
                    let length = Vec.norm direction + epsilon
                    let svd = (asMatrix rows columns direction).Svd true
                    let values = svd.S.ToArray() |> Array.map (fun s -> s / length)
                    let middle = Matrix<float>.Build.Dense(rows, columns)
                    values |> Array.iteri (fun i s -> middle[i, i] <- polynomial options s)
                    let points = Vec.norm response.Path[k] + Vec.norm response.Path[k + 1]
                    let off = scale * slack + 2.0 * Vec.eps * points
                    let expected = ofMatrix (scale * svd.U * middle * svd.VT)
                    Finding.close "U q(σ/‖M‖) Vᵀ" k 1.0 off expected (response.Update k)

                    let own = (asMatrix rows columns (response.Update k)).Svd(false).S.ToArray()
                    // An error of the elements moves a singular value by at most their norm.
                    let off = off * sqrt (float (rows * columns)) / scale
                    let largest = Array.max own / scale

                    if options.Steps = 5 then
                        Finding.atMost "largest singular value" k 1.20237 off largest

                        if Array.min values >= 0.01 then
                            Finding.atMost "largest singular value from σ/‖M‖ ≥ 0.01" k 1.13436 off largest

                            Finding.atMost
                                "0.68183 − the least singular value"
                                k
                                0.0
                                off
                                (0.68183 - Array.min own / scale)
            ]

        {
            Id = "MUON-1"
            Name = "orthogonalized updates: singular values"
            Statement =
                "u = √max(1, rows/columns) U q(σ/‖M‖) Vᵀ, M = UσVᵀ, q = ax+bx³+cx⁵ taken Steps times; five steps: q ≤ 1.2024 on [0, 1], "
                + "0.6818 ≤ q ≤ 1.1344 on [0.01, 1]"
            Assumptions = "any gradients; orthogonalize, muon: M = Nesterov's average"
            Tightness = Identity
            Source =
                source
                    "Jordan"
                    2024
                    "Newton–Schulz steps; the interval: minimum and maximum of a polynomial of degree 3125"
            Cases = cases (sequences 6 (matrices 6)) settings (fun setting _ -> muonOf setting) judge
        }

    /// MUON-2.
    let equivariance =
        let plain (setting: Setting) =
            sgd 1.0
            |> orthogonalizeWith (Orthogonalize(Steps = setting.Options.Steps, Epsilon = 0.0, WidthScale = false))

        // The update of the first gradient; p_0 = 0, so that nothing is lost.
        let update subject setting shape (gradient: float[]) =
            let tensor = {
                Shape = shape
                Sequence = {
                    Start = Vec.zero gradient.Length
                    Gradients = [| gradient |]
                }
            }

            (run subject (plain setting) tensor).Update 0

        let judge setting (tensor: TensorSequence) subject =
            let shape = tensor.Shape
            let rows, columns = shape[0], shape[1]
            let gradient = tensor.Sequence.Gradients[0]
            let own = update subject setting shape gradient
            let slack = growth setting.Options shape

            let transposed rows columns values =
                ofMatrix ((asMatrix rows columns values).Transpose())

            [
                Finding.close
                    "P u Q"
                    0
                    1.0
                    slack
                    (turned 5 shape own)
                    (update subject setting shape (turned 5 shape gradient))
                Finding.close
                    "uᵀ"
                    0
                    1.0
                    slack
                    (transposed rows columns own)
                    (update subject setting [ columns; rows ] (transposed rows columns gradient))
                for k in [ -30; 12 ] do
                    Finding.sameBits
                        $"u of 2^{k} g"
                        0
                        own
                        (update subject setting shape (Vec.scale (Math.ScaleB(1.0, k)) gradient))
            ]

        {
            Id = "MUON-2"
            Name = "orthogonalized updates turn with rows and columns, and do not see the scale"
            Statement = "u(P M Q) = P u(M) Q for orthogonal P, Q; u(Mᵀ) = u(M)ᵀ; u(2^k M) = u(M), bit for bit"
            Assumptions = "any gradient; ε = 0, no scale by widths"
            Tightness = Identity
            Source = own "X ↦ aX + (bXXᵀ + c(XXᵀ)²)X commutes with rotations"
            Cases = cases (sequences 1 (matrices 6)) settings (fun setting _ -> plain setting) judge
        }

    /// FACT-1.
    let factored =
        let options factored exponent =
            Adafactor(
                Epsilon = 0.0,
                Factored = factored,
                Exponent = exponent,
                RelativeStep = false,
                ParameterScale = false
            )

        // Squares c_t² a_i² b_j² of one pattern: their averages have rank one.
        let tensors = gen {
            let! rows = Gen.choose (1, 6)
            let! columns = Gen.choose (1, 6)
            let! a = Gen.arrayOfLength rows Draw.normal
            let! b = Gen.arrayOfLength columns Draw.normal
            let! n = Gen.choose (1, 8)
            let! c = Gen.arrayOfLength n (Draw.logUniform 1e-2 1e2)
            let! signs = Gen.arrayOfLength n (Gen.arrayOfLength (rows * columns) Draw.sign)
            let! start = Draw.vector (rows * columns)

            return {
                Shape = [ rows; columns ]
                Sequence = {
                    Start = start
                    Gradients =
                        Array.map2
                            (fun c signs ->
                                signs |> Array.mapi (fun e sign -> sign * c * a[e / columns] * b[e % columns]))
                            c
                            signs
                }
            }
        }

        {
            Id = "FACT-1"
            Name = "Adafactor is exact where squared gradients have rank one"
            Statement = "adafactor = adafactorWith (Factored = false) on g_t = ±c_t a bᵀ"
            Assumptions = "any signs by element, ε = 0, no relative steps"
            Tightness = Identity
            Source = source "Shazeer and Stern" 2018 "section 3, R C/ΣR of rank one"
            Cases =
                cases
                    tensors
                    (Gen.zip (Draw.logUniform 1e-3 1.0) (Draw.uniform 0.5 1.0))
                    (fun (rate, exponent) _ -> adafactorWith (options true exponent) rate)
                    (fun (rate, exponent) tensor subject ->
                        let path factored =
                            (run subject (adafactorWith (options factored exponent) rate) tensor).Path

                        let factored, whole = path true, path false

                        [
                            for k in 1 .. tensor.Sequence.Steps do
                                // Directions have a root mean square of at most 1; a quotient of sums of up to six squares.
                                let reach = rate * float k * sqrt (float tensor.Sequence.Dimension)

                                Finding.close
                                    "p"
                                    k
                                    (Vec.norm whole[k] + Vec.norm tensor.Sequence.Start + reach)
                                    (64.0 * float k * Vec.eps)
                                    whole[k]
                                    factored[k]
                        ])
        }

    /// <summary>MUON-1, MUON-2, FACT-1.</summary>
    let laws: Law list = [ singularValues; equivariance; factored ]
