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

/// What is made of u at p, of the newest pair's memory and of the pairs, the newest first.
let private remembering memory curvature (site: Site) direction =
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

            if dot s y > curvature * lengths && System.Double.IsFinite lengths then
                pairs <- List.truncate memory ((s, y) :: pairs)

        last <- Some(p, u)

        direction m pairs p u |> Array.iteri (fun j x -> m.Update[elements[j]] <- x))

let private turned firstL1 pairs (u: float[]) =
    let scale =
        match pairs with
        | [] -> min 1.0 (1.0 / (if firstL1 then Array.sumBy abs u else length u))
        | (s, y) :: _ -> dot s y / dot y y

    inverse (Array.map (fun x -> scale * x)) pairs u

let lbfgs (l: Lbfgs) (site: Site) =
    remembering l.Memory l.Curvature site (fun _ pairs _ u -> turned l.FirstL1 pairs u)

/// The Hessian of BFGS as a matrix: B − B s sᵀ B/⟨s, B s⟩ + y yᵀ/⟨s, y⟩ over the pairs, the newest first.
let rec private hessian n first (pairs: (float[] * float[]) list) =
    match pairs with
    | [] -> Array.init n (fun i -> Array.init n (fun j -> if i = j then first else 0.0))
    | (s, y) :: older ->
        let b: float[][] = hessian n first older
        let bs = b |> Array.map (dot s)
        let along, mixed = dot s bs, dot s y

        b
        |> Array.mapi (fun i row -> row |> Array.mapi (fun j x -> x - bs[i] * bs[j] / along + y[i] * y[j] / mixed))

/// A x = b by elimination without pivots, for a positive definite A.
let rec private solve (a: float[][]) (b: float[]) : float[] =
    if b.Length = 0 then
        [||]
    else
        let head = a[0]

        let rest =
            Array.zip a b
            |> Array.tail
            |> Array.map (fun (row, y) ->
                let factor = row[0] / head[0]
                Array.map2 (fun x h -> x - factor * h) row head |> Array.tail, y - factor * b[0])

        let x = solve (Array.map fst rest) (Array.map snd rest)
        Array.append [| (b[0] - dot (Array.tail head) x) / head[0] |] x

/// The first minimizer of ⟨g, x−p⟩ + ½⟨x−p, B(x−p)⟩ on the path max(lo, min(hi, p − t g)).
let private cauchy (b: float[][]) (low: float[]) (high: float[]) (p: float[]) (g: float[]) =
    let ends =
        Array.mapi
            (fun i g ->
                if g < 0.0 then (p[i] - high[i]) / g
                elif g > 0.0 then (p[i] - low[i]) / g
                else infinity)
            g

    let at t =
        Array.mapi
            (fun i g ->
                if t >= ends[i] then
                    (if g < 0.0 then high[i] else low[i])
                else
                    p[i] - t * g)
            g

    let rec along t (breaks: float list) =
        let x = at t
        let d = Array.mapi (fun i g -> if t >= ends[i] then 0.0 else -g) g
        let z = Array.map2 (-) x p
        let slope = dot g d + Array.sum (Array.map2 (fun row d -> d * dot row z) b d)
        let curvature = Array.sum (Array.map2 (fun row e -> e * dot row d) b d)

        if slope >= 0.0 then
            x
        else
            let step = -slope / curvature

            match breaks with
            | next :: later when t + step >= next -> along next later
            | _ -> at (t + step)

    along
        0.0
        (ends
         |> Array.filter (fun t -> t > 0.0 && t < infinity)
         |> Array.distinct
         |> Array.sort
         |> List.ofArray)

/// From a point towards the minimizer of the same in the coordinates that it leaves free, as far as the box goes.
let private inFace (b: float[][]) (low: float[]) (high: float[]) (p: float[]) (g: float[]) (x: float[]) =
    let free =
        [| 0 .. p.Length - 1 |]
        |> Array.filter (fun i -> x[i] > low[i] && x[i] < high[i])

    let z = Array.map2 (-) x p
    let reduced = free |> Array.map (fun i -> -(g[i] + dot b[i] z))

    let d =
        solve (free |> Array.map (fun i -> free |> Array.map (fun j -> b[i][j]))) reduced

    let share =
        Array.map2
            (fun i d ->
                if d > 0.0 then (high[i] - x[i]) / d
                elif d < 0.0 then (low[i] - x[i]) / d
                else 1.0)
            free
            d
        |> Array.fold min 1.0

    let moved = Array.copy x
    Array.iter2 (fun i d -> moved[i] <- max low[i] (min high[i] (x[i] + share * d))) free d
    moved

let lbfgsbOf face (l: LbfgsB) (site: Site) =
    let bound (all: System.Collections.Generic.IReadOnlyList<float>) i = all[if all.Count = 1 then 0 else i]

    remembering l.Memory l.Curvature site (fun m pairs p u ->
        let rate =
            if p.Length = 0 then
                1.0
            else
                max 1.0 m.Rate[site.Elements[0]]

        let low, high =
            Array.mapi (fun i _ -> bound l.Low i) p, Array.mapi (fun i _ -> bound l.High i) p

        let whole = turned false pairs u

        let within =
            Array.mapi (fun i w -> let x = p[i] - rate * w in x >= low[i] && x <= high[i]) whole

        if Array.forall id within then
            whole
        else
            let start = Array.mapi (fun i x -> max low[i] (min high[i] x)) p

            let first =
                match pairs with
                | [] -> max 1.0 (length u)
                | (s, y) :: _ -> dot y y / dot s y

            let b = hessian p.Length first pairs

            let x =
                cauchy b low high start u |> (if face then inFace b low high start u else id)

            Array.map2 (fun p x -> (p - x) / rate) p x)

let lbfgsb = lbfgsbOf true

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
