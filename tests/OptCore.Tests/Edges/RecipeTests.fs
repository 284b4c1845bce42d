/// Recipes of the documentation, held to the loops that they are said to equal, written out by hand.
module OptCore.Tests.Edges.RecipeTests

open Expecto
open OptCore
open OptCore.Tests.CornerCases.Steps

/// PyTorch's ASGD from its source, for a constant rate and without decay: ax takes the μ of the step before, 1 at first.
let private torchAverage (t0: float) (iterates: float list) =
    let mutable ax, mu = 0.0, 1.0

    [
        for k, p in List.indexed iterates do
            ax <- if mu = 1.0 then p else ax + (p - ax) * mu
            mu <- 1.0 / max 1.0 (float (k + 1) - t0)
            ax
    ]

[<Tests>]
let tests =
    testList "recipes" [
        testTheory "polyakAverage is ax of PyTorch's ASGD with t0 = From − 1" [ 0; 1; 2; 3; 5 ] (fun from ->
            let plan = plain $"sgd 1.0 |> polyakAverageWith (PolyakAverage(From = {from}))" 1

            // Each gradient is minus the power of two that the iterate is to move by.
            let states =
                List.scan (fun s k -> step plan s [ -(2.0 ** float k) ]) (init plan [ 0.0 ]) [ 1..8 ]
                |> List.tail

            let actual = [ for s in states -> (s.Slot "polyakAverage")[0] ]

            let expected =
                torchAverage (float from - 1.0) [ for s in states -> (s.ToArray())[0] ]

            for a, e in List.zip actual expected do
                Expect.floatClose Accuracy.veryHigh a e "mean"

            Expect.notEqual
                actual
                (torchAverage (float from) [ for s in states -> (s.ToArray())[0] ])
                "and not with t0 = From")

        testTheory "Noam's schedule by the recipe of inverseSqrt" [ 1; 10; 4000 ] (fun n ->
            let root =
                (sqrt (float n)).ToString("R", System.Globalization.CultureInfo.InvariantCulture)

            let root = if root.Contains '.' then root else root + ".0"

            let recipe =
                Words.ParseSchedule
                    $"Schedule.warmup {n} |> Schedule.times (Schedule.inverseSqrt |> Schedule.scaleBy {root} |> Schedule.atMost 1.0)"

            for t in [ 0..30 ] @ [ n - 1; n; n + 1; 4 * n - 1; 100 * n ] do
                let k, n = float t + 1.0, float n
                let expected = min (k / n) (sqrt (n / k))
                Expect.floatClose Accuracy.veryHigh (recipe.At(int64 t)) expected $"t = {t}")

        testCase "a polynomial with a last value of its own" (fun () ->
            // Optax: (1 − e)·(1 − t/T)^q + e.
            let recipe =
                Words.ParseSchedule
                    "Schedule.polynomial 2.0 10 |> Schedule.scaleBy 0.75 |> Schedule.plus (Schedule.constant 0.25)"

            for t in 0..15 do
                let left = 1.0 - float (min t 10) / 10.0
                Expect.floatClose Accuracy.veryHigh (recipe.At(int64 t)) (0.75 * left * left + 0.25) $"t = {t}")
    ]
