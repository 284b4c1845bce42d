namespace OptVerify

open System
open MathNet.Numerics.LinearAlgebra

/// <summary>Spectral radii and stability of small matrices.</summary>
[<RequireQualifiedAccess>]
module Spectrum =

    let private pair (m: Matrix<float>) =
        m[0, 0] + m[1, 1], m[0, 0] * m[1, 1] - m[0, 1] * m[1, 0]

    /// <summary>
    /// The larger root in absolute value of <c>z² − tr z + det</c>: <c>√det</c> for <c>tr² ≤ 4 det</c>, else
    /// <c>(|tr| + √(tr² − 4 det))/2</c>. A discriminant within rounding of 0 counts as 0: tuned methods have a double root,
    /// whose square root would turn an error of 1e-16 into one of 1e-8.
    /// </summary>
    let radiusOfPair (trace: float) (determinant: float) : float =
        let discriminant = trace * trace - 4.0 * determinant

        if discriminant <= 1e-14 * (trace * trace + 4.0 * abs determinant) then
            sqrt (max determinant 0.0)
        else
            (abs trace + sqrt discriminant) / 2.0

    /// <summary>The spectral radius: in closed form up to two states, by eigenvalues beyond.</summary>
    let radius (m: Matrix<float>) : float =
        match m.RowCount with
        | 0 -> 0.0
        | 1 -> abs m[0, 0]
        | 2 -> pair m ||> radiusOfPair
        | _ when Seq.exists (Double.IsFinite >> not) (m.Enumerate()) -> infinity
        | _ -> m.Evd().EigenValues |> Seq.map (fun z -> z.Magnitude) |> Seq.max

    /// <summary>
    /// Whether no eigenvalue lies outside the unit circle: the Schur–Cohn test <c>|det| ≤ 1, |tr| ≤ 1 + det</c> for two
    /// states, the spectral radius up to 1e-9 beyond.
    /// </summary>
    let isStable (m: Matrix<float>) : bool =
        match m.RowCount with
        | 1 -> abs m[0, 0] <= 1.0
        | 2 ->
            let trace, determinant = pair m
            let rounding = 4.0 * Double.BitIncrement 1.0 - 4.0
            abs determinant <= 1.0 + rounding && abs trace <= 1.0 + determinant + rounding
        | _ -> radius m <= 1.0 + 1e-9

    /// <summary>
    /// The largest value of a function on [low, high] and where: the end points, a grid, and golden section around the best.
    /// An end point is preferred to what is larger by rounding alone.
    /// </summary>
    let supremum (low: float) (high: float) (f: float -> float) : struct (float * float) =
        let cells = 128

        let at i =
            if i = cells then
                high
            else
                low + (high - low) * float i / float cells

        let clearly x y = x > y * (1.0 + 1e-12)

        let best =
            Seq.reduce (fun i j -> if clearly (f (at j)) (f (at i)) then j else i) [
                0
                cells
                yield! [ 1 .. cells - 1 ]
            ]

        let ratio = (sqrt 5.0 - 1.0) / 2.0

        let rec refine a b left =
            if left = 0 then
                (a + b) / 2.0
            else
                let x, y = b - ratio * (b - a), a + ratio * (b - a)

                if f x >= f y then
                    refine a y (left - 1)
                else
                    refine x b (left - 1)

        let inside = refine (at (max 0 (best - 1))) (at (min cells (best + 1))) 60
        let where = if clearly (f inside) (f (at best)) then inside else at best
        struct (f where, where)
