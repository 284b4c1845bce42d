// Lays out what fsdocs makes the site of: the pages of the repository with the links between them, the experiments with what they
// print and draw, the files that pages lead to. scripts/site runs it, with the folder to write to.
#load "Files.fsx"
#load "Markdown.fsx"
#load "Pictures.fsx"

open System
open System.Collections.Generic
open System.IO
open System.Text.RegularExpressions
open System.Threading.Tasks
open Files
open Markdown
open Pictures

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
        failwith $"{page} is in no group of the navigation (scripts/pages/site.fsx)"

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
