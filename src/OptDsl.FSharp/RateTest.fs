namespace OptDsl

open System
open System.Globalization
open OptCore

/// <summary>
/// A learning-rate range test: one run whose rate grows from update to update by the same factor.
/// Source: Smith, Cyclical learning rates for training neural networks, 2017.
/// </summary>
[<RequireQualifiedAccess; StructuredFormatDisplay("{Text}")>]
type RateTest = {
    /// <summary>The rates tried, ascending, as far as the run went; for a <c>partition</c> factors of the rates of its parts.</summary>
    Rates: float[]
    /// <summary>The value that the update with each of these rates saw, before the update.</summary>
    Values: float[]
    /// <summary>The values smoothed by a bias-corrected average of decay 0.9; a value that is not finite ends the test.</summary>
    Smoothed: float[]
    /// <summary>
    /// The rate at the smallest smoothed value: beyond it the run got worse. The largest rate of the test, where it never did;
    /// the smallest, where every rate was too large.
    /// </summary>
    Turning: float
    /// <summary>A tenth of <c>Turning</c>: a rate to begin with, where <c>Turning</c> lies inside the range of the test.</summary>
    Suggested: float
    /// <summary>The rate at which the test was ended, the smoothed value beyond four times its smallest; None if it was not.</summary>
    DivergedAt: float option
    /// <summary>Whether Ctrl-C ended the test before its largest rate.</summary>
    Cancelled: bool
} with

    /// <summary>One line: the rates that matter, or that the range has to be another one.</summary>
    override test.ToString() =
        let text (x: float) =
            x.ToString("G3", CultureInfo.InvariantCulture)

        let last = Array.last test.Rates

        let ended =
            match test.DivergedAt with
            | Some rate -> $", ended at {text rate}"
            | None when test.Cancelled -> $", stopped at {text last}"
            | None -> ""

        if test.Cancelled && test.Turning = last then
            $"no turning point before it was stopped at {text last}"
        elif test.Turning = test.Rates[0] then
            $"no turning point: worse from the smallest rate {text test.Turning} on{ended}; test smaller rates"
        elif test.Turning = last && test.DivergedAt.IsNone then
            $"no turning point: still better at the largest rate {text last}; test larger rates"
        else
            $"best at rate {text test.Turning}{ended}; suggested {text test.Suggested}"

    member private test.Text = string test

module internal RateTesting =

    let private decay = 0.9

    // m̂ of Adam: an average that does not lean towards 0 at the start.
    let private smooth (values: float[]) =
        let means =
            values
            |> Array.scan (fun m v -> decay * m + (1.0 - decay) * v) 0.0
            |> Array.tail

        means |> Array.mapi (fun i m -> m / (1.0 - Math.Pow(decay, float (i + 1))))

    let private refuse (low: float) (high: float) steps =
        if not (low > 0.0 && low < high && Double.IsFinite high) then
            let text =
                FormattableString.Invariant $"rates {low} … {high}; expected 0 < low < high, finite."

            raise (ArgumentException(text, nameof low))

        Require.Count(steps, nameof steps, 2) |> ignore

    // Ended behind the first value that tells that the rate is too large: far above the best one, or not finite.
    let private isOver floor least smoothed =
        not (smoothed - floor <= 4.0 * (least - floor))

    let run
        (asked: unit -> bool)
        (low: float, high: float)
        steps
        (objective: IObjective)
        (start: 'T[])
        (optimizer: Optimizer)
        : RateTest =
        refuse low high steps
        let growth = Math.Pow(high / low, 1.0 / float (steps - 1))
        // The parts of a partition keep their own rates, and what is tested is a factor of all of them.
        let tested =
            if optimizer.Parts.Count = 0 then
                optimizer.WithRate(low).With(GeometricDecay growth)
            else
                optimizer.With(ScaleBy(GeometricDecay growth, low))

        let rate (point: TracePoint<'T>) =
            if optimizer.Parts.Count = 0 then
                point.Rate
            else
                low * Math.Pow(growth, float point.Step)

        let trace =
            Minimizer.Trace<'T>(tested, objective, ReadOnlySpan<'T> start)
            |> Attending.heardBy (Attended.Listener()) steps
            |> Seq.truncate steps
            |> Attending.until asked

        let seen = [| for point in trace -> rate point, point.Value |]
        let smoothed = smooth (Array.map snd seen)
        // Values are measured from f* or 0, the smaller one: four times a negative value would be a better one.
        let floor =
            Option.ofNullable objective.Minimum
            |> Option.defaultValue 0.0
            |> min (Array.min smoothed)

        let least = smoothed |> Array.scan min infinity |> Array.tail

        let cancelled = seen.Length < steps && asked ()

        // A trace that ends by itself has met a gradient that is not finite.
        let over =
            Seq.zip least smoothed
            |> Seq.tryFindIndex (fun (least, value) -> not (Double.IsFinite value) || isOver floor least value)
            |> Option.orElse (
                if seen.Length < steps && not cancelled then
                    Some(seen.Length - 1)
                else
                    None
            )

        let kept = over |> Option.map ((+) 1) |> Option.defaultValue seen.Length
        let rates, smoothed = Array.map fst seen[.. kept - 1], smoothed[.. kept - 1]
        let finite = smoothed |> Array.indexed |> Array.filter (snd >> Double.IsFinite)

        if finite.Length = 0 then
            raise (ArgumentException($"{objective.Name} is not finite at the start.", nameof start))

        let turning = rates[finite |> Array.minBy snd |> fst]

        {
            Rates = rates
            Values = Array.map snd seen[.. kept - 1]
            Smoothed = smoothed
            Turning = turning
            Suggested = turning / 10.0
            DivergedAt = over |> Option.map (fun i -> rates[i])
            Cancelled = cancelled && over.IsNone
        }
