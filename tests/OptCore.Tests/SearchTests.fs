/// Steps that ask the objective: line searches, and what goes with them.
module OptCore.Tests.SearchTests

open System
open Expecto
open OptCore
open OptCore.Tests.Asked
open OptModels
open OptCore.Tests.CornerCases.Steps

let private dot (a: float[]) (b: float[]) =
    Array.fold2 (fun sum x y -> sum + x * y) 0.0 a b

let private problems: (string * IObjective * float[]) list = [
    "rosenbrock", Rosenbrock(), [| -1.2; 1.0 |]
    "beale", Beale(), [| 1.0; 1.0 |]
    "himmelblau", Himmelblau(), [| 0.5; -0.5 |]
    "quadratic", Quadratic(Quadratic.LogUniformSpectrum(7, 1.0, 1e3), seed = Nullable 3L), Array.create 7 1.0
]

let private directions = [
    "sgd 1.0"
    "sgd 0.001 |> momentum 0.9"
    "adam 0.5"
    "lbfgs 4 1.0"
    "conjugateGradient 0.01"
    "sgd 0.01 |> velocity 0.5"
    "sgd 0.1 |> rateFor \"parameters\" 0.5 |> cosine 50"
]

// The factor a of a step, w, and f before and behind it.
let private steps (text: string) (f: IObjective) (start: float[]) count check =
    let plan = plain text start.Length
    let mutable state = plan.Init(ReadOnlySpan start)

    for _ in 1..count do
        let before = state.ToArray()
        let struct (next, report) = plan.StepReported(state, f)
        check (plan.RateAt state.Step) report before (next.ToArray())
        state <- next

let private conditions (text: string) (f: IObjective) start check =
    steps text f start 25 (fun rate report before after ->
        if report.Outcome = StepOutcome.Updated && rate > 0.0 then
            let a = report.Rate / rate
            let move = Array.map2 (-) after before
            let value, gradient = evaluate f before
            let next, nextGradient = evaluate f after
            // a φ'(0) and a φ'(a), with the rounding of the difference of the points.
            let slack = 1e-9 * (1.0 + abs value)
            check a (value, dot gradient move) (next, dot nextGradient move) slack
        elif report.Outcome = StepOutcome.LineSearchFailed then
            Expect.equal after before "p stays")

let private laws = [
    for name, f, start in problems do
        for direction in directions do
            testCase $"backtracking meets its condition: {direction} on {name}" (fun () ->
                conditions $"{direction} |> backtracking" f start (fun a (value, slope) (next, _) slack ->
                    Expect.isLessThanOrEqual a 1.0 "a"
                    Expect.isLessThanOrEqual next (value + 1e-4 * slope + slack) "Armijo"))

            testCase $"wolfe meets both conditions: {direction} on {name}" (fun () ->
                let mutable flat, all = 0, 0

                conditions $"{direction} |> wolfe" f start (fun _ (value, slope) (next, nextSlope) slack ->
                    Expect.isLessThanOrEqual next (value + 1e-4 * slope + slack) "Armijo"
                    all <- all + 1

                    if abs nextSlope <= 0.9 * abs slope + slack then
                        flat <- flat + 1)

                // The best of a bracket that is too short, or of all trials, need not be flat.
                Expect.isGreaterThanOrEqual (flat * 10) (all * 9) "curvature")

            testCase $"weak wolfe meets its conditions: {direction} on {name}" (fun () ->
                let mutable flat, all = 0, 0

                conditions
                    $"{direction} |> wolfeWith (Wolfe(C2 = 0.5, Weak = true))"
                    f
                    start
                    (fun _ (value, slope) (next, nextSlope) slack ->
                        Expect.isLessThanOrEqual next (value + 1e-4 * slope + slack) "Armijo"
                        all <- all + 1

                        if nextSlope >= 0.5 * slope - slack then
                            flat <- flat + 1)

                Expect.isGreaterThanOrEqual (flat * 10) (all * 9) "curvature")

    for n in [ 1; 2; 5; 9 ] do
        testCase $"conjugate gradients end on a quadratic of {n} in {n} steps" (fun () ->
            let f =
                Quadratic(
                    Quadratic.LogUniformSpectrum(n, 1.0, (if n = 1 then 1.0 else 10.0)),
                    seed = Nullable(int64 n)
                )
                :> IObjective

            let plan = plain "conjugateGradient 0.01 |> wolfeWith (Wolfe(C2 = 0.1))" n
            let start = Array.init n (fun i -> 1.0 + float i)
            let mutable state = plan.Init(ReadOnlySpan start)

            for _ in 1..n do
                state <- plan.Step(state, f)

            let _, first = evaluate f start
            let _, last = evaluate f (state.ToArray())
            Expect.isLessThanOrEqual (sqrt (dot last last)) (1e-7 * sqrt (dot first first)) "the gradient")

    testCase "lbfgs: H y = s for the newest pair" (fun () ->
        let plan = plain "lbfgs 3 0.5" 4
        let random = Random 3

        let draw () =
            Array.init 4 (fun _ -> random.NextDouble() - 0.5)

        let step (state: State<float>) (gradient: float[]) = plan.Step(state, ReadOnlySpan gradient)
        let mutable state = plan.Init(ReadOnlySpan(draw ()))

        for _ in 1..5 do
            let next = step state (draw ())
            state <- next

        let a = draw ()
        let moved = step state a
        // y = −a; then p rests, and H is asked for y.
        let rested = step moved (Array.zeroCreate 4)
        let turned = step rested (Array.map (~-) a)
        let s = Array.map2 (-) (moved.ToArray()) (state.ToArray())

        let h =
            Array.map2 (fun before after -> (before - after) / 0.5) (rested.ToArray()) (turned.ToArray())

        for expected, actual in Array.zip s h do
            Expect.floatClose Accuracy.high actual expected "H y")
]

let private uphill =
    FunctionObjective(
        1,
        FunctionObjective.ValueAndGradient(fun p g ->
            g[0] <- -1.0
            -p[0])
    )

let private corners = [
    testCase "by hand" (fun () ->
        // f = 5 p², w = 10 p: 1 − 10 a overshoots until a = 1/8, where f = 5/16 ≤ 5 − 100/8 · 1e-4.
        let plan = plain "sgd 1.0 |> backtrackingWith (Backtracking(Decrease = 0.5))" 1
        let struct (next, report) = plan.StepReported(init plan [ 1.0 ], parabola)
        Expect.equal (next.ToArray()) [| -0.25 |] "p"
        Expect.equal report.Rate 0.125 "a η"
        Expect.equal (next.Numbers "backtracking.previous") [| 0.125 |] "a"
        // From there 3/16 at first: p ← p + 10/4 · 3/16.
        Expect.equal ((plan.Step(next, parabola)).ToArray()) [| 0.21875 |] "p")

    testCase "weak: a step past the minimum that the strong conditions refuse" (fun () ->
        // f = ½p², w = 1.75 p: φ(1) = ½·0.75² of ½, φ'(0) = −1.75, φ'(1) = 0.75 · 1.75 > 0.5 · 1.75.
        let bowl = Quadratic [| 1.0 |]

        let step (search: string) =
            let watched = Watched bowl
            let plan = plain $"sgd 1.75 |> wolfeWith ({search})" 1
            (plan.Step(init plan [ 1.0 ], watched)).ToArray()[0], watched.Points.Length

        Expect.equal (step "Wolfe(C2 = 0.5, Weak = true)") (-0.75, 2) "weak: the first trial"
        let strong, asked = step "Wolfe(C2 = 0.5)"
        // The cubic through both ends is the parabola: the minimum itself.
        Expect.isLessThanOrEqual (abs strong) 1e-15 "strong: the minimum"
        Expect.equal asked 3 "strong: one trial more"
        Expect.equal (step "Wolfe(C2 = 0.75)") (-0.75, 2) "at C2 = ¾ the strong conditions take it, too"

        // Still too steep a fall is refused by both: w = p/4, φ'(1) = −¾ of φ'(0)'s size.
        let far (search: string) =
            let plan = plain $"sgd 0.25 |> wolfeWith ({search})" 1
            (plan.Step(init plan [ 1.0 ], bowl)).ToArray()

        Expect.equal (far "Wolfe(C2 = 0.5, Weak = true)") (far "Wolfe(C2 = 0.5)") "the same step"
        Expect.isLessThan (Array.head (far "Wolfe(C2 = 0.5, Weak = true)")) 0.5 "further than the first trial"
        Expect.equal (far "Wolfe(C2 = 0.75, Weak = true)") [| 0.75 |] "at C2 = ¾ it is taken"

        // Too high is refused by both: from h = 2(1 − C1) on.
        let plan = plain "sgd 1.75 |> wolfeWith (Wolfe(C1 = 0.25, C2 = 0.5, Weak = true))" 1
        Expect.isGreaterThan ((plan.Step(init plan [ 1.0 ], bowl)).ToArray()[0]) -0.75 "shorter")

    testCase "uphill p stays, the step says so, and the state goes on" (fun () ->
        for search in [ "backtracking"; "wolfe" ] do
            let plan = plain $"sgd 1.0 |> momentum 0.5 |> weightDecay 10.0 |> {search}" 1
            let start = init plan [ 1.0 ]
            let struct (next, report) = plan.StepReported(start, uphill)
            Expect.equal report.Outcome StepOutcome.LineSearchFailed "outcome"
            Expect.equal report.Rate 0.0 "rate"
            Expect.stringContains (string report) "line search failed" "text"
            Expect.equal (next.ToArray()) [| 1.0 |] "p"
            Expect.equal next.Step 1L "t"
            Expect.equal (next.Slot "momentum.v") [| -1.0 |] "v"
            let session = plan.Start(vector [ 1.0 ])
            Expect.equal (session.Step uphill) StepOutcome.LineSearchFailed "session"
            Expect.equal (session.Snapshot()) next "the same state"
            let result = Minimizer.Minimize(plan, uphill, ReadOnlySpan [| 1.0 |])
            Expect.equal result.Reason Reason.LineSearchFailed "minimize")

    testCase "nothing found" (fun () ->
        let plan =
            plain "sgd 1.0 |> backtrackingWith (Backtracking(MaximumEvaluations = 2))" 1

        let struct (next, report) = plan.StepReported(init plan [ 1.0 ], parabola)
        Expect.equal report.Outcome StepOutcome.LineSearchFailed "outcome"
        Expect.equal (next.ToArray()) [| 1.0 |] "p")

    testCase "a gradient that is not finite leaves p" (fun () ->
        let broken =
            FunctionObjective(
                1,
                FunctionObjective.ValueAndGradient(fun _ g ->
                    g[0] <- nan
                    1.0)
            )

        let plan = plain "sgd 1.0 |> wolfe" 1
        Expect.equal ((plan.Step(init plan [ 1.0 ], broken)).ToArray()) [| 1.0 |] "p")

    testCase "a gradient alone is refused, with the way" (fun () ->
        for search in [ "backtracking"; "wolfe" ] do
            let plan = plain $"sgd 1.0 |> {search}" 1
            Expect.isTrue plan.Searches "searches"
            says [ search; "Step(state, objective)" ] (fun () -> step plan (init plan [ 1.0 ]) [ 1.0 ])
            says [ search; "Step(state, objective)" ] (fun () -> plan.StepReported(init plan [ 1.0 ], vector [ 1.0 ]))
            says [ search; "Step(state, objective)" ] (fun () -> plan.Start(vector [ 1.0 ]).Step(vector [ 1.0 ])))

    testTheory
        "what does not go with a search, in either order"
        [
            "sam 0.1"
            "nag 0.9"
            "accumulate 2"
            "noise 0.1 0.5 3"
            "skipNonFinite 3"
            "wolfe"
            "backtracking"
        ]
        (fun word ->
            says [ "Backtracking" ] (fun () -> read $"sgd 0.1 |> {word} |> backtracking")
            says [ "Backtracking" ] (fun () -> read $"sgd 0.1 |> backtracking |> {word}"))

    testCase "nor in a part" (fun () ->
        says [ "Backtracking"; "Noise" ] (fun () ->
            read "partition [\"*\", sgd 0.1 |> noise 0.1 0.5 3] |> backtracking"))

    testCase "it acts on the whole step" (fun () ->
        says [ "whole" ] (fun () -> read "sgd 0.1 |> only \"w\" wolfe")
        says [ "whole" ] (fun () -> read "partition [\"*\", sgd 0.1 |> wolfe]"))

    testCase "lbfgs takes no constraint" (fun () ->
        says [ "Lbfgs"; "NonNegative" ] (fun () -> read "lbfgs 3 0.1 |> nonNegative")
        says [ "Lbfgs"; "ProxL1" ] (fun () -> (read "sgd 0.1 |> proxL1 0.1").With(Lbfgs 3))
        says [ "Lbfgs" ] (fun () -> read "partition [\"*\", lbfgs 3 0.1] |> ball 1.0"))

    testCase "a search does not see constraints, and says so" (fun () ->
        let codes = [ for w in (read "sgd 0.1 |> wolfe |> nonNegative").Warnings() -> w.Code ]
        Expect.equal codes [ "search-blind" ] "warnings")

    testCase "C1 < C2" (fun () ->
        says [ "C1"; "C2" ] (fun () -> plain "sgd 0.1 |> wolfeWith (Wolfe(C1 = 0.5, C2 = 0.5))" 1))

    testCase "batches are refused" (fun () ->
        let sum =
            LeastSquares(Array2D.init 6 2 (fun i j -> float (i + j)), Array.init 6 float)

        let plan = plain "sgd 0.1 |> wolfe" 2

        says [ "another function in every step" ] (fun () ->
            plan.Step(plan.Init(ReadOnlySpan [| 0.0; 0.0 |]), MiniBatches(sum, 2)))

        says [ "another function in every step" ] (fun () ->
            Minimizer.Minimize(plan, MiniBatches(sum, 2), ReadOnlySpan [| 0.0; 0.0 |]))

        plan.Step(plan.Init(ReadOnlySpan [| 0.0; 0.0 |]), sum) |> ignore)

    testCase "the step ends at a point that was tried, and trials are counted" (fun () ->
        let layout = Layout.Empty.Add("w", 2).Add("b", 1).Add("k", 2)

        for text in
            [
                "partition [\"w\", adam 0.3; \"b\", sgd 0.1 |> velocity 0.5; \"*\", sgd 0.01] |> wolfe"
                "sgd 0.1 |> rateFor \"b\" 3.0 |> freeze \"k\" |> wolfe"
                "lbfgs 3 1.0 |> freeze \"w\" |> backtracking"
            ] do
            let plan = named text layout
            let f = Quadratic([| 1.0; 30.0; 5.0; 2.0; 9.0 |], seed = Nullable 1L)
            let mutable state = plan.Init(ReadOnlySpan [| 1.0; -1.0; 2.0; 0.5; 1.0 |])

            for _ in 1..6 do
                let watched = Watched f
                state <- plan.Step(state, watched)
                Expect.contains watched.Points (state.ToArray()) text
                Expect.isLessThanOrEqual watched.Points.Length 61 "trials")

    testCase "wolfe keeps to its number of trials" (fun () ->
        // A line without end: every trial is better and as steep.
        let watched = Watched uphill
        let plan = plain "sgd 1.0 |> wolfeWith (Wolfe(MaximumEvaluations = 5))" 1
        let next = plan.Step(init plan [ 0.0 ], watched)
        Expect.equal watched.Points.Length 6 "the start and five trials"
        Expect.equal (next.ToArray()) [| 10000.0 |] "ten times as far each")

    testCase "the same bits in place, from state to state, reported, fused or not" (fun () ->
        let f = Rosenbrock() :> IObjective

        for text in
            [
                "lbfgs 3 1.0 |> wolfe"
                "adam 0.1 |> backtracking"
                "conjugateGradient 0.01 |> wolfe"
            ] do
            let states (execution: Execution) =
                let plan = (read text).Plan<float>(Layout.Plain 2, execution)
                let mutable state = plan.Init(ReadOnlySpan [| -1.2; 1.0 |])

                [
                    for _ in 1..8 do
                        state <- plan.Step(state, f)
                        state.ToArray()
                ]

            let expected = states Execution.Default
            Expect.equal (states (Execution(Fuse = false))) expected "not fused"
            Expect.equal (states (Execution(Bits = 128))) expected "128 bits"
            let plan = plain text 2
            let session = plan.Start(ReadOnlySpan [| -1.2; 1.0 |])

            for after in expected do
                session.StepReported f |> ignore
                Expect.equal (session.AsSpan().ToArray()) after "in place"

            let single = (read text).Plan<float32>(Layout.Plain 2)
            let mutable state = single.Init(ReadOnlySpan [| -1.2f; 1.0f |])

            for _ in 1..8 do
                state <- single.Step(state, f)

            let last, _ = evaluate f (state.ToArray() |> Array.map float)
            let first, _ = evaluate f [| -1.2; 1.0 |]
            Expect.isLessThan last first "f32 follows")

    testTheory
        "a step that evaluates the objective itself is the step with its gradient"
        [
            "adam 0.1"
            "sgd 0.01 |> nag 0.9"
            "sgd 0.01 |> sam 0.1"
            "sgd 0.01 |> accumulate 2"
            "sgd 0.01 |> plateau 1 0.5"
        ]
        (fun text ->
            let f = Rosenbrock() :> IObjective
            let plan = plain text 2
            let mutable state = plan.Init(ReadOnlySpan [| -1.2; 1.0 |])
            let mutable other = state
            let session = plan.Start(ReadOnlySpan [| -1.2; 1.0 |])

            for _ in 1..6 do
                let at =
                    match plan.Probes with
                    | 0 -> state.ToArray()
                    | 1 -> plan.Point state
                    | _ ->
                        let _, there = evaluate f (state.ToArray())
                        plan.Point(state, ReadOnlySpan there)

                let value, gradient = evaluate f at
                let next = plan.Step(state, ReadOnlySpan gradient, value, atPoint = true)
                other <- plan.Step(other, f)
                session.Step f |> ignore
                Expect.equal other next "state to state"
                Expect.equal (session.Snapshot()) next "in place"
                state <- next)

    testCase "minimize counts trials, and ends where nothing is left" (fun () ->
        let watched = Watched(Rosenbrock())

        let result =
            Minimizer.Minimize(
                read "lbfgs 5 1.0 |> wolfe",
                watched,
                ReadOnlySpan [| -1.2; 1.0 |],
                MinimizeOptions(Steps = 60L, GradientTolerance = 1e-8)
            )

        Expect.equal result.Reason Reason.Converged "reason"
        Expect.equal result.Evaluations (int64 watched.Points.Length) "evaluations")

    // Points are compared in blocks of 2²⁰ numbers.
    for length in [ 5; 1 <<< 20; (1 <<< 20) + 5 ] do
        testCase
            $"of {length} numbers: the end of the last search is not asked again, a point that differs in one number is"
            (fun () ->
                // Half of the gradient: every first trial is accepted.
                let bowl =
                    FunctionObjective(
                        length,
                        FunctionObjective.ValueAndGradient(fun x gradient ->
                            x.CopyTo gradient
                            let mutable sum = 0.0

                            for xi in x do
                                sum <- sum + xi * xi

                            sum / 2.0)
                    )

                let watched = Watched bowl
                let plan = plain "sgd 0.5 |> wolfe" length
                let start = Array.init length (fun i -> 1.0 + float (i % 7) / 8.0)
                let first = plan.Step(plan.Init start, watched)
                Expect.equal watched.Points.Length 2 "the start and the trial"
                Expect.equal (first.ToArray()) (Array.map (fun x -> x / 2.0) start) "half the way"
                let second = plan.Step(first, watched)
                Expect.equal watched.Points.Length 3 "the trial"

                for changed in List.distinct [ 0; length / 2; length - 1 ] do
                    // The end of the last search is second's point, but for one number.
                    let parameters = second.ToArray()
                    parameters[changed] <- -parameters[changed]
                    watched.Points <- []
                    let slots = second.Slots |> Seq.map (fun slot -> second.Read slot.Name)

                    plan.Step(plan.Restore(second.Step, ReadOnlySpan parameters, slots), watched)
                    |> ignore

                    Expect.equal (List.last watched.Points) parameters $"{changed}: the start is asked"
                    watched.Points <- []
                    plan.Step(first, watched) |> ignore)
]

[<Tests>]
let tests =
    testList "line searches" [ testList "laws" laws; testList "corners" corners ]
