/// Twins of the directions that remember the last gradient as one vector: quasi-Newton, conjugate gradients.
module OptCore.Tests.Oracle.ConjugateDirections

open OptCore

let private dot (a: float[]) (b: float[]) =
    Array.fold2 (fun sum x y -> sum + x * y) 0.0 a b

let private length (a: float[]) = norm a [| 0 .. a.Length - 1 |]

/// The inverse Hessian of BFGS, one rank-two update after the other, applied to a vector: the newest pair first.
let rec private inverse first (pairs: (float[] * float[]) list) (u: float[]) =
    match pairs with
    | [] -> first u
    | (s, y) :: older ->
        // (I − ρ s yᵀ) H (I − ρ y sᵀ) u + ρ s sᵀ u
        let rho = 1.0 / dot s y
        let along = rho * dot s u
        let inner = inverse first older (Array.map2 (fun u y -> u - along * y) u y)
        let back = rho * dot y inner
        Array.map2 (fun r s -> r + (along - back) * s) inner s

let lbfgs (l: Lbfgs) (site: Site) =
    let elements = site.Elements
    let mutable last: (float[] * float[]) option = None
    let mutable pairs: (float[] * float[]) list = []

    Rule(fun m ->
        let u, p =
            elements |> Array.map (fun i -> m.Update[i]), elements |> Array.map (fun i -> m.Parameters[i])

        match last with
        | None -> ()
        | Some(p0, u0) ->
            let s, y = Array.map2 (-) p p0, Array.map2 (-) u u0
            let lengths = length s * length y

            if dot s y > l.Curvature * lengths && System.Double.IsFinite lengths then
                pairs <- List.truncate l.Memory ((s, y) :: pairs)

        last <- Some(p, u)

        let scale =
            match pairs with
            | [] -> min 1.0 (1.0 / (if l.FirstL1 then Array.sumBy abs u else length u))
            | (s, y) :: _ -> dot s y / dot y y

        inverse (Array.map (fun x -> scale * x)) pairs u
        |> Array.iteri (fun j x -> m.Update[elements[j]] <- x))

/// With the factor of the old direction as an argument, from u and u_prev; and whether it restarts uphill.
let conjugate (beta: float[] -> float[] -> float) restarts (site: Site) =
    let elements = site.Elements
    let mutable last: (float[] * float[]) option = None

    Rule(fun m ->
        let u = elements |> Array.map (fun i -> m.Update[i])

        let d =
            match last with
            | Some(u0, d0) when dot u0 u0 > 0.0 ->
                let factor = max 0.0 (beta u u0)
                let d = Array.map2 (fun u d -> u + factor * d) u d0
                if dot d u > 0.0 || not restarts then d else u
            | _ -> u

        last <- Some(u, d)
        d |> Array.iteri (fun j x -> m.Update[elements[j]] <- x))

let conjugateGradient site =
    conjugate (fun u u0 -> dot u (Array.map2 (-) u u0) / dot u0 u0) true site
