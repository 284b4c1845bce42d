/// What ranks refuse before anybody waits, on all of them and with the same words; and what holds where an argument is not given.
module OptCore.Tests.RankRefusalTests

open System
open System.Reflection
open System.Runtime.InteropServices
open Expecto
open OptCore
open OptModels
open OptCore.Tests.OnRanks
open OptCore.Tests.BadInput.Refusals

let private layout = Layout.Empty.Add("w", 4, 3).Add("b", 5)
let private start = Array.init layout.Length (fun i -> float (i % 5) / 4.0 - 0.5)
let private split (values: float[]) = [| values[..11]; values[12..] |]
let private blocks (values: float[]) = [| for one in split values -> TensorBlock<float>.op_Implicit one |]

let private onRanks (size: int) (work: ICollectives -> unit) =
    ThreadRanks.Run(size, Action<ICollectives> work)

/// Numbers outside the collector's memory.
type private Unmanaged(values: float[]) =
    inherit SafeHandle(Marshal.AllocHGlobal(8 * values.Length), true)
    do Marshal.Copy(values, 0, base.DangerousGetHandle(), values.Length)
    override this.IsInvalid = this.handle = 0n

    override this.ReleaseHandle() =
        Marshal.FreeHGlobal this.handle
        true

let private starts =
    testList "a start" [
        testCase "of another length" (fun () ->
            let plan = double "sgd 0.1" layout

            for length in [ 0; 16; 18 ] do
                let wrong = Array.zeroCreate<float> length

                argument [ $"parameters has {length} elements"; "has 17" ] (fun () ->
                    plan.Start(Alone.Instance, ReadOnlySpan wrong)))

        testCase
            "with a number that is none, of rank 0 alone: on all ranks, by its place in all of the vector"
            (fun () ->
                let plan = double "sgd 0.1" layout

                for size in [ 1; 2; 3 ] do
                    for at in [ 0; 7; 16 ] do
                        for value in [ nan; infinity ] do
                            onRanks size (fun ranks ->
                                let own = Array.copy start

                                if ranks.Rank = 0 then
                                    own[at] <- value

                                let words = [ $"parameters[{at}] = {text value}; expected finite numbers." ]
                                argument words (fun () -> plan.Start(ranks, ReadOnlySpan own))
                                argument words (fun () -> plan.Bind(ranks, ReadOnlySpan(blocks own)))
                                argument words (fun () -> plan.Bind(ranks, split own)))

                    // What the others have does not count.
                    onRanks size (fun ranks ->
                        let own = if ranks.Rank = 0 then start else Array.create 17 nan
                        use session = plan.Start(ranks, ReadOnlySpan own)
                        Expect.equal (session.AsSpan().ToArray()) start "that of rank 0"
                        let tensors = split own
                        use bound = plan.Bind(ranks, tensors)
                        Expect.equal (Array.concat tensors) start "in the caller's memory"))

        testCase "from a state of another plan" (fun () ->
            let plan = double "adam 0.1" layout

            for other in [ double "adam 0.2" layout; double "adam 0.1" (Layout.Plain 17) ] do
                let state = other.Init(ReadOnlySpan start)
                let words = [ "state belongs to another plan" ]
                argument words (fun () -> plan.Resume(Alone.Instance, state))
                argument words (fun () -> plan.Bind(Alone.Instance, ReadOnlySpan(blocks start), state))
                argument words (fun () -> plan.Bind(Alone.Instance, split start, state)))

        testCase
            "in memory whose owner counts who holds it: refused, it holds nothing, and a session until its end"
            (fun () ->
                let plan = double "sgd 0.1" layout

                for size in [ 1; 2 ] do
                    for value in [ nan; 0.5 ] do
                        onRanks size (fun ranks ->
                            let owner = new Unmanaged(Array.create 12 value)
                            let native = NativeBlock<float>.Of(owner.DangerousGetHandle(), 12, owner)
                            let other = TensorBlock<float>.op_Implicit(Array.create 5 0.5)
                            let tensors = [| TensorBlock<float>.op_Implicit native; other |]

                            if Double.IsNaN value then
                                argument [ "parameters[0] = NaN" ] (fun () -> plan.Bind(ranks, ReadOnlySpan tensors))
                                owner.Dispose()
                            else
                                let session = plan.Bind(ranks, ReadOnlySpan tensors)
                                owner.Dispose()
                                Expect.isFalse owner.IsClosed "the session holds it"
                                session.Dispose()

                            Expect.isTrue owner.IsClosed $"{value} on {size}: nobody holds it"))

        testCase "without anybody to start with" (fun () ->
            let isNull (name: string) (action: unit -> 'T) =
                match caught action with
                | :? ArgumentNullException as e -> Expect.equal e.ParamName name "the parameter"
                | e -> failtestf "%O" e

            isNull "tensors" (fun () -> (double "sgd 0.1" layout).Bind(Alone.Instance, nothing<float[][]>, nothing))

            use bound = (double "sgd 0.1" layout).Bind(Alone.Instance, split start)
            isNull "gradients" (fun () -> bound.Step(nothing<(float[] | null)[]>))
            isNull "gradients" (fun () -> bound.StepReported(nothing<(float[] | null)[]>))

            isNull "gradients" (fun () ->
                bound.Step(nothing<System.Collections.Generic.IReadOnlyDictionary<string, float[]>>))

            Expect.equal (bound.StepCount, bound.Session.AsSpan().ToArray()) (0L, start) "nothing is done")
    ]

let private objectives =
    testList "an objective" [
        testCase "of another dimension, or another one in every step along a line" (fun () ->
            let other = FunctionObjective.OfArrays(2, (fun _ -> 0.0), Array.copy)

            let batches =
                MiniBatches(LeastSquares(Array2D.create 4 17 1.0, Array.zeroCreate 4), 2)

            for text in [ "sgd 0.1"; "lamb 0.01 0.1"; "lbfgs 2 0.1" ] do
                for size in [ 1; 2 ] do
                    onRanks size (fun ranks ->
                        use session = (double text layout).Start(ranks, ReadOnlySpan start)
                        let words = [ $"{(other :> IObjective).Name} has 2 parameters; the layout"; "has 17" ]
                        argument words (fun () -> session.Step(other: IObjective))
                        argument words (fun () -> session.StepReported(other: IObjective))
                        Expect.equal (session.StepCount, session.AsSpan().ToArray()) (0L, start) "nothing is done")

            for size in [ 1; 2 ] do
                onRanks size (fun ranks ->
                    use session =
                        (double "lbfgs 2 1.0 |> wolfe" layout).Start(ranks, ReadOnlySpan start)

                    let words = [ "is another function in every step"; "Hand in the whole sum" ]
                    argument words (fun () -> session.Step(batches: IObjective))
                    argument words (fun () -> session.StepReported(batches: IObjective))
                    Expect.equal (session.StepCount, session.AsSpan().ToArray()) (0L, start) "nothing is done"))
    ]

/// The default of an optional argument, as callers compile it in.
let private byDefault (of': Type) (method: string) (argument: string) =
    of'.GetMember(method, BindingFlags.Public ||| BindingFlags.Static ||| BindingFlags.Instance)
    |> Array.collect (fun found -> (found :?> MethodBase).GetParameters())
    |> Array.filter (fun parameter -> parameter.Name = argument && parameter.IsOptional)
    |> Array.map _.DefaultValue
    |> Array.distinct

let private defaults =
    testList "what is not given" [
        testCase "parts: one for each rank" (fun () ->
            let plan = double "sgd 0.1" layout
            let file = IO.Path.GetTempFileName()

            try
                Checkpoint.Save(plan.Init(ReadOnlySpan start), file)

                for of', method in
                    [
                        typeof<Plan<float>>, "Start"
                        typeof<Plan<float>>, "Resume"
                        typeof<SharedObjective>, ".ctor"
                        typeof<ShardedCheckpoint>, "Resume"
                    ] do
                    Expect.equal (byDefault of' method "parts") [| box 0 |] $"{of'.Name}.{method}"

                onRanks 3 (fun ranks ->
                    use started = plan.Start(ranks, ReadOnlySpan start)
                    use resumed = plan.Resume(ranks, plan.Init(ReadOnlySpan start))
                    use loaded = ShardedCheckpoint.Resume(plan, ranks, file)
                    let sum = LeastSquares(Array2D.create 4 2 1.0, Array.zeroCreate 4)

                    Expect.equal
                        [
                            started.Parts
                            resumed.Parts
                            loaded.Parts
                            SharedObjective(ranks, sum).Parts
                            SharedObjective(ranks, MiniBatches(sum, 2)).Parts
                        ]
                        [ 3; 3; 3; 3; 3 ]
                        "parts")
            finally
                IO.File.Delete file)

        testCase "a loss: there is none" (fun () ->
            for of' in [ typeof<DistributedSession<float>>; typeof<DistributedBoundSession<float>> ] do
                for method in [ "Step"; "StepReported" ] do
                    Expect.equal
                        (byDefault of' method "loss" |> Array.map text |> Array.distinct)
                        [| "NaN" |]
                        $"{of'.Name}.{method}"

            use session = (double "sgd 0.1" layout).Start(Alone.Instance, ReadOnlySpan start)
            session.Step(ReadOnlySpan start) |> ignore
            Expect.isTrue (Double.IsNaN session.Loss) "behind a step without one")
    ]

/// How an optimizer is shared, as docs/cluster.md says.
let private ways =
    testList "how an optimizer is shared" [
        for way, texts in
            [
                "by elements",
                [
                    "sgd 0.1"
                    "adam 0.01 |> clip 1.0"
                    // Rules on the whole vector, and quantities over everything.
                    "sgd 0.1 |> l1Ball 2.0"
                    "adam 0.01 |> ball 1.0"
                    "sgd 0.1 |> noise 0.01 0.5 7"
                    "sgd 0.1 |> simplex 1.0"
                    "adam 0.01 |> clip 1.0 |> average 0.9 |> l1Ball 2.0"
                ]
                "by tensors",
                [
                    "lamb 0.01 0.1"
                    "adafactor 0.01"
                    "novoGrad 0.01"
                    "sgd 0.1 |> trustRatio"
                    "adam 0.01 |> trustRatio |> l1Ball 2.0"
                    // Of tensors with slots of their own a norm over everything is no rule on the vector.
                    "adafactor 0.01 |> ball 2.0"
                    "novoGrad 0.01 |> momentum 0.9"
                ]
                "not at all",
                [
                    "adafactor 0.01 |> l1Ball 2.0"
                    "adafactor 0.01 |> simplex 1.0"
                    "partition [\"w\", adafactor 0.01; \"*\", sgd 0.1] |> l1Ball 2.0"
                ]
            ] do
            for text in texts do
                testCase $"{text}: {way}" (fun () ->
                    onRanks 2 (fun ranks ->
                        use session = (double text layout).Start(ranks, ReadOnlySpan start)
                        Expect.stringContains (session.Describe()) $"\nshared    {way}" "the way"))

        testCase "one function on spans among other stages: not at all, and the bits of one rank" (fun () ->
            let turned = {
                new ISpanStage with
                    member _.Phase = Phase.Update
                    member _.Equation = "u_i = u_(n−1−i)"
                    member _.Apply step = step.Update.Reverse()
            }

            let plan =
                (Optimizer.Parse "adam 0.1 |> clip 1.0").With(turned).Average(0.9).Plan<float>(layout, one)

            On<float>.Same(plan, false, [ 1; 2; 3 ])

            onRanks 2 (fun ranks ->
                use session = plan.Start(ranks, ReadOnlySpan start)
                Expect.stringContains (session.Describe()) "shared    not at all" "the way"
                Expect.equal session.Own (Piece(0, 17)) "everything"))

        testCase "what each rank has, and what it holds" (fun () ->
            // The parameters of all and two shares of them (parameters, momentum), 8 bytes each; alone the share is all.
            for text, size, shared in
                [
                    "sgd 0.1 |> momentum 0.9", 1, [ 0, 17, 2 * 17 ]
                    "sgd 0.1 |> momentum 0.9", 2, [ 0, 8, 17 + 2 * 8; 8, 17, 17 + 2 * 9 ]
                    "lamb 0.01 0.1", 2, [ 0, 12, 17 + 3 * 12; 12, 17, 17 + 3 * 5 ]
                ] do
                onRanks size (fun ranks ->
                    use session = (double text layout).Start(ranks, ReadOnlySpan start)
                    let first, next, numbers = shared[ranks.Rank]
                    let lines = session.Describe().Split('\n')
                    Expect.equal session.Own (Piece(first, next - first)) "its own"

                    Expect.contains
                        lines
                        $"here      elements {first} … {next} of 17, parts {ranks.Rank} … {ranks.Rank + 1} of {size}"
                        "which"

                    Expect.contains lines $"memory    {8 * numbers} bytes of parameters and slots" "how much"))
    ]

[<Tests>]
let tests = testList "ranks refuse" [ starts; objectives; defaults; ways ]
