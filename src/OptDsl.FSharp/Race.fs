namespace OptDsl

open System
open System.Globalization
open System.Numerics
open OptCore

/// <summary>One optimizer of a race whose parameters are of the given type.</summary>
[<RequireQualifiedAccess>]
type Entrant<'T
    when 'T: unmanaged
    and 'T: (new: unit -> 'T)
    and 'T: struct
    and 'T :> ValueType
    and 'T :> IBinaryFloatingPointIeee754<'T>> = {
    /// <summary>What it is called.</summary>
    Name: string
    /// <summary>The optimizer.</summary>
    Optimizer: Optimizer
    /// <summary>Its run.</summary>
    Result: Result<'T>
    /// <summary>
    /// t at which a value first was as near to the reference as a thousandth of the start's distance; None if none was.
    /// </summary>
    Near: int64 option
}

/// <summary>The outcome of several optimizers on one problem.</summary>
[<RequireQualifiedAccess; StructuredFormatDisplay("{Table}")>]
type Race<'T
    when 'T: unmanaged
    and 'T: (new: unit -> 'T)
    and 'T: struct
    and 'T :> ValueType
    and 'T :> IBinaryFloatingPointIeee754<'T>> = {
    /// <summary>The name of the objective.</summary>
    Objective: string
    /// <summary>The number of updates each was given.</summary>
    Steps: int
    /// <summary>f*, where the objective knows it, else the smallest value that any of them met.</summary>
    Reference: float
    /// <summary>From the first place to the last: by the value at the end, those that failed behind.</summary>
    Entrants: Entrant<'T> list
} with

    static member private Show(value: float, format: string) =
        value.ToString(format, CultureInfo.InvariantCulture)

    static member private Row place (entrant: Entrant<'T>) reference = [
        string place
        entrant.Name
        Race<'T>.Show(entrant.Result.Value - reference, "G4")
        Race<'T>.Show(entrant.Result.GradientNorm, "G3")
        entrant.Near |> Option.map string |> Option.defaultValue "–"
        string entrant.Result.Evaluations
        match Option.ofNullable entrant.Result.DivergedAt with
        | Some step -> $"{entrant.Result.Reason} at step {step}"
        | None -> string entrant.Result.Reason
    ]

    /// <summary>The ranking as a table of several lines.</summary>
    member race.Table: string =
        let head = [
            ""
            "optimizer"
            "f − reference"
            "‖∇f‖"
            "steps to 10⁻³"
            "evaluations"
            "end"
        ]

        let rows =
            race.Entrants
            |> List.mapi (fun i entrant -> Race<'T>.Row (i + 1) entrant race.Reference)

        let isLeft column = column = 1 || column = 6

        let title =
            $"{race.Objective}, {race.Steps} updates, reference "
            + Race<'T>.Show(race.Reference, "G6")

        String.Join("\n", title :: TextTable.lines "  " isLeft (head :: rows))

    /// <summary>One line: the names in their order.</summary>
    override race.ToString() =
        let names = race.Entrants |> List.map _.Name |> String.concat ", "
        $"race on {race.Objective}: {names}"

/// <summary>One optimizer of a race in <c>float</c>.</summary>
type Entrant = Entrant<float>

/// <summary>The outcome of a race in <c>float</c>; in <c>float32</c> it is a <c>Race&lt;float32></c>.</summary>
type Race = Race<float>

module internal Racing =

    let private hasFailed (result: Result<'T>) =
        match result.Reason with
        | Reason.Diverged
        | Reason.NonFinite -> true
        | _ -> not (Double.IsFinite result.Value)

    // A failed run may have met what no other one did, but it is no place to stay at.
    let private referenceOf (objective: IObjective) (results: Result<'T> list) =
        match Option.ofNullable objective.Minimum with
        | Some minimum -> minimum
        | None ->
            results
            |> Seq.collect (fun result ->
                match result.Best with
                | null -> [ result.Value ]
                | best -> [ result.Value; best.Value ])
            |> Seq.filter Double.IsFinite
            |> Seq.fold min infinity
            |> fun least -> if Double.IsFinite least then least else 0.0

    let private nearAt reference (result: Result<'T>) =
        if result.History.Count = 0 then
            None
        else
            let target = reference + 1e-3 * (result.History[0].Value - reference)
            let seen = result.History |> Seq.tryFind (fun point -> point.Value <= target)

            match seen with
            | Some point -> Some point.Step
            | None when result.Value <= target -> Some result.State.Step
            | None -> None

    let private entrant reference (name, optimizer, result) : Entrant<'T> = {
        Name = name
        Optimizer = optimizer
        Result = result
        Near = nearAt reference result
    }

    let run steps (objective: IObjective) (start: 'T[]) (optimizers: (string * Optimizer) list) : Race<'T> =
        let options = MinimizeOptions(Steps = int64 steps)

        // One that was stopped is the last to run.
        let rec results (optimizers: (string * Optimizer) list) = [
            match optimizers with
            | [] -> ()
            | (name, optimizer) :: others ->
                let result =
                    Minimizer.Minimize<'T>(optimizer, objective, ReadOnlySpan<'T> start, options)

                name, optimizer, result

                if result.Reason <> Reason.Cancelled then
                    yield! results others
        ]

        let results = results optimizers

        let reference = referenceOf objective [ for _, _, result in results -> result ]

        {
            Objective = objective.Name
            Steps = steps
            Reference = reference
            Entrants =
                results
                |> List.map (entrant reference)
                |> List.sortBy (fun entrant -> hasFailed entrant.Result, entrant.Result.Value)
        }
