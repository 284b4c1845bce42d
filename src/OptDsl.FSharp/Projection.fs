namespace OptDsl

open OptCore

/// <summary>
/// The nearest points of sets, as functions: what the constraints of the same names do behind a step. Arrays are one vector; a point that is
/// not finite, or of a length that the set has not, is an <c>ArgumentException</c>.
/// </summary>
[<RequireQualifiedAccess>]
module Projection =

    let private onto (constraint': IStage) (point: float[]) =
        OptCore.Projection.Onto(constraint', point)

    /// <summary>Onto the box <c>low ≤ p ≤ high</c>.</summary>
    let within (low: float) (high: float) (point: float[]) : float[] = onto (Box(low, high)) point

    /// <summary>Onto the box with bounds by coordinate.</summary>
    let withinEach (low: float list) (high: float list) (point: float[]) : float[] = onto (Bounds(low, high)) point

    /// <summary>Onto <c>p ≥ 0</c>.</summary>
    let nonNegative (point: float[]) : float[] = onto (NonNegative()) point

    /// <summary>Onto the ball <c>‖p‖ ≤ r</c>.</summary>
    let ball (radius: float) (point: float[]) : float[] = onto (Ball radius) point

    /// <summary>Onto the sphere <c>‖p‖ = r</c>; 0 stays.</summary>
    let sphere (radius: float) (point: float[]) : float[] = onto (Sphere radius) point

    /// <summary>Onto the simplex <c>p ≥ 0, Σp = r</c>.</summary>
    let simplex (radius: float) (point: float[]) : float[] = onto (Simplex radius) point

    /// <summary>Onto the ball <c>‖p‖₁ ≤ r</c>.</summary>
    let l1Ball (radius: float) (point: float[]) : float[] = onto (L1Ball radius) point

    /// <summary>Onto the halfspace <c>⟨a, p⟩ ≤ b</c>.</summary>
    let halfspace (normal: float list) (offset: float) (point: float[]) : float[] =
        onto (Halfspace(normal, offset)) point

    /// <summary>Onto the hyperplane <c>⟨a, p⟩ = b</c>.</summary>
    let hyperplane (normal: float list) (offset: float) (point: float[]) : float[] =
        onto (Hyperplane(normal, offset)) point

    /// <summary>How far a point is from the set of a constraint: <c>Projection.distance (Simplex 1.0) point</c>.</summary>
    let distance (constraint': IStage) (point: float[]) : float =
        OptCore.Projection.Distance(constraint', point)
