namespace OptVerify

open OptCore

/// What the counter-examples look for in a run, and those that have the same form.
[<RequireQualifiedAccess>]
module internal FailureModes =

    let text = Certify.number

    let norm (x: float[]) = sqrt (Array.sumBy (fun v -> v * v) x)

    let last (points: float[][]) = points[points.Length - 1]

    /// Away from the minimum at 0 and back where it was k updates before.
    let circles k (points: float[][]) =
        let n = points.Length - 1

        let back i =
            norm (Array.map2 (-) points[i] points[i - k])

        if
            norm points[n] > 1e-3
            && Seq.forall (fun i -> back i <= 1e-9 * norm points[i]) (seq { n - k .. n })
        then
            let cycle = [ for x in points[n - k + 1 ..] -> Seq.map text x |> String.concat ", " ]
            let shown = cycle |> List.truncate 3 |> String.concat " → "
            Some $"runs in a circle of {k} points: {shown}"
        else
            None

    let grows (points: float[][]) =
        let size = norm (last points)

        if not (size <= 2.0 * norm points[0]) then
            Some $"|x_{points.Length - 1}| = {text size} from |x_0| = {text (norm points[0])}"
        else
            None

    let divergence name claim optimizer control expected = {
        Name = name
        Claim = claim
        Source = "Polyak 1964; Nesterov 1983"
        Optimizer = optimizer
        ObjectiveCode = "(CounterExampleFunctions.quadratic 10.0)"
        Objective = CounterExampleFunctions.quadratic 10.0
        Start = [| 1.0 |]
        Steps = 100
        Expected = expected
        Refute = grows
        Control = Some control
    }

    let toAndFro name claim source optimizer objectiveCode objective start expected = {
        Name = name
        Claim = claim
        Source = source
        Optimizer = optimizer
        ObjectiveCode = objectiveCode
        Objective = objective
        Start = [| start |]
        Steps = 200
        Expected = expected
        Refute = circles 2
        Control = None
    }
