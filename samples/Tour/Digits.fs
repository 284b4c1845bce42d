/// (d) Softmax regression on handwritten digits.
module Tour.Digits

open OptCore
open OptModels
open OptDsl

let private epochs = 12
let private batchSize = 128

/// At most so many images of a set.
let private first (count: int) (images: ImageSet) =
    if images.Count <= count then
        images
    else
        images.Slice(0, count)

let private heads = [
    sgd 0.5
    sgd 0.1 |> momentum 0.9
    rmsProp 0.001
    adam 0.005
    adamW 0.01 0.005
    lion 0.001
]

let private schedules (steps: int) : (Optimizer -> Optimizer) list = [
    id
    cosine steps
    oneCycle steps
    warmupStableDecay (steps / 20) steps (steps / 4)
]

let private train (steps: int) (objective: IObjective) (test: SoftmaxRegression) (optimizer: Optimizer) =
    let options =
        MinimizeOptions(
            Steps = int64 steps,
            HistoryEvery = 0,
            KeepBest = false,
            Progress = ConsoleProgress(string optimizer)
        )

    let result =
        optimizer
        |> minimizeWith32 options objective (Array.zeroCreate<float32> objective.Dimension)

    [
        string optimizer
        result.Value.ToString "F4"
        (100.0 * test.Accuracy result.Point).ToString "F2" + " %"
        result.Elapsed.TotalSeconds.ToString "F2" + " s"
    ]

let run () =
    Table.heading "(d) Softmax regression on handwritten digits"
    let images = Mnist.LoadOrGenerate()
    let trainSet, testSet = first 8000 images.Train, first 2000 images.Test
    printfn "  train: %O\n  test:  %O" trainSet testSet

    if not (trainSet.Source.StartsWith "MNIST") then
        printfn "  No MNIST files were found (%s names their folder): these are generated images," Mnist.Variable
        printfn "  and the accuracies below say nothing about handwritten digits."

    let sum, test = Objective.softmax trainSet, Objective.softmax testSet
    let batches = sum |> Objective.miniBatches batchSize 1L
    let steps = epochs * batches.StepsPerEpoch

    printfn
        "  %d parameters, batches of %d, %d epochs, %d updates from zero weights\n"
        sum.Dimension
        batchSize
        epochs
        steps

    [
        for head in heads do
            for schedule in schedules steps -> head |> schedule |> train steps batches test
    ]
    |> Table.print [ "optimizer"; "train loss"; "test accuracy"; "time" ]
