/// Measurements with an average: numbers by hand, what stays the same, what is no number.
module OptCore.Tests.MovingAverageTests

open System
open System.Collections.Generic
open Expecto
open OptCore

let private over decay (values: float list) =
    MovingAverage.Over(decay, values) |> List.ofSeq

[<Tests>]
let tests =
    testList "moving average" [
        testCase "by hand" (fun () ->
            // ⅔ of −3, then 4/7 of 7.
            Expect.equal (over 0.5 [ 4.0; 1.0; 9.0 ]) [ 4.0; 2.0; 6.0 ] "β = ½"
            Expect.equal (over 0.0 [ 4.0; 1.0; 9.0 ]) [ 4.0; 1.0; 9.0 ] "β = 0: the values")

        testProperty "the weighted mean of its definition" (fun (seed: int) ->
            let random = Random seed
            let decay = random.NextDouble()

            let values =
                List.init (1 + random.Next 30) (fun _ -> 2.0 * random.NextDouble() - 1.0)

            for k, average in List.indexed (over decay values) do
                let weights = List.init (k + 1) (fun i -> decay ** float (k - i))

                let mean =
                    List.sum (List.map2 (*) weights (List.take (k + 1) values)) / List.sum weights
                // 1 − β^k cancels: a few roundings of it over itself.
                let allowed = 1e-14 * float (k + 1) / (1.0 - decay)
                Expect.isLessThanOrEqual (abs (average - mean)) allowed $"β = {decay}, {k + 1} values")

        testProperty "what stays the same is its own average, bit for bit" (fun (x: float, n: byte) ->
            let x = if Double.IsFinite x then x else 0.1

            for average in over 0.9 (List.replicate (int n) x) do
                Expect.equal average x "x")

        testCase "a value, that is left as it is" (fun () ->
            let first = MovingAverage(0.5).Next 4.0
            Expect.equal (first.Next(1.0).Value, first.Next(4.0).Value, first.Value) (2.0, 4.0, 4.0) "twice from one"
            Expect.equal (first, first.Count, first.Decay) (MovingAverage(0.5).Next 4.0, 1L, 0.5) "equal"
            Expect.equal (string (first.Next 1.0)) "2 (of 2)" "text")

        testCase "NaN is no measurement" (fun () ->
            let averages = over 0.5 [ nan; 4.0; nan; 1.0 ]
            Expect.isTrue (Double.IsNaN averages[0]) "nothing yet"
            Expect.equal averages.Tail [ 4.0; 4.0; 2.0 ] "passed over"
            Expect.equal (MovingAverage(0.5).Next(nan).Count) 0L "not counted"
            Expect.isTrue (Double.IsNaN(MovingAverage(0.5).Value)) "of nothing")

        testCase "infinity stays" (fun () ->
            Expect.equal (over 0.5 [ 1.0; infinity; 2.0; infinity ]).Tail [ infinity; infinity; infinity ] "∞"
            Expect.isTrue (Double.IsNaN(List.last (over 0.5 [ infinity; -infinity ]))) "∞ − ∞")

        testCase "bad input" (fun () ->
            for decay in [ -0.1; 1.0; nan; infinity ] do
                Expect.throwsT<ArgumentOutOfRangeException> (fun () -> MovingAverage decay |> ignore) $"{decay}"

            Expect.throwsT<ArgumentNullException>
                (fun () -> MovingAverage.Over(0.5, Unchecked.defaultof<IEnumerable<float>>) |> ignore)
                "no values")
    ]
