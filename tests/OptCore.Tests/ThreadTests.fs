/// Any number of threads gives the same bits; a plan serves several threads at once.
module OptCore.Tests.ThreadTests

open System
open System.Threading.Tasks
open Expecto
open OptCore
open OptModels

/// Deterministic numbers of either sign over some orders of magnitude.
let private numbers (seed: int) (length: int) =
    let random = Random seed
    Array.init length (fun _ -> (random.NextDouble() - 0.5) * Math.Pow(10.0, float (random.Next(-3, 2))))

let private singles seed length : float32[] = Array.map float32 (numbers seed length)

let private layout (lengths: (string * int) list) =
    (Layout.Empty, lengths)
    ||> List.fold (fun all (name, length) -> all.Add(name, length))

/// Three steps from the same start on so many threads, in place.
let private run (text: string) (tensors: Layout) (execution: Execution) =
    let session =
        ((Optimizer.Parse text).Plan<float>(tensors, execution)).Start(numbers 1 tensors.Length)

    for step in 1..3 do
        session.Step(numbers (step + 1) tensors.Length, 1.0 / float step) |> ignore

    session.Snapshot()

let private single (text: string) (tensors: Layout) (execution: Execution) =
    let plan = (Optimizer.Parse text).Plan<float32>(tensors, execution)
    let session = plan.Start(singles 1 tensors.Length)

    for step in 1..3 do
        session.Step(singles (step + 1) tensors.Length, 1.0 / float step) |> ignore

    session.Snapshot()

/// Three pure steps; the last one into the memory of the first state.
let private pure' (text: string) (tensors: Layout) (execution: Execution) =
    let plan = (Optimizer.Parse text).Plan<float>(tensors, execution)
    let start = plan.Init(numbers 1 tensors.Length)
    let one = plan.Step(start, numbers 2 tensors.Length, 1.0)
    let two = plan.Step(one, numbers 3 tensors.Length, 0.5)
    plan.Step(two, numbers 4 tensors.Length, start, 1.0 / 3.0)

let private one = Execution(Threads = 1)

// Without it a step is shared where that pays, which is never so within the first ones.
let private two = Execution(Threads = 2, AlwaysShares = true)

let private pipelines = [
    "sgd 0.1"
    "adam 0.01"
    "adam 0.01 |> rateFor \"w*\" 2.0"
    "sgd 0.1 |> clip 1.0 |> momentum 0.9 |> weightDecay 0.01 |> clipUpdate 0.5"
    "adam 0.01 |> except \"b*\" (weightDecay 0.1) |> only \"w*\" (clip 1.0)"
    "partition [\"w*\", adam 0.01; \"*\", sgd 0.1 |> momentum 0.9] |> clip 1.0"
    "novoGrad 0.1 |> clipPerTensor 1.0 |> trustRatio"
    "lars 0.01 0.5 |> ball 10.0 |> average 0.9"
    "lamb 0.01 0.1 |> noise 0.01 0.5 7 |> plateau 1 0.5"
    "sgd 0.1 |> freeze \"b*\" |> momentum 0.9 |> lookahead 2 0.5 |> l1Ball 5.0"
    "rmsPropWith (RmsProp(Centered = true)) 0.01 |> normalize |> accumulate 2"
]

let private large =
    [
        "one tensor", [ "w", 100_003 ]
        "unaligned offsets", [ "b0", 1; "w0", 65_537; "b1", 3; "w1", 70_001; "b2", 7 ]
        "many regions", [ for i in 0..9 -> (if i % 2 = 0 then $"w{i}" else $"b{i}"), 12_345 + 7 * i ]
        "one large behind many small", [ for i in 0..20 -> $"b{i}", i ] @ [ "w", 150_001 ]
    ]
    |> List.map (fun (name, lengths) -> name, layout lengths)

/// Where the layout has no b, patterns for it match nothing.
let private fits (text: string) (tensors: Layout) =
    not (text.Contains "\"b*\"")
    || Seq.exists (fun (t: TensorInfo) -> t.Name.StartsWith 'b') tensors.Tensors

let private partitioned (text: string) (tensors: Layout) =
    not (text.StartsWith "partition") || fits "\"b*\"" tensors

let private sizes =
    testList "two threads, the same bits as one" [
        for name, tensors in large do
            for text in pipelines do
                if fits text tensors && partitioned text tensors then
                    testCase $"{name}: {text}" (fun () ->
                        let expected = run text tensors one
                        Expect.isTrue ((run text tensors two).Equals expected) "in place"
                        Expect.isTrue ((pure' text tensors two).Equals expected) "pure"

                        Expect.isTrue ((single text tensors two).Equals(single text tensors one)) "float32")
    ]

let private oddLayouts =
    let wide =
        List.filter (fun bits -> bits <= Kernels.Hardware.VectorBits) [ 128; 256; 512 ]

    let ways = [
        for bits in wide do
            for threads in [ 1; 2 ] do
                for fuse in [ true; false ] do
                    Execution(Bits = bits, Threads = threads, Fuse = fuse)
    ]

    let same (text: string) (lengths: (string * int) list) =
        let tensors = layout lengths
        let expected = run text tensors (Execution(Bits = 128, Threads = 1, Fuse = false))

        let expectedSingle =
            single text tensors (Execution(Bits = 128, Threads = 1, Fuse = false))

        for way in ways do
            Expect.isTrue ((run text tensors way).Equals expected) $"in place, {lengths}, {way}"
            Expect.isTrue ((pure' text tensors way).Equals expected) $"pure, {lengths}, {way}"
            Expect.isTrue ((single text tensors way).Equals expectedSingle) $"float32, {lengths}, {way}"

    // A store behind a region must not reach into the next one: these layouts once did.
    testList "a region that ends inside a register leaves its neighbours alone" [
        testCase "w[6], b[2] with a rate for w" (fun () -> same "adam 0.05 |> rateFor \"w\" 2.0" [ "w", 6; "b", 2 ])

        testCase "a[1], b[20] with a rate for one" (fun () ->
            same "adam 0.05 |> rateFor \"a\" 2.0" [ "a", 1; "b", 20 ]
            same "adam 0.05 |> rateFor \"b\" 2.0" [ "a", 1; "b", 20 ])

        testCase "every first length to 20 with every second to 20" (fun () ->
            for first in 0..20 do
                for second in 0..20 do
                    let tensors = layout [ "w", first; "b", second ]
                    let text = "adam 0.05 |> rateFor \"w\" 2.0 |> momentum 0.5"
                    let expected = run text tensors (Execution(Bits = 128, Threads = 1, Fuse = false))
                    Expect.isTrue ((run text tensors two).Equals expected) $"w[{first}], b[{second}]"
                    Expect.isTrue ((pure' text tensors one).Equals expected) $"pure, w[{first}], b[{second}]")

        for text in
            [
                "adam 0.05 |> rateFor \"b\" 0.5 |> freeze \"c\""
                "sgd 0.1 |> only \"b\" (momentum 0.9) |> except \"a\" (weightDecay 0.1)"
                "partition [\"a\", adam 0.1; \"b\", sgd 0.1 |> momentum 0.9; \"*\", rmsProp 0.01] |> clip 1.0"
            ] do
            testCase text (fun () ->
                for a, b, c in
                    [
                        1, 1, 1
                        3, 5, 2
                        7, 9, 1
                        8, 1, 8
                        15, 17, 3
                        16, 1, 31
                        1, 63, 5
                        33, 2, 0
                        0, 5, 9
                    ] do
                    same text [ "a", a; "b", b; "c", c ])

        testCase "frozen neighbours keep their bits" (fun () ->
            for first in 1..18 do
                let tensors = layout [ "w", first; "frozen", 19; "v", first ]
                let plan = (Optimizer.Parse "adam 0.1 |> freeze \"frozen\"").Plan<float> tensors
                let start = numbers 5 tensors.Length
                let state = plan.Step(plan.Init start, numbers 6 tensors.Length)
                Expect.equal (state.Tensor "frozen") start[first .. first + 18] $"w[{first}]")
    ]

let private concurrency =
    testList "several threads of the caller" [
        testCase "one plan steps on many threads at once" (fun () ->
            let tensors = layout [ "w", 5_003; "b", 7 ]
            let text = "adam 0.01 |> clip 1.0 |> average 0.9"
            let plan = (Optimizer.Parse text).Plan<float> tensors
            let start = plan.Init(numbers 1 tensors.Length)
            let copy = plan.Init(numbers 1 tensors.Length)
            let gradients = [| for i in 0..15 -> numbers (100 + i) tensors.Length |]

            let chain (gradient: float[]) =
                let mutable state = start

                for _ in 1..20 do
                    state <- plan.Step(state, gradient)

                state

            let expected = Array.map chain gradients
            let found = Array.zeroCreate<State<float>> gradients.Length

            Parallel.For(0, gradients.Length, (fun i -> found[i] <- chain gradients[i]))
            |> ignore

            for i in 0 .. gradients.Length - 1 do
                Expect.isTrue (found[i].Equals expected[i]) $"chain {i}"

            Expect.equal start copy "the common start is as it was")

        testCase "sessions of one plan on threads of their own, large ones sharing the workers" (fun () ->
            let tensors = layout [ "b", 3; "w", 120_001 ]
            let plan = (Optimizer.Parse "adam 0.01 |> clip 1.0").Plan<float>(tensors, two)

            let walk (seed: int) =
                let session = plan.Start(numbers seed tensors.Length)

                for step in 1..5 do
                    session.Step(numbers (seed + step) tensors.Length) |> ignore

                session.Snapshot()

            let expected = Array.map walk [| 10; 20; 30; 40 |]
            let found = Array.Parallel.map walk [| 10; 20; 30; 40 |]

            for a, b in Array.zip expected found do
                Expect.isTrue (a.Equals b) "the same bits")

        testCase "an exception on one thread leaves the plan usable" (fun () ->
            let plan = (Optimizer.Parse "adam 0.1 |> skipNonFinite 1").Plan 3
            let state = plan.Init(numbers 1 3)
            let bad: float[] = [| 1.0; nan; 2.0 |]
            let expected = plan.Step(state, numbers 2 3)

            Parallel.For(
                0,
                64,
                (fun i ->
                    if i % 2 = 0 then
                        Expect.throwsT<NonFiniteGradientException>
                            (fun () -> plan.Step(state, bad) |> ignore)
                            "refused"
                    else
                        Expect.equal (plan.Step(state, numbers 2 3)) expected "the same bits")
            )
            |> ignore)

        testCase "mini-batches may be read from several threads" (fun () ->
            let rows = Array2D.init 50 3 (fun i j -> float ((i * 7 + j * 3) % 11))
            let batches = MiniBatches(LeastSquares(rows, Array.init 50 float), 8, 5L)
            let expected = [| for step in 0L .. 40L -> batches.Batch(step).ToArray() |]
            let found = Array.zeroCreate<int[]> expected.Length

            Parallel.For(0, expected.Length, (fun i -> found[i] <- batches.Batch(int64 i).ToArray()))
            |> ignore

            Expect.equal found expected "batches")
    ]

[<Tests>]
let tests = testList "threads" [ sizes; oddLayouts; concurrency ]
