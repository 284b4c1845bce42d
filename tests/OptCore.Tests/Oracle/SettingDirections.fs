/// Twins of directions that say where the parameters go: the rate is inside.
module OptCore.Tests.Oracle.SettingDirections

open OptCore
open OptCore.Tests.Oracle.Directions

/// What the next parameters are, with the rate inside.
let private setting site (rule: Moment -> int -> float) =
    onEach site (fun m i ->
        m.Inside[i] <- true
        m.Sets[i] <- true
        m.Parameters[i] - rule m i)

let madgrad (a: Madgrad) (site: Site) =
    let s, sum = zeros site, zeros site

    setting site (fun m i ->
        let u, eta = m.Update[i], m.Rate[i]
        let e = if eta = 0.0 then 0.0 else eta + a.Epsilon
        let lambda = e * sqrt (float m.Number)
        s[i] <- s[i] + lambda * u
        sum[i] <- sum[i] + lambda * square u
        let divisor = System.Math.Cbrt sum[i] + a.Epsilon
        let z = site.Start[i] - (if divisor = 0.0 then 0.0 else s[i] / divisor)
        a.Momentum * m.Parameters[i] + (1.0 - a.Momentum) * z)

let ftrl (a: Ftrl) (site: Site) =
    let n, z = site.Start |> Array.map (fun _ -> a.Initial), zeros site
    let before = Array.copy site.StartRate
    let q n eta = (n ** a.Power + a.Beta) / eta

    setting site (fun m i ->
        let u, p, eta = m.Update[i], m.Parameters[i], m.Rate[i]

        if eta = 0.0 then
            p
        else
            let last = if before[i] = 0.0 then eta else before[i]
            let next = n[i] + square u
            z[i] <- z[i] + u + 2.0 * a.L2Shrinkage * p - (q next eta - q n[i] last) * p
            n[i] <- next
            before[i] <- eta
            let divisor = q next eta + 2.0 * a.L2

            if divisor = 0.0 then
                p
            else
                (max -a.L1 (min a.L1 z[i]) - z[i]) / divisor)

let cocob (a: Cocob) (site: Site) =
    let largest = site.Start |> Array.map (fun _ -> a.Epsilon)
    let sum, reward, coin = zeros site, zeros site, zeros site

    onEach site (fun m i ->
        let u, away = m.Update[i], m.Parameters[i] - site.Start[i]
        largest[i] <- max largest[i] (abs u)
        sum[i] <- sum[i] + abs u
        reward[i] <- max (reward[i] - u * away) 0.0
        coin[i] <- coin[i] + u
        let l = largest[i]

        away
        + quotient coin[i] (max (sum[i] + l) (a.Alpha * l)) * quotient (l + reward[i]) l)

let fromage (a: Fromage) (site: Site) =
    Rule(fun m ->
        for tensor in site.Tensors do
            let elements = Site.Of tensor

            let r =
                quotient (max (norm m.Parameters elements) a.Minimum) (max (norm m.Update elements) a.Minimum)

            each elements (fun i ->
                m.Inside[i] <- true
                m.Sets[i] <- true
                let p, eta = m.Parameters[i], m.Rate[i]
                let way = if m.Update[i] = 0.0 then 0.0 else eta * r * m.Update[i]
                m.Update[i] <- p - (p - way) / sqrt (1.0 + square eta)))
