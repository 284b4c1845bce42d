/// Gradients of a scaled loss: `lossScale`.
module OptCore.Tests.CornerCases.LossScaleTests

open System
open System.IO
open Expecto
open OptCore
open OptCore.Tests.CornerCases.Steps

let private small =
    "lossScaleWith (LossScale(Initial = 8.0, Growth = 4.0, Backoff = 0.25, Every = 2, Minimum = 0.5))"

let private slots (state: State<float>) =
    state.LossScale, state.Count "lossScale.good", state.Count "lossScale.skipped"

/// Steps of a session whose gradients are multiplied by what it says.
let private scaled (text: string) start (gradients: float list list) =
    let session = (plain text (List.length start)).Start(vector start)

    for gradient in gradients do
        session.Step(vector (gradient |> List.map ((*) session.LossScale))) |> ignore

    session

let private random = Random 3

let private sequence = [ for _ in 1..20 -> [ for _ in 1..5 -> 4.0 * random.NextDouble() - 2.0 ] ]

[<Tests>]
let tests =
    testList "loss scale" [
        testCase
            "grows after so many finite gradients in a row, shrinks where one is not, not below the minimum"
            (fun () ->
                let plan = plain $"sgd 1.0 |> {small}" 1
                let mutable state = init plan [ 0.0 ]
                Expect.equal (slots state) (8.0, 0L, 0L) "at first"

                let expected = [
                    8.0, (8.0, 1L, 0L), -1.0
                    8.0, (32.0, 0L, 0L), -2.0
                    64.0, (32.0, 1L, 0L), -4.0
                    infinity, (8.0, 0L, 1L), -4.0
                    nan, (2.0, 0L, 2L), -4.0
                    -infinity, (0.5, 0L, 3L), -4.0
                    nan, (0.5, 0L, 4L), -4.0
                    0.5, (0.5, 1L, 4L), -5.0
                    0.5, (2.0, 0L, 4L), -6.0
                ]

                for gradient, after, p in expected do
                    let before = state
                    state <- step plan state [ gradient ]
                    Expect.equal (slots state) after $"after {gradient}"
                    Expect.equal (state.ToArray()) [| p |] $"p after {gradient}"
                    Expect.equal (state.Step - before.Step) (if Double.IsFinite gradient then 1L else 0L) "t")

        testCase "a skipped step changes nothing else" (fun () ->
            let plan = plain $"adam 0.1 |> clip 1.0 |> average 0.9 |> {small}" 2
            let before = step plan (init plan [ 1.0; 2.0 ]) [ 8.0; 16.0 ]
            let after = step plan before [ 1.0; nan ]

            // But for the slots of the stage itself.
            let restored =
                after.Slots
                |> Seq.map (fun slot -> (if slot.Name.StartsWith "lossScale" then before else after).Read slot.Name)
                |> fun slots -> plan.Restore(after.Step, after.AsSpan(), slots)

            Expect.equal restored before "state"
            Expect.equal (after.LossScale, before.LossScale) (2.0, 8.0) "scale")

        testList "a run on scaled gradients is the run on plain ones, bit for bit" [
            for words in
                [
                    "sgd 0.1"
                    "adam 0.01 |> clip 1.0 |> weightDecay 0.1"
                    "sgd 0.1 |> ascend |> momentum 0.9"
                    "sgd 0.1 |> skipLarge 3.0 |> momentum 0.9"
                    "sgd 0.1 |> skipNonFinite 2 |> momentum 0.9"
                    "sgd 0.1 |> accumulate 3 |> momentum 0.9"
                    "sgd 0.1 |> onlyWhen (GradientAtMost 2.5) (momentum 0.9)"
                ] do
                testCase words (fun () ->
                    let start = [ 1.0; -1.0; 0.5; 2.0; 0.0 ]

                    let session =
                        scaled $"{words} |> lossScaleWith (LossScale(Every = 3))" start sequence

                    let expected = (plain words 5).Start(vector start)

                    for gradient in sequence do
                        expected.Step(vector gradient) |> ignore

                    Expect.equal (session.AsSpan().ToArray()) (expected.AsSpan().ToArray()) "p"
                    Expect.equal session.StepCount expected.StepCount "t")

            testCase "float32, gradients that half precision loses" (fun () ->
                let plan = (read "sgd 1.0 |> lossScale").Plan<float32>(Layout.Plain 1)
                let start: float32[] = [| 0.0f |]
                let session = plan.Start(ReadOnlySpan start)
                let tiny = MathF.ScaleB(1.0f, -30)
                Expect.equal (float (Half.op_Explicit tiny: Half)) 0.0 "lost"
                // The product with S is a half.
                let kept: Half = Half.op_Explicit (tiny * float32 session.LossScale)
                let gradient: float32[] = [| Half.op_Explicit kept |]
                session.Step(ReadOnlySpan gradient) |> ignore
                Expect.equal (session.AsSpan().ToArray()) [| -tiny |] "kept")
        ]

        testCase "reports and conditions see the gradient of the loss" (fun () ->
            let plan = plain "sgd 1.0 |> lossScaleWith (LossScale(Initial = 4.0, Every = 1))" 2

            let struct (_, report) =
                plan.StepReported(init plan [ 0.0; 0.0 ], vector [ 12.0; 16.0 ])

            Expect.equal (report.LossScale, report.GradientNorm, report.ConditionedNorm) (4.0, 5.0, 5.0) "report"

            let struct (_, plainReport) =
                (plain "sgd 1.0" 1).StepReported(init (plain "sgd 1.0" 1) [ 0.0 ], vector [ 1.0 ])

            Expect.equal plainReport.LossScale 1.0 "without"
            Expect.equal (init (plain "sgd 1.0" 1) [ 0.0 ]).LossScale 1.0 "a state without")

        testCase "grows while finite in float32" (fun () ->
            let text = "sgd 1.0 |> lossScaleWith (LossScale(Initial = 1e38, Every = 1))"
            let session = scaled text [ 0.0 ] [ [ 0.0 ]; [ 0.0 ]; [ 0.0 ] ]
            Expect.equal session.LossScale 2e38 "not 4e38")

        testCase "where the factor follows a schedule it is that of the update that is refused" (fun () ->
            let plan =
                plain
                    "sgd 1.0 |> lossScaleWith (LossScale(Initial = 64.0)) |> scheduled \"LossScale.Backoff\" (Schedule.table [0.5; 0.25; 0.125])"
                    1

            let scales =
                List.scan (step plan) (init plan [ 0.0 ]) [ [ nan ]; [ 1.0 ]; [ nan ]; [ 1.0 ]; [ nan ] ]

            Expect.equal [ for state in scales -> state.LossScale ] [ 64.0; 32.0; 32.0; 8.0; 8.0; 1.0 ] "scales")

        testCase "beside skipNonFinite the n-th in a row gives up" (fun () ->
            let session =
                (plain "sgd 1.0 |> skipNonFinite 3 |> lossScale" 1).Start(vector [ 0.0 ])

            Expect.equal (session.Step(vector [ nan ])) StepOutcome.Skipped "first"
            Expect.equal (session.Step(vector [ nan ])) StepOutcome.Skipped "second"
            Expect.equal session.LossScale 16384.0 "halved twice"
            Expect.throwsT<NonFiniteGradientException> (fun () -> session.Step(vector [ nan ]) |> ignore) "third"
            Expect.equal session.LossScale 16384.0 "as it was")

        testCase "frozen tensors do not count" (fun () ->
            let plan = named $"sgd 1.0 |> freeze \"f\" |> {small}" (layout [ "a", 1; "f", 1 ])
            let state = step plan (init plan [ 0.0; 0.0 ]) [ 8.0; nan ]
            Expect.equal (state.ToArray()) [| -1.0; 0.0 |] "the step is taken")

        testCase "where the library evaluates, it multiplies" (fun () ->
            let objective =
                FunctionObjective.OfArrays(
                    2,
                    (fun (x: float[]) -> x[0] * x[0] + x[1] * x[1]),
                    (fun x -> Array.map ((*) 2.0) x)
                )

            for words in
                [
                    "sgd 0.1 |> momentum 0.5"
                    "sgd 0.1 |> sam 0.05"
                    "sgd 0.1 |> nag 0.5"
                    "sgd 0.1 |> accumulate 2 |> skipLarge 2.0"
                ] do
                let run (text: string) =
                    let plan = plain text 2
                    let mutable state = init plan [ 1.0; -2.0 ]

                    for _ in 1..6 do
                        state <- plan.Step(state, objective)

                    let result =
                        Minimizer.Minimize(read text, objective, vector [ 1.0; -2.0 ], MinimizeOptions(Steps = 6L))

                    state.ToArray(), result.State.ToArray(), result.Value

                Expect.equal (run $"{words} |> lossScaleWith (LossScale(Every = 2))") (run words) words)

        testCase "a scale that is no power of two: the point of sam is that of the scaled gradient" (fun () ->
            let plan = plain "sgd 0.1 |> sam 0.05 |> lossScaleWith (LossScale(Initial = 3.0))" 5

            let objective =
                FunctionObjective.OfArrays(
                    5,
                    (fun (x: float[]) -> Array.sumBy (fun x -> x * x * x * x) x),
                    (fun x -> Array.map (fun x -> 4.0 * x * x * x) x)
                )

            for seed in 1..20 do
                let random = Random seed
                let state = init plan [ for _ in 1..5 -> random.NextDouble() - 0.5 ]

                let scaled (point: float[]) =
                    let gradient: float[] = Array.zeroCreate 5
                    let value = (objective :> IObjective).Evaluate(ReadOnlySpan point, Span gradient)
                    value, Array.map ((*) 3.0) gradient

                let point = plan.Point(state, ReadOnlySpan(snd (scaled (state.ToArray()))))
                let value, gradient = scaled point

                Expect.equal
                    (plan.Step(state, objective))
                    (plan.Step(state, gradient, value, atPoint = true))
                    $"start {seed}")

        testCase "a gradient of an objective that is never finite ends a run" (fun () ->
            let objective =
                FunctionObjective.OfArrays(1, (fun (x: float[]) -> x[0]), (fun _ -> [| nan |]))

            let result =
                Minimizer.Minimize(read "sgd 0.1 |> lossScale", objective, vector [ 1.0 ], MinimizeOptions(Steps = 5L))

            Expect.equal result.Reason Reason.NonFinite "reason"
            Expect.equal (result.State.Count "lossScale.skipped") 5L "skipped")

        testCase "stored, resumed and bound" (fun () ->
            let text = $"adam 0.1 |> {small}"
            let plan = plain text 2

            let gradients = [
                [ 8.0; 16.0 ]
                [ 8.0; nan ]
                [ 1.0; 2.0 ]
                [ 3.0; 4.0 ]
                [ infinity; 1.0 ]
                [ 5.0; 6.0 ]
            ]

            let expected = List.fold (step plan) (init plan [ 1.0; 2.0 ]) gradients
            let path = Path.GetTempFileName()
            let mutable state = init plan [ 1.0; 2.0 ]
            let memory = vector [ 1.0; 2.0 ]
            let block: TensorBlock<float> = TensorBlock<float>.op_Implicit memory
            use bound = plan.Bind(ReadOnlySpan [| block |])

            for gradient in gradients do
                state <- step plan state gradient
                Checkpoint.Save(state, path)
                state <- Checkpoint.Load(plan, path)
                bound.Step([| vector gradient |]) |> ignore
                Expect.equal bound.LossScale state.LossScale "bound"

            File.Delete path
            Expect.equal state expected "stored"
            Expect.equal memory (expected.ToArray()) "bound"
            Expect.equal (bound.Snapshot()) expected "bound state")

        testCase "what does not go with it" (fun () ->
            says [ "LossScale"; "line search" ] (fun () -> read "sgd 1.0 |> backtracking |> lossScale")
            says [ "LossScale"; "outside every scope" ] (fun () -> read "sgd 1.0 |> only \"w\" lossScale")
            says [ "LossScale"; "twice" ] (fun () -> read "sgd 1.0 |> lossScale |> lossScale")
            let plan = plain "sgd 0.1 |> lossScale" 1
            use session = plan.Start(Alone.Instance, ReadOnlySpan(vector [ 0.0 ]))

            let objective =
                FunctionObjective.OfArrays(1, (fun (x: float[]) -> x[0]), (fun _ -> [| 1.0 |]))

            says [ "lossScale"; "LossScale" ] (fun () -> session.Step objective)
            Expect.equal session.LossScale 65536.0 "readable")

        // PyTorch's, and JMP's least scale.
        testCase "what it is without options" (fun () ->
            let told =
                LossScale(Initial = 65536.0, Growth = 2.0, Backoff = 0.5, Every = 2000, Minimum = 1.0)

            Expect.equal (LossScale()) told "defaults")

        testCase "what no step could have left" (fun () ->
            let plan = plain "sgd 0.1 |> lossScale" 1
            let state = init plan [ 0.0 ]

            let restored name (values: SlotValues<float>) =
                state.Slots
                |> Seq.map (fun slot -> if slot.Name = name then values else state.Read slot.Name)
                |> fun slots -> plan.Restore(0L, state.AsSpan(), slots)

            for scale in [ 0.0; -1.0; nan; infinity ] do
                says [ "lossScale.scale"; "0 < value, finite" ] (fun () ->
                    restored
                        "lossScale.scale"
                        (SlotValues<float>.OfNumbers("lossScale.scale", ReadOnlySpan(vector [ scale ]))))

            for name in [ "lossScale.good"; "lossScale.skipped" ] do
                says [ name; "-1"; "0 ≤ value" ] (fun () -> restored name (SlotValues<float>.OfCount(name, -1L))))
    ]
