namespace OptVerify

open System
open MathNet.Numerics.LinearAlgebra
open OptCore

/// <summary>The asymptotic rate of a pipeline on all quadratics with eigenvalues in an interval.</summary>
type QuadraticRate =
    /// <summary>
    /// ‖x_k − x*‖ behaves like rate^k up to a polynomial in k; the worst eigenvalue attains it. A rate above 1 diverges.
    /// </summary>
    | Exact of rate: float * worst: float
    /// <summary>The pipeline has no such rate, or none that is known; the reason says why.</summary>
    | NoRate of reason: string

/// <summary>The factor of the error after N steps on all quadratics with eigenvalues in an interval.</summary>
type WorstFactor = {
    /// <summary>The largest |p_N| at the nodes: no bound below it is true.</summary>
    Attained: float
    /// <summary>The eigenvalue at which it is attained.</summary>
    Worst: float
    /// <summary>A bound on |p_N| between the nodes too (Ehlich and Zeller).</summary>
    Bound: float
}

/// <summary>
/// Exact rates of linear pipelines on quadratics, computed from the responses of the real optimizer. On quadratics only: the
/// rate of a tuned heavy ball says nothing about other functions, see <c>Certify.rate</c>.
/// </summary>
/// <example><code>Rate.onQuadratics (sgd 0.1 |> momentum 0.5) (1.0, 10.0)</code></example>
[<RequireQualifiedAccess>]
module Rate =

    let private require (m: float, l: float) =
        if not (0.0 <= m && m <= l && 0.0 < l && Double.IsFinite l) then
            invalidArg "interval" $"The interval is ({m}, {l}); expected 0 <= m <= L, L > 0 and finite."

    let private transition (models: LinearModel[]) eigenvalue =
        models
        |> Array.map (LinearModel.closed eigenvalue)
        |> Array.reduce (fun before after -> after * before)

    let private radius (models: LinearModel[]) eigenvalue =
        Math.Pow(Spectrum.radius (transition models eigenvalue), 1.0 / float models.Length)

    /// <summary>The spectral radius of a model on the quadratic λx²/2.</summary>
    let ofModel (model: LinearModel) (eigenvalue: float) : float = radius [| model |] eigenvalue

    /// <summary>
    /// The asymptotic rate per update over all quadratics with eigenvalues in [m, L]: the largest spectral radius of the
    /// transition of parameters and slots. Closed forms for one and two states (HB-2, NAG-6), eigenvalues beyond; a period
    /// counts as the root of its product.
    /// </summary>
    /// <param name="optimizer">The pipeline; a schedule with an end counts with its last value.</param>
    /// <param name="interval">(m, L), 0 ≤ m ≤ L, L &gt; 0.</param>
    /// <exception cref="T:System.ArgumentException">The interval is empty or not finite.</exception>
    let onQuadratics (optimizer: Optimizer) (interval: float * float) : QuadraticRate =
        require interval

        match LinearModel.periodic optimizer with
        | Error reason -> NoRate reason
        | Ok models ->
            let struct (rate, worst) =
                Spectrum.supremum (fst interval) (snd interval) (radius models)

            Exact(rate, worst)

    let private stable (interval: float * float) (optimizer: Optimizer) =
        match LinearModel.periodic optimizer with
        | Error _ -> false
        | Ok models ->
            let m, l = interval
            Seq.forall (fun i -> Spectrum.isStable (transition models (m + (l - m) * float i / 64.0))) [ 64..-1..0 ]

    /// <summary>
    /// The largest rate below which the pipeline is stable on all quadratics with eigenvalues in [m, L]: 2/L for <c>sgd</c>,
    /// 2(1+β)/L for <c>momentum β</c>, 2(1+β)/((1+2β)L) for <c>nesterov β</c>.
    /// </summary>
    /// <returns>The rate; None for a pipeline that is not linear or has no limit below 1e6/L.</returns>
    let limit (optimizer: Optimizer) (interval: float * float) : float option =
        require interval

        let holds rate =
            stable interval (optimizer.WithRate rate)

        let rec bisect low high =
            let middle = low + (high - low) / 2.0

            if middle <= low || middle >= high then low
            elif holds middle then bisect middle high
            else bisect low middle

        let rec climb low =
            let high = 1.25 * low

            if low > 1e6 / snd interval then None
            elif holds high then climb high
            else Some(bisect low high)

        let least = 1e-3 / snd interval

        if optimizer.Parts.Count = 0 && holds least then
            climb least
        else
            None

    /// <summary>
    /// p_N(λ): the parameter after N updates of the real optimizer on λx²/2 from 1. For a linear pipeline, schedules
    /// included, x_N − x* = p_N(H)(x_0 − x*) on every quadratic with matrix H.
    /// </summary>
    let factor (optimizer: Optimizer) (steps: int) (eigenvalue: float) : float =
        (Array.last (Runs.points optimizer (Runs.quadratic eigenvalue) [| 1.0 |] steps))[0]

    /// <summary>p_0(λ) … p_N(λ), N + 1 of them.</summary>
    let factors (optimizer: Optimizer) (steps: int) (eigenvalue: float) : float[] =
        Runs.points optimizer (Runs.quadratic eigenvalue) [| 1.0 |] steps
        |> Array.map Array.head

    /// <summary>
    /// The largest |p_N| over [m, L] and a bound on it: at M = 8N Chebyshev nodes, and
    /// <c>max |p_N| ≤ max over nodes / cos(πN/2M)</c> for a polynomial of degree N, 2 % above the nodes.
    /// </summary>
    /// <returns>None for a pipeline that is not linear: p_N is no polynomial then.</returns>
    /// <remarks>Source: Ehlich and Zeller 1964.</remarks>
    let worstFactor (optimizer: Optimizer) (steps: int) (interval: float * float) : WorstFactor option =
        require interval

        if not (LinearModel.isLinear optimizer (max 1 steps)) then
            None
        else
            let m, l = interval
            let count = max 1 (8 * steps)

            let node i =
                (m + l) / 2.0 + (l - m) / 2.0 * cos (Math.PI * (float i + 0.5) / float count)

            let nodes = Array.init count node

            let final =
                Array.last (Runs.points optimizer (Runs.diagonal nodes) (Array.create count 1.0) steps)

            let worst = Seq.maxBy (fun i -> abs final[i]) [ 0 .. count - 1 ]
            let attained = abs final[worst]

            Some {
                Attained = attained
                Worst = nodes[worst]
                Bound = attained / cos (Math.PI * float steps / (2.0 * float count))
            }

    let private factorOf family interval rate beta =
        match onQuadratics (Tuning.build family rate beta) interval with
        | Exact(value, _) -> value
        | NoRate reason -> invalidOp reason

    let private tuned family interval rate beta = {
        Optimizer = Tuning.build family rate beta
        Rate = rate
        Beta = beta
        Factor = factorOf family interval rate beta
    }

    /// <summary>
    /// Searches the rate and the momentum with the smallest factor over all quadratics with eigenvalues in [m, L]: golden
    /// section over the momentum, and over the rate within it, on the measured response of the real optimizer.
    /// </summary>
    /// <param name="family">The family.</param>
    /// <param name="interval">(m, L), 0 &lt; m ≤ L.</param>
    /// <exception cref="T:System.ArgumentException">m is not positive, or the interval is empty or not finite.</exception>
    let tune (family: Family) (interval: float * float) : Tuned =
        let m, l = interval

        if not (0.0 < m && m <= l) then
            invalidArg (nameof interval) $"The interval is ({m}, {l}); expected 0 < m <= L."

        let bestRate beta =
            Tuning.golden 0.0 (4.0 / l) 72 (fun rate -> factorOf family interval rate beta)

        let beta =
            match family with
            | Family.GradientDescent -> 0.0
            | _ -> Tuning.golden 0.0 0.9999999 72 (fun beta -> factorOf family interval (bestRate beta) beta)

        tuned family interval (bestRate beta) beta

    /// <summary>
    /// The same by formula: 2/(L+m); Polyak's <c>4/(√L+√m)²</c> and <c>((√κ−1)/(√κ+1))²</c> (HB-3); Nesterov's
    /// <c>4/(3L+m)</c> and <c>(√(3κ+1)−2)/(√(3κ+1)+2)</c> (NAG-6).
    /// </summary>
    /// <remarks>Source: Polyak 1964; Lessard, Recht and Packard 2016, Proposition 1.</remarks>
    let tuneByFormula (family: Family) (interval: float * float) : Tuned =
        let m, l = interval
        let kappa = l / m

        match family with
        | Family.GradientDescent -> tuned family interval (2.0 / (l + m)) 0.0
        | Family.HeavyBall ->
            let root = (sqrt kappa - 1.0) / (sqrt kappa + 1.0)
            tuned family interval (4.0 / (sqrt l + sqrt m) ** 2.0) (root * root)
        | Family.Nesterov ->
            let root = sqrt (3.0 * kappa + 1.0)
            tuned family interval (4.0 / (3.0 * l + m)) ((root - 2.0) / (root + 2.0))
