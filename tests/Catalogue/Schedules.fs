/// One row a schedule, as the stages have them.
module Catalogue.Schedules

open System
open FsCheck
open FsCheck.FSharp
open OptCore
open Catalogue.Ranges
open Catalogue.Rows

let private few = Gen.choose (1, 40)
let private steps = count |> drawn few

let private factor =
    nonNegative
    |> drawn (Gen.frequency [ 1, Gen.constant 1.0; 1, Gen.constant 0.0; 4, Draws.uniform 0.1 1.0 ])

let private small = nonNegative |> drawn (Draws.uniform 0.0 2.0)
let private rate = nonNegative |> drawn (Draws.logUniform 1e-6 10.0)
let private times = natural |> drawn (Gen.choose (0, 30))

/// The words without combinators. Values stay between 0 and 1, but for a few options up to 2.
let leaves: Row<ISchedule> list = [
    schedule [ Constant 0.5 ] [ "Value", small ]
    schedule [ StepDecay(3, 0.5) ] [ "Every", steps; "Factor", factor ]
    schedule [ MultiStep([ 2; 5; 6 ], 0.3) ] [ "Factor", factor ]
    |> drawnAs (
        Gen.map2
            (fun (milestones: int list) (gamma: objnull) -> MultiStep(milestones, unbox<float> gamma))
            (Gen.listOf (Gen.choose (0, 40)))
            factor.Draw
    )
    schedule [ GeometricDecay 0.9 ] [ "Factor", factor ]
    schedule [ ExponentialDecay 0.05 ] [ "Rate", rate ]
    schedule [ Cosine 10; Cosine(8, Floor = 0.1); Cosine(9, Exponent = 2.5) ] [
        "Steps", steps
        "Floor", share
        "Exponent", positive |> drawn (Draws.uniform 0.1 4.0)
    ]
    schedule [ SqrtDecay 10; SqrtDecay(7, Floor = 0.2) ] [ "Steps", steps; "Floor", share ]
    schedule [ Table [ 0.5; 1.0; 0.25 ] ] []
    |> drawnAs (Gen.map Table (Gen.nonEmptyListOf (Draws.uniform 0.0 1.0)))
    schedule [ CosineRestarts(3, 1); CosineRestarts(3, 2) ] [
        "Steps", steps
        "Multiplier", count |> drawn (Gen.choose (1, 3))
    ]
    schedule [ LinearRamp 9; LinearRamp(7, From = 0.25, To = 0.75) ] [ "Steps", steps; "From", small; "To", small ]
    schedule [ PolynomialDecay(2.0, 9) ] [
        "Power",
        nonNegative
        |> drawn (Gen.oneof [ Gen.elements [ 0.0; 1.0; 2.0 ]; Draws.uniform 0.0 5.0 ])
        "Steps", steps
    ]
    schedule [ Warmup 4 ] [ "Steps", steps ]
    schedule [ WarmupFrom(0.25, 4) ] [ "From", share; "Steps", steps ]
    schedule [ WarmupCosine(3, 11) ] [
        "WarmupSteps", between [ 0; -1 ] [ 1; 9 ] few
        "Steps", between [ 0; -1; 3 ] [ 4; Int32.MaxValue ] few
    ]
    |> drawnAs (Gen.map2 (fun n more -> WarmupCosine(n, n + more)) few few)
    schedule [
        OneCycle 12
        OneCycle(
            20,
            WarmupFraction = 0.25,
            InitialFactor = 0.1,
            FinalFactor = 0.01,
            LinearWarmup = true,
            LinearDecay = true
        )
        OneCycle(20, Inclusive = true)
    ] [
        "Steps", steps
        "WarmupFraction", share
        "InitialFactor", nonNegative |> drawn (Draws.uniform 0.0 1.0)
        "FinalFactor", nonNegative |> drawn (Draws.logUniform 1e-6 1.0)
    ]
    schedule [ InverseSqrt() ] []
    schedule [ InverseTime 0.5; InverseTime(0.2, Power = 0.75) ] [
        "Rate", rate
        "Power", positive |> drawn (Draws.uniform 0.1 3.0)
    ]
    schedule [ TriangularWave(4, 0.2) ] [ "HalfPeriod", steps; "Low", share ]
    schedule [ WarmupStableDecay(3, 12, 4) ] [
        "WarmupSteps", between [ 0; -1 ] [ 1; 3 ] few
        "Steps", between [ 0; 2; 3; -1 ] [ 5; 10 ] few
        "DecaySteps", between [ 0; -1; 8 ] [ 1; 7 ] few
    ]
    |> drawnAs (Gen.map3 (fun n down hold -> WarmupStableDecay(n, n + hold + down, down)) few few (Gen.choose (0, 20)))
]

/// What makes a schedule of others.
let combinators: Row<ISchedule> list = [
    schedule [ AndThen(WarmupFrom(0.0, 3), 3, Cosine 6) ] [ "Steps", times ]
    schedule [ Times(Warmup 4, Cosine 9) ] []
    schedule [ Plus(GeometricDecay 0.5, Constant 0.25) ] []
    schedule [ AtLeast(GeometricDecay 0.5, 0.1) ] [ "Value", nonNegative |> drawn Draws.fraction ]
    schedule [ AtMost(InverseSqrt(), 0.6) ] [ "Value", small ]
    schedule [ Delay(Cosine 5, 3) ] [ "Steps", times ]
    schedule [ Repeat(LinearRamp 4, 4) ] [ "Period", steps ]
    schedule [ ScaleBy(Cosine 7, 0.5) ] [ "Factor", small ]
]

let rows = leaves @ combinators

/// The row of a schedule.
let rowOf (schedule: ISchedule) =
    rows |> List.find (fun row -> row.Record = schedule.GetType())
