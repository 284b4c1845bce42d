// Lays out what fsdocs makes the site of: the pages of the repository with the links between them, the experiments with what they
// print and draw, the files that pages lead to. scripts/site runs it, with the folder to write to.
open System
open System.Collections.Generic
open System.Diagnostics
open System.IO
open System.Text
open System.Text.RegularExpressions
open System.Threading.Tasks

let root = Path.GetFullPath(Path.Combine(__SOURCE_DIRECTORY__, ".."))

let stage =
    match fsi.CommandLineArgs with
    | [| _; folder |] -> Path.GetFullPath folder
    | _ -> failwith "expected: scripts/site.fsx FOLDER"

/// What is part of the site as it is: pictures, and the plotly.js that they share.
let shown = Path.Combine(stage, "..", "shown") |> Path.GetFullPath

/// The navigation: its groups, and their pages in order. A page of docs that is in none is an error.
let groups = [
    "First steps",
    [
        "getting-started-fsharp"
        "getting-started-csharp"
        "projects"
        "interactive"
        "cookbook"
        "choosing"
    ]
    "Guides",
    [
        "running"
        "inside"
        "dialects"
        "own-model"
        "own-stage"
        "gradients"
        "networks"
        "charts"
        "checkpoints"
        "reliability"
        "cluster"
        "torchsharp"
        "verify"
    ]
    "Tables", [ "formulas"; "features"; "differences"; "theory"; "performance" ]
    "Experiments", [ "experiments" ]
]

// Files.

let from (path: string) = Path.Combine(root, path)

let read (path: string) =
    File.ReadAllText(from path).Replace("\r\n", "\n")

/// A page for fsdocs, whose blocks of code say that they are no F#: it would compile them, one page after the other. Tests do.
let write (path: string) (text: string) =
    let path = Path.Combine(stage, path)
    Path.GetDirectoryName path |> Directory.CreateDirectory |> ignore

    let language (m: Match) =
        let name =
            if m.Groups[1].Value = "fsharp" then
                "fs"
            else
                m.Groups[1].Value

        $"```{name}\n[lang={name}]"

    File.WriteAllText(path, Regex.Replace(text, @"(?m)^```(\w+)[ \t]*$", language))

let copy (path: string) (target: string) =
    Path.GetDirectoryName target |> Directory.CreateDirectory |> ignore
    File.Copy(from path, target, true)

let folderOf (page: string) =
    match Path.GetDirectoryName page with
    | null -> ""
    | folder -> folder.Replace('\\', '/')

let relative (page: string) (target: string) =
    Path.GetRelativePath(from (folderOf page), from target).Replace('\\', '/')

// Markdown: what fsdocs reads otherwise than the pages are meant.

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

// Pictures and what scripts print.

let plotly = Regex(@"(?s)<script[^>]*>(?=[^<]{0,200}plotly\.js v).*?</script>")

/// Browsers ask for an icon otherwise.
let noIcon = "<link rel=\"icon\" href=\"data:,\">"

/// One plotly.js for all pictures; each picture as wide and high as it says.
let adopt (file: string) =
    let html = File.ReadAllText file
    let name = Path.GetFileName file
    let script = plotly.Match html

    if not script.Success then
        failwith $"{name} has no plotly.js"

    let shared = Path.Combine(shown, "pictures", "plotly.js")
    Directory.CreateDirectory(Path.GetDirectoryName shared) |> ignore

    if not (File.Exists shared) then
        File.WriteAllText(shared, Regex.Replace(script.Value, @"^<script[^>]*>|</script>$", ""))

    let html =
        html.Replace(script.Value, "<script src=\"plotly.js\"></script>" + noIcon)

    File.WriteAllText(Path.Combine(shown, "pictures", name), html)

    let size (side: string) otherwise =
        let m = Regex.Matches(html, $"\"{side}\":(\\d+)")

        if m.Count = 0 then
            otherwise
        else
            int m[m.Count - 1].Groups[1].Value

    size "width" 760, size "height" 520

/// A picture in a page.
let embed (page: string) (folder: string) (name: string) =
    let width, height = adopt (Path.Combine(folder, name + ".html"))
    let path = relative page $"pictures/{name}.html"

    $"<div class=\"picture\"><iframe src=\"{path}\" title=\"{name}\" loading=\"lazy\" width=\"{width + 20}\" height=\"{height + 20}\"></iframe>"
    + $"<p><a href=\"{path}\">{name} alone</a></p></div>\n"

/// Runs a program; what it prints.
let run (program: string) (arguments: string list) =
    let start =
        ProcessStartInfo(program, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = root)

    start.StandardOutputEncoding <- Encoding.UTF8
    List.iter start.ArgumentList.Add arguments

    use ran = Process.Start start
    let errors = ran.StandardError.ReadToEndAsync()
    let output = ran.StandardOutput.ReadToEnd()
    ran.WaitForExit()

    if ran.ExitCode <> 0 then
        failwith $"{program} {arguments}: exit code {ran.ExitCode}\n{output}\n{errors.Result}"

    output.Replace("\r\n", "\n")

let drawn = Regex(@"(?m)^picture (\S+)\.html\n?")

let scratch (name: string) =
    Path.Combine(stage, "..", "run", name) |> Path.GetFullPath

// Pages whose code draws are run, and show below each block what it draws.

/// Draws what a name of a script stands for, where that is a chart.
let drawing =
    "#load @\""
    + from "samples/lib/charts.fsx"
    + "\"\n"
    + "let optdslDraw (name: string) (value: obj) =\n"
    + "    match value with\n"
    + "    | :? Plotly.NET.GenericChart as chart -> Charts.picture name chart\n"
    + "    | _ -> ()\n"

/// The last statement of a cell, if it is an expression, gets a name.
let named (name: string) (cell: string) =
    let lines = cell.TrimEnd().Split '\n'

    let begins (line: string) =
        line <> ""
        && not (Char.IsWhiteSpace line[0])
        && not (Regex.IsMatch(line, @"^(\|>|\]|\)|\}|//)"))

    match Array.tryFindIndexBack begins lines with
    | Some i when
        not (Regex.IsMatch(lines[i], @"^(let|open|type|module|for|while|if|printf|#)\b"))
        && not (lines[i].StartsWith '#')
        ->
        String.concat "\n" lines[.. i - 1]
        + $"\nlet {name} =\n"
        + String.concat "\n" [ for line in lines[i..] -> "    " + line ]
    | _ -> cell

/// The blocks of a page, run one after the other; the pictures of each.
let picturesOf (page: string) (blocks: string list) =
    let name = Path.GetFileNameWithoutExtension page

    let body = [
        for i, block in List.indexed blocks do
            let cell = $"{name}-{i + 1}"

            let code =
                named $"optdslCell{i}" (Regex.Replace(block, @"(?m)^#(r|load|i) .*$", ""))

            code + "\n"

            for m in Regex.Matches(code, @"(?m)^let (\w+) =") do
                let value = m.Groups[1].Value
                let suffix = if value.StartsWith "optdslCell" then "" else "-" + value
                $"optdslDraw \"{cell}{suffix}\" (box {value})\n"

            $"printfn \"@@block\"\n"
    ]

    let folder = scratch name
    Directory.CreateDirectory folder |> ignore
    let script = Path.Combine(folder, name + ".fsx")
    File.WriteAllText(script, drawing + String.Concat body)

    (run "dotnet" [ "fsi"; "--quiet"; script; folder ]).Split "@@block"
    |> Array.toList
    |> List.map (fun output -> drawn.Replace(output, "").Trim(), [ for m in drawn.Matches output -> m.Groups[1].Value ])
    |> fun outputs -> folder, List.truncate blocks.Length outputs

let fsharp = Regex(@"(?ms)^```fsharp\n(.*?)^```[ \t]*$")

let withPictures (page: string) (text: string) =
    let blocks = [ for m in fsharp.Matches text -> m.Groups[1].Value ]
    let folder, outputs = picturesOf page blocks
    let rest = Queue outputs

    fsharp.Replace(
        text,
        fun (m: Match) ->
            let pictures = snd (rest.Dequeue())

            m.Value
            + "\n\n"
            + String.concat "\n" [ for picture in pictures -> embed page folder picture ]
    )

// The kinds of pages.

let front (title: string) (group: int) (index: int) =
    $"---\ntitle: {title}\ncategory: {fst groups[group]}\ncategoryindex: {group + 1}\nindex: {index + 1}\n---\n\n"

/// A page of the repository.
let markdown (header: string) (page: string) (change: string -> string) =
    let text = read page |> outsideOfBlocks (links page >> prose) |> change
    write (if page = "README.md" then "index.md" else page) (header + text)

/// A file that a page leads to, as it stands; a folder as a list.
let listing (path: string) =
    if Directory.Exists(from path) then
        let entries = [
            for entry in Directory.GetFileSystemEntries(from path) |> Array.sort do
                let entry = relative "" (Path.GetRelativePath(root, entry))

                if File.Exists(from entry) then
                    want entry
                    $"- [{Path.GetFileName entry}]({relative path (address entry)})"
        ]

        write $"{path}.md" ($"# {path}\n\n" + String.concat "\n" entries + "\n")
    else
        let page = Path.Combine(shown, path + ".html")
        Path.GetDirectoryName page |> Directory.CreateDirectory |> ignore

        let home = relative path "index.html"

        File.WriteAllText(
            page,
            $"<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{path} | OptDsl</title>{noIcon}</head><body>"
            + $"<p><a href=\"{home}\">OptDsl</a>, {path}</p><pre>{Net.WebUtility.HtmlEncode(read path)}</pre></body></html>"
        )

/// A script with what it prints and draws.
let sample (header: string) (path: string) (output: string) (folder: string) =
    let name = Path.GetFileNameWithoutExtension path
    let code = read path
    let page = address path

    let says =
        Regex.Match(code, @"\A((?://.*\n)+)").Groups[1].Value
        |> fun text -> Regex.Replace(text, @"(?m)^// ?", "")
        |> fun text -> Regex.Replace(text, @" After `dotnet build.*", "", RegexOptions.Singleline)

    let pictures = [ for m in drawn.Matches output -> embed page folder m.Groups[1].Value ]

    write
        (Path.ChangeExtension(path, ".md"))
        ($"{header}# {name}\n\n{prose (says.Trim())}\n\n## What it prints\n\n```text\n{drawn.Replace(output, String.Empty).Trim()}\n```\n\n"
         + (if pictures.IsEmpty then
                ""
            else
                "## What it draws\n\n" + String.concat "\n" pictures + "\n")
         + $"## The script\n\n```fsharp\n{code.TrimEnd()}\n```\n")

/// A notebook: text, code, what the code prints and draws.
let notebook (header: string) (path: string) =
    use document = Text.Json.JsonDocument.Parse(read path)
    let page = address path

    let cells = [
        for cell in document.RootElement.GetProperty("cells").EnumerateArray() do
            let text =
                cell.GetProperty("source").EnumerateArray() |> Seq.map string |> String.Concat

            string (cell.GetProperty "cell_type") = "code", text
    ]

    let folder, outputs =
        picturesOf path [
            for isCode, text in cells do
                if isCode then
                    text
        ]

    let rest = Queue outputs

    let parts = [
        for isCode, text in cells do
            if isCode then
                let printed, pictures = rest.Dequeue()
                $"```fsharp\n{text.TrimEnd()}\n```\n"

                if printed <> "" && not (text.Contains "//>") then
                    $"```text\n{printed}\n```\n"

                for picture in pictures do
                    embed page folder picture
            else
                (outsideOfBlocks (links path >> prose) text) + "\n"
    ]

    write (Path.ChangeExtension(path, ".md")) (header + String.concat "\n" parts)

// The site.

copy "docs/_template.html" (Path.Combine(stage, "_template.html"))
copy "src/icon.png" (Path.Combine(stage, "icon.png"))

for file in Directory.GetFiles(from "docs/content") do
    copy (Path.GetRelativePath(root, file)) (Path.Combine(stage, "content", Path.GetFileName file))

/// The experiments on functions, which take seconds.
let functions =
    Directory.GetFiles(from "samples", "*.fsx")
    |> Array.map (fun file -> $"samples/{Path.GetFileName file}")
    |> Array.filter (fun path -> Regex.IsMatch(path, @"/[01]\d-"))
    |> Array.sort

/// Where scripts/experiment puts what an experiment prints and draws.
let results (path: string) =
    from $"artifacts/samples/{Path.GetFileNameWithoutExtension path}"

// Those that have not run since something changed; two at a time, since each takes seconds.
let outputs =
    let changed =
        Seq.append
            (Directory.GetFiles(from "samples/lib"))
            (Directory.GetFiles(from "src/OptPlotly.FSharp/bin/Release/net10.0", "Opt*.dll"))
        |> Seq.map File.GetLastWriteTimeUtc
        |> Seq.max

    let isFresh (path: string) =
        let output = Path.Combine(results path, "output.txt")

        File.Exists output
        && File.GetLastWriteTimeUtc output > max changed (File.GetLastWriteTimeUtc(from path))

    Parallel.ForEach(
        functions |> Array.filter (isFresh >> not),
        ParallelOptions(MaxDegreeOfParallelism = 2),
        fun path -> run (from "scripts/experiment") [ path ] |> ignore
    )
    |> ignore

    dict [
        for path in functions -> path, File.ReadAllText(Path.Combine(results path, "output.txt"))
    ]

let listed = [
    for group, (_, pages) in List.indexed groups do
        for index, page in List.indexed pages -> $"docs/{page}.md", (group, index)
]

for file in Directory.GetFiles(from "docs", "*.md") do
    let page = $"docs/{Path.GetFileName file}"

    if not (List.exists (fst >> (=) page) listed) then
        failwith $"{page} is in no group of the navigation (scripts/site.fsx)"

want "README.md"
want "CHANGELOG.md"

for page, _ in listed do
    want page

for script in functions do
    want script

want "samples/optimizers.ipynb"

let titleOf (page: string) =
    match headings (read page) with
    | title :: _ -> title
    | [] -> Path.GetFileNameWithoutExtension page

while wanted.Count > 0 do
    let path = wanted.Dequeue()
    let place = listed |> List.tryFind (fst >> (=) path) |> Option.map snd

    let header =
        match place with
        | Some(group, index) -> front (titleOf path) group index
        | None -> ""

    if path = "docs/experiments.md" then
        // The names of the table lead to the experiments.
        markdown header path (fun text ->
            Regex.Replace(text, @"(?m)^\| `(\d\d-[\w-]+)` \|", "| [`$1`](../samples/$1.html) |"))
    elif
        isPage path
        && fsharp.IsMatch(read path)
        && (read path).Contains "|> Chart."
        && path <> "README.md"
    then
        markdown header path (withPictures path)
    elif isPage path then
        markdown header path id
    elif outputs.ContainsKey path then
        let name = Path.GetFileNameWithoutExtension path
        let index = Array.IndexOf(functions, path)
        sample (front name (groups.Length - 1) (index + 1)) path outputs[path] (results path)
    elif path = "samples/optimizers.ipynb" then
        notebook (front "A notebook" (groups.Length - 1) (functions.Length + 1)) path
    elif path.EndsWith ".png" then
        copy path (Path.Combine(stage, path))
    else
        listing path

printfn "%d pages are laid out" known.Count
