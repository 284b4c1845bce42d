/// What a step alone does not show: reductions of the rate, points of gradients, averages, the moments of noise.
module OptCore.Tests.Oracle.ByHandStateTests

open System
open Expecto
open OptCore
open OptCore.Tests.Oracle.ByHand

let private plateauByHand () =
    // Losses 8, 9, 9, 9, 4: not better for more than one update at the third; the floor is a quarter of the rate.
    let optimizer = half.With(Plateau(1, 0.25, Floor = 0.25))
    let plan = optimizer.Plan 1
    let session = plan.Start(ReadOnlySpan [| 0.0 |])
    let one = [| 1.0 |]

    let moves = [
        for loss in [ 8.0; 9.0; 9.0; 9.0; 9.0; 4.0 ] do
            let before = session.AsSpan()[0]
            session.Step(ReadOnlySpan one, loss) |> ignore
            before - session.AsSpan()[0]
    ]

    Expect.equal moves [ 0.5; 0.5; 0.5; 0.25; 0.25; 0.25 ] "the reduction counts from the step after the third loss"

let private moves (plateau: Plateau) (losses: float list) =
    let session = ((half.With plateau).Plan 1).Start(ReadOnlySpan [| 0.0 |])
    let one = [| 1.0 |]

    [
        for loss in losses do
            let before = session.AsSpan()[0]
            session.Step(ReadOnlySpan one, loss) |> ignore
            before - session.AsSpan()[0]
    ]

let private plateauOptionsByHand () =
    // Larger is better: 1, 1 and 1 are two looks without improvement, which is more than one.
    Expect.equal
        (moves (Plateau(1, 0.5, Maximize = true)) [ 1.0; 1.0; 1.0; 2.0; 2.0; 2.0; 2.0 ])
        [ 0.5; 0.5; 0.5; 0.25; 0.25; 0.25; 0.125 ]
        "accuracy"
    // 0.9 is no improvement on 1 by 0.2, 0.7 is.
    Expect.equal
        (moves (Plateau(1, 0.5, Absolute = true, Threshold = 0.2)) [ 1.0; 0.9; 0.7; 0.7; 0.7; 0.7 ])
        [ 0.5; 0.5; 0.5; 0.5; 0.5; 0.25 ]
        "absolute"
    // Reduced at the third; two updates cool down; then two more that are bad.
    Expect.equal
        (moves (Plateau(1, 0.5, Cooldown = 2)) (List.replicate 8 1.0))
        [ 0.5; 0.5; 0.5; 0.25; 0.25; 0.25; 0.25; 0.125 ]
        "cooldown"
    // Steps without a loss are no looks.
    Expect.equal
        (moves (Plateau(1, 0.5, Sparse = true)) [ 1.0; nan; 1.0; nan; nan; 1.0; nan; nan ])
        [ 0.5; 0.5; 0.5; 0.5; 0.5; 0.5; 0.25; 0.25 ]
        "every so often"

    Expect.throwsT<ArgumentException> (fun () -> moves (Plateau(1, 0.5)) [ nan ] |> ignore) "else a loss is needed"

let private probesByHand () =
    let nag = (half.With(Nag 0.5)).Plan 1
    let first = nag.Init(ReadOnlySpan [| 1.0 |])
    Expect.equal (nag.Point first) [| 1.0 |] "without a history the point is p"
    let second = nag.Step(first, ReadOnlySpan [| 4.0 |], atPoint = true)
    Expect.equal (second.ToArray()) [| -1.0 |] "p − η v"
    Expect.equal (nag.Point second) [| -2.0 |] "p − η β v"
    let third = nag.Step(second, ReadOnlySpan [| 2.0 |], atPoint = true)
    Expect.equal (third.ToArray()) [| -3.0 |] "v = 0.5·4 + 2"
    let sam = (half.With(Sam 0.5)).Plan 2
    let state = sam.Init(ReadOnlySpan [| 1.0; 2.0 |])
    Expect.equal (sam.Point(state, ReadOnlySpan [| 0.0; -4.0 |])) [| 1.0; 1.5 |] "p + ρ g/‖g‖"
    Expect.equal (sam.Point(state, ReadOnlySpan [| 0.0; 0.0 |])) [| 1.0; 2.0 |] "p where g is 0"

let private averagesByHand () =
    let run (optimizer: Optimizer) =
        let plan = optimizer.Plan 1
        let mutable state = plan.Init(ReadOnlySpan [| 8.0 |])
        let slot = state.SlotNames |> Seq.exactlyOne

        [
            (state.Slot slot)[0]
            for g in [ 8.0; 8.0; 4.0 ] do
                state <- plan.Step(state, ReadOnlySpan [| g |])
                (state.Slot slot)[0]
        ]

    let equal actual expected message =
        List.iter2 (fun a e -> Expect.floatClose { absolute = 0.0; relative = 1e-15 } a e message) actual expected

    // p = 8, 4, 0, −2
    equal (run (half.With(ParameterEma 0.5))) [ 8.0; 4.0; 2.0; 0.0 ] "the first update copies"
    equal (run (half.With(PolyakAverage()))) [ 8.0; 4.0; 2.0; 2.0 / 3.0 ] "the mean of p_1 … p_t"
    equal (run (half.With(PolyakAverage(From = 1)))) [ 8.0; 4.0; 0.0; -1.0 ] "the mean of p_2 … p_t"

let private noiseByHand () =
    let draw (stage: Noise) length steps =
        let plan = (Optimizer.Sgd 1.0).With(stage).Plan(length: int)
        let mutable state = plan.Init(ReadOnlySpan(Array.zeroCreate<float> length))

        [|
            for _ in 1..steps do
                let next = plan.Step(state, ReadOnlySpan(Array.zeroCreate<float> length))
                Array.map2 (-) (state.ToArray()) (next.ToArray())
                state <- next
        |]

    let z = draw (Noise(1.0, 0.0, 1)) 1000 40 |> Array.concat
    let count = float z.Length

    let moment k =
        (z |> Array.sumBy (fun x -> x ** k)) / count
    // Six standard deviations of the mean, the variance, the third and the fourth moment of normal numbers.
    Expect.isLessThan (abs (moment 1.0)) (6.0 / sqrt count) "mean 0"
    Expect.isLessThan (abs (moment 2.0 - 1.0)) (6.0 * sqrt (2.0 / count)) "variance 1"
    Expect.isLessThan (abs (moment 3.0)) (6.0 * sqrt (15.0 / count)) "no skew"
    Expect.isLessThan (abs (moment 4.0 - 3.0)) (6.0 * sqrt (96.0 / count)) "kurtosis 3"
    let next = Array.pairwise z |> Array.sumBy (fun (a, b) -> a * b)
    Expect.isLessThan (abs next) (6.0 * sqrt count) "neighbours are independent"
    let other = draw (Noise(1.0, 0.0, 2)) 1000 40 |> Array.concat

    Expect.isLessThan
        (abs (Array.fold2 (fun sum a b -> sum + a * b) 0.0 z other))
        (6.0 * sqrt count)
        "seeds are independent"

    let variance k = 4.0 / float k ** 2.0

    draw (Noise(4.0, 2.0, 1)) 1000 40
    |> Array.iteri (fun j drawn ->
        let expected =
            Array.sub z (1000 * j) 1000 |> Array.map (fun x -> sqrt (variance (j + 1)) * x)

        Array.iter2
            (fun a e -> Expect.floatClose { absolute = 1e-14; relative = 1e-13 } a e $"√(η/k^γ) z at k = {j + 1}")
            drawn
            expected)

[<Tests>]
let tests =
    testList "oracle" [
        testList "by hand" [
            testCase "plateau: less rate after losses that are not better" plateauByHand
            testCase "plateau: larger is better, absolute thresholds, cooldown, looks" plateauOptionsByHand
            testCase "nag and sam: where the gradient is taken" probesByHand
            testCase "averages" averagesByHand
            testCase "noise: normal numbers of variance η/k^γ" noiseByHand
        ]
    ]
