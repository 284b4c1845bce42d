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

    /// <summary>Onto the set of a constraint that looks at the axes of tensors, as <c>MaxNorm(2.0, OutputFirst = true)</c> does, for one tensor
    /// of a shape: <c>Projection.tensor (UnitNorm()) [2; 2] [| 3.0; 0.0; 4.0; 2.0 |]</c>.</summary>
    let tensor (constraint': IStage) (shape: int list) (point: float[]) : float[] =
        OptCore.Projection.Onto(constraint', Layout.Empty.Add(Layout.PlainName, Array.ofList shape), point)

    /// <summary>Onto <c>‖p_i‖ ≤ r</c> for every unit i of a tensor <c>[in, …, out]</c> of a shape.</summary>
    let maxNorm (radius: float) (shape: int list) (point: float[]) : float[] = tensor (MaxNorm radius) shape point

    /// <summary>Onto <c>‖p_i‖ = 1</c> for every unit i of a tensor <c>[in, …, out]</c> of a shape; 0 stays.</summary>
    let unitNorm (shape: int list) (point: float[]) : float[] = tensor (UnitNorm()) shape point

    /// <summary>Onto <c>lo ≤ ‖p_i‖ ≤ hi</c> for every unit i of a tensor <c>[in, …, out]</c> of a shape; 0 stays.</summary>
    let minMaxNorm (low: float) (high: float) (shape: int list) (point: float[]) : float[] =
        tensor (MinMaxNorm(low, high)) shape point

    /// <summary>How far a point is from the set of a constraint: <c>Projection.distance (Simplex 1.0) point</c>.</summary>
    let distance (constraint': IStage) (point: float[]) : float =
        OptCore.Projection.Distance(constraint', point)
