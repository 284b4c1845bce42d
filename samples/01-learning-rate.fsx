// The choice of the learning rate. After `dotnet build -c Release`: dotnet fsi samples/01-learning-rate.fsx
#load "lib/experiment.fsx"

open OptCore
open OptModels
open OptDsl
open Experiment

shows
    "Gradient descent on f = (x−1)² + 2(y−2)²: L = 4, m = 2. The gap shrinks by ρ² a step at least, ρ = max(|1−2η|, |1−4η|): slowly
for small rates, fastest at 2/(L+m) = 1/3, never at 2/L = 1/2, and it grows beyond."

let bowl = Quadratic([| 2.0; 4.0 |], [| 1.0; 2.0 |])
let start = [| 0.0; 0.0 |]
let steps = 40
let rates = [ 0.01; 0.1; 1.0 / 3.0; 0.45; 0.5; 0.55 ]

let rho rate =
    max (abs (1.0 - 2.0 * rate)) (abs (1.0 - 4.0 * rate))

let name rate = "η = " + number rate
let runs = [ for rate in rates -> rate, sgd rate |> points steps bowl start ]

let gaps points =
    points |> Array.map (fun p -> Objective.value p bowl)

let bound rate =
    Seq.init (steps + 1) (fun t -> 9.0 * rho rate ** float (2 * t))

table [ "rate"; "ρ"; "f − f* after 10"; "after 40"; "bound 9ρ⁸⁰" ] [
    for rate, path in runs ->
        let f = gaps path

        [
            number rate
            number (rho rate)
            number f[10]
            number f[40]
            number (Seq.last (bound rate))
        ]
]

claim
    "f − f* ≤ ρ²ᵗ(f₀ − f*) at every step, for every rate below 2/L"
    (runs
     |> List.filter (fun (rate, _) -> rate < 0.5)
     |> List.forall (fun (rate, path) -> below 1e-14 (gaps path |> Seq.map sqrt) (bound rate |> Seq.map sqrt)))

let path rate =
    runs |> List.find (fst >> (=) rate) |> snd

claim
    "at 2/L the steep coordinate swings between 0 and 4 for ever"
    (path 0.5
     |> Seq.indexed
     |> Seq.forall (fun (t, p) -> p[1] = (if t % 2 = 0 then 0.0 else 4.0)))

claim
    "beyond 2/L it moves away by |1 − 4η| = 1.2 a step"
    (path 0.55
     |> Seq.pairwise
     |> Seq.forall (fun (p, q) -> near 1e-12 (abs (q[1] - 2.0)) (1.2 * abs (p[1] - 2.0))))

let best = Seq.init 999 (fun i -> float (i + 1) / 2000.0) |> Seq.minBy rho
claim "the smallest ρ is at 1/3" (abs (best - 1.0 / 3.0) < 1e-3)

let floor y = if y < 1e-16 then nan else y

Chart.lines [ for rate, path in runs -> name rate, gaps path |> Seq.map floor ]
|> Chart.bound "ρ²ᵗ(f₀ − f*), η = 0.1" (bound 0.1)
|> Chart.logY
|> Chart.yRange (1e-16, 1e6)
|> Chart.title "Too small, right, too large"
|> Chart.subtitle "gradient descent on (x−1)² + 2(y−2)²"
|> Chart.labels "step" "f − f*"
|> picture "01-gaps"

let walk steps rate chart =
    chart
    |> Chart.path (name rate) (path rate |> Seq.truncate (steps + 1) |> Seq.map (fun p -> p[0], p[1]))

Chart.objective (-0.6, 2.6) (-1.4, 5.2) bowl
|> Chart.gradients bowl
|> walk 40 0.1
|> walk 40 (1.0 / 3.0)
|> walk 40 0.45
|> walk 4 0.55
|> Chart.title "Where the iterates go"
|> Chart.labels "x" "y"
|> picture "01-paths"

finish ()
