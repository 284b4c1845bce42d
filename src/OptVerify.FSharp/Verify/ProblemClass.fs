namespace OptVerify

open System

/// <summary>What is known of the functions that an optimizer is to minimise.</summary>
type ProblemClass =
    /// <summary>½ xᵀHx + linear, the eigenvalues of H in [m, L], 0 &lt; m ≤ L.</summary>
    | Quadratic of m: float * L: float
    /// <summary>m-strongly convex and L-smooth, 0 &lt; m ≤ L.</summary>
    | StronglyConvex of m: float * L: float
    /// <summary>Convex and L-smooth, L &gt; 0.</summary>
    | Convex of L: float
    /// <summary>L-smooth, maybe not convex, L &gt; 0.</summary>
    | Smooth of L: float
    /// <summary>Convex with subgradients of norm at most G &gt; 0.</summary>
    | NonSmooth of G: float

/// <summary>What the classes say.</summary>
[<RequireQualifiedAccess>]
module ProblemClass =

    let private positive name value =
        if not (0.0 < value && Double.IsFinite value) then
            invalidArg name $"{name} = {value}; expected a finite number above 0."

    /// <summary>Refuses constants outside their ranges.</summary>
    /// <exception cref="T:System.ArgumentException">A constant is not positive and finite, or m &gt; L.</exception>
    let check (problemClass: ProblemClass) : unit =
        match problemClass with
        | Quadratic(m, l)
        | StronglyConvex(m, l) ->
            positive "m" m
            positive "L" l

            if m > l then
                invalidArg "m" $"m = {m} is above L = {l}; expected m <= L."
        | Convex l
        | Smooth l -> positive "L" l
        | NonSmooth g -> positive "G" g

    /// <summary>L, where the gradient is Lipschitz.</summary>
    let smoothness (problemClass: ProblemClass) : float option =
        match problemClass with
        | Quadratic(_, l)
        | StronglyConvex(_, l)
        | Convex l
        | Smooth l -> Some l
        | NonSmooth _ -> None

    /// <summary>(m, L), where the functions are strongly convex.</summary>
    let interval (problemClass: ProblemClass) : (float * float) option =
        match problemClass with
        | Quadratic(m, l)
        | StronglyConvex(m, l) -> Some(m, l)
        | _ -> None
