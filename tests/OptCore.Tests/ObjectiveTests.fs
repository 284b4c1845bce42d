/// Objectives: gradients against central differences, known minima and constants, mini-batches as functions of the step.
module OptCore.Tests.ObjectiveTests

open System
open Expecto
open OptCore
open OptCore.Tests.Asked
open OptModels

/// (f(x+h) − f(x−h))/2h, h = 2^-17 max(1, |x_i|).
let private difference (objective: IObjective) (point: float[]) index =
    let h =
        Math.ScaleB(Math.Max(1.0, Math.ScaleB(1.0, Math.ILogB(point[index] + 1e-300))), -17)

    let at shift =
        let moved = Array.copy point
        moved[index] <- moved[index] + shift
        fst (evaluate objective moved)

    (at h - at -h) / (2.0 * h), h

/// The error of a central difference: f'''h²/6, and the rounding of two values, 2ε|f|/2h. `third` bounds f''' near the point.
let private checkGradient (third: float) (objective: IObjective) (point: float[]) =
    let value, gradient = evaluate objective point

    for i in 0 .. point.Length - 1 do
        let found, h = difference objective point i

        let rounding =
            64.0 * Double.Epsilon + 16.0 * 2.2e-16 * (1.0 + abs value + abs gradient[i]) / h

        let allowed = third * h * h / 6.0 + rounding

        if not (abs (found - gradient[i]) <= allowed) then
            failtestf "∂%d: %.17g, by differences %.17g, allowed %.3g" i gradient[i] found allowed

let private random (seed: int) =
    let random = Random seed
    fun () -> 4.0 * random.NextDouble() - 2.0

let private points (seed: int) (dimension: int) =
    let next = random seed
    [ for _ in 1..10 -> Array.init dimension (fun _ -> next ()) ]

let private rows (seed: int) n d =
    let next = random seed
    Array2D.init n d (fun _ _ -> next ())

let private labelled n =
    Array.init n (fun i -> if i % 3 = 0 then 1.0 else 0.0)

let private softmax =
    let next = random 9
    SoftmaxRegression(Array.init (12 * 5) (fun _ -> float32 (next ())), Array.init 12 (fun i -> i % 3), 3)

/// Name, objective, a bound on |f'''| where it is tested.
let private objectives: (string * IObjective * float) list = [
    "quadratic", Quadratic(Quadratic.LogUniformSpectrum(6, 0.1, 10.0)), 0.0
    "rotated quadratic", Quadratic(Quadratic.LogUniformSpectrum(6, 0.1, 10.0), Array.init 6 float, 3L), 0.0
    "indefinite quadratic", Quadratic [| -1.0; 2.0 |], 0.0
    // 1200 x
    "Rosenbrock 2", Rosenbrock 2, 2400.0
    "Rosenbrock 7", Rosenbrock 7, 2400.0
    // Terms of degree 6 in y with |x|, |y| ≤ 2.
    "Beale", Beale(), 2e4
    "Himmelblau", Himmelblau(), 24.0 * 2.0 * 2.0 + 8.0
    "least squares", LeastSquares(rows 1 9 4, Array.init 9 float), 0.0
    // |σ''| ≤ 0.1 times |x|³ ≤ 8.
    "logistic", Logistic(rows 2 10 4, labelled 10, 0.1), 1.0
    "softmax", softmax, 8.0
]

let private gradients =
    testList "gradients" [
        for name, objective, third in objectives do
            testCase $"{name}: as central differences" (fun () ->
                for point in points 11 objective.Dimension do
                    checkGradient third objective point)

            testCase $"{name}: pure, and the same at every step" (fun () ->
                let point = (points 12 objective.Dimension).Head
                let gradient = Array.create objective.Dimension nan
                let value = objective.Evaluate(5L, point, gradient)
                Expect.equal (value, gradient) (evaluate objective point) "step 5"
                Expect.equal (evaluate objective point) (evaluate objective point) "again")

        testCase "the check itself notices a wrong sign and a factor" (fun () ->
            for wrong in [ (fun x -> [| -2.0 * x |]); (fun x -> [| 2.001 * x |]) ] do
                let objective =
                    FunctionObjective.OfArrays(1, (fun x -> x[0] * x[0]), (fun x -> wrong x[0]))

                Expect.throws (fun () -> checkGradient 0.0 objective [| 1.5 |]) "noticed")

        testTheory "a point that is not finite is no exception" [ nan; infinity ] (fun bad ->
            for _, objective, _ in objectives do
                let value, _ = evaluate objective (Array.create objective.Dimension bad)
                Expect.isFalse (Double.IsFinite value) (string objective))
    ]

let private minima =
    testList "known minima" [
        for name, objective, _ in objectives do
            match objective.Minimizer, objective.Minimum with
            | null, _ -> ()
            | minimizer, minimum ->
                testCase $"{name}: value and zero gradient there" (fun () ->
                    let value, gradient = evaluate objective (Array.ofSeq minimizer)
                    Expect.equal (Nullable value) minimum "value"
                    Expect.all gradient (fun g -> g = 0.0) "gradient")

        testCase "textbook values" (fun () ->
            Expect.equal (fst (evaluate (Rosenbrock 2) [| -1.0; 0.5 |])) 29.0 "Rosenbrock"
            Expect.equal (fst (evaluate (Beale()) [| 0.0; 0.0 |])) 14.203125 "Beale"
            Expect.equal (fst (evaluate (Himmelblau()) [| 0.0; 0.0 |])) 170.0 "Himmelblau")

        testCase "Himmelblau's four minima" (fun () ->
            let objective = Himmelblau()
            Expect.hasLength objective.Minimizers 4 "four"

            for minimizer in objective.Minimizers do
                let value, _ = evaluate objective (Array.ofSeq minimizer)
                Expect.isLessThan value 1e-20 "value")

        testCase "constants: ‖∇f(x) − ∇f(y)‖ between m‖x − y‖ and L‖x − y‖" (fun () ->
            let norm (x: float[]) = sqrt (Array.sumBy (fun v -> v * v) x)

            for name, objective, _ in objectives do
                for x, y in List.pairwise (points 13 objective.Dimension) do
                    let _, gx = evaluate objective x
                    let _, gy = evaluate objective y
                    let apart = norm (Array.map2 (-) x y)
                    let changed = norm (Array.map2 (-) gx gy)

                    if objective.Smoothness.HasValue then
                        Expect.isTrue (changed <= objective.Smoothness.Value * apart * (1.0 + 1e-12)) $"{name}: L"

                    if objective.Convexity.HasValue then
                        Expect.isTrue (changed >= objective.Convexity.Value * apart * (1.0 - 1e-12)) $"{name}: m")

        testCase "a quadratic is what it says: curvature along each axis" (fun () ->
            let value, gradient = evaluate (Quadratic [| 2.0; 8.0 |]) [| 3.0; 0.5 |]
            Expect.equal (value, gradient) (10.0, [| 6.0; 4.0 |]) "½ Σ λ x²")

        testCase "log-uniform spectra: both ends exact, ascending" (fun () ->
            for seed in [ Nullable(); Nullable 4L ] do
                let spectrum = Quadratic.LogUniformSpectrum(9, 0.5, 32.0, seed)
                Expect.equal (spectrum[0], spectrum[8]) (0.5, 32.0) "ends"
                Expect.isAscending spectrum "order")
    ]

let private batches =
    let sum = LeastSquares(rows 5 23 3, Array.init 23 float)
    let all = [ 0..22 ]

    let epoch (batches: MiniBatches) number = [
        for step in 0 .. batches.StepsPerEpoch - 1 do
            batches.Batch(int64 (number * batches.StepsPerEpoch + step)).ToArray()
    ]

    testList "mini-batches" [
        testCase "an epoch visits every sample once; the last batch holds what is left" (fun () ->
            let batches = MiniBatches(sum, 5, 1L)
            Expect.equal batches.StepsPerEpoch 5 "⌈23/5⌉"

            for number in 0..3 do
                let drawn = epoch batches number
                Expect.equal (List.map Array.length drawn) [ 5; 5; 5; 5; 3 ] "sizes"
                Expect.equal (List.sort (List.collect List.ofArray drawn)) all "each once"

            Expect.equal [ for t in [ 0L; 4L; 5L; 11L ] -> batches.Epoch t ] [ 0L; 0L; 1L; 2L ] "epochs")

        testCase "without the last one" (fun () ->
            let batches = MiniBatches(sum, 5, 1L, DropLast = true)
            Expect.equal batches.StepsPerEpoch 4 "⌊23/5⌋"
            let drawn = List.collect List.ofArray (epoch batches 2)
            Expect.hasLength drawn 20 "samples"
            Expect.hasLength (List.distinct drawn) 20 "each once at most")

        testCase "orders differ between epochs and seeds, not between calls" (fun () ->
            let batches = MiniBatches(sum, 23, 1L)
            let order (b: MiniBatches) (step: int64) = b.Batch(step).ToArray()
            Expect.notEqual (order batches 0L) (order batches 1L) "epochs"
            Expect.notEqual (order batches 0L) (order (MiniBatches(sum, 23, 2L)) 0L) "seeds"
            Expect.equal (order batches 0L) (order (MiniBatches(sum, 23, 1L)) 0L) "another object")

        testCase "pure in the step, in any order of calls" (fun () ->
            let steps = [ 0L; 17L; 3L; 17L; 4L; 0L; 100_000L; 3L ]
            let one = MiniBatches(sum, 4, 9L)
            let point = [| 0.5; -1.0; 2.0 |]

            let seen (step: int64) =
                let gradient = Array.zeroCreate<float> 3
                let value = (one :> IObjective).Evaluate(step, point, gradient)
                value, gradient

            let first = dict [ for step in List.distinct steps -> step, seen step ]

            for step in steps do
                Expect.equal (seen step) first[step] $"step {step}")

        testCase "a batch is the mean over its samples; an epoch of equal batches has the whole sum's mean" (fun () ->
            let whole = LeastSquares(rows 6 24 3, Array.init 24 float)
            let batches = MiniBatches(whole, 6, 3L)
            let point = [| 0.5; -1.0; 2.0 |]
            let gradient = Array.zeroCreate<float> 3

            let values = [
                for step in 0L .. 3L -> (batches :> IObjective).Evaluate(step, point, gradient)
            ]

            Expect.floatClose Accuracy.veryHigh (List.average values) (fst (evaluate whole point)) "mean of means"
            Expect.equal (evaluate batches point) (evaluate whole point) "without a step: the whole"
            let samples = batches.Batch(2L).ToArray()
            let direct = whole.Evaluate(samples, point, gradient)
            Expect.equal values[2] direct "the listed samples")

        testCase "unshuffled: 0, 1, 2, … in every epoch" (fun () ->
            let batches = MiniBatches(sum, 10, 1L, Shuffle = false)
            Expect.equal (List.collect List.ofArray (epoch batches 3)) all "order")
    ]

let private models =
    testList "models" [
        testCase "least squares: the mean of squares over two" (fun () ->
            let objective = LeastSquares(array2D [ [ 1.0; 2.0 ]; [ 3.0; 4.0 ] ], [| 1.0; 2.0 |])
            // residuals 4, 9
            let value, gradient = evaluate objective [| 1.0; 2.0 |]
            Expect.equal value 24.25 "(16 + 81)/4"
            Expect.equal gradient [| (4.0 + 27.0) / 2.0; (8.0 + 36.0) / 2.0 |] "Aᵀr/2")

        testCase "logistic: labels 0/1 and −1/1 are the same" (fun () ->
            let samples = rows 2 10 4
            let zeroOne = Logistic(samples, labelled 10, 0.5)

            let signed =
                Logistic(samples, Array.map (fun y -> 2.0 * y - 1.0) (labelled 10), 0.5)

            let point = [| 0.5; -1.0; 2.0; 0.25 |]
            Expect.equal (evaluate signed point) (evaluate zeroOne point) "equal"
            Expect.floatClose Accuracy.veryHigh (fst (evaluate zeroOne (Array.zeroCreate 4))) (log 2.0) "log 2 at 0"
            Expect.isTrue (Double.IsFinite(fst (evaluate zeroOne (Array.create 4 1e5)))) "no overflow")

        testCase "softmax: log K at 0, class of the largest score" (fun () ->
            let value, _ = evaluate softmax (Array.zeroCreate softmax.Dimension)
            Expect.floatClose Accuracy.veryHigh value (log 3.0) "log 3"
            let towards = Array.zeroCreate<float> softmax.Dimension
            // The bias of class 1.
            towards[3 * 5 + 1] <- 100.0
            Expect.all (softmax.Predict towards) (fun k -> k = 1) "class 1"
            Expect.floatClose Accuracy.veryHigh (softmax.Accuracy towards) (4.0 / 12.0) "a third")
    ]

[<Tests>]
let tests = testList "objectives" [ gradients; minima; batches; models ]
