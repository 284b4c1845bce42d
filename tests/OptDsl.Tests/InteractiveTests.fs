/// F# Interactive prints the library's values in one line, with the script of printers.
module OptDsl.Tests.InteractiveTests

open System
open System.Diagnostics
open System.IO
open System.Text
open Expecto

let private printers =
    lazy (Tests.Repository.file [ "src"; "OptDsl.FSharp"; "content"; "OptDsl.FSharp.fsx" ])

/// What a session shows for each expression, entered one by one.
let private session (expressions: string list) =
    let host =
        match Environment.GetEnvironmentVariable "DOTNET_HOST_PATH" with
        | null
        | "" -> "dotnet"
        | path -> path

    let start =
        ProcessStartInfo(
            host,
            [ "fsi"; "--nologo"; "--readline-" ],
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardInputEncoding = UTF8Encoding false
        )

    match Process.Start start with
    | null -> failtest "F# Interactive did not start"
    | run ->
        use run = run

        let output, errors =
            run.StandardOutput.ReadToEndAsync(), run.StandardError.ReadToEndAsync()

        for t in
            [
                typeof<OptCore.Optimizer>
                typeof<OptModels.Quadratic>
                typeof<OptDsl.FunctionStage>
                typeof<MathNet.Numerics.Precision>
            ] do
            run.StandardInput.Write $"#r @\"{t.Assembly.Location}\";;\n"

        run.StandardInput.Write $"#load @\"{printers.Value}\";;\nopen OptCore;;\nopen OptModels;;\nopen OptDsl;;\n"

        for expression in expressions do
            run.StandardInput.Write $"printfn \"@@next\";;\n{expression};;\n"

        run.StandardInput.Write "exit 0;;\n"
        run.StandardInput.Close()

        if not (run.WaitForExit 300_000) then
            run.Kill true
            failtest "no end within five minutes"

        let answers = output.Result.Split "@@next" |> Array.skip 1

        if answers.Length <> expressions.Length then
            failtestf
                "%d answers to %d expressions\n%s\n%s"
                answers.Length
                expressions.Length
                output.Result
                errors.Result

        [
            for answer in answers ->
                [
                    for line in answer.Replace("\r", "").Split('\n') do
                        let shown = line.Trim().TrimStart('>', '-').Trim()

                        if shown <> "" && not (shown.StartsWith "val it: unit") then
                            shown
                ]
        ]

/// An expression, the only line of the answer, or its beginning.
let private conversation: (string * string) list = [
    "sgd 0.1 |> cosine 100 |> momentum 0.9", "val it: Optimizer = sgd 0.1 |> momentum 0.9 |> cosine 100"
    "(sgd 0.1).Plan 3", "val it: Plan<float> = sgd 0.1 for 3 parameters of float"
    "adam 0.1 |> plan (Layout.Plain 2)", "val it: Plan<float> = adam 0.1 for 2 parameters of float"
    "let p = [| 1.0; 2.0 |] in ((sgd 0.5).Plan 2).Init p", "val it: State<float> = step 0, 2 parameters [1; 2]"
    "let p = [| 1.0; 2.0 |] in ((sgd 0.5).Plan 2).Start p", "val it: Session<float> = step 0, 2 parameters [1; 2]"
    "let p = [| 3.0; 4.0 |] in (((sgd 0.5).Plan 2).Start p).StepReported p",
    "val it: StepReport = step 0: rate 0.5, ‖g‖ 5, ‖Δp‖ 2.5"
    "sgd 0.1 |> minimize 3 (Objective.rosenbrock 2) [| 1.0; 1.0 |]", "val it: Result = LimitReached after 3 updates"
    "sgd 0.1 |> trace (Objective.quadratic [| 1.0 |]) [| 1.0 |] |> Seq.head",
    "val it: TracePoint = step 0: value 0.5, ‖g‖ 1, rate 0.1"
    "Schedule.warmup 10 |> Schedule.andThen 10 (Schedule.cosine 90)",
    "val it: ISchedule = Schedule.warmup 10 |> Schedule.andThen 10 (Schedule.cosine 90)"
    "Momentum(0.9, Dampening = 0.1)", "val it: Momentum = Momentum(0.9, Dampening = 0.1)"
    "Layout.Empty.Add(\"w\", 2, 3)", "val it: Layout = w[2, 3]"
    "Objective.rosenbrock 2", "val it: IObjective = Rosenbrock of 2 parameters"
    "(adam 0.1).Plan<float32>(Layout.Plain 2)", "val it: Plan<float32> = adam 0.1 for 2 parameters of float32"
    "Objective.rosenbrock 2 |> Objective.check [| -1.0; 0.5 |]", "val it: GradientCheck = "
    "MinimizeOptions(Steps = 10L)", "val it: MinimizeOptions = MinimizeOptions { Steps = 10,"
    "Execution(Threads = 1)", "val it: Execution = Execution {"
    "ImageSet([| 0.5f; 1.0f |], [| 3 |], 1, 2)", "val it: ImageSet = 1 images of 1×2, 10 classes (given)"
    "Network.inputs 2 |> Network.dense 10 |> Network.loss (ImageSet([| 0.5f; 1.0f |], [| 3 |], 1, 2))",
    "val it: NetworkLoss = "
    "Layout.Empty.Add(\"w\", 2, 3).[\"w\"]", "val it: TensorInfo = w[2, 3]"
    "List.head (warnings (sgd 0.0))", "val it: Warning = rate-zero: the rate is 0"
]

[<Tests>]
let tests =
    testList "F# Interactive" [
        testCase "values print in one line" (fun () ->
            let answers = session (List.map fst conversation)

            for (expression, expected), answer in List.zip conversation answers do
                match answer with
                | [ line ] -> Expect.stringStarts line expected expression
                // Where name, type and value do not fit into 80 columns, the value has a line of its own.
                | [ name; value ] when name.EndsWith '=' -> Expect.stringStarts $"{name} {value}" expected expression
                | several -> failtestf "%s: expected one line, was\n%s" expression (String.concat "\n" several))

        testCase "help prints what a word means; the known words are a table; data that are generated say so" (fun () ->
            let nowhere =
                "System.Environment.SetEnvironmentVariable(\"OPTDSL_DATA\", \"nowhere\")"

            let load =
                "System.Console.SetError System.Console.Out; Mnist.LoadOrGenerate().Train.Count"

            match session [ "help adam"; "help \"momentum\""; "Words.Known"; nowhere; load ] with
            | [ adam; momentum; known; _; digits ] ->
                Expect.equal adam[0] "adam rate" "a function"
                Expect.equal momentum[0] "momentum beta" "a name"

                Expect.isTrue
                    (known |> List.exists (fun line -> line.StartsWith "schedules "))
                    (String.concat "\n" known)

                Expect.stringStarts digits[0] "warning: no MNIST files in nowhere" "the folder is named"
                Expect.equal (List.last digits) "val it: int = 8000" "generated"
            | others -> failtestf "%A" others)

        testCase "a race prints as its table" (fun () ->
            let race =
                "Run.race 5 (Objective.quadratic [| 1.0 |]) [| 1.0 |] [ \"a\", sgd 0.1; \"b\", sgd 0.5 ]"

            let shown = String.concat "\n" (List.head (session [ race ]))
            Expect.stringContains shown ", 5 updates, reference" "title"
            Expect.stringContains shown "f − reference" "head"

            Expect.equal
                [
                    for line in shown.Split '\n' do
                        if line.StartsWith "1 " || line.StartsWith "2 " then
                            line[..3]
                ]
                [ "1  b"; "2  a" ]
                "ranks"

            Expect.isFalse (shown.Contains "Entrants") "nothing but the table")
    ]
