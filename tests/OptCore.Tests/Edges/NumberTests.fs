/// Numbers at the edges of the format in single stages: overflow, underflow, ties, the sign of a loss. By hand, exact.
module OptCore.Tests.Edges.NumberTests

open System
open Expecto
open OptCore
open OptModels
open OptCore.Tests.CornerCases.Steps

let private big, private tiny = Math.ScaleB(1.0, 1000), Math.ScaleB(1.0, -540)

let private losses =
    testList "losses" [
        testCase "plateau under accumulate sees the mean of the losses" (fun () ->
            let plan = plain "sgd 0.5 |> accumulate 4 |> plateau 1 0.5" 1

            let state =
                List.fold
                    (fun (s: State<float>) (loss: float) -> plan.Step(s, vector [ 1.0 ], loss))
                    (init plan [ 0.0 ])
                    [ 1.0; 2.0; 3.0; 10.0 ]

            Expect.equal state.Step 1L "one update"
            Expect.equal ((state.Numbers "plateau.best")[0]) 4.0 "the mean"
            Expect.equal ((state.Numbers "accumulate.loss")[0]) 0.0 "and begins anew")

        testCase "plateau: of a negative loss the threshold is a part of its absolute value" (fun () ->
            let plan = plain "sgd 0.5 |> plateauWith (Plateau(2, 0.5, Threshold = 0.25))" 1

            let after (losses: float list) =
                List.fold
                    (fun (s: State<float>) (loss: float) -> plan.Step(s, vector [ 0.0 ], loss))
                    (init plan [ 0.0 ])
                    losses

            let best (state: State<float>) =
                (state.Numbers "plateau.best")[0], state.Count "plateau.bad"

            // −4 − 0.25·4 = −5 has to be passed.
            Expect.equal (best (after [ -4.0; -4.5 ])) (-4.0, 1L) "not enough"
            Expect.equal (best (after [ -4.0; -5.0 ])) (-4.0, 1L) "exactly there: not below"
            Expect.equal (best (after [ -4.0; -5.5 ])) (-5.5, 0L) "enough"
            Expect.equal (best (after [ 4.0; 3.5 ])) (4.0, 1L) "positive: not enough"
            Expect.equal (best (after [ 4.0; 2.5 ])) (2.5, 0L) "positive: enough")
    ]

let private samPoint (p: float list) (g: float list) =
    let plan = plain "sgd 0.5 |> sam 0.5" p.Length
    List.ofArray (plan.Point(init plan p, vector g))

let private norms =
    testList "norms" [
        testCase "sam: where the norm vanishes, is not finite or NaN, the point is p" (fun () ->
            let p = [ 1.0; -0.0 ]
            let bits = List.map BitConverter.DoubleToInt64Bits

            for g in
                [
                    [ 0.0; 0.0 ]
                    [ 0.0; -0.0 ]
                    [ infinity; 1.0 ]
                    [ nan; 1.0 ]
                    [ Double.MaxValue; Double.MaxValue ]
                ] do
                Expect.equal (bits (samPoint p g)) (bits p) $"{g}")

        testCase "sam: norms neither over- nor underflow" (fun () ->
            // 0.5·(3, 4)/5
            let near (actual: float list) =
                Expect.floatClose Accuracy.veryHigh actual[0] 0.3 "first"
                Expect.floatClose Accuracy.veryHigh actual[1] 0.4 "second"

            near (samPoint [ 0.0; 0.0 ] [ 3.0 * big; 4.0 * big ])
            near (samPoint [ 0.0; 0.0 ] [ 3.0 * tiny; 4.0 * tiny ])
            near (samPoint [ 0.0; 0.0 ] [ 3.0 * Double.Epsilon; 4.0 * Double.Epsilon ]))

        testCase "ball: norms neither over- nor underflow, and what is not finite stays" (fun () ->
            let projected radius p =
                after (plain $"sgd 1.0 |> ball {radius}" (List.length p)) p [ List.map (fun _ -> 0.0) p ]

            Expect.equal (projected "1.25" [ 3.0 * big; 4.0 * big ]) [ 0.75; 1.0 ] "large"

            let small = [ 3.0 * tiny; 4.0 * tiny ]
            let radius = (1.25 * tiny).ToString("R", Globalization.CultureInfo.InvariantCulture)
            Expect.equal (projected radius small) [ 0.75 * tiny; tiny ] "small"

            for p in [ [ Double.MaxValue; Double.MaxValue ]; [ Double.MaxValue; -Double.MaxValue ] ] do
                Expect.equal (projected "1.0" p) p "a norm beyond the largest number")

        testList "clipAdaptive" [
            let clipped (text: string) (rows: int) (p: float list) (g: float list) =
                let tensors = Layout.Empty.Add("w", rows, p.Length / rows)
                let plan = named $"sgd 1.0 |> {text}" tensors
                let moved = (step plan (init plan p) g).ToArray()
                [ for before, now in List.zip p (List.ofArray moved) -> before - now ]

            testCase "columns whose squares overflow" (fun () ->
                // ‖u‖ = 5·2^1000, ‖p‖ = 5·2^998 in the first column; the second one is let through.
                let p = [ 3.0 * big / 4.0; big; big; big ]
                let g = [ 3.0 * big; big / 2.0; 4.0 * big; big / 2.0 ]
                let expected = [ 3.0 * big / 4.0; big / 2.0; big; big / 2.0 ]
                Expect.equal (clipped "clipAdaptive 1.0" 2 p g) expected "a quarter of the first")

            testCase "columns whose squares vanish or are subnormal" (fun () ->
                // ‖u‖ = 1.5·√2·2^-538 by rescaling; its squares round to 2^-1074.
                let u = 1.5 * Math.ScaleB(1.0, -538)
                let p = [ 1024.0 * u; 0.0; 1024.0 * u; 0.0 ]
                let g = [ u; 0.0; u; 0.0 ]
                let plan = "clipAdaptiveWith (ClipAdaptive(0.0009765625, Epsilon = 0.0))"
                let tensors = Layout.Empty.Add("w", 2, 2)
                // At p the step is lost in rounding: the momentum buffer shows the update.
                let state = named $"sgd 1.0 |> {plan} |> momentum 0.5" tensors
                let after = step state (init state p) g
                Expect.equal (after.Slot "momentum.v") (vector g) "not above its limit: the identity")

            testCase "norms of columns are exact at both ends of the format" (fun () ->
                let least, most = Double.Epsilon, Math.ScaleB(1.0, 1021)

                let matrix = [|
                    [ 3.0 * least; 3.0 * most; 0.0; infinity; nan; 3.0 ]
                    [ 4.0 * least; 4.0 * most; -0.0; 1.0; 1.0; -4.0 ]
                |]

                let mutable scratch: float[] = [||]

                let norms =
                    UnitNorms.Of(ReadOnlySpan(Array.ofSeq (Seq.concat matrix)), 6, &scratch).ToArray()

                Expect.equal norms[0..3] [| 5.0 * least; 5.0 * most; 0.0; infinity |] "norms"
                Expect.isTrue (Double.IsNaN norms[4]) "NaN"
                Expect.equal norms[5] 5.0 "another")

            testCase "output first: the slices along the first axis, as those of centralize" (fun () ->
                let moved (text: string) (shape: int list) p g =
                    let plan =
                        named $"sgd 1.0 |> {text} |> momentum 0.5" (Layout.Empty.Add("w", Array.ofList shape))

                    List.ofArray ((step plan (init plan p) g).Slot "momentum.v")

                let first = "clipAdaptiveWith (ClipAdaptive(1.0, OutputFirst = true))"
                let p, g = [ 3.0; 4.0; 0.0; 1.0 ], [ 6.0; 8.0; 0.0; 0.5 ]
                Expect.equal (moved first [ 2; 2 ] p g) [ 3.0; 4.0; 0.0; 0.5 ] "rows"
                Expect.equal (moved first [ 2; 2; 1 ] p g) [ 3.0; 4.0; 0.0; 0.5 ] "rank 3"
                Expect.equal (moved first [ 2; 1; 2; 1 ] p g) [ 3.0; 4.0; 0.0; 0.5 ] "rank 4"

                Expect.equal
                    (moved first [ 1; 4 ] [ 3.0; 0.0; 4.0; 0.0 ] [ 6.0; 0.0; 8.0; 0.0 ])
                    [ 3.0; 0.0; 4.0; 0.0 ]
                    "one row"

                Expect.equal
                    (moved first [ 4 ] [ 3.0; 0.0; 4.0; 0.0 ] [ 6.0; 0.0; 8.0; 0.0 ])
                    [ 3.0; 0.0; 4.0; 0.0 ]
                    "a vector is one unit"

                Expect.equal (moved first [ 0; 3 ] [] []) [] "empty"

                Expect.equal
                    (moved "clipAdaptive 1.0" [ 2; 2 ] [ 3.0; 0.0; 4.0; 1.0 ] [ 6.0; 0.0; 8.0; 0.5 ])
                    [ 3.0; 0.0; 4.0; 0.5 ]
                    "columns"

                Expect.equal
                    (moved "centralize" [ 2; 2 ] p [ 6.0; 8.0; 0.0; 1.0 ])
                    [ -1.0; 1.0; -0.5; 0.5 ]
                    "means of rows")

            testCase "a unit that is not finite passes unchanged, its neighbour is clipped" (fun () ->
                let tensors = Layout.Empty.Add("w", 2, 2)
                let plan = named "sgd 1.0 |> clipAdaptive 1.0 |> momentum 0.5" tensors
                let after = step plan (init plan [ 1.0; 3.0; 1.0; 4.0 ]) [ infinity; 6.0; 1.0; 8.0 ]
                Expect.equal (after.Slot "momentum.v") (vector [ infinity; 3.0; 1.0; 4.0 ]) "update")
        ]
    ]

let private stages =
    testList "stages" [
        testCase "simplex: a radius whose share underflows" (fun () ->
            let projected radius p =
                after (plain $"sgd 1.0 |> simplex {radius}" (List.length p)) p [ List.map (fun _ -> 0.0) p ]

            for p in [ [ 1.0; 1.0; 1.0 ]; [ 0.0; 0.0; 0.0 ]; [ -7.0; -7.0; -7.0; -7.0 ] ] do
                Expect.all (projected "5e-324" p) (fun x -> x = 0.0 || x = Double.Epsilon) "no NaN, not negative"

            Expect.equal (projected "5e-324" [ 1.0; 0.0 ]) [ Double.Epsilon; 0.0 ] "all to the largest")

        testCase "adagrad: 0 where G = 0, also where ε is inside and the gradient's square underflows" (fun () ->
            for options in
                [
                    "Epsilon = 1e-7, EpsilonInside = true"
                    "Epsilon = 0.0"
                    "Epsilon = 0.0, EpsilonInside = true"
                ] do
                let plan = plain $"adagradWith (Adagrad({options})) 1.0" 2
                let after = step plan (init plan [ 0.0; 0.0 ]) [ 1e-200; 0.0 ]
                Expect.equal (after.Slot "adagrad.G") (vector [ 0.0; 0.0 ]) "G"
                Expect.equal (after.ToArray()) (vector [ 0.0; 0.0 ]) options)
    ]

let private functions =
    testList "functions" [
        testCase "Dual: x⁰ is 1 with slope 0, at 0 too" (fun () ->
            for x in [ 0.0; 2.0; -3.0 ] do
                let power = Dual.Pow(Dual.Variable x, 0.0)
                Expect.equal (power.Value, power.Slope 0) (1.0, 0.0) $"{x}")

        testCase "Dual: x¹ and x² at 0" (fun () ->
            Expect.equal (Dual.Pow(Dual.Variable 0.0, 1.0).Slope 0) 1.0 "x"
            Expect.equal (Dual.Pow(Dual.Variable 0.0, 2.0).Slope 0) 0.0 "x²")

        testList "the loss of a confident right answer has all its digits" [
            // log(1 + s) = s − s²/2 + s³/3 up to s⁴.
            let series margin =
                let s = Math.Exp -margin
                s - s * s / 2.0 + s * s * s / 3.0

            for margin in [ 12.0; 16.0; 20.0; 30.0; 36.5; 37.0; 38.0; 50.0; 700.0 ] do
                testCase $"margin {margin}" (fun () ->
                    let close actual =
                        let expected = series margin
                        Expect.isLessThanOrEqual (abs (actual - expected)) (4.0 * 2.3e-16 * expected) "value"

                    let logistic = Logistic.OfRows(vector [ 1.0 ], vector [ 1.0 ])
                    close (logistic.Evaluate(vector [ margin ], Array.zeroCreate<float> 1))
                    // Two classes whose scores differ by the margin.
                    let softmax = SoftmaxRegression([| 1.0f |], [| 1 |], 2)
                    let point = Array.zeroCreate<float> softmax.Dimension
                    point[1] <- margin
                    close (softmax.Evaluate(point, Array.zeroCreate<float> point.Length)))
        ]
    ]

let private text =
    testTheory
        "an escape cut off by the end of the text"
        [ "\\"; "\\u"; "\\u0"; "\\u00"; "\\u004"; "\\u0041" ]
        (fun escape ->
            Expect.throwsT<OptimizerParseException>
                (fun () -> Optimizer.Parse("sgd 0.1 |> freeze \"a" + escape) |> ignore)
                escape)

[<Tests>]
let tests = testList "edges" [ losses; norms; stages; functions; text ]
