/// Pipelines that are equal by theory (EQ-1 … EQ-17 of the reference): `law id → statement → property`.
///
/// Left: EQ-13 (schedule-free, second round). Everything else is here.
module OptDsl.Tests.EquivalenceTests

open System
open Expecto
open FsCheck.FSharp
open OptCore
open OptDsl
open OptDsl.Tests.Laws
open OptDsl.Tests.Numbers
open OptDsl.Tests.Problems
open OptDsl.Tests.Running

let private minus = Array.map2 (fun (a: float) b -> a - b)
let private plus = Array.map2 (fun (a: float) b -> a + b)
let private times (c: float) = Array.map (fun x -> c * x)

/// x_{k+1} = x_k − lr_k g_k + β r_k (x_k − x_{k−1}): heavy ball, with r = 1 or lr_k/lr_{k−1}.
let private heavyBall (rate: int -> float) (ratio: int -> float) beta (run: Run) =
    let next (before, x) (k, g) =
        x, minus (plus x (times (beta * ratio k) (minus x before))) (times (rate k) g)

    Array.scan next (run.Start, run.Start) (Array.indexed run.Gradients)
    |> Array.map snd

/// Each of the N steps of the two forms rounds at most four times, by at most ε·S, S the largest number in play, and
/// momentum amplifies an error by at most 1/(1−β).
let private momentumSlack lr beta (run: Run) (path: float[][]) i =
    let s = reach path i + lr * mass run i / (1.0 - beta)
    4.0 * float run.Steps * epsilon * s / (1.0 - beta)

let private momentumRuns property =
    forAll3 runs rates (decaysTo 0.99) property

let private isHeavyBall (build: float -> float -> Optimizer) =
    momentumRuns (fun run lr beta ->
        let path = trajectory (build beta lr) run
        close (momentumSlack lr beta run path) path (heavyBall (fun _ -> lr) (fun _ -> 1.0) beta run) "heavy ball")

/// A rate that halves every second step: exact in every form.
let private halving k =
    Schedule.at (int64 k) (Schedule.stepDecay 2 0.5)

let private scheduledHeavyBall ratio build =
    momentumRuns (fun run lr beta ->
        let path = trajectory (build beta lr |> stepDecay 2 0.5) run
        let twin = heavyBall (fun k -> lr * halving k) ratio beta run
        close (momentumSlack lr beta run path) path twin "heavy ball under a schedule")

let private torchRatio k =
    if k = 0 then 1.0 else halving k / halving (k - 1)

let private emaIsMomentum (factor: float -> float) =
    momentumRuns (fun run lr beta ->
        let path = trajectory (sgd lr |> momentum beta) run
        let other = trajectory (sgd (lr * factor beta) |> ema beta) run
        close (momentumSlack lr beta run path) other path "ema with the rate lr/(1−β)")

/// The dampened buffer is (1−τ)w + τβᵗg₀, w the plain buffer: the first gradient enters undamped.
let private dampening (damped: float -> float -> float -> Optimizer) =
    forAll3 runs (decaysTo 0.99) (decaysTo 0.95) (fun run beta tau ->
        let buffers o =
            states o run |> Array.tail |> Array.map _.Slot("momentum.v")

        let plain = buffers (sgd 1.0 |> momentum beta)

        buffers (damped beta tau 1.0)
        |> Array.iteri (fun t v ->
            v
            |> Array.iteri (fun i value ->
                let expected =
                    (1.0 - tau) * plain[t][i] + tau * Math.Pow(beta, float t) * run.Gradients[0][i]

                near (4.0 * float (t + 2) * epsilon * mass run i) value expected $"v[{i}] after {t + 1} steps")))

/// y_{k+1} = x_{k+1} + β(x_{k+1} − x_k), x_{k+1} = y_k − lr g_k.
let private textbookNesterov lr beta (run: Run) =
    let next (x, y) g =
        let x' = minus y (times lr g)
        x', plus x' (times beta (minus x' x))

    Array.scan next (run.Start, run.Start) run.Gradients |> Array.map snd

let private nesterovIsTextbook build =
    momentumRuns (fun run lr beta ->
        let path = trajectory (build beta lr) run
        close (momentumSlack lr beta run path) path (textbookNesterov lr beta run) "textbook y")

/// A separable quadratic with curvatures of at most 1 around the run's first gradient.
let private bowl (run: Run) (x: float[]) =
    Array.mapi2 (fun i (xi: float) ci -> (xi - ci) / float (1 + i % 7)) x run.Gradients[0]

/// nag's look-ahead point is nesterov's parameters. On curvatures ≤ 1/lr both are stable linear recursions whose
/// transients grow at most like N (Jordan blocks), so N steps of rounding by 8ε·S become at most 8N²ε·S.
let private nagIsNesterov (point: State<float> -> Plan<float> -> float[]) =
    forAll3 runs (positives 1e-3 1.0) (decaysTo 0.95) (fun run lr beta ->
        let steps = 12
        let stored = descend steps (bowl run) run.Start (sgd lr |> nesterov beta)
        let plan = planFor run.Length (sgd lr |> nag beta)

        let next (state: State<float>) _ =
            step plan state (bowl run (plan.Point state))

        let points =
            Seq.scan next (plan.Init run.Start) [ 1..steps ]
            |> Seq.map (fun s -> point s plan)
            |> Array.ofSeq

        let slack i =
            8.0
            * float (steps * steps)
            * epsilon
            * (reach stored i + abs (run.Gradients[0][i]))

        close slack points stored "look-ahead point")

let private onRuns property = Prop.forAll runs property
let private forRates property = forAll2 rates runs property

let private isBase (build: float -> Optimizer) (other: float -> Optimizer) =
    forRates (fun lr run -> agree (build lr) (other lr) run)

/// Both sides keep the same m; only the denominators may round differently, by a share of each update.
let private updatesAgreeTo share (left: Optimizer) (right: Optimizer) run =
    let path = trajectory right run

    let slack i =
        share * travel path i + float run.Steps * epsilon * reach path i

    close slack (trajectory left run) path $"{left} = {right}"

/// At most eight roundings in each denominator.
let private updatesAgree = updatesAgreeTo (8.0 * epsilon)

let private rmsPropIsAdam build =
    forAll2 (decaysTo 0.999) runs (fun beta run ->
        updatesAgree (build beta 0.01) (adamWith (Adam(Beta1 = 0.0, Beta2 = beta)) 0.01) run)

/// |g| made nondecreasing in every coordinate.
let private growing (run: Run) =
    let largest (a: float[]) (b: float[]) =
        Array.map2 (fun (x: float) (y: float) -> Math.CopySign(max (abs x) (abs y), y)) a b

    {
        run with
            Gradients = Array.scan largest run.Gradients[0] (Array.tail run.Gradients)
    }

let private amsGradIsAdam share (prepare: Run -> Run) options =
    onRuns (fun run -> updatesAgreeTo share (amsGradWith options 0.01) (adam 0.01) (prepare run))

/// 1−β2ᵏ is off by at most k roundings of 1, which is (k+2)ε/(1−β2) of itself; a maximum over corrected values keeps the
/// largest of these errors, where adam takes the present one. 12 steps, β2 = 0.999, halved by the root.
let private correctedShare = 14.0 * epsilon / (1.0 - 0.999)

let private samIsBase radius =
    forAll2 runs (positives 1e-3 1.0) (fun run lr ->
        let path o = descend 6 (bowl run) run.Start o
        sameRuns (path (adam lr |> sam radius)) (path (adam lr)) $"sam {radius}")

/// z ← z − lr/(1−β) g, x ← βx + (1−β)z.
let private primalAveraging (build: float -> float -> Optimizer) =
    momentumRuns (fun run lr beta ->
        let next (x, z) g =
            let z' = minus z (times (lr / (1.0 - beta)) g)
            plus (times beta x) (times (1.0 - beta) z'), z'

        let twin = Array.scan next (run.Start, run.Start) run.Gradients |> Array.map fst
        let path = trajectory (build beta lr) run
        // z moves 1/(1−β) times as far as x, and so do its roundings.
        let slack i =
            momentumSlack lr beta run path i / (1.0 - beta)

        close slack path twin "primal averaging")

/// Integers, so that every sum of them is exact.
let private whole (run: Run) =
    let integer (x: float) =
        Math.Round(Math.Clamp(x * 8.0, -1e6, 1e6))

    {
        run with
            Gradients = Array.map (Array.map integer) run.Gradients
    }

/// n integers per gradient with exactly this mean.
let private split n (run: Run) =
    let offset j =
        if j = n - 1 && n % 2 = 1 then 0.0
        elif j % 2 = 0 then 3.0
        else -3.0

    {
        run with
            Gradients =
                run.Gradients
                |> Array.collect (fun g -> Array.init n (fun j -> Array.map (fun x -> x + offset j) g))
    }

let private accumulated (inner: Optimizer -> Optimizer) (accumulating: int -> Optimizer -> Optimizer) =
    forAll2 (counts 1 5) runs (fun n run ->
        let exact = whole run
        let small = trajectory (adam 0.01 |> accumulating n |> inner) (split n exact)
        let sampled = Array.init (exact.Steps + 1) (fun k -> small[k * n])
        sameRuns sampled (trajectory (adam 0.01 |> inner) exact) $"accumulate {n}")

let private scales =
    Arb.fromGen (Gen.zip (logUniform 1e-3 1e3) (logUniform 1e-3 1e3))

let private powers =
    Arb.fromGen (Gen.zip (Gen.choose (-20, 20)) (Gen.choose (-20, 20)))

[<Tests>]
let tests =
    testList "equivalences" [
        law "EQ-1" "momentum is Polyak's heavy ball" (isHeavyBall (fun beta -> sgd >> momentum beta))
        law "EQ-1" "velocity is Polyak's heavy ball" (isHeavyBall (fun beta -> sgd >> velocity beta))
        control "EQ-1" "nesterov is not" (isHeavyBall (fun beta -> sgd >> nesterov beta))
        law
            "EQ-1"
            "under a schedule momentum's β becomes β lr_k/lr_{k−1}"
            (scheduledHeavyBall torchRatio (fun beta -> sgd >> momentum beta))
        law
            "EQ-1"
            "under a schedule velocity keeps its β"
            (scheduledHeavyBall (fun _ -> 1.0) (fun beta -> sgd >> velocity beta))
        control
            "EQ-1"
            "under a schedule momentum is not velocity"
            (scheduledHeavyBall (fun _ -> 1.0) (fun beta -> sgd >> momentum beta))
        control
            "EQ-1"
            "under a schedule velocity is not momentum"
            (scheduledHeavyBall torchRatio (fun beta -> sgd >> velocity beta))

        law "EQ-2" "ema at lr/(1−β) is momentum" (emaIsMomentum (fun beta -> 1.0 / (1.0 - beta)))
        control "EQ-2" "ema at lr is not" (emaIsMomentum (fun _ -> 1.0))
        law
            "EQ-2"
            "dampening scales the buffer by 1−τ but for the first gradient"
            (dampening (fun beta tau -> sgd >> momentumWith (Momentum(beta, Dampening = tau))))
        control "EQ-2" "without dampening it is not scaled" (dampening (fun beta _ -> sgd >> momentum beta))

        law "EQ-3" "nesterov's parameters are the textbook's y" (nesterovIsTextbook (fun beta -> sgd >> nesterov beta))
        control "EQ-3" "momentum's are not" (nesterovIsTextbook (fun beta -> sgd >> momentum beta))
        law
            "EQ-3"
            "nag's look-ahead point is nesterov's parameters"
            (nagIsNesterov (fun state plan -> plan.Point state))
        control "EQ-3" "nag's parameters are not" (nagIsNesterov (fun state _ -> state.ToArray()))

        law "EQ-4" "momentum 0 is sgd, bit for bit" (isBase (sgd >> momentum 0.0) sgd)
        law "EQ-4" "nesterov 0 is sgd, bit for bit" (isBase (sgd >> nesterov 0.0) sgd)
        law "EQ-4" "ema 0 is sgd, bit for bit" (isBase (sgd >> ema 0.0) sgd)
        control "EQ-4" "momentum 0.5 is not" (isBase (sgd >> momentum 0.5) sgd)

        law
            "EQ-5"
            "adam with β1 = β2 = ε = 0 is signSgd, bit for bit"
            (isBase (adamWith (Adam(Beta1 = 0.0, Beta2 = 0.0, Epsilon = 0.0))) signSgd)
        control "EQ-5" "with the default ε it is not" (isBase (adamWith (Adam(Beta1 = 0.0, Beta2 = 0.0))) signSgd)

        law "EQ-6" "adamW 0 is adam, bit for bit" (isBase (adamW 0.0) adam)
        law "EQ-6" "adam with l2 0 is adam, bit for bit" (isBase (adam >> l2 0.0) adam)
        control "EQ-6" "adamW 0.01 is not" (isBase (adamW 0.01) adam)

        law
            "EQ-7"
            "rmsProp with bias correction is adam with β1 = 0"
            (rmsPropIsAdam (fun beta -> rmsPropWith (RmsProp(Decay = beta, BiasCorrection = true))))
        control
            "EQ-7"
            "without bias correction it is not"
            (rmsPropIsAdam (fun beta -> rmsPropWith (RmsProp(Decay = beta))))

        law "EQ-8" "l2 is weightDecay for plain sgd, bit for bit" (isBase (sgd >> l2 0.1) (sgd >> weightDecay 0.1))
        control
            "EQ-8"
            "not with momentum"
            (isBase (sgd >> momentum 0.9 >> l2 0.1) (sgd >> momentum 0.9 >> weightDecay 0.1))
        control "EQ-8" "not under an adaptive denominator" (isBase (adam >> l2 0.1) (adam >> weightDecay 0.1))
        fact "EQ-8" "coupled and decoupled decay differ by what the equations say" (fun () ->
            // p = 1, g = 0, lr = 0.1, λ = 0.5, β = 0.5, two steps: coupled v = 0.5, then 0.725; decoupled shrinks by 0.95 twice.
            let run = {
                Start = [| 1.0 |]
                Gradients = [| [| 0.0 |]; [| 0.0 |] |]
            }

            let coupled = (last (sgd 0.1 |> momentum 0.5 |> l2 0.5) run)[0]
            let decoupled = (last (sgd 0.1 |> momentum 0.5 |> weightDecay 0.5) run)[0]
            near 1e-15 coupled (1.0 - 0.05 - 0.1 * (0.25 + 0.475)) "coupled"
            near 1e-15 decoupled (0.95 * 0.95) "decoupled")

        law "EQ-9" "amsGrad is adam while v grows" (amsGradIsAdam (8.0 * epsilon) growing (AmsGrad()))
        law
            "EQ-9"
            "with the corrected maximum too"
            (amsGradIsAdam correctedShare growing (AmsGrad(CorrectedMax = true)))
        control "EQ-9" "amsGrad is not adam where v shrinks" (amsGradIsAdam (8.0 * epsilon) id (AmsGrad()))

        law "EQ-10" "lookahead with α = 1 is its inner optimizer" (isBase (adam >> lookahead 3 1.0) adam)
        control "EQ-10" "with α = 0.5 it is not" (isBase (adam >> lookahead 3 0.5) adam)

        law "EQ-11" "sam 0 is its base, bit for bit" (samIsBase 0.0)
        control "EQ-11" "sam 0.1 is not" (samIsBase 0.1)

        law "EQ-12" "clip infinity is the identity" (isBase (sgd >> clip infinity) sgd)
        law "EQ-12" "clipValue infinity is the identity" (isBase (sgd >> clipValue infinity) sgd)
        law "EQ-12" "clipPerTensor infinity is the identity" (isBase (sgd >> clipPerTensor infinity) sgd)
        law "EQ-12" "clipAdaptive infinity is the identity" (isBase (sgd >> clipAdaptive infinity) sgd)
        law "EQ-12" "clipUpdate infinity is the identity" (isBase (adam >> clipUpdate infinity) adam)
        control "EQ-12" "clip 1.0 is not" (isBase (sgd >> clip 1.0) sgd)

        law "EQ-14" "momentum is primal averaging" (primalAveraging (fun beta -> sgd >> momentum beta))
        control "EQ-14" "nesterov is not" (primalAveraging (fun beta -> sgd >> nesterov beta))

        law "EQ-15" "accumulate steps with the mean gradient, bit for bit" (accumulated id accumulate)
        law
            "EQ-15"
            "a clip after accumulate clips the mean, bit for bit"
            (accumulated (clip 1.0 >> momentum 0.5) accumulate)
        control
            "EQ-15"
            "a clip before it clips each"
            (forAll2 (counts 2 5) runs (fun n run ->
                let exact = whole run
                let small = trajectory (sgd 0.1 |> clip 1.0 |> accumulate n) (split n exact)
                sameBits (Array.last small) (last (sgd 0.1 |> clip 1.0) exact) "clip before accumulate"))

        law
            "EQ-16"
            "two scales are one, bit for bit for powers of two"
            (forAll2 powers runs (fun (a, c) run ->
                agree (sgd 0.1 |> scale (pow2 a) |> scale (pow2 c)) (sgd 0.1 |> scale (pow2 a * pow2 c)) run))
        law
            "EQ-16"
            "two scales are one"
            (forAll2 scales runs (fun (a, c) run ->
                updatesAgree (sgd 0.1 |> scale a |> scale c) (sgd 0.1 |> scale (a * c)) run))
        control
            "EQ-16"
            "they do not add up"
            (forAll2 scales runs (fun (a, c) run ->
                updatesAgree (sgd 0.1 |> scale a |> scale c) (sgd 0.1 |> scale (a + c)) run))

        law
            "EQ-17"
            "a constant schedule of 1 changes no bit"
            (Prop.forAll problems (fun problem ->
                let states (o: Optimizer) =
                    problemStates (o.Plan<float> problem.Layout) problem |> Array.map _.ToArray()

                sameRuns (states (problem.Optimizer |> constant 1.0)) (states problem.Optimizer) "constant 1.0"))
        law
            "EQ-17"
            "a constant schedule multiplies the rate"
            (forAll2 powers runs (fun (k, _) run -> agree (adam 0.1 |> constant (pow2 k)) (adam (0.1 * pow2 k)) run))
        law
            "EQ-17"
            "printing and parsing is a no-op, bit for bit"
            (Prop.forAll problems (fun problem ->
                let states (o: Optimizer) =
                    problemStates (o.Plan<float> problem.Layout) problem |> Array.map _.ToArray()

                let parsed = Optimizer.Parse(string problem.Optimizer)
                sameRuns (states parsed) (states problem.Optimizer) "parsed"))
        control "EQ-17" "a constant schedule of 1/2 is not" (isBase (adam >> constant 0.5) adam)
    ]
