/// Twins of what acts around the step: probes, loss-aware rates, constraints and iterates.
module OptCore.Tests.Oracle.Iterates

open OptCore

/// The gradient is taken at p + ρ g/‖g‖.
let sam rho (site: Site) =
    let elements = site.Elements

    let point (moment: Moment) (gradient: float[]) =
        let p, length = Array.copy moment.Parameters, norm gradient elements
        each elements (fun i -> p[i] <- p[i] + rho * quotient gradient[i] length)
        p

    Probe(point, ignore)

/// As a scheduler that is told the loss after the step: a reduction counts from the next step on.
let plateau (a: Plateau) =
    // What it has seen: the best loss, how many were not better since, the reduction.
    let mutable best = infinity
    let mutable bad = 0
    let mutable factor = 1.0
    let mutable cooling = 0

    // Larger is better as smaller of the negative is.
    let look metric =
        let value = if a.Maximize then -metric else metric

        let improved =
            if best = infinity then value < best
            elif a.Absolute then value < best - a.Threshold
            else value < best - a.Threshold * abs best

        if improved then
            best <- value
            bad <- 0
        else
            bad <- bad + 1

        if cooling > 0 then
            cooling <- cooling - 1
            bad <- 0

        if bad > a.Patience then
            bad <- 0
            factor <- factor * a.Factor
            cooling <- a.Cooldown

    let tell loss =
        if not (a.Sparse && System.Double.IsNaN loss) then
            look loss

    Reducer((fun () -> factor, a.Floor), tell)

let private onParameters (rule: Moment -> int -> float) (site: Site) =
    let elements = site.Elements
    Rule(fun moment -> each elements (fun i -> moment.Parameters[i] <- rule moment i))

let box low high =
    onParameters (fun m i -> System.Math.Min(high, System.Math.Max(low, m.Parameters[i])))

let nonNegative = onParameters (fun m i -> System.Math.Max(0.0, m.Parameters[i]))

let ball radius (site: Site) =
    let elements = site.Elements

    Rule(fun moment ->
        let length = norm moment.Parameters elements

        if length > radius then
            each elements (fun i -> moment.Parameters[i] <- moment.Parameters[i] * (radius / length)))

let sphere radius (site: Site) =
    let elements = site.Elements

    Rule(fun moment ->
        let length = norm moment.Parameters elements

        if length > 0.0 then
            each elements (fun i -> moment.Parameters[i] <- moment.Parameters[i] * (radius / length)))

let private byUnit outputFirst (length: float -> float) (site: Site) =
    Rule(fun moment ->
        for unit in
            site.Tensors
            |> List.collect (
                if outputFirst then
                    Conditioning.slices
                else
                    Conditioning.units
            ) do
            let now = norm moment.Parameters unit

            if now > 0.0 && length now <> now then
                each unit (fun i -> moment.Parameters[i] <- moment.Parameters[i] * (length now / now)))

let maxNorm (a: MaxNorm) = byUnit a.OutputFirst (min a.Radius)

let unitNorm (a: UnitNorm) = byUnit a.OutputFirst (fun _ -> 1.0)

let minMaxNorm (a: MinMaxNorm) =
    byUnit a.OutputFirst (fun now -> now + a.Rate * (System.Math.Clamp(now, a.Low, a.High) - now))

// A list of one number stands for all.
let private coordinate (values: float[]) j =
    values[if values.Length = 1 then 0 else j]

let boxEach low high (site: Site) =
    let elements = site.Elements

    Rule(fun moment ->
        elements
        |> Array.iteri (fun j i ->
            moment.Parameters[i] <- max (coordinate low j) (min (coordinate high j) moment.Parameters[i])))

/// To the nearest point at which ⟨a, p⟩ = b, where the value of the form asks for it.
let linearForm normal outside offset (site: Site) =
    let elements = site.Elements

    Rule(fun moment ->
        let a = elements |> Array.mapi (fun j _ -> coordinate normal j)
        let form = Array.map2 (fun a i -> a * moment.Parameters[i]) a elements |> Array.sum
        let square = a |> Array.sumBy (fun a -> a * a)

        if square > 0.0 && outside form then
            Array.iter2
                (fun a i -> moment.Parameters[i] <- moment.Parameters[i] - (form - offset) / square * a)
                a
                elements)

/// The largest θ for which the sum of max(0, x − θ) is the total: by sorting.
let private threshold total (values: float[]) =
    let sorted = Array.sortDescending values
    let sums = Array.scan (+) 0.0 sorted |> Array.tail

    let fits j =
        sorted[j] - (sums[j] - total) / float (j + 1) > 0.0

    let last = [ 0 .. values.Length - 1 ] |> List.filter fits |> List.last
    (sums[last] - total) / float (last + 1)

let simplex total (site: Site) =
    let elements = site.Elements

    Rule(fun moment ->
        let theta = elements |> Array.map (fun i -> moment.Parameters[i]) |> threshold total
        each elements (fun i -> moment.Parameters[i] <- max 0.0 (moment.Parameters[i] - theta)))

let private soft theta (x: float) = signOf x * max 0.0 (abs x - theta)

let l1Ball radius (site: Site) =
    let elements = site.Elements

    Rule(fun moment ->
        let sizes = elements |> Array.map (fun i -> abs moment.Parameters[i])

        if Array.sum sizes > radius then
            let theta = threshold radius sizes
            each elements (fun i -> moment.Parameters[i] <- soft theta moment.Parameters[i]))

let proxL1 lambda =
    onParameters (fun m i -> soft (m.Rate[i] * lambda) m.Parameters[i])

let lookahead period alpha (site: Site) =
    let slow = Array.copy site.Start
    let elements = site.Elements

    Rule(fun moment ->
        if moment.Number % int64 period = 0L then
            each elements (fun i ->
                slow[i] <- slow[i] + alpha * (moment.Parameters[i] - slow[i])
                moment.Parameters[i] <- slow[i]))

let fista (site: Site) =
    let x, t = Array.copy site.Start, zeros site
    let elements = site.Elements

    Owner {
        BehindGradient = ignore
        BeforeStep = ignore
        TakesStep = false
        Rule =
            fun moment ->
                each elements (fun i ->
                    let old = if moment.Number = 1L then 1.0 else t[i]
                    t[i] <- (1.0 + sqrt (1.0 + 4.0 * square old)) / 2.0
                    let next = moment.Parameters[i]
                    moment.Parameters[i] <- next + (old - 1.0) / t[i] * (next - x[i])
                    x[i] <- next)
        AtEnd = ignore
        Kept = Some x
    }

let parameterEma (a: ParameterEma) (site: Site) =
    let average = Array.copy site.Start
    let elements = site.Elements

    Average(
        average,
        fun moment ->
            if moment.Number % int64 a.Every = 0L then
                let j = float (moment.Number / int64 a.Every)

                let decay =
                    if a.Warmup then min a.Decay ((1.0 + j) / (10.0 + j))
                    elif j = 1.0 then 0.0
                    else a.Decay

                each elements (fun i -> average[i] <- decay * average[i] + (1.0 - decay) * moment.Parameters[i])
    )

let polyakAverage (a: PolyakAverage) (site: Site) =
    let average, sum = Array.copy site.Start, zeros site
    let elements = site.Elements

    Average(
        average,
        fun moment ->
            let behind = moment.Number - int64 a.From

            each elements (fun i ->
                if behind < int64 a.Every then
                    average[i] <- moment.Parameters[i]

                if behind > 0L && behind % int64 a.Every = 0L then
                    sum[i] <- sum[i] + moment.Parameters[i]
                    average[i] <- sum[i] / float (behind / int64 a.Every))
    )

/// By the weights of all iterates: w_k, and 1 − w_j for every later one.
let polynomialAverage gamma (site: Site) =
    let average = Array.copy site.Start
    let elements = site.Elements

    Average(
        average,
        fun moment ->
            let w = (gamma + 1.0) / (gamma + float moment.Number)
            each elements (fun i -> average[i] <- (1.0 - w) * average[i] + w * moment.Parameters[i])
    )

let targetUpdate (a: TargetUpdate) (site: Site) =
    let target = Array.copy site.Start
    let elements = site.Elements

    Average(
        target,
        fun moment ->
            if moment.Number % int64 a.Period = 0L then
                each elements (fun i -> target[i] <- (1.0 - a.Rate) * target[i] + a.Rate * moment.Parameters[i])
    )

let private nowhere (_: Moment) = ()

/// x as the mean of all z, each with its weight.
let scheduleFree (a: ScheduleFree) (site: Site) =
    let z, x, sum = Array.copy site.Start, Array.copy site.Start, zeros site
    let weights, largest = zeros site, zeros site
    let elements = site.Elements

    Owner {
        BehindGradient = nowhere
        BeforeStep = fun moment -> each elements (fun i -> moment.Parameters[i] <- z[i])
        TakesStep = false
        Rule =
            fun moment ->
                each elements (fun i ->
                    z[i] <- moment.Parameters[i]
                    largest[i] <- max largest[i] moment.Rate[i]
                    let w = float moment.Number ** a.StepPower * largest[i] ** a.RatePower
                    weights[i] <- weights[i] + w
                    sum[i] <- sum[i] + w * z[i]

                    if weights[i] > 0.0 then
                        x[i] <- sum[i] / weights[i]

                    moment.Parameters[i] <- x[i])
        AtEnd = fun moment -> each elements (fun i -> moment.Parameters[i] <- a.Beta * x[i] + (1.0 - a.Beta) * z[i])
        Kept = Some x
    }

/// The scale of the sum of all steps, from bettors.
let mechanic (a: Mechanic) (site: Site) =
    let start, delta = Array.copy site.Start, zeros site

    let s, m, v, r =
        (fun () -> Array.zeroCreate<float> a.Count)
        |> fun fresh -> fresh (), fresh (), fresh (), fresh ()

    let elements = site.Elements

    let product (x: float[]) (y: float[]) =
        elements |> Array.sumBy (fun i -> x[i] * y[i])

    Owner {
        BehindGradient =
            fun moment ->
                let g, p = moment.Update, moment.Parameters
                let pull = a.Decay * Array.sum s * norm g elements

                let h =
                    product delta g
                    + quotient (pull * product delta p) (norm p elements + a.Epsilon)

                for j in 0 .. a.Count - 1 do
                    let beta = 1.0 - 10.0 ** float -(j + 1)
                    m[j] <- max (beta * m[j]) (abs h)
                    v[j] <- beta * beta * v[j] + h * h
                    r[j] <- max 0.0 (beta * r[j] + s[j] * h)
                    s[j] <- quotient (a.Initial * m[j] / float a.Count + r[j]) (sqrt v[j] + a.Epsilon)
        BeforeStep = nowhere
        TakesStep = true
        Rule =
            fun moment ->
                each elements (fun i ->
                    let rate = if moment.Inside[i] then 1.0 else moment.Rate[i]
                    delta[i] <- delta[i] + rate * moment.Update[i]
                    moment.Parameters[i] <- start[i] - Array.sum s * delta[i])
        AtEnd = nowhere
        Kept = None
    }
