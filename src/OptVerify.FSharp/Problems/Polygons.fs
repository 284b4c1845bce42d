namespace OptVerify

open System
open FsCheck
open FsCheck.FSharp

/// <summary>
/// Strongly convex functions of two variables with gradient m x + (L−m)·Proj_C(x), C a convex polygon: the Moreau
/// envelopes on which heavy balls cycle (Goujaud, Taylor and Dieuleveut 2023).
/// </summary>
[<RequireQualifiedAccess>]
module Polygons =

    let private edges (vertices: (float * float)[]) =
        Array.map2 (fun a b -> a, b) vertices (Array.append vertices[1..] vertices[..0])

    let private onSegment (x, y) ((ax, ay), (bx, by)) =
        let dx, dy = bx - ax, by - ay
        let length = dx * dx + dy * dy

        let t =
            if length = 0.0 then
                0.0
            else
                max 0.0 (min 1.0 (((x - ax) * dx + (y - ay) * dy) / length))

        ax + t * dx, ay + t * dy

    let private inside vertices (x, y) =
        edges vertices
        |> Array.forall (fun ((ax, ay), (bx, by)) -> (bx - ax) * (y - ay) - (by - ay) * (x - ax) >= 0.0)

    /// <summary>The projection of a point on the convex polygon with these corners, counter-clockwise.</summary>
    let project (vertices: (float * float)[]) (x: float, y: float) =
        if inside vertices (x, y) then
            x, y
        else
            edges vertices
            |> Array.map (onSegment (x, y))
            |> Array.minBy (fun (a, b) -> (x - a) * (x - a) + (y - b) * (y - b))

    /// <summary>
    /// m/2‖x‖² + (L−m)/2·(‖x‖² − dist(x, C)²) for the polygon with these corners (counter-clockwise), from (x, y).
    /// x* = 0 where 0 is in C, as it is in all that are generated.
    /// </summary>
    let rec ofCorners
        (convexity: float)
        (smoothness: float)
        (corners: (float * float) list)
        (start: float[])
        : Problem =
        let m, L = convexity, smoothness
        let vertices = List.toArray corners

        let f (point: float[]) =
            let x, y = point[0], point[1]
            let a, b = project vertices (x, y)
            let away = (x - a) * (x - a) + (y - b) * (y - b)
            let square = x * x + y * y
            struct (m / 2.0 * square + (L - m) / 2.0 * (square - away), [| m * x + (L - m) * a; m * y + (L - m) * b |])

        let centred = inside vertices (0.0, 0.0)
        let minimizer = if centred then Some [| 0.0; 0.0 |] else None

        {
            Objective = Problem.objective "polygon" L m 0.0 minimizer 2 f
            Smoothness = L
            Convexity = m
            Growth = m
            Lipschitz = infinity
            Minimizer = minimizer
            Minimum = if centred then 0.0 else -infinity
            Start = start
            Code = $"Polygons.ofCorners {Code.value m} {Code.value L} {Code.pairs corners} {Code.array start}"
            Simpler =
                fun () ->
                    seq {
                        if corners.Length > 3 then
                            for i in 0 .. corners.Length - 1 do
                                ofCorners m L (List.removeAt i corners) start

                        for smaller in Draw.shrinkVector start do
                            ofCorners m L corners smaller
                    }
                    |> Seq.filter (fun problem -> problem.Minimizer.IsSome)
        }

    /// <summary>Three to seven corners on an ellipse around 0, κ up to the given number.</summary>
    let stronglyConvex (kappa: float) : Gen<Problem> = gen {
        let! count = Gen.choose (3, 7)
        let! jitter = Gen.arrayOfLength count (Draw.uniform -0.4 0.4)
        let! a = Draw.logUniform 0.1 2.0
        let! b = Draw.logUniform 0.1 2.0

        let angle i =
            Math.PI * (2.0 * float i + jitter[i]) / float count

        let corners = [ for i in 0 .. count - 1 -> a * cos (angle i), b * sin (angle i) ]
        let! L = Draw.logUniform 0.1 10.0
        let! kappa = Draw.logUniform 1.0 kappa
        let! direction = Draw.vector 2
        let! radius = Draw.logUniform 0.1 10.0
        return ofCorners (L / kappa) L corners (Vec.scale radius direction)
    }
