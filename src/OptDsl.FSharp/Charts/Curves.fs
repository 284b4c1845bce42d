namespace OptDsl.Charts

open System
open System.Globalization
open OptCore
open OptDsl

/// What of a run is drawn.
[<RequireQualifiedAccess>]
module internal Curves =

    // What cannot stand on a logarithmic axis is a gap.
    let private positive y = if y > 0.0 then y else nan

    let private over (f: HistoryPoint -> float) (result: Result) = [|
        for point in result.History -> float point.Step, f point
    |]

    let values = over _.Value

    let gaps minimum =
        over (fun point -> positive (point.Value - minimum))

    let gradientNorms = over (fun point -> positive point.GradientNorm)

    // Scaled by the largest element, so that squares neither overflow nor vanish.
    let private norm (x: float[]) =
        let largest = x |> Array.fold (fun most v -> max most (abs v)) 0.0

        if largest = 0.0 || not (Double.IsFinite largest) then
            largest
        else
            largest * sqrt (x |> Array.sumBy (fun v -> (v / largest) * (v / largest)))

    let private ratio (before: TracePoint, after: TracePoint) =
        let p = before.Point
        float before.Step, positive (norm (Array.map2 (-) after.Point p) / norm p)

    let updateRatios steps (trace: TracePoint seq) =
        trace
        |> Seq.truncate (steps + 1)
        |> Seq.pairwise
        |> Seq.map ratio
        |> Array.ofSeq

    let betaName (beta: float) =
        "β = " + beta.ToString("R", CultureInfo.InvariantCulture)

    let biasCorrection steps (beta: float) = [| for k in 1..steps -> float k, 1.0 / (1.0 - Math.Pow(beta, float k)) |]

    /// Whether a window can be opened: not on a server, not where output goes to a file.
    let hasDesktop () =
        let has (name: string) =
            not (String.IsNullOrEmpty(Environment.GetEnvironmentVariable name))

        not Console.IsOutputRedirected
        && (OperatingSystem.IsWindows()
            || OperatingSystem.IsMacOS()
            || has "DISPLAY"
            || has "WAYLAND_DISPLAY")
