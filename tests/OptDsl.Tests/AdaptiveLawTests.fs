/// Step bounds of the adaptive and sign-like directions, for every gradient sequence and attained by an explicit one
/// (AD-1 … AD-11, AG-5, SIGN-1, NGD-1, U-7): `law id → statement → property`.
///
/// Left: the regret bounds AD-6, AD-9 and AG-1 … AG-4, and AD-8, which come with the theorems.
module OptDsl.Tests.AdaptiveLawTests

open System
open Expecto
open FsCheck
open FsCheck.FSharp
open OptCore
open OptDsl
open OptDsl.Tests.Laws
open OptDsl.Tests.Numbers
open OptDsl.Tests.Running

/// β1 and β2: the usual ones, momentum without memory, β1² = β2 and β1² > β2, where the bound grows for ever.
let private betas = [ 0.9, 0.999; 0.9, 0.99; 0.9, 0.95; 0.5, 0.9; 0.0, 0.9; 0.9, 0.81; 0.99, 0.9 ]

let private anyBetas = Arb.fromGen (Gen.elements betas)

/// Σ_{j<t} xʲ.
let private geometricSum (x: float) t =
    Seq.sumBy (fun j -> Math.Pow(x, float j)) [ 0 .. t - 1 ]

/// AD-1: the largest |Δ_t|/lr of bias-corrected Adam.
let private adamBound (b1, b2) t =
    (1.0 - b1) / (1.0 - Math.Pow(b1, float t))
    * sqrt ((1.0 - Math.Pow(b2, float t)) / (1.0 - b2) * geometricSum (b1 * b1 / b2) t)

/// The same without bias correction.
let private plainBound (b1, b2) t =
    (1.0 - b1) * sqrt (geometricSum (b1 * b1 / b2) t / (1.0 - b2))

/// What the Adam paper claims, for every step.
let private paperBound (b1, b2) = max 1.0 ((1.0 - b1) / sqrt (1.0 - b2))

/// 1−βᵏ is off by at most k+2 roundings of 1, which is (k+2)ε/(1−β) of itself; the averages round twice a step; eight for
/// the quotient.
let private share (b1, b2) steps =
    let k = float steps
    ((k + 2.0) * (1.0 / (1.0 - b1) + 0.5 / (1.0 - b2)) + 4.0 * k + 8.0) * epsilon

/// |Δ_t| of every coordinate against a bound for step t; the difference of two positions rounds by ε of each.
let private bounded (optimizer: Optimizer) slack (bound: int -> float) (run: Run) =
    let path = trajectory optimizer run

    for t in 1 .. run.Steps do
        for i in 0 .. run.Length - 1 do
            let b = bound t
            atMost (slack * b + 2.0 * epsilon * reach path i) (abs (path[t][i] - path[t - 1][i])) b $"[{i}] at step {t}"

let private fromZero (run: Run) = {
    run with
        Start = Array.zeroCreate run.Length
}

let private onSequences property =
    Prop.forAll (runsOf (1, 40) (1, 8)) property

let private adamStep (build: float * float -> float -> Optimizer) bound =
    forAll2 anyBetas (runsOf (1, 40) (1, 8)) (fun beta run ->
        bounded (build beta 0.1) (share beta run.Steps) (fun t -> 0.1 * bound beta t) (fromZero run))

let private adamOf (b1, b2) =
    adamWith (Adam(Beta1 = b1, Beta2 = b2, Epsilon = 0.0))

/// The sequence that attains AD-1 at its last step: g_i = (β1/β2)^(t−i).
let private attaining (b1: float, b2: float) t = {
    Start = [| 0.0 |]
    Gradients = Array.init t (fun i -> [| Math.Pow(b1 / b2, float (t - 1 - i)) |])
}

let private lastStep (optimizer: Optimizer) (run: Run) =
    let path = trajectory optimizer run
    abs (path[run.Steps][0] - path[run.Steps - 1][0]), reach path 0

/// The last step of the attaining sequence is the bound, from both sides.
let private attained (build: float * float -> float -> Optimizer) bound () =
    for beta in betas do
        // β1 = 0 sends its weights to the last gradient alone: 0ᵗ⁻ⁱ.
        for t in [ 1; 2; 3; 5; 10; 30; 60 ] do
            let reached, size = lastStep (build beta 1.0) (attaining beta t)
            let b = bound beta t
            near (share beta t * b + 2.0 * epsilon * size) reached b $"{beta} at step {t}"

let private firstStep (build: float -> Optimizer) (length: float -> float) =
    Prop.forAll (runsOf (1, 1) (1, 70)) (fun run ->
        let path = trajectory (build 1.0) (fromZero run)

        for i in 0 .. run.Length - 1 do
            let expected = length (abs (run.Gradients[0][i]))
            // 1−β is rounded once before it cancels: 4ε/(1−β2) at β2 = 0.999, halved by the root; ε of the quotients.
            near ((2.0 / 0.001 + 8.0) * epsilon * expected) (abs (path[1][i])) expected $"[{i}]")

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

        law "AD-10" "lion with decay ends in the box of 1/λ" (boxOfDecay (fun wd -> lion >> weightDecay wd))
        law "AD-10" "signSgd too" (boxOfDecay (fun wd -> signSgd >> weightDecay wd))
        control "AD-10" "plain sgd does not" (boxOfDecay (fun wd -> sgd >> weightDecay wd))

        law
            "AD-11"
            "x = D z: adam on z is adam on x with the rates lr·D, bit for bit"
            (reparametrized (adamWith (Adam(Epsilon = 0.0))))
        control "AD-11" "sgd is not" (reparametrized sgd)

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
