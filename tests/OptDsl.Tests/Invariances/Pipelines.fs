/// Pipelines by name, grouped by what they look at.
module OptDsl.Tests.Invariances.Pipelines

open FsCheck.FSharp
open OptCore
open OptDsl

let times (c: float) = Array.map (fun x -> c * x)

/// Pipelines by name: a counter-example says which.
type Named = string * (float -> Optimizer)

let oneOf (pipelines: Named list) = Arb.fromGen (Gen.elements pipelines)

/// Directions whose update of a coordinate is an odd function of that coordinate's gradients alone.
let elementwise: Named list = [
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
let withParameters: Named list = [
    "yogi", yogiWith (Yogi(Initial = 0.0))
    "l2", adam >> l2 0.1
    "l1", sgd >> momentum 0.9 >> l1 0.1
    "weightDecay", adamW 0.1
    "within", sgd >> within -1.0 1.0
    "proxL1", sgd >> proxL1 0.1
    "lookahead", adam >> lookahead 2 0.5
]
