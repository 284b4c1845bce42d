namespace OptVerify

open System

/// <summary>What a comparison asks of a value and its bound.</summary>
[<RequireQualifiedAccess>]
type Relation =
    /// value ≤ bound, up to the slack.
    | AtMost
    /// value = bound, up to the slack: an identity or an attained bound.
    | Equal
    /// The bits of the bound.
    | SameBits
    /// A statement that is true; value and bound are 1 and 1 where it is.
    | True

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
    /// What is asked of value and bound.
    Relation: Relation
} with

    /// Whether the comparison holds; false for NaN, but for the bits of one.
    member finding.Holds =
        match finding.Relation with
        | Relation.AtMost -> finding.Value <= finding.Bound + finding.Slack
        | Relation.Equal ->
            finding.Value = finding.Bound
            || abs (finding.Value - finding.Bound) <= finding.Slack
        | Relation.SameBits
        | Relation.True -> Vec.sameBits [| finding.Value |] [| finding.Bound |]

    /// The value in units of what is allowed: at most 1 where it holds.
    member finding.Ratio =
        match finding.Relation with
        | Relation.SameBits
        | Relation.True -> if finding.Holds then 0.0 else infinity
        | Relation.Equal ->
            let error = abs (finding.Value - finding.Bound)

            if finding.Value = finding.Bound then 0.0
            elif finding.Slack = 0.0 then infinity
            else error / finding.Slack
        | Relation.AtMost when not finding.Holds && not (finding.Value > finding.Bound) -> nan
        | Relation.AtMost ->
            let allowed = finding.Bound + finding.Slack

            if allowed > 0.0 then max 0.0 (finding.Value / allowed)
            elif finding.Holds then 0.0
            else infinity

    /// One line with all digits.
    override finding.ToString() =
        let at = if finding.Step < 0 then "" else $"step {finding.Step}: "
        let value, bound = Code.number finding.Value, Code.number finding.Bound

        let slack =
            if finding.Slack = 0.0 then
                ""
            else
                $" up to {Code.number finding.Slack}"

        match finding.Relation with
        | Relation.AtMost -> $"{at}{finding.What} is {value}, must be at most {bound}{slack}"
        | Relation.Equal -> $"{at}{finding.What} is {value}, must equal {bound}{slack}"
        | Relation.SameBits -> $"{at}{finding.What} is {value}, must be {bound}, bit for bit"
        | Relation.True -> $"{at}this must be true, and is not: {finding.What}"

/// <summary>Comparisons, and the slack that goes with them.</summary>
[<RequireQualifiedAccess>]
module Finding =

    let private compare relation what step bound slack value : Finding = {
        What = what
        Step = step
        Value = value
        Bound = bound
        Slack = slack
        Relation = relation
    }

    /// <summary>value ≤ bound + slack.</summary>
    let atMost what step bound slack value : Finding =
        compare Relation.AtMost what step bound slack value

    /// <summary>|value − bound| ≤ slack.</summary>
    let equal what step bound slack value : Finding =
        compare Relation.Equal what step bound slack value

    /// <summary>A statement that is true or not.</summary>
    let holds what step truth : Finding =
        compare Relation.True what step 1.0 0.0 (if truth then 1.0 else 0.0)

    // The elements of two vectors that differ most by some measure.
    let private worst what (measure: float -> float -> float) (expected: float[]) (actual: float[]) =
        let i =
            Seq.maxBy
                (fun i ->
                    let distance = measure expected[i] actual[i]
                    if Double.IsNaN distance then infinity else distance)
                (seq { 0 .. expected.Length - 1 })

        (if expected.Length = 1 then
             what
         else
             $"{what}, element {i},"),
        expected[i],
        actual[i]

    let private vectors compared what step (expected: float[]) (actual: float[]) =
        if expected.Length <> actual.Length then
            equal $"the length of {what}" step (float expected.Length) 0.0 (float actual.Length)
        elif expected.Length = 0 then
            holds what step true
        else
            compared ()

    /// <summary>The same bits, element by element; the first that differs is told.</summary>
    let sameBits what step (expected: float[]) (actual: float[]) : Finding =
        vectors
            (fun () ->
                let differ a b =
                    if Vec.sameBits [| a |] [| b |] then 0.0 else 1.0

                let name, wanted, found = worst what differ expected actual
                compare Relation.SameBits name step wanted 0.0 found)
            what
            step
            expected
            actual

    /// <summary>Two vectors that agree to the relative slack times the scale; the element that is farthest off is told.</summary>
    let close what step (scale: float) relative (expected: float[]) (actual: float[]) : Finding =
        vectors
            (fun () ->
                let name, wanted, found = worst what (fun a b -> abs (a - b)) expected actual
                equal name step wanted (relative * scale) found)
            what
            step
            expected
            actual

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
