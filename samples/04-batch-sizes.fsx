// Batch sizes on linear regression. After `dotnet build -c Release`: dotnet fsi samples/04-batch-sizes.fsx
#load "lib/experiment.fsx"
#r "../src/OptPlotly.FSharp/bin/Release/net10.0/MathNet.Numerics.dll"

open System
open System.Diagnostics
open MathNet.Numerics.LinearAlgebra
open OptCore
open OptDsl
open Experiment

shows
    "Linear regression, 1000 samples of 20 numbers, noise 0.1, rate 0.01, 50 epochs. An epoch costs the same whatever the batch; a small batch
makes more updates of it and gets nearer, until its own noise stops it; the whole batch has made only 50 updates."

let samples, d, noise, rate, epochs = 1000, 20, 0.1, 0.01, 50
let random = Random 1

let normal () =
    sqrt (-2.0 * log (1.0 - random.NextDouble()))
    * cos (2.0 * Math.PI * random.NextDouble())

let features = Matrix<float>.Build.Dense(samples, d, fun _ _ -> normal ())
let truth = Vector<float>.Build.Dense(d, fun _ -> normal ())

let targets =
    features * truth
    + Vector<float>.Build.Dense(samples, fun _ -> noise * normal ())

let sum = Objective.leastSquaresOf features targets
let best = features.QR().Solve targets
let least = Objective.value (best.ToArray()) sum
let start = Array.zeroCreate<float> d

/// f − f* of the whole sum at the end of every epoch; the run goes on from its state.
let run batch =
    let batches = Objective.miniBatches batch 5L sum
    let each = samples / batch

    let options =
        MinimizeOptions(Steps = int64 each, HistoryEvery = 0, KeepBest = false)

    let first = Run.plan (MinimizeOptions(Steps = 0L)) batches start ((sgd rate).Plan d)

    let next (result: Result) (_: int) =
        result.State |> Run.resumeWith options batches

    let watch = Stopwatch.StartNew()
    let results = List.scan next first [ 1..epochs ]
    results |> List.map (fun result -> result.Value - least), watch.Elapsed.TotalMilliseconds

let runs = [ for batch in [ 1; 10; 50; 200; 1000 ] -> batch, run batch ]

table [ "batch"; "updates"; "f − f* after 1 epoch"; "5 epochs"; "50 epochs"; "ms" ] [
    for batch, (gaps, ms) in runs ->
        [
            string batch
            string (epochs * samples / batch)
            number gaps[1]
            number gaps[5]
            number gaps[epochs]
            number (Math.Round ms)
        ]
]

let l, m = sum.Smoothness.Value, sum.Convexity.Value
let whole, _ = runs |> List.last |> snd

let power q =
    List.init (epochs + 1) (fun t -> q ** float (2 * t) * whole[0])

claim "the whole batch is gradient descent: f − f* ≤ (1−ηm)²ᵗ(f₀ − f*)" (below 0.0 whole (power (1.0 - rate * m)))
claim "and cannot be faster than (1−ηL)²ᵗ(f₀ − f*)" (below 0.0 (power (1.0 - rate * l)) whole)

claim
    "which after 50 updates is farther than one epoch of batches of one could bring it"
    (let single, _ = snd runs[0]
     Seq.last (power (1.0 - rate * l)) > single[1])

// With draws independent of each other the noise of batches of b would hold the gap at η s² tr(H)/(4b), s the noise of the targets;
// shuffled epochs visit every sample once, so that their noise cancels and the gap lies below.
let plateau batch =
    rate * noise * noise * (features.TransposeThisAndMultiply features).Trace()
    / float samples
    / 4.0
    / float batch

let late (gaps: float list) = gaps |> List.skip 40 |> List.average
let single, ten = fst (snd runs[0]), fst (snd runs[1])
printfn "gap of the last ten epochs, batch 1: %s, batch 10: %s" (number (late single)) (number (late ten))
printfn "with independent draws it would be   %s           %s" (number (plateau 1)) (number (plateau 10))
claim "shuffled epochs stay below the noise of independent draws" (late single < plateau 1 && late ten < plateau 10)

Chart.lines [ for batch, (gaps, _) in runs -> $"batch {batch}", gaps ]
|> Chart.bound "(1−ηm)²ᵗ(f₀ − f*)" (power (1.0 - rate * m))
|> Chart.logY
|> Chart.title "The same number of samples seen, more or fewer updates"
|> Chart.subtitle "linear regression, 1000 × 20, noise 0.1, rate 0.01"
|> Chart.labels "epoch" "f − f*"
|> picture "04-batch-sizes"

finish ()
