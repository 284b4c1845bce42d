// ε inside and outside the root. After `dotnet build -c Release`: dotnet fsi samples/10-epsilon.fsx
#load "lib/experiment.fsx"

open OptCore
open OptDsl
open Experiment

shows
    "AdaGrad and RMSProp divide by √v + ε (PyTorch) or by √(v + ε) (Optax). With the same number ε these are different algorithms: outside, ε is
compared with the gradient, inside with its square. ε = 1e-8 damps gradients below 1e-8 outside, below 1e-4 inside."

let rate, epsilon, alpha = 0.1, 1e-8, 0.9

let rules = [
    "AdaGrad, outside", adagradWith (Adagrad(Epsilon = epsilon)) rate, (fun g -> rate * g / (g + epsilon))
    "AdaGrad, inside",
    adagradWith (Adagrad(Epsilon = epsilon, EpsilonInside = true)) rate,
    (fun g -> rate * g / sqrt (g * g + epsilon))
    "RMSProp, outside",
    rmsPropWith (RmsProp(Epsilon = epsilon)) rate,
    (fun g -> rate * g / (sqrt (1.0 - alpha) * g + epsilon))
    "RMSProp, inside",
    rmsPropWith (RmsProp(Epsilon = epsilon, EpsilonInside = true)) rate,
    (fun g -> rate * g / sqrt ((1.0 - alpha) * g * g + epsilon))
]

/// The first step from 0 under the gradient g.
let first (optimizer: Optimizer) (g: float) =
    let plan = optimizer.Plan 1
    let zero, gradient = [| 0.0 |], [| g |]
    let next = plan.Step(plan.Init zero, gradient)
    -next.ToArray()[0]

let sizes = [ for e in -48 .. 8 -> 10.0 ** (float e / 4.0) ]

table [ "|g|"; "AdaGrad, outside"; "inside"; "RMSProp, outside"; "inside" ] [
    for g in [ 1.0; 1e-2; 1e-4; 1e-6; 1e-8; 1e-10 ] ->
        number g :: [ for _, optimizer, _ in rules -> number (first optimizer g) ]
]

for name, optimizer, formula in rules do
    claim
        $"{name}: the first step is the formula's"
        (sizes |> List.forall (fun g -> near 1e-12 (first optimizer g) (formula g)))

claim
    "half the rate at |g| = ε outside, η/√2 at |g| = √ε inside"
    (let _, outside, _ = rules[0]
     let _, inside, _ = rules[1]

     near 1e-12 (first outside epsilon) (rate / 2.0)
     && near 1e-12 (first inside (sqrt epsilon)) (rate / sqrt 2.0))

Chart.points [
    for name, optimizer, _ in rules -> name, [ for g in sizes -> g, first optimizer g ]
]
|> Chart.boundPoints "ε" [ epsilon, 1e-6; epsilon, 1.0 ]
|> Chart.boundPoints "√ε" [ sqrt epsilon, 1e-6; sqrt epsilon, 1.0 ]
|> Chart.logX
|> Chart.logY
|> Chart.yRange (1e-6, 1.0)
|> Chart.title "The first step over the size of the gradient, ε = 1e-8"
|> Chart.labels "|g|" "|step|"
|> picture "10-first-step"

// A problem in small units: every gradient is below 1e-4.
let small = Objective.quadratic [| 1e-6; 1e-5 |]
let names = [ for name, optimizer, _ in rules -> name, optimizer ]
let race = Run.race 200 small [| 5.0; 5.0 |] names
printfn "%s\n" race.Table

Chart.race race
|> Chart.yRange (1e-12, 1e-3)
|> Chart.title "A quadratic of curvatures 1e-6 and 1e-5"
|> picture "10-race"

let place name =
    race.Entrants |> List.findIndex (fun entrant -> entrant.Name = name)

claim
    "in small units ε inside costs progress"
    (place "AdaGrad, outside" < place "AdaGrad, inside"
     && place "RMSProp, outside" < place "RMSProp, inside")

claim
    "scaling the gradient by 2⁻²⁰ and ε with it changes nothing, to the bit: outside by 2⁻²⁰, inside by 2⁻⁴⁰"
    (let s = 2.0 ** -20.0
     let start = [| 3.0; -2.0 |]

     let big, little =
         Objective.quadratic [| 1.0; 4.0 |], Objective.quadratic [| s; 4.0 * s |]

     let same a b =
         (a |> minimize 50 big start).Point = (b |> minimize 50 little start).Point

     let ada e inside =
         adagradWith (Adagrad(Epsilon = e, EpsilonInside = inside)) rate

     same (ada epsilon false) (ada (epsilon * s) false)
     && same (ada epsilon true) (ada (epsilon * s * s) true))

finish ()
