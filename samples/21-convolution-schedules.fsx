// A small convolutional network on handwritten digits, trained by Adam with four schedules of the rate.
// After `dotnet build -c Release`:
//   dotnet fsi samples/21-convolution-schedules.fsx
// Shows: rates that fall at the end (cosine, one cycle, steps) take the noise of the mini-batches out of the last epochs, so
// that the loss ends lower than with a fixed rate; all four are above 97 % on images that the network has not seen.
// The weights start in float32, so everything is computed in it.
#load "lib/charts.fsx"

open OptCore
open OptModels
open OptDsl

let digits = Mnist.LoadOrGenerate()
printfn "train: %O\ntest:  %O" digits.Train digits.Test

if not (digits.Train.Source.StartsWith "MNIST") then
    printfn "No MNIST files were found (%s names their folder): these are generated images." Mnist.Variable
    printfn "The accuracies below say nothing about handwritten digits."

let epochs = 5

let layers (images: ImageSet) =
    Network.images images
    |> Network.convolution 8 5
    |> Network.relu
    |> Network.maxPool 2
    |> Network.convolution 16 5
    |> Network.relu
    |> Network.maxPool 2
    |> Network.dense 10

/// Train loss and test accuracy after every epoch.
let train (images: ImageSplit) (schedule: int -> int -> Optimizer -> Optimizer) =
    let network = layers images.Train
    let test = network |> Network.loss images.Test
    let batches = network |> Network.loss images.Train |> Objective.miniBatches 64 1L

    let optimizer =
        adam 0.01 |> schedule batches.StepsPerEpoch (epochs * batches.StepsPerEpoch)

    let options =
        MinimizeOptions(
            Steps = int64 batches.StepsPerEpoch,
            HistoryEvery = 0,
            KeepBest = false,
            Progress = ConsoleProgress(string optimizer)
        )

    let epoch (state: State<float32>) =
        let result = state |> Run.resumeWith options batches
        (result.Value, test.Accuracy result.Point), result.State

    let start =
        optimizer |> plan32 network.Layout |> Run.init (network |> Network.start32 1L)

    [ 1..epochs ] |> List.mapFold (fun state _ -> epoch state) start |> fst

let schedules: (string * (int -> int -> Optimizer -> Optimizer)) list = [
    "fixed rate", (fun _ _ -> id)
    "step decay", (fun epoch _ -> stepDecay (2 * epoch) 0.3)
    "cosine", (fun _ steps -> cosine steps)
    "one cycle", (fun _ steps -> oneCycle steps)
]

let report (curves: (string * (float * float) list) list) =
    let row (format: float * float -> string) (name: string, curve: (float * float) list) =
        printfn "%-12s %s" name (curve |> List.map format |> String.concat " ")

    printfn "training loss after each epoch"
    curves |> List.iter (row (fst >> sprintf "%8.4f"))
    printfn "\ntest accuracy after each epoch, in %%"
    curves |> List.iter (row (snd >> (*) 100.0 >> sprintf "%8.2f"))

printfn "%O\n%d epochs of batches of 64\n" (layers digits.Train) epochs

let curves = [ for name, schedule in schedules -> name, train digits schedule ]

report curves

match Cifar10.TryLoad null with
| true, (images: ImageSplit | null) when not (isNull images) ->
    // A part of them, so that the script stays within a minute.
    let part (set: ImageSet) most = set.Slice(0, min most set.Count)

    let some =
        ImageSplit(part (nonNull images).Train 8000, part (nonNull images).Test 2000)

    printfn "\nthe same network on CIFAR-10 (%d images), one cycle" some.Train.Count
    report (List.singleton ("one cycle", train some (fun _ steps -> oneCycle steps)))
| _ -> printfn "\nNo CIFAR-10 files were found (%s names their folder), so this is about digits only." Mnist.Variable

Chart.points [
    for name, curve in curves -> name, curve |> List.mapi (fun i (value, _) -> float (i + 1), value)
]
|> Chart.title "A convolutional network on 8,000 digits"
|> Chart.labels "epoch" "training loss"
|> Chart.logY
|> Charts.picture "21-convolution-schedules"
