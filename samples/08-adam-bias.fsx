// Adam with and without bias correction. After `dotnet build -c Release`: dotnet fsi samples/08-adam-bias.fsx
#load "lib/experiment.fsx"

open System
open OptCore
open OptDsl
open Experiment

shows
    "Adam's averages begin at 0. Divided by 1 − β₁ᵏ and 1 − β₂ᵏ they are means of what was seen, and under a constant gradient every step is
η; without the correction the second average lags behind the first one and the first steps are 3.16 η, then up to twice that."

let rate, steps = 0.01, 2000
let slope = Objective.ofFunction 1 (fun x -> 3.0 * x[0]) (fun _ -> [| 3.0 |])
let corrected = adamWith (Adam(Epsilon = 0.0)) rate
let plain = adamWith (Adam(Epsilon = 0.0, BiasCorrection = false)) rate

/// The length of every step under a constant gradient, in units of η. The moves are small beside the way: rounding shows.
let lengths optimizer =
    points steps slope [| 0.0 |] optimizer
    |> Array.pairwise
    |> Array.map (fun (p, q) -> (p[0] - q[0]) / rate)

let theory k =
    (1.0 - 0.9 ** float k) / sqrt (1.0 - 0.999 ** float k)

let withIt, without = lengths corrected, lengths plain

table [ "k"; "with correction"; "without"; "(1−β₁ᵏ)/√(1−β₂ᵏ)" ] [
    for k in [ 1; 2; 5; 10; 20; 50; 200; 1000; 2000 ] ->
        [ string k; number withIt[k - 1]; number without[k - 1]; number (theory k) ]
]

claim "with correction every step is η" (withIt |> Array.forall (near 1e-9 1.0))

claim
    "without it step k is η(1−β₁ᵏ)/√(1−β₂ᵏ)"
    (without
     |> Seq.indexed
     |> Seq.forall (fun (i, x) -> near 1e-9 x (theory (i + 1))))

claim "the first one is (1−β₁)/√(1−β₂) = 3.162 η" (near 1e-9 without[0] (0.1 / sqrt 0.001))

let longest = Seq.init steps (fun i -> i + 1) |> Seq.maxBy theory
printfn "longest: step %d of %s η\n" longest (number (theory longest))

let name corrected =
    if corrected then "with correction" else "without"

Chart.points [
    for flag, xs in [ true, withIt; false, without ] -> name flag, xs |> Seq.mapi (fun i x -> float (i + 1), x)
]
|> Chart.boundPoints "(1−β₁ᵏ)/√(1−β₂ᵏ)" [ for k in 1..steps -> float k, theory k ]
|> Chart.logX
|> Chart.title "The length of Adam's steps under a constant gradient"
|> Chart.labels "k" "step / η"
|> picture "08-lengths"

Chart.biasCorrection 5000 [ 0.9; 0.99; 0.999 ]
|> Chart.logX
|> Chart.title "What bias correction multiplies with"
|> picture "08-factors"

let valley = Objective.rosenbrock 2

let race =
    Run.race 300 valley [| -1.2; 1.0 |] [
        "with correction", adam 0.05
        "without", adamWith (Adam(BiasCorrection = false)) 0.05
        "without, warm-up of 100", adamWith (Adam(BiasCorrection = false)) 0.05 |> warmup 100
    ]

printfn "%s\n" race.Table

printfn
    "Steps three to six times as long are no loss here; where the rate is as large as the problem bears they are what breaks.\n"

Chart.race race |> Chart.title "Rosenbrock, η = 0.05" |> picture "08-race"

// What the stages hold: the averages of the gradient and of its square.
adam 0.05
|> trace valley [| -1.2; 1.0 |]
|> Chart.stages 300
|> Chart.title "Adam's averages on Rosenbrock's function"
|> picture "08-averages"

let difference =
    Run.diff 10 valley [| -1.2; 1.0 |] (adam 0.05) (adamWith (Adam(BiasCorrection = false)) 0.05)

printfn "%s" (difference |> Option.map string |> Option.defaultValue "no difference")

claim
    "the averages are the same, the first update is not"
    (difference |> Option.exists (fun d -> d.Step = 1L && d.Slot = "parameters"))

finish ()
