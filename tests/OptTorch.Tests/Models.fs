/// What several of the tests step, the same in every process: a small network, its loss, its parameters.
module OptTorch.Tests.Models

open System.IO
open Expecto
open TorchSharp
open type TorchSharp.torch.nn

type Tensor = torch.Tensor

// libtorch has one generator for all threads.
let private drawing = obj ()

/// 10 width + 3 parameters, drawn from a seed.
let networkOf (width: int64) (seed: int64) =
    lock drawing (fun () ->
        torch.random.manual_seed seed |> ignore

        Sequential(
            struct ("hidden", Linear(6L, width) :> Module<Tensor, Tensor>),
            struct ("tanh", Tanh() :> Module<Tensor, Tensor>),
            struct ("out", Linear(width, 3L) :> Module<Tensor, Tensor>)
        ))

let network: int64 -> Modules.Sequential = networkOf 8L

/// The loss on the samples of a step.
let lossOf (model: Modules.Sequential) (t: int) =
    let inputs = torch.sin (torch.arange(24.0).reshape(4L, 6L) * float (t + 1))
    let targets = torch.cos (torch.arange(12.0).reshape(4L, 3L))

    torch.nn.functional.mse_loss (
        model.forward (inputs.to_type torch.ScalarType.Float32),
        targets.to_type torch.ScalarType.Float32
    )

/// The steps from one up to before another.
let trainOn (first: int) (until: int) (model: Modules.Sequential) (optimizer: torch.optim.Optimizer) =
    for t in first .. until - 1 do
        optimizer.zero_grad ()
        use loss = lossOf model t
        loss.backward ()
        optimizer.step () |> ignore

let train (steps: int) (model: Modules.Sequential) (optimizer: torch.optim.Optimizer) = trainOn 0 steps model optimizer

/// All parameters, one behind the other.
let values (model: Module) : float32[] = [|
    for struct (_, parameter) in model.named_parameters () do
        yield! parameter.data<float32>().ToArray()
|]

let parameterOf (tensor: Tensor) = new Modules.Parameter(tensor, true)

/// Something is refused, in words.
let refused (words: string list) (run: unit -> objnull) =
    Expect.throwsC (fun () -> run () |> ignore) (fun e ->
        for word in words do
            Expect.stringContains e.Message word "message")

/// A folder for the time of a test.
let within (run: string -> 'Result) : 'Result =
    let folder = Directory.CreateTempSubdirectory "torch"

    try
        run (Path.Combine(folder.FullName, "run.safetensors"))
    finally
        folder.Delete true
