namespace OptVerify

open System
open MathNet.Numerics.LinearAlgebra

/// <summary>What proves a rate on smooth strongly convex functions.</summary>
type Criterion =
    /// <summary>One state: the step contracts by max |1 − ηm|, |1 − ηL|, which quadratics attain (SC-1).</summary>
    | Contraction
    /// <summary>The circle criterion: only the sector of the gradient is used (CERT-2).</summary>
    | Sector
    /// <summary>The weighted off-by-one criterion with its weight in [0, ρ²] (CERT-3).</summary>
    | OffByOne of weight: float
    /// <summary>
    /// The weighted off-by-j criterion with two taps, <c>1 − h/z − h₂/z^shift</c>; a negative shift looks ahead.
    /// </summary>
    | TwoTaps of weight: float * shift: int * second: float

/// <summary>
/// Frequency criteria for a rate ρ of all m-strongly convex L-smooth functions, in any dimension and without a solver: the
/// loops closed by the curvatures m and L have their poles inside |z| &lt; ρ, and
/// <c>Re[conj(1−mG)(1−h/z)(1−LG)] &gt; 0</c> on |z| = ρ. Times |D|² that is a polynomial in cos θ, a cubic for two states, whose
/// minimum is computed, not sampled; it is affine in h, so the best h is found by bisection.
/// </summary>
/// <remarks>
/// Source: Lessard, Recht and Packard 2016, Lemma 10; Boczar, Lessard, Packard and Recht 2017 (several taps: weights ≥ 0 with
/// <c>Σ h_j ≤ 1</c> and <c>Σ h_j ρ^{−2j} ≤ 1</c>).
/// </remarks>
[<RequireQualifiedAccess>]
module FrequencyTest =

    /// How far above 0, relative to the sum of the coefficients, a minimum must be to count as positive.
    let private margin = 1e-13

    let private loopRadius (model: LinearModel) curvature =
        Spectrum.radius (LinearModel.closed curvature model)

    /// The polynomial of the tap at a shift, in powers of cos θ, padded to a length.
    let private tap (radius: float) (m: float, l: float) (transfer: Transfer) length shift =
        let powers =
            Cosines.product radius shift (Transfer.loop m transfer) (Transfer.loop l transfer)
            |> Cosines.toPowers

        Array.append powers (Array.zeroCreate (length - powers.Length))

    let private parts radius interval (transfer: Transfer) =
        let length = transfer.Denominator.Length + 1
        tap radius interval transfer length 0, tap radius interval transfer length 1

    let private isPositive (powers: float[]) =
        let struct (least, _) = Cosines.minimum powers
        least > margin * Array.sumBy abs powers

    let private combine weight unweighted weighted =
        Array.map2 (fun p q -> p - weight * q) unweighted weighted

    /// The weight in [0, ρ²] for which the minimum is largest: it is concave in the weight, and the coefficient of the weight
    /// at the minimiser is its slope.
    let private bestWeight radius unweighted weighted =
        let rec bisect low high left =
            let middle = (low + high) / 2.0

            if left = 0 || isPositive (combine middle unweighted weighted) then
                middle
            else
                let struct (_, where) = Cosines.minimum (combine middle unweighted weighted)

                if Cosines.at weighted where > 0.0 then
                    bisect low middle (left - 1)
                else
                    bisect middle high (left - 1)

        let largest = radius * radius

        [ 0.0; largest ]
        |> List.tryFind (fun weight -> isPositive (combine weight unweighted weighted))
        |> Option.defaultWith (fun () -> bisect 0.0 largest 60)

    /// <summary>Whether a criterion holds at the rate ρ; which one, with its weight.</summary>
    /// <param name="interval">(m, L), 0 &lt; m ≤ L.</param>
    /// <param name="radius">The rate ρ, 0 &lt; ρ &lt; 1.</param>
    /// <param name="model">The pipeline.</param>
    let holdsAt (interval: float * float) (radius: float) (model: LinearModel) : Criterion option =
        let m, l = interval

        if max (loopRadius model m) (loopRadius model l) >= radius then
            None
        else
            let unweighted, weighted = parts radius interval (Transfer.ofModel model)
            let weight = bestWeight radius unweighted weighted

            if not (isPositive (combine weight unweighted weighted)) then
                None
            elif weight = 0.0 then
                Some Sector
            else
                Some(OffByOne weight)

    let private shifts = [ -2; -3; 3; 4; 5; 6 ]

    let private directions = [| for i in 0..400 -> cos (Math.PI * float i / 400.0) |]

    /// The best pair of weights on a grid of directions: the least value is concave in both.
    let private bestPair radius shift (free: float[]) (first: float[]) (second: float[]) =
        let values powers =
            Array.map (Cosines.at powers) directions

        let p, q, r = values free, values first, values second
        let scale = Math.Pow(radius, -2.0 * float (max 0 shift))

        let least h1 h2 =
            let mutable result = infinity

            for i in 0 .. p.Length - 1 do
                result <- min result (p[i] - h1 * q[i] - h2 * r[i])

            result

        let room h2 =
            max 0.0 (min (1.0 - h2) (radius * radius * (1.0 - scale * h2)))

        let given h2 =
            Tuning.golden 0.0 (room h2) 40 (fun h1 -> -(least h1 h2))

        let h2 =
            Tuning.golden 0.0 (1.0 / max 1.0 scale) 40 (fun h2 -> -(least (given h2) h2))

        given h2, h2

    /// <summary>Whether the criterion with two taps holds at the rate ρ: weights from a grid, checked as polynomials.</summary>
    /// <param name="interval">(m, L), 0 &lt; m ≤ L.</param>
    /// <param name="radius">The rate ρ, 0 &lt; ρ &lt; 1.</param>
    /// <param name="model">The pipeline.</param>
    let twoTapsAt (interval: float * float) (radius: float) (model: LinearModel) : Criterion option =
        let m, l = interval
        let transfer = Transfer.ofModel model

        let attempt shift =
            let length = transfer.Denominator.Length + abs shift
            let of' = tap radius interval transfer length
            let free, first, second = of' 0, of' 1, of' shift
            let h1, h2 = bestPair radius shift free first second
            let powers = combine h2 (combine h1 free first) second

            if isPositive powers then
                Some(TwoTaps(h1, shift, h2))
            else
                None

        if max (loopRadius model m) (loopRadius model l) >= radius then
            None
        else
            List.tryPick attempt shifts

    /// <summary>
    /// The smallest rate below 1 − 1e-6 at which a criterion holds, by bisection to 1e-12 (to 1e-6 where it takes two taps);
    /// every rate returned has passed.
    /// </summary>
    let best (interval: float * float) (model: LinearModel) : (float * Criterion) option =
        let m, l = interval
        let top = 1.0 - 1e-6
        let floor = min top (max (loopRadius model m) (loopRadius model l))

        let rec bisect test tolerance low (high, found) =
            let middle = (low + high) / 2.0

            if high - low < tolerance then
                high, found
            else
                match test middle with
                | Some criterion -> bisect test tolerance low (middle, criterion)
                | None -> bisect test tolerance middle (high, found)

        let search test tolerance =
            test top |> Option.map (fun found -> bisect test tolerance floor (top, found))

        let one radius = holdsAt interval radius model
        let two radius = twoTapsAt interval radius model
        search one 1e-12 |> Option.orElseWith (fun () -> search two 1e-6)
