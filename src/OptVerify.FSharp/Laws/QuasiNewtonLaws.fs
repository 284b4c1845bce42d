namespace OptVerify

open FsCheck
open FsCheck.FSharp
open MathNet.Numerics.LinearAlgebra
open OptCore
open OptDsl

/// The inverse Hessian of BFGS as a dense matrix: the recursion that the two loops of L-BFGS abbreviate.
module internal DenseBfgs =

    /// s and y of a pair.
    type Pair = { S: float[]; Y: float[] }

    /// H, and the same recursion on absolute values, which bounds the rounding of any order of its operations.
    type Inverse = {
        H: Matrix<float>
        Majorant: Matrix<float>
    }

    let private column (x: float[]) =
        Vector<float>.Build.DenseOfArray(Array.copy x)

    let private absolute (x: float[]) = column (Array.map abs x)

    // ⟨|s|, |y|⟩/⟨s, y⟩: what the sum of an inner product loses.
    let private lost (pair: Pair) =
        (absolute pair.S * absolute pair.Y) / (column pair.S * column pair.Y)

    let private diagonal n (x: float) =
        Matrix<float>.Build.DenseDiagonal(n, n, x)

    /// H of pairs, the oldest first: H ← (I − ρ s yᵀ) H (I − ρ y sᵀ) + ρ s sᵀ from ⟨s, y⟩/⟨y, y⟩ of the newest.
    let ofPairs n (pairs: Pair list) : Inverse =
        let newest = List.last pairs
        let own = column newest.Y * column newest.Y
        let mixed = column newest.S * column newest.Y
        let first = mixed / own

        (({
            H = diagonal n first
            Majorant = diagonal n (first * lost newest)
         }),
         pairs)
        ||> List.fold (fun inverse pair ->
            let s, y = column pair.S, column pair.Y
            let rho = 1.0 / (s * y)
            let v = diagonal n 1.0 - rho * y.OuterProduct s
            let sizes, sizey = absolute pair.S, absolute pair.Y
            let large = abs rho * lost pair
            let larger = diagonal n 1.0 + large * sizey.OuterProduct sizes

            {
                H = v.Transpose() * inverse.H * v + rho * s.OuterProduct s
                Majorant =
                    larger.Transpose() * inverse.Majorant * larger
                    + large * sizes.OuterProduct sizes
            })

    /// H u and its majorant, element by element.
    let apply (inverse: Inverse) (u: float[]) =
        (inverse.H * column u).ToArray(), (inverse.Majorant * absolute u).ToArray()

/// <summary>Directions that remember: L-BFGS and conjugate gradients.</summary>
[<RequireQualifiedAccess>]
module QuasiNewtonLaws =

    open SearchParts
    open DenseBfgs

    // The pairs that a memory of m holds before the step k: those of positive curvature among the last, the newest last.
    let private pairsAt (options: Lbfgs) (run: Trajectory) k =
        [
            for j in 1..k do
                let pair = {
                    S = Vec.sub run.Points[j] run.Points[j - 1]
                    Y = Vec.sub run.Gradients[j] run.Gradients[j - 1]
                }

                let lengths = Vec.norm pair.S * Vec.norm pair.Y

                if
                    Vec.dot pair.S pair.Y > options.Curvature * lengths
                    && System.Double.IsFinite lengths
                then
                    pair
        ]
        |> fun all -> List.skip (max 0 (all.Length - options.Memory)) all

    /// QN-1.
    let twoLoops =
        let build (_: Problem) memory (_: int) = lbfgs memory 1.0 |> wolfe

        // Where the search found nothing there is no direction to see.
        let judge memory (run: Trajectory) = [
            for k in List.filter (fun k -> run.Rates[k] > 0.0) [ 0 .. run.Steps - 1 ] do
                let g, rate = run.Gradients[k], run.Rates[k]
                let n = run.Problem.Dimension

                let direction, size =
                    match pairsAt (Lbfgs memory) run k with
                    | [] ->
                        let u = Vec.scale (min 1.0 (1.0 / Vec.norm g)) g
                        u, Array.map abs u
                    | pairs -> apply (ofPairs n pairs) g

                // Each of the 2m + 1 passes is a sum of n products on either side.
                let operations = float (16 * (n + 2) * (memory + 1))

                for i in 0 .. n - 1 do
                    let points = abs (run.Points[k][i]) + abs (run.Points[k + 1][i])

                    Finding.equal
                        $"p − p⁺, element {i},"
                        k
                        (rate * direction[i])
                        (Vec.eps * (operations * rate * size[i] + 2.0 * points))
                        ((run.Update k)[i])
        ]

        {
            Id = "QN-1"
            Name = "the two loops of L-BFGS are the dense recursion of BFGS"
            Statement =
                "p⁺ = p − a H g, H ← (I−ρsyᵀ) H (I−ρysᵀ) + ρssᵀ over the last m pairs with ⟨s,y⟩ > 1e-10‖s‖‖y‖, from ⟨s,y⟩/⟨y,y⟩"
            Assumptions = "lbfgs m |> wolfe; f m-strongly convex, L-smooth; H as a dense matrix"
            Tightness = Identity
            Source = source "Nocedal 1980; Nocedal and Wright" 2006 "algorithm 7.4, equation 7.19"
            Cases = Cases.runs 12 ProblemDraws.stronglyConvex (Gen.choose (1, 6)) build judge
        }

    // 1/T_N((κ+1)/(κ−1)), the least that a polynomial of degree N with value 1 at 0 reaches on [m, L].
    let private chebyshev kappa (steps: int) =
        if kappa = 1.0 then
            0.0
        else
            let r = (sqrt kappa - 1.0) / (sqrt kappa + 1.0)
            2.0 / (r ** float -steps + r ** float steps)

    let private energyBound =
        bound "(f_0−f*)/T_N((κ+1)/(κ−1))²" (fun gap kappa steps -> gap * chebyshev kappa steps ** 2.0)

    /// QN-2.
    let termination =
        let heads: (float -> Optimizer) list = [
            conjugateGradient
            (fun _ -> lbfgs 1 1.0)
            (fun _ -> lbfgs 3 1.0)
            (fun _ -> lbfgs 10 1.0)
        ]

        let build (problem: Problem) (head: float -> Optimizer, unit) (_: int) =
            head (unit / problem.Smoothness) |> wolfeWith exact

        // In the norm of the energy, relative to the start: each of d searches leaves a slope of C2, and gradients are known to
        // d ε κ; either turns each of d directions, by κ from the energy to the gradient, and by κ back.
        let lost (problem: Problem) =
            let d, kappa = float problem.Dimension, 1.0 / problem.Ratio
            d * d * kappa * kappa * (exact.C2 + 16.0 * d * Vec.eps * kappa)

        // Brackets below 1e-9 in every coordinate end a search.
        let ended (problem: Problem) =
            1e-9 * sqrt (problem.Smoothness * float problem.Dimension)

        let judge _ (run: Trajectory) =
            let problem, first = run.Problem, run.Gap 0
            let kappa = 1.0 / problem.Ratio

            Cases.everyStep run (fun k ->
                let allowed =
                    if k >= problem.Dimension then
                        0.0
                    else
                        energyBound.At first kappa k

                let hidden =
                    lost problem * sqrt first + float problem.Dimension * kappa * ended problem

                Finding.atMost "f(x_N) − f*" k allowed (hidden * (2.0 * sqrt allowed + hidden)) (run.Gap k))

        let problems =
            centred (Quadratics.conditionedTo 100.0)
            |> Gen.filter (fun problem -> problem.Dimension <= 6)

        {
            Id = "QN-2"
            Name = "conjugate gradients and L-BFGS end on a quadratic of n parameters in n steps"
            Statement = $"f(x_N)−f* ≤ {energyBound}, and x_n = x*, for every memory m ≥ 1"
            Assumptions = "f quadratic with spectrum in [m, L], n parameters; an exact search (wolfe, C2 = 1e-10)"
            Tightness = Valid
            Source =
                source
                    "Hestenes and Stiefel 1952; Kolda, O'Leary and Nazareth"
                    1998
                    "Theorem 2.2; with exact searches H g_k is in the direction of conjugate gradients"
            Cases = Cases.runs 8 problems (Gen.zip (Gen.elements heads) (Draw.logUniform 0.1 10.0)) build judge
        }

    /// <summary>QN-1, QN-2.</summary>
    let laws: Law list = [ twoLoops; termination ]
