/// Twins of the phase Direction: one equation each.
module OptCore.Tests.Oracle.Directions

open OptCore

// A direction keeps some vectors; its rule gives the new update of one element.
let onEach (site: Site) (rule: Moment -> int -> float) =
    let elements = site.Elements
    Rule(fun moment -> each elements (fun i -> moment.Update[i] <- rule moment i))

let momentum beta dampening site =
    let v = zeros site

    onEach site (fun m i ->
        let u = m.Update[i]

        v[i] <-
            if m.Number = 1L then
                u
            else
                beta * v[i] + (1.0 - dampening) * u

        v[i])

let nesterov beta site =
    let v = zeros site

    onEach site (fun m i ->
        v[i] <- beta * v[i] + m.Update[i]
        m.Update[i] + beta * v[i])

/// As the two points of the literature: x_{t+1} = y_t − g, y_{t+1} = x_{t+1} + ((θ−1)/θ')(x_{t+1} − x_t) + (θ/θ')(x_{t+1} − y_t).
let optimizedGradient steps site =
    let moved, theta = zeros site, zeros site

    onEach site (fun m i ->
        let place = (int m.Number - 1) % steps + 1

        if place = 1 then
            moved[i] <- 0.0
            theta[i] <- 1.0

        let u, old = m.Update[i], theta[i]
        let factor = if place = steps then 8.0 else 4.0
        theta[i] <- (1.0 + sqrt (factor * square old + 1.0)) / 2.0
        // y_t − x_t stands in moved; with x_t = 0: x_{t+1} and y_{t+1}.
        let x = moved[i] - u

        let y = x + (old - 1.0) / theta[i] * x + old / theta[i] * (x - moved[i])

        let update = moved[i] - y
        moved[i] <- y - x
        update)

/// As the points of the paper: ξ' = (1+β)ξ − βξ_prev − g, y = (1+γ)ξ − γξ_prev.
let tripleMomentum ratio site =
    let before, now = zeros site, zeros site
    let rho = 1.0 - sqrt ratio
    let beta = rho * rho / (2.0 - rho)
    let gamma = rho * rho / ((1.0 + rho) * (2.0 - rho))
    let y older newer = (1.0 + gamma) * newer - gamma * older

    onEach site (fun m i ->
        let next = (1.0 + beta) * now[i] - beta * before[i] - m.Update[i]
        let update = y before[i] now[i] - y now[i] next
        // Only differences count: from ξ = 0 on.
        before[i] <- now[i] - next
        now[i] <- 0.0
        update)

let ema (a: Ema) site =
    let m1 = zeros site

    onEach site (fun m i ->
        let u, beta = m.Update[i], a.Beta
        m1[i] <- beta * m1[i] + (1.0 - beta) * u

        let corrected x k =
            if a.BiasCorrection then x / (1.0 - power beta k) else x

        if a.Nesterov then
            beta * corrected m1[i] (m.Number + 1L) + (1.0 - beta) * corrected u m.Number
        else
            corrected m1[i] m.Number)

let optimistic alpha beta site =
    let before = zeros site

    onEach site (fun m i ->
        let u = m.Update[i]
        let change = if m.Number = 1L then 0.0 else u - before[i]
        before[i] <- u
        alpha * u + beta * change)

let adam (a: Adam) site =
    let m1, v = zeros site, zeros site

    onEach site (fun m i ->
        let u = m.Update[i]
        m1[i] <- a.Beta1 * m1[i] + (1.0 - a.Beta1) * u
        v[i] <- a.Beta2 * v[i] + (1.0 - a.Beta2) * square u

        let c1 =
            if a.BiasCorrection then
                1.0 - power a.Beta1 m.Number
            else
                1.0

        let c2 =
            if a.BiasCorrection then
                1.0 - power a.Beta2 m.Number
            else
                1.0

        quotient (m1[i] / c1) (sqrt (v[i] / c2 + a.EpsilonRoot) + a.Epsilon))

let adopt (a: Adopt) site =
    let m1, v = zeros site, zeros site

    onEach site (fun m i ->
        let u, old, t = m.Update[i], v[i], float (m.Number - 1L)
        let beta2 = if t = 0.0 then 0.0 else a.Beta2
        v[i] <- beta2 * old + (1.0 - beta2) * square u

        let limit =
            if t = 0.0 then 0.0
            elif a.Clip then t ** a.ClipPower
            else infinity

        let z = quotient u (max (sqrt old) a.Epsilon) |> min limit |> max -limit
        let blend () = a.Beta1 * m1[i] + (1.0 - a.Beta1) * z
        m1[i] <- blend ()
        if a.Nesterov then blend () else m1[i])

let adEmaMix (a: AdEmaMix) site =
    let m1, slow, v = zeros site, zeros site, zeros site

    // h of the half-lives.
    let h beta =
        if beta = 0.0 then -1.0 else log 0.5 / log beta - 1.0

    let part (k: int64) warmup =
        if warmup = 0 then 1.0 else min 1.0 (float k / float warmup)

    onEach site (fun m i ->
        let u, k = m.Update[i], m.Number
        let q = part k a.Beta3Warmup

        let b =
            if q = 1.0 then
                a.Beta3
            else
                0.5 ** (1.0 / (1.0 + (1.0 - q) * h a.Beta1 + q * h a.Beta3))

        m1[i] <- a.Beta1 * m1[i] + (1.0 - a.Beta1) * u
        slow[i] <- b * slow[i] + (1.0 - b) * u
        v[i] <- a.Beta2 * v[i] + (1.0 - a.Beta2) * square u
        let mean, spread = m1[i] / (1.0 - power a.Beta1 k), v[i] / (1.0 - power a.Beta2 k)
        quotient (mean + a.Alpha * part k a.AlphaWarmup * slow[i]) (sqrt (spread + a.EpsilonRoot) + a.Epsilon))

let simplifiedAdEmaMix (a: SimplifiedAdEmaMix) site =
    let m1, v = zeros site, zeros site

    onEach site (fun m i ->
        let u = m.Update[i]
        m1[i] <- a.Beta1 * m1[i] + u
        v[i] <- a.Beta2 * v[i] + (1.0 - a.Beta2) * square u
        let spread = v[i] / (1.0 - power a.Beta2 m.Number)
        quotient (a.Alpha * u + m1[i]) (sqrt (spread + a.EpsilonRoot) + a.Epsilon))

let acProp (a: AcProp) site =
    let m1, s = zeros site, zeros site

    onEach site (fun m i ->
        let u, t = m.Update[i], m.Number - 1L

        let d =
            if t = 0L then
                u
            else
                quotient u (sqrt (s[i] / (1.0 - power a.Beta2 t)) + a.Epsilon)

        m1[i] <- a.Beta1 * m1[i] + (1.0 - a.Beta1) * u
        s[i] <- a.Beta2 * s[i] + (1.0 - a.Beta2) * square (u - m1[i]) + a.EpsilonRoot
        d)

let amsGrad (a: AmsGrad) site =
    let m1, v, w = zeros site, zeros site, zeros site

    onEach site (fun m i ->
        let u = m.Update[i]
        m1[i] <- a.Beta1 * m1[i] + (1.0 - a.Beta1) * u
        v[i] <- a.Beta2 * v[i] + (1.0 - a.Beta2) * square u
        let c1, c2 = 1.0 - power a.Beta1 m.Number, 1.0 - power a.Beta2 m.Number
        w[i] <- max w[i] (if a.CorrectedMax then v[i] / c2 else v[i])
        quotient (m1[i] / c1) (sqrt (if a.CorrectedMax then w[i] else w[i] / c2) + a.Epsilon))

let adaMax (a: AdaMax) site =
    let m1, n = zeros site, zeros site

    onEach site (fun m i ->
        let u = m.Update[i]
        m1[i] <- a.Beta1 * m1[i] + (1.0 - a.Beta1) * u
        n[i] <- max (a.Beta2 * n[i]) (abs u + a.Epsilon)
        quotient (m1[i] / (1.0 - power a.Beta1 m.Number)) n[i])

let nadam (a: Nadam) site =
    let m1, v = zeros site, zeros site

    let mu (k: int64) =
        a.Beta1 * (1.0 - 0.5 * 0.96 ** (float k * a.MomentumDecay))
    // μ_1 μ_2 … μ_k
    let product (k: int64) =
        Seq.init (int k) (fun j -> mu (int64 j + 1L)) |> Seq.fold (*) 1.0

    onEach site (fun m i ->
        let u, k = m.Update[i], m.Number
        m1[i] <- a.Beta1 * m1[i] + (1.0 - a.Beta1) * u
        v[i] <- a.Beta2 * v[i] + (1.0 - a.Beta2) * square u
        let root = sqrt (v[i] / (1.0 - power a.Beta2 k)) + a.Epsilon

        let top =
            if a.MomentumDecay > 0.0 then
                (1.0 - mu k) * u / (1.0 - product k)
                + mu (k + 1L) * m1[i] / (1.0 - product (k + 1L))
            else
                a.Beta1 * m1[i] / (1.0 - power a.Beta1 (k + 1L))
                + (1.0 - a.Beta1) * u / (1.0 - power a.Beta1 k)

        quotient top root)

let radam (a: RAdam) site =
    let m1, v = zeros site, zeros site
    let limit = 2.0 / (1.0 - a.Beta2) - 1.0

    onEach site (fun m i ->
        let u, k = m.Update[i], m.Number
        m1[i] <- a.Beta1 * m1[i] + (1.0 - a.Beta1) * u
        v[i] <- a.Beta2 * v[i] + (1.0 - a.Beta2) * square u
        let mean, decayed = m1[i] / (1.0 - power a.Beta1 k), power a.Beta2 k
        let rho = limit - 2.0 * float k * decayed / (1.0 - decayed)

        if rho > 5.0 then
            let r =
                sqrt ((rho - 4.0) * (rho - 2.0) * limit / ((limit - 4.0) * (limit - 2.0) * rho))

            quotient (mean * r * sqrt (1.0 - decayed)) (sqrt v[i] + a.Epsilon)
        else
            mean)

let adaBelief (a: AdaBelief) site =
    let m1, s = zeros site, zeros site

    onEach site (fun m i ->
        let u = m.Update[i]
        m1[i] <- a.Beta1 * m1[i] + (1.0 - a.Beta1) * u
        s[i] <- a.Beta2 * s[i] + (1.0 - a.Beta2) * square (u - m1[i]) + a.EpsilonRoot
        quotient (m1[i] / (1.0 - power a.Beta1 m.Number)) (sqrt (s[i] / (1.0 - power a.Beta2 m.Number)) + a.Epsilon))

let yogi (a: Yogi) (site: Site) =
    let m1, v =
        Array.create site.Start.Length a.Initial, Array.create site.Start.Length a.Initial

    onEach site (fun m i ->
        let u = m.Update[i]
        m1[i] <- a.Beta1 * m1[i] + (1.0 - a.Beta1) * u
        v[i] <- v[i] - (1.0 - a.Beta2) * signOf (v[i] - square u) * square u
        quotient (m1[i] / (1.0 - power a.Beta1 m.Number)) (sqrt (v[i] / (1.0 - power a.Beta2 m.Number)) + a.Epsilon))

let adagrad (a: Adagrad) (site: Site) =
    let sum = Array.create site.Start.Length a.Initial

    onEach site (fun m i ->
        let u = m.Update[i]
        sum[i] <- sum[i] + square u

        if not a.EpsilonInside then
            quotient u (sqrt sum[i] + a.Epsilon)
        elif sum[i] = 0.0 then
            0.0
        else
            u / sqrt (sum[i] + a.Epsilon))

let rmsProp (a: RmsProp) (site: Site) =
    let v, b = Array.create site.Start.Length a.Initial, zeros site

    onEach site (fun m i ->
        let u = m.Update[i]
        v[i] <- a.Decay * v[i] + (1.0 - a.Decay) * square u
        b[i] <- a.Decay * b[i] + (1.0 - a.Decay) * u

        let correction =
            if a.BiasCorrection then
                1.0 - power a.Decay m.Number
            else
                1.0

        let mean = if a.Centered then b[i] / correction else 0.0
        let spread = max 0.0 (v[i] / correction - square mean)

        if a.EpsilonInside then
            quotient u (sqrt (spread + a.Epsilon))
        else
            quotient u (sqrt spread + a.Epsilon))

let adaDelta (a: AdaDelta) site =
    let v, x = zeros site, zeros site

    onEach site (fun m i ->
        let u = m.Update[i]
        v[i] <- a.Rho * v[i] + (1.0 - a.Rho) * square u
        let d = quotient (sqrt (x[i] + a.Epsilon) * u) (sqrt (v[i] + a.Epsilon))
        x[i] <- a.Rho * x[i] + (1.0 - a.Rho) * square d
        d)

let sign site =
    onEach site (fun m i -> signOf m.Update[i])

let lion (a: Lion) site =
    let m1 = zeros site

    onEach site (fun m i ->
        let u = m.Update[i]
        let c = signOf (a.Beta1 * m1[i] + (1.0 - a.Beta1) * u)
        m1[i] <- a.Beta2 * m1[i] + (1.0 - a.Beta2) * u
        c)

/// δ is kept within Min and Max in every step, also where the sign says nothing (the first step, a gradient of 0): as
/// PyTorch, whose equal it is; the vocabulary's line names the bounds with the changes alone.
let rprop (a: RProp) (site: Site) =
    let delta, before = Array.copy site.StartRate, zeros site

    onEach site (fun m i ->
        m.Inside[i] <- true
        let turn = signOf m.Update[i] * signOf before[i]

        let factor =
            if turn > 0.0 then a.Up
            elif turn < 0.0 then a.Down
            else 1.0

        delta[i] <- min a.Max (max a.Min (factor * delta[i]))

        before[i] <- if turn < 0.0 then 0.0 else m.Update[i]
        signOf before[i] * delta[i])

let adan (a: Adan) site =
    let m1, v, n, before = zeros site, zeros site, zeros site, zeros site

    onEach site (fun m i ->
        let u, k = m.Update[i], m.Number
        let d = if k = 1L then 0.0 else u - before[i]
        before[i] <- u
        m1[i] <- a.Beta1 * m1[i] + (1.0 - a.Beta1) * u
        v[i] <- a.Beta2 * v[i] + (1.0 - a.Beta2) * d
        n[i] <- a.Beta3 * n[i] + (1.0 - a.Beta3) * square (u + a.Beta2 * d)
        let corrected (average: float[]) beta = average[i] / (1.0 - power beta k)
        quotient (corrected m1 a.Beta1 + a.Beta2 * corrected v a.Beta2) (sqrt (corrected n a.Beta3) + a.Epsilon))

let novoGrad (a: NovoGrad) (site: Site) =
    let m1, nu = zeros site, System.Collections.Generic.Dictionary<string, float>()

    Rule(fun moment ->
        for tensor in site.Tensors do
            let elements = Site.Of tensor
            let energy = square (norm moment.Update elements)

            nu[tensor.Name] <-
                if moment.Number = 1L then
                    energy
                else
                    a.Beta2 * nu[tensor.Name] + (1.0 - a.Beta2) * energy

            each elements (fun i ->
                m1[i] <- a.Beta1 * m1[i] + quotient moment.Update[i] (sqrt nu[tensor.Name] + a.Epsilon)
                moment.Update[i] <- m1[i]))

let velocity beta site =
    let v = zeros site

    onEach site (fun m i ->
        m.Inside[i] <- true
        v[i] <- beta * v[i] + m.Rate[i] * m.Update[i]
        v[i])

let lars (a: Lars) (site: Site) =
    let v = zeros site

    Rule(fun moment ->
        for tensor in site.Tensors do
            let elements = Site.Of tensor
            each elements (fun i -> moment.Update[i] <- moment.Update[i] + a.Lambda * moment.Parameters[i])
            let factor = Conditioning.ratio a.Coefficient a.Epsilon moment elements

            each elements (fun i ->
                moment.Inside[i] <- true
                v[i] <- a.Momentum * v[i] + moment.Rate[i] * factor * moment.Update[i]
                moment.Update[i] <- v[i]))

/// Look-ahead momentum: the gradient is taken at p − η_t β v.
let nag beta (site: Site) =
    let v = zeros site
    let elements = site.Elements

    let point (moment: Moment) (_: float[]) =
        let p = Array.copy moment.Parameters
        each elements (fun i -> p[i] <- p[i] - moment.Rate[i] * beta * v[i])
        p

    let rule (moment: Moment) =
        each elements (fun i ->
            v[i] <- beta * v[i] + moment.Update[i]
            moment.Update[i] <- v[i])

    Probe(point, rule)
