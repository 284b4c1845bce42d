namespace OptVerify

open System
open FsCheck
open FsCheck.FSharp
open MathNet.Numerics.LinearAlgebra

/// <summary>One term of an interpolating sum: (L/2)(aᵀ(x − x*))² with ‖a‖ = 1.</summary>
type Term = {
    /// L of the term.
    Curvature: float
    /// a, of norm 1.
    Direction: float[]
}

/// <summary>A mean of quadratic terms, as stochastic gradient methods see it one term at a time.</summary>
[<NoEquality; NoComparison; StructuredFormatDisplay("{Code}")>]
type Sum = {
    /// The mean f.
    Whole: Problem
    /// The terms fᵢ, each a problem of its own.
    Parts: Problem[]
    /// The F# code that builds the sum.
    Code: string
    /// Smaller sums.
    Simpler: unit -> Sum seq
}

/// <summary>Finite sums, and expectations without sampling error by enumeration.</summary>
[<RequireQualifiedAccess>]
module Sums =

    let private mean (parts: Problem[]) (point: float[]) =
        let evaluated = parts |> Array.map (fun part -> part.At point)
        let n = float parts.Length
        struct ((evaluated |> Array.sumBy fst) / n, evaluated |> Array.map snd |> Vec.mean)

    /// <summary>(1/n) Σ (Lᵢ/2)(aᵢᵀ(x − x*))²: every term is minimal at x*.</summary>
    let rec interpolating (terms: Term list) (minimizer: float[]) (start: float[]) : Sum =
        let d = start.Length

        let part (term: Term) : Problem =
            let f point =
                let r = Vec.dot term.Direction (Vec.sub point minimizer)
                struct (term.Curvature / 2.0 * r * r, Vec.scale (term.Curvature * r) term.Direction)

            {
                Objective = Problem.objective "term" term.Curvature 0.0 0.0 (Some minimizer) d f
                Smoothness = term.Curvature
                Convexity = 0.0
                Growth = 0.0
                Lipschitz = infinity
                Minimizer = Some minimizer
                Minimum = 0.0
                Start = start
                Code = "term"
                Simpler = fun () -> Seq.empty
            }

        let show (term: Term) =
            $"{{ Curvature = {Code.number term.Curvature}; Direction = {Code.array term.Direction} }}"

        let text = terms |> List.map show |> String.concat "; "
        let parts = terms |> List.map part |> List.toArray

        let code =
            $"Sums.interpolating [ {text} ] {Code.array minimizer} {Code.array start}"

        let L = terms |> List.map _.Curvature |> List.max

        {
            Whole = {
                parts[0] with
                    Objective = Problem.objective "interpolating sum" L 0.0 0.0 (Some minimizer) d (mean parts)
                    Smoothness = L
                    Code = $"({code}).Whole"
            }
            Parts = parts
            Code = code
            Simpler =
                fun () -> seq {
                    if terms.Length > 1 then
                        for i in 0 .. terms.Length - 1 do
                            interpolating (List.removeAt i terms) minimizer start

                    if minimizer |> Array.exists (fun x -> x <> 0.0) then
                        interpolating terms (Vec.zero d) (Vec.sub start minimizer)

                    for smaller in Draw.shrinkVector start do
                        interpolating terms minimizer smaller
                }
        }

    /// <summary>The mean of strongly convex quadratics with different minimisers, each given as (spectrum, minimiser, seed).</summary>
    let rec ofQuadratics (terms: (float[] * float[] * int) list) (start: float[]) : Sum =
        let parts =
            terms
            |> List.map (fun (spectrum, minimizer, seed) -> Quadratics.ofSpectrum spectrum minimizer seed start)
            |> List.toArray

        let L = parts |> Array.map _.Smoothness |> Array.max
        let m = parts |> Array.map _.Convexity |> Array.min

        let text =
            terms
            |> List.map (fun (spectrum, minimizer, seed) -> $"{Code.array spectrum}, {Code.array minimizer}, {seed}")
            |> String.concat "; "

        let code = $"Sums.ofQuadratics [ {text} ] {Code.array start}"

        {
            Whole = {
                parts[0] with
                    Objective = Problem.objective "sum" L m 0.0 None start.Length (mean parts)
                    Smoothness = L
                    Convexity = m
                    Growth = m
                    Minimizer = None
                    Minimum = 0.0
                    Code = $"({code}).Whole"
            }
            Parts = parts
            Code = code
            Simpler =
                fun () -> seq {
                    if terms.Length > 1 then
                        for i in 0 .. terms.Length - 1 do
                            ofQuadratics (List.removeAt i terms) start

                    for smaller in Draw.shrinkVector start do
                        ofQuadratics terms smaller
                }
        }

    /// <summary>All sequences of that many choices out of n: the paths over which an expectation is an exact mean.</summary>
    let paths (choices: int) (length: int) : int[][] =
        Array.init (pown choices length) (fun code -> Array.init length (fun k -> code / pown choices k % choices))

    /// <summary>All sequences of signs: noise of variance 1 by exact enumeration.</summary>
    let signs (length: int) : float[][] =
        paths 2 length |> Array.map (Array.map (fun bit -> 2.0 * float bit - 1.0))

    /// <summary>A mean by compensated summation: 2ᵀ summands keep their digits.</summary>
    let expectation (values: float[]) =
        let mutable sum, lost = 0.0, 0.0

        for value in values do
            let next = sum + value

            lost <-
                lost
                + (if abs sum >= abs value then
                       (sum - next) + value
                   else
                       (value - next) + sum)

            sum <- next

        (sum + lost) / float values.Length

    /// <summary>
    /// The minimiser of a sum of quadratics: the mean gradient is affine, its matrix and offset are read off at 0 and at the
    /// unit vectors.
    /// </summary>
    let minimizer (sum: Sum) : float[] =
        let d = sum.Whole.Dimension
        let gradient x = snd (sum.Whole.At x)
        let offset = gradient (Vec.zero d)
        let columns = Array.init d (fun i -> Vec.sub (gradient (Vec.unit d i)) offset)
        let matrix = Matrix<float>.Build.DenseOfColumnArrays columns
        matrix.Solve(Vector<float>.Build.DenseOfArray(Vec.scale -1.0 offset)).ToArray()

    /// <summary>Up to five terms in up to three dimensions.</summary>
    let interpolatingSums: Gen<Sum> = gen {
        let! d = Gen.choose (1, 3)
        let! n = Gen.choose (1, 5)

        let! terms = Gen.listOfLength n (Gen.zip (Draw.logUniform 0.1 10.0) (Draw.vector d))

        let unit = terms |> List.filter (fun (_, a) -> Vec.norm a > 1e-3)
        let unit = if unit.IsEmpty then [ 1.0, Vec.unit d 0 ] else unit

        let terms =
            unit
            |> List.map (fun (L, a) -> {
                Curvature = L
                Direction = Vec.scale (1.0 / Vec.norm a) a
            })

        let! minimizer = Draw.vector d
        let! start = Draw.vector d
        return interpolating terms minimizer (Vec.add minimizer (Vec.scale 3.0 start))
    }

    /// <summary>Up to three strongly convex quadratics with spectra in one interval [m, L].</summary>
    let quadraticSums: Gen<Sum> = gen {
        let! d = Gen.choose (1, 3)
        let! n = Gen.choose (1, 3)
        let! L = Draw.logUniform 0.1 10.0
        let! kappa = Draw.logUniform 1.0 50.0

        let! terms =
            Gen.listOfLength n (Gen.zip3 (Gen.arrayOfLength d (Draw.uniform (L / kappa) L)) (Draw.vector d) Draw.seed)

        let! start = Draw.vector d
        return ofQuadratics terms (Vec.scale 3.0 start)
    }
