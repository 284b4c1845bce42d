/// What a test runs in a process of its own: a training that is stored, or that goes on from a file.
module OptTorch.Tests.Processes

open System
open System.Diagnostics
open System.IO
open System.Reflection
open Expecto
open OptCore
open OptDsl
open OptTorch
open OptTorch.Tests.Models
open TorchSharp

let optimizer = adamW 0.01 0.01 |> clip 1.0 |> average 0.9 |> cosine 40

/// The bits of the network's parameters and the optimizer's step, behind a training from the start of a seed.
let trained (seed: int64) (training: Modules.Sequential -> TorchOptimizer -> unit) =
    use _scope = torch.NewDisposeScope()
    torch.set_num_threads 1
    use model = network seed
    use steps = optimizer |> Torch.optimizer model
    training model steps

    let bits =
        values model |> Array.map (fun w -> $"{BitConverter.SingleToInt32Bits w:x8}")

    $"step {steps.StepCount}: " + String.concat " " bits

/// Runs this program in a process of its own, by the dotnet that can load libtorch; what it prints.
let run (arguments: string list) =
    let host =
        match Environment.ProcessPath with
        | null -> "dotnet"
        | path when Path.GetFileNameWithoutExtension path = "dotnet" -> path
        | _ -> "dotnet"

    let program = Assembly.GetExecutingAssembly().Location

    let start =
        ProcessStartInfo(
            host,
            "exec" :: program :: arguments,
            RedirectStandardOutput = true,
            RedirectStandardError = true
        )

    use child = nonNull (Process.Start start)

    let output, errors =
        child.StandardOutput.ReadToEndAsync(), child.StandardError.ReadToEndAsync()

    if not (child.WaitForExit 120_000) then
        child.Kill true
        failtest "no end within two minutes"

    Expect.equal (child.ExitCode, errors.Result) (0, "") "the process"
    output.Result.Trim()

/// What such a process does.
let main (arguments: string list) =
    match arguments with
    | [ "store"; path; steps ] ->
        trained 3L (fun model optimizer ->
            train (int steps) model optimizer
            optimizer.save_state_dict path)
        |> ignore

        printfn "stored at step %s" steps
        0
    | [ "goOn"; path; steps ] ->
        let result =
            trained 4L (fun model optimizer ->
                optimizer.load_state_dict path
                trainOn (int optimizer.StepCount) (int steps) model optimizer)

        printfn "%s" result
        0
    | _ ->
        eprintfn "OptTorch.Tests store FILE STEPS | goOn FILE STEPS"
        1
