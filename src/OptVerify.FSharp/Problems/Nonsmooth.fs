namespace OptVerify

open System
open FsCheck
open FsCheck.FSharp

/// <summary>Convex functions with kinks and bounded subgradients.</summary>
[<RequireQualifiedAccess>]
module Nonsmooth =

    let private problem name G minimizer code simpler f (start: float[]) : Problem = {
        Objective = Problem.objective name infinity 0.0 0.0 (Some minimizer) start.Length f
        Smoothness = infinity
        Convexity = 0.0
        Growth = 0.0
        Lipschitz = G
        Minimizer = Some minimizer
        Minimum = 0.0
        Start = start
        Code = code
        Simpler = simpler
    }

    /// <summary>‖A(x − x*)‖₁ with subgradient Aᵀ sign(A(x − x*)): f* = 0, G = Σ‖aᵢ‖.</summary>
    let rec residuals (rows: float[][]) (minimizer: float[]) (start: float[]) : Problem =
        let f point =
            let r = rows |> Array.map (fun row -> Vec.dot row (Vec.sub point minimizer))

            let gradient =
                Array.map2 (fun row x -> Vec.scale (float (sign x)) row) rows r
                |> Array.reduce Vec.add

            struct (Vec.norm1 r, gradient)

        let G = rows |> Array.sumBy Vec.norm

        let code =
            $"Nonsmooth.residuals {Code.arrays rows} {Code.array minimizer} {Code.array start}"

        let simpler () = seq {
            if rows.Length > 1 then
                for i in 0 .. rows.Length - 1 do
                    residuals (Array.removeAt i rows) minimizer start

            if minimizer |> Array.exists (fun x -> x <> 0.0) then
                residuals rows (Vec.zero minimizer.Length) (Vec.sub start minimizer)

            for smaller in Draw.shrinkVector start do
                residuals rows minimizer smaller
        }

        problem "residuals" G minimizer code simpler f start

    /// <summary>
    /// W-MAX: G·max(maxᵢ xᵢ, 0) in as many dimensions as gradients are asked for, from R/√d·(1, …, 1). The oracle resists:
    /// it returns the first maximal coordinate, so no step size helps.
    /// </summary>
    let resisting (lipschitz: float) (radius: float) (dimension: int) : Problem =
        let f (point: float[]) =
            let largest = Array.max point
            let first = Array.IndexOf(point, largest)

            struct (lipschitz * max largest 0.0,
                    (if largest > 0.0 then
                         Vec.scale lipschitz (Vec.unit dimension first)
                     else
                         Vec.zero dimension))

        let code =
            $"Nonsmooth.resisting {Code.value lipschitz} {Code.value radius} {dimension}"

        let start = Array.create dimension (radius / sqrt (float dimension))
        problem "resisting" lipschitz (Vec.zero dimension) code (fun () -> Seq.empty) f start

    /// <summary>m/2‖x − x*‖² + ‖x − x*‖₁ shifted so that f* = 0: strongly convex with kinks.</summary>
    let rec kinkedBowl (convexity: float) (minimizer: float[]) (start: float[]) : Problem =
        let f point =
            let d = Vec.sub point minimizer

            struct (convexity / 2.0 * Vec.dot d d + Vec.norm1 d,
                    d |> Array.map (fun x -> convexity * x + float (sign x)))

        let code =
            $"Nonsmooth.kinkedBowl {Code.value convexity} {Code.array minimizer} {Code.array start}"

        let simpler () =
            Draw.shrinkVector start |> Seq.map (kinkedBowl convexity minimizer)

        {
            problem "kinked bowl" infinity minimizer code simpler f start with
                Convexity = convexity
        }

    /// <summary>Sums of up to six absolute values in up to four dimensions.</summary>
    let convex: Gen<Problem> =
        gen {
            let! d = Gen.choose (1, 4)
            let! n = Gen.choose (1, 6)
            let! rows = Gen.arrayOfLength n (Gen.arrayOfLength d Draw.normal)
            let! centred = Gen.elements [ true; false ]
            let! minimizer = if centred then Gen.constant (Vec.zero d) else Draw.vector d
            let! direction = Draw.vector d
            let! radius = Draw.logUniform 0.01 20.0
            return residuals rows minimizer (Vec.add minimizer (Vec.scale radius direction))
        }
        |> Gen.filter (fun problem -> problem.Lipschitz > 0.1 && problem.Distance > 0.0)

    /// <summary>Strongly convex ones, up to three dimensions.</summary>
    let stronglyConvex: Gen<Problem> = gen {
        let! d = Gen.choose (1, 3)
        let! m = Draw.logUniform 0.1 10.0
        let! minimizer = Draw.vector d
        let! start = Draw.vector d
        return kinkedBowl m minimizer (Vec.add minimizer (Vec.scale 3.0 start))
    }
