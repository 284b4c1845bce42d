module OptDsl.Tests.AutoDiffTests

open System
open Expecto
open OptCore
open OptModels
open OptDsl

/// Generic code: the same source for floats and duals.
let inline private rosenbrock (x: ^T[]) : ^T =
    let one = LanguagePrimitives.GenericOne< ^T>
    let hundred = Seq.init 100 (fun _ -> one) |> Seq.sum
    let wall = x[1] - x[0] * x[0]
    (one - x[0]) * (one - x[0]) + hundred * wall * wall

/// Name, function, its derivative, and points inside its domain.
let private univariate: (string * (Dual -> Dual) * (float -> float) * (float -> float) * float list) list = [
    "sqrt", sqrt, sqrt, (fun x -> 0.5 / sqrt x), [ 0.25; 2.0 ]
    "exp", exp, exp, exp, [ -3.0; 0.5 ]
    "log", log, log, (fun x -> 1.0 / x), [ 0.1; 7.0 ]
    "log10", log10, log10, (fun x -> 1.0 / (x * log 10.0)), [ 0.1; 7.0 ]
    "sin", sin, sin, cos, [ -1.0; 0.0; 2.0 ]
    "cos", cos, cos, (fun x -> -(sin x)), [ -1.0; 0.0; 2.0 ]
    "tan", tan, tan, (fun x -> 1.0 / cos x ** 2.0), [ -1.0; 1.2 ]
    "asin", asin, asin, (fun x -> 1.0 / sqrt (1.0 - x * x)), [ -0.5; 0.9 ]
    "acos", acos, acos, (fun x -> -1.0 / sqrt (1.0 - x * x)), [ -0.5; 0.9 ]
    "atan", atan, atan, (fun x -> 1.0 / (1.0 + x * x)), [ -3.0; 0.5 ]
    "sinh", sinh, sinh, cosh, [ -1.0; 2.0 ]
    "cosh", cosh, cosh, sinh, [ -1.0; 2.0 ]
    "tanh", tanh, tanh, (fun x -> 1.0 - tanh x ** 2.0), [ -1.0; 0.3 ]
    "abs", abs, abs, (fun x -> float (sign x)), [ -1.0; 0.0; 2.0 ]
    "x²", (fun x -> x ** 2.0), (fun x -> x * x), (fun x -> 2.0 * x), [ -3.0; 0.0; 2.0 ]
    "x^-1.5", (fun x -> x ** -1.5), (fun x -> x ** -1.5), (fun x -> -1.5 * x ** -2.5), [ 0.5; 2.0 ]
    "x^x", (fun x -> x ** x), (fun x -> x ** x), (fun x -> x ** x * (log x + 1.0)), [ 0.5; 2.0 ]
    "pown", (fun x -> pown x 5), (fun x -> pown x 5), (fun x -> 5.0 * pown x 4), [ -1.5; 2.0 ]
    "-x", (fun x -> -x), (fun x -> -x), (fun _ -> -1.0), [ 2.0 ]
    "1/x", (fun x -> 1.0 / x), (fun x -> 1.0 / x), (fun x -> -1.0 / (x * x)), [ -0.5; 3.0 ]
    "x/3 - (2 - x)·x·4",
    (fun x -> x / 3.0 - (2.0 - x) * x * 4.0),
    (fun x -> x / 3.0 - (2.0 - x) * x * 4.0),
    (fun x -> 1.0 / 3.0 - 8.0 + 8.0 * x),
    [ 1.3 ]
    "atan2",
    (fun x -> atan2 x (x * x + 1.0)),
    (fun x -> atan2 x (x * x + 1.0)),
    (fun x -> let b = x * x + 1.0 in (b - x * 2.0 * x) / (x * x + b * b)),
    [ -2.0; 0.7 ]
    "a branch",
    (fun x -> if x.Value > 1.0 then x * x else 3.0 * x),
    (fun x -> if x > 1.0 then x * x else 3.0 * x),
    (fun x -> if x > 1.0 then 2.0 * x else 3.0),
    [ 0.5; 2.0 ]
    "max",
    (fun x -> max x (x * x)),
    (fun x -> max x (x * x)),
    (fun x -> if x > x * x then 1.0 else 2.0 * x),
    [ 0.5; 2.0 ]
]

/// A handful of roundings, each of one unit in the last place of numbers below 100.
let private close (actual: float) (expected: float) name =
    Expect.isLessThanOrEqual (abs (actual - expected)) (1e-14 * max 1.0 (abs expected)) name

let private dualTests =
    univariate
    |> List.map (fun (name, dual, value, slope, points) ->
        testCase name (fun () ->
            for x in points do
                let found = dual (Dual.Variable x)
                close found.Value (value x) $"value at {x}"
                close (found.Slope 0) (slope x) $"slope at {x}"
                // The chain rule: a slope of 3 inside is a factor of 3 outside.
                let inner = dual (Dual.Variable(x / 3.0, 5) * 3.0)

                Expect.isLessThanOrEqual
                    (abs (inner.Slope 5 - 3.0 * slope x))
                    (1e-13 * max 1.0 (abs (slope x)))
                    $"chain at {x}"

                Expect.equal (inner.Slope 0) 0.0 "another variable"))

let private objectiveTests =
    testList "objectives" [
        testCase "a lambda needs no gradient by hand" (fun () ->
            let valley =
                Objective.ofGeneric 2 (fun x -> (1.0 - x[0]) ** 2.0 + 100.0 * (x[1] - x[0] ** 2.0) ** 2.0)

            let byHand = Objective.rosenbrock 2

            for point in [ [| -1.2; 1.0 |]; [| 0.0; 0.0 |]; [| 1.0; 1.0 |] ] do
                close (valley |> Objective.value point) (byHand |> Objective.value point) "value"

                Array.iter2
                    (fun a b -> Expect.isLessThanOrEqual (abs (a - b)) 1e-12 "gradient")
                    (valley |> Objective.gradient point)
                    (byHand |> Objective.gradient point))

        testCase "an inline function serves floats and gradients alike" (fun () ->
            let point = [| -1.2; 1.0 |]
            let valley = Objective.ofGeneric 2 rosenbrock
            Expect.equal (valley |> Objective.value point) (rosenbrock point) "value"

            Array.iter2
                (fun a b -> Expect.isLessThanOrEqual (abs (a - b)) 1e-12 "gradient")
                (valley |> Objective.gradient point)
                (Objective.rosenbrock 2 |> Objective.gradient point))

        testProperty "a gradient of any dimension: Σ sin(i·xᵢ)·x₀" (fun (size: FsCheck.NonNegativeInt) ->
            let dimension = 1 + size.Get % 40
            let point = Array.init dimension (fun i -> cos (float i + 1.0))

            let objective =
                Objective.ofGeneric dimension (fun x ->
                    x |> Array.mapi (fun i xi -> sin (float i * xi) * x[0]) |> Array.sum)

            let gradient = objective |> Objective.gradient point

            for i in 1 .. dimension - 1 do
                close gradient[i] (float i * cos (float i * point[i]) * point[0]) $"coordinate {i}"

            let first = Seq.init dimension (fun i -> sin (float i * point[i])) |> Seq.sum
            Expect.isLessThanOrEqual (abs (gradient[0] - first)) 1e-13 "coordinate 0")

        testCase "sums and means of arrays" (fun () ->
            let mean = Objective.ofGeneric 4 (fun x -> Array.averageBy (fun y -> y * y) x)
            Expect.equal (mean |> Objective.gradient [| 1.0; 2.0; 3.0; 4.0 |]) [| 0.5; 1.0; 1.5; 2.0 |] "gradient")

        testCase "no 0·∞ where nothing varies" (fun () ->
            let norm = Objective.ofGeneric 2 (fun x -> sqrt (x[0] * x[0] + x[1] * x[1]))
            Expect.equal (norm |> Objective.gradient [| 0.0; 0.0 |]) [| 0.0; 0.0 |] "gradient of the norm at 0")

        testCase "constants and dimension 0" (fun () ->
            let constant = Objective.ofGeneric 0 (fun _ -> Dual.op_Implicit 3.0)
            Expect.equal (constant |> Objective.value [||]) 3.0 "value"

            Expect.equal
                (Objective.ofGeneric 9 (fun _ -> Dual.Zero)
                 |> Objective.gradient (Array.create 9 1.0))
                (Array.zeroCreate 9)
                "gradient")

        testCase "check finds a wrong gradient" (fun () ->
            let wrong =
                Objective.ofFunction 2 (fun x -> x[0] * x[0] + 3.0 * x[1]) (fun x -> [| 2.0 * x[0]; 2.9 |])

            let check = wrong |> Objective.check [| 1.0; 2.0 |]
            Expect.equal check.Coordinate (Nullable 1) $"{check}"
            Expect.isTrue (Objective.beale |> Objective.check [| 1.0; 0.3 |]).IsRight "Beale")

        testCase "numerical gradient" (fun () ->
            let bowl = Objective.numerical 2 (fun x -> x[0] * x[0] + 3.0 * x[1] * x[1])

            Array.iter2
                (fun a b -> Expect.isLessThanOrEqual (abs (a - b)) 1e-9 "gradient")
                (bowl |> Objective.gradient [| 1.0; -2.0 |])
                [| 2.0; -12.0 |])
    ]

let private networkTests =
    testList "networks" [
        testCase "the words build the value of the core" (fun () ->
            let images =
                ImageSet(Array.init (5 * 64) (fun i -> float32 (i % 7) / 7f), [| 0; 1; 2; 0; 1 |], 8, 8, 3)

            let network =
                Network.images images
                |> Network.convolutionPadded 1 4 3
                |> Network.relu
                |> Network.maxPool 2
                |> Network.convolution 2 3
                |> Network.tanh
                |> Network.averagePool 2
                |> Network.flatten
                |> Network.dense 3

            let expected =
                OptModels.Network
                    .Of(1, 8, 8)
                    .Convolution(4, 3, padding = 1)
                    .Relu()
                    .MaxPool(2)
                    .Convolution(2, 3)
                    .Tanh()
                    .AveragePool(2)
                    .Flatten()
                    .Dense(3)

            Expect.equal network expected "network"
            let loss = network |> Network.loss images
            let start = network |> Network.start 1L

            // Names of tensors are words' patterns: frozen weights stay.
            let result =
                sgd 0.1
                |> freeze "layer1.*"
                |> plan (Network.layout network)
                |> Run.plan (MinimizeOptions(Steps = 5L)) (loss |> Objective.miniBatches 2 1L) start

            let first = network.Layout["layer2.weights"].Offset
            Expect.equal result.Point[.. first - 1] start[.. first - 1] "frozen"
            Expect.notEqual result.Point[first..] start[first..] "trained"
            Expect.equal (network |> Network.accuracy images start) (loss.Accuracy start) "accuracy")
    ]

[<Tests>]
let tests =
    testList "automatic differentiation" [ testList "dual" dualTests; objectiveTests; networkTests ]
