// Clipping on an exploding recurrence. After `dotnet build -c Release`: dotnet fsi samples/11-clipping.fsx
#load "lib/experiment.fsx"

open System
open OptCore
open OptDsl
open Experiment

shows
    "h′ = w h + b, fifty times, h₅₀ shall be 1: beyond w = 1 the loss is a cliff whose gradient grows like w⁵⁰ (Pascanu et al. 2013). One step from
there throws plain gradient descent out of the picture. Clipped by norm the step keeps its direction; clipped by value it does not."

let length = 50

/// h₅₀ and its derivatives by w and b.
let unroll (w: float) (b: float) =
    let next (h, hw, hb) (_: int) = w * h + b, h + w * hw, 1.0 + w * hb
    List.fold next (0.5, 0.0, 0.0) [ 1..length ]

let loss =
    let value (p: float[]) =
        let h, _, _ = unroll p[0] p[1]
        (h - 1.0) ** 2.0 / 2.0

    let gradient (p: float[]) =
        let h, hw, hb = unroll p[0] p[1]
        [| (h - 1.0) * hw; (h - 1.0) * hb |]

    Objective.ofFunction 2 value gradient

let start = [| 1.06; 0.03 |]
let rate, steps, limit = 0.01, 1500, 1.0

let contenders = [
    "no clipping", sgd rate
    "clip 1", sgd rate |> clip limit
    "clipValue 1", sgd rate |> clipValue limit
]

let path optimizer = points steps loss start optimizer
let runs = [ for name, optimizer in contenders -> name, optimizer, path optimizer ]

let moves path =
    path |> Seq.pairwise |> Seq.map (fun (p, q) -> distance p q)

let steepest = Objective.gradient start loss
printfn "gradient at the start: (%s, %s)\n" (number steepest[0]) (number steepest[1])
let race = Run.race steps loss start contenders
printfn "%s\n" race.Table

table [ "optimizer"; "first move"; "longest move"; "at most" ] [
    for name, _, path in runs ->
        let most =
            match name with
            | "clip 1" -> number (rate * limit)
            | "clipValue 1" -> number (rate * limit * sqrt 2.0)
            | _ -> "∞ "

        [ name; number (Seq.head (moves path)); number (Seq.max (moves path)); most ]
]

let find name =
    runs |> List.pick (fun (n, _, path) -> if n = name then Some path else None)

let direction (path: float[][]) = Array.map2 (-) path[0] path[1]

let cosine a b =
    Array.sum (Array.map2 (*) a b)
    / (distance a [ 0.0; 0.0 ] * distance b [ 0.0; 0.0 ])

let byNorm, byValue =
    cosine (direction (find "clip 1")) steepest, cosine (direction (find "clipValue 1")) steepest

printfn "cosine between the first move and the gradient: by norm %s, by value %s\n" (number byNorm) (number byValue)

claim
    "clipped by norm no move is longer than η c"
    (moves (find "clip 1") |> Seq.forall (fun m -> m <= rate * limit * (1.0 + 1e-9)))

claim
    "clipped by value no coordinate moves more than η c"
    (find "clipValue 1"
     |> Seq.pairwise
     |> Seq.forall (fun (p, q) -> Seq.forall2 (fun a b -> abs (a - b) <= rate * limit * (1.0 + 1e-9)) p q))

claim "clipping by norm keeps the direction of the gradient" (near 1e-6 byNorm 1.0)

claim
    "clipping by value turns it to the diagonal, where both coordinates are beyond c"
    (let move = direction (find "clipValue 1")

     near 1e-9 (abs move[0]) (abs move[1])
     && near 1e-9 byValue (Array.sum steepest / distance steepest [ 0.0; 0.0 ] / sqrt 2.0))

claim
    "without clipping the first move leaves the region where the loss is finite or small"
    (let last = Array.last (find "no clipping")
     not (Objective.value last loss < 1e10))

claim
    "clipped by norm the run comes to rest at the goal: ‖∇f‖ below a thousandth"
    (distance (Objective.gradient (Array.last (find "clip 1")) loss) [ 0.0; 0.0 ] < 1e-3)

let norms = [ for entrant in race.Entrants -> entrant.Name, entrant.Result ]

Chart.gradientNorms norms
|> Chart.yRange (1e-12, 1e6)
|> Chart.title "The norm of the raw gradient"
|> picture "11-norms"

let walk count name chart =
    chart
    |> Chart.path name (find name |> Seq.truncate count |> Seq.map (fun p -> p[0], p[1]))

Chart.objective (0.94, 1.08) (-0.015, 0.065) loss
|> walk 1500 "clip 1"
|> walk 1500 "clipValue 1"
|> walk 2 "no clipping"
|> Chart.title "Down from the cliff, one way or the other"
|> Chart.labels "w" "b"
|> picture "11-paths"

finish ()
