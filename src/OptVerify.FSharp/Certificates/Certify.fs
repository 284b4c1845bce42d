namespace OptVerify

open System
open System.Globalization
open MathNet.Numerics.LinearAlgebra
open OptCore

/// <summary>Where a pipeline with a certificate converges to.</summary>
[<RequireQualifiedAccess>]
type Limit =
    /// <summary>The minimizer: where the gradient is 0 nothing moves.</summary>
    | Minimizer
    /// <summary>A fixed point of the pipeline that is not the minimizer, for what draws the parameters elsewhere.</summary>
    | Elsewhere of cause: string

/// <summary>A proof of a rate on all m-strongly convex L-smooth functions, in any dimension.</summary>
type Certificate = {
    /// <summary>ρ: ‖x_k − x°‖ ≤ C ρ^k for every function of the class and every start, x° the limit.</summary>
    Rate: float
    /// <summary>What x° is.</summary>
    Limit: Limit
    /// <summary>What was checked.</summary>
    Criterion: Criterion
    /// <summary>A Lyapunov function for a rate at most 1e-4 larger, where one was asked for and found; it gives C.</summary>
    Lyapunov: Lyapunov option
}

/// <summary>A function of the class on which a pipeline does not converge, and the run that shows it.</summary>
type Falsification =
    /// <summary>The quadratic λx²/2: the error grows by the rate, or stays. The points x_0 … x_N of a run from 1.</summary>
    | Diverges of eigenvalue: float * rate: float * points: float[]
    /// <summary>A piecewise quadratic function on which the real optimizer was seen to run in a circle.</summary>
    | Cycles of Cycle * CycleRun

/// <summary>The answer for one pipeline and one class.</summary>
type Certification =
    /// <summary>It converges on all functions of the class, at this rate.</summary>
    | Certified of Certificate
    /// <summary>It does not converge on this function of the class.</summary>
    | Falsified of Falsification
    /// <summary>Neither was found; why.</summary>
    | Unknown of reason: string

/// <summary>
/// Decides whether a linear pipeline converges on all m-strongly convex L-smooth functions: a certificate, a function on which
/// the real optimizer fails, or neither. Rates on quadratics say nothing here: Polyak's tuning of the heavy ball has the best
/// of them and fails from κ = (2+√5)² on.
/// </summary>
/// <example><code>Certify.rate (sgd 0.1 |> nesterov 0.5) (1.0, 10.0)</code></example>
[<RequireQualifiedAccess>]
module Certify =

    let private require (m: float, l: float) =
        if not (0.0 < m && m <= l && Double.IsFinite l) then
            invalidArg "interval" $"The interval is ({m}, {l}); expected 0 < m <= L, L finite."

    /// With no gradient a state must rest at every point: (I − A) v = 0 with C v = 1 has a solution.
    let private rests (model: LinearModel) =
        let n = model.A.RowCount
        let still = Matrix<float>.Build.DenseIdentity n - model.A
        let equations = still.Stack(Matrix<float>.Build.DenseOfRowVectors model.C)
        let wanted = Vector<float>.Build.Dense(n + 1, (fun i -> if i = n then 1.0 else 0.0))
        let state = equations.PseudoInverse() * wanted
        (equations * state - wanted).InfinityNorm() <= 1e-9

    let private contraction (m, l) (model: LinearModel) =
        max (Rate.ofModel model m) (Rate.ofModel model l)

    /// <summary>
    /// The best certified rate of a model on the class (m, L): for methods that have no word, given by
    /// <c>LinearModel.ofCoefficients</c>.
    /// </summary>
    let model (interval: float * float) (model: LinearModel) : Certificate option =
        require interval

        let certificate (rate, criterion) = {
            Rate = rate
            Limit =
                if rests model then
                    Limit.Minimizer
                else
                    Limit.Elsewhere "its steps"
            Criterion = criterion
            Lyapunov = None
        }

        if model.A.RowCount = 1 then
            let rate = contraction interval model

            if rate < 1.0 then
                Some(certificate (rate, Contraction))
            else
                None
        else
            FrequencyTest.best interval model |> Option.map certificate

    /// <summary>Adds a Lyapunov function for a rate a little above the certified one, if the search finds one.</summary>
    let withLyapunov (interval: float * float) (model: LinearModel) (certificate: Certificate) : Certificate =
        let found =
            [ 1e-6; 1e-5; 1e-4 ]
            |> List.filter (fun slack -> certificate.Rate + slack < 1.0)
            |> List.tryPick (fun slack -> Lyapunov.tryFind interval (certificate.Rate + slack) model)

        { certificate with Lyapunov = found }

    let private diverges optimizer interval =
        match Rate.onQuadratics optimizer interval with
        | Exact(rate, worst) when rate >= 1.0 ->
            let points = Rate.factors optimizer 100 worst
            let last = abs points[100]

            if last >= 0.5 || not (Double.IsFinite last) then
                Some(Diverges(worst, rate, points))
            else
                None
        | _ -> None

    let private cycles optimizer interval model =
        Cycle.find interval model
        |> Option.bind (fun cycle ->
            Cycle.run optimizer model cycle (max 600 (4 * cycle.Length))
            |> Option.map (fun run -> Cycles(cycle, run)))

    let private decide optimizer interval linear =
        match model interval linear with
        | Some certificate ->
            let limit =
                match Declared.mover optimizer with
                | Some stage -> Limit.Elsewhere(Words.Print stage)
                | None -> certificate.Limit

            Certified { certificate with Limit = limit }
        | None ->
            match cycles optimizer interval linear with
            | Some falsification -> Falsified falsification
            | None ->
                Unknown
                    "stable on quadratics; no criterion holds below the rate 1 − 1e-6, and no cycle of 3 to 50 points was found"

    /// <summary>
    /// Certified with a rate and what was checked, Falsified with a function on which the optimizer was run, or Unknown. A weight
    /// decay moves the limit: the claim is then convergence to a fixed point of the pipeline that is not the minimizer, and
    /// <c>Certificate.Limit</c> says so. Certified is only what its stages and schedules declare to be linear with coefficients
    /// that stay (see <c>LinearModel</c>).
    /// </summary>
    /// <param name="optimizer">The pipeline; a schedule with an end counts with its last value.</param>
    /// <param name="interval">(m, L), 0 &lt; m ≤ L.</param>
    /// <exception cref="T:System.ArgumentException">m is not positive, or the interval is empty or not finite.</exception>
    let rate (optimizer: Optimizer) (interval: float * float) : Certification =
        require interval

        match diverges optimizer interval with
        | Some falsification -> Falsified falsification
        | None ->
            match LinearModel.ofOptimizer optimizer with
            | Ok linear -> decide optimizer interval linear
            | Error reason -> Unknown reason

    let internal number (x: float) =
        x.ToString("G6", CultureInfo.InvariantCulture)

    /// <summary>A criterion in words.</summary>
    let describeCriterion (criterion: Criterion) : string =
        match criterion with
        | Contraction -> "contraction of one state: max |1−ηm|, |1−ηL|"
        | Sector -> "circle criterion"
        | OffByOne weight -> $"weighted off-by-one criterion, weight {number weight}"
        | TwoTaps(first, shift, second) ->
            $"weighted Zames–Falb criterion, weights {number first} at 1 and {number second} at {shift}"

    /// <summary>The answer in one or two lines.</summary>
    let describe (certification: Certification) : string =
        match certification with
        | Certified certificate ->
            let constant =
                match certificate.Lyapunov with
                | Some found ->
                    $"; Lyapunov function checked for the rate {number found.Rate}, C = {number found.Constant}"
                | None -> ""

            let limit =
                match certificate.Limit with
                | Limit.Minimizer -> ""
                | Limit.Elsewhere cause -> $"; to another point than the minimizer, to which {cause} draws it"

            $"certified: rate {number certificate.Rate} ({describeCriterion certificate.Criterion}){constant}{limit}"
        | Falsified(Diverges(eigenvalue, rate, points)) ->
            $"falsified: on {number eigenvalue}·x²/2 the error is multiplied by {number rate} per update; from 1 it is {number (abs points[100])} after 100"
        | Falsified(Cycles(cycle, run)) ->
            $"falsified: runs in a circle of {cycle.Length} points; after {run.Steps} updates still {number run.Distance} from the minimum"
        | Unknown reason -> $"unknown: {reason}"
