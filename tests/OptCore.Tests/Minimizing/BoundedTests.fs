/// L-BFGS-B: bounds kept to the last bit, minima within bounds that were published, and beside MathNet's.
module OptCore.Tests.Minimizing.BoundedTests

open System
open Expecto
open MathNet.Numerics.LinearAlgebra
open MathNet.Numerics.Optimization
open OptCore
open OptCore.Tests.Asked
open OptModels
open OptCore.Tests.CornerCases.Steps

/// A problem with bounds, its minimum within them and where that is.
type private Bounded = {
    Name: string
    Objective: IObjective
    Low: float list
    High: float list
    Start: float list
    Minimum: float
    Minimizer: float list
}

let private problem name low high start minimum minimizer (value: float[] -> float) (gradient: float[] -> float[]) = {
    Name = name
    Objective = FunctionObjective.OfArrays(List.length start, (fun x -> value x), (fun x -> gradient x))
    Low = low
    High = high
    Start = start
    Minimum = minimum
    Minimizer = minimizer
}

let private valley (x: float[]) =
    100.0 * (x[1] - x[0] * x[0]) ** 2.0 + (1.0 - x[0]) ** 2.0

let private valleySlope (x: float[]) = [|
    -400.0 * x[0] * (x[1] - x[0] * x[0]) - 2.0 * (1.0 - x[0])
    200.0 * (x[1] - x[0] * x[0])
|]

// The minimizer of the valley where x₂ ≥ 1.5 binds.
let private bent =
    let a = sqrt (598.0 / 1200.0)
    let b = 400.0 * a ** 3.0
    2.0 * a * cos (acos (1.0 / b) / 3.0)

/// Hock and Schittkowski 1981, by their numbers, and the problem of Zhu, Byrd, Lu and Nocedal's first driver.
let private problems = [
    problem "1" [ -infinity; -1.5 ] [ infinity; infinity ] [ -2.0; 1.0 ] 0.0 [ 1.0; 1.0 ] valley valleySlope
    problem "2" [ -infinity; 1.5 ] [ infinity; infinity ] [ 2.0; 2.0 ] 0.0504261879 [ bent; 1.5 ] valley valleySlope
    problem
        "3"
        [ -infinity; 0.0 ]
        [ infinity; infinity ]
        [ 10.0; 1.0 ]
        0.0
        [ 0.0; 0.0 ]
        (fun x -> x[1] + 1e-5 * (x[1] - x[0]) ** 2.0)
        (fun x -> [| -2e-5 * (x[1] - x[0]); 1.0 + 2e-5 * (x[1] - x[0]) |])
    problem
        "4"
        [ 1.0; 0.0 ]
        [ infinity; infinity ]
        [ 1.125; 0.125 ]
        (8.0 / 3.0)
        [ 1.0; 0.0 ]
        (fun x -> (x[0] + 1.0) ** 3.0 / 3.0 + x[1])
        (fun x -> [| (x[0] + 1.0) ** 2.0; 1.0 |])
    problem
        "5"
        [ -1.5; -3.0 ]
        [ 4.0; 3.0 ]
        [ 0.0; 0.0 ]
        (-sqrt 3.0 / 2.0 - Math.PI / 3.0)
        [ 0.5 - Math.PI / 3.0; -0.5 - Math.PI / 3.0 ]
        (fun x -> sin (x[0] + x[1]) + (x[0] - x[1]) ** 2.0 - 1.5 * x[0] + 2.5 * x[1] + 1.0)
        (fun x ->
            let c, d = cos (x[0] + x[1]), 2.0 * (x[0] - x[1])
            [| c + d - 1.5; c - d + 2.5 |])
    problem
        "45"
        (List.replicate 5 0.0)
        [ 1.0; 2.0; 3.0; 4.0; 5.0 ]
        [ 0.5; 1.0; 1.5; 2.0; 2.5 ]
        1.0
        [ 1.0; 2.0; 3.0; 4.0; 5.0 ]
        (fun x -> 2.0 - Array.reduce (*) x / 120.0)
        (fun x -> Array.init 5 (fun i -> -(Array.removeAt i x |> Array.reduce (*)) / 120.0))
    problem
        "110"
        (List.replicate 10 2.001)
        (List.replicate 10 9.999)
        (List.replicate 10 9.0)
        -45.77846971
        (List.replicate 10 9.35025655)
        (fun x ->
            Array.sumBy (fun x -> log (x - 2.0) ** 2.0 + log (10.0 - x) ** 2.0) x
            - Array.reduce (*) x ** 0.2)
        (fun x ->
            let product = Array.reduce (*) x ** 0.2

            x
            |> Array.map (fun x ->
                2.0 * log (x - 2.0) / (x - 2.0)
                - 2.0 * log (10.0 - x) / (10.0 - x)
                - 0.2 * product / x))
    problem
        "driver 1"
        [ for i in 1..25 -> if i % 2 = 1 then 1.0 else -100.0 ]
        (List.replicate 25 100.0)
        (List.replicate 25 3.0)
        0.0
        // (1, …, 1); every coordinate is twice as uncertain as the one before it.
        []
        (fun x ->
            0.25 * (x[0] - 1.0) ** 2.0
            + Seq.sum (seq { for i in 1..24 -> (x[i] - x[i - 1] * x[i - 1]) ** 2.0 })
            |> (*) 4.0)
        (fun x ->
            let t i = x[i] - x[i - 1] * x[i - 1]

            Array.init 25 (fun i ->
                (if i = 0 then 2.0 * (x[0] - 1.0) else 8.0 * t i)
                - (if i = 24 then 0.0 else 16.0 * x[i] * t (i + 1))))
]

let private within (p: Bounded) (x: float[]) =
    Seq.forall2 (fun x (low, high) -> x >= low && x <= high) x (Seq.zip p.Low p.High)

// ‖max(lo, min(hi, x − g)) − x‖_∞, which is 0 exactly where Kuhn and Tucker's conditions hold.
let private criticality (p: Bounded) (x: float[]) =
    let _, g = evaluate p.Objective x

    Seq.zip3 x g (Seq.zip p.Low p.High)
    |> Seq.map (fun (x, g, (low, high)) -> abs (max low (min high (x - g)) - x))
    |> Seq.max

let private optimizer (p: Bounded) (search: Optimizer -> Optimizer) =
    search (Optimizer.LbfgsB(10, p.Low, p.High, 1.0))

let private searches: (string * (Optimizer -> Optimizer)) list = [
    "wolfe", _.With(Wolfe())
    "backtracking", _.With(Backtracking())
]

let private run p search =
    let watched = Watched p.Objective

    let result =
        Minimizer.Minimize(optimizer p search, watched, Array.ofList p.Start, MinimizeOptions(Steps = 2000L))

    result, watched

let private ends = [
    for p in problems do
        for name, search in searches do
            testCase
                $"{p.Name}, {name}: Kuhn and Tucker's conditions at the published minimum, every trial within"
                (fun () ->
                    let result, watched = run p search
                    let x = result.Point
                    Expect.all watched.Points (within p) "trial points"
                    Expect.isLessThanOrEqual (criticality p x) 1e-6 "Kuhn and Tucker"
                    let value, _ = evaluate p.Objective x
                    Expect.isLessThanOrEqual (abs (value - p.Minimum)) (1e-8 * (1.0 + abs p.Minimum)) $"f = {value}"

                    // What a slope presses on a bound is there to the bit; what curves is found to the root of f's digits.
                    let _, slope = evaluate p.Objective x

                    for i in 0 .. p.Minimizer.Length - 1 do
                        let minimizer = p.Minimizer[i]

                        if (minimizer = p.Low[i] || minimizer = p.High[i]) && abs slope[i] > 1e-6 then
                            Expect.equal x[i] minimizer "bound"
                        else
                            Expect.isLessThanOrEqual
                                (abs (x[i] - minimizer))
                                (1e-4 * (1.0 + abs minimizer))
                                "minimizer")
]

// With the gradient's tolerance a run ends at a minimum within bounds as one ends at a minimum without: because it has converged.
let private converges = [
    for p in problems do
        for name, search in searches do
            testCase $"{p.Name}, {name}: the projected gradient says when it has converged" (fun () ->
                let tolerance = 1e-5

                let result =
                    Minimizer.Minimize(
                        optimizer p search,
                        p.Objective,
                        Array.ofList p.Start,
                        MinimizeOptions(Steps = 2000L, GradientTolerance = tolerance)
                    )

                let x = result.Point
                let _, g = evaluate p.Objective x

                let projected =
                    Seq.zip3 x g (Seq.zip p.Low p.High)
                    |> Seq.sumBy (fun (x, g, (low, high)) -> (max low (min high (x - g)) - x) ** 2.0)
                    |> sqrt

                Expect.equal result.Reason Reason.Converged "reason"
                Expect.isLessThanOrEqual result.ProjectedGradientNorm tolerance "tolerance"
                // That of p − g, rounded.
                Expect.isLessThanOrEqual (abs (result.ProjectedGradientNorm - projected)) 1e-13 "‖P(p − g) − p‖"
                Expect.floatClose Accuracy.veryHigh result.GradientNorm (sqrt (Array.sumBy (fun g -> g * g) g)) "‖g‖")

    for name, search in searches do
        testCase $"a linear function on a box, {name}: its corner, and converged at any tolerance or none" (fun () ->
            let slope = [| 3.0; -0.5; 0.0; 0.25 |]

            let linear =
                FunctionObjective.OfArrays(
                    4,
                    (fun x -> Array.fold2 (fun s a b -> s + a * b) 0.0 slope x),
                    (fun _ -> slope)
                )

            let optimizer =
                search (Optimizer.LbfgsB(5, [ -1.0; 0.0; -2.0; -1.0 ], [ 2.0; 4.0; 2.0; 1.0 ], 1.0))

            for options in
                [
                    MinimizeOptions(Steps = 100L, GradientTolerance = 0.0)
                    MinimizeOptions(Steps = 100L)
                ] do
                let result =
                    Minimizer.Minimize(optimizer, linear, [| 0.5; 1.0; 0.75; 0.0 |], options)

                Expect.equal result.Reason Reason.Converged "reason"
                Expect.equal result.Point [| -1.0; 4.0; 0.75; -1.0 |] "corner"
                Expect.equal result.ProjectedGradientNorm 0.0 "projected"
                Expect.equal result.GradientNorm (sqrt 9.3125) "‖g‖"
                Expect.stringContains (string result) "‖g‖ 3.052 (0 within bounds)" "text")

    testCase "by hand: what the bounds leave of a gradient" (fun () ->
        // f = 3 p₁ + 4 p₂, from (1, 2) within [0, 9]: 1 and 2 are left of 3 and 4; a start that is frozen leaves nothing.
        let linear =
            FunctionObjective.OfArrays(2, (fun x -> 3.0 * x[0] + 4.0 * x[1]), (fun _ -> [| 3.0; 4.0 |]))

        let at (text: string) (start: float list) =
            let layout = Layout.Empty.Add("a", 1).Add("b", 1)
            let plan = (read text).Plan<float> layout
            Minimizer.Minimize(plan, linear, vector start, MinimizeOptions(Steps = 0L))

        let norm text start = (at text start).ProjectedGradientNorm
        Expect.equal (norm "lbfgsb 3 [0.0] [9.0] 1.0" [ 1.0; 2.0 ]) (sqrt 5.0) "within"
        Expect.equal (at "lbfgsb 3 [0.0] [9.0] 1.0" [ 1.0; 2.0 ]).GradientNorm 5.0 "all"
        Expect.equal (norm "lbfgsb 3 [-infinity] [9.0] 1.0" [ 1.0; 2.0 ]) 5.0 "nothing in the way"
        Expect.equal (norm "lbfgsb 3 [0.0; -infinity] [9.0] 1.0" [ 0.0; 2.0 ]) 4.0 "one at its bound"
        Expect.equal (norm "lbfgsb 3 [0.0] [9.0] 1.0 |> ascend" [ 8.0; 7.0 ]) (sqrt 5.0) "up"
        Expect.equal (norm "lbfgsb 3 [0.0] [9.0] 1.0 |> freeze \"b\"" [ 0.0; 7.0 ]) 0.0 "frozen"
        Expect.equal (norm "lbfgsb 3 [0.0] [9.0] 1.0" [ -3.0; 10.0 ]) 5.0 "outside: the way back counts"
        Expect.equal (norm "sgd 1.0 |> within 0.0 9.0" [ 0.0; 0.0 ]) 5.0 "constraints behind the step do not speak"

        Expect.equal
            (norm "partition [\"a\", lbfgsb 3 [1.0] [2.0] 1.0; \"*\", sgd 1.0]" [ 1.0; 2.0 ])
            4.0
            "a part of its own")

    testCase "bounds count within their scope" (fun () ->
        let linear =
            FunctionObjective.OfArrays(3, Array.sum, (fun _ -> [| 1.0; 1.0; 1.0 |]))

        let layout = Layout.Empty.Add("a", 1).Add("b", 2)

        let plan =
            (read "partition [\"b\", lbfgsb 3 [0.0; 5.0] [9.0] 1.0; \"*\", sgd 1.0]").Plan<float> layout

        let result =
            Minimizer.Minimize(plan, linear, vector [ 7.0; 0.0; 7.0 ], MinimizeOptions(Steps = 0L))

        Expect.equal result.ProjectedGradientNorm (sqrt 2.0) "the first of b is at its bound, the second is not")

    testCase "under accumulate: of the mean" (fun () ->
        let slopes = LeastSquares(array2D [ [ 2.0 ]; [ 4.0 ] ], [| 0.0; 0.0 |])

        let result =
            Minimizer.Minimize(
                Optimizer.Parse "lbfgsb 3 [0.5] [9.0] 1.0 |> accumulate 2",
                slopes,
                [| 0.5 |],
                MinimizeOptions(Steps = 10L, GradientTolerance = 0.0)
            )

        Expect.equal (result.Reason, result.Steps) (Reason.Converged, 0L) "at the bound")

    testCase "float32: bounds as it rounds them" (fun () ->
        let linear = FunctionObjective.OfArrays(1, (fun x -> x[0]), (fun _ -> [| 1.0 |]))

        let result =
            Minimizer.Minimize(
                Optimizer.Parse "lbfgsb 3 [0.1] [0.7] 1.0 |> wolfe",
                linear,
                ReadOnlySpan [| 0.5f |],
                MinimizeOptions(Steps = 10L, GradientTolerance = 0.0)
            )

        Expect.equal (result.Reason, result.Point) (Reason.Converged, [| 0.1f |]) "the bound"
        Expect.equal result.ProjectedGradientNorm 0.0 "projected")
]

// Strictly convex quadratics whose minimizer lies outside of the box.
let private quadratic seed n =
    let random = Random(seed: int)
    let draw () = 2.0 * random.NextDouble() - 1.0
    let low = List.init n (fun _ -> draw () - 0.5)
    let high = low |> List.map (fun low -> low + random.NextDouble())
    let minimizer = Array.init n (fun _ -> 2.0 * draw ())

    {
        Name = $"quadratic {seed}"
        Objective = Quadratic(Quadratic.LogUniformSpectrum(n, 1.0, 100.0), minimizer, Nullable(int64 seed))
        Low = low
        High = high
        Start = List.map2 (fun low high -> low + random.NextDouble() * (high - low)) low high
        Minimum = nan
        Minimizer = []
    }

let private mathNet (p: Bounded) =
    let vector (x: float seq) = Vector<float>.Build.DenseOfEnumerable x

    let f =
        ObjectiveFunction.Gradient(
            (fun (x: Vector<float>) -> fst (evaluate p.Objective (x.ToArray()))),
            (fun (x: Vector<float>) -> vector (snd (evaluate p.Objective (x.ToArray()))))
        )

    BfgsBMinimizer(1e-8, 1e-10, 1e-12, 2000)
        .FindMinimum(f, vector p.Low, vector p.High, vector p.Start)
        .FunctionInfoAtMinimum.Value

let private other = [
    testCase "random quadratics: Kuhn and Tucker's conditions, every trial within" (fun () ->
        for seed in 1..40 do
            let p = quadratic seed (2 + seed % 7)

            for _, search in searches do
                let result, watched = run p search
                Expect.all watched.Points (within p) p.Name
                // L = 100: a step of 1e-9 in x is one of 1e-7 in the gradient.
                Expect.isLessThanOrEqual (criticality p result.Point) 1e-6 p.Name)

    testCase "MathNet's BFGS-B finds the same minima" (fun () ->
        for p in
            [ for seed in 1..10 -> quadratic seed (2 + seed % 5) ]
            @ List.filter (fun p -> p.Name = "4" || p.Name = "5") problems do
            let result, _ = run p (fun o -> o.With(Wolfe()))
            let own, _ = evaluate p.Objective result.Point
            let theirs = mathNet p
            Expect.isLessThanOrEqual (abs (own - theirs)) (1e-6 * (1.0 + abs theirs)) $"{p.Name}: {own}, {theirs}")

    testCase "within infinite bounds it is lbfgs, bit for bit" (fun () ->
        for search in [ "wolfe"; "backtracking" ] do
            for f, start in [ Rosenbrock() :> IObjective, [| -1.2; 1.0 |]; Beale(), [| 1.0; 1.0 |] ] do
                let free = plain $"lbfgs 4 1.0 |> {search}" 2
                let bounded = plain $"lbfgsb 4 [-infinity] [infinity] 1.0 |> {search}" 2

                let mutable one, other =
                    free.Init(ReadOnlySpan start), bounded.Init(ReadOnlySpan start)

                for k in 1..40 do
                    one <- free.Step(one, f)
                    other <- bounded.Step(other, f)
                    Expect.equal (other.ToArray()) (one.ToArray()) $"step {k}")

    testCase "by hand: both bounds of the first step" (fun () ->
        // g = (−3, 4), B = 5: the path p − t g meets 0.25 at t = 1/12 and −0.5 at t = 1/8, before its minimum at 1/5.
        let plan = plain "lbfgsb 3 [-0.5] [0.25] 1.0" 2
        Expect.equal ((step plan (init plan [ 0.0; 0.0 ]) [ -3.0; 4.0 ]).ToArray()) [| 0.25; -0.5 |] "p")

    testCase "by hand: the step goes on in the face of the Cauchy point" (fun () ->
        // g = (−3, 4), B = 5: the first coordinate stops at 0.25, the second goes to its own minimum, −4/5.
        let plan = plain "lbfgsb 3 [-infinity] [0.25] 1.0" 2
        let next = step plan (init plan [ 0.0; 0.0 ]) [ -3.0; 4.0 ]
        Expect.equal (next.ToArray()[0]) 0.25 "at the bound"
        Expect.floatClose Accuracy.veryHigh (next.ToArray()[1]) -0.8 "free")

    testCase "a rate and a share of a step keep within" (fun () ->
        for rate in [ "0.3"; "1.0"; "7.5" ] do
            let plan = plain $"lbfgsb 3 [0.1] [0.7] {rate}" 3
            let random = Random 5
            let mutable state = init plan [ 0.1; 0.4; 0.7 ]

            for k in 1..200 do
                let g = List.init 3 (fun _ -> 4.0 * random.NextDouble() - 2.0)
                state <- step plan state g
                Expect.all (state.ToArray()) (fun x -> x >= 0.1 && x <= 0.7) $"rate {rate}, step {k}")

    testCase "float32 keeps within bounds of its own" (fun () ->
        let plan =
            (Optimizer.Parse "lbfgsb 3 [0.1] [0.7] 1.0 |> wolfe").Plan<float32>(Layout.Plain 2)

        let mutable state = plan.Init(ReadOnlySpan [| 0.5f; 0.5f |])

        for _ in 1..20 do
            state <- plan.Step(state, Rosenbrock())
            Expect.all (state.ToArray()) (fun x -> x >= 0.1f && x <= 0.7f) "p")

    testCase "a start outside is led back by a whole step" (fun () ->
        let plan = plain "lbfgsb 3 [0.0] [1.0] 1.0" 2
        let next = step plan (init plan [ 5.0; -3.0 ]) [ 1.0; 0.5 ]
        Expect.all (next.ToArray()) (fun x -> x >= 0.0 && x <= 1.0) "p")

    testCase "a gradient that is not finite, and starts that are not, do not hold it up" (fun () ->
        let plan = plain "lbfgsb 3 [0.0] [1.0] 1.0" 2
        Expect.isFalse (Double.IsFinite((step plan (init plan [ 0.5; 0.5 ]) [ nan; 1.0 ]).ToArray()[0])) "p")

    testCase "refusals name what they refuse" (fun () ->
        says [ "LbfgsB"; "NonNegative" ] (fun () -> read "lbfgsb 3 [0.0] [1.0] 1.0 |> nonNegative")
        says [ "lbfgsb" ] (fun () -> read "lbfgs 3 1.0 |> within 0.0 1.0")
        says [ "LbfgsB.Low"; "2"; "3" ] (fun () -> plain "lbfgsb 3 [0.0; 1.0] [1.0] 1.0" 3)
        says [ "High"; "0"; "Low = 1" ] (fun () -> plain "lbfgsb 3 [1.0] [0.0] 1.0" 3)
        says [ "Memory"; "0" ] (fun () -> read "lbfgsb 0 [0.0] [1.0] 1.0"))
]

[<Tests>]
let tests =
    testList "bounded" [
        testList "ends" ends
        testList "converges" converges
        testList "lbfgsb" other
    ]
