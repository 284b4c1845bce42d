/// Runs on ranks beside a session of one on the mean of their gradients.
module OptCore.Tests.OnRanks

open System
open System.Numerics
open Expecto
open OptCore

let parts = 8
let steps = 5

/// With matrices, a tensor without elements, a scalar; small, and large enough that norms have several chunks.
let layouts =
    let make scale =
        Layout.Of [
            struct ("w1", [| 3 * scale; 4 * scale |])
            struct ("b1", [| 4 * scale |])
            struct ("e", [| 0 |])
            struct ("w2", [| 4 * scale; 2; 5 |])
            struct ("s", [||])
            struct ("b2", [| 7 |])
        ]

    [
        "small", make 1
        "large", make 45
        "matrices", Layout.Of [ struct ("w1", [| 8; 6 |]); struct ("w2", [| 6; 3 |]) ]
        "plain", Layout.Plain 70_000
    ]

/// Ranks that make an exchange where it begins, as those do that know nothing of exchanges under way.
type InTurn(ranks: ICollectives) =
    interface ICollectives with
        member _.Rank = ranks.Rank
        member _.Size = ranks.Size

        member _.Exchange(send, sendPieces, receive, receivePieces) =
            ranks.Exchange(send, sendPieces, receive, receivePieces)

        member _.AllGather(vector, pieces) = ranks.AllGather(vector, pieces)
        member _.Broadcast(values, root) = ranks.Broadcast(values, root)
        member _.Barrier() = ranks.Barrier()
        member _.Abort message = ranks.Abort message

/// Runs for one number type.
type On<'T
    when 'T: unmanaged
    and 'T: struct
    and 'T: equality
    and 'T: (new: unit -> 'T)
    and 'T :> ValueType
    and 'T :> IBinaryFloatingPointIeee754<'T>> =

    static member Number(x: float) : 'T = 'T.CreateTruncating x

    /// A part's loss and gradient: numbers of the part and the step, and something of the point.
    static member Evaluate(bad: bool, step: int, part: int, point: 'T[]) =
        let noise i =
            float ((part * 7919 + step * 104_729 + i * 31) % 1009) / 1009.0 - 0.5

        let gradient = point |> Array.mapi (fun i p -> On<'T>.Number(noise i) + p)

        if bad && step = 2 && part = 3 && gradient.Length > 2 then
            gradient[gradient.Length - 2] <- 'T.NaN

        noise 17, gradient

    /// Eight parts summed pairwise, three times: what the tree is for eight.
    static member Mean(all: (float * 'T[])[]) =
        let rec fold (all: (float * 'T[])[]) =
            if all.Length = 1 then
                all[0]
            else
                all
                |> Array.chunkBySize 2
                |> Array.map (fun pair ->
                    let (a, u), (b, v) = pair[0], pair[1]
                    a + b, Array.map2 (fun (x: 'T) (y: 'T) -> x + y) u v)
                |> fold

        let loss, sum = fold all
        loss / float parts, Array.map (fun (x: 'T) -> x / On<'T>.Number(float parts)) sum

    static member Origin(length: int) : 'T[] =
        let random = Random 7
        Array.init length (fun _ -> On<'T>.Number(random.NextDouble() - 0.4))

    /// The steps of a session of one.
    static member Alone(plan: Plan<'T>, bad: bool) =
        let session = plan.Start(On<'T>.Origin plan.Layout.Length)

        let outcomes = [
            for step in 0 .. steps - 1 do
                let at (point: 'T[]) =
                    On<'T>.Mean(Array.init parts (fun part -> On<'T>.Evaluate(bad, step, part, point)))

                let point: 'T[] = Array.zeroCreate plan.Layout.Length

                let loss, gradient =
                    match plan.Probes with
                    | 0 -> at (session.AsSpan().ToArray())
                    | 1 ->
                        session.Point point
                        at point
                    | _ ->
                        let first = snd (at (session.AsSpan().ToArray()))
                        session.Point(first, point)
                        at point

                session.Step(gradient, loss)
        ]

        session.Snapshot(), outcomes

    /// The part of a step.
    static member Part(bad, step) =
        PartGradient<'T>(fun part point gradient ->
            let loss, values = On<'T>.Evaluate(bad, step, part, point.ToArray())
            values.AsSpan().CopyTo gradient
            loss)

    static member OnRanks(plan: Plan<'T>, bad: bool, size: int) =
        ThreadRanks.Run(
            size,
            Func<ICollectives, State<'T> * StepOutcome list * 'T[]>(fun ranks ->
                use session = plan.Start(ranks, On<'T>.Origin plan.Layout.Length, parts)
                let outcomes = [ for step in 0 .. steps - 1 -> session.Step(On<'T>.Part(bad, step)) ]
                session.Gather(), outcomes, session.AsSpan().ToArray())
        )

    static member Same(plan: Plan<'T>, bad: bool, sizes: int list) =
        let state, outcomes = On<'T>.Alone(plan, bad)

        for size in sizes do
            for gathered, happened, parameters in On<'T>.OnRanks(plan, bad, size) do
                Expect.isTrue (gathered.Equals state) $"state on {size} ranks"
                Expect.equal happened outcomes $"outcomes on {size} ranks"
                Expect.equal parameters (state.ToArray()) $"parameters on {size} ranks"

    /// A plan, where the optimizer can be planned for the layout and steps on a gradient alone.
    static member Planned(optimizer: Optimizer, layout: Layout) =
        try
            let plan = optimizer.Plan<'T>(layout, Execution(Threads = 1))
            On<'T>.Alone(plan, false) |> ignore
            Some plan
        with
        | :? ArgumentException
        | :? InvalidOperationException -> None

let one = Execution(Threads = 1)

let double (text: string) (layout: Layout) =
    (Optimizer.Parse text).Plan<float>(layout, one)
