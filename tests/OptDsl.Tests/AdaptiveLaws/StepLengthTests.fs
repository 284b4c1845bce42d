/// Steps whose length is known (AD-10, AD-11, SIGN-1, NGD-1, U-7): by sign, by norm, in other units, without a gradient.
///
/// Left: the regret bounds AD-6, AD-9 and AG-1 … AG-4, and AD-8, which come with the theorems.
module OptDsl.Tests.AdaptiveLaws.StepLengthTests

open System
open Expecto
open FsCheck.FSharp
open OptCore
open OptDsl
open OptDsl.Tests.Laws
open OptDsl.Tests.Numbers
open OptDsl.Tests.Running

// AD-10

/// |u| ≤ 1 and decay λ hold a coordinate to the box of 1/λ: the distance from it shrinks by 1−lr·λ.
let private boxOfDecay (build: float -> float -> Optimizer) =
    Prop.forAll (runsOf (1, 40) (1, 8)) (fun run ->
        let lr, wd = 0.1, 0.5

        let run = {
            run with
                Start = Array.map (fun x -> Math.Clamp(x, -100.0, 100.0)) run.Start
        }

        let path = trajectory (build wd lr) run
        let outside x = max 0.0 (abs x - 1.0 / wd)

        for a, b in Array.pairwise path do
            for i in 0 .. run.Length - 1 do
                // A step rounds three times, by ε of the coordinate or of 1/λ.
                let slack = 4.0 * epsilon * (abs a[i] + 1.0 / wd)
                atMost slack (outside b[i]) ((1.0 - lr * wd) * outside a[i]) $"[{i}]")

// AD-11

/// x = D z with D a power of two per tensor: z sees D·g and one rate, x sees g and the rate lr·D.
let private reparametrized (build: float -> Optimizer) =
    let powers = Arb.fromGen (Gen.arrayOfLength 4 (Gen.choose (-20, 20)))

    forAll2 powers (runsOf (1, 12) (4, 4)) (fun exponents run ->
        let d = exponents |> Array.map pow2
        let names = [ "a"; "b"; "c"; "d" ]

        let layout =
            names |> List.fold (fun (l: Layout) name -> l.Add(name, 1)) Layout.Empty

        let times = Array.map2 (fun (a: float) b -> a * b) d

        let z =
            statesOf ((build 0.1).Plan<float> layout) run.Start (Array.map times run.Gradients)
            |> Array.map _.ToArray()

        let rated =
            List.fold2 (fun o name (k: float) -> rateFor name k o) (build 0.1) names (List.ofArray d)

        let x =
            statesOf (rated.Plan<float> layout) (times run.Start) run.Gradients
            |> Array.map _.ToArray()

        sameRuns x (Array.map times z) "x = D z")

// SIGN-1, NGD-1

let private stepsOf (lengths: Set<float>) (wd: float) (build: float -> Optimizer) =
    forAll2 (positives 1e-3 1.0) (runsOf (1, 12) (1, 70)) (fun lr run ->
        let path = trajectory (build lr) run

        path
        |> Array.pairwise
        |> Array.iteri (fun t (a, b) ->
            for i in 0 .. run.Length - 1 do
                let moved = abs (b[i] - a[i] + lr * wd * a[i])
                let expected = if run.Gradients[t][i] = 0.0 then 0.0 else lr
                Expect.isTrue (lengths.Contains(expected / lr)) "length"
                near (4.0 * epsilon * (abs a[i] + lr)) moved expected $"[{i}]"))

let private norm (x: float[]) =
    let largest = x |> Array.fold (fun m v -> max m (abs v)) 0.0

    if largest = 0.0 then
        0.0
    else
        largest * sqrt (x |> Array.sumBy (fun v -> (v / largest) * (v / largest)))

/// ‖Δ‖ of one step from a start of ordinary size; the norm of up to 70 coordinates rounds by 70ε, positions by ε of ‖p‖.
let private stepNorm (optimizer: Optimizer) (expected: float[] -> float) =
    let starts = gen {
        let! n = Gen.choose (1, 70)
        let! p = Gen.arrayOfLength n normal
        let! g = Gen.arrayOfLength n normal
        return { Start = p; Gradients = [| g |] }
    }

    Prop.forAll (Arb.fromGen starts) (fun run ->
        let moved = Array.map2 (fun a b -> b - a) run.Start (last optimizer run)
        near (80.0 * epsilon * (expected run.Start + norm run.Start)) (norm moved) (expected run.Start) "step")

// U-7

let private resting: (string * (float -> Optimizer)) list = [
    "sgd", sgd
    "momentum", sgd >> momentum 0.9
    "nesterov", sgd >> nesterov 0.9
    "ema", sgd >> ema 0.9
    "velocity", sgd >> velocity 0.9
    "adam", adam
    "adam, ε = 0", adamWith (Adam(Epsilon = 0.0))
    "amsGrad, ε = 0", amsGradWith (AmsGrad(Epsilon = 0.0))
    "adaMax, ε = 0", adaMaxWith (AdaMax(Epsilon = 0.0))
    "nadam, ε = 0", nadamWith (Nadam(Epsilon = 0.0))
    "radam, ε = 0", radamWith (RAdam(Epsilon = 0.0))
    "adaBelief, ε = 0", adaBeliefWith (AdaBelief(Epsilon = 0.0, EpsilonRoot = 0.0))
    "yogi, ε = 0, from 0", yogiWith (Yogi(Epsilon = 0.0, Initial = 0.0))
    "adagrad, ε = 0", adagradWith (Adagrad(Epsilon = 0.0))
    "adagrad, ε inside", adagradWith (Adagrad(Epsilon = 0.0, EpsilonInside = true))
    "rmsProp, ε = 0", rmsPropWith (RmsProp(Epsilon = 0.0))
    "rmsProp, centered", rmsPropWith (RmsProp(Epsilon = 0.0, Centered = true))
    "adaDelta, ε = 0", adaDeltaWith (AdaDelta(Epsilon = 0.0))
    "signSgd", signSgd
    "lion", lion
    "rprop", rprop
    "adan, ε = 0", adanWith (Adan(Epsilon = 0.0))
    "novoGrad, ε = 0", novoGradWith (NovoGrad(Epsilon = 0.0))
    "lars", lars 0.0
    "clip", sgd >> clip 1.0
    "normalize, ε = 0", sgd >> normalizeWith (Normalize(Epsilon = 0.0))
    "clipAdaptive", sgd >> clipAdaptive 0.1
    "trustRatio", adam >> trustRatio
]

let private rests (build: float -> Optimizer) () =
    for n in [ 0; 1; 7; 8; 33 ] do
        let start = Array.init n (fun i -> float i - 3.0)

        let run = {
            Start = start
            Gradients = Array.init 3 (fun _ -> Array.zeroCreate n)
        }

        sameBits (last (build 0.1) run) start $"n = {n}"

[<Tests>]
let tests =
    testList "adaptive directions" [
        law "AD-10" "lion with decay ends in the box of 1/λ" (boxOfDecay (fun wd -> lion >> weightDecay wd))
        law "AD-10" "signSgd too" (boxOfDecay (fun wd -> signSgd >> weightDecay wd))
        control "AD-10" "plain sgd does not" (boxOfDecay (fun wd -> sgd >> weightDecay wd))

        law
            "AD-11"
            "x = D z: adam on z is adam on x with the rates lr·D, bit for bit"
            (reparametrized (adamWith (Adam(Epsilon = 0.0))))
        control "AD-11" "sgd is not" (reparametrized sgd)

        law
            "SIGN-1"
            "signSgd: every coordinate moves by lr, or rests where g = 0"
            (stepsOf (set [ 0.0; 1.0 ]) 0.0 signSgd)
        law
            "SIGN-1"
            "lion without memory and with decay: |Δ + lr·λ·p| is 0 or lr"
            (stepsOf (set [ 0.0; 1.0 ]) 0.1 (lionWith (Lion(Beta1 = 0.0, Beta2 = 0.0)) >> weightDecay 0.1))
        control "SIGN-1" "sgd does not" (stepsOf (set [ 0.0; 1.0 ]) 0.0 sgd)

        law
            "NGD-1"
            "a normalized gradient steps by lr"
            (stepNorm (sgd 0.1 |> normalizeWith (Normalize(Epsilon = 0.0))) (fun _ -> 0.1))
        law "NGD-1" "trustRatio steps by lr·‖p‖" (stepNorm (adam 0.1 |> trustRatio) (fun p -> 0.1 * norm p))
        law
            "NGD-1"
            "lars without momentum steps by lr·c·‖p‖"
            (stepNorm (larsWith (Lars(0.0, Momentum = 0.0, Coefficient = 0.5)) 0.1) (fun p -> 0.05 * norm p))
        control "NGD-1" "clip steps by less where the gradient is short" (stepNorm (sgd 0.1 |> clip 5.0) (fun _ -> 0.5))

        yield!
            resting
            |> List.map (fun (name, build) -> fact "U-7" $"{name}: a zero gradient moves nothing" (rests build))
        controlFact "U-7" "weight decay moves" (rests (sgd >> weightDecay 0.1))
    ]
