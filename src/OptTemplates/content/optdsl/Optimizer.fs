/// The optimizer, and what it minimizes.
module Optimizer

open OptCore
open OptDsl

/// Rosenbrock's valley, with its minimum 0 at (1, 1).
let valley = Objective.rosenbrock 2

let start = [| -1.2; 1.0 |]
let steps = 2000
let rate, beta, longest = 0.01, 0.9, 1.0

/// Gradient descent with momentum, gradients of length 1 at most, a rate that falls. `help momentum` in F# Interactive says what a word means.
let optimizer = rate |> (sgd >> momentum beta >> clip longest >> cosine steps)
