/// Steps of adaptive directions against a bound, for every gradient sequence.
module OptDsl.Tests.AdaptiveLaws.StepBounds

open System
open FsCheck.FSharp
open OptCore
open OptDsl
open OptDsl.Tests.Numbers
open OptDsl.Tests.Running

/// β1 and β2: the usual ones, momentum without memory, β1² = β2 and β1² > β2, where the bound grows for ever.
let betas = [ 0.9, 0.999; 0.9, 0.99; 0.9, 0.95; 0.5, 0.9; 0.0, 0.9; 0.9, 0.81; 0.99, 0.9 ]

let private anyBetas = Arb.fromGen (Gen.elements betas)

/// Σ_{j<t} xʲ.
let geometricSum (x: float) t =
    Seq.sumBy (fun j -> Math.Pow(x, float j)) [ 0 .. t - 1 ]

/// AD-1: the largest |Δ_t|/lr of bias-corrected Adam.
let adamBound (b1, b2) t =
    (1.0 - b1) / (1.0 - Math.Pow(b1, float t))
    * sqrt ((1.0 - Math.Pow(b2, float t)) / (1.0 - b2) * geometricSum (b1 * b1 / b2) t)

/// 1−βᵏ is off by at most k+2 roundings of 1, which is (k+2)ε/(1−β) of itself; the averages round twice a step; eight for
/// the quotient.
let share (b1, b2) steps =
    let k = float steps
    ((k + 2.0) * (1.0 / (1.0 - b1) + 0.5 / (1.0 - b2)) + 4.0 * k + 8.0) * epsilon

/// |Δ_t| of every coordinate against a bound for step t; the difference of two positions rounds by ε of each.
let bounded (optimizer: Optimizer) slack (bound: int -> float) (run: Run) =
    let path = trajectory optimizer run

    for t in 1 .. run.Steps do
        for i in 0 .. run.Length - 1 do
            let b = bound t
            atMost (slack * b + 2.0 * epsilon * reach path i) (abs (path[t][i] - path[t - 1][i])) b $"[{i}] at step {t}"

let fromZero (run: Run) = {
    run with
        Start = Array.zeroCreate run.Length
}

let onSequences property =
    Prop.forAll (runsOf (1, 40) (1, 8)) property

let adamStep (build: float * float -> float -> Optimizer) bound =
    forAll2 anyBetas (runsOf (1, 40) (1, 8)) (fun beta run ->
        bounded (build beta 0.1) (share beta run.Steps) (fun t -> 0.1 * bound beta t) (fromZero run))

let adamOf (b1, b2) =
    adamWith (Adam(Beta1 = b1, Beta2 = b2, Epsilon = 0.0))

let lastStep (optimizer: Optimizer) (run: Run) =
    let path = trajectory optimizer run
    abs (path[run.Steps][0] - path[run.Steps - 1][0]), reach path 0

let firstStep (build: float -> Optimizer) (length: float -> float) =
    Prop.forAll (runsOf (1, 1) (1, 70)) (fun run ->
        let path = trajectory (build 1.0) (fromZero run)

        for i in 0 .. run.Length - 1 do
            let expected = length (abs (run.Gradients[0][i]))
            // 1−β is rounded once before it cancels: 4ε/(1−β2) at β2 = 0.999, halved by the root; ε of the quotients.
            near ((2.0 / 0.001 + 8.0) * epsilon * expected) (abs (path[1][i])) expected $"[{i}]")
