namespace OptDsl

open OptCore

/// <summary>
/// Measurements of a run with their moving averages: of points of a history or a trace, of reports, of anything that has a number.
/// </summary>
[<RequireQualifiedAccess>]
module Measure =

    /// <summary>
    /// A measurement as a running average, corrected for its start: <c>let smooth = Measure.average 0.9 (fun (r: StepReport) ->
    /// r.GradientNorm)</c>. It counts its calls: <c>smooth report</c> takes a row up and says the average so far; make one for every
    /// run. The decay is 0 ≤ β &lt; 1, else an <c>ArgumentOutOfRangeException</c>; NaN is passed over.
    /// </summary>
    let average (decay: float) (measure: 'Row -> float) : 'Row -> float =
        let mutable now = MovingAverage decay

        fun row ->
            now <- now.Next(measure row)
            now.Value

    /// <summary>
    /// The running averages over rows, one for each: <c>result.History |> Measure.averages 0.9 _.Value</c>.
    /// </summary>
    let averages (decay: float) (measure: 'Row -> float) (rows: 'Row seq) : float list =
        MovingAverage.Over(decay, Seq.map measure rows) |> List.ofSeq
