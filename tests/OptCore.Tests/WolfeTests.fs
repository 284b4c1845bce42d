/// The trials of `wolfe`, one by one, on functions that say what the test wants.
module OptCore.Tests.WolfeTests

open System
open System.Collections.Generic
open Expecto
open OptCore
open OptCore.Tests.CornerCases.Steps

/// What φ says: φ(0) = 0 and the slope of the start, then the values and slopes of the trials. The points that were tried, and
/// where the step has ended, as a: w is −start, so that the last coordinate of p is −a·start's last one.
let private search (word: string) (start: float list) (trials: (float * float) list) =
    let answers = Queue trials
    let points = List<float>()
    let last = start.Length - 1

    let f =
        FunctionObjective(
            start.Length,
            FunctionObjective.ValueAndGradient(fun p g ->
                if points.Count = 0 then
                    for i in 0..last do
                        g[i] <- start[i]

                    points.Add 0.0
                    0.0
                else
                    points.Add(p[last] / -start[last])
                    let value, slope = answers.Dequeue()

                    for i in 0..last do
                        g[i] <- 0.0

                    g[last] <- slope / -start[last]
                    value)
        )

    let plan = plain $"sgd 1.0 |> wolfeWith ({word})" start.Length
    let state = plan.Step(init plan (List.replicate start.Length 0.0), f)
    List.ofSeq (Seq.skip 1 points), state.ToArray()[last] / -start[last]

/// The slope is −1 at first, and p is a.
let private line word trials = search word [ -1.0 ] trials

// The slope −15 is a sum of four squares; the last of them gives a.
let private steep word trials =
    search word [ -3.0; -2.0; -1.0; -1.0 ] trials

let private bounds = [
    for slope in [ -0.5; 0.5 ] do
        testCase $"a slope exactly at the bound is flat: {slope}" (fun () ->
            Expect.equal (line "Wolfe(C2 = 0.5)" [ -0.5, slope ]) ([ 1.0 ], 1.0) "the first trial"
            // The same within a zoom: behind a trial that is too high the cubic has its minimum at ¼.
            let trials = [ 1.0, 3.0; -0.125, slope ]
            Expect.equal (line "Wolfe(C2 = 0.5)" trials) ([ 1.0; 0.25 ], 0.25) "the second trial")

    testCase "weak: a fall exactly at the bound is flat" (fun () ->
        Expect.equal (line "Wolfe(C2 = 0.5, Weak = true)" [ -0.5, -0.5 ]) ([ 1.0 ], 1.0) "the first trial")

    testCase "a value exactly at the bound is low enough" (fun () ->
        Expect.equal (line "Wolfe(C1 = 0.25, C2 = 0.5)" [ -0.25, 0.0 ]) ([ 1.0 ], 1.0) "the first trial"
        let trials = [ 1.0, 3.0; -0.0625, 0.0 ]
        Expect.equal (line "Wolfe(C1 = 0.25, C2 = 0.5)" trials) ([ 1.0; 0.25 ], 0.25) "the second trial")

    testCase "a rise, however small, has the minimum behind it" (fun () ->
        // d = −½ + ³⁄₄ and e = ¾: the minimum at 2/3.
        let points, chosen =
            line "Wolfe(C2 = 0.25, MaximumEvaluations = 2)" [ -0.25, 0.5; -0.5, 0.0 ]

        Expect.equal points [ 1.0; 1.0 - 1.0 / 3.0 ] "between 0 and 1"
        Expect.equal chosen points[1] "the flat one")
]

let private further = [
    testCase "further by a hundredth at least, and not by what was low enough at first" (fun () ->
        // As high as the start, and falling: with C1 = 0 not too high.
        let trials = [ 0.0, -1.0; 0.0, -1.0 ]
        let points, chosen = line "Wolfe(C1 = 0.0, C2 = 0.5, MaximumEvaluations = 2)" trials
        Expect.equal points [ 1.0; 1.0 + 0.01 ] "the cubic's minimum lies before 1"
        Expect.equal chosen 1.0 "the second one is as high: the first one ends it")

    testCase "a hundredth of the way between the last two" (fun () ->
        let trials = [ -1.0, -1.0; -2.0, -1.0; -3.0, -1.0 ]
        let points, chosen = line "Wolfe(C2 = 0.5, MaximumEvaluations = 3)" trials
        Expect.equal points [ 1.0; 10.0; 10.0 + 0.01 * 9.0 ] "ten times as far, then hardly"
        Expect.equal chosen points[2] "the last one")
]

let private zoom = [
    testCase "a zoom ends with the last trial that is allowed" (fun () ->
        for count in 2..5 do
            // Every trial is too high: the minimum at a quarter of what is left.
            let trials = [ for i in 0 .. count - 1 -> 1.0 / float (pown 4L i), 3.0 ]
            let points, chosen = line $"Wolfe(MaximumEvaluations = {count})" trials
            Expect.equal points [ for i in 0 .. count - 1 -> 1.0 / float (pown 4L i) ] "trials"
            Expect.equal chosen 0.0 "nothing found")

    testCase "the best trial is taken where the trials run out" (fun () ->
        let trials = [ 1.0, 3.0; -0.125, -0.75 ]
        let points, chosen = line "Wolfe(C2 = 0.5, MaximumEvaluations = 2)" trials
        Expect.equal points [ 1.0; 0.25 ] "trials"
        Expect.equal chosen 0.25 "lower, and too steep")

    testCase "as high as the best is no better" (fun () ->
        // With C1 = 0 and φ(¼) = φ(0): low enough, and still the other end of the bracket.
        let trials = [ 1.0, 3.0; 0.0, -1.0; -1.0, 0.0 ]
        let points, chosen = line "Wolfe(C1 = 0.0, C2 = 0.5)" trials
        Expect.isLessThan points[2] 0.25 "between 0 and a quarter"
        Expect.equal chosen points[2] "the flat one")

    testCase "a rise, however small, turns the bracket" (fun () ->
        // φ(¼) = −1/32 and a rise by ¼: d = −3/8, e = 5/8, the minimum in the middle of 0 and ¼.
        let trials = [ 1.0, 3.0; -1.0 / 32.0, 0.25; -1.0 / 16.0, 0.0 ]
        Expect.equal (line "Wolfe(C2 = 0.125)" trials) ([ 1.0; 0.25; 0.125 ], 0.125) "the middle")

    testCase "a fall keeps the far end" (fun () ->
        // d = −¼, e = 5/4: the first cubic has its minimum at 2/5, where φ still falls.
        let trials = [ 0.25, 1.5; -0.125, -0.5; -0.5, 0.0 ]
        let points, _ = line "Wolfe(C2 = 0.25)" trials
        Expect.equal points[..1] [ 1.0; 1.0 - 3.0 / 5.0 ] "trials"
        Expect.isGreaterThan points[2] points[1] "beyond the second"
        Expect.isLessThan points[2] 1.0 "before the first")

    testTheory
        "a zoom ends where the bracket is shorter than 1e-9 in every coordinate"
        [
            // The bracket is w 2^-k after k trials in it. Where its length is the bound itself there is one more.
            1.0, 30
            2.0, 31
            0.5, 29
            1e-9 * float (1 <<< 30), 31
        ]
        (fun (w, expected) ->
            // Falls like a line before a wall at a = 1: the middle, every time.
            let mutable asked = 0

            let wall =
                FunctionObjective(
                    1,
                    FunctionObjective.ValueAndGradient(fun p g ->
                        asked <- asked + 1
                        g[0] <- -w
                        if p[0] >= w then infinity else -w * p[0])
                )

            let plan = plain "sgd 1.0 |> wolfeWith (Wolfe(MaximumEvaluations = 60))" 1
            let state = plan.Step(init plan [ 0.0 ], wall)
            Expect.equal asked (2 + expected) "the start, the wall and the middles"
            Expect.equal (state.ToArray()) [| w * (1.0 - 1.0 / float (1L <<< expected)) |] "p")
]

let private ends = [
    testCase "near an end: let pass once, then moved away from it by a tenth, and let pass again" (fun () ->
        // Parabolas through (0, 0) with the slope −1, whose minimum is at 1/16 of the bracket [0, h]: φ(h) = 7h, φ'(h) = 15.
        let h = 1.0 / 16.0
        let moved = 0.1 * h
        let trials = [ for h in [ 1.0; h; moved; 1.0 ] -> 7.0 * h, 15.0 ]
        let points, chosen = line "Wolfe(MaximumEvaluations = 4)" trials
        Expect.equal points [ 1.0; h; moved; moved - moved * 0.9375 ] "trials"
        Expect.equal chosen 0.0 "nothing found")

    testCase "a trial in the middle, then one near an end" (fun () ->
        let trials = [ 1.0, 3.0; 1.75, 15.0; 1.0, 3.0 ]
        let points, _ = line "Wolfe(MaximumEvaluations = 3)" trials
        Expect.equal points [ 1.0; 0.25; 1.0 / 64.0 ] "let pass")

    testCase "near an end, in the middle, and near an end again" (fun () ->
        // What was let pass is forgotten in between.
        let h = 1.0 / 16.0
        let trials = [ 7.0, 15.0; h, 3.0; 7.0 * h / 4.0, 15.0; 1.0, 3.0 ]
        let points, _ = line "Wolfe(MaximumEvaluations = 4)" trials
        Expect.equal points [ 1.0; h; h / 4.0; h / 64.0 ] "let pass twice")

    testCase "near the far end" (fun () ->
        // From −15 to 1 within 1: the minimum at 15/16; then the same within the last sixteenth.
        let trials = [ -7.0, 1.0; -7.0 + 7.0 / 16.0, -15.0; -8.0, 0.0 ]
        let points, chosen = steep "Wolfe(C2 = 0.03125)" trials
        Expect.equal points [ 1.0; 0.9375; 1.0 - 0.1 / 16.0 ] "let pass, then moved away"
        Expect.equal chosen points[2] "the flat one")

    testCase "a tenth of the bracket is not near" (fun () ->
        // 1, 10 and 100 along a line; then parabolas from 10: the minimum at 19, and at 1/16 between 10 and 19.
        let trials = [ -1.0, -1.0; -10.0, -1.0; 350.0, 9.0; 53.0, 15.0; 1000.0, 1.0 ]
        let points, chosen = line "Wolfe(C2 = 0.5, MaximumEvaluations = 5)" trials
        Expect.equal points [ 1.0; 10.0; 100.0; 19.0; 10.5625 ] "let pass"
        Expect.equal chosen 10.0 "the best of the line")

    testCase "at the far end: moved away at once" (fun () ->
        // Lower than the start, and too high; the cubic falls beyond: d = 5/8, e = 3/8.
        let trials = [ -0.625, -0.25; -0.875, 0.0 ]
        Expect.equal (line "Wolfe(C1 = 0.75, C2 = 0.875)" trials) ([ 1.0; 0.9 ], 0.9) "a tenth before it")

    testCase "at the near end: moved away at once" (fun () ->
        // So steep that the slope at 0 is nothing beside it.
        let huge = float (pown 2I 100)
        let trials = [ huge, huge; -0.1, 0.0 ]
        Expect.equal (line "Wolfe()" trials) ([ 1.0; 0.1 ], 0.1) "a tenth behind it")
]

[<Tests>]
let tests =
    testList "wolfe, trial by trial" [
        testList "bounds" bounds
        testList "further" further
        testList "zoom" zoom
        testList "ends" ends
    ]
