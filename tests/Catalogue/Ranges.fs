/// The ranges of hyper-parameters, written by hand beside the records: values outside, values at the ends, values to try.
module Catalogue.Ranges

open System
open FsCheck
open FsCheck.FSharp

type Range = {
    /// Refused.
    Outside: objnull list
    /// Taken; the ends among them.
    Inside: objnull list
    /// What random records have.
    Draw: Gen<objnull>
}

let private range (outside: 'T list) (inside: 'T list) (draw: Gen<'T>) = {
    Outside = List.map box outside
    Inside = List.map box inside
    Draw = Gen.map box draw
}

/// The same range with other values to try.
let drawn (draw: Gen<'T>) (range: Range) = { range with Draw = Gen.map box draw }

let decay =
    range [ -1e-300; -0.5; 1.0; 1.5; nan; infinity; -infinity ] [ 0.0; 0.999999 ] Draws.decay

let nonNegative =
    range [ -1e-300; -1.0; nan; infinity; -infinity ] [ 0.0; 1e300 ] Draws.epsilon

/// A strength: not negative, often about 1e-3.
let lambda = nonNegative |> drawn Draws.lambda

let threshold =
    range [ 0.0; -0.0; -1.0; nan; -infinity ] [ 1e-300; infinity ] Draws.threshold

let positive =
    range [ 0.0; -1.0; nan; infinity; -infinity ] [ 1e-300; 1e300 ] (Draws.logUniform 1e-3 1e3)

let finite =
    range [ nan; infinity; -infinity ] [ -1e300; 0.0; 1e300 ] (Draws.uniform -1.0 1.0)

let share =
    range [ -0.001; 1.001; nan; infinity; -infinity ] [ 0.0; 1.0 ] Draws.fraction

let count =
    range [ 0; -1; Int32.MinValue ] [ 1; Int32.MaxValue ] (Gen.choose (1, 4))

let natural = range [ -1; Int32.MinValue ] [ 0; Int32.MaxValue ] (Gen.choose (0, 3))

let seed =
    range [] [ Int32.MinValue; 0; Int32.MaxValue ] (Gen.choose (Int32.MinValue, Int32.MaxValue))

/// Any other range.
let between (outside: 'T list) (inside: 'T list) (draw: Gen<'T>) = range outside inside draw
