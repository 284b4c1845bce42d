module OptCore.Tests.GradientCheckTests

open System
open System.IO
open Expecto
open OptCore
open OptCore.Tests.Asked
open OptModels

let private functions: (IObjective * float[]) list = [
    Beale(), [| 1.0; 0.3 |]
    Himmelblau(), [| -1.0; 2.5 |]
    Rosenbrock 5, [| -1.2; 1.0; 0.3; 0.7; 2.0 |]
    Quadratic([| 1.0; 10.0; 100.0 |], null, 3L), [| 1.0; -2.0; 0.5 |]
    Saddle(), [| 0.3; -0.4 |]
    Plain 4, [| 0.3; -4.0; 12.0; 0.0 |]
    SharpAndFlat(), [| 0.4; 0.2 |]
    Rastrigin 3, [| 0.3; -0.7; 2.1 |]
    Network
        .Of(6)
        .Dense(30)
        .Tanh()
        .Dense(3)
        .On(Array.init 60 (fun i -> float32 (sin (float i))), Array.init 10 (fun i -> i % 3)),
    Network.Of(6).Dense(30).Tanh().Dense(3).Start 1L
]

/// The objective with one coordinate of its gradient off by an amount.
let private spoilt (coordinate: int) (by: float) (objective: IObjective) =
    FunctionObjective(
        objective.Dimension,
        FunctionObjective.ValueAndGradient(fun point gradient ->
            let value = objective.Evaluate(point, gradient)
            gradient[coordinate] <- gradient[coordinate] + by
            value)
    )

let private checkTests =
    testList "Taylor remainder" [
        for objective, point in functions do
            testCase $"right: {objective.Name}" (fun () ->
                for seed in 0L .. 19L do
                    let check = GradientCheck.Run(objective, ReadOnlySpan point, null, seed)
                    Expect.isTrue check.IsRight $"{check}"
                    Expect.isNone (Option.ofNullable check.Coordinate) "coordinate")

            testCase $"one coordinate wrong: {objective.Name}" (fun () ->
                for coordinate in 0 .. point.Length - 1 do
                    let _, gradient = evaluate objective point
                    let by = 1e-3 * max 1.0 (abs gradient[coordinate])

                    let check =
                        GradientCheck.Run(spoilt coordinate by objective, ReadOnlySpan point, null, int64 coordinate)

                    Expect.isFalse check.IsRight $"{check}"
                    Expect.equal check.Coordinate (Nullable coordinate) $"{check}"
                    Expect.equal check.Claimed (gradient[coordinate] + by) "claimed")

        testCase "a linear function has no remainder" (fun () ->
            let linear =
                FunctionObjective.OfArrays(2, (fun x -> 3.0 * x[0] - x[1]), (fun _ -> [| 3.0; -1.0 |]))

            Expect.isTrue (GradientCheck.Run(linear, ReadOnlySpan [| 1.0; 2.0 |]).IsRight) "right"

            let wrong = GradientCheck.Run(spoilt 1 0.5 linear, ReadOnlySpan [| 1.0; 2.0 |])

            Expect.equal wrong.Coordinate (Nullable 1) $"{wrong}")

        testCase "names the tensor" (fun () ->
            let network = Network.Of(6).Dense(30).Tanh().Dense(3)
            let loss, point = functions |> List.last
            // Row 2, column 1 of the second layer's weights.
            let coordinate = network.Layout["layer2.weights"].Offset + 2 * 30 + 1

            let check =
                GradientCheck.Run(spoilt coordinate 0.25 loss, ReadOnlySpan point, network.Layout)

            Expect.equal check.Place "\"layer2.weights\"[2, 1]" $"{check}"
            Expect.stringStarts (string check) "wrong at \"layer2.weights\"[2, 1]: " "text")

        testCase "a point that is not finite is refused" (fun () ->
            Expect.throwsT<ArgumentException>
                (fun () -> GradientCheck.Run(Beale(), ReadOnlySpan [| nan; 0.0 |]) |> ignore)
                "NaN")
    ]

let private functionTests =
    testList "named functions" [
        for objective, _ in functions do
            match objective.Minimizer, Option.ofNullable objective.Minimum with
            | null, _
            | _, None -> ()
            | minimizer, Some minimum ->
                testCase $"gradient 0 and f* at the minimizer: {objective.Name}" (fun () ->
                    let value, gradient = evaluate objective (Seq.toArray minimizer)
                    // One rounding of the minimizer times the curvature, at most 400 here.
                    Expect.isLessThan (gradient |> Array.map abs |> Array.max) 1e-13 "gradient"
                    Expect.isLessThan (abs (value - minimum)) 1e-15 "value")

        testCase "sharp and flat: curvatures, values and ratio" (fun () ->
            let wells = SharpAndFlat 9.0
            Expect.floatClose Accuracy.veryHigh (wells.SharpCurvature / wells.FlatCurvature) 9.0 "ratio"

            for minimizer, curvature in [ wells.Sharp, wells.SharpCurvature; wells.Flat, wells.FlatCurvature ] do
                let x = minimizer[0]
                let value, gradient = evaluate wells [| x; 0.0 |]
                Expect.isLessThan value 1e-30 "value"
                Expect.isLessThan (abs gradient[0]) 1e-14 "slope"
                // The slope at x ± h, by central differences: off by h²/6 · |f''''| < 1e-6.
                let h = 1e-4
                let slope x = (snd (evaluate wells [| x; 0.0 |]))[0]
                let measured = (slope (x + h) - slope (x - h)) / (2.0 * h)
                Expect.isLessThan (abs (measured - curvature)) 1e-5 "curvature")

        testCase "smoothness bounds the slopes between random points" (fun () ->
            let random = Random 1

            for objective in [ Plain 3 :> IObjective; Rastrigin 3 ] do
                for _ in 1..1000 do
                    let x = Array.init 3 (fun _ -> 6.0 * random.NextDouble() - 3.0)
                    let y = x |> Array.map (fun a -> a + 0.1 * (random.NextDouble() - 0.5))

                    let distance a b =
                        Array.fold2 (fun s p q -> s + (p - q) ** 2.0) 0.0 a b |> sqrt

                    let slopes = distance (snd (evaluate objective x)) (snd (evaluate objective y))

                    Expect.isLessThanOrEqual
                        slopes
                        (objective.Smoothness.Value * distance x y * (1.0 + 1e-12))
                        objective.Name)

        testCase "gradient descent stays on the saddle's axis" (fun () ->
            let result =
                Minimizer.Minimize(Optimizer.Sgd 0.1, Saddle(), ReadOnlySpan [| 1.0; 0.0 |])

            Expect.equal result.Point[1] 0.0 "y")
    ]

let private numericalTests =
    testList "numerical gradient" [
        for objective, point in functions do
            testCase objective.Name (fun () ->
                let value, gradient = evaluate objective point

                let numerical =
                    NumericalGradient.OfArrays(point.Length, (fun x -> fst (evaluate objective x)))

                let value', gradient' = evaluate numerical point
                Expect.equal value' value "value"
                let largest = gradient |> Array.map abs |> Array.max
                // u^⅔ times the values and third derivatives, at most 1e4 here.
                Array.iter2
                    (fun (g: float) g' ->
                        Expect.isLessThan (abs (g - g')) (4e-11 * (1e4 + abs value + largest)) "gradient")
                    gradient
                    gradient')
    ]

let private cifarTests =
    /// A record: label, then 3,072 bytes of a pattern.
    let record label seed =
        Array.append [| byte label |] (Array.init 3072 (fun i -> byte ((i * 7 + seed) % 256)))

    let inFolder (files: (string * byte[]) list) (test: string -> unit) =
        let folder = Directory.CreateTempSubdirectory "cifar"

        try
            for name, content in files do
                File.WriteAllBytes(Path.Combine(folder.FullName, name), content)

            test folder.FullName
        finally
            folder.Delete true

    let damaged (part: string) (content: byte[]) =
        inFolder [ "data_batch_1.bin", record 1 1; "test_batch.bin", content ] (fun folder ->
            Expect.throwsC (fun () -> Cifar10.Load folder |> ignore) (fun error ->
                Expect.isTrue (error :? InvalidDataException) $"{error}"
                Expect.stringContains error.Message part "message"
                Expect.stringContains error.Message "test_batch.bin" "file"))

    testList "CIFAR-10" [
        testCase "labels and pixels, in the order of the files" (fun () ->
            inFolder
                [
                    "data_batch_1.bin", Array.append (record 3 0) (record 9 1)
                    "data_batch_4.bin", record 0 2
                    "test_batch.bin", record 7 3
                ]
                (fun folder ->
                    let images = Cifar10.Load folder
                    Expect.equal images.Train.Labels [| 3; 9; 0 |] "train"
                    Expect.equal images.Test.Labels [| 7 |] "test"
                    Expect.equal (images.Test.Channels, images.Test.Height, images.Test.Width) (3, 32, 32) "shape"

                    let expected = Array.init 3072 (fun i -> float32 ((i * 7 + 2) % 256) / 255f)
                    Expect.equal (images.Train.Image(2).ToArray()) expected "pixels"
                    Expect.stringContains (string images.Train) "3 images of 3×32×32, 10 classes" "text"
                    // A network sees what the reader read.
                    let loss = Network.For(images.Train).Dense(10).On images.Train
                    Expect.equal loss.Count 3 "count"))

        testCase "a truncated record" (fun () -> damaged "3072 bytes" (Array.take 3072 (record 1 1)))
        testCase "a trailing byte" (fun () -> damaged "trailing" (Array.append (record 1 1) [| 0uy |]))
        testCase "an empty file" (fun () -> damaged "0 bytes" [||])
        testCase "a label out of range" (fun () ->
            damaged "label 10 of image 1" (Array.append (record 1 1) (record 10 1)))

        testCase "no files" (fun () ->
            inFolder [ "data_batch_1.bin", record 1 1 ] (fun folder ->
                Expect.throwsC (fun () -> Cifar10.Load folder |> ignore) (fun error ->
                    Expect.stringContains error.Message folder "folder"
                    Expect.stringContains error.Message "test_batch.bin" "file"
                    Expect.stringContains error.Message Mnist.Variable "variable")

                let found, _ = Cifar10.TryLoad folder
                Expect.isFalse found "TryLoad"))
    ]

[<Tests>]
let tests =
    testList "gradients and functions" [ checkTests; functionTests; numericalTests; cifarTests ]
