/// Steps on several ranks in the caller's memory, with reports, on objectives, with tensors that have no gradient: the bits of one rank.
module OptCore.Tests.BoundRankTests

open System
open System.Collections.Generic
open Expecto
open OptCore
open OptModels
open OptCore.Tests.BadInput.Refusals

let private layout =
    Layout.Empty.Add("w1", 30, 17).Add("b1", 17).Add("e", 0).Add("w2", 17, 5).Add("s").Add("b2", 5)

let private one = Execution(Threads = 1)
let private steps = 6

let private planOf (text: string) : Plan<float> =
    (Optimizer.Parse text).Plan<float>(layout, one)

let private texts = [
    "adam 0.01 |> clip 1.0 |> weightDecay 0.1 |> cosine 100"
    "lamb 0.01 0.1 |> clip 0.5"
    "sgd 0.1 |> momentum 0.9 |> freeze \"w2\" |> average 0.9"
    "adam 0.01 |> accumulate 2 |> skipLarge 1e6"
    "sgd 0.1 |> noise 0.01 0.5 7 |> ball 1.0"
    "sgd 0.1 |> onlyWhen (StepsFrom 1) (momentum 0.9) |> onlyWhen (GradientAtMost 1e6) (clip 1.0)"
    "adam 0.01 |> lossScaleWith (LossScale(Initial = 4.0, Every = 2))"
    "adafactor 0.01"
]

/// Rank 0's are the ones that count.
let private start (rank: int) =
    Array.init layout.Length (fun i -> float ((i * 7919 + rank) % 1009) / 1009.0 - 0.5)

let private gradient (step: int) (rank: int) =
    Array.init layout.Length (fun i -> float ((i * 31 + step * 104_729 + rank * 7919) % 1013) / 1013.0 - 0.5)

let private split (values: float[]) = [| for tensor in layout.Tensors -> values[tensor.Offset .. tensor.End - 1] |]

/// Which tensors have a gradient on a rank: "b2" nowhere in every third step, others here and there.
let private isPresent (isMasked: bool) (step: int) (rank: int) (tensor: int) =
    not isMasked
    || (tensor + rank + step) % 3 > 0 && not (tensor = 5 && step % 3 = 1)

let private presence isMasked step rank =
    Array.init layout.Tensors.Count (isPresent isMasked step rank)

/// The sum in the tree, divided: for two ranks (a + b) / 2, for three ((a + b) + c) / 3.
let private mean (isMasked: bool) (step: int) (size: int) =
    let zeroed rank =
        let values = gradient step rank

        for i, tensor in Seq.indexed layout.Tensors do
            if not (isPresent isMasked step rank i) then
                Array.fill values tensor.Offset tensor.Length 0.0

        values

    let sum = [| 0 .. size - 1 |] |> Array.map zeroed |> Array.reduce (Array.map2 (+))
    let loss = [| for rank in 0 .. size - 1 -> 1.0 + float rank |] |> Array.sum

    sum |> Array.map (fun x -> x / float size),
    Array.init layout.Tensors.Count (fun i -> Seq.exists (fun rank -> isPresent isMasked step rank i) [ 0 .. size - 1 ]),
    loss / float size

/// The steps of a session of one on those means: the state, and what the reports say.
let private alone (text: string) (isMasked: bool) (size: int) =
    let session = (planOf text).Start(ReadOnlySpan(start 0))

    let reports = [
        for step in 0 .. steps - 1 do
            let gradient, present, loss = mean isMasked step size

            session.StepReported(ReadOnlySpan gradient, ReadOnlySpan present, loss, atPoint = true).ToString()
    ]

    session.Snapshot(), reports

let private bound =
    testList "in the caller's memory" [
        for text in texts do
            for isMasked in [ false; true ] do
                let what = if isMasked then ", tensors without a gradient" else ""

                testCase $"{text}{what}: the bits of one rank, on all of them" (fun () ->
                    for size in [ 1; 2; 3 ] do
                        let expected, reports = alone text isMasked size

                        ThreadRanks.Run(
                            size,
                            Action<ICollectives>(fun ranks ->
                                let tensors = split (start ranks.Rank)
                                use session = (planOf text).Bind(ranks, tensors)
                                Expect.equal (Array.concat tensors) (start 0) "the start of rank 0"

                                for step in 0 .. steps - 1 do
                                    let present = presence isMasked step ranks.Rank

                                    let gradients: (float[] | null)[] =
                                        split (gradient step ranks.Rank)
                                        |> Array.mapi (fun i values -> if present[i] then values else null)

                                    let loss = 1.0 + float ranks.Rank

                                    if step % 2 = 1 then
                                        let report = session.StepReported(gradients, loss)

                                        Expect.equal
                                            (report.ToString())
                                            reports[step]
                                            $"report {step} on {size} ranks"
                                    else
                                        session.Step(gradients, loss) |> ignore

                                Expect.isTrue (session.Gather().Equals expected) $"the state on {size} ranks"

                                Expect.equal
                                    (Array.concat tensors)
                                    (expected.ToArray())
                                    $"the tensors on {size} ranks")
                        ))

        testCase "nag and sam move the parameters to their point and back" (fun () ->
            for text in [ "sgd 0.1 |> nag 0.9"; "sgd 0.1 |> sam 0.05" ] do
                let plan = planOf text

                let at (point: float[]) rank =
                    point |> Array.mapi (fun i x -> x * float (1 + i % 3) + float rank)

                for size in [ 1; 2; 3 ] do
                    let flat = plan.Start(ReadOnlySpan(start 0))

                    let all point =
                        [| 0 .. size - 1 |]
                        |> Array.map (at point)
                        |> Array.reduce (Array.map2 (+))
                        |> Array.map (fun x -> x / float size)

                    for _ in 1..3 do
                        let point = Array.zeroCreate<float> layout.Length

                        if plan.Probes = 2 then
                            flat.Point(ReadOnlySpan(all (flat.AsSpan().ToArray())), point.AsSpan())
                        else
                            flat.Point(point.AsSpan())

                        flat.Step(ReadOnlySpan(all point)) |> ignore

                    for found in
                        ThreadRanks.Run(
                            size,
                            Func<ICollectives, float[]>(fun ranks ->
                                let tensors = split (start 0)
                                use session = plan.Bind(ranks, tensors)

                                let here () =
                                    at (Array.concat tensors) ranks.Rank |> split

                                for _ in 1..3 do
                                    let before = Array.concat tensors

                                    if plan.Probes = 2 then
                                        let blocks = [| for g in here () -> TensorBlock<float>.op_Implicit g |]
                                        session.MoveToPoint(ReadOnlySpan blocks)
                                        session.MoveBack()
                                        Expect.equal (Array.concat tensors) before "back"
                                        session.MoveToPoint(ReadOnlySpan blocks)
                                    else
                                        session.MoveToPoint()

                                    session.Step(here ()) |> ignore

                                Array.concat tensors)
                        ) do
                        Expect.equal found (flat.AsSpan().ToArray()) $"{text} on {size} ranks")

        testCase "one rank steps the tensors where they are: as a session that is bound to them alone" (fun () ->
            for text in texts do
                let tensors, others = split (start 0), split (start 0)
                use session = (planOf text).Bind(Alone.Instance, tensors)
                use plain = (planOf text).Bind others

                for step in 0 .. steps - 1 do
                    let gradients: (float[] | null)[] =
                        split (gradient step 0) |> Array.map (fun g -> g)

                    session.Step(gradients, 1.0) |> ignore
                    plain.Step(gradients, 1.0) |> ignore

                    // What is written counts: there is no other copy of the parameters.
                    tensors[0][0] <- 0.25
                    others[0][0] <- 0.25
                    Expect.equal (Array.concat tensors) (Array.concat others) $"{text}, step {step}"

                Expect.equal (session.Session.AsSpan().ToArray()) (Array.concat tensors) "the session's view"
                Expect.isTrue (session.Gather().Equals(plain.Snapshot())) "the state")

        testCase "gradients as blocks, as arrays, by name, with and without a report: the same steps" (fun () ->
            let missing = (null: float[] | null)

            for text in List.take 4 texts do
                for size in [ 1; 2; 3 ] do
                    for isMasked in [ false; true ] do
                        let expected, _ = alone text isMasked size

                        let given step rank : (float[] | null)[] =
                            let present = presence isMasked step rank

                            split (gradient step rank)
                            |> Array.mapi (fun i values -> if present[i] then values else missing)

                        let blocks (given: (float[] | null)[]) = [|
                            for one in given ->
                                match one with
                                | null -> TensorBlock<float>.None
                                | values -> TensorBlock<float>.op_Implicit values
                        |]

                        let named (given: (float[] | null)[]) =
                            Dictionary<string, float[]>(
                                Seq.zip layout.Tensors given
                                |> Seq.choose (fun (tensor, one) ->
                                    match one with
                                    | null -> None
                                    | values -> Some(KeyValuePair(tensor.Name, values)))
                            )

                        let ways
                            : (string * (DistributedBoundSession<float> -> (float[] | null)[] -> float -> StepOutcome)) list = [
                            "blocks", (fun session given loss -> session.Step(ReadOnlySpan(blocks given), loss))
                            "arrays", (fun session given loss -> session.Step(given, loss))
                            "names", (fun session given loss -> session.Step(named given, loss))
                            "blocks, reported",
                            (fun session given loss -> session.StepReported(ReadOnlySpan(blocks given), loss).Outcome)
                            "arrays, reported", (fun session given loss -> session.StepReported(given, loss).Outcome)
                        ]

                        for name, way in ways do
                            ThreadRanks.Run(
                                size,
                                Action<ICollectives>(fun ranks ->
                                    let tensors = split (start 0)
                                    use session = (planOf text).Bind(ranks, tensors)

                                    for step in 0 .. steps - 1 do
                                        way session (given step ranks.Rank) (1.0 + float ranks.Rank) |> ignore

                                    Expect.isTrue (session.Gather().Equals expected) $"{text} by {name} on {size}"
                                    Expect.equal (Array.concat tensors) (expected.ToArray()) $"{name}: the tensors")
                            ))

        testCase "the session within is not to be stepped" (fun () ->
            for size in [ 1; 2 ] do
                ThreadRanks.Run(
                    size,
                    Action<ICollectives>(fun ranks ->
                        use bound = (planOf "sgd 0.1").Bind(ranks, split (start 0))
                        let session = bound.Session
                        let all, flags = start 0, Array.create layout.Tensors.Count true
                        let part = PartGradient<float>(fun _ _ _ -> 0.0)

                        let objective: IObjective =
                            LeastSquares(Array2D.create 2 layout.Length 1.0, [| 0.0; 0.0 |])

                        for step in
                            [
                                fun () -> session.Step(ReadOnlySpan all) |> ignore
                                fun () -> session.Step(ReadOnlySpan all, ReadOnlySpan flags) |> ignore
                                fun () -> session.Step part |> ignore
                                fun () -> session.Step objective |> ignore
                                fun () -> session.StepReported(ReadOnlySpan all) |> ignore
                                fun () -> session.StepReported(ReadOnlySpan all, ReadOnlySpan flags) |> ignore
                                fun () -> session.StepReported part |> ignore
                                fun () -> session.StepReported objective |> ignore
                                fun () -> session.Point(all.AsSpan())
                                fun () -> session.Point(ReadOnlySpan all, Array.copy(all).AsSpan())
                            ] do
                            Expect.throwsC step (fun e ->
                                Expect.isTrue (e :? InvalidOperationException) $"{e.GetType()}"
                                Expect.stringContains e.Message "bound" "message"))
                ))

        testCase "a gradient that is the session's own parameters" (fun () ->
            let flat = (planOf "adam 0.1").Start(ReadOnlySpan(start 0))

            for _ in 1..3 do
                flat.Step(ReadOnlySpan(flat.AsSpan().ToArray())) |> ignore

            for size in [ 1; 2 ] do
                for found in
                    ThreadRanks.Run(
                        size,
                        Func<ICollectives, float[]>(fun ranks ->
                            use session = (planOf "adam 0.1").Start(ranks, ReadOnlySpan(start 0))

                            for _ in 1..3 do
                                session.Step(session.AsSpan()) |> ignore

                            session.AsSpan().ToArray())
                    ) do
                    Expect.equal found (flat.AsSpan().ToArray()) $"{size} ranks")

        testCase "a state goes on on other ranks; what was handed in is refused by name" (fun () ->
            let plan = planOf "adam 0.01 |> clip 1.0"
            let state, _ = alone "adam 0.01 |> clip 1.0" false 2

            ThreadRanks.Run(
                3,
                Action<ICollectives>(fun ranks ->
                    let tensors = split (start 1)
                    use session = plan.Bind(ranks, tensors, state)
                    Expect.equal session.StepCount (int64 steps) "time goes on"
                    Expect.equal (Array.concat tensors) (state.ToArray()) "the parameters"
                    argument [ "1 blocks"; "6 tensors" ] (fun () -> session.Step [| [| 1.0 |] |])

                    argument [ "\"b1\""; "16"; "17" ] (fun () ->
                        session.Step(split (start 0) |> Array.mapi (fun i g -> if i = 1 then g[1..] else g))))
            ))

        testCase "a wrong number of flags" (fun () ->
            use session = (planOf "sgd 0.1").Start(Alone.Instance, ReadOnlySpan(start 0))

            argument [ "present"; "1"; "6" ] (fun () -> session.Step(ReadOnlySpan(start 0), ReadOnlySpan [| true |])))
    ]

let private sum =
    let random = Random 3
    let rows = Array2D.init 61 5 (fun _ _ -> random.NextDouble() - 0.5)
    LeastSquares(rows, Array.init 61 (fun _ -> random.NextDouble()))

let private objectives =
    testList "on an objective" [
        for text in
            [
                "adam 0.05 |> clip 1.0"
                "sgd 0.1 |> accumulate 3 |> momentum 0.9"
                "sgd 0.1 |> sam 0.05"
                "sgd 0.1 |> nag 0.9"
                "lbfgs 4 1.0 |> wolfe"
            ] do
            testCase $"{text}: the steps of one rank, with reports" (fun () ->
                let plan: Plan<float> = (Optimizer.Parse text).Plan<float>(Layout.Plain 5, one)
                let zeros: float[] = Array.zeroCreate 5

                let shared (ranks: ICollectives) : IObjective =
                    if plan.Searches then
                        SharedObjective(ranks, sum, 8)
                    else
                        SharedObjective(ranks, MiniBatches(sum, 16, 5L), 8)

                let session = plan.Start(ReadOnlySpan zeros)
                let objective = shared Alone.Instance

                let reports = [
                    for step in 0..7 ->
                        if step % 2 = 0 then
                            session.StepReported(objective).ToString()
                        else
                            string (session.Step objective)
                ]

                let state = session.Snapshot()

                for size in [ 1; 2; 3; 8 ] do
                    for found, happened, loss in
                        ThreadRanks.Run(
                            size,
                            Func<ICollectives, State<float> * string list * float>(fun ranks ->
                                use session = plan.Start(ranks, ReadOnlySpan zeros)
                                let objective = shared ranks

                                let happened = [
                                    for step in 0..7 ->
                                        if step % 2 = 0 then
                                            session.StepReported(objective).ToString()
                                        else
                                            string (session.Step objective)
                                ]

                                session.Gather(), happened, session.Loss)
                        ) do
                        Expect.isTrue (found.Equals state) $"state on {size} ranks"
                        Expect.equal happened reports $"reports on {size} ranks"
                        Expect.isTrue (Double.IsFinite loss) "the loss")
    ]

/// Two steps with each of some optimizers, one set after the other: the state.
let private inTurn (texts: string list) (set: Optimizer -> unit) (step: int -> unit) (state: unit -> State<float>) =
    texts
    |> List.iteri (fun i text ->
        if i > 0 then
            set (Optimizer.Parse text)

        step (2 * i)
        step (2 * i + 1))

    state ()

let private changes =
    testList "another optimizer in mid-run" [
        for texts in
            [
                [ "adam 0.01 |> clip 1.0"; "adam 0.001 |> clip 1.0"; "adam 0.001 |> clip 2.0" ]
                // Shared by elements, by tensors, by elements.
                [ "adam 0.01"; "adam 0.01 |> trustRatio"; "adam 0.02" ]
                [ "sgd 0.1 |> momentum 0.9"; "sgd 0.1 |> momentum 0.9 |> ball 1.0" ]
            ] do
            testCase (String.concat ", " texts) (fun () ->
                for size in [ 1; 2; 3 ] do
                    let flat = (planOf texts.Head).Start(ReadOnlySpan(start 0))

                    let expected =
                        inTurn
                            texts
                            (fun optimizer -> flat.Optimizer <- optimizer)
                            (fun step ->
                                let gradient, _, loss = mean false step size
                                flat.Step(ReadOnlySpan gradient, loss) |> ignore)
                            flat.Snapshot

                    for isBound in [ false; true ] do
                        for found, tensors in
                            ThreadRanks.Run(
                                size,
                                Func<ICollectives, State<float> * float[]>(fun ranks ->
                                    let loss = 1.0 + float ranks.Rank

                                    if isBound then
                                        let tensors = split (start ranks.Rank)
                                        use session = (planOf texts.Head).Bind(ranks, tensors)

                                        let state =
                                            inTurn
                                                texts
                                                (fun optimizer -> session.Optimizer <- optimizer)
                                                (fun step ->
                                                    let gradients: (float[] | null)[] =
                                                        split (gradient step ranks.Rank) |> Array.map (fun g -> g)

                                                    session.Step(gradients, loss) |> ignore)
                                                session.Gather

                                        state, Array.concat tensors
                                    else
                                        use session = (planOf texts.Head).Start(ranks, ReadOnlySpan(start ranks.Rank))

                                        let state =
                                            inTurn
                                                texts
                                                (fun optimizer -> session.Optimizer <- optimizer)
                                                (fun step ->
                                                    session.Step(ReadOnlySpan(gradient step ranks.Rank), loss)
                                                    |> ignore)
                                                session.Gather

                                        state, session.AsSpan().ToArray())
                            ) do
                            Expect.isTrue (found.Equals expected) $"{size} ranks, bound: {isBound}"
                            Expect.equal tensors (expected.ToArray()) "the parameters")

        testCase "what would be dropped and ranks that differ are refused, and the session goes on" (fun () ->
            ThreadRanks.Run(
                2,
                Action<ICollectives>(fun ranks ->
                    use session = (planOf "adam 0.01").Start(ranks, ReadOnlySpan(start 0))
                    argument [ "adam.m" ] (fun () -> session.Optimizer <- Optimizer.Parse "sgd 0.1")
                    Expect.equal (session.Optimizer.ToString()) "adam 0.01" "as before"
                    session.Step(ReadOnlySpan(gradient 0 ranks.Rank)) |> ignore

                    Expect.throwsC
                        (fun () -> session.Optimizer <- Optimizer.Parse $"adam 0.{ranks.Rank + 1}")
                        (fun e -> Expect.stringContains e.Message "The ranks disagree" "message"))
            ))
    ]

let private files =
    testList "from a checkpoint into the caller's memory" [
        testCase "shares or one file, on any number of ranks" (fun () ->
            let plan = planOf "adam 0.01 |> clip 1.0 |> average 0.9"
            let folder = IO.Directory.CreateTempSubdirectory "bound"

            let step (session: DistributedBoundSession<float>) t =
                let gradients: (float[] | null)[] = split (gradient t 0) |> Array.map (fun g -> g)
                session.Step(gradients, 1.0) |> ignore

            try
                let expected = plan.Start(ReadOnlySpan(start 0))
                let plain = plan.Start(ReadOnlySpan(start 0))

                for t in 0..5 do
                    expected.Step(ReadOnlySpan(gradient t 0), 1.0) |> ignore

                for t in 0..2 do
                    plain.Step(ReadOnlySpan(gradient t 0), 1.0) |> ignore

                let file name = IO.Path.Combine(folder.FullName, name)
                Checkpoint.Save(plain, file "1")

                for size in [ 2; 4 ] do
                    ThreadRanks.Run(
                        size,
                        Action<ICollectives>(fun ranks ->
                            use session = plan.Bind(ranks, split (start 0))

                            for t in 0..2 do
                                step session t

                            ShardedCheckpoint.Save(session.Session, file (string size)))
                    )

                for writers in [ 1; 2; 4 ] do
                    for readers in [ 1; 2; 4 ] do
                        ThreadRanks.Run(
                            readers,
                            Action<ICollectives>(fun ranks ->
                                let tensors = split (start 3)
                                let blocks = [| for tensor in tensors -> TensorBlock<float>.op_Implicit tensor |]

                                use session =
                                    ShardedCheckpoint.Resume(plan, ranks, ReadOnlySpan blocks, file (string writers))

                                Expect.equal session.StepCount 3L "time goes on"

                                for t in 3..5 do
                                    step session t

                                Expect.equal
                                    (Array.concat tensors)
                                    (expected.AsSpan().ToArray())
                                    $"{writers} wrote, {readers} go on")
                        )
            finally
                folder.Delete true)
    ]

[<Tests>]
let tests = testList "ranks" [ bound; objectives; changes; files ]
