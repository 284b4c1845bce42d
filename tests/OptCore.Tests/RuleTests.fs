/// What the contract of stages carries beyond the library's own stages: slots with shapes of their own, quantities of slots, scalars
/// that follow what was measured. Expected values are computed here, by loops.
module OptCore.Tests.RuleTests

open System
open Expecto
open OptCore
open OptCore.Kernels
open OptCore.Tests.RuleRuns
open UserStage

// The rows of a tensor of rank ≥ 2, all of it for the others.
let private rowsOf (tensor: TensorInfo) =
    if tensor.Shape.Count < 2 then 1 else tensor.Shape[0]

/// The parameters and the state of `rowScale ε` with rate 0.1 after the steps.
let private rowScale epsilon =
    let p = numbers 1

    let sums =
        tensors.Tensors |> Seq.map (fun t -> Array.create (rowsOf t) 0.5) |> Array.ofSeq

    for step in 1..steps do
        let g = gradient step

        for i in 0 .. tensors.Tensors.Count - 1 do
            let tensor = tensors.Tensors[i]
            let rows = rowsOf tensor
            let width = if rows = 0 then 0 else tensor.Length / rows

            for row in 0 .. rows - 1 do
                for j in 0 .. width - 1 do
                    let u = g[tensor.Offset + row * width + j]
                    sums[i][row] <- sums[i][row] + u * u

                for j in 0 .. width - 1 do
                    let index = tensor.Offset + row * width + j
                    p[index] <- Math.FusedMultiplyAdd(-0.1, g[index] / (sqrt (sums[i][row]) + epsilon), p[index])

    p, Array.concat sums

let private closeTo (expected: float[]) (actual: float[]) what =
    Expect.equal actual.Length expected.Length what

    for i in 0 .. expected.Length - 1 do
        let slack = 1e-13 * (1.0 + abs (expected[i]))

        if not (abs (actual[i] - expected[i]) <= slack) then
            failtestf "%s: element %d is %g, expected %g" what i actual[i] expected[i]

let private differs (expected: float[]) (actual: float[]) what =
    if Array.forall2 (fun (a: float) b -> abs (a - b) <= 1e-6) expected actual then
        failtestf "%s: not noticed" what

let private shaped =
    testList "slots with shapes of their own" [
        testCase "one number per row, as by loops" (fun () ->
            let state = run ((Optimizer.Sgd 0.1).With(RowScale 0.01))
            let p, sums = rowScale 0.01
            closeTo p (state.ToArray()) "p"
            closeTo sums (state.Slot "rowScale.rows") "rows")

        testCase "the mutant that forgets is killed" (fun () ->
            let state = run ((Optimizer.Sgd 0.1).With(RowScale(0.01, Forgets = true)))
            differs (fst (rowScale 0.01)) (state.ToArray()) "forgets")

        testCase "only in its scope, and part of the state's content" (fun () ->
            let optimizer = (Optimizer.Sgd 0.1).Only("w", (fun o -> o.With(RowScale 0.01)))
            let state = run optimizer
            Expect.equal (state.Slot("rowScale.rows").Length) 3 "rows of w"
            let plan = optimizer.Plan<float> tensors
            let a = plan.Step(plan.Init(numbers 1), zeros)
            let b = plan.Step(plan.Init(numbers 1), zeros)
            Expect.equal a b "the same"
            let moved: float[] = Array.zeroCreate tensors.Length
            moved[0] <- 1e-200
            let c = plan.Step(plan.Init(numbers 1), moved)
            Expect.equal (c.ToArray()) (a.ToArray()) "p the same"
            moved[0] <- 1.0

            let d =
                (Optimizer.Sgd 0.0).Only("w", (fun o -> o.With(RowScale 0.01))).Plan<float> tensors

            let d0, d1 = d.Step(d.Init(numbers 1), zeros), d.Step(d.Init(numbers 1), moved)
            Expect.equal (d1.ToArray()) (d0.ToArray()) "p the same"
            Expect.notEqual d1 d0 "the slot differs, and so does the state")

        testCase "a span stage sees the shapes and the slot by tensor" (fun () ->
            let seen = ResizeArray<string>()

            let own = {
                new ISpanStage with
                    member _.Phase = Phase.Direction
                    member _.Equation = ""
                    member _.Traits = StageTraits.None
                    member _.Slots = [| SlotSpec.Shaped("columns", (fun shape -> [| shape[shape.Count - 1] |])) |]

                    member _.Apply step =
                        for i in 0 .. step.Tensors.Count - 1 do
                            let tensor = step.Tensors[i]
                            let columns = step.Slot("columns", i)
                            columns[0] <- columns[0] + step.Loss
                            seen.Add $"{tensor.Name} {tensor.Start} {tensor.Length} {columns.Length}"
            }

            let without (pattern: string) (words: Optimizer -> Optimizer) (optimizer: Optimizer) =
                optimizer.Except(pattern, (fun o -> words o))

            let optimizer =
                Optimizer.Sgd 0.1
                |> without "b" (without "none" (without "s" (fun o -> o.With own)))

            let plan = optimizer.Plan<float> tensors
            let state = plan.Step(plan.Init(numbers 1), gradient 1, 2.0)
            Expect.equal (List.ofSeq seen) [ "w 0 12 4"; "k 12 30 5" ] "tensors"
            let name = Seq.exactlyOne state.SlotNames
            Expect.equal (state.Slot name) [| 2.0; 0.0; 0.0; 0.0; 2.0; 0.0; 0.0; 0.0; 0.0 |] "slot")
    ]

/// The parameters of `distance r0 ε` with rate 0.5 after the steps, over one vector or the tensors.
let private distance (initial: float) epsilon perTensor =
    let start = numbers 1
    let p = numbers 1

    let groups =
        if perTensor then
            [ for t in tensors.Tensors -> [ t.Offset .. t.End - 1 ] ]
        else
            [ [ 0 .. tensors.Length - 1 ] ]

    for group in groups do
        let mutable r, sum = initial, 0.0

        for step in 1..steps do
            let g = gradient step
            r <- max r (sqrt (Seq.sum [ for i in group -> (p[i] - start[i]) ** 2.0 ]))
            sum <- sum + Seq.sum [ for i in group -> g[i] * g[i] ]

            for i in group do
                p[i] <- p[i] - 0.5 * g[i] * r / sqrt (sum + epsilon)

    p

let private half (stage: IStage) = (Optimizer.Sgd 0.5).With stage

let private quantities =
    testList "quantities and scalars" [
        for perTensor in [ false; true ] do
            testCase $"a rate from the distance travelled, as by loops, per tensor = {perTensor}" (fun () ->
                let state = run (half (Distance(0.1, 1e-8, PerTensor = perTensor)))
                closeTo (distance 0.1 1e-8 perTensor) (state.ToArray()) "p")

        testCase "the mutant whose sums lag is killed" (fun () ->
            let state = run (half (Distance(0.1, 1e-8, Lags = true)))
            differs (distance 0.1 1e-8 false) (state.ToArray()) "lags")

        testCase "a step from the loss, as by loops; the mutant with the loss before is killed" (fun () ->
            let expected =
                let p = numbers 1

                for step in 1..steps do
                    let g = gradient step
                    let factor = min 0.75 ((loss step - 0.5) / Seq.sum [ for x in g -> x * x ])

                    for i in 0 .. p.Length - 1 do
                        p[i] <- p[i] - 0.5 * factor * g[i]

                p

            closeTo expected (run(half (LossStep(0.5, 0.75))).ToArray()) "p"
            differs expected (run(half (LossStep(0.5, 0.75, Lags = true))).ToArray()) "lags"

            let plan = (half (LossStep(0.5, 0.75))).Plan<float> tensors

            Expect.throwsT<ArgumentException>
                (fun () -> plan.Step(plan.Init(numbers 1), gradient 1) |> ignore)
                "no loss")

        testCase "norms, distances, inner products against loops, at every length" (fun () ->
            let random = Random 5

            let draw (n: int) =
                Array.init n (fun _ -> 2.0 * random.NextDouble() - 1.0)

            for n in [ 0; 1; 7; 31; 32; 33; 100; 16384; 16385; 40000 ] do
                let x, y = draw n, draw n
                let difference = Array.map2 (-) x y

                let power q (values: float[]) =
                    (Array.sumBy (fun v -> abs v ** q) values) ** (1.0 / q)

                let largest (values: float[]) =
                    Array.fold (fun most v -> max most (abs v)) 0.0 values

                let u, p = Measured.Update, Measured.Parameters

                let measured (quantity: Quantity) =
                    let second = if isNull (box quantity.And) then [||] else y

                    Quantities.Of<float>(
                        quantity,
                        ReadOnlySpan x,
                        ReadOnlySpan second,
                        ReadOnlySpan [| OptCore.Kernels.ElementRange(0, n) |]
                    )

                let near what expected actual =
                    let slack = 1e-13 * (1.0 + abs expected)

                    if not (abs (actual - expected) <= slack) then
                        failtestf "%s at %d: %g, expected %g" what n actual expected

                near "1" (Array.sumBy abs x) (measured (Quantity.Norm(u, 1.0)))
                near "2" (power 2.0 x) (measured (Quantity.Norm u))
                near "3.5" (power 3.5 x) (measured (Quantity.Norm(u, 3.5)))
                near "infinity" (largest x) (measured (Quantity.Norm(u, infinity)))
                near "distance" (power 2.0 difference) (measured (Quantity.Distance(u, p)))
                near "distance 1" (Array.sumBy abs difference) (measured (Quantity.Distance(u, p, 1.0)))
                near "distance infinity" (largest difference) (measured (Quantity.Distance(u, p, infinity)))

                near
                    "product"
                    (Array.fold2 (fun sum a b -> sum + a * b) 0.0 x y)
                    (measured (Quantity.InnerProduct(u, p)))

                near
                    "mean"
                    (if n = 0 then 0.0 else power 2.0 x / sqrt (float n))
                    (measured (Quantity.RootMeanSquare u)))

        testCase "norms and distances do not over- or underflow on the way" (fun () ->
            let range = [| OptCore.Kernels.ElementRange(0, 3) |]
            let x, zero = [| 3e200; 0.0; -4e200 |], [| 0.0; 0.0; 0.0 |]
            let small = [| 3e-200; 0.0; -4e-200 |]

            let of' (quantity: Quantity) (x: float[]) (y: float[]) =
                Quantities.Of<float>(quantity, ReadOnlySpan x, ReadOnlySpan y, ReadOnlySpan range)

            let distance = Quantity.Distance(Measured.Update, Measured.Parameters)
            Expect.floatClose Accuracy.veryHigh (of' distance x zero / 5e200) 1.0 "large"
            Expect.floatClose Accuracy.veryHigh (of' distance small zero / 5e-200) 1.0 "small"

            Expect.floatClose
                Accuracy.veryHigh
                (of' (Quantity.Norm(Measured.Update, 4.0)) small [||]
                 / ((337.0 ** 0.25) * 1e-200))
                1.0
                "4"

            Expect.isTrue (Double.IsNaN(of' distance [| nan; 0.0; 1.0 |] zero)) "NaN"
            Expect.equal (of' distance [| infinity; 0.0; 1.0 |] zero) infinity "infinite")

        testCase "where the point of a gradient is chosen, tensors' own slots are only read" (fun () ->
            let point kind jointly =
                let plan =
                    (Optimizer.Sgd 0.1).With(Pointing(kind, jointly)).Plan<float>(Layout.Plain 3)

                let session = plan.Start(ReadOnlySpan [| 1.0; 2.0; 3.0 |])
                let point = Array.zeroCreate<float> 3
                session.Point(point.AsSpan())
                session.Step(ReadOnlySpan [| 1.0; 0.0; 0.0 |]) |> ignore
                point, session.AsSpan().ToArray()

            for jointly in [ false; true ] do
                Expect.throwsC (fun () -> point SlotKind.Element jointly |> ignore) (fun error ->
                    Expect.isTrue (error :? ArgumentException) $"{error}"
                    Expect.stringContains error.Message "changes the slot" "message"
                    Expect.stringContains error.Message "only read" "message")

                // One of another shape is at hand: the point here is the parameters, the step that of sgd.
                let found = point SlotKind.Shaped jointly
                Expect.equal found ([| 1.0; 2.0; 3.0 |], [| 0.9; 2.0; 3.0 |]) "point and step")

        testCase "orders below 1 are refused, quantities print as formulas" (fun () ->
            Expect.throwsT<ArgumentOutOfRangeException>
                (fun () -> Quantity.Norm(Measured.Update, 0.5) |> ignore)
                "order"

            let p0 = Measured.Slot "p0"
            Expect.equal (string (Quantity.Distance(Measured.Parameters, p0))) "‖p − p0‖" "distance"
            Expect.equal (string (Quantity.Norm(Measured.Update, infinity))) "‖u‖_∞" "maximum"
            Expect.equal (string (Quantity.InnerProduct(Measured.Update, p0))) "⟨u, p0⟩" "product")
    ]

[<Tests>]
let tests = testList "rules" [ shaped; quantities ]
