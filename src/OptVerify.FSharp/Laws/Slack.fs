namespace OptVerify

open System

/// What rounding may add to runs of nonexpansive steps: section 1 of the table of theory.
module internal Slack =

    /// Near the smallest numbers rounding is absolute: what is below 1e-300 counts as 0.
    let least = 1e-300

    let private size (run: Trajectory) =
        match run.Problem.Minimizer with
        | Some minimizer -> Vec.norm minimizer
        | None -> Vec.norm run.Problem.Start

    let private root (run: Trajectory) = sqrt (float run.Problem.Dimension)

    // ‖x*‖ where it is not 0: what x − x* loses.
    let private offset (run: Trajectory) =
        match run.Problem.Minimizer with
        | Some minimizer when minimizer |> Array.forall (fun x -> x = 0.0) -> 0.0
        | _ -> size run

    /// What k nonexpansive steps may add to a distance: every step rounds at the size of its point.
    let floor (run: Trajectory) k =
        let travelled =
            Seq.sum (seq { for j in 0 .. min k run.Steps - 1 -> run.DistanceAt j + offset run })

        8.0 * Vec.eps * root run * travelled

    /// A bound b(k) on a norm: a step may add 4 ε of b(k−1), the next ones carry that on.
    let norm (run: Trajectory) (bound: int -> float) k =
        4.0 * float k * root run * Vec.eps * bound (k - 1) + least

    /// A bound on ‖x_k − x*‖ after k steps.
    let distance run bound k = norm run bound k + floor run k

    /// A bound on ‖∇f(x_k)‖ after k steps.
    let gradient (run: Trajectory) bound k =
        norm run bound k + run.Problem.Smoothness * floor run k

    /// A bound on the square of a norm.
    let square (slackOfRoot: (int -> float) -> int -> float) (bound: int -> float) k =
        let slack = slackOfRoot (bound >> sqrt) k
        slack * (2.0 * sqrt (bound k) + slack) + least

    /// A bound on f(x_k) − f* after k steps: a square of a norm, L/2 of it.
    let gap (run: Trajectory) (bound: int -> float) k =
        let floor = floor run k

        square (norm run) bound k
        + floor * (run.NormAt k + run.Problem.Smoothness * floor)

    /// Where the minimiser is 0 and the path is known: purely relative.
    let exactGap run = square (norm run)

    /// What one step from x_k may add to a distance.
    let stepDistance (run: Trajectory) k =
        8.0 * Vec.eps * root run * (offset run + run.DistanceAt k) + least

    let stepGradient (run: Trajectory) k =
        run.Problem.Smoothness * stepDistance run k

    let stepGap (run: Trajectory) k =
        let slack = stepDistance run k
        slack * (run.NormAt k + run.Problem.Smoothness * slack) + least

    /// For function values without a known minimiser.
    let value (run: Trajectory) k bound =
        let largest = run.Values |> Array.fold (fun m v -> max m (abs v)) 0.0
        // A sum of a bowl and waves has terms of up to |f| + |f*| each.
        let hidden =
            if Double.IsFinite run.Problem.Minimum then
                2.0 * abs run.Problem.Minimum
            else
                0.0

        1e-12 * abs bound + 8.0 * Vec.eps * float (max 1 k) * (largest + hidden) + least
