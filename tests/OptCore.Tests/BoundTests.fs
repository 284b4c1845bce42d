/// Steps in the caller's memory: the bits of a session on one vector, for every stage of the catalogue.
module OptCore.Tests.BoundTests

open System
open System.Runtime.InteropServices
open Expecto
open OptCore
open OptCore.Tests.Oracle
open OptCore.Tests.Oracle.Sweeps

type private Number<'T
    when 'T: unmanaged
    and 'T: (new: unit -> 'T)
    and 'T: struct
    and 'T :> ValueType
    and 'T :> Numerics.IBinaryFloatingPointIeee754<'T>> = 'T

let private block (memory: Memory<'T>) : TensorBlock<'T> = TensorBlock<'T>.op_Implicit memory

/// Three tensors more than whole chunks of a norm, so that chunks begin and end within tensors.
let private large =
    Layout.Empty.Add("w", 130, 131).Add("b", 5).Add("v", 9001).Add("c", 0).Add("u", 2048).Add("d", 1)

let private largeMatrices =
    Layout.Empty.Add("w", 130, 131).Add("b", 5, 1).Add("v", 9001, 2).Add("c", 0).Add("u", 8, 256)

/// The tensors of a layout in blocks of their own, each somewhere in an array that is larger; what surrounds it is 777.
let private scattered<'T when Number<'T>> (random: Random) (layout: Layout) (values: 'T[]) = [|
    for tensor in layout.Tensors do
        let first = random.Next 20
        let array = Array.create (tensor.Length + 40) ('T.CreateTruncating 777)
        Array.blit values tensor.Offset array first tensor.Length
        struct (array, array.AsMemory(first, tensor.Length))
|]

let private stepsAlike<'T when Number<'T>> (isMasked: bool) (execution: Execution) (problem: Problem) =
    let layout = problem.Layout
    let random = Random(layout.Length + 1)
    let convert = Array.map (fun (x: float) -> 'T.CreateTruncating x)
    let plan = problem.Optimizer.Plan<'T>(layout, execution)
    let start = convert problem.Start
    let tensors = scattered random layout start

    use bound =
        plan.Bind(ReadOnlySpan [| for struct (_, memory) in tensors -> block memory |])

    let flat = plan.Start(ReadOnlySpan start)

    for t in 0 .. problem.Gradients.Length - 1 do
        let gradient = convert problem.Gradients[t]
        let present = [| for _ in layout.Tensors -> not isMasked || random.Next 3 > 0 |]

        let blocks = [|
            for isThere, struct (_, memory) in Array.zip present (scattered random layout gradient) ->
                if isThere then block memory else TensorBlock<'T>.None
        |]

        let one, other =
            if t % 4 = 2 then
                flat
                    .StepReported(ReadOnlySpan gradient, ReadOnlySpan present, problem.Losses[t], atPoint = true)
                    .ToString(),
                bound.StepReported(ReadOnlySpan blocks, problem.Losses[t], atPoint = true).ToString()
            else
                let before = flat.Snapshot()

                let one =
                    flat.Step(ReadOnlySpan gradient, ReadOnlySpan present, problem.Losses[t], atPoint = true)

                for i, tensor in Seq.indexed layout.Tensors do
                    if
                        not present[i]
                        && not (
                            before
                                .AsSpan()
                                .Slice(tensor.Offset, tensor.Length)
                                .SequenceEqual(flat.AsSpan().Slice(tensor.Offset, tensor.Length))
                        )
                    then
                        failtestf "step %d moves %s, which has no gradient%s" t tensor.Name problem.Text

                string one, string (bound.Step(ReadOnlySpan blocks, problem.Losses[t], atPoint = true))

        if one <> other then
            failtestf "step %d: %s in one vector, %s in the caller's tensors%s" t one other problem.Text

        if not (flat.Snapshot().Equals(bound.Snapshot())) then
            failtestf "step %d of %s in the caller's tensors has other bits%s" t typeof<'T>.Name problem.Text

    for tensor, struct (array, memory) in Seq.zip layout.Tensors tensors do
        let parameters = flat.AsSpan().Slice(tensor.Offset, tensor.Length)

        if
            not (
                MemoryMarshal.AsBytes(parameters).SequenceEqual(MemoryMarshal.AsBytes(Span<'T>.op_Implicit memory.Span))
            )
        then
            failtestf "%s is not where the caller has it%s" tensor.Name problem.Text

        let outside =
            array |> Seq.filter (fun x -> x.Equals('T.CreateTruncating 777)) |> Seq.length

        if outside < 40 then
            failtestf "something was written beside %s%s" tensor.Name problem.Text

let private one = Execution(Threads = 1)
// Threads share from the first step on: whether that pays is found out by steps that are timed.
let private two = Execution(Threads = 2, AlwaysShares = true)
let private blocks = Execution(Threads = 1, Fuse = false)

let private plain (specimen: Specimens.Specimen) =
    for length in lengthsOf specimen do
        let problem =
            Problems.fixed' specimen.Optimizer (layoutFor specimen length) 3 (9000 + length)

        stepsAlike<float> false one problem
        stepsAlike<float32> false one problem

let private onTensors (specimen: Specimens.Specimen) =
    let problem =
        Problems.fixed' specimen.Optimizer (Problems.tensorsFor specimen.Optimizer) 8 9500

    for isMasked in [ false; true ] do
        for execution in [ one; two; blocks ] do
            stepsAlike<float> isMasked execution problem
            stepsAlike<float32> isMasked execution problem

let private onLarge (specimen: Specimens.Specimen) =
    let problem =
        Problems.fixed'
            specimen.Optimizer
            (if Problems.needsMatrices specimen.Optimizer then
                 largeMatrices
             else
                 large)
            3
            9700

    stepsAlike<float32> false two problem
    stepsAlike<float> true one problem

/// Chunks of a norm (16,384 elements) whose parts are around 512 elements on average, below which a chunk is gathered, and above which
/// large parts are read where they are; borders before, at and behind whole 32 elements.
let private onManySizes seed =
    let random = Random(seed: int)

    let size () =
        match random.Next 4 with
        | 0 -> random.Next(1, 40)
        | 1 -> 32 * random.Next(1, 40)
        | _ -> random.Next(400, 2000)

    let rec grow (layout: Layout) =
        if layout.Length > 36_000 then
            layout
        else
            grow (layout.Add($"t{layout.Tensors.Count}", size ()))

    let problem =
        Problems.fixed' (Optimizer.Parse "sgd 0.1 |> clip 1.0") (grow Layout.Empty) 2 seed

    stepsAlike<float> false one problem
    stepsAlike<float32> false two problem

/// Tensors of every number of elements from 0 to 130 in any order, few of them most often: seams at every element of a register, of two
/// tensors and of more, behind whole registers and none, and borders of chunks between them.
let private onManySmall seed =
    let random = Random(seed: int)

    let sizes = [|
        yield! [ 0..130 ]
        for _ in 1..400 -> random.Next(1, (if random.Next 2 = 0 then 12 else 100))
    |]

    random.Shuffle sizes

    let layout =
        (Layout.Empty, Seq.indexed sizes)
        ||> Seq.fold (fun layout (i, size) -> layout.Add($"t{i}", size))

    for text in [ "sgd 0.1 |> momentum 0.9"; "adam 0.1 |> clip 1.0"; "sgd 0.1 |> clip 1.0" ] do
        let problem = Problems.fixed' (Optimizer.Parse text) layout 3 seed
        stepsAlike<float> false one problem
        stepsAlike<float32> false one problem
        stepsAlike<float> true two problem
        stepsAlike<float32> true two problem

let private allocatesNothing (specimen: Specimens.Specimen) =
    let problem =
        Problems.fixed' specimen.Optimizer (Problems.tensorsFor specimen.Optimizer) 4 9800

    let layout = problem.Layout
    let split (values: float[]) = [| for tensor in layout.Tensors -> values[tensor.Offset .. tensor.End - 1] |]
    use session = problem.Optimizer.Plan<float>(layout).Bind(split problem.Start)
    let gradients = split problem.Gradients[0]
    let all: (float[] | null)[] = [| for gradient in gradients -> gradient |]

    let some: (float[] | null)[] = [|
        for i, gradient in Array.indexed gradients -> if i % 3 = 1 then null else gradient
    |]

    let steps count =
        for i in 1..count do
            session.Step((if i % 2 = 0 then all else some), 1.0, atPoint = true) |> ignore

    steps 40
    let bytes = Allocation.ofSteps (fun () -> steps 100)

    if bytes <> 0L then
        failtestf "%d bytes in 100 steps%s" bytes problem.Text

[<Tests>]
let tests =
    testList "bound" [
        testList "same bits, at every length" (specimens plain)
        testList "same bits, on tensors, with and without a gradient for each" (specimens onTensors)
        testList "same bits, on large tensors" (specimens onLarge)
        testList "same bits, norms over tensors of many sizes" [
            for seed in 1..12 -> testCase $"layout {seed}" (fun () -> onManySizes seed)
        ]
        testList "same bits, on many small tensors" [
            for seed in 1..6 -> testCase $"layout {seed}" (fun () -> onManySmall seed)
        ]
        testList "allocates nothing" (specimens allocatesNothing)
    ]
