/// Random numbers of the kinds that hyper-parameters are.
module Catalogue.Draws

open System
open FsCheck
open FsCheck.FSharp

let unit =
    Gen.choose (0, Int32.MaxValue - 1)
    |> Gen.map (fun i -> float i / float Int32.MaxValue)

/// Uniform in [low, high].
let uniform low high =
    unit |> Gen.map (fun r -> min high (max low (low + (high - low) * r)))

/// Log-uniform in [low, high], both positive.
let logUniform (low: float) (high: float) =
    uniform (log low) (log high) |> Gen.map (fun x -> min high (max low (exp x)))

/// Decays 0 ≤ β < 1, among them those that people use.
let decay =
    Gen.frequency [
        1, Gen.constant 0.0
        3, Gen.elements [ 0.5; 0.9; 0.95; 0.99; 0.999 ]
        2, uniform 0.0 0.99
    ]

/// Small numbers that keep a divisor from 0.
let epsilon =
    Gen.frequency [ 1, Gen.constant 0.0; 2, Gen.constant 1e-8; 3, logUniform 1e-16 1.0 ]

/// Strengths of penalties and decays.
let lambda = Gen.frequency [ 1, Gen.constant 0.0; 4, logUniform 1e-6 1.0 ]

let threshold = Gen.frequency [ 1, Gen.constant infinity; 6, logUniform 1e-3 1e3 ]

/// Parts of a whole, both ends among them.
let fraction =
    Gen.frequency [ 1, Gen.constant 0.0; 1, Gen.constant 1.0; 3, uniform 0.0 1.0 ]
