// AdaGrad's stall, and what RMSProp and AdaDelta change. After `dotnet build -c Release`: dotnet fsi samples/13-adagrad-stall.fsx
#load "lib/experiment.fsx"

open OptCore
open OptDsl
open Experiment

shows
    "AdaGrad divides by the root of the sum of all squares: under a constant gradient its k-th step is η/√k, and what was steep once counts for
ever. RMSProp divides by a running mean, and its steps go back to η. AdaDelta replaces η by the root mean square of its own steps: it
starts with √ε and grows."

let rate, steps = 0.1, 1000
let slope = Objective.ofFunction 1 (fun x -> 2.0 * x[0]) (fun _ -> [| 2.0 |])

let lengths optimizer =
    points steps slope [| 0.0 |] optimizer
    |> Array.pairwise
    |> Array.map (fun (p, q) -> p[0] - q[0])

let ada = lengths (adagradWith (Adagrad(Epsilon = 0.0)) rate)
let rms = lengths (rmsPropWith (RmsProp(Epsilon = 0.0)) rate)
let delta = lengths (adaDelta 1.0)

/// AdaDelta written out: v = ρv + (1−ρ)g²; d = √(x+ε)/√(v+ε) g; x = ρx + (1−ρ)d².
let deltas =
    let next (v, x) =
        let v = 0.9 * v + 0.1 * 4.0
        let d = sqrt (x + 1e-6) / sqrt (v + 1e-6) * 2.0
        Some(d, (v, 0.9 * x + 0.1 * d * d))

    Seq.unfold next (0.0, 0.0) |> Seq.truncate steps |> Array.ofSeq

table [ "k"; "AdaGrad"; "η/√k"; "RMSProp"; "η/√(1−αᵏ)"; "AdaDelta" ] [
    for k in [ 1; 10; 100; 1000 ] ->
        [
            string k
            number ada[k - 1]
            number (rate / sqrt (float k))
            number rms[k - 1]
            number (rate / sqrt (1.0 - 0.9 ** float k))
            number delta[k - 1]
        ]
]

let all f xs =
    xs |> Seq.indexed |> Seq.forall (fun (i, x) -> near 1e-9 x (f (float (i + 1))))

claim "AdaGrad: the k-th step is η/√k" (ada |> all (fun k -> rate / sqrt k))
claim "RMSProp: η/√(1−αᵏ), soon η" (rms |> all (fun k -> rate / sqrt (1.0 - 0.9 ** k)))
claim "AdaDelta: as written out" (Seq.forall2 (near 1e-9) delta deltas)

claim
    "AdaGrad's way is between η√N and 2η√N, whatever the slope"
    (let sums = ada |> Array.scan (+) 0.0 |> Array.tail

     sums
     |> Seq.indexed
     |> Seq.forall (fun (i, way) ->
         let root = rate * sqrt (float (i + 1)) in way >= root * 0.999999 && way <= 2.0 * root))

Chart.points [
    for name, xs in [ "AdaGrad", ada; "RMSProp", rms; "AdaDelta", delta ] ->
        name, xs |> Seq.mapi (fun i x -> float (i + 1), x)
]
|> Chart.boundPoints "η/√k" [ for k in 1..steps -> float k, rate / sqrt (float k) ]
|> Chart.logX
|> Chart.logY
|> Chart.title "The length of the k-th step under a constant gradient"
|> Chart.labels "k" "step"
|> picture "13-lengths"

// Steep first, then a long gentle way: f = √(1 + x²) far out, behind a wall of slope 1000.
let wall x = if x > 50.0 then 1000.0 else 0.0

let valley =
    Objective.ofFunction
        1
        (fun p -> sqrt (1.0 + p[0] * p[0]) + (if p[0] > 50.0 then 1000.0 * (p[0] - 50.0) else 0.0))
        (fun p -> [| p[0] / sqrt (1.0 + p[0] * p[0]) + wall p[0] |])

let race =
    Run.race 3000 valley [| 51.0 |] [ "AdaGrad", adagrad 0.1; "RMSProp", rmsProp 0.1; "AdaDelta", adaDelta 1.0 ]

let behind =
    Run.race 3000 valley [| 49.0 |] [ ("AdaGrad, never on the wall", adagrad 0.1) ]

printfn "%s\n" race.Table

let last name =
    race.Entrants
    |> List.find (fun entrant -> entrant.Name = name)
    |> _.Result.Point
    |> Array.head

let free = behind.Entrants.Head.Result.Point[0]
printfn "AdaGrad is at %s after 3000 updates, at %s had it not been on the wall" (number (last "AdaGrad")) (number free)

// Behind the wall every gradient is at most 1 and the sum is at least the wall's squares n·1000²: no step is longer than η/(1000√n).
let onWall =
    adagrad 0.1
    |> points 3000 valley [| 51.0 |]
    |> Array.filter (fun p -> p[0] > 50.0)
    |> Array.length

claim
    "a wall of slope 1000 holds AdaGrad: each later step is at most η/(1000√n), n the updates on it"
    (let most = 0.1 / (1000.0 * sqrt (float onWall))

     let later =
         adagrad 0.1
         |> points 3000 valley [| 51.0 |]
         |> Array.filter (fun p -> p[0] <= 50.0)

     later
     |> Seq.pairwise
     |> Seq.forall (fun (p, q) -> abs (p[0] - q[0]) <= most * (1.0 + 1e-6)))

claim "RMSProp has forgotten it: it reaches the valley's floor, |x| ≤ 0.1" (abs (last "RMSProp") <= 0.1)

Chart.points [
    for name, optimizer in [ "AdaGrad", adagrad 0.1; "RMSProp", rmsProp 0.1; "AdaDelta", adaDelta 1.0 ] ->
        name, points 3000 valley [| 51.0 |] optimizer |> Seq.mapi (fun i p -> float i, p[0])
]
|> Chart.line "AdaGrad, never on the wall" (points 3000 valley [| 49.0 |] (adagrad 0.1) |> Seq.map Array.head)
|> Chart.title "Down a wall of slope 1000 at x > 50, then along a slope of 1 to x = 0"
|> Chart.labels "step" "x"
|> picture "13-valley"

finish ()
