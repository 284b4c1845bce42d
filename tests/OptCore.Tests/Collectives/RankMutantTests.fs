/// The laws of ranks, and for each of them ranks, shares or checkpoints that are wrong: the law notices.
module OptCore.Tests.RankMutantTests

open System
open System.IO
open Expecto
open OptCore
open UserStage

let private parts = 8
let private steps = 6
let private small = Layout.Empty.Add("w", 40, 23).Add("b", 23)

/// Two and three shares of it have several blocks.
let private large = Layout.Empty.Add("w", 900, 230).Add("b", 230)

let private planOf (layout: Layout) (text: string) : Plan<float> =
    (Optimizer.Parse text).Plan<float>(layout, Execution(Threads = 1))

let private originOf (layout: Layout) =
    Array.init layout.Length (fun i -> float ((i * 7919) % 1009) / 1009.0 - 0.5)

/// A part of a step's gradient, and its loss: they do not go down, and in step 2 part 3 has a number that is none.
let private part (isBad: bool) (step: int) =
    PartGradient<float>(fun part point gradient ->
        for i in 0 .. point.Length - 1 do
            gradient[i] <- point[i] + float ((part * 7919 + step * 104_729 + i * 31) % 1013) / 1013.0 - 0.5

        if isBad && step = 2 && part = 3 then
            gradient[gradient.Length - 2] <- nan

        float (part * part) + 1.0 / float (1 + step))

/// What is looked at of a run on ranks: the state, and what every rank has seen.
type private Seen = {
    State: State<float>
    Outcomes: StepOutcome list
    Losses: float list
    Parameters: float[]
}

let private run layout (text: string) isBad size (wrap: ICollectives -> ICollectives) =
    ThreadRanks.Run(
        size,
        Func<ICollectives, Seen>(fun ranks ->
            use session =
                (planOf layout text).Start(wrap ranks, ReadOnlySpan(originOf layout), parts)

            let seen = [
                for step in 0 .. steps - 1 ->
                    let outcome = session.Step(part isBad step)
                    outcome, session.Loss
            ]

            {
                State = session.Gather()
                Outcomes = List.map fst seen
                Losses = List.map snd seen
                Parameters = session.AsSpan().ToArray()
            })
    )

/// The steps of a session of one on the mean of the eight parts, added in pairs.
let private alone layout (text: string) isBad =
    let session = (planOf layout text).Start(ReadOnlySpan(originOf layout))

    for step in 0 .. steps - 1 do
        let point = session.AsSpan().ToArray()

        let all =
            Array.init parts (fun number ->
                let gradient = Array.zeroCreate<float> layout.Length
                let loss = (part isBad step).Invoke(number, ReadOnlySpan point, gradient.AsSpan())
                loss, gradient)

        let add (a, u) (b, v) = a + b, Array.map2 (+) u v

        let pairs (all: (float * float[])[]) =
            all |> Array.chunkBySize 2 |> Array.map (Array.reduce add)

        let loss, sum = (all |> pairs |> pairs |> pairs)[0]

        session.Step(ReadOnlySpan(sum |> Array.map (fun x -> x / float parts)), loss / float parts)
        |> ignore

    session.Snapshot()

let private adam = "adam 0.01 |> clip 0.5 |> average 0.9"

/// Stepped as blocks of the mean come.
let private blocks = "adam 0.01 |> average 0.9"

/// The same bits on 1, 2, 3, 4 and 8 ranks.
let private sameBits wrap =
    let states = [
        for size in [ 1; 2; 3; 4; 8 ] -> (run small adam false size wrap |> Array.head).State
    ]

    states |> List.forall states[0].Equals

/// On every rank the state and the parameters of a session of one.
let private likeAlone layout (text: string) wrap =
    let expected = alone layout text false

    [ 2; 3 ]
    |> List.forall (fun size ->
        run layout text false size wrap
        |> Array.forall (fun seen -> seen.State.Equals expected && seen.Parameters = expected.ToArray()))

/// All ranks draw the same conclusions from losses, and refuse the same gradients: those that a session of one does.
let private sameDecisions wrap =
    let text = "sgd 0.1 |> skipNonFinite 3 |> plateau 1 0.5"
    let expected = alone small text true

    [ 2; 4 ]
    |> List.forall (fun size ->
        let seen = run small text true size wrap

        seen
        |> Array.forall (fun one ->
            one.Outcomes = seen[0].Outcomes
            && List.forall2 (fun (a: float) b -> a.Equals b) one.Losses seen[0].Losses
            && List.contains StepOutcome.Skipped one.Outcomes
            && one.State.Equals expected))

type private Resume = Plan<float> -> ICollectives -> string -> DistributedSession<float>

let private resumed: Resume =
    fun plan ranks file -> ShardedCheckpoint.Resume(plan, ranks, file)

/// Three steps on two ranks, stored, and three on three ranks: six steps.
let private goesOn (resume: Resume) =
    let folder = Directory.CreateTempSubdirectory "ranks"

    try
        let file = Path.Combine(folder.FullName, "run")
        let plan = planOf small adam

        ThreadRanks.Run(
            2,
            Action<ICollectives>(fun ranks ->
                use session = plan.Start(ranks, ReadOnlySpan(originOf small), parts)

                for step in 0 .. steps / 2 - 1 do
                    session.Step(part false step) |> ignore

                ShardedCheckpoint.Save(session, file))
        )

        let states =
            ThreadRanks.Run(
                3,
                Func<ICollectives, State<float>>(fun ranks ->
                    use session = resume plan ranks file

                    for step in steps / 2 .. steps - 1 do
                        session.Step(part false step) |> ignore

                    session.Gather())
            )

        let expected = alone small adam false
        states |> Array.forall expected.Equals
    finally
        folder.Delete true

/// A law that cannot even be tried does not hold.
let private holds (law: 'Way -> bool) (way: 'Way) =
    try
        law way
    with
    | :? CollectiveException
    | :? ArgumentException -> false

let private wrong fault (ranks: ICollectives) : ICollectives = WrongRanks(ranks, fault)

let private killed (name: string) (law: 'Way -> bool) (right: 'Way) (mutants: (string * 'Way) list) =
    testList name [
        testCase "holds" (fun () -> Expect.isTrue (holds law right) "the law")
        for mutant, way in mutants do
            testCase $"is broken: {mutant}" (fun () -> Expect.isFalse (holds law way) "the mutant lives")
    ]

[<Tests>]
let tests =
    testList "laws of ranks" [
        killed "the same bits on 1, 2, 3, 4, 8 ranks" sameBits (wrong RankFault.None) [
            "what two ranks send is mixed up", wrong RankFault.MixesUpSenders
            "ranks send floats", wrong RankFault.SendsFloats
        ]
        for text in [ adam; blocks ] do
            killed $"sharded = alone: {text}" (likeAlone small text) (wrong RankFault.None) [
                "the share of the last rank does not come back", wrong RankFault.LosesLastShare
                "ranks send floats", wrong RankFault.SendsFloats
                "an exchange under way is taken for ended", wrong RankFault.EndsTooEarly
            ]
        killed $"sharded = alone, several blocks: {blocks}" (likeAlone large blocks) (wrong RankFault.None) [
            "what became of a block does not come back", wrong RankFault.LosesBlocks
            "ranks send floats", wrong RankFault.SendsFloats
            "an exchange under way is taken for ended", wrong RankFault.EndsTooEarly
        ]
        killed "decisions are the same on all ranks" sameDecisions (wrong RankFault.None) [
            "a rank hears its own losses only", wrong RankFault.HearsItselfOnly
            "what is not finite is found by its rank only", wrong RankFault.FindsAlone
        ]
        killed "a checkpoint goes on on another number of ranks" goesOn resumed [
            "slots and time begin anew",
            (fun plan ranks file -> plan.Start(ranks, ShardedCheckpoint.Load(plan, file).AsSpan(), parts))
            "the number of parts is forgotten",
            (fun plan ranks file -> ShardedCheckpoint.Resume(plan, ranks, file, ranks.Size))
            "slots begin anew, time goes on",
            (fun plan ranks file ->
                let state = ShardedCheckpoint.Load(plan, file)
                let fresh = plan.Init(state.AsSpan())
                let slots = [ for slot in fresh.Slots -> fresh.Read slot.Name ]
                plan.Resume(ranks, plan.Restore(state.Step, state.AsSpan(), slots), parts))
        ]
    ]
