/// A step seen from inside: the bits of an ordinary step, numbers by hand, the first stage with a value that is not finite.
module OptCore.Tests.TraceTests

open System
open Expecto
open OptCore
open OptCore.Tests.Oracle
open Catalogue

let private tensors = Layout.Empty.Add("a", 2).Add("b", 2)

let private traced (text: string) (start: float[]) (gradient: float[]) =
    let plan = (Optimizer.Parse text).Plan<float> tensors
    let struct (_, trace) = plan.Trace(plan.Init start, gradient, 7.5, atPoint = true)
    trace

// Of a stage with those before it, on tensors that every stage goes with.
let private optimizerOf (specimen: Rows.Specimen) =
    specimen.Before @ [ specimen.Stage ]
    |> List.fold (fun (optimizer: Optimizer) stage -> optimizer.With stage) (Optimizer.Sgd 0.1)

let private matrices = Layout.Empty.Add("w", 3, 4).Add("v", 4, 2)

let private gradients =
    let random = Random 7

    Array.init 6 (fun _ -> Array.init (int matrices.Length) (fun _ -> 2.0 * random.NextDouble() - 1.0))

let private bits (x: float) = BitConverter.DoubleToInt64Bits x

let private sameBits title execution (optimizer: Optimizer) =
    let plan = optimizer.Plan<float>(matrices, execution)
    let start = Array.init (int matrices.Length) (fun i -> 0.3 + 0.1 * float i)
    let plain, seen = plan.Start start, plan.Start start

    for t, gradient in Array.indexed gradients do
        let loss = 1.0 / float (t + 1)
        let outcome = plain.Step(gradient, loss, atPoint = true)
        let trace = seen.Trace(gradient, loss, atPoint = true)
        Expect.equal trace.Report.Outcome outcome title

        Expect.equal
            (Array.map bits (seen.Snapshot().ToArray()))
            (Array.map bits (plain.Snapshot().ToArray()))
            $"{title}: step {t}"

        Expect.isTrue (seen.Snapshot().Equals(plain.Snapshot())) $"{title}: the slots of step {t}"

[<Tests>]
let tests =
    testList "trace" [
        testList "same bits as the ordinary step" [
            for row in Stages.rows do
                for i, specimen in List.indexed row.Values do
                    testCase $"{row.Record.Name} {i}" (fun () ->
                        let optimizer = optimizerOf specimen

                        for execution in [ Execution.Default; Execution(Fuse = false) ] do
                            sameBits (string optimizer) execution optimizer)
        ]

        testCase "norms, cosines and largest entries, by hand" (fun () ->
            let trace =
                traced "sgd 0.5 |> clip 5.0 |> l2 1.0" [| 0.0; 8.0; 0.0; 0.0 |] [| 6.0; 0.0; 0.0; 8.0 |]

            Expect.equal (trace.Stages |> Seq.map _.Stage |> List.ofSeq) [ "gradient"; "clip"; "l2"; "step" ] "order"

            let raw, clip, l2, step =
                trace["gradient"], trace["clip"], trace["l2"], trace["step"]

            Expect.equal (raw.Norm, raw.Cosine, raw.Largest, raw.Limits) (10.0, 1.0, 8.0, false) "g"
            Expect.equal (clip.Norm, clip.Cosine, clip.Largest) (5.0, 1.0, 4.0) "½g"
            Expect.isTrue (clip.Limits && clip.Clipped) "clipped"
            // (3, 8, 0, 4): ⟨u, g⟩ = 18 + 32 = 50.
            Expect.equal l2.Norm (sqrt 89.0) "u + p"
            Expect.floatClose Accuracy.veryHigh l2.Cosine (50.0 / (10.0 * sqrt 89.0)) "cos"
            Expect.isFalse l2.Clipped "no limit"

            let tensor name (stage: StageTrace) =
                stage.Tensors |> Seq.find (fun t -> t.Tensor = name)

            Expect.equal ((tensor "a" l2).Norm, (tensor "a" l2).Largest) (sqrt 73.0, 8.0) "a"
            Expect.floatClose Accuracy.veryHigh (tensor "a" l2).Cosine (3.0 / sqrt 73.0) "a: (3, 8) to (6, 0)"
            Expect.equal ((tensor "b" l2).Norm, (tensor "b" l2).Cosine) (4.0, 1.0) "b"
            Expect.isFalse (tensor "b" l2).Changed "p is 0 there"
            // From the step on: what is taken away, 0.5 u.
            Expect.equal (step.Norm, step.Largest) (0.5 * sqrt 89.0, 4.0) "Δp")

        testCase "a clip that does not act, a constraint that does" (fun () ->
            let trace =
                traced "sgd 1.0 |> clip 20.0 |> within 0.0 10.0" [| 1.0; 1.0; 1.0; 1.0 |] [| 3.0; 0.0; 0.0; 0.0 |]

            Expect.isFalse trace["clip"].Clipped "within"
            Expect.isTrue trace["within"].Clipped "1 − 3 is below 0"
            Expect.equal trace["within"].Norm 1.0 "what is taken away: 1 of 3"
            Expect.equal (trace["within"].Tensors |> Seq.map _.Changed |> List.ofSeq) [ true; false ] "a alone")

        testCase "alignment and win rate, by hand" (fun () ->
            let plan =
                (Optimizer.Parse "sgd 0.5 |> clipValue 2.0 |> momentum 0.5").Plan<float> tensors

            let session = plan.Start(Array.zeroCreate<float> 4)
            session.Step [| 4.0; -4.0; 1.0; 0.0 |] |> ignore
            // Clipped to (−1, −2, 1, 2); v = (2, −2, 1, 0)/2 + that = (0, −3, 1½, 2).
            let trace = session.Trace [| -1.0; -8.0; 1.0; 2.5 |]
            let raw, clip, momentum = trace["gradient"], trace["clipValue"], trace["momentum"]
            Expect.equal (raw.Alignment, clip.Alignment, momentum.Alignment) (1.0, 1.0, 0.75) "signs"
            Expect.equal (trace["step"].Alignment, clip.WinRate) (0.75, 0.5) "Δp; two of four are within 2"
            Expect.isTrue (Double.IsNaN raw.WinRate && Double.IsNaN momentum.WinRate) "no limits"

            Expect.equal
                [ for t in momentum.Tensors -> t.Length, t.Agreeing, t.Free ]
                [ 2, 1, Nullable(); 2, 2, Nullable() ]
                "by tensor"

            Expect.equal
                [ for t in clip.Tensors -> t.Free, t.WinRate ]
                [ Nullable 1, 0.5; Nullable 1, 0.5 ]
                "by tensor"

            Expect.equal (momentum.Tensors[0].Alignment, momentum.Tensors[1].Alignment) (0.5, 1.0) "by tensor")

        testCase "alignment of tiny numbers, of zeros, of NaN" (fun () ->
            let trace = traced "sgd 1.0" (Array.zeroCreate 4) [| 1e-300; 0.0; -1e-300; nan |]
            Expect.equal trace["gradient"].Alignment 0.5 "1e-600 would be 0")

        testCase "win rate of a constraint" (fun () ->
            let trace =
                traced "sgd 1.0 |> within 0.0 10.0" [| 1.0; 1.0; 1.0; 1.0 |] [| 3.0; 0.0; -2.0; 1.5 |]

            Expect.equal trace["within"].WinRate 0.5 "−2 and −½ are below 0")

        testCase "win rate of sophia: what its clip leaves alone" (fun () ->
            let plan =
                (Optimizer.Parse "sophiaWith (Sophia(Beta1 = 0.0, Beta2 = 0.0, Gamma = 0.5, Clip = 2.0)) 0.5")
                    .Plan<float>
                    tensors

            let session = plan.Start(ReadOnlySpan<float> [| 0.5; 1.0; -3.0; 0.25 |])
            // Newton's direction twice as long: (1, 2, −6, ½).
            let trace = session.Trace(OptModels.Quadratic [| 1.0; 2.0; 4.0; 8.0 |])
            Expect.equal (trace["sophia"].WinRate, trace["sophia"].Largest) (0.5, 2.0) "two are below 2")

        testCase "win rate where the bound is no float32" (fun () ->
            let plan =
                (Optimizer.Parse "sophiaWith (Sophia(Beta1 = 0.0, Clip = 0.7)) 0.5").Plan<float32> tensors

            let session = plan.Start(ReadOnlySpan<float32> [| 1.0f; 1.0f; 1.0f; 0.0f |])
            let trace = session.Trace(OptModels.Quadratic [| 1.0; 1.0; 1.0; 1.0 |])
            Expect.equal trace["sophia"].WinRate 0.25 "0.7 rounds down")

        testCase "every stage that limits leaves the bits of what is within" (fun () ->
            for row in Stages.rows do
                for specimen in row.Values do
                    if
                        specimen.Stage.Has StageTraits.Limits
                        && specimen.Stage.Phase <> Phase.Constraint
                    then
                        let plan = (optimizerOf specimen).Plan<float> matrices
                        let tiny = Array.create (int matrices.Length) 1e-12

                        let struct (_, trace) =
                            plan.Trace(plan.Init(Array.create<float> (int matrices.Length) 1.0), tiny, 1.0)

                        // Behind an accumulation nothing runs yet.
                        if trace.Report.Outcome = StepOutcome.Updated then
                            Expect.isTrue (trace.Stages |> Seq.exists _.Limits) $"{specimen.Stage}: limits"
                            Expect.isFalse (trace.Stages |> Seq.exists _.Clipped) $"{specimen.Stage}: within")

        testCase "the first stage with a value that is not finite" (fun () ->
            let trace =
                traced "sgd 1e300 |> clip 1e200 |> momentum 0.9" [| 0.0; 0.0; 0.0; 0.0 |] [| 0.0; 0.0; 1e308; 0.0 |]

            let broken =
                trace.Stages
                |> Seq.filter (fun stage -> not (isNull stage.NonFinite))
                |> List.ofSeq

            Expect.equal (broken |> List.map _.Stage) [ "step" ] "the step overflows"
            Expect.equal (string broken.Head.NonFinite) "step made \"b\"[0] non-finite" "where"
            Expect.equal trace.Report.NonFinite broken.Head.NonFinite "as the report says")

        testCase "no update: the raw gradient alone" (fun () ->
            let trace =
                traced "sgd 1.0 |> accumulate 2 |> momentum 0.9" (Array.zeroCreate 4) [| 1.0; 0.0; 0.0; 0.0 |]

            Expect.equal trace.Report.Outcome StepOutcome.Held "held"
            Expect.equal (trace.Stages |> Seq.map _.Stage |> List.ofSeq) [ "gradient" ] "nothing behind it")

        testCase "zero: no cosine" (fun () ->
            let trace = traced "sgd 1.0" (Array.zeroCreate 4) (Array.zeroCreate 4)
            Expect.equal trace["gradient"].Norm 0.0 "norm"
            Expect.isTrue (Double.IsNaN trace["gradient"].Cosine) "0/0")

        testCase "scopes and frozen tensors" (fun () ->
            let trace =
                traced "sgd 1.0 |> only \"a\" (clip 1.0) |> freeze \"b\"" (Array.zeroCreate 4) [| 3.0; 4.0; 9.0; 9.0 |]

            Expect.equal (trace["gradient"].Norm, trace["clip"].Norm) (5.0, 1.0) "a alone"
            Expect.equal (trace["clip"].Tensors |> Seq.map _.Tensor |> List.ofSeq) [ "a" ] "scope")

        testCase "a stage that is not there" (fun () ->
            let trace =
                traced "sgd 1.0 |> clip 1.0" (Array.zeroCreate 4) [| 1.0; 0.0; 0.0; 0.0 |]

            Expect.throwsC (fun () -> trace["adam"] |> ignore) (fun e ->
                Expect.stringContains e.Message "no stage \"adam\"; it has gradient, clip, step" "names"))

        testCase "as a table" (fun () ->
            let trace =
                traced "sgd 0.5 |> clip 5.0" [| 0.0; 8.0; 0.0; 0.0 |] [| 6.0; 0.0; 0.0; 8.0 |]

            let expected = [
                "step 0: rate 0.5, loss 7.5, ‖g‖ 10 → 5, ‖Δp‖ 2.5 (0.3125 of ‖p‖, most in \"b\")"
                "stage     tensor  norm  cos g  sign g  largest  free"
                "gradient            10      1     0.5        8"
                "          a          6      1     0.5        6"
                "          b          8      1     0.5        8"
                "clip                 5      1     0.5        4   0.5  clipped"
                "          a          3      1     0.5        3   0.5  clipped"
                "          b          4      1     0.5        4   0.5  clipped"
                "step               2.5      1     0.5        2"
                "          a        1.5      1     0.5      1.5"
                "          b          2      1     0.5        2"
            ]

            Expect.equal ((string trace).Split '\n' |> List.ofArray) expected "table")

        testCase "bad input" (fun () ->
            let plan = (Optimizer.Parse "sgd 0.5").Plan<float> tensors
            let session = plan.Start(Array.zeroCreate<float> 4)
            BadInput.Refusals.argument [ "4" ] (fun () -> session.Trace(ReadOnlySpan [| 1.0 |]))

            let probing = (Optimizer.Parse "sgd 0.5 |> nag 0.9").Plan<float> tensors

            Expect.throwsT<InvalidOperationException>
                (fun () ->
                    (probing.Start(Array.zeroCreate<float> 4)).Trace(Array.zeroCreate<float> 4)
                    |> ignore)
                "a probe wants its point")
    ]
