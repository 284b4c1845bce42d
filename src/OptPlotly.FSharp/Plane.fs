namespace OptDsl

open System
open System.Diagnostics
open System.IO
open System.Threading
open OptCore
open OptDsl.Plotting

/// <summary>
/// How <c>Chart.planeWith</c> evaluates a loss: <c>PlaneOptions(Grid = 21, Samples = 500)</c>. It says on the error output how long it will
/// take before it begins, where that is long, and how far it is.
/// </summary>
type PlaneOptions() =

    /// <summary>The number of points along each side, ≥ 2; their square is the number of evaluations. 41 by default.</summary>
    member val Grid = 41 with get, set

    /// <summary>
    /// Of a finite sum so many terms, evenly spaced among all, stand for the sum: a network's loss over 500 images of 60,000. 0, the
    /// default, takes all; so does a number beyond their count.
    /// </summary>
    member val Samples = 0 with get, set

    /// <summary>Receives the part that is done, above 0 up to 1, after every row. Null, the default, writes to <c>Log</c>.</summary>
    member val Progress: IProgress<float> | null = null with get, set

    /// <summary>Where the warning and, without <c>Progress</c>, the part that is done are written: the error output by default.</summary>
    member val Log: TextWriter = Console.Error with get, set

    /// <summary>Above so many seconds, estimated from the first evaluations, there is a warning. 10 by default.</summary>
    member val WarnAfter = 10.0 with get, set

    /// <summary>Stops the evaluation by an <c>OperationCanceledException</c>.</summary>
    member val Cancellation = CancellationToken.None with get, set

    /// <summary>
    /// Whether Ctrl-C and SIGTERM end the evaluation with the part of the plane that is done, said on <c>Log</c>: the picture is narrower
    /// then. Before two rows are done there is none, but an <c>OperationCanceledException</c>. Default: at the prompt of F# Interactive
    /// true, else false.
    /// </summary>
    member val HandleSignals = Attended.IsPrompt with get, set

namespace OptDsl.Plotting

open System
open System.Diagnostics
open System.Globalization
open OptCore
open OptDsl

/// Loss planes: a cut through a function of many dimensions.
[<RequireQualifiedAccess>]
module internal Plane =

    let private refuse
        (options: PlaneOptions)
        (radius: float)
        (center: float[])
        (u: float[])
        (v: float[])
        (objective: IObjective)
        =
        if options.Grid < 2 then
            raise (ArgumentOutOfRangeException("Grid", $"Grid = {options.Grid} is outside its range: 2 ≤ value."))

        if options.Samples < 0 then
            raise (
                ArgumentOutOfRangeException("Samples", $"Samples = {options.Samples} is outside its range: 0 ≤ value.")
            )

        if not (radius > 0.0 && Double.IsFinite radius) then
            let said =
                FormattableString.Invariant $"radius = {radius} is outside its range: 0 < value, finite."

            raise (ArgumentOutOfRangeException(nameof radius, said))

        for name, vector in [ nameof center, center; nameof u, u; nameof v, v ] do
            if vector.Length <> objective.Dimension then
                let said =
                    $"{name} has {vector.Length} numbers; {objective.Name} has {objective.Dimension} parameters."

                raise (ArgumentException(said, name))

    // Evenly spaced: the same ones for every point, so that the plane is one function's.
    let private some (count: int) (all: int) = [| for i in 0 .. count - 1 -> int (int64 i * int64 all / int64 count) |]

    let private evaluator (options: PlaneOptions) (objective: IObjective) : float[] -> float =
        let gradient = Array.zeroCreate<float> objective.Dimension

        match objective with
        | :? IFiniteSum as sum when options.Samples > 0 && options.Samples < sum.Count ->
            let samples = some options.Samples sum.Count
            fun point -> sum.Evaluate(ReadOnlySpan<int> samples, ReadOnlySpan<float> point, Span<float> gradient)
        | _ -> fun point -> objective.Evaluate(ReadOnlySpan<float> point, Span<float> gradient)

    let private span (seconds: float) =
        if seconds >= 90.0 then
            (seconds / 60.0).ToString("F0", CultureInfo.InvariantCulture) + " minutes"
        else
            seconds.ToString("F0", CultureInfo.InvariantCulture) + " s"

    let private warn (options: PlaneOptions) (objective: IObjective) (seconds: float) =
        let all = (options.Grid * options.Grid).ToString("N0", CultureInfo.InvariantCulture)

        options.Log.WriteLine(
            $"Chart.plane: {all} evaluations of {objective.Name} will take about {span seconds}. "
            + "PlaneOptions(Grid = …, Samples = …) makes it less."
        )

    let private stopped (options: PlaneOptions) rows =
        if rows < 2 then
            raise (
                OperationCanceledException
                    "Chart.plane was stopped before two rows were done: there is nothing to draw."
            )

        options.Log.WriteLine $"Chart.plane was stopped: {rows} of {options.Grid} rows are drawn."

    /// Values at center + a·u + b·v, |a|, |b| ≤ radius, as far as nobody asks to stop. The clock is handed in: seconds since some time.
    let field
        (clock: unit -> float)
        (asked: unit -> bool)
        (options: PlaneOptions)
        radius
        center
        u
        v
        (objective: IObjective)
        : Field =
        refuse options radius center u v objective
        let value = evaluator options objective
        let n = options.Grid
        let side = [| for i in 0 .. n - 1 -> radius * (2.0 * float i / float (n - 1) - 1.0) |]
        let values = Array2D.zeroCreate<float> n n

        let at i j =
            value (Array.map3 (fun c x y -> c + side[i] * x + side[j] * y) center u v)

        // The first evaluation also compiles and fills caches; the second tells how long one takes.
        values[0, 0] <- at 0 0
        let before = clock ()
        values[0, 1] <- at 0 1
        let seconds = (clock () - before) * float (n * n)

        if seconds > options.WarnAfter then
            warn options objective seconds

        let report (part: float) =
            match options.Progress with
            | null ->
                if seconds > options.WarnAfter && not Console.IsErrorRedirected then
                    options.Log.Write $"\r{int (100.0 * part)} %% "

                    if part = 1.0 then
                        options.Log.WriteLine()
            | progress -> progress.Report part

        // Of one that is stopped within a row the row is no part.
        let isDone i =
            let mutable j = 0

            while j < n && not (asked ()) do
                options.Cancellation.ThrowIfCancellationRequested()

                if i > 0 || j > 1 then
                    values[i, j] <- at i j

                j <- j + 1

            if j = n then
                report (float (i + 1) / float n)

            j = n

        let rows = Seq.init n id |> Seq.takeWhile isDone |> Seq.length

        if rows < n then
            stopped options rows

        {
            Xs = side[.. rows - 1]
            Ys = side
            Values = values[.. rows - 1, *]
        }

    let private clock () =
        float (Stopwatch.GetTimestamp()) / float Stopwatch.Frequency

    /// <c>field</c>, which Ctrl-C stops where the options say so.
    let attended (options: PlaneOptions) radius center u v (objective: IObjective) : Field =
        use interruption = new Interruption(options.HandleSignals)
        field clock (fun () -> interruption.IsAsked) options radius center u v objective
