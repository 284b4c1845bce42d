/// Models of TorchSharp, stepped by this library: the trajectories of TorchSharp's own optimizers, what is left alone, what is refused.
module OptTorch.Tests.TorchTests

open System
open Expecto
open OptCore
open OptDsl
open OptTorch
open TorchSharp
open type TorchSharp.torch.nn
open OptTorch.Tests.Libtorch
open OptTorch.Tests.Models

let private near (what: string) (expected: float32[]) (actual: float32[]) =
    Expect.equal actual.Length expected.Length "length"

    for i in 0 .. expected.Length - 1 do
        if abs (actual[i] - expected[i]) > 2e-5f * (1.0f + abs expected[i]) then
            failtestf "%s, parameter %d: %g, TorchSharp has %g" what i actual[i] expected[i]

let private likeTorch (name: string) (ours: Optimizer) (theirs: seq<Modules.Parameter> -> torch.optim.Optimizer) =
    torchTest $"the trajectory of TorchSharp's {name}" (fun () ->
        use expected = network 1L
        use actual = network 1L
        let start = values actual
        Expect.equal start (values expected) "the same start"
        use one = theirs (expected.parameters ())
        use other = ours |> Torch.optimizer actual
        train 25 expected one
        train 25 actual other
        Expect.equal other.StepCount 25L "steps"
        Expect.isTrue (Array.exists2 (fun a b -> abs (a - b) > 1e-3f) start (values actual)) "it moved"
        near name (values expected) (values actual))

let private trajectories =
    testList "trajectories" [
        likeTorch "SGD" (sgd 0.1) (fun p -> torch.optim.SGD(p, 0.1))
        likeTorch "SGD with momentum and decay" (sgd 0.1 |> momentum 0.9 |> l2 0.01) (fun p ->
            torch.optim.SGD(p, 0.1, momentum = 0.9, weight_decay = 0.01))
        likeTorch "SGD, Nesterov" (sgd 0.1 |> nesterov 0.9) (fun p ->
            torch.optim.SGD(p, 0.1, momentum = 0.9, nesterov = true))
        likeTorch "Adam" (adam 0.01) (fun p -> torch.optim.Adam(p, 0.01))
        likeTorch "Adam with decay" (adam 0.01 |> l2 0.1) (fun p -> torch.optim.Adam(p, 0.01, weight_decay = 0.1))
        likeTorch "AMSGrad" (amsGrad 0.01) (fun p -> torch.optim.Adam(p, 0.01, amsgrad = true))
        likeTorch "AdamW" (adamW 0.1 0.01) (fun p -> torch.optim.AdamW(p, 0.01, weight_decay = 0.1))
        likeTorch "RMSprop" (rmsPropWith (RmsProp(Decay = 0.99)) 0.01) (fun p -> torch.optim.RMSProp(p, 0.01))
        likeTorch "Adagrad" (adagrad 0.05) (fun p -> torch.optim.Adagrad(p, 0.05))
    ]

let private models =
    testList "models" [
        torchTest "names: except, frozen, tied, without a gradient" (fun () ->
            use model = network 2L
            let start = values model
            let named = Map [ for struct (name, p) in model.named_parameters () -> name, p ]
            named["out.bias"].requires_grad <- false

            use optimizer =
                new TorchOptimizer(
                    [ yield! model.named_parameters (); struct ("again", named["hidden.weight"]) ],
                    sgd 0.1 |> except "*.bias" (weightDecay 0.5)
                )

            let names = [ for tensor in optimizer.Layout.Tensors -> tensor.Name ]
            Expect.equal names [ "hidden.weight"; "hidden.bias"; "out.weight" ] "tied once, frozen not at all"
            optimizer.zero_grad true
            // A loss that the hidden layer alone has a part in.
            use loss = named["hidden.bias"].sum() + named["hidden.weight"].sum()
            loss.backward ()
            optimizer.step () |> ignore
            let after = values model

            for i in 0..47 do
                let expected = start[i] - 0.1f * (1.0f + 0.5f * start[i])
                Expect.isLessThan (abs (after[i] - expected)) 1e-6f "a weight decays"

            for i in 48..55 do
                Expect.isLessThan (abs (after[i] - (start[i] - 0.1f))) 1e-6f "a bias does not"

            Expect.equal after[56..] start[56..] "no gradient, no decay; frozen")
        torchTest "a gradient that was expanded is copied into one piece" (fun () ->
            let tensor = parameterOf (torch.ones (3L, 2L))
            use optimizer = new TorchOptimizer([ struct ("w", tensor) ], sgd 0.5)

            for _ in 1..2 do
                optimizer.zero_grad true
                use loss = tensor.sum ()
                loss.backward ()
                optimizer.step () |> ignore

            Expect.equal (tensor.data<float32>().ToArray()) (Array.create 6 0.0f) "two steps")
        torchTest "float64, too" (fun () ->
            let tensor = parameterOf (torch.ones (3L, dtype = torch.ScalarType.Float64))
            use optimizer = new TorchOptimizer([ struct ("w", tensor) ], sgd 0.1)
            use loss = (tensor * tensor).sum()
            loss.backward ()
            optimizer.step () |> ignore
            Expect.equal (tensor.data<float>().ToArray()) (Array.create 3 0.8) "one step")
        torchTest "nag, sam and plateau use the closure: the parameters of a flat session" (fun () ->
            let curvature = [| 1.0; 3.0; 0.5 |]

            for optimizer, calls in [ sgd 0.1 |> nag 0.9, 1; sgd 0.1 |> sam 0.05, 2; sgd 0.1 |> plateau 1 0.5, 1 ] do
                let tensor = parameterOf (torch.tensor ([| 1.0; -2.0; 0.25 |]))
                use torchs = new TorchOptimizer([ struct ("w", tensor) ], optimizer)
                let plan = optimizer.Plan<float>(Layout.Empty.Add("w", 3))
                let flat = plan.Start(ReadOnlySpan [| 1.0; -2.0; 0.25 |])
                let mutable count = 0

                let closure () =
                    count <- count + 1
                    torchs.zero_grad ()
                    let loss = (tensor * tensor * torch.tensor curvature).sum()
                    loss.backward ()
                    loss

                let gradient (p: float[]) =
                    Array.map2 (fun c x -> x * c + x * c) curvature p

                let loss (p: float[]) =
                    Array.fold2 (fun sum c x -> sum + x * x * c) 0.0 curvature p

                for _ in 1..6 do
                    torchs.step (fun () -> closure ()) |> ignore
                    let point = Array.zeroCreate<float> 3

                    match plan.Probes with
                    | 2 -> flat.Point(ReadOnlySpan(gradient (flat.AsSpan().ToArray())), point.AsSpan())
                    | _ -> flat.Point(point.AsSpan())

                    flat.Step(ReadOnlySpan(gradient point), loss point, atPoint = true) |> ignore

                Expect.equal count (6 * calls) "calls of the closure"

                Array.iter2
                    (fun (a: float) b -> Expect.isLessThan (abs (a - b)) 1e-14 $"{optimizer}")
                    (tensor.data<float>().ToArray())
                    (flat.AsSpan().ToArray())

                if plan.Probes > 0 || plan.NeedsLoss then
                    refused [ "closure" ] (fun () -> torchs.step ()))
        torchTest "a closure that throws leaves the parameters" (fun () ->
            let tensor = parameterOf (torch.ones 2L)
            use optimizer = new TorchOptimizer([ struct ("w", tensor) ], sgd 0.1 |> sam 0.05)
            let mutable calls = 0

            let closure () =
                calls <- calls + 1

                if calls = 2 then
                    failwith "enough"

                let loss = (tensor * tensor).sum()
                loss.backward ()
                loss

            refused [ "enough" ] (fun () -> optimizer.step (fun () -> closure ()))
            Expect.equal (tensor.data<float32>().ToArray()) [| 1.0f; 1.0f |] "as they were")
        torchTest "the rate can be read and set" (fun () ->
            let tensor = parameterOf (torch.ones 2L)
            use optimizer = new TorchOptimizer([ struct ("w", tensor) ], sgd 0.5 |> cosine 2)
            let group = Seq.exactlyOne optimizer.ParamGroups
            Expect.equal group.LearningRate 0.5 "step 0"
            use loss = tensor.sum ()
            loss.backward ()
            optimizer.step () |> ignore
            Expect.isLessThan (abs (optimizer.Rate() - 0.25)) 1e-15 "half way"
            group.LearningRate <- 1.0
            Expect.isLessThan (abs (group.LearningRate - 0.5)) 1e-15 "half way of another rate"
            Expect.equal (tensor.data<float32>().ToArray()) [| 0.5f; 0.5f |] "one step")
        torchTest "what cannot be stepped is refused" (fun () ->
            let one name tensor = [ struct (name, tensor) ]

            let make (parameters: struct (string * Modules.Parameter) list) =
                fun () -> box (new TorchOptimizer(parameters, sgd 0.1))

            refused [ "\"w\""; "contiguous" ] (make (one "w" (parameterOf ((torch.ones (2L, 3L)).t()))))

            refused
                [ "\"w\""; "Float16" ]
                (make (one "w" (parameterOf (torch.ones (2L, dtype = torch.ScalarType.Float16)))))

            refused [ "no parameter" ] (make (one "w" (new Modules.Parameter(torch.ones 2L, false))))
            refused [ "finite" ] (make (one "w" (parameterOf (torch.full (2L, nan)))))

            refused
                [ "\"v\""; "Float64" ]
                (make [
                    struct ("w", parameterOf (torch.ones 2L))
                    struct ("v", parameterOf (torch.ones (2L, dtype = torch.ScalarType.Float64)))
                ])

            let disposed = parameterOf (torch.ones 2L)
            disposed.Dispose()
            refused [ "\"w\""; "disposed" ] (make (one "w" disposed)))
        torchTest "disposal and collection while stepping" (fun () ->
            let tensor = parameterOf (torch.ones 5L)
            let other = parameterOf (torch.ones 3L)

            let optimizer =
                new TorchOptimizer([ struct ("w", tensor); struct ("v", other) ], adam 0.1)

            for t in 1..30 do
                optimizer.zero_grad (t % 2 = 0)
                use loss = (tensor * tensor).sum() + other.sum ()
                loss.backward ()
                optimizer.step () |> ignore

                if t % 10 = 0 then
                    GC.Collect()
                    GC.WaitForPendingFinalizers()

            other.Dispose()
            refused [ "\"v\""; "freed" ] (fun () -> optimizer.step ())
            optimizer.Dispose()
            optimizer.Dispose()
            refused [ "TorchOptimizer" ] (fun () -> optimizer.step ()))
        torchTest "saved and loaded: the same bits, in another model" (fun () ->
            within (fun path ->
                let optimizer = adamW 0.01 0.01 |> clip 1.0 |> cosine 40
                use one = network 3L
                use first = optimizer |> Torch.optimizer one
                train 10 one first
                first.save_state_dict path
                use two = network 4L
                use second = optimizer |> Torch.optimizer two
                second.load_state_dict path
                Expect.equal second.StepCount 10L "steps"
                Expect.equal (values two) (values one) "parameters"
                train 10 one first
                train 10 two second
                Expect.equal (values two) (values one) "ten steps later"

                use third = network 4L
                use wrong = sgd 0.1 |> Torch.optimizer third
                refused [ "adam" ] (fun () -> box (wrong.load_state_dict path))))
    ]

let private processes =
    testList "processes" [
        torchTest "state and names survive a process: stored in one, gone on with in another, the same bits" (fun () ->
            within (fun path ->
                let whole = Processes.trained 3L (fun model optimizer -> train 20 model optimizer)
                Expect.equal (Processes.run [ "store"; path; "10" ]) "stored at step 10" "the first process"
                let names = [ "hidden.weight"; "hidden.bias"; "out.weight"; "out.bias" ]
                let info = Checkpoint.inspect path
                Expect.equal [ for tensor in (nonNull info.Layout).Tensors -> tensor.Name ] names "names in the file"
                Expect.equal info.Optimizer (string Processes.optimizer) "optimizer in the file"
                Expect.equal (Processes.run [ "goOn"; path; "20" ]) whole "the second process"

                // The other way round, too: what a child has stored goes on here.
                let here =
                    Processes.trained 5L (fun model optimizer ->
                        optimizer.load_state_dict path
                        trainOn 10 20 model optimizer)

                Expect.equal here whole "this process"))
    ]

let private scaled =
    testList "a scaled loss" [
        torchTest "gradients of S·f: the bits of plain ones; one that is not finite skips and shrinks S" (fun () ->
            let optimizer = adam 0.01 |> clip 1.0
            use plain = network 6L
            use other = network 6L
            use expected = optimizer |> Torch.optimizer plain

            use found =
                optimizer
                |> lossScaleWith (LossScale(Initial = 1024.0, Every = 3))
                |> Torch.optimizer other

            // S of every gradient: it doubles after three in a row, and halves with one that is not finite.
            for t, scale, isFinite in
                [
                    0, 1024.0, true
                    1, 1024.0, true
                    2, 1024.0, true
                    3, 2048.0, true
                    4, 2048.0, false
                    4, 1024.0, true
                    5, 1024.0, false
                    5, 512.0, true
                    6, 512.0, true
                    7, 512.0, true
                    8, 1024.0, true
                ] do
                Expect.equal found.LossScale scale $"S of gradient {t}"
                found.zero_grad ()
                use loss = lossOf other t
                let factor = if isFinite then float32 scale else infinityf
                use multiplied = loss.mul (factor.ToScalar())
                multiplied.backward ()
                let before, steps = values other, found.StepCount
                found.step () |> ignore

                if isFinite then
                    trainOn t (t + 1) plain expected
                    Expect.equal (values other) (values plain) $"parameters after gradient {t}"
                    Expect.equal found.StepCount expected.StepCount "steps"
                else
                    Expect.equal (values other) before "skipped"
                    Expect.equal found.StepCount steps "steps"

            Expect.equal found.StepCount 9L "steps")

        torchTest "on two ranks S is the same, and one rank's infinity skips the step of both" (fun () ->
            let run (ranks: ICollectives) =
                use _scope = torch.NewDisposeScope()
                use model = network 7L

                use optimizer =
                    new TorchOptimizer(
                        model,
                        sgd 0.1 |> lossScaleWith (LossScale(Initial = 8.0, Every = 100)),
                        ranks = ranks
                    )

                [
                    for t in 0..2 do
                        optimizer.zero_grad ()
                        use loss = lossOf model (2 * t + ranks.Rank)

                        let factor =
                            if t = 1 && ranks.Rank = 1 then
                                infinityf
                            else
                                float32 optimizer.LossScale

                        use multiplied = loss.mul (factor.ToScalar())
                        multiplied.backward ()
                        let before = values model
                        optimizer.step () |> ignore
                        values model, (values model = before), optimizer.LossScale
                ]

            let found = Ranks.threads 2 run
            Expect.equal found[1] found[0] "the same on both"

            Expect.equal
                [ for _, isSame, scale in found[0] -> isSame, scale ]
                [ false, 8.0; true, 4.0; false, 4.0 ]
                "S")
    ]

[<Tests>]
let tests = testList "torch" [ trajectories; models; scaled; processes ]
