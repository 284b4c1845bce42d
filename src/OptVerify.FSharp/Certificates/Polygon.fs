namespace OptVerify

open System
open System.Numerics
open OptCore

/// <summary>
/// The functions on which pipelines turn for ever: <c>∇f(x) = m x + (L−m) Proj_C(x)</c>, C the regular polygon with the corners
/// <c>p e^{2πik/K}</c>. They are m-strongly convex and L-smooth with the minimum 0 at 0.
/// </summary>
/// <remarks>Source: Goujaud, Taylor and Dieuleveut 2023.</remarks>
[<RequireQualifiedAccess>]
module Polygon =

    let private pair (x: Complex) = x.Real, x.Imaginary

    /// <summary>The corners p e^{2πik/K}, k = 0 … K−1, counter-clockwise.</summary>
    let corners (corner: Complex) (count: int) : Complex[] =
        Array.init count (fun k ->
            corner
            * Complex.FromPolarCoordinates(1.0, 2.0 * Math.PI * float k / float count))

    /// <summary>The nearest point of the polygon.</summary>
    let project (polygon: Complex[]) (x: Complex) : Complex =
        let near = Polygons.project (Array.map pair polygon) (pair x)
        Complex(fst near, snd near)

    /// <summary>
    /// The function of a polygon: <c>f(x) = m/2 |x|² + (L−m)/2 (|x|² − dist(x, C)²)</c>, of two parameters.
    /// </summary>
    /// <param name="interval">(m, L), 0 ≤ m ≤ L.</param>
    /// <param name="corner">(Re p, Im p), one corner; not 0.</param>
    /// <param name="count">K ≥ 3, the number of corners.</param>
    let objective (interval: float * float) (corner: float * float) (count: int) : IObjective =
        let m, l = interval

        if not (0.0 <= m && m <= l) || count < 3 || corner = (0.0, 0.0) then
            invalidArg
                (nameof corner)
                $"m = {m}, L = {l}, corner = {corner}, K = {count}; expected 0 <= m <= L, p <> 0, K >= 3."

        let polygon = corners (Complex(fst corner, snd corner)) count

        let gradient (x: float[]) =
            let near = project polygon (Complex(x[0], x[1]))
            [| m * x[0] + (l - m) * near.Real; m * x[1] + (l - m) * near.Imaginary |]

        let value (x: float[]) =
            let point = Complex(x[0], x[1])
            let square = point.Real * point.Real + point.Imaginary * point.Imaginary
            let distance = (point - project polygon point).Magnitude
            0.5 * m * square + 0.5 * (l - m) * (square - distance * distance)

        FunctionObjective(
            2,
            FunctionObjective.Value(fun x -> value (x.ToArray())),
            FunctionObjective.Gradient(fun x g -> (gradient (x.ToArray())).AsSpan().CopyTo g),
            Name = $"polygon of {count} corners",
            Minimum = Nullable 0.0,
            Minimizer = [| 0.0; 0.0 |],
            Smoothness = Nullable l,
            Convexity = Nullable m
        )
