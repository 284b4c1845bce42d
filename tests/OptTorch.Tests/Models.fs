/// A small network of TorchSharp, and how it is trained: the same in every process.
module OptTorch.Tests.Models

open System.IO
open TorchSharp
open type TorchSharp.torch.nn

type Tensor = torch.Tensor

let network (seed: int64) =
    torch.random.manual_seed seed |> ignore

    Sequential(
        struct ("hidden", Linear(6L, 8L) :> Module<Tensor, Tensor>),
        struct ("tanh", Tanh() :> Module<Tensor, Tensor>),
        struct ("out", Linear(8L, 3L) :> Module<Tensor, Tensor>)
    )

let private lossOf (model: Modules.Sequential) (t: int) =
    let inputs = torch.sin (torch.arange(24.0).reshape(4L, 6L) * float (t + 1))
    let targets = torch.cos (torch.arange(12.0).reshape(4L, 3L))

    torch.nn.functional.mse_loss (
        model.forward (inputs.to_type torch.ScalarType.Float32),
        targets.to_type torch.ScalarType.Float32
    )

let values (model: Module) : float32[] = [|
    for struct (_, parameter) in model.named_parameters () do
        yield! parameter.data<float32>().ToArray()
|]

/// The steps from one up to before another.
let trainOn (first: int) (until: int) (model: Modules.Sequential) (optimizer: torch.optim.Optimizer) =
    for t in first .. until - 1 do
        optimizer.zero_grad ()
        use loss = lossOf model t
        loss.backward ()
        optimizer.step () |> ignore

let train (steps: int) (model: Modules.Sequential) (optimizer: torch.optim.Optimizer) = trainOn 0 steps model optimizer

let temporary (run: string -> unit) =
    let path = Path.GetTempFileName()

    try
        run path
    finally
        File.Delete path
