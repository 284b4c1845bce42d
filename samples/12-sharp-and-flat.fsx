// Sharp and flat minima under noise. After `dotnet build -c Release`: dotnet fsi samples/12-sharp-and-flat.fsx
#load "lib/experiment.fsx"

open System
open OptCore
open OptDsl
open Experiment

shows
    "Two minima of equal depth, curvatures 50 and 1. Noise of the gradient shakes an iterate in a minimum of curvature λ with the variance
ησ²/(λ(2−ηλ)). In the sharp one that is less, but the wall is near; and no rate above 2/λ can stay there at all, noise or not. Measured
on 1,000 copies, the coordinates of one run, all started in the sharp minimum."

let sharp, flat, copies, width = 50.0, 1.0, 1000, 0.1

/// −τ log(exp(−25(x+1)²/τ) + exp(−½(x−1)²/τ)): near each minimum its own parabola.
let well x =
    let a, b = sharp * (x + 1.0) * (x + 1.0) / 2.0, flat * (x - 1.0) * (x - 1.0) / 2.0
    let least = min a b
    let ea, eb = exp ((least - a) / width), exp ((least - b) / width)
    let value = least - width * log (ea + eb)
    value, (ea * sharp * (x + 1.0) + eb * flat * (x - 1.0)) / (ea + eb)

let wells =
    Objective.ofFunction copies (Array.sumBy (well >> fst)) (Array.map (well >> snd))

let start = Array.create copies -1.0
// Where the two parabolas meet.
let wall = -1.0 + 2.0 / (1.0 + sqrt sharp)

let inSharp point =
    point |> Array.filter (fun x -> x < wall) |> Array.length

let steps = 300

let run rate sigma =
    sgd rate |> noise (sigma * sigma) 0.0 3 |> minimize steps wells start |> _.Point

let sigmas = [ 0.5; 2.0; 4.0; 6.0; 8.0; 12.0; 16.0 ]
let rates = [ 0.01; 0.02; 0.03; 0.045 ]

let stays = [
    for rate in rates -> rate, [ for sigma in sigmas -> float (inSharp (run rate sigma)) / float copies ]
]

table ("rate" :: [ for sigma in sigmas -> "σ = " + number sigma ]) [
    for rate, parts in stays -> number rate :: [ for part in parts -> number part ]
]

printfn "Large noise also brings copies back: what is left then is the part of the line that is the sharp minimum's.\n"

claim
    "while none come back (σ ≤ 4): the larger the rate, the fewer stay in the sharp minimum"
    (let columns = stays |> List.map snd |> List.transpose |> List.truncate 3
     columns |> List.forall (fun parts -> parts = List.sortDescending parts))

let variance rate sigma lambda =
    rate * sigma * sigma / (lambda * (2.0 - rate * lambda))

let calm = run 0.01 0.5
let spread = calm |> Array.averageBy (fun x -> (x + 1.0) ** 2.0)

printfn
    "variance in the sharp minimum, η = 0.01, σ = 0.5: %s, theory %s"
    (number spread)
    (number (variance 0.01 0.5 sharp))

claim
    "with little noise all stay, with the variance of theory"
    (inSharp calm = copies
     && abs (spread / variance 0.01 0.5 sharp - 1.0) <= 6.0 * sqrt (2.0 / float copies))

// Without noise: below 2/λ the sharp minimum holds, above it does not.
let nudged = [| for i in 1..7 -> -1.0 + 1e-3 * float i |]

let exact rate =
    let few =
        Objective.ofFunction 7 (Array.sumBy (well >> fst)) (Array.map (well >> snd))

    sgd rate |> minimize 2000 few nudged |> _.Point

claim
    "without noise, η = 0.039 < 2/50: gradient descent settles in the sharp minimum"
    (exact 0.039 |> Array.forall (fun x -> abs (x + 1.0) < 1e-6))

claim "η = 0.041 > 2/50: it cannot" (exact 0.041 |> Array.forall (fun x -> abs (x + 1.0) > 1e-2))

claim
    "and below 2/1 the flat minimum holds what comes to it"
    (let there = sgd 1.9 |> minimize 2000 (Objective.quadratic [| flat |]) [| 0.3 |]
     there.GradientNorm < 1e-12)

Chart.points [ for rate, parts in stays -> "η = " + number rate, List.zip sigmas parts ]
|> Chart.title "How many are still in the sharp minimum after 300 updates"
|> Chart.labels "σ of the gradient's noise" "part of 1,000"
|> picture "12-escape"

let shape =
    Chart.points [
        ("f", [ for i in 0..400 -> let x = -1.6 + float i * 0.01 in x, fst (well x) ])
    ]

let places =
    Chart.points [
        for rate in [ 0.01; 0.02 ] ->
            "η = " + number rate,
            run rate 6.0
            |> Array.sort
            |> Seq.mapi (fun i x -> x, float (i + 1) / float copies)
    ]

Chart.panels 1 [
    shape |> Chart.title "Two minima of equal depth" |> Chart.labels "x" "f"
    places
    |> Chart.title "Where the copies are after 300 updates, σ = 6"
    |> Chart.labels "x" "part below x"
]
|> Chart.xRange (-1.6, 2.4)
|> picture "12-wells"

// Beside each other in space: the same noise on a sharp and on a flat minimum of a function of two variables.
let both = Objective.sharpAndFlat sharp

let surroundings (center: float seq) text =
    let x = Seq.head center

    Chart.surface (x - 0.7, x + 0.7) (-0.7, 0.7) both
    |> Chart.trajectory
        "gradient descent with noise, 60 updates"
        60
        (sgd 0.02 |> noise 1.0 0.0 7 |> trace both [| x + 0.5; 0.5 |])
    |> Chart.zRange (-0.2, 4.0)
    |> Chart.title text

Chart.panels 2 [
    surroundings both.Sharp $"the sharp minimum, curvature {number both.SharpCurvature}"
    surroundings both.Flat $"the flat minimum, curvature {number both.FlatCurvature}"
]
|> picture "12-surfaces"

finish ()
