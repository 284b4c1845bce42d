// The variance of stochastic gradients, and rates that fall. After `dotnet build -c Release`: dotnet fsi samples/05-sgd-variance.fsx
#load "lib/experiment.fsx"

open System
open OptCore
open OptModels
open OptDsl
open Experiment

shows
    "Noisy gradients on ½x²: E x² follows E′ = (1−η)²E + η²σ² exactly, for every schedule. A fixed rate stops at ησ²/(2−η); batches of b divide
that by b; 1/√t goes on falling, 1/t falls fastest in the end. Measured as the mean over 20,000 copies, the coordinates of one run."

let copies = 20_000
let bowl = Quadratic(Array.create copies 1.0)
let sigma2 = 1.0
let start = Array.create copies 3.0

/// The mean of x² over the copies, after 0, 1, … updates.
let mean (steps: int) variance (optimizer: Optimizer) =
    let result = optimizer |> noise variance 0.0 11 |> minimize steps bowl start
    [| for point in result.History -> 2.0 * point.Value / float copies |]

/// What theory says it is.
let expected (rates: float seq) variance =
    Seq.scan (fun e rate -> (1.0 - rate) ** 2.0 * e + rate * rate * variance) 9.0 rates

/// The error of a mean of squares of normal numbers is √(2/n) of it; six times that is not seen by chance.
let agrees (measured: float[]) (theory: float seq) =
    Seq.zip measured theory
    |> Seq.forall (fun (a, e) -> abs (a - e) <= 6.0 * sqrt (2.0 / float copies) * e)

let rates = [ 0.4; 0.1; 0.025 ]
let fixedRuns = [ for rate in rates -> rate, mean 300 sigma2 (sgd rate) ]
let stationary rate variance = rate * variance / (2.0 - rate)

table [ "rate"; "measured, updates 200 to 300"; "ησ²/(2−η)" ] [
    for rate, run in fixedRuns ->
        [
            number rate
            number (Array.average run[200..])
            number (stationary rate sigma2)
        ]
]

claim
    "a fixed rate follows the exact recursion"
    (fixedRuns
     |> List.forall (fun (rate, run) -> agrees run (expected (Seq.replicate 300 rate) sigma2)))

let batches = [ 1; 4; 16; 64 ]
let batchRuns = [ for b in batches -> b, mean 150 (sigma2 / float b) (sgd 0.1) ]

table [ "batch"; "measured, updates 100 to 150"; "ησ²/(b(2−η))" ] [
    for b, run in batchRuns ->
        [
            string b
            number (Array.average run[100..])
            number (stationary 0.1 (sigma2 / float b))
        ]
]

claim
    "batches of b have a b-th of the variance"
    (batchRuns
     |> List.forall (fun (b, run) -> agrees run (expected (Seq.replicate 150 0.1) (sigma2 / float b))))

let steps = 1000

let schedules = [
    "η = 0.4", sgd 0.4
    "0.4/√(t+1)", sgd 0.4 |> inverseSqrt
    "1/(t+1)", sgd 1.0 |> inverseTime 1.0
]

let ratesOf (optimizer: Optimizer) =
    Seq.init steps (fun t -> (optimizer.Plan 1).RateAt(int64 t))

let falling = [
    for name, optimizer in schedules -> name, optimizer, mean steps sigma2 optimizer
]

table [ "schedule"; "E x² after 10"; "100"; "1000"; "theory at 1000" ] [
    for name, optimizer, run in falling ->
        let theory = expected (ratesOf optimizer) sigma2 |> Seq.item (steps - 1)
        [ name; number run[10]; number run[100]; number run[steps - 1]; number theory ]
]

claim
    "so do schedules that fall"
    (falling
     |> List.forall (fun (_, optimizer, run) -> agrees run (expected (ratesOf optimizer) sigma2)))

claim
    "with 1/(t+1) the iterate is the mean of the noise: E x² = σ²/t exactly"
    (expected (ratesOf (snd schedules[2])) sigma2
     |> Seq.indexed
     |> Seq.skip 1
     |> Seq.forall (fun (t, e) -> near 1e-9 e (sigma2 / float t)))

Chart.lines [ for rate, run in fixedRuns -> "η = " + number rate, run ]
|> (fun chart ->
    rates
    |> List.fold
        (fun chart rate ->
            Chart.bound ("ησ²/(2−η), η = " + number rate) (Seq.replicate 300 (stationary rate sigma2)) chart)
        chart)
|> Chart.logY
|> Chart.title "A fixed rate stops where its noise is as large as its progress"
|> Chart.labels "step" "E x²"
|> picture "05-fixed"

Chart.points [
    for name, _, run in falling -> name, run |> Seq.mapi (fun t e -> float (t + 1), e)
]
|> Chart.boundPoints "σ²/t" [ for t in 1..steps -> float t, sigma2 / float t ]
|> Chart.logX
|> Chart.logY
|> Chart.title "Rates that fall go on"
|> Chart.labels "t + 1" "E x²"
|> picture "05-falling"

finish ()
