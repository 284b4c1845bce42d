/// What a law or a counter-example prints to be repeated is F# that compiles, and runs.
module OptVerify.Tests.ReplayTests

open System
open System.Diagnostics
open System.IO
open System.Text.RegularExpressions
open Expecto
open FsCheck
open FsCheck.FSharp
open OptCore
open OptDsl
open OptVerify

/// Codes of one shape differ in their numbers alone: of each shape the shortest.
let private shortest (codes: string seq) =
    let shape (code: string) =
        let letters = Regex.Replace(code, "[^A-Za-z|(]+", "")
        letters[.. min 80 letters.Length - 1]

    codes
    |> Seq.groupBy shape
    |> Seq.map (snd >> Seq.minBy String.length)
    |> Seq.sortBy String.length
    |> Seq.truncate 4

let private ofLaw (law: Law) = [
    for code in
        Gen.sampleWithSeed (Rnd(Sampling.seed, 1UL)) 50 25 law.Cases
        |> Seq.map _.Code
        |> shortest do
        law.Title, code
]

let private layout = Layout.Empty.Add("w", 2, 2).Add("b", 2)

let private replays =
    lazy
        ([
            Laws.all
            Laws.forOptimizerOn layout (adam 0.1 |> only "w" (clip 1.0) |> freeze "b" |> cosine 10)
            Laws.forStage (Plateau(2, 0.5))
            Laws.forStage (Adagrad(Epsilon = 0.0))
            Laws.forStage (Ball 1.0)
            Laws.forSchedule (Schedule.warmup 5 |> Schedule.andThen 5 (Schedule.cosine 20))
            Theorems.laws (sgd 0.1) (Convex 10.0)
            Theorems.laws (sgd 0.1) (Quadratic(1.0, 10.0))
            Theorems.laws (sgd 0.1 |> cosine 20) (NonSmooth 1.0)
            Theorems.laws (adam 0.1) (Convex 10.0)
         ]
         |> List.concat
         |> List.collect ofLaw)
        @ [ for example in CounterExamples.all -> example.Name, example.Code ]
        @ [
            for row in (verify (Methods.heavyBall 0.4 0.9) (StronglyConvex(1.0, 10.0))).Failures do
                match row.Code with
                | Some code -> row.Law, code
                | None -> ()
        ]

let private references = [
    typeof<Optimizer>.Assembly
    typeof<FunctionStage>.Assembly
    typeof<Law>.Assembly
    typeof<Gen<int>>.Assembly
    typeof<MathNet.Numerics.Precision>.Assembly
]

/// One script of all replays, each a function of its own, and their calls.
let private script (replays: (string * string) list) =
    let calls =
        replays
        |> List.mapi (fun i (name, _) ->
            let plain = name |> String.map (fun c -> if c = '"' || c = '\\' then '_' else c)
            sprintf "run \"%s\" replay%d" plain i)

    String.concat "\n" [
        for assembly in references do
            sprintf "#r @\"%s\"" assembly.Location

        "open OptCore"
        "open OptDsl"
        "open OptVerify"

        for i, (name, code) in List.indexed replays do
            $"// {name}"
            $"let replay{i} () = ignore ({code})"

        "let run (name: string) (replay: unit -> unit) ="
        "    try"
        "        replay ()"
        "    with error ->"
        "        printfn \"%s: %s\" name (error.Message)"
        "        exit 1"
        yield! calls
        "printfn \"all\""
    ]

let private interactive (text: string) =
    let file = Path.Combine(Path.GetTempPath(), $"replays-{Environment.ProcessId}.fsx")

    File.WriteAllText(file, text)

    try
        let host =
            match Environment.GetEnvironmentVariable "DOTNET_HOST_PATH" with
            | null
            | "" -> "dotnet"
            | path -> path

        let start =
            ProcessStartInfo(
                host,
                [ "fsi"; "--nologo"; "--optimize-"; file ],
                RedirectStandardOutput = true,
                RedirectStandardError = true
            )

        match Process.Start start with
        | null -> failtest "F# Interactive did not start"
        | run ->
            use run = run

            let output, errors =
                run.StandardOutput.ReadToEndAsync(), run.StandardError.ReadToEndAsync()

            if not (run.WaitForExit 300_000) then
                run.Kill true
                failtest "no end within five minutes"

            run.ExitCode, output.Result + errors.Result
    finally
        File.Delete file

[<Tests>]
let tests =
    testList "replays" [
        testCase "every law has some" (fun () ->
            let told = replays.Value |> List.map fst |> Set.ofList

            for law in Laws.all do
                Expect.isTrue (told.Contains law.Title) law.Title)

        testCase "they compile and run" (fun () ->
            let text = script replays.Value
            let code, output = interactive text
            let lines = text.Split '\n'

            // An error names a line of the script, which is gone by then.
            let culprits =
                Regex.Matches(output, @"\.fsx\((\d+),")
                |> Seq.map (fun found -> lines[int found.Groups[1].Value - 1])
                |> Seq.distinct
                |> String.concat "\n"

            Expect.equal code 0 $"{output}\n{culprits}"
            Expect.stringContains output "all" "output")
    ]
