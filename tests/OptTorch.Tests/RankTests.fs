/// Replicas of a model of TorchSharp on several ranks, which are threads of one process: the bits of one rank, the same replicas behind
/// every step, checkpoints that any number of ranks goes on from, ranks that fail.
module OptTorch.Tests.RankTests

open System
open Expecto
open OptCore
open OptDsl
open OptTorch
open TorchSharp
open UserStage
open OptTorch.Tests.Libtorch
open OptTorch.Tests.Models

let private onRanks (size: int) (work: ICollectives -> 'Result) : 'Result[] =
    ThreadRanks.Run(
        size,
        Func<ICollectives, 'Result>(fun ranks ->
            use _scope = torch.NewDisposeScope()
            work ranks)
    )

/// 123 parameters; a rank that does not take over those of rank 0 has others.
let private replica (rank: int) = networkOf 12L (5L + int64 rank)

/// The same samples on every rank.
let private step (model: Modules.Sequential) (optimizer: TorchOptimizer) (t: int) =
    optimizer.step (fun () ->
        optimizer.zero_grad ()
        let loss = lossOf model t
        loss.backward ()
        loss)
    |> ignore

/// What is looked at behind a step.
type private Seen = {
    Parameters: float32[]
    Loss: float
    Rate: float
}

let private walk (model: Modules.Sequential) (optimizer: TorchOptimizer) (steps: int) = [
    while optimizer.StepCount < int64 steps do
        step model optimizer (int optimizer.StepCount)

        {
            Parameters = values model
            Loss = optimizer.Loss
            Rate = optimizer.Rate()
        }
]

let private parsed (text: string) = Optimizer.Parse text
let private steps = 12

let private alone (text: string) =
    use model = replica 0
    use optimizer = parsed text |> Torch.optimizer model
    walk model optimizer steps

// A mean of one, two or four equal numbers is that number.
let private sizes = [ 1; 2; 4 ]

/// Steps on the same samples on all ranks are the steps of one, to the bit, and the replicas are the same behind each of them.
let private likeAlone (text: string) (wrap: ICollectives -> ICollectives) =
    let expected = alone text

    sizes
    |> List.forall (fun size ->
        onRanks size (fun ranks ->
            use model = replica ranks.Rank
            use optimizer = parsed text |> Torch.optimizerOn (wrap ranks) model
            walk model optimizer steps)
        |> Array.forall ((=) expected))

/// Least squares in numbers that float64 adds and multiplies without rounding: whoever adds them up in whatever order gets the same.
let private exact (optimizer: Optimizer) (size: int) (wrap: ICollectives -> ICollectives) =
    onRanks size (fun ranks ->
        let inputs =
            torch.tensor (Array2D.init 8 4 (fun i j -> float ((3 * i + 5 * j) % 5 - 2)))

        let targets = torch.tensor (Array.init 8 (fun i -> float (i % 3 - 1)))
        let w = parameterOf (torch.tensor [| 0.25; -0.5; 1.0; float ranks.Rank |])

        use steps =
            new TorchOptimizer([ struct ("w", w) ], optimizer, wrap ranks, Execution(Threads = 1))

        let own = torch.arange (int64 ranks.Rank, 8L, int64 ranks.Size)

        [
            for _ in 1..4 do
                steps.step (fun () ->
                    steps.zero_grad ()
                    let errors = inputs.index_select(0L, own).mv(w) - targets.index_select (0L, own)
                    let loss = (errors * errors).mean()
                    loss.backward ()
                    loss)
                |> ignore

                w.data<float>().ToArray(), steps.Loss
        ])

/// Ranks that share a batch make the steps of one that has all of it, and know its loss.
let private likeWhole (wrap: ICollectives -> ICollectives) =
    let optimizer = sgd 0.0625 |> momentum 0.5
    let expected = (exact optimizer 1 id)[0]

    [ 2; 4; 8 ]
    |> List.forall (fun size -> exact optimizer size wrap |> Array.forall ((=) expected))

type private Resume = Optimizer -> ICollectives -> Modules.Sequential -> string -> TorchOptimizer

let private resumed: Resume =
    fun optimizer ranks model path ->
        let steps = optimizer |> Torch.optimizerOn ranks model
        steps.load_state_dict path
        steps

/// Half of the steps on some ranks, the rest on other ones: the steps of one that was not interrupted.
let private goesOn (text: string) (resume: Resume) =
    let expected = List.last (alone text)

    List.allPairs sizes sizes
    |> List.forall (fun (writers, readers) ->
        within (fun path ->
            onRanks writers (fun ranks ->
                use model = replica ranks.Rank
                use optimizer = parsed text |> Torch.optimizerOn ranks model
                walk model optimizer (steps / 2) |> ignore
                optimizer.save_state_dict path)
            |> ignore

            onRanks readers (fun ranks ->
                use model = replica (7 + ranks.Rank)
                use optimizer = resume (parsed text) ranks model path
                walk model optimizer steps |> List.last)
            |> Array.forall ((=) expected)))

let private clipped = "adamW 0.01 0.01 |> clip 1.0 |> cosine 40"

let private killed (name: string) (law: 'Way -> bool) (right: 'Way) (mutants: (string * 'Way) list) =
    testList name [
        torchTest "holds" (fun () -> Expect.isTrue (law right) "the law")
        for mutant, way in mutants do
            torchTest $"is broken: {mutant}" (fun () -> Expect.isFalse (law way) "the mutant lives")
    ]

let private wrong fault (ranks: ICollectives) : ICollectives = WrongRanks(ranks, fault)

let private laws =
    testList "laws" [
        for text in
            [
                "lamb 0.01 0.1"
                "sgd 0.1 |> noise 0.01 0.5 7 |> momentum 0.9"
                "sgd 0.1 |> nag 0.9"
                "sgd 0.1 |> sam 0.05"
                "sgd 0.1 |> plateau 1 0.5"
            ] do
            torchTest $"{text}: the same samples on all ranks, the steps of one" (fun () ->
                Expect.isTrue (likeAlone text id) "the law")

        killed "the same samples on all ranks: the steps of one" (likeAlone clipped) id [
            "the share of the last rank does not come back", wrong RankFault.LosesLastShare
            "a rank keeps its start", wrong RankFault.KeepsItsStart
        ]
        killed "ranks that share a batch: the steps of one" likeWhole id [
            "a rank hears its own losses only", wrong RankFault.HearsItselfOnly
            "a rank keeps its start", wrong RankFault.KeepsItsStart
        ]
        killed "a checkpoint goes on on another number of ranks" (goesOn clipped) resumed [
            "the file is not read", (fun optimizer ranks model _ -> optimizer |> Torch.optimizerOn ranks model)
            "slots and time begin anew",
            (fun optimizer ranks model path ->
                use first = resumed optimizer ranks model path
                optimizer |> Torch.optimizerOn ranks model)
        ]
    ]

let private one name tensor = struct (name, tensor)

let private models =
    testList "replicas" [
        torchTest "a parameter without a gradient: zero on one rank, left alone where no rank has one" (fun () ->
            for w, v in
                onRanks 2 (fun ranks ->
                    let w, v = parameterOf (torch.ones 2L), parameterOf (torch.ones 2L)

                    use optimizer =
                        new TorchOptimizer([ one "w" w; one "v" v ], sgd 0.5 |> momentum 0.5, ranks)

                    for t in 0..1 do
                        optimizer.zero_grad true

                        let loss =
                            if t = 0 && ranks.Rank = 0 then
                                w.sum () + v.sum ()
                            else
                                w.sum ()

                        loss.backward ()
                        optimizer.step () |> ignore

                    w.data<float32>().ToArray(), v.data<float32>().ToArray()) do
                // Momentum 1, then 0.5 · 1 + 1; of v half of 1, and then nothing moves it.
                Expect.equal w [| -0.25f; -0.25f |] "w"
                Expect.equal v [| 0.75f; 0.75f |] "v")

        torchTest "a rate and another optimizer set in mid-run: the steps of one" (fun () ->
            let run (optimizer: TorchOptimizer) (model: Modules.Sequential) =
                walk model optimizer 3 |> ignore
                (Seq.exactlyOne optimizer.ParamGroups).LearningRate <- 0.002
                walk model optimizer 6 |> ignore
                // By tensors: shared in another way.
                optimizer.Optimizer <- optimizer.Optimizer |> trustRatio
                walk model optimizer 9

            use model = replica 0
            use optimizer = adam 0.01 |> Torch.optimizer model
            let expected = run optimizer model

            for size in sizes do
                for found in
                    onRanks size (fun ranks ->
                        use model = replica ranks.Rank
                        use optimizer = adam 0.01 |> Torch.optimizerOn ranks model
                        run optimizer model) do
                    Expect.equal found expected $"{size} ranks")

        torchTest "one rank is asked to stop: all know behind the same step" (fun () ->
            for stopped in
                onRanks 3 (fun ranks ->
                    use model = replica 0
                    use optimizer = sgd 0.1 |> Torch.optimizerOn ranks model

                    [
                        for t in 0..2 do
                            if t = 1 && ranks.Rank = 2 then
                                optimizer.RequestStop()

                            step model optimizer t
                            optimizer.MustStop
                    ]) do
                Expect.equal stopped [ false; true; true ] "where")

        torchTest "a report is that of one" (fun () ->
            let report (optimizer: TorchOptimizer) (model: Modules.Sequential) =
                (lossOf model 0).backward()
                optimizer.StepReported(0.25).ToString()

            use model = replica 0
            use optimizer = parsed clipped |> Torch.optimizer model
            let expected = report optimizer model

            for found in
                onRanks 2 (fun ranks ->
                    use model = replica ranks.Rank
                    use optimizer = parsed clipped |> Torch.optimizerOn ranks model
                    report optimizer model) do
                Expect.equal found expected "the report")

        torchTest "a file of one process goes on on ranks, and theirs in one process" (fun () ->
            let expected = List.last (alone clipped)

            within (fun path ->
                use model = replica 0
                use optimizer = parsed clipped |> Torch.optimizer model
                walk model optimizer 4 |> ignore
                optimizer.save_state_dict path

                onRanks 2 (fun ranks ->
                    use model = replica 9
                    use optimizer = resumed (parsed clipped) ranks model path
                    walk model optimizer 8 |> ignore
                    optimizer.save_state_dict path)
                |> ignore

                use model = replica 9
                use optimizer = parsed clipped |> Torch.optimizer model
                optimizer.load_state_dict path
                Expect.equal optimizer.StepCount 8L "time goes on"
                Expect.equal (walk model optimizer steps |> List.last) expected "the end"))
    ]

let private failures =
    testList "what goes wrong" [
        for text in [ "adam 0.01"; "sgd 0.1 |> sam 0.05" ] do
            torchTest $"{text}: a closure that throws on one rank ends the others, whose parameters stay" (fun () ->
                let before, after = Array.zeroCreate<float32[]> 2, Array.zeroCreate<float32[]> 2
                let plan = (parsed text).Plan<float32>(Layout.Plain 1)
                let last = max 1 plan.Probes

                refused [ "Rank 1 of 2"; "the data is missing" ] (fun () ->
                    onRanks 2 (fun ranks ->
                        use model = replica ranks.Rank
                        use optimizer = parsed text |> Torch.optimizerOn ranks model
                        walk model optimizer 2 |> ignore
                        before[ranks.Rank] <- values model
                        let mutable calls = 0

                        try
                            optimizer.step (fun () ->
                                calls <- calls + 1

                                // In sam's step the second time: the model is at another point then.
                                if ranks.Rank = 1 && calls = last then
                                    failwith "the data is missing"

                                optimizer.zero_grad ()
                                let loss = lossOf model 2
                                loss.backward ()
                                loss)
                            |> ignore
                        finally
                            after[ranks.Rank] <- values model)
                    |> box)

                Expect.equal after before "as they were"
                Expect.equal after[1] after[0] "the same")

        torchTest "replicas of other shapes or types, or other optimizers: the ranks disagree" (fun () ->
            let disagree (make: int -> struct (string * Modules.Parameter) list * Optimizer) =
                refused [ "The ranks disagree"; "rank 1" ] (fun () ->
                    onRanks 2 (fun ranks ->
                        let parameters, optimizer = make ranks.Rank
                        use _optimizer = new TorchOptimizer(parameters, optimizer, ranks)
                        ())
                    |> box)

            let single = torch.ScalarType.Float32
            disagree (fun rank -> [ one "w" (parameterOf (torch.ones (3L + int64 rank))) ], sgd 0.1)
            disagree (fun rank -> [ one $"w{rank}" (parameterOf (torch.ones 3L)) ], sgd 0.1)
            disagree (fun rank -> [ one "w" (parameterOf (torch.ones 3L)) ], sgd (0.1 + float rank))

            disagree (fun rank ->
                let dtype = if rank = 0 then single else torch.ScalarType.Float64
                [ one "w" (parameterOf (torch.ones (3L, dtype = dtype))) ], sgd 0.1))

        torchTest "a parameter that was freed, and an optimizer that was disposed of, are refused" (fun () ->
            refused [ "\"v\""; "freed" ] (fun () ->
                onRanks 2 (fun ranks ->
                    let w, v = parameterOf (torch.ones 2L), parameterOf (torch.ones 3L)
                    use optimizer = new TorchOptimizer([ one "w" w; one "v" v ], adam 0.1, ranks)
                    (w.sum () + v.sum ()).backward()
                    v.Dispose()
                    optimizer.step () |> ignore)
                |> box)

            onRanks 2 (fun ranks ->
                use model = replica 0
                let optimizer = sgd 0.1 |> Torch.optimizerOn ranks model
                step model optimizer 0
                optimizer.Dispose()
                optimizer.Dispose()
                refused [ "TorchOptimizer" ] (fun () -> optimizer.step ()))
            |> ignore)
    ]

[<Tests>]
let tests = testList "torch on ranks" [ laws; models; failures ]
