/// The steps of adam (AD-1 … AD-3): a bound for every sequence, attained by an explicit one: `law id → statement → property`.
module OptDsl.Tests.AdaptiveLaws.AdamTests

open System
open Expecto
open OptCore
open OptDsl
open OptDsl.Tests.Laws
open OptDsl.Tests.Numbers
open OptDsl.Tests.Running
open OptDsl.Tests.AdaptiveLaws.StepBounds

/// The same without bias correction.
let private plainBound (b1, b2) t =
    (1.0 - b1) * sqrt (geometricSum (b1 * b1 / b2) t / (1.0 - b2))

/// What the Adam paper claims, for every step.
let private paperBound (b1, b2) = max 1.0 ((1.0 - b1) / sqrt (1.0 - b2))

/// The sequence that attains AD-1 at its last step: g_i = (β1/β2)^(t−i).
let private attaining (b1: float, b2: float) t = {
    Start = [| 0.0 |]
    Gradients = Array.init t (fun i -> [| Math.Pow(b1 / b2, float (t - 1 - i)) |])
}

/// The last step of the attaining sequence is the bound, from both sides.
let private attained (build: float * float -> float -> Optimizer) bound () =
    for beta in betas do
        // β1 = 0 sends its weights to the last gradient alone: 0ᵗ⁻ⁱ.
        for t in [ 1; 2; 3; 5; 10; 30; 60 ] do
            let reached, size = lastStep (build beta 1.0) (attaining beta t)
            let b = bound beta t
            near (share beta t * b + 2.0 * epsilon * size) reached b $"{beta} at step {t}"

let private constantGradient (build: float -> Optimizer) =
    forAll2 scalars (counts 1 60) (fun g n ->
        let path =
            trajectory (build 1.0) {
                Start = [| 0.0 |]
                Gradients = Array.replicate n [| g |]
            }

        for t in 1..n do
            let size = float t
            let slack = share (0.9, 0.999) n + 2.0 * epsilon * size
            let expected = if g = 0.0 then 0.0 else -float(Math.Sign g)
            near slack (path[t][0] - path[t - 1][0]) expected $"step {t}")

[<Tests>]
let tests =
    testList "adaptive directions" [
        law "AD-1" "adam: |Δ_t| ≤ lr·R_t for every sequence" (adamStep adamOf adamBound)
        law
            "AD-1"
            "amsGrad keeps the bound"
            (adamStep (fun (b1, b2) -> amsGradWith (AmsGrad(Beta1 = b1, Beta2 = b2, Epsilon = 0.0))) adamBound)
        law
            "AD-1"
            "without bias correction: R_t without its corrections"
            (adamStep
                (fun (b1, b2) -> adamWith (Adam(Beta1 = b1, Beta2 = b2, Epsilon = 0.0, BiasCorrection = false)))
                plainBound)
        control
            "AD-1"
            "the bound with correction does not hold without it"
            (adamStep
                (fun (b1, b2) -> adamWith (Adam(Beta1 = b1, Beta2 = b2, Epsilon = 0.0, BiasCorrection = false)))
                adamBound)
        fact "AD-1" "g_i = (β1/β2)^(t−i) attains it" (attained adamOf adamBound)
        fact
            "AD-1"
            "and attains it without bias correction"
            (attained
                (fun (b1, b2) -> adamWith (Adam(Beta1 = b1, Beta2 = b2, Epsilon = 0.0, BiasCorrection = false)))
                plainBound)
        controlFact
            "AD-1"
            "adam with β1 and β2 exchanged does not"
            (attained (fun (b1, b2) -> adamOf (b2, b1)) adamBound)
        controlFact
            "AD-1"
            "adam with ε inside the root does not"
            (attained
                (fun (b1, b2) -> adamWith (Adam(Beta1 = b1, Beta2 = b2, Epsilon = 0.0, EpsilonRoot = 1e-8)))
                adamBound)
        fact "AD-1" "the bound of the Adam paper is false, and adam exceeds it" (fun () ->
            // Zeros before the sequence let the corrections reach 1 first.
            for beta, zeros, reached in [ (0.9, 0.999), 4400, 7.2; (0.9, 0.95), 100, 1.16 ] do
                let sequence = attaining beta 300

                let run = {
                    sequence with
                        Gradients = Array.append (Array.replicate zeros [| 0.0 |]) sequence.Gradients
                }

                let step, _ = lastStep (adamOf beta 1.0) run
                Expect.isGreaterThan step (paperBound beta) "the paper's bound"
                Expect.isGreaterThan step reached "what the reference measured")

        law
            "AD-2"
            "adam's first step is lr·|g|/(|g|+ε)"
            (firstStep (adamWith (Adam(Epsilon = 0.1))) (fun g -> g / (g + 0.1)))
        control
            "AD-2"
            "with ε inside the root it is not"
            (firstStep (adamWith (Adam(Epsilon = 0.0, EpsilonRoot = 0.1))) (fun g -> g / (g + 0.1)))
        law
            "AD-2"
            "without bias correction lr(1−β1)/√(1−β2)"
            (firstStep (adamWith (Adam(Epsilon = 0.0, BiasCorrection = false))) (fun g ->
                if g = 0.0 then 0.0 else (1.0 - 0.9) / sqrt (1.0 - 0.999)))

        law "AD-3" "a constant gradient makes steps of lr" (constantGradient (adamWith (Adam(Epsilon = 0.0))))
        control
            "AD-3"
            "not without bias correction"
            (constantGradient (adamWith (Adam(Epsilon = 0.0, BiasCorrection = false))))
    ]
