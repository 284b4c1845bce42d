/// Objectives at points of float32: rounded once where they compute in double, and bit for bit the same where float32 is exact.
module OptCore.Tests.Float32.ObjectiveTests

open System
open Expecto
open OptCore
open OptModels
open OptCore.Tests.BadInput.Refusals

let private bits (values: float32[]) =
    values |> Array.map BitConverter.SingleToInt32Bits

let private widened (point: float32[]) = point |> Array.map float

let private random (seed: int) (length: int) =
    let random = Random seed
    Array.init length (fun _ -> float32 (2.0 * random.NextDouble() - 1.0))

let private at (objective: IObjective) (point: float32[]) =
    let gradient = Array.zeroCreate<float32> point.Length
    objective.EvaluateAt<float32>(ReadOnlySpan point, Span gradient), gradient

let private atStep (objective: IObjective) (step: int64) (point: float32[]) =
    let gradient = Array.zeroCreate<float32> point.Length
    objective.EvaluateAt<float32>(step, ReadOnlySpan point, Span gradient), gradient

let private inDouble (evaluate: float[] -> float[] -> float) (point: float32[]) =
    let gradient = Array.zeroCreate<float> point.Length
    evaluate (widened point) gradient, Array.map float32 gradient

let private rows = Array2D.init 24 4 (fun i j -> sin (float (5 * i + j)))

let private sums: IFiniteSum list = [
    LeastSquares(rows, Array.init 24 (fun i -> cos (float i)))
    Logistic(rows, Array.init 24 (fun i -> float (i % 2)), 0.01)
    SoftmaxRegression(Array.init 120 (fun i -> sin (float32 i)), Array.init 24 (fun i -> i % 3), 3)
]

let private functions: IObjective list = [
    Rosenbrock 5
    Beale()
    Himmelblau()
    Saddle()
    Plain 4
    SharpAndFlat()
    Rastrigin 3
    Quadratic([| 1.0; 4.0; 0.5 |], [| 0.1; 0.2; 0.3 |], 7L)
    AutoDiff(3, (fun x -> x[0] * x[1] + Dual.Sin x[2]))
    NumericalGradient.OfArrays(2, (fun x -> x[0] * x[0] + exp x[1]))
    yield! sums |> List.map (fun sum -> sum :> IObjective)
]

let private roundedOnce =
    testList "what computes in double: widened, and rounded once" [
        for objective in functions do
            testCase objective.Name (fun () ->
                for seed in 1..5 do
                    let point = random seed objective.Dimension
                    let value, gradient = at objective point

                    let value', gradient' =
                        inDouble (fun p g -> objective.Evaluate(ReadOnlySpan p, Span g)) point

                    Expect.equal value value' "value, a double"
                    Expect.equal (bits gradient) (bits gradient') "gradient")

        testCase "mini-batches: the samples of the same step" (fun () ->
            for sum in sums do
                for batches in [ MiniBatches(sum, 5, 3L); MiniBatches(sum, 7, 3L, DropLast = true) ] do
                    let point = random 9 sum.Dimension

                    for step in 0L .. 12L do
                        let samples = batches.Batch(step).ToArray()

                        let expected =
                            inDouble (fun p g -> sum.Evaluate(ReadOnlySpan samples, ReadOnlySpan p, Span g)) point

                        let value, gradient = atStep batches step point
                        Expect.equal value (fst expected) $"value of step {step}"
                        Expect.equal (bits gradient) (bits (snd expected)) $"gradient of step {step}"

                    Expect.equal (at batches point) (at sum point) "without a step the whole sum")

        testCase "the step that is asked for, or none" (fun () ->
            let counting = {
                new IObjective with
                    member _.Dimension = 1
                    member _.Evaluate(_: ReadOnlySpan<float>, _: Span<float>) = -1.0
                    member _.Evaluate(step: int64, _: ReadOnlySpan<float>, _: Span<float>) = float step
            }

            for step in [ 0L; 7L; 1L <<< 40 ] do
                Expect.equal (fst (atStep counting step [| 1f |])) (float step) "its own"

            Expect.equal (fst (at counting [| 1f |])) -1.0 "the whole")

        testCase "doubles go through as they are" (fun () ->
            let objective = Rosenbrock 3 :> IObjective

            let point, gradient, other =
                [| 0.1; 0.2; 0.3 |], Array.zeroCreate 3, Array.zeroCreate 3

            let value = objective.EvaluateAt<float>(4L, ReadOnlySpan point, Span gradient)
            Expect.equal value (objective.Evaluate(ReadOnlySpan point, Span other)) "value"
            Expect.equal gradient other "gradient")

        testCase "linear models predict at points of float32" (fun () ->
            let model = SoftmaxRegression(random 3 200, Array.init 40 (fun i -> i % 4), 4)
            let point = random 4 model.Dimension
            Expect.equal (model.Predict(ReadOnlySpan point)) (model.Predict(widened point)) "classes"
            Expect.equal (model.Accuracy(ReadOnlySpan point)) (model.Accuracy(widened point)) "accuracy")
    ]

/// What a plan asks.
type private Told() =
    member val Single = 0 with get, set
    member val Double = 0 with get, set

    interface IObjective<float32> with
        member this.Evaluate(parameters: ReadOnlySpan<float32>, gradient: Span<float32>) =
            this.Single <- this.Single + 1
            parameters.CopyTo gradient
            0.0

    interface IObjective with
        member _.Dimension = 2

        member this.Evaluate(parameters: ReadOnlySpan<float>, gradient: Span<float>) =
            this.Double <- this.Double + 1
            parameters.CopyTo gradient
            0.0

let private ownTests =
    testList "what computes in float32 itself" [
        testCase "is asked in the type of the plan" (fun () ->
            let told = Told()

            Minimizer.Minimize<float32>(
                Optimizer.Sgd 0.1,
                told,
                ReadOnlySpan [| 1f; 2f |],
                MinimizeOptions(Steps = 5L)
            )
            |> ignore

            Expect.equal (told.Single, told.Double) (6, 0) "float32"

            Minimizer.Minimize(Optimizer.Sgd 0.1, told, [| 1.0; 2.0 |], MinimizeOptions(Steps = 5L))
            |> ignore

            Expect.equal (told.Single, told.Double) (6, 6) "float")

        testCase "one's own functions" (fun () ->
            let bowl =
                FunctionObjective<float32>(2, (fun x -> float (x[0] * x[0] + x[1])), (fun x -> [| 2f * x[0]; 1f |]))

            Expect.equal (at bowl [| 0.1f; 3f |]) (float (0.1f * 0.1f + 3f), [| 0.2f; 1f |]) "in float32"
            let tenth = FunctionObjective<float32>(1, (fun _ -> 0.1), id)
            Expect.equal (fst (at tenth [| 2f |])) 0.1 "a value is a double, and not rounded"
            let gradient = Array.zeroCreate<float> 2

            let value =
                (bowl :> IObjective).Evaluate(ReadOnlySpan [| 0.1; 3.0 |], Span gradient)

            Expect.equal
                (value, gradient)
                (float (0.1f * 0.1f + 3f), [| float 0.2f; 1.0 |])
                "in float at the rounded point")

        testCase "mistakes" (fun () ->
            let short = FunctionObjective<float32>(2, (fun _ -> 0.0), (fun _ -> [| 0f |]))
            argument [ "length 1"; "length 2" ] (fun () -> at short [| 1f; 2f |])
            argument [ "length 3"; "expected 2" ] (fun () -> at short [| 1f; 2f; 3f |])
            argument [ "length 3"; "expected 2" ] (fun () -> at (Beale()) [| 1f; 2f; 3f |])

            argument [ "overlaps" ] (fun () ->
                let point = [| 1f; 2f |]
                (Beale() :> IObjective).EvaluateAt<float32>(ReadOnlySpan point, Span point))

            argument [ "samples is empty" ] (fun () ->
                let point = Array.zeroCreate<float32> sums.Head.Dimension
                let gradient = Array.copy point
                sums.Head.EvaluateAt<float32>(ReadOnlySpan<int>.Empty, ReadOnlySpan point, Span gradient)))
    ]

[<Tests>]
let tests = testList "float32/objective" [ roundedOnce; ownTests ]
