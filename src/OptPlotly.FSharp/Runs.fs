namespace OptDsl.Plotting

open System
open System.Globalization
open OptCore
open OptDsl

/// What of runs, schedules and traces is drawn.
[<RequireQualifiedAccess>]
module internal Runs =

    // What cannot stand on a logarithmic axis is a gap.
    let private positive y = if y > 0.0 then y else nan

    let private over
        name
        (told: (string * (HistoryPoint -> float)) list)
        (f: HistoryPoint -> float)
        (result: Result<'T>)
        : Series =
        let history = Array.ofSeq result.History

        {
            Name = name
            X = history |> Array.map (fun point -> float point.Step)
            Y = history |> Array.map f
            Told = [ for name, f in told -> name, Array.map f history ]
        }

    let private rate = "rate", (fun (point: HistoryPoint) -> point.Rate)

    let values (name, result) =
        over name [ rate; "‖g‖", _.GradientNorm ] _.Value result

    let gaps minimum (name, result) =
        over name [ "loss", _.Value; rate ] (fun point -> positive (point.Value - minimum)) result

    let gradientNorms (name, result) =
        over name [ "loss", _.Value; rate ] (fun point -> positive point.GradientNorm) result

    // Scaled by the largest element, so that squares neither overflow nor vanish.
    let private norm (x: float[]) =
        let largest = x |> Array.fold (fun most v -> max most (abs v)) 0.0

        if largest = 0.0 || not (Double.IsFinite largest) then
            largest
        else
            largest * sqrt (x |> Array.sumBy (fun v -> (v / largest) * (v / largest)))

    let private wide (values: 'T[]) : float[] =
        values |> Array.map Kernels.Reduction.Widen

    let private first steps (trace: TracePoint<'T> seq) =
        trace |> Seq.truncate (steps + 1) |> Array.ofSeq

    let updateRatios steps (name, trace: TracePoint<'T> seq) : Series =
        let pairs = first steps trace |> Array.pairwise

        let ratio (before: TracePoint<'T>, after: TracePoint<'T>) =
            let p = wide before.Point
            positive (norm (Array.map2 (-) (wide after.Point) p) / norm p)

        {
            Name = name
            X = pairs |> Array.map (fun (before, _) -> float before.Step)
            Y = Array.map ratio pairs
            Told = []
        }

    // States have no word for the kind of a slot: of counts and running powers there is no norm to draw.
    let private elements (state: State<'T>) name =
        try
            Some(wide (state.Slot name))
        with :? ArgumentException ->
            None

    /// The norm of every slot over the first updates of a trace; counts and running powers are left out.
    let slots steps (trace: TracePoint<'T> seq) : Series list =
        let points = first steps trace

        [
            if points.Length > 0 then
                for name in points[0].State.SlotNames do
                    if (elements points[0].State name).IsSome then
                        {
                            Name = name
                            X = points |> Array.map (fun point -> float point.Step)
                            Y =
                                points
                                |> Array.map (fun point ->
                                    elements point.State name
                                    |> Option.map (norm >> positive)
                                    |> Option.defaultValue nan)
                            Told = []
                        }
        ]

    /// One quantity of step reports.
    let reported name (f: StepReport -> float) (reports: StepReport[]) : Series = {
        Name = name
        X = reports |> Array.map (fun report -> float report.Step)
        Y = reports |> Array.map (f >> positive)
        Told = []
    }

    /// A step of a trace in the plane, with what a pointer reads there.
    let way steps (trace: TracePoint<'T> seq) =
        let points = first steps trace

        for point in points do
            if point.State.Plan.Layout.Length <> 2 then
                raise (ArgumentException $"The trace has {point.State.Plan.Layout.Length} parameters; a path has 2.")

        let told = [
            "step", points |> Array.map (fun point -> float point.Step)
            "loss", points |> Array.map _.Value
            "rate", points |> Array.map _.Rate
            "‖g‖", points |> Array.map _.GradientNorm
        ]

        let xs, ys =
            points
            |> Array.map (fun point ->
                let at = wide point.Point
                at[0], at[1])
            |> Array.unzip

        xs, ys, told

    let biasCorrection steps (beta: float) : Series = {
        Name = "β = " + beta.ToString("R", CultureInfo.InvariantCulture)
        X = [| for k in 1..steps -> float k |]
        Y = [| for k in 1..steps -> 1.0 / (1.0 - Math.Pow(beta, float k)) |]
        Told = []
    }

    /// The range of a logarithmic axis that shows what can be compared: no run that hits the minimum, and none that leaves the floats,
    /// takes all decades for itself. None where there is nothing positive.
    let comparable (series: Series list) : (float * float) option =
        let positives = [
            for one in series do
                match one.Y |> Array.filter (fun y -> y > 0.0 && Double.IsFinite y) with
                | [||] -> ()
                | ys -> ys
        ]

        if positives.IsEmpty then
            None
        else
            let starts, ends =
                positives |> List.map Array.head, positives |> List.map Array.min |> List.sort
            // Where half of them came to, and three decades more for those that are ahead.
            let middle = ends[ends.Length / 2]
            let low = max ends[0] (middle * 1e-3)

            let high =
                min (positives |> List.map Array.max |> List.max) (100.0 * List.max starts)

            if low < high then Some(low / 1.6, high * 1.6) else None
