/// The documentation site in a real browser: every page loads without a complaint, every link within the site leads somewhere.
/// Skipped where OPTDSL_SITE names no site (`.ci/site` builds one) or no Chromium is installed.
module OptPlotly.Tests.SiteTests

open System
open System.Collections.Generic
open System.IO
open System.Text.Json
open System.Threading.Tasks
open Expecto
open OptDsl.Plotting

/// What a page has: names that a link may end with, links, and what it shows. Links lead from the page, with their `#…`.
let private content =
    "JSON.stringify({names:Array.from(document.querySelectorAll('[id],[name]')).flatMap(function(e){return [e.id,e.getAttribute('name')];})"
    + ".filter(Boolean),links:Array.from(document.querySelectorAll('a[href],area[href]')).map(function(e){return e.href;}),"
    + "shown:Array.from(document.querySelectorAll('iframe[src],img[src]')).map(function(e){return e.src;})})"

/// The search of a page, for one text: the addresses of what it finds.
let private search (text: string) =
    $"(async function(){{await window.optdslSearch('{text}');return Array.from(document.querySelectorAll('dialog li a')).map(function(a)"
    + "{return a.getAttribute('href');}).join('\\n');})()"

let private site () =
    match Environment.GetEnvironmentVariable "OPTDSL_SITE" with
    | null
    | "" -> skiptest "OPTDSL_SITE names no site; .ci/site builds one"
    | folder -> folder

let private browser () =
    match Browser.find () with
    | Some browser -> browser
    | None -> skiptest $"no Chromium on the PATH, and {Browser.Variable} names none"

type private Page = {
    Names: HashSet<string>
    Links: string list
    Complaints: string list
}

let private read (text: string, complaints: string list) =
    use document = JsonDocument.Parse text

    let texts (name: string) = [
        for item in (document.RootElement.GetProperty name).EnumerateArray() -> string item
    ]

    {
        Names = HashSet(texts "names")
        Links = texts "links" @ texts "shown" |> List.distinct
        Complaints = complaints
    }

/// The address without what follows `#`, and that.
let private split (link: string) =
    match link.IndexOf '#' with
    | -1 -> link, ""
    | i -> link[.. i - 1], Uri.UnescapeDataString link[i + 1 ..]

/// Whether the server has what a link leads to.
let private has (folder: string) (address: string) (target: string) =
    File.Exists(Path.Combine(folder, Uri.UnescapeDataString(target.Substring address.Length)))

/// All pages that links lead to from the first one, each opened once.
let private crawl (tabs: Tab list) (folder: string) (address: string) = task {
    let pages = Dictionary<string, Page>()
    let mutable next = [ address + "index.html" ]

    while not next.IsEmpty do
        let! answers =
            next
            |> List.splitInto tabs.Length
            |> List.map2
                (fun (tab: Tab) part -> task {
                    let read' = ResizeArray()

                    for page in part do
                        let! answer = tab.Ask page content
                        read'.Add((page, read answer))

                    return read'
                })
                (List.truncate (min tabs.Length next.Length) tabs)
            |> Task.WhenAll

        for page, content in Seq.concat answers do
            pages[page] <- content

        next <-
            [
                for _, content in Seq.concat answers do
                    for link in content.Links do
                        let target, _ = split link

                        if
                            target.StartsWith address
                            && target.EndsWith ".html"
                            && not (pages.ContainsKey target)
                            && has folder address target
                        then
                            target
            ]
            |> List.distinct

    return pages
}

let private broken (folder: string) (address: string) (pages: Dictionary<string, Page>) = [
    for KeyValue(page, content) in pages do
        let name = page.Substring address.Length

        for complaint in content.Complaints do
            $"{name}: {complaint}"

        for link in content.Links do
            let target, anchor = split link

            if target.StartsWith address then
                match pages.TryGetValue target with
                | true, there ->
                    if anchor <> "" && not (there.Names.Contains anchor) then
                        $"{name}: no #{anchor} in {target.Substring address.Length}"
                | _ ->
                    if not (has folder address target) then
                        $"{name}: no file {target.Substring address.Length}"
            elif target.StartsWith "file:" then
                $"{name}: leads to this machine, {target}"
]

let private inBrowser (ask: string -> Devtools -> string -> Task<'T>) : 'T =
    let folder, browser = site (), browser ()

    (task {
        use server = new Server(folder)
        use devtools = new Devtools(browser)
        return! ask folder devtools server.Address
    })
        .GetAwaiter()
        .GetResult()

[<Tests>]
let tests =
    testSequenced
    <| testList "site" [
        testCase
            "every page loads without a complaint, and every link leads to a page, a file, a place on it"
            (fun () ->
                let found, reached =
                    inBrowser (fun folder devtools address -> task {
                        let tabs = ResizeArray()

                        for _ in 1..3 do
                            let! tab = devtools.Tab()
                            tabs.Add tab

                        let! pages = crawl (List.ofSeq tabs) folder address

                        return
                            broken folder address pages, [ for page in pages.Keys -> page.Substring address.Length ]
                    })

                Expect.equal (String.concat "\n" found) "" "broken links and complaints, by page"

                // What nobody can come to is no part of the site.
                let folder = site ()

                let written = [
                    for file in Directory.GetFiles(folder, "*.html", SearchOption.AllDirectories) do
                        Path.GetRelativePath(folder, file).Replace('\\', '/')
                ]

                Expect.equal (List.except reached written) [] "pages that no link leads to")

        testCase "the search finds pages, words and types" (fun () ->
            let found =
                inBrowser (fun _ devtools address -> task {
                    let! tab = devtools.Tab()
                    let! pages, complaints = tab.Ask (address + "index.html") (search "cookbook")
                    Expect.equal complaints [] "complaints"
                    let! words, _ = tab.Ask (address + "index.html") (search "weightDecay")
                    let! types, _ = tab.Ask (address + "docs/theory.html") (search "StepReport")
                    return pages, words, types
                })

            let pages, words, types = found
            Expect.stringContains pages "docs/cookbook.html" "a page"
            Expect.stringContains words "reference/" "a word"
            Expect.stringContains types "reference/optcore-stepreport" "a type")
    ]
