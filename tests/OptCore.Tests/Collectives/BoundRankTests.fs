/// Steps on several ranks in the caller's memory, with reports, on objectives, with tensors that have no gradient: the bits of one rank.
module OptCore.Tests.BoundRankTests

open System
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
                let flat = plan.Start(ReadOnlySpan(start 0))

                let at (point: float[]) rank =
                    point |> Array.mapi (fun i x -> x * float (1 + i % 3) + float rank)

                let both point =
                    Array.map2 (fun a b -> (a + b) / 2.0) (at point 0) (at point 1)

                for _ in 1..3 do
                    let point = Array.zeroCreate<float> layout.Length

                    if plan.Probes = 2 then
                        flat.Point(ReadOnlySpan(both (flat.AsSpan().ToArray())), point.AsSpan())
                    else
                        flat.Point(point.AsSpan())

                    flat.Step(ReadOnlySpan(both point)) |> ignore

                for found in
                    ThreadRanks.Run(
                        2,
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
                    Expect.equal found (flat.AsSpan().ToArray()) text)

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

[<Tests>]
let tests = testList "ranks" [ bound; objectives ]
