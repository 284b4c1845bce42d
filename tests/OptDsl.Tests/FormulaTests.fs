/// docs/formulas.md is generated from the records of the library and compared with the page.
module OptDsl.Tests.FormulaTests

open System
open System.Globalization
open System.IO
open System.Reflection
open System.Text.RegularExpressions
open System.Xml.Linq
open Expecto
open Tests
open OptCore
open OptDsl

let private page () =
    Repository.file [ "docs"; "formulas.md" ]

/// A record of the library, built with arguments that stand for any others.
type private Row = {
    Word: WordAttribute
    Type: Type
    Arguments: ParameterInfo[]
    Options: PropertyInfo list
    Value: objnull
}

/// Examples for the parameters of a constructor, the n-th of a type being the n-th listed.
let private examples (parameters: ParameterInfo[]) : objnull[] = [|
    for i, parameter in Array.indexed parameters do
        let t = parameter.ParameterType

        let n =
            parameters
            |> Array.truncate i
            |> Array.filter (fun other -> other.ParameterType = t)
            |> Array.length

        if t = typeof<float> then
            [| 0.5; 0.75 |][n]
        elif parameter.Name = "Multiplier" then
            2
        elif t = typeof<int> then
            [| 10; 100; 20 |][n]
        elif t = typeof<ISchedule> then
            [| Cosine 90 :> ISchedule; Linear 90 |][n]
        else
            [| 10; 20 |]
|]

let private row (t: Type) (word: WordAttribute) =
    let copies (c: ConstructorInfo) =
        c.GetParameters() |> Array.exists (fun p -> p.ParameterType = t)

    let constructor =
        t.GetConstructors()
        |> Array.filter (copies >> not)
        |> Array.maxBy _.GetParameters().Length

    let arguments = constructor.GetParameters()

    let positional (p: PropertyInfo) =
        arguments
        |> Array.exists (fun a -> String.Equals(a.Name, p.Name, StringComparison.OrdinalIgnoreCase))

    {
        Word = word
        Type = t
        Arguments = arguments
        Options =
            t.GetProperties()
            |> Array.filter (fun p -> p.CanWrite && not (positional p))
            |> Array.sortBy _.MetadataToken
            |> Array.toList
        Value = constructor.Invoke(examples arguments)
    }

let private rows =
    lazy
        [
            for t in typeof<Optimizer>.Assembly.GetExportedTypes() do
                match t.GetCustomAttribute<WordAttribute>() with
                | null -> ()
                | word -> row t word
        ]

let private text (value: objnull) =
    match value with
    | :? bool as b -> if b then "true" else "false"
    | :? float as x when Double.IsPositiveInfinity x -> "infinity"
    | :? float as x ->
        let digits = x.ToString("R", CultureInfo.InvariantCulture).ToLowerInvariant()

        if digits.IndexOfAny [| '.'; 'e' |] < 0 then
            digits + ".0"
        else
            digits
    | value -> string (Convert.ToString(value, CultureInfo.InvariantCulture))

let private lower (name: string | null) =
    match name with
    | null -> ""
    | name -> string (Char.ToLowerInvariant name[0]) + name[1..]

let private signature (row: Row) =
    String.concat ", " [
        for a in row.Arguments -> lower a.Name
        for o in row.Options -> $"{o.Name} = {text (o.GetValue row.Value)}"
    ]
    |> sprintf "%s(%s)" row.Type.Name

let private equation (value: objnull) =
    match value with
    | :? IStage as stage -> stage.Equation
    | :? ISchedule as schedule -> schedule.Equation
    | _ -> ""

let private bytes (value: objnull) =
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
            match option.GetValue row.Value with
            | :? bool as b -> Some(box (not b))
            | :? float as x when x = 0.0 -> Some(box 0.1)
            | _ -> None

        match other with
        | None -> ()
        | Some other ->
            let changed =
                row.Type.GetConstructors()
                |> Array.find (fun c -> c.GetParameters().Length = row.Arguments.Length)
                |> _.Invoke(
                    [|
                        for a in row.Arguments ->
                            row.Type.GetProperty(
                                string a.Name,
                                BindingFlags.Public ||| BindingFlags.Instance ||| BindingFlags.IgnoreCase
                            )
                            |> Unchecked.nonNull
                            |> _.GetValue(row.Value)
                    |]
                )

            option.SetValue(changed, other)

            if (equation changed, bytes changed) <> (equation row.Value, bytes row.Value) then
                yield $"{option.Name} = {text other}", changed
]

// ---- what the documentation comments say of sources and peers

let private documentation =
    lazy
        (let path = typeof<Optimizer>.Assembly.Location.Replace(".dll", ".xml")

         dict [
             for entry in (XDocument.Load path).Descendants(XName.Get "member") do
                 match entry.Attribute(XName.Get "name"), entry.Element(XName.Get "remarks") with
                 | null, _
                 | _, null -> ()
                 | name, remarks -> name.Value, remarks
         ])

let rec private plain (node: XNode) =
    match node with
    | :? XText as text -> string text.Value
    | :? XElement as element when element.Name.LocalName = "c" -> $"`{element.Value}`"
    | :? XElement as element when element.Name.LocalName = "see" ->
        match element.Attribute(XName.Get "cref") with
        | null -> ""
        | reference -> $"`{Array.last (reference.Value.Split '.')}`"
    | :? XElement as element -> " " + (element.Nodes() |> Seq.map plain |> String.concat "") + " "
    | _ -> ""

/// The sentences of the remarks that name a source or an equal.
let private origins (row: Row) =
    match documentation.Value.TryGetValue $"T:{row.Type.FullName}" with
    | false, _ -> ""
    | true, remarks ->
        let all =
            Regex.Replace(remarks.Nodes() |> Seq.map plain |> String.concat "", @"\s+", " ").Trim()

        Regex.Split(all, @"(?<=[.:])\s+(?=[A-Z])")
        |> String.concat "\n"
        |> fun lines -> Regex.Replace(lines, @"(Source|Differs):\n", "$1: ").Split '\n'
        |> Array.filter (fun s ->
            s.StartsWith "Source: "
            || Regex.IsMatch(s, @"\b[Ee]quals (PyTorch|Optax|Keras|the|`)"))
        |> Array.map (fun s -> s.Replace("Source: ", ""))
        |> String.concat " "

// ---- the page

let private cell (text: string) = text.Replace("|", "\\|")

let private code (text: string) =
    if text = "" then "" else $"`{cell text}`"

let private line (cells: string list) = "| " + String.concat " | " cells + " |"

let private word (row: Row) =
    let rate = if row.Word.Head then [ "rate" ] else []

    String.concat " " [
        yield row.Word.Name
        for a in row.Arguments do
            yield lower a.Name
        yield! rate
    ]

let private stages (phase: Phase) = [
    for row in rows.Value |> List.sortBy _.Word.Name do
        match row.Value with
        | :? IStage as stage when stage.Phase = phase ->
            yield
                line [
                    code (word row)
                    code (signature row)
                    code stage.Equation
                    bytes stage
                    cell (origins row)
                ]

            for option, changed in variants row do
                yield line [ ""; code option; code (equation changed); bytes changed; "" ]
        | _ -> ()
]

let private schedules (combinators: bool) = [
    for row in rows.Value |> List.sortBy _.Word.Name do
        match row.Value with
        | :? ISchedule as schedule when row.Word.Combinator = combinators ->
            yield
                line [
                    code (Words.Print schedule)
                    code (signature row)
                    code schedule.Equation
                    cell (origins row)
                ]

            for option, changed in variants row do
                yield line [ ""; code option; code (equation changed); "" ]
        | _ -> ()
]

let private composites =
    let one (word: string) (optimizer: Optimizer) =
        line [ code word; code (string optimizer) ]

    [
        one "adamW 0.01 0.1" (adamW 0.01 0.1)
        one "signum 0.9 0.1" (signum 0.9 0.1)
        one "lamb 0.01 0.1" (lamb 0.01 0.1)
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

let private generated () =
    String.concat "\n" [
        yield "# Formulas"
        yield ""
        yield "Generated from the records of `src/OptCore.CSharp` and their documentation; a test compares"
        yield "(`OPTDSL_WRITE_DOCS=1 dotnet test tests/OptDsl.Tests --filter Name~formulas` writes)."
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
        yield line [ "word"; "is" ]
        yield line [ "---"; "---" ]
        yield! composites
        yield ""
        yield "## Schedules"
        yield ""
        yield
            "η_t = lr · s_1(t) · s_2(t) · …; every one is a word, too (`sgd 0.1 |> cosine 100`), combinators are in `Schedule` alone."
        yield ""
        yield line [ "schedule"; "record"; "s(t)"; "source, equals" ]
        yield line [ "---"; "---"; "---"; "---" ]
        yield! schedules false
        yield ""
        yield "## Combinators of schedules"
        yield ""
        yield line [ "schedule"; "record"; "s(t)"; "source, equals" ]
        yield line [ "---"; "---"; "---"; "---" ]
        yield! schedules true
        yield ""
    ]

[<Tests>]
let tests =
    testList "formulas" [
        testCase "docs/formulas.md is what the records say; OPTDSL_WRITE_DOCS=1 writes it" (fun () ->
            if Environment.GetEnvironmentVariable "OPTDSL_WRITE_DOCS" = "1" then
                File.WriteAllText(page (), generated ())

            Expect.equal (File.ReadAllText(page ())) (generated ()) "docs/formulas.md")

        testCase "every word of the library has its row, with a formula" (fun () ->
            let text = generated ()

            for row in rows.Value do
                Expect.stringContains text $"`{row.Type.Name}(" row.Word.Name
                Expect.isNotEmpty (equation row.Value) row.Word.Name)
    ]
