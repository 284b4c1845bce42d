/// What a change of coordinates, of scale or of horizon does to a run (INV-1 … INV-10): `law id → statement → property`.
module OptDsl.Tests.InvarianceTests

open System
open Expecto
open FsCheck
open FsCheck.FSharp
open OptCore
open OptDsl
open OptDsl.Tests.Laws
open OptDsl.Tests.Numbers
open OptDsl.Tests.Problems
open OptDsl.Tests.Running

let private times (c: float) = Array.map (fun x -> c * x)

let private scaled c (run: Run) = {
    run with
        Gradients = Array.map (times c) run.Gradients
}

/// Pipelines by name: a counter-example says which.
type private Named = string * (float -> Optimizer)

let private oneOf (pipelines: Named list) = Arb.fromGen (Gen.elements pipelines)

let private onEach pipelines property =
    forAll2 (oneOf pipelines) runs (fun (name, build) run -> property name build run)

/// Directions whose update of a coordinate is an odd function of that coordinate's gradients alone.
let private elementwise: Named list = [
    "sgd", sgd
    "momentum", sgd >> momentum 0.9
    "dampened", sgd >> momentumWith (Momentum(0.9, Dampening = 0.3))
    "nesterov", sgd >> nesterov 0.9
    "ema", sgd >> emaWith (Ema(0.9, BiasCorrection = true))
    "velocity", sgd >> velocity 0.9
    "adam", adam
    "amsGrad", amsGrad
    "adaMax", adaMax
    "nadam", nadamWith (Nadam(MomentumDecay = 0.004))
    "radam", radam
    "adaBelief", adaBelief
    "adagrad", adagrad
    "rmsProp", rmsPropWith (RmsProp(Centered = true))
    "adaDelta", adaDelta
    "signSgd", signSgd
    "signum", signum 0.9
    "lion", lion
    "adan", adan
    "rprop", rprop
    "clipValue", sgd >> clipValue 1.0
    "scheduled adam", adam >> warmup 3 >> cosine 10
]

/// Words that look at the parameters, coordinate by coordinate, and are odd.
let private withParameters: Named list = [
    "yogi", yogiWith (Yogi(Initial = 0.0))
    "l2", adam >> l2 0.1
    "l1", sgd >> momentum 0.9 >> l1 0.1
    "weightDecay", adamW 0.1
    "within", sgd >> within -1.0 1.0
    "proxL1", sgd >> proxL1 0.1
    "lookahead", adam >> lookahead 2 0.5
]

/// Words whose step is the same for every orthogonal change of coordinates.
let private rotating: Named list = [
    "sgd", sgd
    "momentum", sgd >> momentum 0.9
    "nesterov", sgd >> nesterov 0.9
    "ema", sgd >> ema 0.9
    "velocity", sgd >> velocity 0.9 >> cosine 10
    "clip", sgd >> momentum 0.9 >> clip 1.0
    "clipPerTensor", sgd >> clipPerTensor 1.0
    "normalize", sgd >> normalizeWith (Normalize(Epsilon = 0.0))
    "clipUpdate", sgd >> momentum 0.9 >> clipUpdate 1.0
    "weightDecay", sgd >> weightDecay 0.1
    "novoGrad", novoGrad
    "lars", lars 0.0
    "ball", sgd >> ball 10.0
]

// INV-1

/// The updates do not depend on where the run starts; only their sums round, N times by ε of what they are added to.
let private translation (build: float -> Optimizer) (run: Run) shift =
    let path = trajectory (build 0.01) run

    let moved =
        trajectory (build 0.01) {
            run with
                Start = times 1.0 run.Start |> Array.map (fun x -> x + shift)
        }
    // The shift itself rounds once.
    let slack i =
        float (run.Steps + 1) * epsilon * (reach path i + abs shift)

    close slack moved (path |> Array.map (Array.map (fun x -> x + shift))) "translated"

let private translations pipelines =
    forAll3 (oneOf pipelines) runs scalars (fun (_, build) run shift -> translation build run shift)

// INV-2

/// A product of Householder reflections, applied to a vector.
let private reflect (mirrors: float[][]) (x: float[]) =
    let one (x: float[]) (v: float[]) =
        let vv = Array.sumBy (fun a -> a * a) v
        let vx = Array.fold2 (fun sum a b -> sum + a * b) 0.0 v x
        Array.map2 (fun a b -> a - 2.0 * vx / vv * b) x v

    Array.fold one x mirrors

let private mirrors n =
    Gen.arrayOfLength 3 (Gen.arrayOfLength n normal)
    |> Gen.where (Array.forall (fun v -> Array.sumBy (fun a -> a * a) v > 0.01))

let private norm (x: float[]) =
    let largest = x |> Array.fold (fun m v -> max m (abs v)) 0.0

    if largest = 0.0 || not (Double.IsFinite largest) then
        largest
    else
        largest * sqrt (x |> Array.sumBy (fun v -> (v / largest) * (v / largest)))

let private rotatedRuns =
    gen {
        let! run = runsOf (1, 12) (1, 8) |> Arb.toGen
        let! q = mirrors run.Length
        return run, q
    }
    |> Arb.fromGen

/// 3 reflections of d ≤ 8 numbers round by at most 3·(2d+4)ε of a norm; a step of these words passes an error on by at most
/// the ratio of its Lipschitz constant (2 for a normalised vector of its own length) times 1/(1−β) = 10; N ≤ 12 steps add up.
let private rotationSlack (run: Run) (path: float[][]) =
    let d = float run.Length

    let moved =
        path
        |> Array.pairwise
        |> Array.sumBy (fun (a, b) -> norm (Array.map2 (fun x y -> y - x) a b))

    let start = path |> Array.map norm |> Array.max
    3.0 * (2.0 * d + 4.0) * epsilon * 2.0 * 10.0 * float run.Steps * (start + moved)

let private rotation pipelines =
    forAll2 (oneOf pipelines) rotatedRuns (fun (name, build: float -> Optimizer) (run, q) ->
        let turned = {
            Start = reflect q run.Start
            Gradients = Array.map (reflect q) run.Gradients
        }

        let path = trajectory (build 0.1) run
        let slack = rotationSlack run path
        close (fun _ -> slack) (trajectory (build 0.1) turned) (Array.map (reflect q) path) name)

/// The gradient e₁ in four dimensions and the same turned onto the diagonal: a word that sees coordinates goes lr·N along e₁
/// in the one case and lr·N in each of four coordinates in the other, which is twice as far.
let private deviation (build: float -> Optimizer) =
    let steps, lr = 50, 0.01

    let run g = {
        Start = Array.zeroCreate 4
        Gradients = Array.replicate steps g
    }

    let straight = last (build lr) (run [| 1.0; 0.0; 0.0; 0.0 |])
    let diagonal = last (build lr) (run [| 0.5; 0.5; 0.5; 0.5 |])
    // The rotation takes e₁ to the diagonal; back again the diagonal's length lies along e₁.
    abs (norm diagonal - norm straight)

// INV-3

let private arranged (order: int[]) (x: float[]) = order |> Array.map (fun i -> x[i])

let private permuted =
    gen {
        let! run = Arb.toGen runs
        let! order = Gen.shuffle [| 0 .. run.Length - 1 |]
        return run, order
    }
    |> Arb.fromGen

let private permutation pipelines =
    forAll2 (oneOf pipelines) permuted (fun (name, build: float -> Optimizer) (run, order) ->
        let mixed = {
            Start = arranged order run.Start
            Gradients = Array.map (arranged order) run.Gradients
        }

        sameRuns (trajectory (build 0.1) mixed) (Array.map (arranged order) (trajectory (build 0.1) run)) name)

/// A norm's sum in another order: 70 terms, at most 71 roundings, halved by the root; a step multiplies by it once.
let private permutationOfNorms pipelines =
    forAll2 (oneOf pipelines) permuted (fun (name, build: float -> Optimizer) (run, order) ->
        let mixed = {
            Start = arranged order run.Start
            Gradients = Array.map (arranged order) run.Gradients
        }

        let path = Array.map (arranged order) (trajectory (build 0.1) run)

        let slack i =
            71.0 * epsilon * travel path i + float run.Steps * epsilon * reach path i

        close slack (trajectory (build 0.1) mixed) path name)

let private reflection pipelines =
    onEach pipelines (fun name build run ->
        let minus = Array.map (fun (x: float) -> -x)

        let mirrored = {
            Start = minus run.Start
            Gradients = Array.map minus run.Gradients
        }

        let plusZero = Array.map (fun (x: float) -> x + 0.0)
        // 0 has no sign to flip.
        sameRuns
            (trajectory (build 0.1) mirrored |> Array.map plusZero)
            (trajectory (build 0.1) run |> Array.map (minus >> plusZero))
            name)

// INV-4 … INV-6

let private exponents = counts -30 30

/// f → c f with c = 2ᵏ: `build lr c` is the optimizer for the scaled function.
let private functionScale (cases: (string * (float -> float -> Optimizer)) list) =
    forAll3 (Arb.fromGen (Gen.elements cases)) exponents runs (fun (name, build) k run ->
        let c = pow2 k
        sameRuns (trajectory (build 0.1 c) (scaled c run)) (trajectory (build 0.1 1.0) run) $"{name}, c = 2^{k}")

let private linearCases: (string * (float -> float -> Optimizer)) list = [
    "sgd", (fun lr c -> sgd (lr / c))
    "momentum", (fun lr c -> sgd (lr / c) |> momentum 0.9)
    "nesterov", (fun lr c -> sgd (lr / c) |> nesterov 0.9)
    "ema", (fun lr c -> sgd (lr / c) |> ema 0.9)
    "velocity", (fun lr c -> sgd (lr / c) |> velocity 0.9)
    "clip c", (fun lr c -> sgd (lr / c) |> clip c |> momentum 0.9)
    "l2", (fun lr c -> sgd (lr / c) |> l2 (0.1 * c) |> momentum 0.9)
]

/// Dimensionless directions: nothing changes, but that an ε in units of the gradient scales with it. radam is none before
/// its rectification begins, nor is adaDelta, whose ε is in units of the parameters too.
let private scaleFree: (string * (float -> float -> Optimizer)) list = [
    "adam", (fun lr c -> adamWith (Adam(Epsilon = 1e-8 * c)) lr)
    "adam, ε_root", (fun lr c -> adamWith (Adam(Epsilon = 0.0, EpsilonRoot = 1e-8 * c * c)) lr)
    "adam, ε = 0", (fun lr _ -> adamWith (Adam(Epsilon = 0.0)) lr)
    "amsGrad", (fun lr c -> amsGradWith (AmsGrad(Epsilon = 1e-8 * c)) lr)
    "adaMax", (fun lr c -> adaMaxWith (AdaMax(Epsilon = 1e-8 * c)) lr)
    "nadam", (fun lr c -> nadamWith (Nadam(Epsilon = 1e-8 * c)) lr)
    "adaBelief", (fun lr c -> adaBeliefWith (AdaBelief(Epsilon = 1e-8 * c, EpsilonRoot = 1e-16 * c * c)) lr)
    "yogi", (fun lr c -> yogiWith (Yogi(Epsilon = 1e-3 * c, Initial = 0.0)) lr)
    "adagrad", (fun lr c -> adagradWith (Adagrad(Epsilon = 1e-10 * c)) lr)
    "adagrad, inside", (fun lr c -> adagradWith (Adagrad(Epsilon = 1e-7 * c * c, EpsilonInside = true)) lr)
    "rmsProp", (fun lr c -> rmsPropWith (RmsProp(Epsilon = 1e-8 * c)) lr)
    "signSgd", (fun lr _ -> signSgd lr)
    "lion", (fun lr _ -> lion lr)
    "rprop", (fun lr _ -> rprop lr)
    "adan", (fun lr c -> adanWith (Adan(Epsilon = 1e-8 * c)) lr)
    "novoGrad", (fun lr c -> novoGradWith (NovoGrad(Epsilon = 1e-6 * c)) lr)
    "normalize", (fun lr c -> sgd lr |> normalizeWith (Normalize(Epsilon = 1e-6 * c)))
    "lars", (fun lr _ -> lars 0.0 lr)
]

/// Units of the parameters: x → s x, f_s(x) = f(x/s), so the gradient shrinks by s; s = 2ᵏ.
let private unitScale (cases: (string * (float -> float -> Optimizer)) list) =
    forAll3 (Arb.fromGen (Gen.elements cases)) exponents runs (fun (name, build) k run ->
        let s = pow2 k

        let stretched = {
            scaled (1.0 / s) run with
                Start = times s run.Start
        }

        sameRuns
            (trajectory (build 0.1 s) stretched)
            (Array.map (times s) (trajectory (build 0.1 1.0) run))
            $"{name}, s = 2^{k}")

// INV-8

/// A run on two tensors of the given lengths, against two runs on one tensor each.
let private separability (pipelines: Named list) =
    forAll3 (oneOf pipelines) (counts 0 70) runs (fun (name, build) cut run ->
        let cut = min cut run.Length
        let layout = Layout.Empty.Add("a", cut).Add("b", run.Length - cut)

        let both =
            statesOf ((build 0.1).Plan<float> layout) run.Start run.Gradients
            |> Array.map _.ToArray()

        let alone keep =
            trajectory (build 0.1) {
                Start = keep run.Start
                Gradients = Array.map keep run.Gradients
            }

        let joined =
            Array.map2 Array.append (alone (Array.truncate cut)) (alone (Array.skip cut))

        sameRuns both joined name)

// INV-9, INV-10

let private prefix (shorter: int -> Optimizer) (longer: int -> Optimizer) =
    Prop.forAll (runsOf (2, 12) (1, 20)) (fun run ->
        let half = run.Steps / 2

        let first =
            trajectory (shorter half) {
                run with
                    Gradients = Array.truncate half run.Gradients
            }

        sameRuns first (Array.truncate (half + 1) (trajectory (longer run.Steps) run)) "prefix")

let private reversed (run: Run) = {
    run with
        Gradients = Array.rev run.Gradients
}

let private integers (run: Run) = {
    run with
        Gradients =
            run.Gradients
            |> Array.map (Array.map (fun x -> Math.Round(Math.Clamp(x * 4.0, -1e6, 1e6))))
}

[<Tests>]
let tests =
    testList "invariances" [
        law "INV-1" "a translated start translates the run" (translations elementwise)
        control "INV-1" "not with weight decay" (translations [ "adamW", adamW 0.1 ])

        law "INV-2" "a rotation of start and gradients rotates the run" (rotation rotating)
        control "INV-2" "not for adam" (rotation [ "adam", adam ])
        control "INV-2" "not for a clip by value" (rotation [ "clipValue", sgd >> clipValue 1.0 ])
        yield!
            [
                "adam", adamWith (Adam(Epsilon = 0.0))
                "signSgd", signSgd
                "lion", lion
                "rmsProp", rmsPropWith (RmsProp(Epsilon = 0.0, BiasCorrection = true))
            ]
            |> List.map (fun (name, build) ->
                fact "INV-2" $"{name} depends on the coordinates, by lr·N·(√d−1) = 0.5" (fun () ->
                    near 1e-12 (deviation build) 0.5 "deviation"
                    Expect.isGreaterThan (deviation build) 0.41 "the deviation that the reference measured"))
        fact "INV-2" "sgd does not" (fun () -> near 1e-15 (deviation sgd) 0.0 "deviation")

        law
            "INV-3"
            "elementwise words commute with permutations, bit for bit"
            (permutation (elementwise @ withParameters))
        law
            "INV-3"
            "words by norm do, up to the order of a sum"
            (permutationOfNorms [
                "clip", sgd >> clip 1.0
                "normalize", sgd >> normalize
                "clipPerTensor", sgd >> clipPerTensor 1.0
            ])
        control "INV-3" "noise does not" (permutation [ "noise", sgd >> noise 1.0 0.0 1 ])
        law "INV-3" "odd words commute with a change of sign, bit for bit" (reflection (elementwise @ withParameters))
        control "INV-3" "a one-sided box does not" (reflection [ "nonNegative", sgd >> nonNegative ])

        law "INV-4" "f → 2ᵏf with lr → lr/2ᵏ changes no bit" (functionScale linearCases)
        control "INV-4" "with the same rate it does" (functionScale [ "sgd", (fun lr _ -> sgd lr) ])

        law "INV-5" "dimensionless directions ignore 2ᵏ, bit for bit" (functionScale scaleFree)
        control
            "INV-5"
            "an ε that does not scale is seen"
            (functionScale [ "adam", (fun lr _ -> adamWith (Adam(Epsilon = 1e-3)) lr) ])

        law
            "INV-6"
            "x → 2ᵏx: gradient rules need lr·4ᵏ, dimensionless ones lr·2ᵏ, bit for bit"
            (unitScale [
                "sgd", (fun lr s -> sgd (lr * s * s))
                "momentum", (fun lr s -> sgd (lr * s * s) |> momentum 0.9)
                "l2", (fun lr s -> sgd (lr * s * s) |> l2 (0.1 / (s * s)))
                "adam", (fun lr s -> adamWith (Adam(Epsilon = 1e-8 / s)) (lr * s))
                "adamW", (fun lr s -> adamWith (Adam(Epsilon = 1e-8 / s)) (lr * s) |> weightDecay (0.1 / s))
                "signSgd", (fun lr s -> signSgd (lr * s))
            ])
        control
            "INV-6"
            "adam with lr·4ᵏ is not"
            (unitScale [ "adam", (fun lr s -> adamWith (Adam(Epsilon = 0.0)) (lr * s * s)) ])

        law
            "INV-7"
            "the loss changes nothing where no stage asks for it, bit for bit"
            (forAll2 problems scalars (fun problem offset ->
                let plan = problem.Optimizer.Plan<float> problem.Layout

                if not plan.NeedsLoss then
                    let other = {
                        problem with
                            Losses = problem.Losses |> Array.map (fun l -> l + offset)
                    }

                    sameRuns
                        (problemStates plan other |> Array.map _.ToArray())
                        (problemStates plan problem |> Array.map _.ToArray())
                        "another loss"))
        controlFact "INV-7" "plateau asks" (fun () ->
            let run losses =
                let problem = {
                    Optimizer = sgd 0.1 |> plateau 1 0.5
                    Layout = Layout.Plain 1
                    Start = [| 0.0 |]
                    Gradients = Array.replicate 4 [| 1.0 |]
                    Losses = losses
                }

                problemStates (problem.Optimizer.Plan<float> problem.Layout) problem
                |> Array.last
                |> _.ToArray()

            sameBits (run [| 4.0; 4.0; 4.0; 4.0 |]) (run [| 4.0; 3.0; 2.0; 1.0 |]) "plateau")

        law
            "INV-8"
            "elementwise words treat blocks apart, bit for bit"
            (separability (
                elementwise
                @ withParameters
                @ [ "clipPerTensor", sgd >> clipPerTensor 1.0; "novoGrad", novoGrad ]
            ))
        control "INV-8" "a global norm ties them together" (separability [ "clip", sgd >> clip 1.0 ])

        law
            "INV-9"
            "a run is a prefix of the longer one, bit for bit"
            (prefix (fun _ -> adam 0.1 |> warmup 3 |> clip 1.0) (fun _ -> adam 0.1 |> warmup 3 |> clip 1.0))
        control
            "INV-9"
            "not under a schedule that knows the horizon"
            (prefix (fun n -> sgd 0.1 |> cosine n) (fun n -> sgd 0.1 |> cosine n))

        law
            "INV-10"
            "adagrad's accumulator does not know the order of the gradients"
            (Prop.forAll runs (fun run ->
                let accumulator run =
                    (Array.last (states (adagrad 0.1) run)).Slot "adagrad.G"

                sameBits (accumulator (reversed (integers run))) (accumulator (integers run)) "G"))
        control
            "INV-10"
            "momentum's buffer does"
            (Prop.forAll runs (fun run ->
                let buffer run =
                    (Array.last (states (sgd 0.1 |> momentum 0.9) run)).Slot "momentum.v"

                sameBits (buffer (reversed (integers run))) (buffer (integers run)) "v"))
    ]
