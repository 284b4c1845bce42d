namespace OptDsl

open System
open System.Diagnostics
open System.IO
open OptCore
open Plotly.NET
open OptDsl.Plotting

/// <summary>
/// Pictures: <c>Chart.losses [ "adam", result ] |> Chart.logY |> Chart.save "losses.html"</c>. Every word returns a chart of Plotly.NET, which
/// its own <c>Chart.withTitle</c>, <c>Chart.combine</c>, <c>Chart.Grid</c> … change further, after <c>open Plotly.NET</c>. NaN and infinite
/// numbers are gaps. A logarithmic axis refuses numbers ≤ 0 by an <c>ArgumentException</c> that says which. No word changes the chart it is given.
/// </summary>
[<RequireQualifiedAccess>]
module Chart =

    let private step = "step"

    // Lines.

    /// <summary>Lines through points (x, y): <c>Chart.points ["f", [0.0, 1.0; 0.5, 2.0]]</c>.</summary>
    let points (lines: (string * #seq<float * float>) list) : GenericChart =
        Lines.chart ("x", "y") [ for name, points in lines -> Lines.through name points ]

    /// <summary>Lines over 0, 1, 2, …: <c>Chart.lines ["gd", [1.0; 0.5; 0.25]]</c>.</summary>
    let lines (lines: (string * #seq<float>) list) : GenericChart =
        Lines.chart (step, "y") [ for name, ys in lines -> Lines.counted name ys ]

    /// <summary>Adds a line over 0, 1, 2, ….</summary>
    let line (name: string) (ys: float seq) (chart: GenericChart) : GenericChart =
        chart
        |> Lines.add false (fun i -> Lines.line (step, "y") i (Lines.counted name ys))

    /// <summary>Adds a line through points (x, y).</summary>
    let linePoints (name: string) (points: (float * float) seq) (chart: GenericChart) : GenericChart =
        chart
        |> Lines.add false (fun i -> Lines.line ("x", "y") i (Lines.through name points))

    /// <summary>
    /// Adds what theory says, dashed and above the lines, over 0, 1, 2, …: <c>Chart.bound "(1−1/κ)^t" (Seq.init 100 (fun t -> …))</c>.
    /// </summary>
    let bound (name: string) (ys: float seq) (chart: GenericChart) : GenericChart =
        chart
        |> Lines.add true (fun _ -> Lines.bound (step, "y") (Lines.counted name ys))

    /// <summary>Adds what theory says, dashed and above the lines, through points (x, y).</summary>
    let boundPoints (name: string) (points: (float * float) seq) (chart: GenericChart) : GenericChart =
        chart
        |> Lines.add true (fun _ -> Lines.bound ("x", "y") (Lines.through name points))

    // Functions of two variables.

    /// <summary>
    /// A filled contour of values[i, j] at (xs[i], ys[j]), both ascending, at least two each: 15 levels, spaced logarithmically above the
    /// bottom where one is given (the minimum, where it is known), else as suits the values. Values that are not finite count as above
    /// every level.
    /// </summary>
    let contourOf (bottom: float option) (xs: float[]) (ys: float[]) (values: float[,]) : GenericChart =
        Fields.contour bottom { Xs = xs; Ys = ys; Values = values }

    /// <summary>
    /// A filled contour of a function over (x low, x high) and (y low, y high). Its levels are evenly spaced, or logarithmically above
    /// the smallest value where a valley would drown beside its walls.
    /// </summary>
    let contour (xRange: float * float) (yRange: float * float) (f: float -> float -> float) : GenericChart =
        Fields.contour None (Fields.sampled 121 xRange yRange f)

    /// <summary>
    /// A filled contour of an objective of two variables, with its minimizer, where it knows it, and levels spaced logarithmically above
    /// its minimum. Another dimension is an <c>ArgumentException</c>; see <c>plane</c>.
    /// </summary>
    let objective (xRange: float * float) (yRange: float * float) (objective: IObjective) : GenericChart =
        let field = Fields.sampled 121 xRange yRange (Fields.valueOf objective)
        let chart = Fields.contour (Option.ofNullable objective.Minimum) field

        match objective.Minimizer with
        | null -> chart
        | at -> Fields.minimizer (at[0], at[1]) (Objective.value (Array.ofSeq at) objective) chart

    /// <summary>
    /// The same as a surface in space, to be turned with the pointer: <c>trajectory</c> draws ways over it, <c>logZ</c> and <c>zRange</c>
    /// change the axis of its heights.
    /// </summary>
    let surface (xRange: float * float) (yRange: float * float) (objective: IObjective) : GenericChart =
        let field = Fields.sampled 81 xRange yRange (Fields.valueOf objective)
        let chart = Fields.surface (Option.ofNullable objective.Minimum) field

        match objective.Minimizer with
        | null -> chart
        | at -> Fields.minimizer (at[0], at[1]) (Objective.value (Array.ofSeq at) objective) chart

    /// <summary>
    /// A filled contour of an objective on the plane <c>center + a·u + b·v</c>, |a|, |b| ≤ radius: an honest cut through a loss of many
    /// dimensions, a network's for example. 41 × 41 evaluations; where they will take long it says so before, and Ctrl-C at the
    /// prompt of F# Interactive ends them with the part that is done.
    /// </summary>
    let plane (radius: float) (center: float[]) (u: float[]) (v: float[]) (objective: IObjective) : GenericChart =
        Plane.attended (PlaneOptions()) radius center u v objective
        |> Fields.contour None

    /// <summary>
    /// <c>plane</c> with a grid, a sample of a finite sum, progress: <c>Chart.planeWith (PlaneOptions(Grid = 21, Samples = 500)) 1.0 center u v loss</c>.
    /// </summary>
    let planeWith
        (options: PlaneOptions)
        (radius: float)
        (center: float[])
        (u: float[])
        (v: float[])
        (objective: IObjective)
        : GenericChart =
        Plane.attended options radius center u v objective |> Fields.contour None

    /// <summary>Adds a path through the plane and a ring at its start. A surface needs heights: see <c>trajectory</c>.</summary>
    let path (name: string) (points: (float * float) seq) (chart: GenericChart) : GenericChart =
        if Axes.isSpatial chart then
            raise (
                ArgumentException("A path over a surface needs its heights: Chart.trajectory has them.", nameof chart)
            )

        let xs, ys = points |> Array.ofSeq |> Array.unzip
        Fields.path name xs ys [||] [ "step", Array.init xs.Length float ] chart

    /// <summary>
    /// Adds the first so many iterates of a trace of two parameters to a contour or surface, with its start:
    /// <c>adam 0.1 |> trace f start</c>. A pointer reads step, loss, rate and ‖g‖.
    /// </summary>
    let trajectory (name: string) (steps: int) (trace: TracePoint<'T> seq) (chart: GenericChart) : GenericChart =
        let xs, ys, told = Runs.way steps trace
        Fields.path name xs ys (snd told[1]) told chart

    /// <summary>Adds arrows along −∇f on a grid over a contour: they show its direction, not its size.</summary>
    let gradients (objective: IObjective) (chart: GenericChart) : GenericChart = Fields.arrows objective chart

    /// <summary>Adds a star at a minimizer of a contour.</summary>
    let minimizer (x: float, y: float) (chart: GenericChart) : GenericChart = Fields.minimizer (x, y) nan chart

    /// <summary>The levels of a contour, finite; they are sorted.</summary>
    let levels (levels: float seq) (chart: GenericChart) : GenericChart = Fields.relevel levels chart

    // What stands around it.

    /// <summary>The title; long ones are wrapped.</summary>
    let title (text: string) (chart: GenericChart) : GenericChart =
        chart
        |> Objects.withLayout (fun layout -> layout.SetProperty("title", Theme.title (Text.wrap 80 text)))

    /// <summary>A line below the title.</summary>
    let subtitle (text: string) (chart: GenericChart) : GenericChart =
        chart
        |> Objects.withLayout (fun layout ->
            let above =
                Objects.find<Title> "title" layout
                |> Option.bind (Objects.find<string> "text")
                |> Option.defaultValue ""

            layout.SetProperty("title", Theme.title $"{above}<br><span style=\"font-size:0.75em\">{text}</span>"))

    /// <summary>The names of the axes x and y.</summary>
    let labels (x: string) (y: string) (chart: GenericChart) : GenericChart =
        chart |> Axes.label "x" x |> Axes.label "y" y

    /// <summary>
    /// A logarithmic horizontal axis. Points at x = 0, the start of a run, have no place on it and are left out; x &lt; 0 is refused.
    /// </summary>
    let logX (chart: GenericChart) : GenericChart = Axes.log "x" chart

    /// <summary>A logarithmic vertical axis.</summary>
    let logY (chart: GenericChart) : GenericChart = Axes.log "y" chart

    /// <summary>A logarithmic axis of the heights of a surface; heights ≤ 0 are left out.</summary>
    let logZ (chart: GenericChart) : GenericChart = Axes.log "z" chart |> Fields.lift

    /// <summary>The horizontal range shown; what lies outside is cut off.</summary>
    let xRange (low: float, high: float) (chart: GenericChart) : GenericChart = Axes.range "x" (low, high) chart

    /// <summary>The vertical range shown; what lies outside is cut off.</summary>
    let yRange (low: float, high: float) (chart: GenericChart) : GenericChart = Axes.range "y" (low, high) chart

    /// <summary>The range of a surface's heights; what lies outside is cut off.</summary>
    let zRange (low: float, high: float) (chart: GenericChart) : GenericChart =
        Axes.range "z" (low, high) chart |> Fields.lift

    /// <summary>Width and height of the picture in pixels, at least 160 and 120.</summary>
    let size (width: int) (height: int) (chart: GenericChart) : GenericChart =
        if width < 160 || height < 120 then
            let said =
                $"size {width} × {height} is outside its range: 160 ≤ width, 120 ≤ height."

            raise (ArgumentOutOfRangeException(nameof width, said))

        chart
        |> Objects.withLayout (fun layout ->
            layout.SetProperty("width", width)
            layout.SetProperty("height", height))

    /// <summary>
    /// Several charts, one at least, in one picture of so many columns ≥ 1: Plotly.NET's <c>Chart.Grid</c> with the charts' titles and sizes,
    /// and one legend in which no name stands twice.
    /// </summary>
    let panels (columns: int) (charts: GenericChart list) : GenericChart = Panels.grid columns charts

    /// <summary>
    /// The chart with a slider of so many frames, at least 2, and a button that plays it: paths and lines grow from their start to their
    /// end. The axes stay as they are.
    /// </summary>
    let animate (frames: int) (chart: GenericChart) : GenericChart = Animation.animate frames chart

    // Runs and schedules.

    let private ofRuns name (series: Series list) =
        Lines.chart (step, name) series |> labels step name

    let private within (series: Series list) (chart: GenericChart) =
        match Runs.comparable series with
        | Some range -> chart |> logY |> Axes.range "y" range
        | None -> logY chart

    /// <summary>Values that the updates of runs saw, over the steps. A pointer reads step, loss, rate and ‖g‖.</summary>
    let losses (runs: (string * Result<'T>) list) : GenericChart =
        let series = List.map Runs.values runs
        let chart = ofRuns "loss" series

        // A run that leaves the floats would flatten the others.
        let top = [
            for one in series do
                if one.Y.Length > 0 && Double.IsFinite one.Y[0] then
                    one.Y[0]
        ]

        let all =
            series
            |> List.collect (fun one -> one.Y |> Array.filter Double.IsFinite |> List.ofArray)

        if
            not top.IsEmpty
            && List.max all - List.min all > 20.0 * (List.max top - List.min all)
            && List.max top > List.min all
        then
            chart
            |> yRange (List.min all, List.min all + 2.0 * (List.max top - List.min all))
        else
            chart

    /// <summary>
    /// The distances f − f* that the updates of runs saw, on a logarithmic axis; those that are not above 0 are left out. The axis shows
    /// what most runs reach: one that is far ahead or diverges leaves the picture.
    /// </summary>
    let gaps (minimum: float) (runs: (string * Result<'T>) list) : GenericChart =
        let series = runs |> List.map (Runs.gaps minimum)
        ofRuns "f − f*" series |> within series

    /// <summary>‖g‖ of the raw gradients of runs, on a logarithmic axis as that of <c>gaps</c>; zeros are left out.</summary>
    let gradientNorms (runs: (string * Result<'T>) list) : GenericChart =
        let series = runs |> List.map Runs.gradientNorms
        ofRuns "‖g‖" series |> within series

    /// <summary>‖p_{t+1} − p_t‖/‖p_t‖ of the first so many updates of traces, on a logarithmic axis; zeros are left out.</summary>
    let updateRatios (steps: int) (traces: (string * TracePoint<'T> seq) list) : GenericChart =
        ofRuns "‖Δp‖ / ‖p‖" (traces |> List.map (Runs.updateRatios steps)) |> logY

    /// <summary>
    /// What the stages of an optimizer hold over the first so many updates of a trace: the norm of every slot (<c>adam.m</c>, <c>momentum.v</c>),
    /// on a logarithmic axis; zeros are left out.
    /// </summary>
    let stages (steps: int) (trace: TracePoint<'T> seq) : GenericChart =
        ofRuns "‖slot‖" (Runs.slots steps trace) |> logY

    /// <summary>
    /// What step reports say, in four panels: loss, rate, norms (‖g‖, ‖u‖ behind clipping, ‖Δp‖, ‖p‖) and ‖Δp‖/‖p‖, on logarithmic axes;
    /// numbers that are not above 0 are left out.
    /// </summary>
    let reports (reports: StepReport seq) : GenericChart =
        let reports = Array.ofSeq reports
        let one name f = Runs.reported name f reports
        let panel text series = ofRuns "" series |> logY |> title text

        panels 2 [
            panel "loss" [ one "loss" _.Loss ]
            panel "rate" [ one "rate" _.Rate ]
            panel "norms" [
                one "‖g‖" _.GradientNorm
                one "‖u‖ behind Gradient" _.ConditionedNorm
                one "‖Δp‖" _.UpdateNorm
                one "‖p‖" _.ParameterNorm
            ]
            panel "‖Δp‖ / ‖p‖" [ one "ratio" _.UpdateRatio ]
        ]

    /// <summary>The first n values of schedules, n ≥ 1.</summary>
    let schedules (steps: int) (named: (string * ISchedule) list) : GenericChart =
        Lines.chart ("t", "s(t)") [
            for name, schedule in named -> Lines.counted name (Schedule.values steps schedule)
        ]
        |> labels "t" "s(t)"

    /// <summary>The first n values of a schedule, n ≥ 1, under its name.</summary>
    let schedule (steps: int) (schedule: ISchedule) : GenericChart =
        schedules steps [ string schedule, schedule ] |> title (string schedule)

    /// <summary>The factors 1/(1 − β^k) by which bias correction multiplies averages of decay β, for k = 1 … n.</summary>
    let biasCorrection (steps: int) (betas: float list) : GenericChart =
        Lines.chart ("k", "1/(1 − β^k)") [ for beta in betas -> Runs.biasCorrection steps beta ]
        |> labels "k" "1/(1 − β<sup>k</sup>)"
        |> logY

    /// <summary>The gaps of a race to its reference, in the order of the ranking, on a logarithmic axis as that of <c>gaps</c>.</summary>
    let race (race: Race<'T>) : GenericChart =
        gaps race.Reference [ for entrant in race.Entrants -> entrant.Name, entrant.Result ]
        |> title race.Objective
        |> labels step "f − reference"

    /// <summary>
    /// The values of a learning-rate range test over the rates, the suggested and the turning rate marked; logarithmic below too, where all
    /// values are above 0. Where the run diverges it leaves the picture.
    /// </summary>
    let rateTest (test: RateTest) : GenericChart =
        let over values : (float * float) seq = Seq.zip test.Rates values

        let chart =
            Lines.chart ("rate", "value") [
                Lines.through "value" (over test.Values)
                Lines.through "smoothed" (over test.Smoothed)
            ]

        let before = [
            for rate, value in Seq.zip test.Rates test.Values do
                if rate <= test.Turning && Double.IsFinite value then
                    value
        ]

        let positive = test.Values |> Array.forall (fun value -> value > 0.0)
        let low = test.Values |> Array.filter Double.IsFinite |> Array.min
        let high = List.max before

        let range =
            if positive then
                low / 1.5, max (high * 2.0) (low * 4.0)
            else
                let room = if high > low then high - low else 1.0
                low - 0.1 * room, high + room

        let marked i text x chart =
            chart |> Lines.add true (fun _ -> Lines.mark i text x range)

        chart
        |> marked 2 ("suggested " + Text.number 3 test.Suggested) test.Suggested
        |> marked 3 ("turning " + Text.number 3 test.Turning) test.Turning
        |> logX
        |> (if positive then logY else id)
        |> yRange range
        |> labels "rate" "value"
        |> title (string test)

    // Out.

    /// <summary>One line: what the chart shows.</summary>
    let describe (chart: GenericChart) : string =
        let names = [
            for trace in GenericChart.getTraces chart do
                match Objects.kind trace, Objects.name trace with
                | ("contour" | "surface" as kind), _ -> kind
                | _, "" -> trace.``type``
                | _, name -> $"\"{name}\""
        ]

        "chart of " + String.concat ", " names

    /// <summary>The picture as a page that needs no network: plotly.js is part of it.</summary>
    let toHtml (chart: GenericChart) : string = Page.html chart

    /// <summary>
    /// The picture as the text of an SVG document. It is drawn by an installed Chromium; without one there is an
    /// <c>InvalidOperationException</c> that says where it was looked for.
    /// </summary>
    let toSvg (chart: GenericChart) : string = Browser.svg "an SVG" chart

    /// <summary>
    /// Writes the picture: <c>.html</c> as a page that needs no network, <c>.svg</c> and <c>.png</c> (of twice as many pixels) through an
    /// installed Chromium, whose absence is an <c>InvalidOperationException</c>. Another extension is an <c>ArgumentException</c>, a folder that
    /// is not there a <c>DirectoryNotFoundException</c>.
    /// </summary>
    let save (path: string) (chart: GenericChart) : unit =
        let extension =
            match Path.GetExtension path with
            | null -> ""
            | extension -> extension.ToLowerInvariant()

        if not (List.contains extension [ ".html"; ".svg"; ".png" ]) then
            let said =
                $"path \"{path}\" ends with \"{extension}\"; expected .html, .svg or .png."

            raise (ArgumentException(said, nameof path))

        let folder = Path.GetDirectoryName(Path.GetFullPath path)

        if not (Directory.Exists folder) then
            raise (DirectoryNotFoundException $"The folder {folder} of \"{path}\" does not exist.")

        match extension with
        | ".html" -> File.WriteAllText(path, toHtml chart)
        | ".svg" -> File.WriteAllText(path, Browser.svg $"\"{path}\"" chart)
        | _ -> File.WriteAllBytes(path, Browser.png $"\"{path}\"" chart)

    // Whether a window can be opened: not on a server, not where output goes to a file.
    let private hasDesktop () =
        let has (name: string) =
            not (String.IsNullOrEmpty(Environment.GetEnvironmentVariable name))

        not Console.IsOutputRedirected
        && (OperatingSystem.IsWindows()
            || OperatingSystem.IsMacOS()
            || has "DISPLAY"
            || has "WAYLAND_DISPLAY")

    /// <summary>
    /// Writes the picture as a page to a temporary file, prints its path, and opens it with the system's browser where there is a desktop.
    /// In a notebook a chart that ends a cell is drawn below it; see docs/charts.md.
    /// </summary>
    let show (chart: GenericChart) : unit =
        let path = Path.Combine(Path.GetTempPath(), $"chart-{Guid.NewGuid():N}.html")
        save path chart
        printfn $"{path}"

        if hasDesktop () then
            try
                Process.Start(ProcessStartInfo(path, UseShellExecute = true)) |> ignore
            with :? ComponentModel.Win32Exception ->
                ()
