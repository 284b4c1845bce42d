namespace OptVerify

open FsCheck
open FsCheck.FSharp
open MathNet.Numerics.LinearAlgebra
open OptCore
open OptDsl

/// <summary>Kronecker-factored preconditioners: <c>shampoo</c> and <c>soap</c> beside dense matrices, and their symmetries.</summary>
[<RequireQualifiedAccess>]
module PreconditionerLaws =

    open TensorParts

    // The unfolding of a tensor along an axis, its other axes in any fixed order: for U Uᵀ that does not matter.
    let private unfolded (shape: int list) axis (values: float[]) =
        let size = shape[axis]
        let inner = List.fold (*) 1 (List.skip (axis + 1) shape)
        let columns = values.Length / size

        Matrix<float>
            .Build.Dense(
                size,
                columns,
                fun i j ->
                    let outer, rest = j / inner, j % inner
                    values[(outer * size + i) * inner + rest]
            )

    let private gram shape axis values =
        let u = unfolded shape axis values
        u * u.Transpose()

    let private kronecker (factors: Matrix<float> list) =
        factors |> List.reduce (fun a b -> a.KroneckerProduct b)

    let private apply (matrix: Matrix<float>) (x: float[]) =
        (matrix * Vector<float>.Build.DenseOfArray(Array.copy x)).ToArray()

    // A symmetric positive definite matrix to a power, and the ratio of its eigenvalues.
    let private power (matrix: Matrix<float>) exponent =
        let evd = matrix.Evd Symmetricity.Symmetric
        let values = evd.EigenValues.Real()

        let raised =
            Matrix<float>.Build.DenseOfDiagonalVector(values.Map(fun value -> value ** exponent))

        evd.EigenVectors * raised * evd.EigenVectors.Transpose(), values.Maximum() / values.Minimum()

    /// What a law of Shampoo draws.
    type private Setting = {
        Beta2: float
        Epsilon: float
        Rate: float
    }

    let private settings = gen {
        let! beta2 = Gen.elements [ 1.0; 0.9; 0.5 ]
        let! epsilon = Draw.logUniform 0.1 10.0
        let! rate = Draw.logUniform 1e-2 1.0

        return {
            Beta2 = beta2
            Epsilon = epsilon
            Rate = rate
        }
    }

    // ε in units of the squared gradient, so that it counts at every scale.
    let private unitOf (tensor: TensorSequence) =
        tensor.Sequence.Gradients
        |> Array.map (fun g -> Vec.dot g g / float g.Length)
        |> Array.average

    let private shampooOf setting tensor =
        shampooWith (Shampoo(Beta2 = setting.Beta2, Epsilon = setting.Epsilon * unitOf tensor)) setting.Rate

    /// SHAMPOO-1.
    let dense =
        let shapes =
            Gen.oneof [ matrices 4; Gen.map (fun d -> [ 2; d; 2 ]) (Gen.choose (1, 3)) ]

        let judge setting (tensor: TensorSequence) subject =
            let shape, gradients = tensor.Shape, tensor.Sequence.Gradients
            let response = run subject (shampooOf setting tensor) tensor
            let n = tensor.Sequence.Dimension
            let epsilon = setting.Epsilon * unitOf tensor
            let axes = [ 0 .. shape.Length - 1 ]

            let blend (kept: Matrix<float>) (fresh: Matrix<float>) =
                if setting.Beta2 = 1.0 then
                    kept + fresh
                else
                    setting.Beta2 * kept + (1.0 - setting.Beta2) * fresh

            let zero =
                axes
                |> List.map (fun axis -> Matrix<float>.Build.Dense(shape[axis], shape[axis]))

            let moments =
                gradients
                |> Array.scan (fun kept g -> List.mapi (fun axis h -> blend h (gram shape axis g)) kept) zero

            [
                for k in 0 .. gradients.Length - 1 do
                    let correction =
                        if setting.Beta2 = 1.0 then
                            1.0
                        else
                            1.0 - setting.Beta2 ** float (k + 1)

                    let damped (h: Matrix<float>) =
                        h / correction
                        + Matrix<float>.Build.DenseDiagonal(h.RowCount, h.RowCount, epsilon)

                    let root, ratio =
                        power (kronecker (List.map damped moments[k + 1])) (-0.5 / float shape.Length)

                    let expected = Vec.scale setting.Rate (apply root gradients[k])
                    // An eigenvalue of the dense matrix is known to n ε of the largest one.
                    let points = Vec.norm response.Path[k] + Vec.norm response.Path[k + 1]

                    let off =
                        8.0 * float (n + k) * Vec.eps * ratio * Vec.norm expected
                        + 2.0 * Vec.eps * points

                    Finding.close "(H₁ ⊗ H₂)^(−1/4) g" k 1.0 off expected (response.Update k)
            ]

        {
            Id = "SHAMPOO-1"
            Name = "Shampoo is the root of a dense Kronecker product"
            Statement = "u = (H_1 ⊗ … ⊗ H_a)^(−1/(2a)) g, H_i = ΣU_iU_iᵀ + εI or their average, corrected"
            Assumptions = "any gradients of a tensor of a axes; the product as a dense matrix"
            Tightness = Identity
            Source = source "Gupta, Koren and Singer" 2018 "Lemma 4, algorithms 1 and 2"
            Cases = cases (sequences 5 shapes) settings shampooOf judge
        }

    // Two runs, the second on turned start and gradients: the path turns with them.
    let private turns optimizer slack setting (tensor: TensorSequence) subject =
        let other = mapped (turned 7 tensor.Shape) tensor

        let plain, moved =
            run subject (optimizer setting tensor) tensor, run subject (optimizer setting tensor) other

        [
            for k in 1 .. tensor.Sequence.Steps do
                let points = Vec.norm plain.Path[k] + Vec.norm tensor.Sequence.Start

                Finding.close
                    "P p Q"
                    k
                    1.0
                    (slack setting tensor k + 32.0 * float k * Vec.eps * points)
                    (turned 7 tensor.Shape plain.Path[k])
                    moved.Path[k]
        ]

    /// SHAMPOO-2.
    let rotation =
        // Every axis has its own root, of a matrix whose eigenvalues are known to ε of the largest one.
        let slack setting (tensor: TensorSequence) k =
            let largest = tensor.Sequence.Gradients |> Array.sumBy (fun g -> Vec.dot g g)

            let ratio =
                (largest + setting.Epsilon * unitOf tensor) / (setting.Epsilon * unitOf tensor)

            let longest = tensor.Sequence.Gradients |> Array.map Vec.norm |> Array.max
            let reach = longest / sqrt (setting.Epsilon * unitOf tensor)

            64.0
            * float (tensor.Sequence.Dimension * k)
            * Vec.eps
            * ratio
            * setting.Rate
            * reach

        {
            Id = "SHAMPOO-2"
            Name = "Shampoo turns with rows and columns"
            Statement = "P p Q, P g Q give the trajectory P p_t Q for orthogonal P, Q"
            Assumptions = "any gradients of matrices"
            Tightness = Identity
            Source = own "(P H Pᵀ)^r = P H^r Pᵀ"
            Cases = cases (sequences 5 (matrices 4)) settings shampooOf (turns shampooOf slack)
        }

    /// What a law of SOAP draws.
    type private SoapSetting = { Options: Soap; Rate: float }

    let private soapSettings = gen {
        let! beta1 = Draw.uniform 0.0 0.95
        let! beta2 = Draw.uniform 0.5 0.95
        let! epsilon = Draw.logUniform 0.1 1.0
        let! every = Gen.choose (1, 4)
        let! rate = Draw.logUniform 1e-2 1.0

        return {
            Options = Soap(Beta1 = beta1, Beta2 = beta2, ShampooBeta = 0.9, Epsilon = epsilon, Every = every)
            Rate = rate
        }
    }

    let private soapOf setting (_: TensorSequence) = soapWith setting.Options setting.Rate

    // Square matrices whose first gradient has the singular values 4, 2, 1, …: its eigenvectors are well determined. Later ones
    // are smaller, so that the eigenvalues of the averages keep apart.
    let private separated = gen {
        let! n = Gen.choose (1, 3)
        let! steps = Gen.choose (1, 7)
        let! seed = Gen.choose (1, 999)

        let! rest =
            Gen.arrayOfLength (steps - 1) (Gen.arrayOfLength (n * n) (Gen.map ((*) 0.1) Draw.normal))

        let! start = Draw.vector (n * n)

        let diagonal =
            Array.init (n * n) (fun e -> if e / n = e % n then 4.0 / 2.0 ** float (e / n) else 0.0)

        return {
            Shape = [ n; n ]
            Sequence = {
                Start = start
                Gradients = Array.append [| turned seed [ n; n ] diagonal |] rest
            }
        }
    }

    // Eigenvectors are known to ε ‖H‖/gap, at most 16/0.75 ε here, and every QR of a matrix of condition ‖H‖‖H⁻¹‖ to that
    // many; 1/ε of the quotient multiplies it, and gradients are at most 4.7 long.
    let private soapSlack setting (tensor: TensorSequence) k =
        let n = float tensor.Shape[0]

        1024.0 * n * n * float k * float k * Vec.eps * setting.Rate
        / setting.Options.Epsilon

    /// SOAP-1.
    let adamInBasis =
        let sorted (h: Matrix<float>) (q: Matrix<float>) (v: Matrix<float>) alongRows =
            let diagonal = (q.Transpose() * h * q).Diagonal().ToArray()
            let order = [| 0 .. diagonal.Length - 1 |] |> Array.sortBy (fun i -> -diagonal[i])
            let columns = Matrix<float>.Build.DenseOfColumnVectors(order |> Array.map q.Column)

            let v =
                if alongRows then
                    Matrix<float>.Build.DenseOfRowVectors(order |> Array.map v.Row)
                else
                    Matrix<float>.Build.DenseOfColumnVectors(order |> Array.map v.Column)

            (h * columns).QR().Q, v

        let eigenvectors (h: Matrix<float>) =
            let evd = h.Evd Symmetricity.Symmetric
            // From the largest eigenvalue to the least.
            Matrix<float>
                .Build.DenseOfColumnVectors([| for i in h.RowCount - 1 .. -1 .. 0 -> evd.EigenVectors.Column i |])

        let judge setting (tensor: TensorSequence) subject =
            let o, n = setting.Options, tensor.Shape[0]
            let response = run subject (soapOf setting tensor) tensor
            let s = o.ShampooBeta
            let zero () = Matrix<float>.Build.Dense(n, n)
            let mutable m, v = zero (), zero ()
            let mutable left, right = zero (), zero ()
            let mutable rows, columns = zero (), zero ()
            let mutable expected = tensor.Sequence.Start

            [
                for k, gradient in Array.indexed tensor.Sequence.Gradients do
                    let g = asMatrix n n gradient

                    if k > 0 then
                        // The basis of the whole tensor as one dense orthogonal matrix.
                        let basis = rows.KroneckerProduct columns
                        let back = basis.Transpose()
                        m <- o.Beta1 * m + (1.0 - o.Beta1) * g
                        let seen = asMatrix n n (apply back gradient)
                        v <- o.Beta2 * v + (1.0 - o.Beta2) * seen.PointwiseMultiply seen
                        let correction = sqrt (1.0 - o.Beta2 ** float k) / (1.0 - o.Beta1 ** float k)

                        let quotient =
                            Array.map2
                                (fun m v -> m / (sqrt v + o.Epsilon) * correction)
                                (apply back (ofMatrix m))
                                (ofMatrix v)

                        expected <- Vec.sub expected (Vec.scale setting.Rate (apply basis quotient))

                    left <- s * left + (1.0 - s) * g * g.Transpose()
                    right <- s * right + (1.0 - s) * g.Transpose() * g

                    if k = 0 then
                        rows <- eigenvectors left
                        columns <- eigenvectors right
                    elif k % o.Every = 0 then
                        let q, ordered = sorted left rows v true
                        rows <- q
                        let q, ordered = sorted right columns ordered false
                        columns <- q
                        v <- ordered

                    let points = Vec.norm expected + Vec.norm tensor.Sequence.Start
                    let off = soapSlack setting tensor (k + 1) + 32.0 * float (k + 1) * Vec.eps * points
                    Finding.close "p" (k + 1) 1.0 off expected response.Path[k + 1]
            ]

        {
            Id = "SOAP-1"
            Name = "SOAP is Adam in a dense basis"
            Statement =
                "u = B [m̃/(√v + ε)] √(1−β2^t)/(1−β1^t), ũ = Bᵀ u, B = Q_1 ⊗ Q_2 of eigenvectors, later of QR(H Q)"
            Assumptions = "square matrices whose first gradient has separate singular values; B as a dense matrix"
            Tightness = Identity
            Source = source "Vyas et al." 2024 "algorithm 3"
            Cases = cases separated soapSettings soapOf judge
        }

    /// SOAP-2.
    let soapRotation = {
        Id = "SOAP-2"
        Name = "SOAP turns with rows and columns"
        Statement = "P p Q, P g Q give the trajectory P p_t Q for orthogonal P, Q"
        Assumptions = "square matrices whose first gradient has separate singular values"
        Tightness = Identity
        Source = own "eigenvectors turn, and their signs do not matter"
        Cases = cases separated soapSettings soapOf (turns soapOf soapSlack)
    }

    /// <summary>SHAMPOO-1, SHAMPOO-2, SOAP-1, SOAP-2.</summary>
    let laws: Law list = [ dense; rotation; adamInBasis; soapRotation ]
