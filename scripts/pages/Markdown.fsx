/// What fsdocs reads otherwise than the pages are meant, and where their links lead.
module Markdown

#load "Files.fsx"

open System
open System.Collections.Generic
open System.IO
open System.Text
open System.Text.RegularExpressions
open Files

/// Parts of a page outside of its blocks of code are changed, those inside stay.
let outsideOfBlocks (change: string -> string) (text: string) =
    Regex.Split(text, @"(?ms)(^```.*?^```[ \t]*$)")
    |> Array.map (fun part -> if part.StartsWith "```" then part else change part)
    |> String.Concat

let codeSpan = Regex(@"(`+)(?!`).*?(?<!`)\1(?!`)", RegexOptions.Singleline)

/// Underscores and stars that are no emphasis, signs that begin no element.
let plain (text: string) =
    let text = Regex.Replace(text, @"(?<=\w)_(?=[\w{])", @"\_")

    let text =
        Regex.Replace(text, @"<(?!!--|/?(details|summary|br|sub|sup|a|img)\b)", "&lt;")

    let star = StringBuilder()
    let mutable isOpen = false

    let at i =
        if i < 0 || i >= text.Length then ' ' else text[i]

    for i in 0 .. text.Length - 1 do
        let before, after = at (i - 1), at (i + 1)

        if text[i] <> '*' || before = '*' || after = '*' || before = '\\' then
            star.Append text[i] |> ignore
        elif
            not isOpen
            && (Char.IsWhiteSpace before || before = '(')
            && not (Char.IsWhiteSpace after)
        then
            isOpen <- true
            star.Append '*' |> ignore
        elif isOpen && not (Char.IsWhiteSpace before) then
            isOpen <- false
            star.Append '*' |> ignore
        else
            star.Append @"\*" |> ignore

    star.ToString()

/// Changes what is neither code nor the address of a link. Bars in the code of a table need no sign there.
let prose (text: string) =
    let parts = Regex(@"(?s)(`+)(?!`).*?(?<!`)\1(?!`)|\]\([^)\s]*\)|<!--.*?-->")
    let result = StringBuilder()
    let mutable last = 0

    for m in parts.Matches text do
        result.Append(plain text[last .. m.Index - 1]) |> ignore

        result.Append(
            if m.Value.StartsWith '`' then
                m.Value.Replace(@"\|", "|")
            else
                m.Value
        )
        |> ignore

        last <- m.Index + m.Length

    result.Append(plain text[last..]).ToString()

/// The name that fsdocs gives a heading.
let anchorOf (heading: string) =
    codeSpan.Replace(heading, "")
    |> fun text -> Regex.Matches(text, @"\w+")
    |> Seq.map _.Value
    |> String.concat "-"

/// The name that links of the repository use: letters small, blanks as hyphens, nothing else.
let slugOf (heading: string) =
    Regex.Replace(heading.ToLowerInvariant().Replace("`", ""), @"[^\w\- ]", "").Replace(' ', '-')

let headings (text: string) = [
    for part in Regex.Split(text, @"(?ms)^```.*?^```[ \t]*$") do
        for m in Regex.Matches(part, @"(?m)^#+ (.*)$") -> m.Groups[1].Value.Trim()
]

let place (page: string) (fragment: string) =
    match headings (read page) |> List.tryFind (fun heading -> slugOf heading = fragment) with
    | Some heading -> anchorOf heading
    | None -> failwith $"{page} has no heading #{fragment}"

// Links: pages of the site, and what is made a page because a page leads to it.

let isPage (path: string) = path.EndsWith ".md"

/// Where a file of the repository is on the site.
let address (path: string) =
    if path = "README.md" then
        "index.html"
    elif isPage path then
        Path.ChangeExtension(path, ".html")
    elif path.EndsWith ".png" then
        path
    elif path.StartsWith "samples/" && (path.EndsWith ".fsx" || path.EndsWith ".ipynb") then
        Path.ChangeExtension(path, ".html")
    else
        path + ".html"

let wanted = Queue<string>()
let known = HashSet<string>()

let want (path: string) =
    if known.Add path then
        wanted.Enqueue path

/// The file or folder that a link of a page leads to, seen from the root.
let target (page: string) (link: string) =
    let path =
        relative "" (Path.GetRelativePath(root, Path.GetFullPath(Path.Combine(from (folderOf page), link))))

    if Directory.Exists(from path) && File.Exists(from $"{path}/README.md") then
        $"{path}/README.md"
    else
        path.TrimEnd '/'

let links (page: string) (text: string) =
    Regex.Replace(
        text,
        @"\]\(([^)\s:#]*)(#[^)\s]*)?\)",
        fun (m: Match) ->
            let link, fragment = m.Groups[1].Value, m.Groups[2].Value.TrimStart '#'
            let path = if link = "" then page else target page link
            want path
            let anchor = if fragment = "" then "" else "#" + place path fragment
            let there = if link = "" then "" else relative page (address path)
            $"]({there}{anchor})"
    )
