namespace OptDsl

open System
open System.Diagnostics
open System.IO
open OptCore
open OptDsl.Charts

/// <summary>
/// Pictures: <c>Chart.lines ["gd", losses] |> Chart.title "…" |> Chart.logY |> Chart.save "x.svg"</c>. Standalone SVG, for light and
/// dark viewers. NaN and infinite numbers are gaps. A logarithmic axis refuses numbers ≤ 0 by an <c>ArgumentException</c> that says
/// which. Of several panels every word changes all.
/// </summary>
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Chart =

    // What is drawn.

    /// <summary>Lines through points: <c>Chart.points ["f", [0.0, 1.0; 0.5, 2.0]]</c>.</summary>
    let points (lines: (string * #seq<float * float>) list) : Chart = Build.lines lines

    /// <summary>Lines over 0, 1, 2, …: <c>Chart.lines ["gd", [1.0; 0.5; 0.25]]</c>.</summary>
    let lines (lines: (string * #seq<float>) list) : Chart =
        Build.lines [ for name, ys in lines -> name, Build.counted ys ]

    /// <summary>Adds a line over 0, 1, 2, ….</summary>
    let line (name: string) (ys: float seq) (chart: Chart) : Chart =
        Build.append (Build.series Line name (Build.counted ys)) chart

    /// <summary>Adds a line through points.</summary>
    let linePoints (name: string) (points: (float * float) seq) (chart: Chart) : Chart =
        Build.append (Build.series Line name points) chart

    /// <summary>Adds what theory says, dashed, over 0, 1, 2, …: <c>Chart.bound "(1−1/κ)^t" (Seq.init 100 (fun t -> …))</c>.</summary>
    let bound (name: string) (ys: float seq) (chart: Chart) : Chart =
        Build.append (Build.series Bound name (Build.counted ys)) chart

    /// <summary>Adds what theory says, dashed, through points.</summary>
    let boundPoints (name: string) (points: (float * float) seq) (chart: Chart) : Chart =
        Build.append (Build.series Bound name points) chart

    /// <summary>
    /// A filled contour of values[i, j] at (xs[i], ys[j]), both ascending, at least two each: 14 levels, spaced logarithmically above
    /// the given bottom (the minimum, where it is known). Values that are not finite count as above every level.
    /// </summary>
    let surface (bottom: float) (xs: float[]) (ys: float[]) (values: float[,]) : Chart =
        Build.surface bottom xs ys values

    /// <summary>
    /// A filled contour of a function over (x low, x high) and (y low, y high); its levels are spaced logarithmically above its
    /// smallest value in the picture.
    /// </summary>
    let contour (xRange: float * float) (yRange: float * float) (f: float -> float -> float) : Chart =
        Build.sampled None xRange yRange f

    /// <summary>
    /// A filled contour of an objective of two variables, with its minimiser, where it knows it. Another dimension is an
    /// <c>ArgumentException</c>; see <c>plane</c>.
    /// </summary>
    let objective (xRange: float * float) (yRange: float * float) (objective: IObjective) : Chart =
        Build.objective xRange yRange objective

    /// <summary>
    /// A filled contour of an objective on the plane <c>center + a·u + b·v</c>, |a|, |b| ≤ radius: an honest cut through a loss surface
    /// of many dimensions.
    /// </summary>
    let plane (radius: float) (center: float[]) (u: float[]) (v: float[]) (objective: IObjective) : Chart =
        Build.plane radius center u v objective

    /// <summary>Adds a path through the plane and a ring at its start: the iterates of an optimizer.</summary>
    let path (name: string) (points: (float * float) seq) (chart: Chart) : Chart = Build.path name points chart

    /// <summary>Adds the first so many iterates of a trace of two parameters, with its start: <c>optimizer |> trace f start</c>.</summary>
    let trajectory (name: string) (steps: int) (trace: TracePoint seq) (chart: Chart) : Chart =
        path name (trace |> Seq.truncate (steps + 1) |> Seq.map Build.coordinates |> Array.ofSeq) chart

    /// <summary>Adds a star at a minimiser.</summary>
    let minimizer (x: float, y: float) (chart: Chart) : Chart = Build.spot Minimum (x, y) chart

    // What stands around it.

    /// <summary>The title; long ones are wrapped.</summary>
    let title (text: string) (chart: Chart) : Chart =
        chart |> Build.change (fun plot -> { plot with Title = text })

    /// <summary>A line below the title.</summary>
    let subtitle (text: string) (chart: Chart) : Chart =
        chart |> Build.change (fun plot -> { plot with Subtitle = text })

    /// <summary>The names of the axes.</summary>
    let labels (x: string) (y: string) (chart: Chart) : Chart = Build.labels x y chart

    /// <summary>A logarithmic horizontal axis.</summary>
    let logX (chart: Chart) : Chart =
        chart
        |> Build.change (fun plot -> {
            plot with
                X = { plot.X with Log = true }
        })

    /// <summary>A logarithmic vertical axis.</summary>
    let logY (chart: Chart) : Chart =
        chart
        |> Build.change (fun plot -> {
            plot with
                Y = { plot.Y with Log = true }
        })

    /// <summary>The horizontal range shown; what lies outside is cut off.</summary>
    let xRange (low: float, high: float) (chart: Chart) : Chart =
        chart
        |> Build.change (fun plot -> {
            plot with
                X = { plot.X with Range = Some(low, high) }
        })

    /// <summary>The vertical range shown; what lies outside is cut off.</summary>
    let yRange (low: float, high: float) (chart: Chart) : Chart =
        chart
        |> Build.change (fun plot -> {
            plot with
                Y = { plot.Y with Range = Some(low, high) }
        })

    /// <summary>The width of the picture and the height of the area between the axes, in pixels, at least 160 and 80.</summary>
    let size (width: float) (height: float) (chart: Chart) : Chart =
        chart
        |> Build.change (fun plot -> {
            plot with
                Width = max 160.0 width
                Height = Some(max 80.0 height)
        })

    /// <summary>The levels of a contour; they are sorted.</summary>
    let levels (levels: float seq) (chart: Chart) : Chart =
        let set (field: Field) = {
            field with
                Levels = levels |> Seq.distinct |> Seq.sort |> Array.ofSeq
        }

        chart
        |> Build.change (fun plot -> {
            plot with
                Field = Option.map set plot.Field
        })

    /// <summary>Several charts in one picture, in so many columns ≥ 1.</summary>
    let panels (columns: int) (charts: Chart list) : Chart =
        Require.Count(columns, nameof columns) |> ignore

        {
            Columns = columns
            Plots = charts |> List.collect _.Plots
        }

    // Runs and schedules.

    /// <summary>Values that the updates of runs saw, over the steps.</summary>
    let losses (runs: (string * Result) list) : Chart =
        Build.lines [ for name, result in runs -> name, Curves.values result ]
        |> Build.labels "step" "loss"

    /// <summary>
    /// The distances f − f* that the updates of runs saw, on a logarithmic axis; those that are not above 0 are left out.
    /// </summary>
    let gaps (minimum: float) (runs: (string * Result) list) : Chart =
        Build.lines [ for name, result in runs -> name, Curves.gaps minimum result ]
        |> Build.labels "step" "f − f*"
        |> logY

    /// <summary>‖g‖ of the raw gradients of runs, on a logarithmic axis; zeros are left out.</summary>
    let gradientNorms (runs: (string * Result) list) : Chart =
        Build.lines [ for name, result in runs -> name, Curves.gradientNorms result ]
        |> Build.labels "step" "‖g‖"
        |> logY

    /// <summary>‖p_{t+1} − p_t‖/‖p_t‖ of the first so many updates of traces, on a logarithmic axis; zeros are left out.</summary>
    let updateRatios (steps: int) (traces: (string * TracePoint seq) list) : Chart =
        Build.lines [ for name, trace in traces -> name, Curves.updateRatios steps trace ]
        |> Build.labels "step" "‖Δp‖ / ‖p‖"
        |> logY

    /// <summary>The first n values of schedules, n ≥ 1.</summary>
    let schedules (steps: int) (named: (string * ISchedule) list) : Chart =
        Build.lines [
            for name, schedule in named -> name, Build.counted (Schedule.values steps schedule)
        ]
        |> Build.labels "t" "s(t)"

    /// <summary>The first n values of a schedule, n ≥ 1, under its name.</summary>
    let schedule (steps: int) (schedule: ISchedule) : Chart =
        schedules steps [ "", schedule ] |> title (string schedule)

    /// <summary>The factors 1/(1 − β^k) by which bias correction multiplies averages of decay β, for k = 1 … n.</summary>
    let biasCorrection (steps: int) (betas: float list) : Chart =
        Build.lines [ for beta in betas -> Curves.betaName beta, Curves.biasCorrection steps beta ]
        |> Build.labels "k" "1/(1 − β^k)"
        |> logY

    /// <summary>The gaps of a race to its reference, in the order of the ranking, on a logarithmic axis.</summary>
    let race (race: Race) : Chart =
        gaps race.Reference [ for entrant in race.Entrants -> entrant.Name, entrant.Result ]
        |> title race.Objective
        |> Build.labels "step" "f − reference"

    /// <summary>The values of a learning-rate range test over the rates; logarithmic below too, where all values are above 0.</summary>
    let rateTest (test: RateTest) : Chart =
        let chart =
            Build.lines [
                "value", Seq.zip test.Rates test.Values
                "smoothed", Seq.zip test.Rates test.Smoothed
            ]

        let chart = chart |> logX |> Build.labels "rate" "value" |> title (string test)

        if Array.forall (fun value -> value > 0.0) test.Values then
            logY chart
        else
            chart

    // Out.

    /// <summary>The picture as the text of an SVG document.</summary>
    let toSvg (chart: Chart) : string = Build.text chart

    /// <summary>Writes the picture as an SVG file; its folder is made if it does not exist.</summary>
    let save (path: string) (chart: Chart) : unit =
        match Path.GetDirectoryName(Path.GetFullPath path) with
        | null -> ()
        | folder -> Directory.CreateDirectory folder |> ignore

        File.WriteAllText(path, Build.text chart)

    /// <summary>
    /// Writes the picture to a temporary file, prints its path, and opens it with the system's viewer where there is a desktop.
    /// </summary>
    let show (chart: Chart) : unit =
        let path = Path.Combine(Path.GetTempPath(), $"chart-{Guid.NewGuid():N}.svg")
        save path chart
        printfn $"{path}"

        if Curves.hasDesktop () then
            try
                Process.Start(ProcessStartInfo(path, UseShellExecute = true)) |> ignore
            with :? ComponentModel.Win32Exception ->
                ()
