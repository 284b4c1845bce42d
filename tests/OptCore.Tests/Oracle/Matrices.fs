/// Matrices by the textbook: what the twins of rules on tensors compute with, and nothing of the library.
module OptCore.Tests.Oracle.Matrices

let product (a: float[,]) (b: float[,]) =
    Array2D.init (Array2D.length1 a) (Array2D.length2 b) (fun i j ->
        Seq.sum (seq { for k in 0 .. Array2D.length2 a - 1 -> a[i, k] * b[k, j] }))

let transpose (a: float[,]) =
    Array2D.init (Array2D.length2 a) (Array2D.length1 a) (fun i j -> a[j, i])

let identity n =
    Array2D.init n n (fun i j -> if i = j then 1.0 else 0.0)

/// The eigenvalues and eigenvectors (columns) of a symmetric matrix, falling, by Jacobi's rotations.
let eigen (symmetric: float[,]) =
    let n = Array2D.length1 symmetric
    let a, q = Array2D.copy symmetric, identity n

    let rotate i j =
        let theta = (a[j, j] - a[i, i]) / (2.0 * a[i, j])

        let t =
            if abs theta > 1e150 then
                0.5 / theta
            else
                (if theta < 0.0 then -1.0 else 1.0) / (abs theta + sqrt (theta * theta + 1.0))

        let c = 1.0 / sqrt (t * t + 1.0)
        let s = t * c

        for k in 0 .. n - 1 do
            let x, y = a[k, i], a[k, j]
            a[k, i] <- c * x - s * y
            a[k, j] <- s * x + c * y

        for k in 0 .. n - 1 do
            let x, y = a[i, k], a[j, k]
            a[i, k] <- c * x - s * y
            a[j, k] <- s * x + c * y
            let x, y = q[k, i], q[k, j]
            q[k, i] <- c * x - s * y
            q[k, j] <- s * x + c * y

    for _ in 1..30 do
        for i in 0 .. n - 1 do
            for j in i + 1 .. n - 1 do
                if a[i, j] <> 0.0 then
                    rotate i j

    let order = [ 0 .. n - 1 ] |> List.sortBy (fun k -> -a[k, k])
    [| for k in order -> a[k, k] |], Array2D.init n n (fun i k -> q[i, order[k]])

/// The orthogonal factor of a square matrix, by reflections.
let orthogonalFactor (matrix: float[,]) =
    let n = Array2D.length1 matrix
    let mutable r, q = Array2D.copy matrix, identity n

    for k in 0 .. n - 1 do
        let x = Array.init n (fun i -> if i < k then 0.0 else r[i, k])
        let length = norm x [| 0 .. n - 1 |]

        if Array.exists ((<>) 0.0) x[k + 1 ..] then
            x[k] <- x[k] + (if x[k] > 0.0 then length else -length)
            let square = Array.sumBy square x

            let reflection =
                Array2D.init n n (fun i j -> (if i = j then 1.0 else 0.0) - 2.0 * x[i] * x[j] / square)

            r <- product reflection r
            q <- product q reflection

    q
