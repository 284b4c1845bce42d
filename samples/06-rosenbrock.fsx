// Gradient descent, momentum, Nesterov in Rosenbrock's valley. After `dotnet build -c Release`: dotnet fsi samples/06-rosenbrock.fsx
#load "lib/experiment.fsx"

open System
open OptCore
open OptDsl
open Experiment

shows
    "Rate 0.001, β = 0.9. Nesterov looks ahead by what momentum is about to do, η β v. A textbook's form looks ahead by β v, without the rate:
a thousand times too far, and on walls of curvature λ it multiplies the velocity by β(1−λ): it diverges at once."

let valley = Objective.rosenbrock 2
let start = [| -1.2; 1.0 |]
let rate, beta, steps = 0.001, 0.9, 5000

/// v = β v + ∇f(x − a β v); x = x − η v: Nesterov for a = η, the textbook's form for a = 1. Pure steps with gradients from elsewhere.
let lookAhead (a: float) =
    let plan = (sgd rate |> momentum beta).Plan 2

    let next (state: State<float>) =
        let ahead =
            Array.map2 (fun x v -> x - a * beta * v) (state.ToArray()) (state.Slot "momentum.v")

        let gradient = Objective.gradient ahead valley

        if Array.forall Double.IsFinite gradient then
            Some(state.ToArray(), plan.Step(state, gradient))
        else
            None

    plan.Init start |> Seq.unfold next |> Seq.truncate (steps + 1) |> Array.ofSeq

let plain = sgd rate |> points steps valley start
let heavy = sgd rate |> momentum beta |> points steps valley start
let right = sgd rate |> nag beta |> points steps valley start
let wrong = lookAhead 1.0

let runs = [
    "gradient descent", plain
    "momentum", heavy
    "Nesterov", right
    "look-ahead without the rate", wrong
]

let value point = Objective.value point valley

table [ "optimizer"; "updates"; "f at the end"; "distance to (1, 1)" ] [
    for name, path in runs ->
        let last = Array.last path

        [
            name
            string (path.Length - 1)
            number (value last)
            number (distance last [ 1.0; 1.0 ])
        ]
]

claim
    "the word nag is the right form, written out, to rounding"
    (let written = lookAhead rate
     Seq.forall2 (fun a b -> distance a b <= 1e-9) (Array.truncate 1000 right) (Array.truncate 1000 written))

claim "the wrong form leaves the floats within a dozen updates" (wrong.Length <= 12)

/// The larger modulus of the eigenvalues of (x, v) → (x − η v′, v′), v′ = β v + λ(x − a β v), on a curvature λ.
let radius a lambda =
    let c = beta * (1.0 - a * lambda)
    let trace, determinant = 1.0 - rate * lambda + c, c
    let root = trace * trace - 4.0 * determinant

    if root < 0.0 then
        sqrt determinant
    else
        (abs trace + sqrt root) / 2.0

table [ "curvature"; "ρ, look-ahead η β v"; "ρ, look-ahead β v" ] [
    for lambda in [ 0.5; 2.0; 10.0; 100.0; 1000.0 ] ->
        [ number lambda; number (radius rate lambda); number (radius 1.0 lambda) ]
]

claim
    "theory: the right form is stable for curvatures up to 1000, the wrong one beyond no more than about 2"
    (Seq.forall (fun i -> radius rate (float i) < 1.0) [ 1..1000 ]
     && Seq.forall (fun i -> radius 1.0 (float i) > 1.0) [ 3..1000 ])

let gap path =
    path |> Seq.map (fun p -> let f = value p in if f < 1e-14 then nan else f)

Chart.lines [ for name, path in runs -> name, gap path ]
|> Chart.logY
|> Chart.yRange (1e-12, 1e6)
|> Chart.title "Rosenbrock: η = 0.001, β = 0.9"
|> Chart.labels "step" "f"
|> picture "06-values"

let walk name path chart =
    chart |> Chart.path name (path |> Seq.map (fun (p: float[]) -> p[0], p[1]))

Chart.objective (-1.8, 1.8) (-0.8, 1.8) valley
|> walk "gradient descent" plain
|> walk "momentum" heavy
|> walk "Nesterov" right
|> walk "look-ahead without the rate" wrong
|> Chart.title "Five thousand updates, or five"
|> Chart.labels "x" "y"
|> picture "06-paths"

// The same valley in space.
Chart.surface (-1.8, 1.8) (-0.8, 1.8) valley
|> Chart.trajectory "gradient descent" steps (sgd rate |> trace valley start)
|> Chart.trajectory "momentum" 300 (sgd rate |> momentum beta |> trace valley start)
|> Chart.logZ
|> Chart.zRange (1e-4, 3e3)
|> Chart.title "Rosenbrock's valley, heights on a logarithmic axis"
|> picture "06-surface"

finish ()
