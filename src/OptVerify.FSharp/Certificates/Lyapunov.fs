namespace OptVerify

open System
open MathNet.Numerics.LinearAlgebra

/// <summary>
/// A Lyapunov function that proves a rate and can be checked without knowing how it was found:
/// <c>V = ξᵀPξ</c>, ξ the state and the last <c>p = L y − g</c>, shrinks by ρ² per step up to terms that the class makes ≤ 0.
/// </summary>
type Lyapunov = {
    /// <summary>The rate ρ.</summary>
    Rate: float
    /// <summary>P, symmetric positive definite of order n + 1.</summary>
    P: Matrix<float>
    /// <summary>The multipliers of the off-by-one term and of the sector term, ≥ 0.</summary>
    Multipliers: float * float
    /// <summary>C = √cond(P): ‖ξ_k‖ ≤ C ρ^k ‖ξ_0‖.</summary>
    Constant: float
}

/// <summary>
/// The small linear matrix inequality of a rate (CERT-4), of order n + 2 in any dimension of the problem: a barrier Newton method
/// proposes P, a Cholesky factorization disposes.
/// </summary>
/// <remarks>Source: Lessard, Recht and Packard 2016, in the form of section 10 of the theory.</remarks>
[<RequireQualifiedAccess>]
module Lyapunov =

    let private symmetric (x: Vector<float>) (y: Vector<float>) =
        0.5 * (x.OuterProduct y + y.OuterProduct x)

    let private basis count i =
        Vector<float>.Build.Dense(count, (fun j -> if i = j then 1.0 else 0.0))

    // In units of L = 1. The unknowns act on (s, p₋, u): rows give the next ξ and the quantities of the two constraints.
    type private Recursion = {
        Next: Matrix<float>
        Now: Matrix<float>
        OffByOne: Matrix<float>
        Sector: Matrix<float>
    }

    let private system q rate (model: LinearModel) scale =
        let n = model.A.RowCount
        let order = n + 2

        let row (v: Vector<float>) =
            Dense.vector (Seq.append v [ 0.0; 0.0 ])

        let y, u, previous = row model.C, basis order (n + 1), basis order n
        let p, g = y - u, u - q * y

        let states = [ for i in 0 .. n - 1 -> row (model.A.Row i) + scale * model.B[i] * u ]

        {
            Next = Matrix<float>.Build.DenseOfRowVectors(states @ [ p ])
            Now = Matrix<float>.Build.DenseOfRowVectors [ for i in 0..n -> basis order i ]
            OffByOne = symmetric (p - rate * rate * previous) g
            Sector = symmetric p g
        }

    let private decrease rate (system: Recursion) (p: Matrix<float>) =
        system.Next.Transpose() * p * system.Next
        - rate * rate * system.Now.Transpose() * p * system.Now

    let private elements order = [|
        for i in 0 .. order - 1 do
            for j in 0..i -> symmetric (basis order i) (basis order j) * (if i = j then 1.0 else 2.0)
    |]

    let private number coefficients i sign constant : Barrier.Block = {
        Constant = Dense.matrix [ [ constant ] ]
        Coefficients = Array.init coefficients (fun j -> Dense.matrix [ [ (if i = j then sign else 0.0) ] ])
        Slack = false
    }

    let private blocks rate (system: Recursion) (shapes: Matrix<float>[]) =
        let order = system.Now.RowCount
        let count = shapes.Length + 2
        let zero k = Matrix<float>.Build.Dense(k, k)
        let pad k (items: Matrix<float>[]) = Array.append items [| zero k; zero k |]

        let main: Barrier.Block = {
            Constant = zero (order + 1)
            Coefficients =
                Array.append (shapes |> Array.map (fun s -> -(decrease rate system s))) [|
                    -system.OffByOne
                    -system.Sector
                |]
            Slack = true
        }

        let positive: Barrier.Block = {
            Constant = zero order
            Coefficients = pad order shapes
            Slack = true
        }

        let bounded: Barrier.Block = {
            Constant = Matrix<float>.Build.DenseIdentity order
            Coefficients = pad order (Array.map (~-) shapes)
            Slack = false
        }

        let multipliers = [
            for i in [ count - 2; count - 1 ] do
                number count i 1.0 0.0
                number count i -1.0 1e4
        ]

        main :: positive :: bounded :: multipliers

    let private proves rate (system: Recursion) (p: Matrix<float>) (l1, l2) =
        let inequality = decrease rate system p + l1 * system.OffByOne + l2 * system.Sector

        l1 >= 0.0
        && l2 >= 0.0
        && Barrier.isPositive p
        && Barrier.isPositive (-0.5 * (inequality + inequality.Transpose()))

    /// <summary>
    /// Whether a Lyapunov function proves its rate for a pipeline, on all m-strongly convex L-smooth functions: P and minus the
    /// matrix inequality have Cholesky factorizations.
    /// </summary>
    let check (interval: float * float) (model: LinearModel) (certificate: Lyapunov) : bool =
        let m, l = interval
        proves certificate.Rate (system (m / l) certificate.Rate model l) certificate.P certificate.Multipliers

    /// <summary>Searches a Lyapunov function for a rate ρ and checks it. ξ holds p in units of L.</summary>
    /// <returns>None where the search finds none that passes the check.</returns>
    let tryFind (interval: float * float) (rate: float) (model: LinearModel) : Lyapunov option =
        let m, l = interval
        // Gradients in units of L: u = g/L, so that B takes the factor L.
        let system = system (m / l) rate model l
        let shapes = elements system.Now.RowCount
        let order = system.Now.RowCount

        let diagonal = [
            for i in 0 .. order - 1 do
                for j in 0..i -> if i = j then 0.5 else 0.0
        ]

        let start = Dense.vector (diagonal @ [ 1.0; 1.0 ])

        match Barrier.feasible (blocks rate system shapes) start with
        | None -> None
        | Some x ->
            let p = Array.mapi (fun i shape -> x[i] * shape) shapes |> Array.reduce (+)
            let multipliers = x[shapes.Length], x[shapes.Length + 1]

            if proves rate system p multipliers then
                Some {
                    Rate = rate
                    P = p
                    Multipliers = multipliers
                    Constant = sqrt (p.ConditionNumber())
                }
            else
                None
