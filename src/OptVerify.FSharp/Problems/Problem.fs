namespace OptVerify

open System
open OptCore

/// <summary>
/// A function to minimise with everything that is known about it exactly, and a start. It prints as the F# code that
/// builds it, and gives smaller problems of the same class to whoever shrinks a counter-example.
/// </summary>
[<NoEquality; NoComparison; StructuredFormatDisplay("{Code}")>]
type Problem = {
    /// The function with its gradient (a subgradient where it has kinks).
    Objective: IObjective
    /// L: ‖∇f(x) − ∇f(y)‖ ≤ L‖x − y‖; ∞ for a function that is not smooth.
    Smoothness: float
    /// m: f − (m/2)‖x‖² is convex; 0 says convex, negative bounds the concave part.
    Convexity: float
    /// μ: ‖∇f‖² ≥ 2μ(f − f*), Polyak and Łojasiewicz; 0 where it is not known to hold.
    Growth: float
    /// G: every (sub)gradient has at most this norm; ∞ where unknown.
    Lipschitz: float
    /// A minimiser x*, where known.
    Minimizer: float[] option
    /// f*, exact where the minimiser is known, else a lower bound; −∞ where there is none.
    Minimum: float
    /// x_0.
    Start: float[]
    /// The F# code that builds the problem.
    Code: string
    /// Smaller problems of the same class.
    Simpler: unit -> Problem seq
} with

    /// The number of parameters.
    member problem.Dimension = problem.Start.Length

    /// The value and the gradient at a point.
    member problem.At(point: float[]) =
        let gradient = Vec.zero point.Length
        let value = problem.Objective.Evaluate(ReadOnlySpan point, Span gradient)
        value, gradient

    /// ‖x − x*‖; NaN where x* is not known.
    member problem.DistanceTo(point: float[]) =
        match problem.Minimizer with
        | Some minimizer -> Vec.distance point minimizer
        | None -> nan

    /// R = ‖x_0 − x*‖; NaN where x* is not known.
    member problem.Distance = problem.DistanceTo problem.Start

    /// q = m/L.
    member problem.Ratio = problem.Convexity / problem.Smoothness

    /// The code.
    override problem.ToString() = problem.Code

/// What all families of problems share.
[<RequireQualifiedAccess>]
module Problem =

    let private known x =
        if Double.IsFinite x then Nullable x else Nullable()

    /// An objective of a function that returns value and gradient, with the facts that are finite.
    let internal objective
        name
        (smoothness: float)
        convexity
        minimum
        (minimizer: float[] option)
        dimension
        (f: float[] -> struct (float * float[]))
        =
        let evaluate =
            FunctionObjective.ValueAndGradient(fun point gradient ->
                let struct (value, slope) = f (point.ToArray())
                slope.AsSpan().CopyTo gradient
                value)

        let facts =
            FunctionObjective(
                dimension,
                evaluate,
                Name = name,
                Smoothness = known smoothness,
                Convexity = (if convexity >= 0.0 then known convexity else Nullable()),
                Minimum = (if minimizer.IsSome then known minimum else Nullable())
            )

        facts :> IObjective

    /// <summary>A problem of one's own: an objective whose facts are those that it tells itself, and a start.</summary>
    let ofObjective (objective: IObjective) (start: float[]) : Problem = {
        Objective = objective
        Smoothness = objective.Smoothness.GetValueOrDefault infinity
        Convexity = objective.Convexity.GetValueOrDefault -infinity
        Growth = objective.Convexity.GetValueOrDefault 0.0
        Lipschitz = infinity
        Minimizer =
            match objective.Minimizer with
            | null -> None
            | point -> Some(Seq.toArray point)
        Minimum = objective.Minimum.GetValueOrDefault -infinity
        Start = Array.copy start
        Code = $"(Problem.ofObjective objective {Code.array start} (* {objective.Name} *))"
        Simpler = fun () -> Seq.empty
    }

    /// <summary>The same function from another start.</summary>
    let from (start: float[]) (problem: Problem) : Problem = {
        problem with
            Start = Array.copy start
            Code = $"({problem.Code} |> Problem.from {Code.array start})"
            Simpler = fun () -> Seq.empty
    }

    /// <summary>The function times a positive constant, which scales L, m, μ, G and f*.</summary>
    let rec times (factor: float) (problem: Problem) : Problem =
        let f (point: float[]) =
            let value, gradient = problem.At point
            struct (factor * value, Array.map ((*) factor) gradient)

        let L, m, minimum =
            factor * problem.Smoothness, factor * problem.Convexity, factor * problem.Minimum

        {
            problem with
                Objective = objective problem.Objective.Name L m minimum problem.Minimizer problem.Dimension f
                Smoothness = L
                Convexity = m
                Growth = factor * problem.Growth
                Lipschitz = factor * problem.Lipschitz
                Minimum = minimum
                Code = $"({problem.Code} |> Problem.times {Code.value factor})"
                Simpler = fun () -> problem.Simpler() |> Seq.map (times factor)
        }

    /// <summary>The interpolation inequality U-6 between two points: negative where f is not in the class S(m, L).</summary>
    let interpolation (problem: Problem) (x: float[]) (y: float[]) =
        let fx, gx = problem.At x
        let fy, gy = problem.At y
        let L, m = problem.Smoothness, problem.Convexity
        let q = m / L
        let d, dg = Vec.sub x y, Vec.sub gx gy
        let linear = fx - fy - Vec.dot gy d

        if Double.IsInfinity L then
            linear
        elif m = L then
            linear - L / 2.0 * Vec.dot d d
        else
            linear
            - (Vec.dot dg dg / L + m * Vec.dot d d - 2.0 * q * Vec.dot dg d)
              / (2.0 * (1.0 - q))
