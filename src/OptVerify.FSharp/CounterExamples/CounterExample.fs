namespace OptVerify

open OptCore

/// <summary>A claim that a run of the real optimizer refutes.</summary>
type CounterExample = {
    /// <summary>The number in the table of theory: CE-1.</summary>
    Name: string
    /// <summary>The claim that is false.</summary>
    Claim: string
    /// <summary>Who found it.</summary>
    Source: string
    /// <summary>The optimizer on which the claim fails.</summary>
    Optimizer: Optimizer
    /// <summary>The objective in F#, as in <see cref="Code"/>.</summary>
    ObjectiveCode: string
    /// <summary>The objective.</summary>
    Objective: IObjective
    /// <summary>x_0.</summary>
    Start: float[]
    /// <summary>The number of updates after which the failure is visible.</summary>
    Steps: int
    /// <summary>What is to be seen.</summary>
    Expected: string
    /// <summary>Looks at x_0 … x_N: what refutes the claim, or None where nothing does.</summary>
    Refute: float[][] -> string option
    /// <summary>An optimizer on which the same run does not refute the claim; None where there is none to compare with.</summary>
    Control: Optimizer option
} with

    /// <summary>F# code that reproduces the run at the prompt.</summary>
    member this.Code =
        $"Runs.points ({this.Optimizer}) {this.ObjectiveCode} {Code.array this.Start} {this.Steps}"

/// <summary>What a run of a counter-example showed.</summary>
type Refutation = {
    /// <summary>The counter-example.</summary>
    Of: CounterExample
    /// <summary>What refutes the claim; None where the claim held.</summary>
    Seen: string option
    /// <summary>What refutes the claim for the control; None where it held, as it should.</summary>
    ControlSeen: string option
} with

    /// <summary>Whether the claim is refuted for the optimizer and not for the control.</summary>
    member this.IsFlagged = this.Seen.IsSome && this.ControlSeen.IsNone

/// <summary>Runs counter-examples.</summary>
[<RequireQualifiedAccess>]
module CounterExample =

    let private look (example: CounterExample) optimizer =
        Runs.points optimizer example.Objective example.Start example.Steps
        |> example.Refute

    /// <summary>Runs the optimizer and the control.</summary>
    let run (example: CounterExample) : Refutation = {
        Of = example
        Seen = look example example.Optimizer
        ControlSeen = example.Control |> Option.bind (look example)
    }

    /// <summary>The failing verdict, in a few lines: claim, what was seen, source, code.</summary>
    let report (refutation: Refutation) : string =
        let example = refutation.Of

        let verdict =
            match refutation.Seen with
            | Some seen -> $"FAILS   {seen}"
            | None -> "holds on this run"

        let control =
            match example.Control, refutation.ControlSeen with
            | None, _ -> []
            | Some control, None -> [ $"  control {control}: holds on this run" ]
            | Some control, Some seen -> [ $"  control {control}: FAILS   {seen}" ]

        [ $"{example.Name}  {example.Claim}"; $"  {verdict}" ]
        @ control
        @ [
            $"  expected: {example.Expected}"
            $"  source: {example.Source}"
            $"  {example.Code}"
        ]
        |> String.concat "\n"
