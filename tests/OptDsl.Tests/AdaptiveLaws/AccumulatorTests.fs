/// Directions by averages, maxima and sums of squares (AD-4, AD-5, AD-7, AG-5): their steps and what they remember.
module OptDsl.Tests.AdaptiveLaws.AccumulatorTests

open System
open Expecto
open FsCheck.FSharp
open OptCore
open OptDsl
open OptDsl.Tests.Laws
open OptDsl.Tests.Numbers
open OptDsl.Tests.Running
open OptDsl.Tests.AdaptiveLaws.StepBounds

// AD-4

let private rmsOf corrects decay =
    rmsPropWith (RmsProp(Decay = decay, Epsilon = 0.0, BiasCorrection = corrects))

let private rmsStep (build: float -> float -> Optimizer) (bound: float -> int -> float) =
    forAll2 (Arb.fromGen (Gen.elements [ 0.5; 0.9; 0.99 ])) (runsOf (1, 40) (1, 8)) (fun a run ->
        bounded (build a 1.0) (share (0.0, a) run.Steps) (bound a) (fromZero run))

// AD-5

let private adaMaxOf (b1, b2) =
    adaMaxWith (AdaMax(Beta1 = b1, Beta2 = b2, Epsilon = 0.0))

let private adaMaxBound (b1, b2) t =
    (1.0 - b1) / (1.0 - Math.Pow(b1, float t)) * geometricSum (b1 / b2) t

// AD-7

let private slots (name: string) (optimizer: Optimizer) run =
    states optimizer run |> Array.map (fun state -> state.Slot name)

let private grows (optimizer: Optimizer) name =
    onSequences (fun run ->
        for before, after in Array.pairwise (slots name optimizer run) do
            for i in 0 .. run.Length - 1 do
                atMost 0.0 before[i] after[i] $"{name}[{i}]")

let private staysPositive (optimizer: Optimizer) name =
    onSequences (fun run ->
        for values in slots name optimizer run do
            Expect.all values (fun v -> v >= 0.0) name)

let private movesAtMost (optimizer: Optimizer) name (share: float) =
    onSequences (fun run ->
        slots name optimizer run
        |> Array.pairwise
        |> Array.iteri (fun t (before, after) ->
            for i in 0 .. run.Length - 1 do
                let g = run.Gradients[t][i]
                // The product rounds, and the sum by ε of itself.
                let slack = 4.0 * epsilon * (share * g * g + before[i])
                atMost slack (abs (after[i] - before[i])) (share * g * g) $"{name}[{i}]"))

[<Tests>]
let tests =
    testList "adaptive directions" [
        law "AD-4" "rmsProp: |Δ| ≤ lr/√(1−α)" (rmsStep (rmsOf false) (fun a _ -> 1.0 / sqrt (1.0 - a)))
        law
            "AD-4"
            "with bias correction lr·√((1−αᵗ)/(1−α))"
            (rmsStep (rmsOf true) (fun a t -> sqrt ((1.0 - Math.Pow(a, float t)) / (1.0 - a))))
        law
            "AD-4"
            "with momentum μ behind it 1/(1−μ) as much"
            (rmsStep (fun a -> rmsOf false a >> momentum 0.5) (fun a _ -> 2.0 / sqrt (1.0 - a)))
        law
            "AD-4"
            "its first step is the bound"
            (firstStep (rmsOf false 0.9) (fun g -> if g = 0.0 then 0.0 else 1.0 / sqrt (1.0 - 0.9)))
        control
            "AD-4"
            "without correction the corrected bound fails"
            (rmsStep (rmsOf false) (fun a t -> sqrt ((1.0 - Math.Pow(a, float t)) / (1.0 - a))))

        law "AD-5" "adaMax: |Δ_t| ≤ lr(1−β1)/(1−β1ᵗ)·Σ(β1/β2)ʲ" (adamStep adaMaxOf adaMaxBound)
        fact "AD-5" "g_i = β2ⁱ attains it at every step" (fun () ->
            for b1, b2 in betas do
                let run = {
                    Start = [| 0.0 |]
                    Gradients = Array.init 40 (fun i -> [| Math.Pow(b2, float (i + 1)) |])
                }

                let path = trajectory (adaMaxOf (b1, b2) 1.0) run

                for t in 1..40 do
                    let b = adaMaxBound (b1, b2) t
                    // Powers of β2 here and products there: t roundings apart.
                    let slack = share (b1, b2) 40 * b + 2.0 * epsilon * reach path 0
                    near slack (abs (path[t][0] - path[t - 1][0])) b $"{(b1, b2)} at step {t}")
        fact "AD-5" "the paper's |Δ| ≤ lr is false, and adaMax exceeds it" (fun () ->
            let gradients = Array.init 100 (fun i -> [| Math.Pow(0.999, float (i + 1)) |])

            let step, _ =
                lastStep (adaMaxOf (0.9, 0.999) 1.0) {
                    Start = [| 0.0 |]
                    Gradients = gradients
                }

            Expect.isGreaterThan step 1.008 "step")
        control "AD-5" "adam is not bounded so" (adamStep adamOf adaMaxBound)

        law "AD-7" "amsGrad's maximum never falls" (grows (amsGrad 0.1) "amsGrad.w")
        law "AD-7" "nor with corrected averages" (grows (amsGradWith (AmsGrad(CorrectedMax = true)) 0.1) "amsGrad.w")
        control "AD-7" "adam's average does" (grows (adam 0.1) "adam.v")
        law "AD-7" "adam's v is ≥ 0" (staysPositive (adam 0.1) "adam.v")
        law "AD-7" "yogi's v is ≥ 0" (staysPositive (yogi 0.1) "yogi.v")
        control "AD-7" "adam's m is not" (staysPositive (adam 0.1) "adam.m")
        law "AD-7" "yogi's v moves by at most (1−β2)g²" (movesAtMost (yogi 0.1) "yogi.v" (1.0 - 0.999))
        control "AD-7" "adam's moves further" (movesAtMost (adam 0.1) "adam.v" (1.0 - 0.999))

        law
            "AG-5"
            "adagrad: |Δ| ≤ lr"
            (onSequences (fun run ->
                bounded
                    (adagradWith (Adagrad(Epsilon = 0.0)) 1.0)
                    (share (0.0, 0.0) run.Steps)
                    (fun _ -> 1.0)
                    (fromZero run)))
        law
            "AG-5"
            "its first step is lr·sign(g), bit for bit"
            (Prop.forAll (runsOf (1, 1) (0, 70)) (fun run ->
                agree (adagradWith (Adagrad(Epsilon = 0.0)) 0.1) (signSgd 0.1) run))
        law "AG-5" "its effective rate never rises: G never falls" (grows (adagrad 0.1) "adagrad.G")
        control
            "AG-5"
            "a second step is shorter"
            (Prop.forAll (runsOf (2, 2) (1, 70)) (fun run ->
                agree (adagradWith (Adagrad(Epsilon = 0.0)) 0.1) (signSgd 0.1) run))
    ]
