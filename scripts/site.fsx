// The pages of the site, and their links (scripts/site).
//   dotnet fsi scripts/site.fsx pages FOLDER    writes what fsdocs reads: the repository's pages, their links led to one another
//   dotnet fsi scripts/site.fsx links FOLDER    makes the links of a finished site relative, and follows each

open System
open System.IO
open System.Text.RegularExpressions

let root = Path.GetFullPath(Path.Combine(__SOURCE_DIRECTORY__, ".."))

let relative (path: string) =
    Path.GetRelativePath(root, path).Replace('\\', '/')

// ---- pages

/// Pages of the repository and what they are called in the site; those of docs keep their names.
let pages =
    dict [
        "README.md", "index"
        "CONTRIBUTING.md", "contributing"
        "CHANGELOG.md", "changelog"
        "samples/README.md", "samples"
        "benchmarks/results/runs.md", "measurements"
        "tests/Golden/README.md", "golden"
        for file in Directory.GetFiles(Path.Combine(root, "docs"), "*.md", SearchOption.AllDirectories) do
            let path = relative file
            path, Path.ChangeExtension(path.Substring "docs/".Length, null).Replace('/', '-')
    ]

let isPicture (path: string) =
    path.EndsWith ".png" || path.EndsWith ".svg"

/// The order in which the README names the pages.
let order =
    [
        for m in Regex.Matches(File.ReadAllText(Path.Combine(root, "README.md")), @"\]\(([^)#:]+\.md)") do
            m.Groups[1].Value
    ]
    |> List.distinct

let write (folder: string) =
    let led (page: string) (m: Match) =
        let text, target, anchor =
            m.Groups["text"].Value, m.Groups["target"].Value, m.Groups["anchor"].Value

        let path = Path.Combine(root, page, "..", target) |> Path.GetFullPath |> relative

        match pages.TryGetValue path with
        | true, name -> $"[{text}]({name}.html{anchor})"
        | _ when isPicture path ->
            File.Copy(Path.Combine(root, path), Path.Combine(folder, Path.GetFileName path), true)
            $"[{text}]({Path.GetFileName path})"
        // A file of the repository that is no page.
        | _ -> text

    Directory.CreateDirectory folder |> ignore

    for KeyValue(page, name) in pages do
        let text = File.ReadAllText(Path.Combine(root, page))

        let body =
            // Not inside blocks of code, which begin and end with three marks.
            text.Split "```"
            |> Array.mapi (fun i part ->
                if i % 2 = 1 then
                    part
                else
                    Regex.Replace(
                        part,
                        @"\[(?<text>[^\]\n]*)\]\((?<target>[^)#:\s]+)(?<anchor>#[^)\s]*)?\)",
                        MatchEvaluator(led page)
                    ))
            |> String.concat "```"

        let title = Regex.Match(text, @"(?m)^# (.+)$").Groups[1].Value

        let category, index =
            match List.tryFindIndex ((=) page) order with
            | _ when page = "README.md" -> ("Documentation", 1), 0
            | _ when page.StartsWith "docs/decisions/" -> ("Decisions", 3), 1
            | Some place -> ("Documentation", 1), place + 1
            | None -> ("More", 2), 1

        let head = [
            "---"
            $"title: {title}"
            $"category: {fst category}"
            $"categoryindex: {snd category}"
            $"index: {index}"
            "---"
            ""
        ]

        File.WriteAllText(Path.Combine(folder, name + ".md"), String.concat "\n" head + body)

// ---- links

let anchors =
    let seen = Collections.Generic.Dictionary<string, Set<string>>()

    fun (file: string) ->
        match seen.TryGetValue file with
        | true, known -> known
        | _ ->
            let found =
                set [
                    for m in Regex.Matches(File.ReadAllText file, @"(?:id|name)=""([^""]+)""") do
                        Net.WebUtility.HtmlDecode m.Groups[1].Value
                ]

            seen[file] <- found
            found

let follow (folder: string) =
    let folder = Path.GetFullPath folder

    let html =
        Directory.GetFiles(folder, "*.html", SearchOption.AllDirectories)
        |> List.ofArray

    for file in html do
        let up =
            String.replicate (Path.GetRelativePath(folder, file).Split(Path.DirectorySeparatorChar).Length - 1) "../"

        File.WriteAllText(file, File.ReadAllText(file).Replace("@@root@@/", up))

    for file in Directory.GetFiles(folder, "*.js*", SearchOption.AllDirectories) do
        File.WriteAllText(file, File.ReadAllText(file).Replace("@@root@@/", ""))

    let broken = [
        for file in html do
            let here = Path.GetDirectoryName file

            for m in Regex.Matches(File.ReadAllText file, @"(?:href|src)=""([^""]*)""") do
                let link = Net.WebUtility.HtmlDecode m.Groups[1].Value

                if link <> "" && link <> "#" && not (Regex.IsMatch(link, @"^(?:[a-z]+:|//)")) then
                    let path, anchor =
                        match link.IndexOf '#' with
                        | -1 -> link, ""
                        | i -> link[.. i - 1], Uri.UnescapeDataString link[i + 1 ..]

                    let target =
                        if path = "" then
                            file
                        else
                            Path.GetFullPath(Path.Combine(here, Uri.UnescapeDataString(path.Split('?')[0])))

                    if not (File.Exists target) then
                        $"{Path.GetRelativePath(folder, file)}: {link}: no such file"
                    elif
                        anchor <> ""
                        && target.EndsWith ".html"
                        && not ((anchors target).Contains anchor)
                    then
                        $"{Path.GetRelativePath(folder, file)}: {link}: no such place"
    ]

    for line in List.distinct broken |> List.truncate 50 do
        eprintfn "%s" line

    printfn "site: %d pages, %d broken links" html.Length broken.Length

    if not broken.IsEmpty || html.Length < pages.Count then
        exit 1

match List.ofArray fsi.CommandLineArgs with
| [ _; "pages"; folder ] -> write folder
| [ _; "links"; folder ] -> follow folder
| _ ->
    eprintfn "pages FOLDER or links FOLDER"
    exit 1
