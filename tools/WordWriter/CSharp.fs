/// The fluent methods of C#: `Optimizer.Adam(0.001).Clip(1.0).Cosine(100)`.
module WordWriter.CSharp

open System
open OptCore
open WordWriter.Row

let rec private typeName (t: Type) : string =
    if t = typeof<float> then
        "double"
    elif t = typeof<int> then
        "int"
    elif t = typeof<int64> then
        "long"
    elif t = typeof<bool> then
        "bool"
    elif t = typeof<string> then
        "string"
    elif t.IsGenericType then
        let arguments = t.GetGenericArguments() |> Array.map typeName |> String.concat ", "
        t.Name.Split('`')[0] + "<" + arguments + ">"
    else
        t.Name

/// The method's name: the record's where only the letters' cases differ from the word (`RAdam`, `radam`).
let private methodName (row: Row) =
    if String.Equals(row.Word, row.Record.Name, StringComparison.OrdinalIgnoreCase) then
        row.Record.Name
    else
        string (Char.ToUpperInvariant row.Word[0]) + row.Word[1..]

let private parameter (name: string) (text: string) =
    Comment.lay 4 $"param name=\"{name}\"" [ Comment.Text text ]

let private comment (row: Row) (extra: (string * string) list) = [
    yield! Comment.lay 4 "summary" row.Summary
    for argument in row.Arguments do
        yield! parameter argument.Name argument.Text
    for name, text in extra do
        yield! parameter name text
    if row.Origins <> "" then
        yield! Comment.lay 4 "remarks" [ Comment.Text row.Origins ]
    $"    /// <seealso cref=\"OptCore.{row.Record.Name}\"/>"
]

/// A list that is all a method takes may be written out: `Table(1.0, 0.5)`.
let private parameters (row: Row) =
    match row.Arguments with
    | [ only ] when only.Type.IsGenericType -> [ $"params {typeName only.Type} {only.Name}" ]
    | several -> [ for a in several -> $"{typeName a.Type} {a.Name}" ]

let private made (row: Row) =
    let arguments = row.Arguments |> List.map _.Name |> String.concat ", "
    $"new {row.Record.Name}({arguments})"

/// A method on one line where it fits.
let private method (signature: string) (parameters: string list) (body: string) =
    let listed = String.concat ", " parameters
    let head = $"    public {signature}({listed}) =>"

    if head.Length + body.Length + 2 <= 140 then
        [ $"{head} {body};" ]
    else
        [ head; $"        {body};" ]

let private rate = "rate", "The learning rate."

let private head (row: Row) = [
    let signature = $"static Optimizer {methodName row}"
    let record = row.Record.Name

    match row.Arguments, row.Options with
    | [], _ :: _ ->
        yield! comment row [ rate; "options", "The record with other options than the defaults." ]

        yield! method signature [ "double rate"; $"{record}? options = null" ] $"Head(options ?? new {record}(), rate)"
    | _, options ->
        yield! comment row [ rate ]
        yield! method signature (parameters row @ [ "double rate" ]) $"Head({made row}, rate)"

        if not options.IsEmpty then
            ""
            yield! Comment.lay 4 "summary" [ Comment.Text $"<c>{row.Word}</c> with options." ]
            yield! parameter "rate" "The learning rate."
            yield! parameter "options" "The record with its options."
            $"    /// <seealso cref=\"OptCore.{record}\"/>"
            yield! method signature [ "double rate"; $"{record} options" ] "Head(Require.NotNull(options), rate)"
]

let private word (row: Row) = [
    yield! comment row []
    yield! method $"Optimizer {methodName row}" (parameters row) $"With({made row})"
]

let private file (title: string list) (members: (Row -> string list) * Row list) =
    let write, rows = members

    String.concat "\n" [
        "// Generated from the records by scripts/generate."
        "namespace OptCore;"
        ""
        "/// <content>"
        for line in title do
            $"/// {line}"
        "/// </content>"
        "public sealed partial class Optimizer"
        "{"
        yield!
            rows
            |> List.map write
            |> List.reduce (fun before next -> before @ [ "" ] @ next)
        "}"
        ""
    ]

let private chosen (kind: Kind -> bool) =
    all.Value |> List.filter (fun row -> kind row.Kind)

let heads () : string =
    file
        [
            "The heads. In C# the rate comes first where a head has no other argument, so that the options can be left out. A"
            "direction that follows another one is added by <see cref=\"With(IStage)\"/>."
        ]
        (head, chosen (fun kind -> kind = Head))

let stages () : string =
    file
        [
            "The stages, in the order of their phases. Options are given by the record:"
            "<c>With(new Momentum(0.9) { Dampening = 0.1 })</c>."
        ]
        (word,
         chosen _.IsStage
         |> List.sortBy (fun row ->
             match row.Kind with
             | Stage phase -> int phase
             | _ -> 0))

let schedules () : string =
    file
        [
            "The schedules: each multiplies the rate by one more factor s(t). Options are given by the record:"
            "<c>With(new Cosine(100) { Floor = 0.1 })</c>."
        ]
        (word, chosen _.IsSchedule)
