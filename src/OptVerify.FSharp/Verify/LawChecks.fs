namespace OptVerify

open OptCore

/// The rows of the laws: contracts, U-1, theorems, and what no theorem says.
[<RequireQualifiedAccess>]
module internal LawChecks =

    let private seed = 20260101UL

    /// A verdict of some cases as a row.
    let row cases title (law: Law) : Row =
        let verdict = law.JudgeOn(Subject.library, cases, seed)

        {
            Law = title
            Source = string law.Source
            Outcome = if verdict.Holds then Holds else Fails
            // An identity has no bound to come near to.
            Ratio =
                if law.Tightness = Identity && verdict.Holds then
                    None
                else
                    Some verdict.WorstRatio
            Factor = None
            Explanation =
                match verdict.Violation with
                | None -> $"{law.Statement} ({verdict.Cases} cases)"
                | Some violation -> violation.Finding
            Code = verdict.Violation |> Option.map _.Code
        }

    /// Pure, in place, prefix, resume, text, execution, finite: one row for all that hold, one for each that does not.
    let contracts (optimizer: Optimizer) =
        let cases = 10
        let laws = Laws.forOptimizer optimizer

        let failures =
            laws
            // Their titles end with the optimizer, which the table shows anyway.
            |> List.map (fun law -> row cases $"{law.Id} {law.Statement}" law)
            |> List.filter (fun row -> row.Outcome = Fails)

        match failures with
        | [] ->
            let names = laws |> List.map _.Id |> String.concat ", "

            [
                {
                    Law = "contracts of every optimizer"
                    Source = "Laws.forOptimizer"
                    Outcome = Holds
                    Ratio = None
                    Factor = None
                    Explanation = $"{names} ({cases} cases each)"
                    Code = None
                }
            ]
        | failures -> failures

    /// The theorems that hold for the pipeline on the class, judged on it; one row for those that do not.
    let theorems problemClass (optimizer: Optimizer) =
        let broken = [
            for theorem in Theorems.about optimizer problemClass do
                match theorem with
                | Breaks(id, assumption) -> $"{id} (needed: {assumption})"
                | Applies _ -> ()
        ]

        let applies = Theorems.laws optimizer problemClass

        let missing =
            if not broken.IsEmpty then
                Some("no claim by " + String.concat "; " broken)
            elif applies |> List.forall (fun law -> law.Id = "U-1") then
                Some "no theorem of docs/theory.md is about this pipeline on this class"
            else
                None

        [
            for law in applies do
                row 50 law.Title law
            match missing with
            | Some explanation -> {
                Law = "theorems that do not apply"
                Source = "docs/theory.md"
                Outcome = Undecided
                Ratio = None
                Factor = None
                Explanation = explanation
                Code = None
              }
            | None -> ()
        ]

    /// Why a pipeline cannot be run on parameters without names, where it cannot.
    let unrunnable (optimizer: Optimizer) =
        try
            optimizer.Plan 1 |> ignore
            None
        with :? System.ArgumentException as e ->
            Some e.Message
