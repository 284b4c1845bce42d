// Momentum against Nesterov at κ = 100. After `dotnet build -c Release`: dotnet fsi samples/03-momentum.fsx
#load "lib/experiment.fsx"

open OptCore
open OptModels
open OptDsl
open Experiment

shows
    "On quadratics of κ = 100, each with its tuned rates: gradient descent contracts by (κ−1)/(κ+1) = 0.980 a step, Nesterov by 1 − 1/√κ = 0.9
or, tuned for quadratics, 1 − 2/√(3κ+1) = 0.885, heavy ball by (√κ−1)/(√κ+1) = 0.818. The bounds of the accelerated ones carry
a factor that grows with the step."

let kappa, l, m = 100.0, 100.0, 1.0
let root = sqrt kappa
let d = 20
let bowl = Quadratic(Quadratic.LogUniformSpectrum(d, m, l), null, 3L)
let start = Array.create d 1.0
let steps = 150
let r0 = sqrt (float d)
let ball = (root - 1.0) / (root + 1.0)
let wide = sqrt (3.0 * kappa + 1.0)

let contenders = [
    "gradient descent 1/L", sgd (1.0 / l), 1.0 - 1.0 / kappa, (fun _ -> 1.0)
    "gradient descent 2/(L+m)", sgd (2.0 / (l + m)), (kappa - 1.0) / (kappa + 1.0), (fun _ -> 1.0)
    "Nesterov", sgd (1.0 / l) |> nag ((root - 1.0) / (root + 1.0)), 1.0 - 1.0 / root, (fun t -> 1.0 + t / root)
    "Nesterov, tuned for quadratics",
    sgd (4.0 / (3.0 * l + m)) |> nag ((wide - 2.0) / (wide + 2.0)),
    1.0 - 2.0 / wide,
    (fun _ -> nan)
    "heavy ball",
    sgd (4.0 / (sqrt l + sqrt m) ** 2.0) |> momentum (ball * ball),
    ball,
    (fun t -> 1.0 + t * (1.0 + ball))
]

let norms optimizer =
    optimizer
    |> points steps bowl start
    |> Array.map (fun p -> distance p (Array.zeroCreate d))

let runs = [
    for name, optimizer, rate, factor in contenders -> name, norms optimizer, rate, factor
]

let bound rate (factor: float -> float) =
    Seq.init (steps + 1) (fun t -> factor (float t) * rate ** float t * r0)

let measured (norms: float[]) =
    (norms[140] / norms[60]) ** (1.0 / 80.0)

table [ "optimizer"; "theory"; "measured, steps 60 to 140"; "‖x − x*‖ after 150" ] [
    for name, norms, rate, _ in runs -> [ name; number rate; number (measured norms); number norms[steps] ]
]

for name, norms, rate, factor in runs do
    if not (System.Double.IsNaN(factor 0.0)) then
        claim $"{name}: below its bound at every step" (below 1e-13 norms (bound rate factor))

claim
    "heavy ball without the growing factor would be wrong: the bound rᵗ alone fails"
    (let _, norms, rate, _ = runs[4]
     not (below 1e-13 norms (bound rate (fun _ -> 1.0))))

claim
    "the order of the contractions is that of the theory"
    (let order = runs |> List.map (fun (_, norms, _, _) -> measured norms)
     order = List.sortDescending order)

// The form that stores the look-ahead point (PyTorch's) walks the same path: its points are p − η β v of this one.
let beta = (root - 1.0) / (root + 1.0)
let stored = sgd (1.0 / l) |> nesterov beta |> points 50 bowl start
let plan = (sgd (1.0 / l) |> nag beta).Plan d

let ahead =
    sgd (1.0 / l)
    |> nag beta
    |> trace bowl start
    |> Seq.truncate 51
    |> Seq.map (fun p -> plan.Point p.State)

claim
    "nesterov stores the points at which nag takes its gradients"
    (Seq.forall2 (fun a b -> distance a b <= 1e-12 * r0) stored ahead)

Chart.lines [ for name, norms, _, _ in runs -> name, norms ]
|> Chart.bound "(1 + t/√κ)(1 − 1/√κ)ᵗ" (bound (1.0 - 1.0 / root) (fun t -> 1.0 + t / root))
|> Chart.bound "(1 + t(1+r))rᵗ" (bound ball (fun t -> 1.0 + t * (1.0 + ball)))
|> Chart.logY
|> Chart.title "Momentum against Nesterov at κ = 100"
|> Chart.labels "step" "‖x − x*‖"
|> picture "03-momentum"

finish ()
