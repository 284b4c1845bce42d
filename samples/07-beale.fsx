// Five optimizers on Beale's function. After `dotnet build -c Release`: dotnet fsi samples/07-beale.fsx
#load "lib/experiment.fsx"

open OptCore
open OptDsl
open Experiment

shows
    "Beale's function is flat in the middle and steep at the corners. From (1, 1.5) the adaptive methods move every coordinate by about their
rate, whatever the gradient; the others need a rate that the steepest place bears."

let start = [| 1.0; 1.5 |]
let steps = 1000

let contenders = [
    "gradient descent", sgd 0.005
    "momentum", sgd 0.002 |> momentum 0.9
    "AdaGrad", adagrad 0.5
    "RMSProp", rmsProp 0.02
    "Adam", adam 0.1
]

let race = Run.race steps Objective.beale start contenders
printfn "%s\n" race.Table

/// The largest move of a coordinate in one update.
let largest optimizer =
    points steps Objective.beale start optimizer
    |> Seq.pairwise
    |> Seq.map (fun (p, q) -> Seq.map2 (fun a b -> abs (b - a)) p q |> Seq.max)
    |> Seq.max

let find name =
    contenders |> List.find (fst >> (=) name) |> snd |> largest
// (1−β₁)/√((1−β₂)(1−β₁²/β₂)) at the defaults.
let adamBound = 0.1 / sqrt ((1.0 - 0.999) * (1.0 - 0.81 / 0.999))

table [ "optimizer"; "largest move of a coordinate"; "at most" ] [
    [ "AdaGrad"; number (find "AdaGrad"); number 0.5 ]
    [ "RMSProp"; number (find "RMSProp"); number (0.02 / sqrt 0.1) ]
    [ "Adam"; number (find "Adam"); number (adamBound * 0.1) ]
]

claim "AdaGrad moves no coordinate farther than η" (find "AdaGrad" <= 0.5 * (1.0 + 1e-12))
claim "RMSProp no farther than η/√(1−α)" (find "RMSProp" <= 0.02 / sqrt 0.1 * (1.0 + 1e-12))
claim "Adam no farther than 7.27 η, the bound of its defaults" (find "Adam" <= adamBound * 0.1 * (1.0 + 1e-12))

claim
    "the ranking is that of the values at the end"
    (let values = race.Entrants |> List.map _.Result.Value
     values = List.sort values)

Chart.race race
|> Chart.yRange (1e-12, 1e2)
|> Chart.title "Five optimizers on Beale's function"
|> picture "07-race"

contenders
|> List.fold
    (fun chart (name, optimizer) -> chart |> Chart.trajectory name steps (optimizer |> trace Objective.beale start))
    (Chart.objective (-0.5, 4.0) (-2.2, 2.0) Objective.beale)
|> Chart.title "Their ways to (3, ½)"
|> Chart.labels "x" "y"
|> Chart.animate 40
|> picture "07-paths"

finish ()
