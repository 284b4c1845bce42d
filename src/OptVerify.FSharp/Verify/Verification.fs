namespace OptVerify

open System
open OptCore
open OptDsl

/// <summary>The outcome of one check.</summary>
type Outcome =
    /// <summary>Proved, or found true in every case that was run.</summary>
    | Holds
    /// <summary>Refuted by a run of the optimizer.</summary>
    | Fails
    /// <summary>Neither; the reason is in the explanation.</summary>
    | Undecided

/// <summary>One line of the table of a verification.</summary>
type Row = {
    /// <summary>What was checked.</summary>
    Law: string
    /// <summary>Who proved it.</summary>
    Source: string
    /// <summary>The outcome.</summary>
    Outcome: Outcome
    /// <summary>The largest ratio of what was measured to its bound: at most 1 where the law holds; None without a bound.</summary>
    Ratio: float option
    /// <summary>The factor per update of the error, where a rate was found.</summary>
    Factor: float option
    /// <summary>The finding in a sentence.</summary>
    Explanation: string
    /// <summary>F# code that shows a failure at the prompt.</summary>
    Code: string option
}

/// <summary>What is known about an optimizer on a class of problems. Prints as a table.</summary>
[<StructuredFormatDisplay("{Text}")>]
type Verification = {
    /// <summary>The optimizer.</summary>
    Optimizer: Optimizer
    /// <summary>The class.</summary>
    Class: ProblemClass
    /// <summary>The checks, failures first.</summary>
    Rows: Row list
} with

    /// <summary>Whether no check failed.</summary>
    member this.Passed = this.Rows |> List.forall (fun row -> row.Outcome <> Fails)

    /// <summary>The failures.</summary>
    member this.Failures = this.Rows |> List.filter (fun row -> row.Outcome = Fails)

    /// <summary>The table, with code that shows the failures at the prompt, then what was found in sentences.</summary>
    member this.Text =
        let number value =
            match value with
            | Some value -> Certify.number value
            | None -> "-"

        let cells =
            [ "law"; "verdict"; "ratio"; "factor"; "source"; "counter-example" ]
            :: [
                for row in this.Rows ->
                    [
                        row.Law
                        $"{row.Outcome}"
                        number row.Ratio
                        number row.Factor
                        row.Source
                        defaultArg row.Code ""
                    ]
            ]

        let table =
            TextTable.lines "  " (fun _ -> true) cells |> List.map (fun line -> "  " + line)

        let findings = [ for row in this.Rows -> $"  {row.Law}: {row.Explanation}" ]

        [ $"{this.Optimizer}"; $"on {this.Class}" ] @ table @ findings
        |> String.concat "\n"

    /// <inheritdoc/>
    override this.ToString() = this.Text
