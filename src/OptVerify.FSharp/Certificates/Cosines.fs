namespace OptVerify

open System
open MathNet.Numerics

/// Real polynomials in cos θ and their exact minima: what makes a frequency condition checkable without a grid.
[<RequireQualifiedAccess>]
module internal Cosines =

    /// The coefficients c_d with <c>Σ c_d cos(dθ) = Re[conj(x(z)) y(z) z^{−shift}]</c> on |z| = ρ.
    let product (radius: float) (shift: int) (x: float[]) (y: float[]) =
        let result = Array.zeroCreate (max x.Length y.Length + abs shift)

        for j in 0 .. x.Length - 1 do
            for k in 0 .. y.Length - 1 do
                let d = abs (k - j - shift)
                result[d] <- result[d] + x[j] * y[k] * Math.Pow(radius, float (j + k - shift))

        result

    /// From Σ c_d cos(dθ) to powers of cos θ, by the recursion of the Chebyshev polynomials.
    let toPowers (cosines: float[]) =
        let n = cosines.Length
        let result = Array.zeroCreate n

        let add factor (t: float[]) =
            t |> Array.iteri (fun i c -> result[i] <- result[i] + factor * c)

        let rec go d (previous: float[]) (current: float[]) =
            if d < n then
                add cosines[d] current
                let doubled = Array.append [| 0.0 |] (Array.map ((*) 2.0) current)

                go
                    (d + 1)
                    current
                    (Array.mapi (fun i c -> c - (if i < previous.Length then previous[i] else 0.0)) doubled)

        if n > 0 then
            add cosines[0] [| 1.0 |]

        go 1 [| 1.0 |] [| 0.0; 1.0 |]
        result

    /// The value at x, by Horner's rule.
    let at (powers: float[]) x =
        Array.foldBack (fun c sum -> sum * x + c) powers 0.0

    let private quadraticRoots c b a =
        if a = 0.0 then
            if b = 0.0 then [] else [ -c / b ]
        else
            let discriminant = b * b - 4.0 * a * c

            if discriminant < 0.0 then
                []
            else
                // The root without cancellation first, the other from the product of both.
                let q = -0.5 * (b + (if b >= 0.0 then 1.0 else -1.0) * sqrt discriminant)
                [ q / a; (if q = 0.0 then 0.0 else c / q) ]

    let private trimmed (coefficients: float[]) =
        let scale = Array.fold (fun m c -> max m (abs c)) 0.0 coefficients
        let last = Array.FindLastIndex(coefficients, (fun c -> abs c > 1e-15 * scale))
        coefficients[..last]

    let private stationary (powers: float[]) =
        let derivative = Array.mapi (fun i c -> float (i + 1) * c) powers[1..] |> trimmed

        match derivative with
        | [||]
        | [| _ |] -> []
        | [| c; b |] -> quadraticRoots c b 0.0
        | [| c; b; a |] -> quadraticRoots c b a
        | _ -> [ for z in FindRoots.Polynomial derivative -> z.Real ]

    /// The smallest value over cos θ in [−1, 1] and where: the ends and the real roots of the derivative, which are the roots
    /// of a quadratic for a cubic; a grid beside them guards against a root that the eigenvalues of higher degrees lose.
    let minimum (powers: float[]) =
        let grid =
            if powers.Length > 4 then
                [ for i in -63 .. 63 -> sin (Math.PI * float i / 128.0) ]
            else
                []

        let inside = grid @ (stationary powers |> List.filter (fun x -> abs x < 1.0))
        let where = List.minBy (at powers) ([ -1.0; 1.0 ] @ inside)
        struct (at powers where, where)
