namespace OptVerify

open FsCheck
open FsCheck.FSharp
open OptCore
open OptDsl

/// Optimizers by what their steps see and do not see.
module internal OptimizerDraws =

    /// The step of a coordinate is an odd function of that coordinate's gradients alone.
    let elementwise: (float -> Optimizer) list = [
        sgd
        sgd >> momentum 0.9
        sgd >> momentumWith (Momentum(0.9, Dampening = 0.3))
        sgd >> nesterov 0.9
        sgd >> emaWith (Ema(0.9, BiasCorrection = true))
        sgd >> velocity 0.9
        adam
        amsGrad
        adaMax
        nadamWith (Nadam(MomentumDecay = 0.004))
        radam
        adaBelief
        adagrad
        rmsPropWith (RmsProp(Centered = true))
        adaDelta
        signSgd
        signum 0.9
        lion
        adan
        rprop
        sgd >> clipValue 0.5
        adam >> warmup 3 >> cosine 10
    ]

    /// The same, but the step is a function of the coordinate's parameter too.
    let ofParameters: (float -> Optimizer) list = [
        yogiWith (Yogi(Initial = 0.0))
        adam >> l2 0.1
        sgd >> momentum 0.9 >> l1 0.1
        adamW 0.1
        sgd >> within -1.0 1.0
        sgd >> proxL1 0.1
        adam >> lookahead 2 0.5
    ]

    /// Norms and inner products of all coordinates decide: rotations do not matter.
    let rotating: (float -> Optimizer) list = [
        sgd
        sgd >> momentum 0.9
        sgd >> nesterov 0.9
        sgd >> ema 0.9
        sgd >> velocity 0.9 >> cosine 10
        sgd >> momentum 0.9 >> clip 0.5
        sgd >> clipPerTensor 1.0
        sgd >> normalizeWith (Normalize(Epsilon = 0.0))
        sgd >> ema 0.5 >> clipUpdate 0.5
        sgd >> weightDecay 0.1
        sgd >> ball 2.0
        novoGrad
        lars 0.0
    ]

    /// For gradients c g: the optimizer of a rate and c that gives the trajectory of g. Rates and thresholds in units of the
    /// gradient follow it.
    let linear: (float -> float -> Optimizer) list = [
        (fun rate c -> sgd (rate / c))
        (fun rate c -> sgd (rate / c) |> momentum 0.9)
        (fun rate c -> sgd (rate / c) |> nesterov 0.9)
        (fun rate c -> sgd (rate / c) |> ema 0.9)
        (fun rate c -> sgd (rate / c) |> velocity 0.9)
        (fun rate c -> sgd (rate / c) |> clip c |> momentum 0.9)
        (fun rate c -> sgd (rate / c) |> l2 (0.1 * c) |> momentum 0.9)
    ]

    /// The same for methods that do not see the scale of the gradients, but for an ε in its units. RAdam sees it before its
    /// rectification begins, and the ε of AdaDelta is in units of the parameters too.
    let scaleFree: (float -> float -> Optimizer) list = [
        (fun rate c -> adamWith (Adam(Epsilon = 1e-8 * c)) rate)
        (fun rate c -> adamWith (Adam(Epsilon = 0.0, EpsilonRoot = 1e-8 * c * c)) rate)
        (fun rate _ -> adamWith (Adam(Epsilon = 0.0)) rate)
        (fun rate c -> amsGradWith (AmsGrad(Epsilon = 1e-8 * c)) rate)
        (fun rate c -> adaMaxWith (AdaMax(Epsilon = 1e-8 * c)) rate)
        (fun rate c -> nadamWith (Nadam(Epsilon = 1e-8 * c)) rate)
        (fun rate c -> adaBeliefWith (AdaBelief(Epsilon = 1e-8 * c, EpsilonRoot = 1e-16 * c * c)) rate)
        (fun rate c -> yogiWith (Yogi(Epsilon = 1e-3 * c, Initial = 0.0)) rate)
        (fun rate c -> adagradWith (Adagrad(Epsilon = 1e-10 * c)) rate)
        (fun rate c -> adagradWith (Adagrad(Epsilon = 1e-7 * c * c, EpsilonInside = true)) rate)
        (fun rate _ -> adagradWith (Adagrad(Epsilon = 0.0)) rate)
        (fun rate c -> rmsPropWith (RmsProp(Epsilon = 1e-8 * c)) rate)
        (fun rate _ -> rmsPropWith (RmsProp(Epsilon = 0.0)) rate)
        (fun rate _ -> signSgd rate)
        (fun rate _ -> lion rate)
        (fun rate _ -> rprop rate)
        (fun rate c -> adanWith (Adan(Epsilon = 1e-8 * c)) rate)
        (fun rate c -> novoGradWith (NovoGrad(Epsilon = 1e-6 * c)) rate)
        (fun rate c -> sgd rate |> normalizeWith (Normalize(Epsilon = 1e-6 * c)))
        (fun rate _ -> lars 0.0 rate)
    ]

    /// For parameters s x and gradients g/s: the optimizer of a rate and s that gives s times the trajectory.
    let inUnits: (float -> float -> Optimizer) list = [
        (fun rate s -> sgd (rate * s * s))
        (fun rate s -> sgd (rate * s * s) |> momentum 0.9)
        (fun rate s -> sgd (rate * s * s) |> l2 (0.1 / (s * s)))
        (fun rate s -> adamWith (Adam(Epsilon = 1e-8 / s)) (rate * s))
        (fun rate s -> adamWith (Adam(Epsilon = 1e-8 / s)) (rate * s) |> weightDecay (0.1 / s))
        (fun rate s -> signSgd (rate * s))
        (fun rate s -> lion (rate * s))
    ]

    /// A gradient of 0 moves nothing, also where 0/0 is near.
    let resting: (float -> Optimizer) list = [
        adamWith (Adam(Epsilon = 0.0))
        amsGradWith (AmsGrad(Epsilon = 0.0))
        adaMaxWith (AdaMax(Epsilon = 0.0))
        nadamWith (Nadam(Epsilon = 0.0))
        radamWith (RAdam(Epsilon = 0.0))
        adaBeliefWith (AdaBelief(Epsilon = 0.0, EpsilonRoot = 0.0))
        yogiWith (Yogi(Epsilon = 0.0, Initial = 0.0))
        adagradWith (Adagrad(Epsilon = 0.0))
        adagradWith (Adagrad(Epsilon = 0.0, EpsilonInside = true))
        rmsPropWith (RmsProp(Epsilon = 0.0))
        rmsPropWith (RmsProp(Epsilon = 0.0, Centered = true))
        adaDeltaWith (AdaDelta(Epsilon = 0.0))
        rprop
        adanWith (Adan(Epsilon = 0.0))
        novoGradWith (NovoGrad(Epsilon = 0.0))
        lars 0.0
        sgd >> normalizeWith (Normalize(Epsilon = 0.0))
        sgd >> clipAdaptive 0.1
        adam >> trustRatio
        sgd >> ema 0.9
        sgd >> velocity 0.9
    ]

    let private rate = Draw.logUniform 1e-3 0.3
    let private beta = Draw.uniform 0.0 0.95

    /// Heads and stages that evaluate the gradient at the parameters and leave no trace of a decay.
    let withoutDecay: Gen<Optimizer> =
        let head =
            Gen.elements [
                sgd
                adam
                amsGrad
                adaMax
                nadam
                adagrad
                rmsProp
                signSgd
                lion
                adaBelief
                yogi
            ]

        let words =
            Gen.oneof [
                Gen.constant id
                Gen.map clip (Draw.logUniform 0.01 10.0)
                Gen.map clipValue (Draw.logUniform 0.01 10.0)
                Gen.constant (cosine 40)
                Gen.constant (warmup 5)
                Gen.map clipUpdate (Draw.logUniform 0.1 10.0)
            ]

        let slow =
            Gen.oneof [ Gen.constant id; Gen.map momentum beta; Gen.map nesterov beta ]

        Gen.oneof [
            Gen.map3 (fun head words rate -> rate |> head |> words) head words rate
            Gen.map3 (fun slow words rate -> sgd rate |> slow |> words) slow words rate
        ]
