/// The blocks of README.md and of the pages in docs run as they stand and print what their lines `//>` say.
module OptDsl.Tests.ReadmeTests

open System
open System.Diagnostics
open System.IO
open System.Reflection
open System.Runtime.InteropServices
open System.Text
open System.Text.RegularExpressions
open Expecto

let private root = Tests.Repository.root

let private read (page: string) =
    File.ReadAllText(Path.Combine(root.Value, page))

let private readme = lazy (read "README.md")

/// Pages whose F# blocks run, each as a script of its own.
let private scripts = [
    "README.md"
    "docs/getting-started-fsharp.md"
    "docs/choosing.md"
    "docs/own-stage.md"
    "docs/interactive.md"
    "docs/charts.md"
    "docs/checkpoints.md"
    "docs/cluster.md"
    "docs/projects.md"
    "docs/running.md"
    "docs/dialects.md"
    "docs/inside.md"
    "docs/cookbook.md"
    "samples/optimizers.ipynb"
    "src/OptDsl.FSharp/README.md"
    "src/OptPlotly.FSharp/README.md"
    "src/OptVerify.FSharp/README.md"
]

/// Pages whose C# blocks together are a program.
let private programs = [
    "README.md"
    "docs/getting-started-csharp.md"
    "docs/own-stage.md"
    "docs/checkpoints.md"
    "docs/projects.md"
    "src/OptCore.CSharp/README.md"
    "src/OptModels.CSharp/README.md"
]

/// The cells of a notebook that are code.
let private cells (page: string) = [
    use notebook = System.Text.Json.JsonDocument.Parse(read page)

    for cell in notebook.RootElement.GetProperty("cells").EnumerateArray() do
        if cell.GetProperty("cell_type").GetString() = "code" then
            String.concat "" [
                for line in cell.GetProperty("source").EnumerateArray() -> string (line.GetString())
            ]
]

let private blocks (page: string) (language: string) =
    if page.EndsWith ".ipynb" then
        cells page
    else
        [
            for m in Regex.Matches(read page, $"```{language}\n(.*?)```", RegexOptions.Singleline) do
                m.Groups[1].Value
        ]

let private expected (block: string) = [
    for line in block.Split('\n') do
        if line.StartsWith "//> " then
            line.Substring 4
]

let private lines (output: string) = [
    for line in output.Replace("\r", "").Split('\n') do
        if line.Trim() <> "" then
            line.TrimEnd()
]

/// Runs the SDK that runs the tests; its output, or the failure of the test.
let private dotnet (input: string option) (arguments: string list) =
    let host =
        match Environment.GetEnvironmentVariable "DOTNET_HOST_PATH" with
        | null
        | "" -> "dotnet"
        | path -> path

    let start =
        ProcessStartInfo(
            host,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            StandardOutputEncoding = Encoding.UTF8
        )

    List.iter start.ArgumentList.Add arguments

    match Process.Start start with
    | null -> failtest "dotnet did not start"
    | run ->
        use run = run
        let errors = run.StandardError.ReadToEndAsync()
        input |> Option.iter run.StandardInput.Write
        run.StandardInput.Close()
        let output = run.StandardOutput.ReadToEndAsync()

        if not (run.WaitForExit 300_000) then
            run.Kill true
            failtest "no end within five minutes"

        if run.ExitCode <> 0 then
            failtestf "exit code %d\n%s\n%s" run.ExitCode output.Result errors.Result

        output.Result

/// Lines that load the assemblies under test.
let private references =
    [
        typeof<OptCore.Optimizer>
        typeof<OptModels.Quadratic>
        typeof<OptDsl.FunctionStage>
        typeof<OptVerify.Law>
        typeof<FsCheck.Property>
        typeof<MathNet.Numerics.Precision>
        typeof<Fable.Core.EraseAttribute>
        typeof<DynamicObj.DynamicObj>
        typeof<Giraffe.ViewEngine.HtmlElements.XmlNode>
        typeof<Newtonsoft.Json.JsonConvert>
        typeof<Plotly.NET.GenericChart>
        typeof<OptDsl.PlaneOptions>
    ]
    |> List.map (fun t -> $"#r @\"{t.Assembly.Location}\"\n")
    |> String.concat ""

let private inFolder (test: string -> 'T) =
    let folder = Directory.CreateTempSubdirectory "optdsl-readme-"

    try
        test folder.FullName
    finally
        folder.Delete true

// The assemblies under test are loaded already.
let private withoutLoading (block: string) =
    Regex.Replace(block, @"(?m)^#(r|load) .*$", "")

// One run for all pages, each a file of its own, as a reader would type it: later blocks use the names of earlier ones.
let private printed =
    lazy
        (inFolder (fun folder ->
            let loads = [
                for i, page in List.indexed scripts do
                    let body =
                        blocks page "fsharp"
                        |> List.map (fun block -> $"printfn \"@@block\"\n{withoutLoading block}\n")

                    File.WriteAllText(
                        Path.Combine(folder, $"page{i}.fsx"),
                        $"printfn \"@@page\"\n{String.Concat body}"
                    )

                    $"#load \"page{i}.fsx\"\n"
            ]

            let script = Path.Combine(folder, "all.fsx")
            File.WriteAllText(script, references + String.Concat loads)
            let output = dotnet None [ "fsi"; "--quiet"; script ]

            output.Split "@@page"
            |> Array.skip 1
            |> Array.map (fun page -> page.Split "@@block" |> Array.skip 1)))

let private platform =
    match AppContext.GetData "TRUSTED_PLATFORM_ASSEMBLIES" with
    | :? string as all -> all.Split Path.PathSeparator
    | _ -> [||]

/// Compiles one C# program with the compiler of the SDK, and runs it in this process.
let private runCSharp (code: string) =
    let sdks =
        Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "sdk")
        |> Path.GetFullPath

    let compiler =
        if Directory.Exists sdks then
            Directory.GetDirectories(sdks, "10.*")
            |> Array.map (fun sdk -> Path.Combine(sdk, "Roslyn", "bincore", "csc.dll"))
            |> Array.filter File.Exists
            |> Array.sort
            |> Array.tryLast
        else
            None

    match compiler with
    | None -> skiptest $"no C# compiler of SDK 10 beside the runtime"
    | Some compiler ->
        inFolder (fun folder ->
            let source, target =
                Path.Combine(folder, "readme.cs"), Path.Combine(folder, "readme.dll")

            // Directives come first; the rest is one program.
            let using, rest =
                code.Split '\n'
                |> Array.partition (fun line -> Regex.IsMatch(line, @"^using [\w.]+;"))

            let standard =
                [| "System"; "System.Collections.Generic"; "System.Linq" |]
                |> Array.map (sprintf "using %s;")

            File.WriteAllLines(source, Array.concat [ Array.distinct (Array.append standard using); rest ])

            let references =
                [|
                    yield! platform
                    typeof<OptCore.Optimizer>.Assembly.Location
                    typeof<OptModels.Quadratic>.Assembly.Location
                |]
                |> Array.distinctBy Path.GetFileName
                |> Array.map (fun path -> $"-r:\"{path}\"")

            let response = Path.Combine(folder, "readme.rsp")

            File.WriteAllLines(
                response,
                Array.append
                    [|
                        "-nologo"
                        "-langversion:latest"
                        "-nullable"
                        "-warnaserror"
                        $"-out:\"{target}\""
                        $"\"{source}\""
                    |]
                    references
            )

            dotnet None [ "exec"; compiler; "-noconfig"; "@" + response ] |> ignore
            let program = Assembly.Load(File.ReadAllBytes target)
            let console = Console.Out
            use output = new StringWriter()

            try
                Console.SetOut output

                match program.EntryPoint with
                | null -> failtest "no entry point"
                | entry -> entry.Invoke(null, [| Array.empty<string> |]) |> ignore
            finally
                Console.SetOut console

            output.ToString())

/// Links to files; those to other sites have a colon.
let private links (page: string) = [
    for m in Regex.Matches(read page, @"\]\(([^)#:]+)(?:#[^)]*)?\)") do
        m.Groups[1].Value
]

let private isThere (path: string) =
    File.Exists path || Directory.Exists path

[<Tests>]
let tests =
    testList "README" [
        testCase "has blocks of both languages, and is short" (fun () ->
            Expect.isGreaterThanOrEqual (blocks "README.md" "fsharp").Length 3 "F#"
            Expect.isGreaterThanOrEqual (blocks "README.md" "csharp").Length 1 "C#"
            Expect.isLessThan (readme.Value.Split('\n').Length) 200 "lines")

        for i, page in List.indexed scripts do
            testCase $"F#: every block of {page} runs and prints what it says" (fun () ->
                let blocks = blocks page "fsharp"
                Expect.hasLength printed.Value scripts.Length "as many pages"
                Expect.hasLength printed.Value[i] blocks.Length "as many outputs"

                for block, output in Seq.zip blocks printed.Value[i] do
                    Expect.equal (lines output) (expected block) block)

        for page in programs do
            testCase $"C#: the blocks of {page} compile, run and print what they say" (fun () ->
                let program = blocks page "csharp" |> String.concat "\n"
                Expect.equal (lines (runCSharp program)) (expected program) page)

        testCase "scripts that blocks load are there" (fun () ->
            for page in scripts do
                for m in Regex.Matches(read page, "(?m)^#load \"(.*)\"$") do
                    Expect.isTrue (isThere (Path.Combine(root.Value, m.Groups[1].Value))) m.Value)

        testCase "links lead to files that are there" (fun () ->
            for page in
                "README.md"
                :: "CONTRIBUTING.md"
                :: [
                    for file in
                        Directory.GetFiles(Path.Combine(root.Value, "docs"), "*.md", SearchOption.AllDirectories) do
                        Path.GetRelativePath(root.Value, file)
                ] do
                let folder = Path.Combine(root.Value, page, "..")

                for target in links page do
                    Expect.isTrue (isThere (Path.GetFullPath(Path.Combine(folder, target)))) $"{page}: {target}")

        testCase "README names every page of docs" (fun () ->
            for file in Directory.GetFiles(Path.Combine(root.Value, "docs"), "*.md") do
                Expect.stringContains readme.Value $"(docs/{Path.GetFileName file})" "the index")

        testCase "golden cases of docs/differences.md are in the golden files" (fun () ->
            let folder = Path.Combine(root.Value, "tests", "Golden")

            let known =
                set [
                    for file in Directory.GetFiles(folder, "*.json", SearchOption.AllDirectories) do
                        use document = System.Text.Json.JsonDocument.Parse(File.ReadAllText file)

                        if document.RootElement.ValueKind = System.Text.Json.JsonValueKind.Array then
                            for case in document.RootElement.EnumerateArray() do
                                string (case.GetProperty("optimizer").GetString())
                ]

            // The third cell of a row; bars inside are escaped.
            for m in Regex.Matches(read "docs/differences.md", @"(?m)^\| .* \| `([^`]*)` \|$") do
                let case = m.Groups[1].Value.Replace("\\|", "|")
                Expect.isTrue (known.Contains case) case)

        testCase "every difference has a golden case or values by hand" (fun () ->
            let rows =
                (read "docs/differences.md").Split '\n'
                |> Array.filter (fun line -> line.StartsWith "| " && not (line.StartsWith "| |"))

            Expect.isGreaterThan rows.Length 40 "rows"

            for row in rows do
                Expect.isTrue (Regex.IsMatch(row, @"\| (`[^`]+`|\[by hand\]\([^)]*\)) \|$")) row)

        testCase "folders that commands and text name are there" (fun () ->
            for m in Regex.Matches(readme.Value, @"(?:samples|benchmarks|src|tests)/[A-Za-z0-9_./-]*[A-Za-z0-9]") do
                Expect.isTrue (isThere (Path.Combine(root.Value, m.Value))) m.Value)
    ]
