// What the condition number costs. After `dotnet build -c Release`: dotnet fsi samples/02-condition-number.fsx
#load "lib/experiment.fsx"

open OptCore
open OptModels
open OptDsl
open Experiment

shows
    "Gradient descent of rate 1/L on quadratics of condition number κ: ‖x − x*‖ ≤ (1−1/κ)ᵗ‖x₀ − x*‖. The steps grow in proportion to κ.
The rate 2/(L+m) makes it ((κ−1)/(κ+1))ᵗ, half as many."

let d = 10
let start = Array.create d 1.0

let spectrum kappa =
    if kappa = 1.0 then
        Array.create d 1.0
    else
        Quadratic.LogUniformSpectrum(d, 1.0, kappa)
// x* = 0 and a random basis; the start is (1, …, 1).
let bowl kappa = Quadratic(spectrum kappa, null, 7L)

let norms steps kappa rate =
    sgd rate
    |> points steps (bowl kappa) start
    |> Array.map (fun p -> distance p (Array.zeroCreate d))

let until part (norms: float[]) =
    norms |> Array.tryFindIndex (fun x -> x <= part * norms[0])

let kappas = [ 1.0; 2.0; 5.0; 10.0; 20.0; 50.0; 100.0; 200.0; 500.0; 1000.0 ]
let count kappa = int (15.0 * kappa) + 10
let runs = [ for kappa in kappas -> kappa, norms (count kappa) kappa (1.0 / kappa) ]
let contraction kappa = 1.0 - 1.0 / kappa

let bound q steps r =
    Seq.init (steps + 1) (fun t -> r * q ** float t)

let predicted kappa =
    if kappa = 1.0 then
        1
    else
        int (ceil (log 1e-6 / log (contraction kappa)))

table [ "κ"; "1 − 1/κ"; "steps to 10⁻⁶"; "at most"; "last ratio" ] [
    for kappa, norms in runs ->
        let last =
            norms
            |> Array.pairwise
            |> Array.filter (fun (a, _) -> a > 1e-300)
            |> Array.tryLast

        let ratio = last |> Option.map (fun (a, b) -> b / a) |> Option.defaultValue 0.0
        let needed = until 1e-6 norms |> Option.get

        [
            number kappa
            number (contraction kappa)
            string needed
            string (predicted kappa)
            number ratio
        ]
]

claim
    "‖x − x*‖ ≤ (1−1/κ)ᵗ‖x₀ − x*‖ at every step, for every κ"
    (runs
     |> List.forall (fun (kappa, norms) -> below 1e-13 norms (bound (contraction kappa) (count kappa) norms[0])))

claim
    "so no run needs more steps than predicted"
    (runs
     |> List.forall (fun (kappa, norms) -> (until 1e-6 norms).Value <= predicted kappa))

// Along the flattest direction nothing is lost to inequalities: the bound is attained.
let attained kappa =
    let axis = Array.init d (fun i -> if i = 0 then 1.0 else 0.0)
    let path = sgd (1.0 / kappa) |> points 50 (Quadratic(spectrum kappa)) axis

    path
    |> Seq.indexed
    |> Seq.forall (fun (t, p) -> near 1e-12 p[0] (contraction kappa ** float t))

claim "started along the flattest direction the bound is an equality" (kappas |> List.forall attained)

for kappa in [ 10.0; 100.0 ] do
    let steps = count kappa

    let slow, fast =
        norms steps kappa (1.0 / kappa), norms steps kappa (2.0 / (kappa + 1.0))

    let ratio = (kappa - 1.0) / (kappa + 1.0)
    claim $"κ = {kappa}: the rate 2/(L+m) contracts by (κ−1)/(κ+1)" (below 1e-13 fast (bound ratio steps fast[0]))

    Chart.lines [ "η = 1/L", slow; "η = 2/(L+m)", fast ]
    |> Chart.bound "(1−1/κ)ᵗ" (bound (contraction kappa) steps slow[0])
    |> Chart.bound "((κ−1)/(κ+1))ᵗ" (bound ratio steps slow[0])
    |> Chart.logY
    |> Chart.title $"Gradient descent at κ = {kappa}, and its bounds"
    |> Chart.labels "step" "‖x − x*‖"
    |> picture $"02-kappa-{kappa}"

Chart.lines [
    for kappa, norms in runs do
        if kappa >= 2.0 then
            $"κ = {kappa}", norms |> Seq.truncate 1000 |> Seq.map (fun x -> if x < 1e-12 then nan else x)
]
|> Chart.logY
|> Chart.title "Ten times the condition number, ten times the steps"
|> Chart.labels "step" "‖x − x*‖"
|> picture "02-all"

Chart.points [
    "measured",
    [
        for kappa, norms in runs do
            if kappa > 1.0 then
                kappa, float (until 1e-6 norms).Value
    ]
    "at most",
    [
        for kappa in kappas do
            if kappa > 1.0 then
                kappa, float (predicted kappa)
    ]
]
|> Chart.logX
|> Chart.logY
|> Chart.title "Steps to a millionth of the distance"
|> Chart.labels "κ" "steps"
|> picture "02-steps"

finish ()
