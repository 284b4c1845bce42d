// A two-layer network on handwritten digits: batch gradient descent against mini-batches of 512, 128, 32 and 1, and Adam.
// After `dotnet build -c Release`:
//   dotnet fsi samples/20-mnist-batches.fsx
// Shows: a pass over the data costs about the same whatever the batch, but brings n/b updates, so small batches are far
// ahead after the same number of passes; one sample at a time is slow by the clock, because a step then costs more than
// its gradient. The weights start in float32, so everything is computed in it. The table has the final losses, accuracies and times, the picture the losses over time.
#load "lib/charts.fsx"

open System
open System.Diagnostics
open OptCore
open OptModels
open OptDsl

let digits = Mnist.LoadOrGenerate()
printfn "train: %O\ntest:  %O" digits.Train digits.Test

if not (digits.Train.Source.StartsWith "MNIST") then
    printfn "No MNIST files were found (%s names their folder): these are generated images." Mnist.Variable
    printfn "The accuracies below say nothing about handwritten digits."

let network =
    Network.images digits.Train
    |> Network.dense 100
    |> Network.relu
    |> Network.dense 10

let loss = network |> Network.loss digits.Train
let test = network |> Network.loss digits.Test
printfn "%O\n" network

/// Train loss and test accuracy after every epoch, and the time so far (without that of the test).
let train (batch: int) (epochs: int) (optimizer: Optimizer) =
    let batches = loss |> Objective.miniBatches (min batch loss.Count) 1L

    let options =
        MinimizeOptions(Steps = int64 batches.StepsPerEpoch, HistoryEvery = 0, KeepBest = false)

    let clock = Stopwatch()

    let epoch (state: State<float32>) =
        clock.Start()
        let result = state |> Run.resumeWith options batches
        clock.Stop()
        (clock.Elapsed.TotalSeconds, result.Value, test.Accuracy result.Point), result.State

    let start =
        optimizer |> plan32 network.Layout |> Run.init (network |> Network.start32 1L)

    [ 1..epochs ] |> List.mapFold (fun state _ -> epoch state) start |> fst

/// Rates found by trying factors of 2: larger batches bear larger ones.
let experiments = [
    "batch gradient descent", loss.Count, 40, sgd 0.5
    "batches of 512", 512, 10, sgd 1.0
    "batches of 128", 128, 10, sgd 0.4
    "batches of 32", 32, 10, sgd 0.2
    "one sample", 1, 3, sgd 0.01
    "Adam, batches of 64", 64, 20, adam 0.001 |> cosine (20 * 125)
]

printfn "%-24s %7s %8s %11s %14s %8s" "" "epochs" "updates" "train loss" "test accuracy" "time"

let curves = [
    for name, batch, epochs, optimizer in experiments do
        let curve = optimizer |> train batch epochs
        let seconds, value, accuracy = List.last curve
        let updates = epochs * ((loss.Count + batch - 1) / batch)
        printfn "%-24s %7d %8d %11.4f %12.2f %% %6.1f s" name epochs updates value (100.0 * accuracy) seconds
        name, curve
]

printfn "\ntest accuracy in %% after epochs 1, 2, 3, 5, 10, 20, 40"

for name, curve in curves do
    let at epoch =
        match List.tryItem (epoch - 1) curve with
        | Some(_, _, accuracy) -> sprintf "%6.2f" (100.0 * accuracy)
        | None -> "     –"

    printfn "%-24s %s" name ([ 1; 2; 3; 5; 10; 20; 40 ] |> List.map at |> String.concat " ")

Chart.points [
    for name, curve in curves -> name, [ for seconds, value, _ in curve -> seconds, value ]
]
|> Chart.title "A two-layer network on 8,000 digits"
|> Chart.labels "seconds" "training loss after each epoch"
|> Chart.logY
|> Charts.picture "20-mnist-batches"
