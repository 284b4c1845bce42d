/// The page docs/formulas.md.
module WordWriter.Formulas

open System
open System.Text.RegularExpressions
open OptCore
open WordWriter.Row

let private signature (row: Row) =
    String.concat ", " [
        for a in row.Arguments do
            a.Name
        for o in row.Options do
            $"{o.Property} = {literal o.Default}"
    ]
    |> sprintf "%s(%s)" row.Record.Name

let equation (value: obj) =
    match value with
    | :? IStage as stage -> stage.Equation
    | :? ISchedule as schedule -> schedule.Equation
    | _ -> ""

let private bytes (value: obj) =
    match value with
    | :? IStage as stage ->
        let count (kinds: SlotKind list) =
            8
            * (stage.Slots
               |> Seq.filter (fun slot -> List.contains slot.Kind kinds)
               |> Seq.length)

        let elements = count [ SlotKind.Element ]
        let tensors = count [ SlotKind.PerTensor ]
        let single = count [ SlotKind.Scalar; SlotKind.Count; SlotKind.Random ]

        String.concat "" [
            string elements
            if tensors > 0 then
                $" + {tensors}/tensor"
            if single > 0 then
                $" + {single}"
        ]
    | _ -> ""

/// Records with one option changed whose equation or state is another one.
let private variants (row: Row) = [
    for option in row.Options do
        let other: objnull option =
            match option.Default with
            | :? bool as b -> Some(box (not b))
            | :? float as x when x = 0.0 -> Some(box 0.1)
            | _ -> None

        match other with
        | None -> ()
        | Some other ->
            let variant = changed row option (Unchecked.nonNull other)

            if (equation variant, bytes variant) <> (equation row.Specimen, bytes row.Specimen) then
                yield $"{option.Property} = {literal other}", variant
]

let private cell (text: string) = text.Replace("|", "\\|")

let private code (text: string) =
    if text = "" then "" else $"`{cell text}`"

/// From a comment's markup to that of the page.
let private page (text: string) =
    Regex.Replace(text, "</?c>", "`").Replace("&lt;", "<").Replace("&amp;", "&")
    |> cell

let private line (cells: string list) = "| " + String.concat " | " cells + " |"

let private word (row: Row) =
    String.concat " " [
        row.Word
        for a in row.Arguments do
            a.Name
        if row.Kind = Head then
            "rate"
    ]

let private stages (phase: Phase) = [
    for row in all.Value do
        match row.Specimen with
        | :? IStage as stage when stage.Phase = phase ->
            line [
                code (word row)
                code (signature row)
                code stage.Equation
                bytes stage
                page row.Origins
            ]

            for option, changed in variants row do
                line [ ""; code option; code (equation changed); bytes changed; "" ]
        | _ -> ()
]

let private schedules (kind: Kind) = [
    for row in all.Value do
        match row.Specimen with
        | :? ISchedule as schedule when row.Kind = kind ->
            line [
                code (Words.Print schedule)
                code (signature row)
                code schedule.Equation
                page row.Origins
            ]

            for option, changed in variants row do
                line [ ""; code option; code (equation changed); "" ]
        | _ -> ()
]

let private composites = [
    for word in declared.Value do
        match word.Examples with
        | example :: _ when word.Composite && word.Word <> "sgd" ->
            line [ code example; code (string (Optimizer.Parse example)); page word.Origins ]
        | _ -> ()
]

let private heading (phase: Phase) =
    match phase with
    | Phase.Probe -> "where the gradient is taken"
    | Phase.Gradient -> "the raw gradient u = g"
    | Phase.Regularization -> "penalties, added to u"
    | Phase.Direction -> "u becomes a direction"
    | Phase.Update -> "the finished direction"
    | Phase.Step -> "p = p − η_t u"
    | Phase.Constraint -> "p after the step"
    | _ -> "averages and slow copies of p"

let write () : string =
    String.concat "\n" [
        yield "# Formulas"
        yield ""
        yield
            "Generated from the records of `src/OptCore.CSharp` and their documentation (`scripts/generate`); a test compares."
        yield ""
        yield
            "t = 0, 1, … counts the updates already applied, k = t + 1; p parameters, g gradient, u the running update, η_t the rate; operations on"
        yield
            "vectors are elementwise, ‖·‖ is Euclidean, a hat means divided by 1 − βᵏ. One step goes through the phases in the order of this page."
        yield
            "*State* is bytes per parameter for `float` (half of it for `float32`), what is kept per tensor and what is kept once. A row without a"
        yield
            "word shows what an option of the row above changes. `…With` takes a record with options: `adamWith (Adam(Beta1 = 0.95)) 0.001`;"
        yield "`stage (Adam())` adds a head's direction behind another one."

        for phase in Enum.GetValues<Phase>() do
            yield ""
            yield $"## {phase}: {heading phase}"
            yield ""
            yield line [ "word"; "record"; "equation"; "state"; "source, equals" ]
            yield line [ "---"; "---"; "---"; "---"; "---" ]
            yield! stages phase

        yield ""
        yield "## Heads made of several stages"
        yield ""
        yield line [ "word"; "is"; "source, equals" ]
        yield line [ "---"; "---"; "---" ]
        yield! composites
        yield ""
        yield "## Schedules"
        yield ""
        yield
            "η_t = lr · s_1(t) · s_2(t) · …; every one is a word, too (`sgd 0.1 |> cosine 100`), combinators are in `Schedule` alone."
        yield ""
        yield line [ "schedule"; "record"; "s(t)"; "source, equals" ]
        yield line [ "---"; "---"; "---"; "---" ]
        yield! schedules Schedule
        yield ""
        yield "## Combinators of schedules"
        yield ""
        yield line [ "schedule"; "record"; "s(t)"; "source, equals" ]
        yield line [ "---"; "---"; "---"; "---" ]
        yield! schedules Combinator
        yield ""
    ]
