/// A convolutional network of TorchSharp on MNIST: accuracy, and the same bits after a checkpoint.
module OptTorch.Tests.MnistTests

open System
open System.IO
open Expecto
open OptCore
open OptDsl
open OptModels
open OptTorch
open TorchSharp
open type TorchSharp.torch.nn
open OptTorch.Tests.Libtorch

type private Tensor = torch.Tensor

let private data =
    match Environment.GetEnvironmentVariable "OPTDSL_DATA" with
    | null
    | "" -> Path.Combine(Tests.Repository.root.Value, "../shared/data")
    | folder -> folder

let private network () =
    torch.random.manual_seed 7L |> ignore

    Sequential(
        struct ("conv1", Conv2d(1L, 8L, 5L, stride = 2L, padding = 2L) :> Module<Tensor, Tensor>),
        struct ("relu1", ReLU() :> Module<Tensor, Tensor>),
        struct ("conv2", Conv2d(8L, 16L, 3L, stride = 2L, padding = 1L) :> Module<Tensor, Tensor>),
        struct ("relu2", ReLU() :> Module<Tensor, Tensor>),
        struct ("flat", Flatten() :> Module<Tensor, Tensor>),
        struct ("hidden", Linear(16L * 7L * 7L, 64L) :> Module<Tensor, Tensor>),
        struct ("relu3", ReLU() :> Module<Tensor, Tensor>),
        struct ("out", Linear(64L, 10L) :> Module<Tensor, Tensor>)
    )

let private batch = 50
let private trained = 9000
let private epochs = 5
let private total = epochs * trained / batch

let private optimizer =
    adamW 0.01 0.004 |> clip 1.0 |> warmupCosine (total / 20) total

[<Tests>]
let tests =
    testList "torch mnist" [
        torchTest "97.5 % with adamW, clip and warmupCosine, and the same bits from a checkpoint" (fun () ->
            let images = Path.Combine(data, "mnist", "t10k-images-idx3-ubyte.gz")

            if not (File.Exists images) then
                skiptest $"no data at {images}"

            let mutable count, height, width = 0, 0, 0
            let pixels = IdxFile.ReadImages(images, &count, &height, &width)

            let labels =
                IdxFile.ReadLabels(Path.Combine(data, "mnist", "t10k-labels-idx1-ubyte.gz"))

            let inputs =
                torch
                    .tensor(pixels)
                    .reshape(int64 count, 1L, int64 height, int64 width)
                    .to_type(torch.ScalarType.Float32)
                / 255.0

            let targets = torch.tensor (Array.map int64 labels)

            let step (model: Modules.Sequential) (optimizer: TorchOptimizer) (t: int) =
                use _scope = torch.NewDisposeScope()
                let perEpoch = trained / batch
                let epoch, k = t / perEpoch, t % perEpoch
                // Batches of every perEpoch-th sample, shifted from epoch to epoch.
                let first = int64 ((k + 37 * epoch) % perEpoch)
                let rows = torch.arange (first, int64 trained, int64 perEpoch)
                optimizer.zero_grad ()

                let loss =
                    torch.nn.functional.cross_entropy (
                        model.forward (inputs.index_select (0L, rows)),
                        targets.index_select (0L, rows)
                    )

                loss.backward ()
                optimizer.step () |> ignore

            let values (model: Module) : float32[] = [|
                for struct (_, parameter) in model.named_parameters () do
                    yield! parameter.data<float32>().ToArray()
            |]

            let path = Path.GetTempFileName()

            try
                use model = network ()
                use steps = optimizer |> Torch.optimizer model

                for t in 0 .. total - 21 do
                    step model steps t

                steps.save_state_dict path
                use again = network ()
                use continued = optimizer |> Torch.optimizer again
                continued.load_state_dict path

                for t in total - 20 .. total - 1 do
                    step model steps t
                    step again continued t

                Expect.equal (values again) (values model) "the same bits from the checkpoint"
                use _noGradient = torch.no_grad ()
                let first, rest = int64 trained, int64 (count - trained)
                let guesses = model.forward(inputs.narrow (0L, first, rest)).argmax(1L)
                let right = guesses.eq(targets.narrow (0L, first, rest)).sum().item<int64>()
                let accuracy = float right / float rest
                printfn "MNIST: %.2f %% of %d" (100.0 * accuracy) rest
                Expect.isGreaterThanOrEqual accuracy 0.975 "accuracy"
            finally
                File.Delete path)
    ]
