/// The objectives that reference runs name, written out: not the library's own, so that they are an oracle of those.
module OptDsl.Functions

open System
open OptCore

// Σ b(x_{i+1} − x_i²)² + (a − x_i)².
let private rosenbrock a b (x: float[]) (g: float[]) =
    let mutable value = 0.0

    for i in 0 .. x.Length - 2 do
        let r, s = x[i + 1] - x[i] * x[i], a - x[i]
        value <- value + b * r * r + s * s
        g[i] <- g[i] - 4.0 * b * r * x[i] - 2.0 * s
        g[i + 1] <- g[i + 1] + 2.0 * b * r

    value

// (1.5 − x + xy)² + (2.25 − x + xy²)² + (2.625 − x + xy³)².
let private beale (x: float[]) (g: float[]) =
    let mutable value = 0.0

    for c, k in [ 1.5, 1; 2.25, 2; 2.625, 3 ] do
        let power = Math.Pow(x[1], float k)
        let r = c - x[0] + x[0] * power
        value <- value + r * r
        g[0] <- g[0] + 2.0 * r * (power - 1.0)
        g[1] <- g[1] + 2.0 * r * x[0] * float k * Math.Pow(x[1], float (k - 1))

    value

// (x² + y − 11)² + (x + y² − 7)².
let private himmelblau (x: float[]) (g: float[]) =
    let r, s = x[0] * x[0] + x[1] - 11.0, x[0] + x[1] * x[1] - 7.0
    g[0] <- 4.0 * r * x[0] + 2.0 * s
    g[1] <- 2.0 * r + 4.0 * s * x[1]
    r * r + s * s

// ½xᵀAx − bᵀx, A symmetric.
let private quadratic (matrix: float[][]) (linear: float[]) (x: float[]) (g: float[]) =
    let product =
        matrix
        |> Array.map (fun row -> Array.fold2 (fun sum a x -> sum + a * x) 0.0 row x)

    Array.iteri (fun i y -> g[i] <- y - linear[i]) product

    0.5 * Array.fold2 (fun sum x y -> sum + x * y) 0.0 x product
    - Array.fold2 (fun sum b x -> sum + b * x) 0.0 linear x

// Σ ½a_i x_i² + ¼b_i x_i⁴.
let private separableQuartic (second: float[]) (fourth: float[]) (x: float[]) (g: float[]) =
    let mutable value = 0.0

    for i in 0 .. x.Length - 1 do
        let square = x[i] * x[i]
        value <- value + 0.5 * second[i] * square + 0.25 * fourth[i] * square * square
        g[i] <- second[i] * x[i] + fourth[i] * square * x[i]

    value

/// Value and gradient, which is added to zeros, of an objective of the files.
let find (objective: Golden.Objective) : float[] -> float[] -> float =
    let rows name =
        match objective.Numbers.TryFind name with
        | Some rows -> rows
        | None -> failwith $"{objective.Function}: the field \"{name}\" is missing"

    let vector name = (rows name)[0]
    let number name = (vector name)[0]

    match objective.Function with
    | "rosenbrock" -> rosenbrock (number "a") (number "b")
    | "beale" -> beale
    | "himmelblau" -> himmelblau
    | "quadratic" -> quadratic (rows "matrix") (vector "linear")
    | "separableQuartic" -> separableQuartic (vector "quadratic") (vector "quartic")
    | name -> failwith $"there is no objective \"{name}\""

/// The same for the library.
let objective dimension (objective: Golden.Objective) : IObjective =
    let f = find objective

    FunctionObjective(
        dimension,
        FunctionObjective.ValueAndGradient(fun x gradient ->
            let g = Array.zeroCreate x.Length
            let value = f (x.ToArray()) g
            g.AsSpan().CopyTo gradient
            value)
    )
