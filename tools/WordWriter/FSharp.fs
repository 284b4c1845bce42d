/// The words of F#: `adam 0.001 |> clip 1.0 |> cosine 100`, and schedules as values, `Schedule.cosine 90`.
module WordWriter.FSharp

open System
open System.Text.RegularExpressions
open OptCore
open WordWriter.Row

let private reserved =
    set [
        "to"
        "end"
        "begin"
        "base"
        "fixed"
        "global"
        "type"
        "val"
        "rec"
        "sig"
        "done"
        "process"
    ]

let private quoted (name: string) =
    if reserved.Contains name then $"``{name}``" else name

/// A parameter's type, and the argument that is handed on.
let private shape (a: Argument) : string * string =
    let name = quoted a.Name

    let item =
        if a.Type.IsGenericType then
            Some(a.Type.GetGenericArguments()[0])
        else
            None

    if a.Type = typeof<float> then
        "float", name
    elif a.Type = typeof<int> then
        "int", name
    elif a.Type = typeof<int64> then
        "int64", name
    elif a.Type = typeof<bool> then
        "bool", name
    elif a.Type = typeof<string> then
        "string", name
    else
        match item with
        | None -> a.Type.Name, name
        | Some _ when a.Type = typeof<Func<Optimizer, Optimizer>> -> "Optimizer -> Optimizer", name
        | Some t when t = typeof<int> -> "int seq", name
        | Some t when t = typeof<float> -> "float seq", name
        | Some t when t = typeof<struct (string * Optimizer)> ->
            "(string * Optimizer) list", $"[ for key, value in {name} -> struct (key, value) ]"
        // A list of an interface takes any implementations side by side.
        | Some t -> $"{t.Name} list", name

let private parameter (a: Argument) = $"({quoted a.Name}: {fst (shape a)})"

/// A call of C#: F# needs no parentheses around one plain argument.
let private call (callee: string) (arguments: Argument list) =
    match List.map (shape >> snd) arguments with
    | [ one ] when Regex.IsMatch(one, @"^[\w`]+$") -> $"{callee} {one}"
    | several -> callee + "(" + String.concat ", " several + ")"

/// A function as Fantomas sets it.
let private define (name: string) (parameters: string list) (result: string) (body: string) =
    let head = String.concat " " ($"    let {name}" :: parameters)

    let head =
        if parameters.IsEmpty then
            $"{head}: {result} ="
        else
            $"{head} : {result} ="

    let most = if parameters.IsEmpty then 80 else 40

    if body.Length <= most && head.Length + 1 + body.Length <= 120 then
        [ $"{head} {body}" ]
    elif head.Length <= 120 then
        [ head; $"        {body}" ]
    else
        [
            $"    let {name}"
            for parameter in parameters do
                $"        {parameter}"
            $"        : {result} ="
            $"        {body}"
        ]

let private parameterComment (name: string) (text: string) =
    Comment.lay 4 $"param name=\"{name}\"" [ Comment.Text text ]

let private comment (summary: Comment.Piece list) (parameters: (string * string) list) (origins: string) = [
    yield! Comment.lay 4 "summary" summary
    for name, text in parameters do
        yield! parameterComment name text
    if origins <> "" then
        yield! Comment.lay 4 "remarks" [ Comment.Text origins ]
]

let private texts (arguments: Argument list) = [ for a in arguments -> a.Name, a.Text ]

/// `Beta1 = 0.9: β1, the decay …`, one after the other.
let private options (row: Row) =
    String.concat " " [
        for option in row.Options do
            let text = Regex.Replace(option.Text, @" Default [^ ]+\.$", "")
            let sentence = if text.EndsWith '.' then text else text + "."
            $"<c>{option.Property} = {literal option.Default}</c>: {sentence}"
    ]

/// How the form with options is called: as an example of the record has it, else with one default.
let private exampleWith (prefix: string) (row: Row) =
    let pattern = $@"\b{row.Word}With (\((?:[^()]|\([^()]*\))*\))"

    let record =
        match
            row.Examples
            |> List.tryPick (fun e ->
                let m = Regex.Match(e, pattern) in if m.Success then Some m.Groups[1].Value else None)
        with
        | Some record -> record
        | None ->
            let arguments = [
                for a in row.Arguments -> a.Name
                for o in List.truncate 1 row.Options -> $"{o.Property} = {literal o.Default}"
            ]

            "(" + row.Record.Name + "(" + String.concat ", " arguments + "))"

    Comment.escape $"{prefix}{row.Word}With {record}"

let private rate = "rate", "The learning rate."
let private optimizer = "optimizer", "The optimizer."

let private withOptions (prefix: string) (row: Row) (last: (string * string) list) (result: string) (body: string) = [
    if not row.Options.IsEmpty then
        let also =
            match row.Kind with
            | Head -> " 0.1"
            | _ -> ""

        let summary =
            $"<c>{row.Word}</c> with options, as in <c>{exampleWith prefix row}{also}</c>."

        yield ""
        let record = "options", "The record; its options and their defaults: " + options row

        let others = [
            for name, _ in last do
                if name = "rate" then
                    "(rate: float)"
                else
                    "(optimizer: Optimizer)"
        ]

        yield! comment [ Comment.Text summary ] (record :: last) ""
        yield! define $"{row.Word}With" ($"(options: {row.Record.Name})" :: others) result body
]

let private made (row: Row) = call row.Record.Name row.Arguments

let private head (row: Row) = [
    yield! comment row.Summary (texts row.Arguments @ [ rate ]) row.Origins
    yield!
        define
            row.Word
            (List.map parameter row.Arguments @ [ "(rate: float)" ])
            "Optimizer"
            $"Optimizer.Head({made row}, rate)"
    yield! withOptions "" row [ rate ] "Optimizer" "Optimizer.Head(options, rate)"
]

let private word (row: Row) = [
    yield! comment row.Summary (texts row.Arguments @ [ optimizer ]) row.Origins
    yield!
        define
            row.Word
            (List.map parameter row.Arguments @ [ "(optimizer: Optimizer)" ])
            "Optimizer"
            $"optimizer.With({made row})"
    yield! withOptions "" row [ optimizer ] "Optimizer" "optimizer.With options"
]

let private value (row: Row) = [
    yield! comment row.Summary (texts row.Arguments) row.Origins
    yield! define row.Word (List.map parameter row.Arguments) "ISchedule" (made row)
    yield! withOptions "Schedule." row [] "ISchedule" "options"
]

/// The schedule that is piped in comes last.
let private combinator (row: Row) = [
    let piped, others = row.Arguments.Head, row.Arguments.Tail
    yield! comment row.Summary (texts (others @ [ piped ])) row.Origins
    yield! define row.Word (List.map parameter (others @ [ piped ])) "ISchedule" (made row)
]

let private declaration (word: Declared) = [
    yield! comment word.Summary (texts word.Arguments @ (if word.Begins then [] else [ optimizer ])) word.Origins

    for exception', text in word.Errors do
        yield! Comment.lay 4 $"exception cref=\"{exception'}\"" [ Comment.Text text ]

    if word.Begins then
        yield!
            define
                word.Word
                (List.map parameter word.Arguments)
                "Optimizer"
                (call $"Optimizer.{word.Method.Name}" word.Arguments)
    else
        let parameters = List.map parameter word.Arguments @ [ "(optimizer: Optimizer)" ]
        yield! define word.Word parameters "Optimizer" (call $"optimizer.{word.Method.Name}" word.Arguments)
]

let private joined (members: string list list) =
    members
    |> List.reduce (fun before next -> before @ [ "" ] @ next)
    |> String.concat "\n"

let private chosen (kind: Kind -> bool) =
    all.Value |> List.filter (fun row -> kind row.Kind)

let heads () : string =
    joined [
        for row in chosen (fun kind -> kind = Head) do
            head row
        for word in declared.Value do
            if word.Begins then
                declaration word
    ]

let stages () : string =
    joined [
        for phase in Enum.GetValues<Phase>() do
            match chosen (fun kind -> kind = Stage phase) with
            | [] -> ()
            | rows ->
                [ $"    // {phase}" ]

                for row in rows do
                    word row
    ]

let schedules () : string =
    joined [ for row in chosen _.IsSchedule -> word row ]

let values () : string =
    joined [
        for row in chosen _.IsSchedule do
            value row
        for row in chosen _.IsCombinator do
            combinator row
    ]

let optimizers () : string =
    joined [
        for word in declared.Value do
            if not word.Begins then
                declaration word
    ]
