namespace OptVerify

/// <summary>One comparison of a law: a value against its bound, with the slack of floating point.</summary>
type Finding = {
    /// What is compared, as a formula.
    What: string
    /// The step at which, or −1.
    Step: int
    /// The left-hand side.
    Value: float
    /// The right-hand side.
    Bound: float
    /// How much rounding may add; from the number of operations, never tuned.
    Slack: float
    /// True for an identity or an attained bound: value and bound must agree.
    TwoSided: bool
} with

    /// Whether the comparison holds; false for NaN.
    member finding.Holds =
        if finding.TwoSided then
            finding.Value = finding.Bound
            || abs (finding.Value - finding.Bound) <= finding.Slack
        else
            finding.Value <= finding.Bound + finding.Slack

    /// The value in units of what is allowed: at most 1 where it holds.
    member finding.Ratio =
        if finding.TwoSided then
            let error = abs (finding.Value - finding.Bound)

            if finding.Value = finding.Bound then 0.0
            elif finding.Slack = 0.0 then infinity
            else error / finding.Slack
        elif not finding.Holds && not (finding.Value > finding.Bound) then
            nan
        else
            let allowed = finding.Bound + finding.Slack

            if allowed > 0.0 then max 0.0 (finding.Value / allowed)
            elif finding.Holds then 0.0
            else infinity

    /// One line with all digits.
    override finding.ToString() =
        let at = if finding.Step < 0 then "" else $"step {finding.Step}: "
        let relation = if finding.TwoSided then "must equal" else "must be at most"

        $"{at}{finding.What} is {Code.number finding.Value}, {relation} {Code.number finding.Bound} (slack {Code.number finding.Slack})"

/// <summary>Comparisons, and the slack that goes with them.</summary>
[<RequireQualifiedAccess>]
module Finding =

    /// <summary>value ≤ bound + slack.</summary>
    let atMost what step bound slack value : Finding = {
        What = what
        Step = step
        Value = value
        Bound = bound
        Slack = slack
        TwoSided = false
    }

    /// <summary>|value − bound| ≤ slack.</summary>
    let equal what step bound slack value : Finding = {
        What = what
        Step = step
        Value = value
        Bound = bound
        Slack = slack
        TwoSided = true
    }

    /// <summary>A statement that is true or not.</summary>
    let holds what step truth : Finding =
        atMost what step 0.0 0.0 (if truth then 0.0 else 1.0)

    /// <summary>The same bits, element by element.</summary>
    let sameBits what step (expected: float[]) (actual: float[]) : Finding =
        if Vec.sameBits expected actual then
            equal what step 0.0 0.0 0.0
        elif expected.Length <> actual.Length then
            equal $"{what}: length" step (float expected.Length) 0.0 (float actual.Length)
        else
            let i =
                Seq.findIndex (fun i -> not (Vec.sameBits [| expected[i] |] [| actual[i] |])) [
                    0 .. expected.Length - 1
                ]
            // +0 and −0 are equal numbers and different bits.
            holds $"{what}, element {i}: {Code.number actual[i]} has the bits of {Code.number expected[i]}" step false

    /// <summary>Two vectors that agree to the relative slack times the scale.</summary>
    let close what step (scale: float) relative (expected: float[]) (actual: float[]) : Finding =
        let error =
            Array.map2 (fun a b -> abs (a - b)) expected actual
            |> Array.fold (fun m x -> if x <= m then m else x) 0.0

        atMost what step 0.0 (relative * scale) error

    /// <summary>4 N ε of the bound: what N steps on a scalar may add (section 1 of the theory table).</summary>
    let rounding (steps: int) bound =
        4.0 * float (max 1 steps) * Vec.eps * abs bound

    /// <summary>
    /// What a minimiser away from 0 adds to a distance: 8 ε κ (‖x*‖ + R), where κ is taken as 1 for a function without
    /// strong convexity and the start distance stands in for growth.
    /// </summary>
    let floor (problem: Problem) =
        match problem.Minimizer with
        | Some minimizer when minimizer |> Array.exists (fun x -> x <> 0.0) || problem.Dimension > 1 ->
            8.0
            * Vec.eps
            * sqrt (float problem.Dimension)
            * (Vec.norm minimizer + problem.Distance)
        | _ -> 0.0
