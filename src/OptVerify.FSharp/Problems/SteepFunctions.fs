namespace OptVerify

open FsCheck
open FsCheck.FSharp

/// <summary>A function with ‖∇²f‖ ≤ L₀ + L₁‖∇f‖ that need not be L-smooth for any L.</summary>
[<NoEquality; NoComparison; StructuredFormatDisplay("{Problem}")>]
type SteepProblem = {
    /// The function; its Smoothness is ∞.
    Problem: Problem
    /// L₀.
    Floor: float
    /// L₁.
    Relative: float
}

/// <summary>(L₀, L₁)-smooth functions of one variable, for clipping (Zhang et al. 2020).</summary>
[<RequireQualifiedAccess>]
module SteepFunctions =

    let rec private build name call floor relative minimum minimizer f (start: float) : SteepProblem =
        let evaluate (point: float[]) =
            let struct (value: float, slope: float) = f point[0]
            struct (value, [| slope |])

        let problem: Problem = {
            Objective = Problem.objective name infinity 0.0 minimum minimizer 1 evaluate
            Smoothness = infinity
            Convexity = 0.0
            Growth = 0.0
            Lipschitz = infinity
            Minimizer = minimizer
            Minimum = minimum
            Start = [| start |]
            Code = $"({call} {Code.value start}).Problem"
            Simpler =
                fun () ->
                    Draw.shrinkNumber start
                    |> Seq.map (fun smaller -> (build name call floor relative minimum minimizer f smaller).Problem)
        }

        {
            Problem = problem
            Floor = floor
            Relative = relative
        }

    /// <summary>cosh(c x): (c², c), f* = 1 at 0.</summary>
    let cosine (c: float) (start: float) : SteepProblem =
        build
            "cosh"
            $"SteepFunctions.cosine {Code.value c}"
            (c * c)
            c
            1.0
            (Some [| 0.0 |])
            (fun x -> struct (cosh (c * x), c * sinh (c * x)))
            start

    /// <summary>x⁴: (16, 1), f* = 0 at 0.</summary>
    let quartic (start: float) : SteepProblem =
        build
            "quartic"
            "SteepFunctions.quartic"
            16.0
            1.0
            0.0
            (Some [| 0.0 |])
            (fun x -> struct (x * x * x * x, 4.0 * x * x * x))
            start

    /// <summary>eˣ: (0, 1), f* = 0 nowhere attained.</summary>
    let exponential (start: float) : SteepProblem =
        build "exp" "SteepFunctions.exponential" 0.0 1.0 0.0 None (fun x -> struct (exp x, exp x)) start

    /// <summary>cosh, x⁴ and eˣ from up to 10 away.</summary>
    let problems: Gen<SteepProblem> =
        Gen.oneof [
            Gen.map2 cosine (Draw.logUniform 0.2 2.0) (Draw.uniform -8.0 8.0)
            Gen.map quartic (Draw.uniform -10.0 10.0)
            Gen.map exponential (Draw.uniform -5.0 8.0)
        ]

    /// <summary>Those with L₀ > 0, for thresholds that divide by it.</summary>
    let floored: Gen<SteepProblem> =
        problems |> Gen.filter (fun steep -> steep.Floor > 0.0)
