namespace OptDsl

open System
open System.Numerics
open OptCore

/// <summary>
/// One optimizer on many ranks. Every rank calls the same words in the same order: those that take ranks or a session of several talk
/// to the others. <c>docs/cluster.md</c> has programs.
/// </summary>
module Ranks =

    /// <summary>A job of one rank.</summary>
    let alone: ICollectives = Alone.Instance

    /// <summary>
    /// Runs a function on so many ranks that are threads of this process, and returns what each returns:
    /// <c>Ranks.threads 4 (fun ranks -> …)</c>. Same bits as on as many machines.
    /// </summary>
    let threads (size: int) (work: ICollectives -> 'Result) : 'Result[] =
        ThreadRanks.Run(size, Func<ICollectives, 'Result> work)

    /// <summary>
    /// Starts stepping: each rank steps its share of the parameters with its share of the slots. The start of rank 0 counts for all.
    /// Gradients are the mean of one part for each rank; <c>reproducible</c> gives the same bits on any number of ranks.
    /// </summary>
    let start (ranks: ICollectives) (parameters: 'T[]) (plan: Plan<'T>) : DistributedSession<'T> =
        plan.Start(ranks, ReadOnlySpan<'T> parameters)

    /// <summary>
    /// Starts stepping on gradients that are the mean of k parts, summed in a fixed tree: with the same k the same bits on any number of
    /// ranks up to k. <c>adam 0.001 |> plan layout |> Ranks.reproducible 8 ranks parameters</c>
    /// </summary>
    let reproducible (parts: int) (ranks: ICollectives) (parameters: 'T[]) (plan: Plan<'T>) : DistributedSession<'T> =
        plan.Start(ranks, ReadOnlySpan<'T> parameters, parts)

    /// <summary>
    /// Starts stepping in the caller's memory, every rank in its replica of a model: one array for every tensor of the plan's layout. They
    /// become those of rank 0, and are the same on all ranks behind every step.
    /// <c>plan layout (adam 0.001) |> Ranks.bind ranks [ w; b ]</c>, then <c>session |> Ranks.stepWith [ gw; gb ]</c>.
    /// </summary>
    let bind<'T
        when 'T: unmanaged
        and 'T: struct
        and 'T: (new: unit -> 'T)
        and 'T :> ValueType
        and 'T :> IBinaryFloatingPointIeee754<'T>>
        (ranks: ICollectives)
        (tensors: seq<'T[]>)
        (plan: Plan<'T>)
        : DistributedBoundSession<'T> =
        plan.Bind(ranks, Seq.toArray tensors)

    /// <summary>One step with the gradients of this rank's samples, one array for every tensor.</summary>
    let stepWith<'T
        when 'T: unmanaged
        and 'T: struct
        and 'T: (new: unit -> 'T)
        and 'T :> ValueType
        and 'T :> IBinaryFloatingPointIeee754<'T>>
        (gradients: seq<'T[]>)
        (session: DistributedBoundSession<'T>)
        : StepOutcome =
        session.Step(ReadOnlySpan [| for gradient in gradients -> TensorBlock<'T>.op_Implicit(gradient: 'T[]) |])

    /// <summary>One step on an objective that gives the same numbers on all ranks, such as one of <c>share</c>.</summary>
    let stepOn (objective: IObjective) (session: DistributedSession<'T>) : StepOutcome = session.Step objective

    /// <summary>As <c>stepOn</c>, with the report that a session of one would give.</summary>
    let reportOn (objective: IObjective) (session: DistributedSession<'T>) : StepReport = session.StepReported objective

    /// <summary>One step on the next batch, of which each rank evaluates its parts.</summary>
    let step (batches: MiniBatches) (session: DistributedSession<'T>) : StepOutcome = session.Step batches

    /// <summary>
    /// Batches whose samples the ranks share, in so many parts (0: one for each rank), as an objective for <c>minimize</c>: every rank
    /// gets the same result. <c>adam 0.01 |> minimize 500 (batches |> Ranks.share 8 ranks) start</c>
    /// </summary>
    let share (parts: int) (ranks: ICollectives) (batches: MiniBatches) : IObjective =
        SharedObjective(ranks, batches, parts)

    /// <summary>Stores the state of a session, each rank its share, under the name of a manifest.</summary>
    let save (file: string) (session: DistributedSession<'T>) : unit = ShardedCheckpoint.Save(session, file)

    /// <summary>Goes on from a file of <c>save</c>, on any number of ranks: the same bits.</summary>
    let resume (ranks: ICollectives) (file: string) (plan: Plan<'T>) : DistributedSession<'T> =
        ShardedCheckpoint.Resume(plan, ranks, file)

    /// <summary>
    /// Goes on from a file of <c>save</c> in the caller's memory, every rank in its replica of a model: the arrays receive the parameters.
    /// <c>plan layout (adam 0.001) |> Ranks.bindFrom ranks "run.safetensors" [ w; b ]</c>, then as with <c>bind</c>.
    /// </summary>
    let bindFrom<'T
        when 'T: unmanaged
        and 'T: struct
        and 'T: (new: unit -> 'T)
        and 'T :> ValueType
        and 'T :> IBinaryFloatingPointIeee754<'T>>
        (ranks: ICollectives)
        (file: string)
        (tensors: seq<'T[]>)
        (plan: Plan<'T>)
        : DistributedBoundSession<'T> =
        let blocks = [| for tensor in tensors -> TensorBlock<'T>.op_Implicit(tensor: 'T[]) |]
        ShardedCheckpoint.Resume(plan, ranks, ReadOnlySpan blocks, file)
