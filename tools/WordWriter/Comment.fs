/// Documentation comments: read from the XML file beside an assembly, written as lines of `///`.
module WordWriter.Comment

open System
open System.Reflection
open System.Text.RegularExpressions
open System.Xml.Linq

/// Running text in one piece, or a block of code whose lines stay.
type Piece =
    | Text of string
    | Code of string list

/// Lines of code end here; the indentation counts.
let private width = 120

let private name (text: string) = XName.Get text

/// The members of an assembly's documentation by their identifiers, such as `T:OptCore.Adam`.
let load (assembly: Assembly) : Map<string, XElement> =
    let path = assembly.Location.Replace(".dll", ".xml")

    Map [
        for entry in (XDocument.Load path).Descendants(name "member") do
            match entry.Attribute(name "name") with
            | null -> ()
            | id -> id.Value, entry
    ]

/// The element of a member, such as `summary`.
let element (tag: string) (entry: XElement) : XElement option = entry.Element(name tag) |> Option.ofObj

/// The texts of `param`, by parameter.
let parameters (entry: XElement) : Map<string, XElement> =
    Map [
        for parameter in entry.Elements(name "param") do
            match parameter.Attribute(name "name") with
            | null -> ()
            | id -> id.Value, parameter
    ]

let escape (text: string) : string =
    text.Replace("&", "&amp;").Replace("<", "&lt;")

let private joined (text: string) = Regex.Replace(text, @"\s+", " ")

let private last (reference: string) =
    let path = reference.Split('(')[0]
    Array.last (path.Split('.'))

/// What a reference to another member is called in running text.
let private referred (element: XElement) =
    match element.Attribute(name "cref") with
    | null ->
        match element.Attribute(name "name") with
        | null -> element.Value
        | parameter -> parameter.Value
    | reference -> last reference.Value

let rec private inlineText (node: XNode) : string =
    match node with
    | :? XText as text -> escape text.Value
    | :? XElement as element when element.Name.LocalName = "c" -> $"<c>{escape (joined element.Value)}</c>"
    | :? XElement as element when element.IsEmpty -> $"<c>{referred element}</c>"
    | :? XElement as element -> " " + (element.Nodes() |> Seq.map inlineText |> String.concat "") + " "
    | _ -> ""

let private lines (code: string) =
    let all = code.Split '\n' |> Array.filter (fun line -> line.Trim() <> "")
    let indent = all |> Array.map (fun line -> line.Length - line.TrimStart().Length)
    let least = if all = [||] then 0 else Array.min indent
    [ for line in all -> escape (line.Substring(least).TrimEnd()) ]

/// An element's content as pieces, entities escaped, references as code.
let pieces (element: XElement) : Piece list =
    let add piece text =
        match piece, text with
        | "", _ -> text
        | piece, text -> Text piece :: text

    let close text = joined(text: string).Trim()

    let rec walk (running: string) (nodes: XNode list) =
        match nodes with
        | [] -> add (close running) []
        | (:? XElement as code) :: rest when code.Name.LocalName = "code" ->
            add (close running) (Code(lines code.Value) :: walk "" rest)
        | node :: rest -> walk (running + inlineText node) rest

    walk "" (List.ofSeq (element.Nodes()))

/// The running text of an element, on one line, in the comment's markup.
let text (element: XElement) : string =
    String.concat " " [
        for piece in pieces element do
            match piece with
            | Text text -> text
            | Code lines -> String.concat " " lines
    ]

/// Words of running text; `<c>…</c>` is one word where it is short.
let private wordsOf (text: string) = [
    for m in Regex.Matches(text, @"(?:[^\s<]|<(?!/?c>)|<c>[^<]{0,60}</c>|</?c>)+") -> m.Value
]

let private wrap (room: int) (text: string) =
    let folder (done': string list, line: string) (word: string) =
        if line = "" then
            done', word
        elif line.Length + 1 + word.Length <= room then
            done', $"{line} {word}"
        else
            line :: done', word

    let finished, line = List.fold folder ([], "") (wordsOf text)
    List.rev (line :: finished)

/// An element as comment lines at an indentation: on one line where it fits, else its tags on lines of their own.
let lay (indent: int) (opening: string) (pieces: Piece list) : string list =
    let margin = String(' ', indent) + "/// "
    let closing = $"</{(opening.Split ' ')[0]}>"
    let room = width - margin.Length

    let whole =
        match pieces with
        | [ Text text ] when opening.Length + 2 + text.Length + closing.Length <= room -> [
            $"<{opening}>{text}{closing}"
          ]
        | _ -> [
            $"<{opening}>"
            for piece in pieces do
                match piece with
                | Text text -> yield! wrap room text
                | Code lines ->
                    "<code>"
                    yield! lines
                    "</code>"
            closing
          ]

    [ for line in whole -> (margin + line).TrimEnd() ]

/// The exceptions of a member and when they are thrown.
let exceptions (entry: XElement) : (string * string) list = [
    for thrown in entry.Elements(name "exception") do
        match thrown.Attribute(name "cref") with
        | null -> ()
        | reference -> reference.Value, text thrown
]
