/// (c) Gradient descent beside its bound.
module Tour.Quadratics

open System
open OptCore
open OptModels
open OptDsl

let private dimension = 20

/// A quadratic with L = κ, m = 1, so that κ = L/m; its minimum is 0 at 0.
let private quadratic (kappa: float) =
    Objective.quadratic (Quadratic.LogUniformSpectrum(dimension, 1.0, kappa))

/// As long as the bound is above 1e-20.
let private steps (kappa: float) =
    if kappa = 1.0 then
        1
    else
        int (log 1e-20 / log (1.0 - 1.0 / kappa))

let private row (kappa: float) =
    let objective = quadratic kappa
    let rate = 1.0 / objective.Smoothness.Value
    let count = steps kappa

    let squares =
        sgd rate
        |> trace objective (Array.create dimension 1.0)
        |> Seq.truncate (count + 1)
        |> Seq.map (fun iterate -> iterate.Point |> Array.sumBy (fun x -> x * x))
        |> Seq.toArray

    let bound (t: int) =
        (1.0 - 1.0 / kappa) ** float t * squares[0]

    let ratio (t: int) =
        if squares[t] = 0.0 then 0.0 else squares[t] / bound t

    let worst = Seq.init count (fun t -> ratio (t + 1)) |> Seq.max
    let shown = min count (int (2.0 * kappa))

    [
        Table.number kappa
        Table.number rate
        string shown
        Table.number squares[shown]
        Table.number (bound shown)
        string count
        worst.ToString "F6"
        if worst <= 1.0 then "holds" else "VIOLATED"
    ]

let run () =
    Table.heading "(c) Gradient descent on quadratics, beside the bound (1 − 1/κ)^t on ‖x − x*‖²"

    [ 1.0; 10.0; 100.0; 1000.0 ]
    |> List.map row
    |> Table.print [
        "κ"
        "rate 1/L"
        "t"
        "‖x_t − x*‖²"
        "bound at t"
        "steps"
        "worst ratio, t ≥ 1"
        "bound"
    ]

    printfn
        "\n  %d curvatures from m = 1 to L = κ, start (1, …, 1). The bound holds for the rate 1/L; the ratio of ‖x_t − x*‖² to"
        dimension

    printfn
        "  (1 − 1/κ)^t ‖x_0 − x*‖² is looked at in every step. At t = 0 it is 1; on quadratics (1 − 1/κ)^2t holds, too."

    Console.Out.Flush()
