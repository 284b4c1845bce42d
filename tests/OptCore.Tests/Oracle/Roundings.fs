/// Twins of elementwise stages with the roundings of the kernels, to be equal to them bit for bit. Numbers stand in
/// doubles; `r` marks every rounding. For float32 a double operation rounded once more is the float32 operation: with 53 ≥
/// 2·24 + 2 bits the second rounding of +, −, ·, / and √ is innocuous (Figueroa 1995). Fused operations are done in float32.
module OptCore.Tests.Oracle.Roundings

open System
open OptCore
open OptCore.Kernels

/// The numbers of a vector type.
type Precision = {
    /// Rounds the exact result of one operation.
    Round: float -> float
    /// a·b + c with one rounding where the hardware has it, with two elsewhere.
    Fma: float -> float -> float -> float
}

let private fused one two = if Hardware.HasFma then one else two

/// float64.
let double = {
    Round = id
    Fma = fused (fun a b c -> Math.FusedMultiplyAdd(a, b, c)) (fun a b c -> a * b + c)
}

/// float32.
let single =
    let r (x: float) = float (float32 x)

    {
        Round = r
        Fma =
            fused (fun a b c -> float (MathF.FusedMultiplyAdd(float32 a, float32 b, float32 c))) (fun a b c ->
                r (r (a * b) + c))
    }

let private onEach (site: Site) (before: Moment -> unit) (rule: Moment -> int -> float) =
    let elements = site.Elements

    Rule(fun moment ->
        before moment
        each elements (fun i -> moment.Update[i] <- rule moment i))

let private onParameters (site: Site) (rule: Moment -> int -> float) =
    let elements = site.Elements
    Rule(fun moment -> each elements (fun i -> moment.Parameters[i] <- rule moment i))

/// 1/(1−β^k), from a running product.
type private Correction(beta: float) =
    let mutable power = 1.0

    /// Takes the next step.
    member _.Advance() =
        power <- power * beta

        if power < 1e-20 then
            power <- 0.0

    member _.Power = power
    member _.Value = 1.0 / (1.0 - power)

// The numerator over the denominator, where no ε keeps the denominator from 0.
let private over guard r a b =
    if guard && a = 0.0 then 0.0 else r (a / b)

let momentum beta dampening p site =
    let r, v = p.Round, zeros site

    onEach site ignore (fun m i ->
        let share = if m.Number = 1L then 1.0 else r (1.0 - dampening)
        v[i] <- p.Fma (r beta) v[i] (r (share * m.Update[i]))
        v[i])

let adam (a: Adam) p site =
    let r, m1, v = p.Round, zeros site, zeros site
    let c1, c2 = Correction a.Beta1, Correction a.Beta2

    onEach
        site
        (fun _ ->
            c1.Advance()
            c2.Advance())
        (fun m i ->
            let u = m.Update[i]
            m1[i] <- p.Fma (r a.Beta1) m1[i] (r (r (1.0 - a.Beta1) * u))
            v[i] <- p.Fma (r a.Beta2) v[i] (r (r (r (1.0 - a.Beta2) * u) * u))
            let c1, c2 = if a.BiasCorrection then c1.Value, c2.Value else 1.0, 1.0
            let root = r (sqrt (p.Fma v[i] (r c2) (r a.EpsilonRoot)))
            over (r a.Epsilon = 0.0 && r a.EpsilonRoot = 0.0) r (r (m1[i] * r c1)) (r (root + r a.Epsilon)))

let amsGrad (a: AmsGrad) p site =
    let r, m1, v, w = p.Round, zeros site, zeros site, zeros site
    let c1, c2 = Correction a.Beta1, Correction a.Beta2

    onEach
        site
        (fun _ ->
            c1.Advance()
            c2.Advance())
        (fun m i ->
            let u = m.Update[i]
            m1[i] <- p.Fma (r a.Beta1) m1[i] (r (r (1.0 - a.Beta1) * u))
            v[i] <- p.Fma (r a.Beta2) v[i] (r (r (r (1.0 - a.Beta2) * u) * u))
            let before, after = if a.CorrectedMax then c2.Value, 1.0 else 1.0, c2.Value
            w[i] <- max w[i] (r (v[i] * r before))
            over (r a.Epsilon = 0.0) r (r (m1[i] * r c1.Value)) (r (r (sqrt (r (w[i] * r after))) + r a.Epsilon)))

let adaMax (a: AdaMax) p site =
    let r, m1, n = p.Round, zeros site, zeros site
    let c1 = Correction a.Beta1

    onEach site (fun _ -> c1.Advance()) (fun m i ->
        let u = m.Update[i]
        m1[i] <- p.Fma (r a.Beta1) m1[i] (r (r (1.0 - a.Beta1) * u))
        n[i] <- max (r (r a.Beta2 * n[i])) (r (abs u + r a.Epsilon))
        over (r a.Epsilon = 0.0) r (r (m1[i] * r c1.Value)) n[i])

let rmsProp (a: RmsProp) p (site: Site) =
    let r, b = p.Round, zeros site
    let v = Array.create site.Start.Length (p.Round a.Initial)
    let c = Correction a.Decay
    let inside, outside = if a.EpsilonInside then a.Epsilon, 0.0 else 0.0, a.Epsilon

    onEach site (fun _ -> c.Advance()) (fun m i ->
        let u, take = m.Update[i], r (1.0 - a.Decay)
        let factor = if a.BiasCorrection then r c.Value else 1.0
        v[i] <- p.Fma (r a.Decay) v[i] (r (r (take * u) * u))
        b[i] <- p.Fma (r a.Decay) b[i] (r (take * u))
        let spread, mean = r (v[i] * factor), r (b[i] * factor)

        let under =
            if a.Centered then
                max 0.0 (p.Fma -mean mean spread)
            else
                spread

        over (r a.Epsilon = 0.0) r u (r (r (sqrt (r (under + r inside))) + r outside)))

let adagrad (a: Adagrad) p (site: Site) =
    let r = p.Round
    let sum = Array.create site.Start.Length (r a.Initial)
    let inside, outside = if a.EpsilonInside then a.Epsilon, 0.0 else 0.0, a.Epsilon

    onEach site ignore (fun m i ->
        let u = m.Update[i]
        sum[i] <- p.Fma u u sum[i]

        if sum[i] = 0.0 && (a.EpsilonInside || r a.Epsilon = 0.0) then
            0.0
        else
            r (u / r (r (sqrt (r (sum[i] + r inside))) + r outside)))

let sign (_: Precision) site =
    onEach site ignore (fun m i -> signOf m.Update[i])

let lion (a: Lion) p site =
    let r, m1 = p.Round, zeros site

    onEach site ignore (fun m i ->
        let u = m.Update[i]
        let c = signOf (p.Fma (r a.Beta1) m1[i] (r (r (1.0 - a.Beta1) * u)))
        m1[i] <- p.Fma (r a.Beta2) m1[i] (r (r (1.0 - a.Beta2) * u))
        c)

let weightDecay lambda p site =
    onEach site ignore (fun m i ->
        let lambda = if m.Inside[i] then lambda * m.Rate[i] else lambda
        p.Fma (p.Round lambda) m.Parameters[i] m.Update[i])

let nesterov beta p site =
    let v = zeros site

    onEach site ignore (fun m i ->
        v[i] <- p.Fma (p.Round beta) v[i] m.Update[i]
        p.Fma (p.Round beta) v[i] m.Update[i])

let ema (a: Ema) p site =
    let beta = a.Beta
    let r, m1, c = p.Round, zeros site, Correction beta

    onEach site (fun _ -> c.Advance()) (fun m i ->
        m1[i] <- p.Fma (r beta) m1[i] (r (r (1.0 - beta) * m.Update[i]))
        let c = if a.BiasCorrection then c.Value else 1.0

        if a.Nesterov then
            let ahead =
                if a.BiasCorrection then
                    beta / (1.0 - beta * (1.0 - 1.0 / c))
                else
                    beta

            p.Fma (r ahead) m1[i] (r (r ((1.0 - beta) * c) * m.Update[i]))
        elif a.BiasCorrection then
            r (m1[i] * r c)
        else
            m1[i])

let velocity beta p site =
    let r, v = p.Round, zeros site

    onEach site ignore (fun m i ->
        m.Inside[i] <- true
        v[i] <- p.Fma (r beta) v[i] (r (r m.Rate[i] * m.Update[i]))
        v[i])

let clipValue c p site =
    let c = p.Round c
    onEach site ignore (fun m i -> Math.Max(-c, Math.Min(c, m.Update[i])))

let l2 lambda p site =
    onEach site ignore (fun m i -> p.Fma (p.Round lambda) m.Parameters[i] m.Update[i])

let l1 lambda p site =
    onEach site ignore (fun m i -> p.Fma (p.Round lambda) (signOf m.Parameters[i]) m.Update[i])

let scale a p site =
    onEach site ignore (fun m i -> p.Round(p.Round a * m.Update[i]))

let box low high p site =
    let low, high = p.Round low, p.Round high
    onParameters site (fun m i -> Math.Max(low, Math.Min(high, m.Parameters[i])))

let proxL1 lambda p site =
    onParameters site (fun m i ->
        // |p| − θ with its sign back is p less its projection onto [−θ, θ].
        let theta = p.Round(m.Rate[i] * lambda)
        let x = m.Parameters[i]
        p.Round(x - Math.Max(-theta, Math.Min(theta, x))))
