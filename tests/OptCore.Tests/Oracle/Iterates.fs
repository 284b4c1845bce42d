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

    let tell loss =
        let improved =
            if best = infinity then
                loss < best
            else
                loss < best - a.Threshold * abs best

        if improved then
            best <- loss
            bad <- 0
        else
            bad <- bad + 1

        if bad > a.Patience then
            bad <- 0
            factor <- factor * a.Factor

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

let parameterEma decay (site: Site) =
    let average = Array.copy site.Start
    let elements = site.Elements

    Average(
        average,
        fun moment ->
            each elements (fun i ->
                let p = moment.Parameters[i]

                average[i] <-
                    if moment.Number = 1L then
                        p
                    else
                        decay * average[i] + (1.0 - decay) * p)
    )

let polyakAverage from (site: Site) =
    let average, sum = Array.copy site.Start, zeros site
    let elements = site.Elements

    Average(
        average,
        fun moment ->
            let count = moment.Number - int64 from

            each elements (fun i ->
                if count >= 1L then
                    sum[i] <- sum[i] + moment.Parameters[i]
                    average[i] <- sum[i] / float count
                else
                    average[i] <- moment.Parameters[i])
    )
