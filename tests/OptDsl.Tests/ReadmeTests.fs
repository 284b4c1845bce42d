/// The blocks of README.md run as they stand and print what their lines `//>` say.
module OptDsl.Tests.ReadmeTests

open System
open System.Diagnostics
open System.IO
open System.Reflection
open System.Runtime.InteropServices
open System.Text
open System.Text.RegularExpressions
open Expecto

let rec private above (folder: string) =
    if File.Exists(Path.Combine(folder, "OptDsl.sln")) then
        folder
    else
        match Directory.GetParent folder with
        | null -> failtest "no OptDsl.sln above the tests"
        | parent -> above parent.FullName

let private root = lazy (above AppContext.BaseDirectory)

let private readme = lazy (File.ReadAllText(Path.Combine(root.Value, "README.md")))

let private blocks (language: string) = [
    for m in Regex.Matches(readme.Value, $"```{language}\n(.*?)```", RegexOptions.Singleline) do
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
        typeof<OptDsl.FunctionStage>
        typeof<MathNet.Numerics.Precision>
    ]
    |> List.map (fun t -> $"#r @\"{t.Assembly.Location}\"\n")
    |> String.concat ""

let private inFolder (test: string -> 'T) =
    let folder = Directory.CreateTempSubdirectory "optdsl-readme-"

    try
        test folder.FullName
    finally
        folder.Delete true

// One script for all blocks, as a reader would type them: later ones use the names of earlier ones.
let private printed =
    lazy
        (inFolder (fun folder ->
            let script = Path.Combine(folder, "readme.fsx")

            let body =
                blocks "fsharp" |> List.map (fun block -> $"printfn \"@@block\"\n{block}\n")

            File.WriteAllText(script, references + String.Concat body)

            dotnet None [ "fsi"; "--quiet"; script ]
            |> fun output -> output.Split "@@block" |> Array.skip 1))

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

            File.WriteAllText(source, "using System;\n" + code)

            let references =
                [| yield! platform; typeof<OptCore.Optimizer>.Assembly.Location |]
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

[<Tests>]
let tests =
    testList "README" [
        testCase "has blocks of both languages, and is short" (fun () ->
            Expect.isGreaterThanOrEqual (blocks "fsharp").Length 3 "F#"
            Expect.isGreaterThanOrEqual (blocks "csharp").Length 1 "C#"
            Expect.isLessThan (readme.Value.Split('\n').Length) 150 "lines")

        testCase "F#: every block runs and prints what it says" (fun () ->
            let blocks = blocks "fsharp"
            Expect.hasLength printed.Value blocks.Length "as many outputs"

            for block, output in Seq.zip blocks printed.Value do
                Expect.equal (lines output) (expected block) block)

        testCase "C#: every block compiles, runs and prints what it says" (fun () ->
            for block in blocks "csharp" do
                Expect.equal (lines (runCSharp block)) (expected block) block)

        testCase "links lead to files that are there" (fun () ->
            for m in Regex.Matches(readme.Value, @"\]\(([^)#:]+)\)") do
                let target = m.Groups[1].Value
                let path = Path.Combine(root.Value, target)
                Expect.isTrue (File.Exists path || Directory.Exists path) target)

        testCase "folders that commands and text name are there" (fun () ->
            for m in Regex.Matches(readme.Value, @"(?:samples|benchmarks|src|tests)/[A-Za-z0-9_./-]*[A-Za-z0-9]") do
                let path = Path.Combine(root.Value, m.Value)
                Expect.isTrue (File.Exists path || Directory.Exists path) m.Value)
    ]
