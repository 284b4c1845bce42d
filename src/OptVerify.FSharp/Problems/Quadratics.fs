namespace OptVerify

open System
open FsCheck
open FsCheck.FSharp
open OptCore
open OptModels

/// <summary>Quadratics of prescribed spectrum: f = ½(x−x*)ᵀ Q diag(λ) Qᵀ (x−x*), all constants exact.</summary>
[<RequireQualifiedAccess>]
module Quadratics =

    /// <summary>
    /// The quadratic with eigenvalues λ around x*, in a basis drawn from the seed (0: the coordinate axes). Negative
    /// eigenvalues make it nonconvex and unbounded; zeros leave PL with the smallest positive one.
    /// </summary>
    let rec ofSpectrum (spectrum: float[]) (minimizer: float[]) (seed: int) (start: float[]) : Problem =
        let least = Array.min spectrum
        let positive = spectrum |> Array.filter (fun x -> x > 0.0)
        let basis = if seed = 0 then Nullable() else Nullable(int64 seed)

        {
            Objective = Quadratic(spectrum, minimizer, basis)
            Smoothness = spectrum |> Array.map abs |> Array.max
            Convexity = least
            Growth =
                (if least < 0.0 || positive.Length = 0 then
                     0.0
                 else
                     Array.min positive)
            Lipschitz = infinity
            Minimizer = if least < 0.0 then None else Some minimizer
            Minimum = if least < 0.0 then -infinity else 0.0
            Start = start
            Code = $"Quadratics.ofSpectrum {Code.array spectrum} {Code.array minimizer} {seed} {Code.array start}"
            Simpler = fun () -> simpler spectrum minimizer seed start
        }

    and private simpler spectrum minimizer seed start =
        let d = spectrum.Length

        seq {
            if d > 1 then
                for i in 0 .. d - 1 do
                    ofSpectrum (Array.removeAt i spectrum) (Array.removeAt i minimizer) seed (Array.removeAt i start)

            if seed <> 0 then
                ofSpectrum spectrum minimizer 0 start

            if minimizer |> Array.exists (fun x -> x <> 0.0) then
                ofSpectrum spectrum (Vec.zero d) seed (Vec.sub start minimizer)

            for smaller in Draw.shrinkVector start do
                ofSpectrum spectrum minimizer seed smaller
        }
        |> Seq.filter (fun problem -> problem.Smoothness > 0.0)

    /// <summary>W-QUAD: λx²/2 from R, where contraction factors are attained.</summary>
    let line (curvature: float) (radius: float) = {
        ofSpectrum [| curvature |] [| 0.0 |] 0 [| radius |] with
            Code = $"Quadratics.line {Code.value curvature} {Code.value radius}"
    }

    /// <summary>W-ELS: ½(m x₁² + L x₂²) from (1/m, 1/L), the worst case of exact line search at every step.</summary>
    let lineSearch (convexity: float) (smoothness: float) = {
        ofSpectrum [| convexity; smoothness |] [| 0.0; 0.0 |] 0 [| 1.0 / convexity; 1.0 / smoothness |] with
            Code = $"Quadratics.lineSearch {Code.value convexity} {Code.value smoothness}"
    }

    /// <summary>
    /// Nesterov's tridiagonal function L/4 (½ xᵀAx − x_1), A = tridiag(−1, 2, −1), from 0 (2004, section 2.1.2): a step of a method
    /// of spans reaches one more coordinate.
    /// </summary>
    let tridiagonal (L: float) d : Problem =
        let a (x: float[]) i =
            2.0 * x[i]
            - (if i > 0 then x[i - 1] else 0.0)
            - (if i < d - 1 then x[i + 1] else 0.0)

        let f (x: float[]) =
            let ax = Array.init d (a x)

            let gradient =
                ax |> Array.mapi (fun i y -> L / 4.0 * (y - (if i = 0 then 1.0 else 0.0)))

            struct (L / 4.0 * (Vec.dot x ax / 2.0 - x[0]), gradient)

        let minimizer = Array.init d (fun i -> 1.0 - float (i + 1) / float (d + 1))
        let minimum = L / 8.0 * (1.0 / float (d + 1) - 1.0)

        {
            Objective = Problem.objective "tridiagonal" L 0.0 minimum (Some minimizer) d f
            Smoothness = L
            Convexity = 0.0
            Growth = 0.0
            Lipschitz = infinity
            Minimizer = Some minimizer
            Minimum = minimum
            Start = Vec.zero d
            Code = $"Quadratics.tridiagonal {Code.value L} {d}"
            Simpler = fun () -> Seq.empty
        }

    let private spectrum least conditions = gen {
        let! d = Gen.choose (1, 8)
        let! L = Draw.logUniform 0.01 100.0
        let! kappa = Draw.logUniform 1.0 conditions
        let m = L / kappa
        let! inner = Gen.arrayOfLength d (Draw.logUniform m L)

        return
            match d with
            | 1 -> [| L |]
            | _ when least -> Array.sort inner |> Array.updateAt 0 m |> Array.updateAt (d - 1) L
            | _ -> Array.sort inner |> Array.updateAt 0 0.0 |> Array.updateAt (d - 1) L
    }

    let private around spectrum = gen {
        let d = Array.length spectrum
        let! seed = Draw.seed
        let! offset = Draw.vector d
        let! centred = Gen.elements [ true; true; false ]
        let minimizer = if centred then Vec.zero d else offset
        let! direction = Draw.vector d
        let! radius = Draw.logUniform 0.01 100.0
        return ofSpectrum spectrum minimizer seed (Vec.add minimizer (Vec.scale radius direction))
    }

    /// <summary>Spectra log-uniform in [m, L] with both ends, κ up to 10⁴, up to 8 dimensions.</summary>
    let stronglyConvex: Gen<Problem> = spectrum true 1e4 |> Gen.bind around

    /// <summary>Condition numbers up to the given one.</summary>
    let conditionedTo (kappa: float) : Gen<Problem> = spectrum true kappa |> Gen.bind around

    /// <summary>The smallest eigenvalue is 0: convex, PL, not strongly convex.</summary>
    let rankDeficient: Gen<Problem> =
        spectrum false 1e3
        |> Gen.filter (fun spectrum -> spectrum.Length > 1)
        |> Gen.bind around

    /// <summary>Eigenvalues of both signs.</summary>
    let indefinite: Gen<Problem> = gen {
        let! magnitudes = spectrum true 100.0
        let! signs = Gen.arrayOfLength magnitudes.Length Draw.sign
        return! around (Vec.mul magnitudes signs)
    }
