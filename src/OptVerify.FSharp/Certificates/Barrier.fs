namespace OptVerify

open System
open MathNet.Numerics.LinearAlgebra

/// A semidefinite feasibility problem for a handful of unknowns: is there an x with <c>F_0 + Σ x_i F_i ≻ 0</c> in every block?
/// The log-det barrier and Newton's method on the largest slack t; nothing of it is trusted, the caller checks what it finds.
[<RequireQualifiedAccess>]
module internal Barrier =

    /// One block: its constant and its coefficients, symmetric.
    type Block = {
        Constant: Matrix<float>
        Coefficients: Matrix<float>[]
        /// Whether the slack t is subtracted here; blocks without it only bound the unknowns.
        Slack: bool
    }

    let private value (block: Block) (x: Vector<float>) =
        let mutable sum = block.Constant.Clone()

        for i in 0 .. block.Coefficients.Length - 1 do
            sum <- sum + x[i] * block.Coefficients[i]

        sum

    let private cholesky (m: Matrix<float>) =
        try
            Some(m.Cholesky())
        with :? ArgumentException ->
            None

    /// Whether a symmetric matrix is positive definite: whether its Cholesky factorization exists.
    let isPositive (m: Matrix<float>) = (cholesky m).IsSome

    // The last unknown is t.
    let private withSlack (block: Block) =
        let n = block.Constant.RowCount

        let last =
            if block.Slack then
                -Matrix<float>.Build.DenseIdentity n
            else
                Matrix<float>.Build.Dense(n, n)

        {
            block with
                Coefficients = Array.append block.Coefficients [| last |]
        }

    let private barrier weight (blocks: Block list) (x: Vector<float>) =
        let rec go sum remaining =
            match remaining with
            | [] -> Some sum
            | block :: rest ->
                match cholesky (value block x) with
                | Some factor -> go (sum - factor.DeterminantLn) rest
                | None -> None

        go (-weight * x[x.Count - 1]) blocks

    let private newton weight (blocks: Block list) (x: Vector<float>) =
        let n = x.Count
        let gradient = Vector<float>.Build.Dense n
        let hessian = Matrix<float>.Build.Dense(n, n)
        gradient[n - 1] <- -weight

        for block in blocks do
            let inverse = (value block x).Inverse()
            let scaled = block.Coefficients |> Array.map (fun c -> inverse * c)

            for i in 0 .. n - 1 do
                gradient[i] <- gradient[i] - scaled[i].Trace()

                for j in 0..i do
                    let product = (scaled[i].PointwiseMultiply(scaled[j].Transpose())).RowSums().Sum()
                    hessian[i, j] <- hessian[i, j] + product
                    hessian[j, i] <- hessian[i, j]

        let direction = -(hessian.Solve gradient)
        direction, -(gradient * direction)

    let rec private descend weight blocks (x: Vector<float>) left =
        let direction, decrement = newton weight blocks x
        let current = barrier weight blocks x

        let rec back step =
            let next = x + step * direction

            match barrier weight blocks next, current with
            | Some after, Some before when after <= before - 0.1 * step * decrement -> Some next
            | _ when step < 1e-9 -> None
            | _ -> back (step / 2.0)

        match back 1.0 with
        | Some next when left > 0 && decrement > 1e-8 -> descend weight blocks next (left - 1)
        | Some next -> next
        | None -> x

    /// A point with a positive slack in all blocks, from a start at which the blocks without slack hold strictly.
    let feasible (blocks: Block list) (start: Vector<float>) =
        let smallest =
            blocks
            |> List.filter (fun block -> block.Slack)
            |> List.map (fun block ->
                (value block start).Evd(Symmetricity.Symmetric).EigenValues
                |> Seq.map (fun z -> z.Real)
                |> Seq.min)
            |> List.min

        let extended = List.map withSlack blocks
        let first = Dense.vector (Seq.append start [ smallest - 1.0 ])

        let rec follow weight (x: Vector<float>) =
            let t = x[x.Count - 1]

            if t > 0.0 then Some(x.SubVector(0, start.Count))
            elif weight > 1e9 then None
            else follow (4.0 * weight) (descend weight extended x 40)

        follow 1.0 first
