/// The methods of the table of theory, with their parameters.
module OptVerify.Tests.Methods

open OptCore
open OptVerify

let sgd (rate: float) = Optimizer.Sgd rate
let heavyBall (rate: float) (beta: float) = (sgd rate).With(Momentum beta)
let nesterov (rate: float) (beta: float) = (sgd rate).With(Nesterov beta)
let nag (rate: float) (beta: float) = (sgd rate).With(Nag beta)

/// (√κ−1)/(√κ+1): the momentum of standard Nesterov, the root of Polyak's.
let root kappa = (sqrt kappa - 1.0) / (sqrt kappa + 1.0)

/// Polyak's tuning for m = 1, L = κ (HB-3).
let polyak kappa =
    heavyBall (4.0 / (sqrt kappa + 1.0) ** 2.0) (root kappa * root kappa)

let polyakModel kappa =
    LinearModel.ofCoefficients (4.0 / (sqrt kappa + 1.0) ** 2.0) (root kappa * root kappa) 0.0

/// Nesterov's standard tuning for m = 1, L = κ.
let standardModel kappa =
    LinearModel.ofCoefficients (1.0 / kappa) (root kappa) (root kappa)

/// The triple momentum method for m = 1, L = κ (TMM-1).
let tripleMomentum kappa =
    let r = 1.0 - 1.0 / sqrt kappa
    LinearModel.ofCoefficients ((1.0 + r) / kappa) (r * r / (2.0 - r)) (r * r / ((1.0 + r) * (2.0 - r)))

/// The model of an optimizer that has one.
let modelOf optimizer =
    match LinearModel.ofOptimizer optimizer with
    | Ok model -> model
    | Error reason -> failwith reason

/// Numbers in [low, high] from a seed, evenly in the logarithm.
let logUniform (random: System.Random) low high =
    low * exp (random.NextDouble() * log (high / low))
