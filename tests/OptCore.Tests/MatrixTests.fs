/// The decompositions behind shampoo, soap and galore: residuals of the size of a rounding error of the largest number.
module OptCore.Tests.MatrixTests

open System
open Expecto
open OptCore.Kernels

let private rounding = 2.0 ** -52.0

let private symmetric seed n =
    let random = Random(seed: int)
    let a = Array2D.init n n (fun _ _ -> 2.0 * random.NextDouble() - 1.0)
    Array2D.init n n (fun i j -> a[i, j] + a[j, i])

// U diag(λ) Uᵀ with a random orthogonal U.
let private withEigenvalues seed (values: float[]) =
    let u = Oracle.Matrices.orthogonalFactor (symmetric seed values.Length)
    let n = values.Length

    let a =
        Array2D.init n n (fun i j -> Seq.sum (seq { for k in 0 .. n - 1 -> u[i, k] * values[k] * u[j, k] }))

    Array2D.init n n (fun i j -> 0.5 * (a[i, j] + a[j, i]))

let private flat (a: float[,]) = a |> Seq.cast<float> |> Seq.toArray

let private view n (a: float[,]) =
    let buffer = AlignedBuffer<float>(n * n, 1)
    (flat a).CopyTo(buffer[0])
    buffer, MatrixView.Of(buffer, n)

let private eigen (a: float[,]) =
    let n = Array2D.length1 a
    let buffer, matrix = view n a
    let found, vectors = view n (Array2D.zeroCreate n n)
    let values = Array.zeroCreate<float> n
    let work = Array.zeroCreate<float>(SymmetricEigen.WorkLength n)
    SymmetricEigen.Decompose(matrix, n, Span values, vectors, Span work)
    let rows = found[0].ToArray()
    GC.KeepAlive buffer
    GC.KeepAlive found
    values, Array2D.init n n (fun k i -> rows[k * n + i])

let private largest (a: float[,]) =
    flat a |> Array.fold (fun m x -> max m (abs x)) 0.0

let private sum n term =
    Seq.sum (seq { for k in 0 .. n - 1 -> term k })

let private decomposes what (a: float[,]) =
    let n = Array2D.length1 a
    let values, q = eigen a
    let allowed = 8.0 * float n * rounding

    Expect.equal values (Array.sortDescending values) $"{what}: falling"

    for k in 0 .. n - 1 do
        for l in 0 .. n - 1 do
            let inner = sum n (fun i -> q[k, i] * q[l, i])

            Expect.isLessThanOrEqual
                (abs (inner - (if k = l then 1.0 else 0.0)))
                allowed
                $"{what}: orthogonal, {k}, {l}"

        for i in 0 .. n - 1 do
            let residual = sum n (fun j -> a[i, j] * q[k, j]) - values[k] * q[k, i]
            Expect.isLessThanOrEqual (abs residual) (allowed * largest a) $"{what}: A q = λ q, {k}, {i}"

let private factors what (a: float[,]) =
    let n = Array2D.length1 a
    let buffer, matrix = view n a
    let found, q = view n (Array2D.zeroCreate n n)
    let work = Array.zeroCreate<float>(OrthogonalFactor.WorkLength n)
    OrthogonalFactor.Decompose(matrix, n, q, Span work)
    let q = Array2D.init n n (fun i k -> (found[0])[i * n + k])
    GC.KeepAlive buffer
    let allowed = 8.0 * float n * rounding

    for k in 0 .. n - 1 do
        for l in 0 .. n - 1 do
            let inner = sum n (fun i -> q[i, k] * q[i, l])

            Expect.isLessThanOrEqual
                (abs (inner - (if k = l then 1.0 else 0.0)))
                allowed
                $"{what}: orthogonal, {k}, {l}"

            if k > l then
                let below = sum n (fun i -> q[i, k] * a[i, l])
                Expect.isLessThanOrEqual (abs below) (allowed * largest a) $"{what}: QᵀA is triangular, {k}, {l}"

let private matrices = [
    for n in [ 0..12 ] @ [ 31; 64 ] do
        $"random, {n}", symmetric n n
    "zero", Array2D.zeroCreate 5 5
    "identity", Array2D.init 6 6 (fun i j -> if i = j then 1.0 else 0.0)
    "diagonal", Array2D.init 6 6 (fun i j -> if i = j then float ((i * 7) % 5) else 0.0)
    "of rank 2", withEigenvalues 1 [| 3.0; 1.0; 0.0; 0.0; 0.0; 0.0; 0.0 |]
    "of equal eigenvalues", withEigenvalues 2 [| 2.0; 2.0; 2.0; 1.0; 1.0; -1.0 |]
    "of eigenvalues far apart", withEigenvalues 3 [| for k in 0..9 -> 10.0 ** float (-2 * k) |]
    "of eigenvalues close by", withEigenvalues 4 [| for k in 0..9 -> 1.0 + 1e-14 * float k |]
    "large", symmetric 5 7 |> Array2D.map (fun x -> x * 1e300)
    "small", symmetric 6 7 |> Array2D.map (fun x -> x * 1e-290)
    "of ones", Array2D.create 9 9 1.0
]

[<Tests>]
let tests =
    testList "matrices" [
        for what, a in matrices do
            testCase $"eigenvectors, {what}" (fun () -> decomposes what a)

            testCase $"orthogonal factor, {what}" (fun () -> factors what a)

        testCase "eigenvalues as given" (fun () ->
            let given = [| 5.0; 3.0; 1.0; 0.5; -2.0; -7.0 |]
            let values, _ = eigen (withEigenvalues 7 given)
            Array.iter2 (fun (a: float) b -> Expect.isLessThan (abs (a - b)) (64.0 * rounding * 7.0) "λ") given values)

        testCase "the eigenvectors of what is 0 or a multiple of the identity are the axes" (fun () ->
            for multiple in [ 0.0; 3.0 ] do
                let _, q = eigen (Array2D.init 5 5 (fun i j -> if i = j then multiple else 0.0))
                Expect.equal q (Array2D.init 5 5 (fun i j -> if i = j then 1.0 else 0.0)) "I")

        testCase "small eigenvalues of graded matrices have digits of their own" (fun () ->
            // D S D with a well-conditioned S: rotations in order compute every eigenvalue to rounding.
            let s = withEigenvalues 9 [| 1.0; 1.2; 1.5; 2.0; 0.8; 0.7 |]

            for order in [ [ 0..5 ]; [ 5; 4; 3; 2; 1; 0 ]; [ 3; 0; 5; 1; 4; 2 ] ] do
                let d = order |> List.map (fun k -> 100.0 ** float -k) |> Array.ofList
                let graded = Array2D.mapi (fun i j x -> d[i] * x * d[j]) s
                let values, _ = eigen graded
                let exact, _ = Oracle.Matrices.eigen graded

                Array.iter2
                    (fun (a: float) b -> Expect.isLessThan (abs (a - b) / abs a) 1e-12 $"λ in the order %A{order}")
                    exact
                    values)

        testCase "what is not finite gives NaN and ends" (fun () ->
            for wrong in [ nan; infinity; -infinity ] do
                let values, _ =
                    eigen (symmetric 8 6 |> Array2D.mapi (fun i j x -> if i = 2 && j = 4 then wrong else x))

                Expect.isTrue (values |> Array.forall Double.IsNaN) "NaN")
    ]
