/// What a change of scale does to a run (INV-4 … INV-6): of the function, of the units of the parameters.
module OptDsl.Tests.Invariances.ScaleTests

open Expecto
open FsCheck.FSharp
open OptCore
open OptDsl
open OptDsl.Tests.Invariances.Pipelines
open OptDsl.Tests.Laws
open OptDsl.Tests.Numbers
open OptDsl.Tests.Running

let private scaled c (run: Run) = {
    run with
        Gradients = Array.map (times c) run.Gradients
}

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

[<Tests>]
let tests =
    testList "invariances" [
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
    ]
