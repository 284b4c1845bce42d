/// Twins of the directions that find their own length: from distances, from sums of products, from the loss.
module OptCore.Tests.Oracle.Distances

open OptCore

let private product (elements: int[]) (term: int -> float) = elements |> Array.sumBy term

let private moved (site: Site) (moment: Moment) elements =
    norm (Array.map2 (-) moment.Parameters site.Start) elements

let private dogOn (a: Dog) (site: Site) (elements: int[]) =
    let mutable r =
        if a.InitialRate > 0.0 then
            0.0
        else
            a.Initial * (1.0 + norm site.Start elements)

    let mutable sum = 0.0

    fun (moment: Moment) ->
        r <- max r (moved site moment elements)
        sum <- sum + square (norm moment.Update elements)

        let factor =
            if moment.Number = 1L && a.InitialRate > 0.0 then
                a.InitialRate
            else
                quotient r (sqrt (sum + a.Epsilon))

        // With ε = 0 and nothing but zeros so far there is nothing to divide by.
        let factor = if sum + a.Epsilon = 0.0 then 0.0 else factor
        each elements (fun i -> moment.Update[i] <- moment.Update[i] * factor)

let dog (a: Dog) (site: Site) =
    let parts =
        if a.PerTensor then
            [ for tensor in site.Tensors -> dogOn a site (Site.Of tensor) ]
        else
            [ dogOn a site site.Elements ]

    Rule(fun moment ->
        for part in parts do
            part moment)

let dowg (a: Dowg) (site: Site) =
    let elements = site.Elements
    let mutable r, w = a.Initial, 0.0

    Rule(fun moment ->
        r <- max r (moved site moment elements)
        w <- w + square (r * norm moment.Update elements)
        let divisor = sqrt w + a.Epsilon

        each elements (fun i ->
            moment.Update[i] <-
                if divisor = 0.0 then
                    0.0
                else
                    moment.Update[i] * (square r / divisor)))

// √(1−β2^k)/(1−β1^k) or 1.
let private correction corrected beta1 beta2 k =
    if corrected then
        sqrt (1.0 - power beta2 k) / (1.0 - power beta1 k)
    else
        1.0

let prodigy (a: Prodigy) (site: Site) =
    let m1, v, s = zeros site, zeros site, zeros site
    let elements = site.Elements
    let beta3 = if a.Beta3 = 0.0 then sqrt a.Beta2 else a.Beta3
    let mutable d, largest, numerator = a.Initial, a.Initial, 0.0

    Rule(fun moment ->
        let u, p = Array.copy moment.Update, moment.Parameters
        let b = correction a.BiasCorrection a.Beta1 a.Beta2 moment.Number
        let share = d / a.Initial
        let gamma i = d * moment.Rate[i] * b

        numerator <-
            beta3 * numerator
            + share * product elements (fun i -> gamma i * u[i] * (site.Start[i] - p[i]))

        each elements (fun i ->
            m1[i] <- a.Beta1 * m1[i] + (1.0 - a.Beta1) * d * u[i]
            v[i] <- a.Beta2 * v[i] + (1.0 - a.Beta2) * square (d * u[i])
            s[i] <- beta3 * s[i] + share * (if a.SafeguardWarmup then d else gamma i) * u[i])

        let length, before = product elements (fun i -> abs s[i]), d

        if length > 0.0 then
            let h = a.Coefficient * numerator / length
            let reached = if d = a.Initial then max d h else d
            largest <- max largest h
            d <- min largest (a.Growth * reached)

        each elements (fun i ->
            let direction = quotient m1[i] (sqrt v[i] + d * a.Epsilon)
            moment.Update[i] <- before * b * (direction + a.Decay * p[i])))

let dAdapt (a: DAdapt) (site: Site) =
    let m1, v, s = zeros site, zeros site, zeros site
    let elements = site.Elements
    let q = sqrt a.Beta2
    let mutable d, numerator = a.Initial, 0.0

    Rule(fun moment ->
        let u, p = Array.copy moment.Update, moment.Parameters
        let b = correction a.BiasCorrection a.Beta1 a.Beta2 moment.Number
        let gamma = Array.map (fun rate -> d * rate * b) moment.Rate

        numerator <-
            q * numerator
            + (1.0 - q)
              * product elements (fun i -> gamma[i] * u[i] * quotient s[i] (sqrt v[i] + a.Epsilon))

        each elements (fun i ->
            m1[i] <- a.Beta1 * m1[i] + (1.0 - a.Beta1) * gamma[i] * u[i]
            v[i] <- a.Beta2 * v[i] + (1.0 - a.Beta2) * square u[i]
            s[i] <- q * s[i] + (1.0 - q) * gamma[i] * u[i])

        let length = product elements (fun i -> abs s[i])

        if length > 0.0 then
            d <- max d (min (numerator / ((1.0 - q) * length)) (a.Growth * d))

        each elements (fun i ->
            moment.Inside[i] <- true
            moment.Update[i] <- quotient m1[i] (sqrt v[i] + a.Epsilon) + gamma[i] * a.Decay * p[i]))

let polyak (a: Polyak) (site: Site) =
    let elements = site.Elements

    Rule(fun moment ->
        let divisor = square (norm moment.Update elements) + a.Epsilon

        let factor =
            if divisor = 0.0 then
                0.0
            else
                min a.Maximum (max 0.0 (moment.Loss - a.Minimum) / divisor)

        each elements (fun i -> moment.Update[i] <- moment.Update[i] * factor))

/// The step length of a model of the loss with a lower bound, for each rate: by the numbers of the step.
type private Model = {
    Rho: float
    Loss: float
    Product: float
    Along: float
    Square: float
    Decay: float
}

// Λ, C and τ.
let private shrinking model eta = 1.0 + eta * model.Decay

let private level model eta =
    shrinking model eta * (model.Loss - model.Product) + model.Along

let private length model eta bound =
    let above = level model eta - shrinking model eta * model.Rho * bound

    if model.Square = 0.0 then
        0.0
    else
        min (eta / model.Rho) (max above 0.0 / model.Square)

// The bound in this step and the one behind it, by the rate of the first tensor.
let private bounds model eta least bound =
    let lambda = shrinking model eta
    let c = level model eta

    let now =
        if c < lambda * model.Rho * bound then
            max (c / (2.0 * lambda * model.Rho)) least
        else
            bound

    let rest =
        model.Loss + model.Along
        - model.Product
        - 0.5 * length model eta now * model.Square

    now, max (rest / model.Rho) least

let private step (model: Model) bound (direction: int -> float) (elements: int[]) (moment: Moment) =
    each elements (fun i ->
        let eta, p = moment.Rate[i], moment.Parameters[i]
        let next = (p - length model eta bound * direction i) / shrinking model eta
        moment.Inside[i] <- true
        // As it stands for a decay of 0, where p would swallow the digits of a small step.
        moment.Update[i] <-
            if model.Decay = 0.0 then
                length model eta bound * direction i
            else
                p - next)

let momo (a: Momo) (site: Site) =
    let m1, elements = zeros site, site.Elements
    let mutable loss, gamma, bound = 0.0, 0.0, a.LowerBound

    Rule(fun moment ->
        let first = moment.Number = 1L && not a.BiasCorrection

        let mean old x =
            if first then x else a.Beta * old + (1.0 - a.Beta) * x

        loss <- mean loss moment.Loss
        gamma <- mean gamma (product elements (fun i -> moment.Update[i] * moment.Parameters[i]))
        each elements (fun i -> m1[i] <- mean m1[i] moment.Update[i])

        let model = {
            Rho =
                if a.BiasCorrection then
                    1.0 - power a.Beta moment.Number
                else
                    1.0
            Loss = loss
            Product = gamma
            Along = product elements (fun i -> m1[i] * moment.Parameters[i])
            Square = square (norm m1 elements)
            Decay = a.Decay
        }

        if elements.Length > 0 then
            let now, next = bounds model moment.Rate[elements[0]] a.LowerBound bound
            step model (if a.AdaptLowerBound then now else a.LowerBound) (fun i -> m1[i]) elements moment
            bound <- next)

let momoAdam (a: MomoAdam) (site: Site) =
    let m1, v, elements = zeros site, zeros site, site.Elements
    let mutable loss, gamma, bound = 0.0, 0.0, a.LowerBound

    Rule(fun moment ->
        let mean old x = a.Beta1 * old + (1.0 - a.Beta1) * x
        loss <- mean loss moment.Loss
        gamma <- mean gamma (product elements (fun i -> moment.Update[i] * moment.Parameters[i]))

        each elements (fun i ->
            m1[i] <- mean m1[i] moment.Update[i]
            v[i] <- a.Beta2 * v[i] + (1.0 - a.Beta2) * square moment.Update[i])

        let direction i =
            quotient m1[i] (sqrt (v[i] / (1.0 - power a.Beta2 moment.Number)) + a.Epsilon)

        let model = {
            Rho = 1.0 - power a.Beta1 moment.Number
            Loss = loss
            Product = gamma
            Along = product elements (fun i -> m1[i] * moment.Parameters[i])
            Square = product elements (fun i -> m1[i] * direction i)
            Decay = a.Decay
        }

        if elements.Length > 0 then
            let now, next = bounds model moment.Rate[elements[0]] a.LowerBound bound
            step model (if a.AdaptLowerBound then now else a.LowerBound) direction elements moment
            bound <- next)

/// A factor of the rate that follows the slope of the loss behind the last step.
let hypergradient (a: Hypergradient) (site: Site) =
    let last, elements = zeros site, site.Elements
    let mutable c = 1.0

    let within next =
        c <- next |> max a.Minimum |> min a.Maximum

    Learner(
        (fun moment ->
            let h = elements |> Array.sumBy (fun i -> moment.Update[i] * last[i])

            if not (System.Double.IsFinite h) then
                ()
            elif a.Multiplicative then
                let cosine = quotient h (norm moment.Update elements * norm last elements)
                within (c * (1.0 + a.Beta * cosine))
            else
                within (c + a.Beta * h)),
        fun moment ->
            each elements (fun i ->
                last[i] <- moment.Update[i]
                moment.Update[i] <- c * moment.Update[i])
    )
