namespace OptVerify

open System
open OptCore

/// The rows of the table, one function each; a check that does not apply gives no row.
[<RequireQualifiedAccess>]
module internal Checks =

    let private text = Certify.number

    let private row law source outcome ratio explanation code = {
        Law = law
        Source = source
        Outcome = outcome
        Ratio = ratio
        Factor = None
        Explanation = explanation
        Code = code
    }

    let private onQuadratic (optimizer: Optimizer) eigenvalue steps =
        $"Runs.points ({optimizer}) (CounterExampleFunctions.quadratic {Code.value eigenvalue}) [| 1.0 |] {steps}"

    // The first points of a run on λx²/2 from 1, and the last.
    let private path optimizer eigenvalue =
        let points = Rate.factors optimizer 100 eigenvalue
        let first = points |> Array.truncate 5 |> Array.map text |> String.concat ", "
        $"from 1 it goes {first}, … and is at {text points[100]} after 100 updates"

    /// The rate against the largest stable one. Curvatures from `low` on count; on convex functions there are smaller ones, for
    /// which a pipeline without decay is stable whenever it is for these.
    let stability (low, l) (optimizer: Optimizer) =
        let law, source = "stable on quadratics", "Polyak 1964; Schur-Cohn"
        let limit = Rate.limit optimizer (low, l)
        let ratio = limit |> Option.map (fun limit -> optimizer.Rate / limit)

        let known =
            match limit with
            | Some limit -> $"the largest stable rate is {text limit}"
            | None -> "no largest stable rate was found"

        match Rate.onQuadratics optimizer (low, l) with
        | NoRate reason -> row law source Undecided None $"not decided: {reason}" None
        | Exact(rate, worst) when rate >= 1.0 && optimizer.Rate > 0.0 ->
            let kind =
                if rate > 1.0 then
                    "is multiplied by"
                else
                    "stays at a factor of"

            {
                row
                    law
                    source
                    Fails
                    ratio
                    $"the rate {text optimizer.Rate} is not below the limit of stability: {known}. On f(x) = {text worst}·x²/2 the error {kind} {text rate} per update: {path optimizer worst}"
                    (Some(onQuadratic optimizer worst 100)) with
                    Factor = Some rate
            }
        | Exact(rate, _) -> {
            row law source Holds ratio known None with
                Factor = Some rate
          }

    /// The asymptotic rate on quadratics, and the best that the tuned methods reach.
    let asymptotic (m, l) optimizer =
        match Rate.onQuadratics optimizer (m, l) with
        | Exact(rate, worst) when rate < 1.0 && m < l ->
            let best = (Rate.tuneByFormula Family.HeavyBall (m, l)).Factor

            [
                {
                    row
                        "rate on quadratics"
                        "transition matrix, exact"
                        Holds
                        None
                        $"the error shrinks by {text rate} per update, slowest at the curvature {text worst}; the best heavy ball has {text best}"
                        None with
                        Factor = Some rate
                }
            ]
        | _ -> []

    // 1/T_N((κ+1)/(κ−1)), by the hyperbolic form.
    let private chebyshev (m, l) steps =
        1.0 / Math.Cosh(float steps * Math.Acosh((l + m) / (l - m)))

    /// No method that moves along gradients beats the Chebyshev polynomial; one that seems to is run on another function.
    let notTooGood (m, l) optimizer =
        let steps = 20

        match
            (if m < l then
                 Rate.worstFactor optimizer steps (m, l)
             else
                 None)
        with
        | None -> []
        | Some worst ->
            let least = chebyshev (m, l) steps
            let ratio = least / worst.Bound
            let outcome = if ratio <= 1.0 + 1e-9 then Holds else Fails

            [
                row
                    "no better than Chebyshev"
                    "Chebyshev semi-iteration"
                    outcome
                    (Some ratio)
                    $"after {steps} updates the worst error factor lies between {text worst.Attained} and {text worst.Bound}; no method of its kind gets below {text least}"
                    None
            ]

    let private cycleCode (optimizer: Optimizer) (cycle: Cycle) (run: CycleRun) =
        let m, l = cycle.Interval
        let x, y = cycle.Corner

        let objective =
            $"CounterExampleFunctions.polygon ({Code.number m}, {Code.number l}) ({Code.number x}, {Code.number y}) {cycle.Length}"

        let point (v: float[]) =
            $"[| {Code.number v[0]}; {Code.number v[1]} |]"

        if run.Prelude.Length = 0 then
            $"Runs.points ({optimizer}) ({objective}) {point run.Start} {run.Steps}"
        else
            let past = run.Prelude |> Array.map point |> String.concat "; "
            $"Runs.pointsAfter [| {past} |] ({optimizer}) ({objective}) {point run.Start} {run.Steps}"

    /// The certificate, or the function on which the optimizer runs in a circle.
    let convergence (m, l) optimizer =
        let law, source = "converges on the class", "Lessard, Recht and Packard 2016"
        let certification = Certify.rate optimizer (m, l)
        let explanation = Certify.describe certification

        match certification with
        | Certified certificate ->
            let what =
                match certificate.Limit with
                | Limit.Minimizer -> law
                | Limit.Elsewhere _ -> "converges on the class, but not to the minimum"

            {
                row what source Holds None explanation None with
                    Factor = Some certificate.Rate
            }
        | Falsified(Cycles(cycle, run)) ->
            row law "Goujaud, Taylor and Dieuleveut 2023" Fails None explanation (Some(cycleCode optimizer cycle run))
        | Falsified(Diverges(eigenvalue, _, points)) ->
            row law source Fails None explanation (Some(onQuadratic optimizer eigenvalue (points.Length - 1)))
        | Unknown reason -> row law source Undecided None $"not decided: {reason}" None

    let private returns period (points: float[]) =
        let n = points.Length - 1
        Seq.forall (fun i -> abs (points[i] - points[i - period]) <= 1e-9 * abs points[i]) (seq { n - 2 * period .. n })

    let private swings (points: float[]) =
        if abs (Array.last points) > 1e-9 then
            Seq.tryFind (fun k -> returns k points) [ 1..8 ]
        else
            None

    let private runFrom objective start steps optimizer =
        Runs.points optimizer objective [| start |] steps |> Array.map Array.head

    /// Runs on a function of one parameter with its minimum at 0: growth and circles are failures, nothing else is judged.
    let seen law objective code start optimizer =
        let steps = 2000
        let points = runFrom objective start steps optimizer
        let last = abs (Array.last points)

        let shown =
            Some $"Runs.points ({optimizer}) ({code}) [| {Code.number start} |] {steps}"

        if not (last <= 1e6) then
            row law "a run" Fails None $"from {text start} it is {text last} away after {steps} updates" shown
        else
            match swings points with
            | Some 1 -> row law "a run" Fails None $"it stands still at {text last} from the minimum" shown
            | Some k ->
                row law "a run" Fails None $"it runs in a circle of {k} points, {text last} from the minimum" shown
            | None ->
                row
                    law
                    "a run"
                    Undecided
                    None
                    $"from {text start} it is {text last} from the minimum after {steps} updates"
                    None

    /// The extreme curvatures, for pipelines that no rate is known of.
    let extremes (m, l) optimizer =
        match LinearModel.periodic optimizer with
        | Ok _ -> []
        | Error _ -> [
            for curvature in List.distinct [ m; l ] ->
                seen
                    $"run on {text curvature}·x²/2"
                    (CounterExampleFunctions.quadratic curvature)
                    $"CounterExampleFunctions.quadratic {Code.value curvature}"
                    1.05
                    optimizer
          ]

    /// G|x|: the function on which constant steps cannot end.
    let absolute (g: float) optimizer =
        let objective = CounterExampleFunctions.largest [| [| g |]; [| -g |] |]

        seen
            $"run on {text g}·|x|"
            objective
            $"CounterExampleFunctions.largest [| [| {Code.number g} |]; [| {Code.number -g} |] |]"
            1.05
            optimizer

    /// What the optimizer says of itself.
    let warnings smoothness (optimizer: Optimizer) = [
        for warning in optimizer.Warnings(Option.toNullable smoothness) ->
            row warning.Code "OptCore" Undecided None warning.Message None
    ]

    /// A pipeline that is about named tensors.
    let unrunnable reason =
        row "runs on one vector" "OptCore" Undecided None $"not decided: {reason}" None
