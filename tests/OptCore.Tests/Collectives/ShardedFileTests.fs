/// The files of a checkpoint of many ranks: which are read, which are left behind when a rank cannot write, what a manifest may say.
module OptCore.Tests.ShardedFileTests

open System
open System.IO
open Expecto
open OptCore
open OptCore.Tests.OnRanks
open OptCore.Tests.BadInput.Refusals
open OptCore.Tests.Checkpoints.Published

let private layout = Layout.Empty.Add("w", 4, 3).Add("b", 5)
let private start = Array.init layout.Length (fun i -> float (i % 5) / 4.0 - 0.5)

let private gradient (rank: int) =
    Array.init layout.Length (fun i -> float ((i * 7 + rank * 3) % 11) / 8.0 - 0.5)

let private onRanks (size: int) (work: ICollectives -> unit) =
    ThreadRanks.Run(size, Action<ICollectives> work)

let private within (work: string -> unit) =
    inFolder (fun folder -> work (Path.Combine(folder, "run")))

let private files (path: string) =
    match Path.GetDirectoryName path with
    | null -> []
    | folder ->
        [ for file in Directory.GetFileSystemEntries folder -> FileInfo(file).Name ]
        |> List.sort

/// The state behind so many steps, each with a gradient for each rank; stored by as many ranks.
let private save (plan: Plan<float>) (size: int) (steps: int) (parts: int) (path: string) =
    let states =
        ThreadRanks.Run(
            size,
            Func<ICollectives, State<float>>(fun ranks ->
                use session = plan.Start(ranks, ReadOnlySpan start, parts)

                for _ in 1..steps do
                    if parts = 0 || parts = size then
                        session.Step(ReadOnlySpan(gradient ranks.Rank), 1.0) |> ignore
                    else
                        session.Step(
                            PartGradient<float>(fun part _ into ->
                                (gradient part).AsSpan().CopyTo into
                                1.0)
                        )
                        |> ignore

                ShardedCheckpoint.Save(session, path)
                session.Gather())
        )

    states[0]

let private plan = double "adam 0.1 |> clip 1.0" layout

/// The share of a rank, of so many.
let private shareOf (path: string) (rank: int) (size: int) =
    files path
    |> List.find _.EndsWith($".{rank}of{size}.safetensors")
    |> fun name -> path.Substring(0, path.Length - 3) + name

/// A rank of many, whose others say and have what it says and has: enough to begin.
type private Echo(rank: int, size: int) =
    interface ICollectives with
        member _.Rank = rank
        member _.Size = size
        member _.Exchange(_, _, _, _) = failwith "nothing is exchanged"

        member _.AllGather(vector, pieces) =
            let own = pieces[rank]

            for piece in pieces do
                if piece.Length = own.Length then
                    vector.Slice(own.Start, own.Length).CopyTo(vector.Slice(piece.Start, piece.Length))

        member _.Broadcast(_, _) = ()
        member _.Barrier() = ()
        member _.Abort message = failwith message

let private parts =
    testList "parts" [
        testCase "a session that was told no number of parts leaves none: one for each rank that goes on" (fun () ->
            for writers in [ 1; 2; 3 ] do
                within (fun path ->
                    let state = save plan writers 2 0 path
                    Expect.equal (metadata "optdsl.parts" (read path)) "0" "not told"

                    for readers in [ 1; 2; 4 ] do
                        onRanks readers (fun ranks ->
                            use session = ShardedCheckpoint.Resume(plan, ranks, path)
                            Expect.equal session.Parts readers $"{writers} wrote, {readers} go on"
                            Expect.isTrue (session.Gather().Equals state) "the state")))

        testCase "a number that was told is gone on with, unless another one is told" (fun () ->
            for writers, parts in [ 1, 1; 1, 4; 2, 2; 2, 5 ] do
                within (fun path ->
                    save plan writers 2 parts path |> ignore
                    Expect.equal (metadata "optdsl.parts" (read path)) (string parts) "told"

                    for readers in [ 1; 2 ] do
                        onRanks readers (fun ranks ->
                            if readers <= parts then
                                use session = ShardedCheckpoint.Resume(plan, ranks, path)
                                Expect.equal session.Parts parts $"{writers} wrote, {readers} go on"
                            else
                                argument [ $"{parts} parts cannot be shared by {readers} ranks" ] (fun () ->
                                    ShardedCheckpoint.Resume(plan, ranks, path))

                            use other = ShardedCheckpoint.Resume(plan, ranks, path, 3)
                            Expect.equal other.Parts 3 "another one")))
    ]

let private reading =
    testList "which files are read" [
        testCase "those that a rank has a part of, and the first" (fun () ->
            within (fun path ->
                let state = save plan 4 3 0 path
                let shares = [ for rank in 0..3 -> shareOf path rank 4 ]
                let bytes = [ for share in shares -> File.ReadAllBytes share ]

                for rank in 0..3 do
                    for other in 0..3 do
                        if other <> 0 && other <> rank then
                            File.Delete shares[other]

                    use session = ShardedCheckpoint.Resume(plan, Echo(rank, 4), path)
                    let own = session.Own
                    Expect.equal own.Length (if rank = 0 || rank < 3 then 4 else 5) "a quarter"

                    Expect.equal
                        (session.AsSpan().Slice(own.Start, own.Length).ToArray())
                        ((state.ToArray())[own.Start .. own.End - 1])
                        $"what rank {rank} has"

                    Expect.equal session.StepCount 3L "time"
                    List.iter2 (fun (share: string) (all: byte[]) -> File.WriteAllBytes(share, all)) shares bytes))

        testCase "a manifest that was changed is refused" (fun () ->
            within (fun path ->
                save plan 2 12 0 path |> ignore
                let text = File.ReadAllText(path, Text.Encoding.Latin1)
                let step = "\"optdsl.step\":\"12\""
                Expect.stringContains text step "the step"
                File.WriteAllText(path, text.Replace(step, "\"optdsl.step\":\"13\""), Text.Encoding.Latin1)

                for read in
                    [
                        fun () -> ShardedCheckpoint.Load(plan, path) |> ignore
                        fun () -> Checkpoint.Load(plan, path) |> ignore
                        fun () -> ShardedCheckpoint.Resume(plan, Alone.Instance, path) |> ignore
                    ] do
                    match caught read with
                    | :? CheckpointException as e ->
                        Expect.equal e.Fault CheckpointFault.Checksum e.Message
                        Expect.stringStarts e.Message (Path.GetFullPath path + ": ") "which file"
                    | e -> failtestf "%O" e))

        testCase "a list of shares is one, or it is refused by what is wrong with it" (fun () ->
            within (fun path ->
                save (double "lamb 0.01 0.1" layout) 2 1 0 path |> ignore
                let content = read path
                let plan = double "lamb 0.01 0.1" layout
                let rows = (metadata "optdsl.shares" content).Split '\n' |> Array.map _.Split('\t')
                Expect.equal [ for row in rows -> row[1..2] ] [ [| "0"; "12" |]; [| "12"; "5" |] ] "as written"
                Expect.equal (metadata "optdsl.owners" content) "0 1" "as written"

                let shares change =
                    let changed = rows |> Array.map Array.copy |> change

                    content
                    |> withMetadata
                        "optdsl.shares"
                        (String.Join('\n', [ for row: string[] in changed -> String.Join('\t', row) ]))

                let set row place value (rows: string[][]) =
                    rows[row][place] <- value
                    rows

                for changed, words in
                    [
                        shares (set 0 0 ("../" + rows[0][0])), [ "the list of shares is malformed"; "../" ]
                        shares (set 1 0 ("x/" + rows[1][0])), [ "the list of shares is malformed"; "x/" ]
                        shares (Array.map (Array.truncate 3)), [ "the list of shares is malformed" ]
                        shares (Array.map (fun row -> Array.append row [| "1" |])),
                        [ "the list of shares is malformed" ]
                        shares (set 0 1 "none"), [ "\"none\" is no number" ]
                        shares (set 0 2 "-1"), [ "\"-1\" is no number" ]
                        shares (set 1 1 "1.5"), [ "\"1.5\" is no number" ]
                        shares (set 1 2 "6"), [ "the shares do not cover the layout" ]
                        shares (set 1 1 "11"), [ "the shares do not cover the layout" ]
                        shares (Array.truncate 1), [ "the shares do not cover the layout" ]
                        content |> withMetadata "optdsl.owners" "0 x", [ "\"x\" is no number" ]
                        content |> withMetadata "optdsl.owners" "0 2", [ "the shares do not cover the layout" ]
                        content |> withMetadata "optdsl.parts" "many", [ "\"many\" is no number" ]
                    ] do
                    File.WriteAllBytes(path, render changed)

                    match caught (fun () -> ShardedCheckpoint.Load(plan, path)) with
                    | :? CheckpointException as e ->
                        Expect.equal e.Fault CheckpointFault.Metadata e.Message

                        for word in words do
                            Expect.stringContains e.Message word "message"
                    | e -> failtestf "%O" e))
    ]

/// What a rank hears when one cannot write.
let private cannotWrite (size: int) (plan: Plan<float>) (path: int -> string) =
    let heard = Array.create<exn> size (exn "nothing")

    onRanks size (fun ranks ->
        use session = plan.Start(ranks, ReadOnlySpan start)
        session.Step(ReadOnlySpan(gradient ranks.Rank), 1.0) |> ignore
        heard[ranks.Rank] <- caught (fun () -> ShardedCheckpoint.Save(session, path ranks.Rank))
        // Nobody has ended: all go on.
        session.Step(ReadOnlySpan(gradient ranks.Rank), 1.0) |> ignore)

    [ for error in heard -> error.GetType(), error.Message ]

let private writing =
    testList "a rank that cannot write" [
        testCase "whichever it is, it is told to all of them, and nothing is left" (fun () ->
            for size in [ 1; 2; 3 ] do
                for bad in 0 .. size - 1 do
                    within (fun path ->
                        let nowhere = Path.Combine(path, "nowhere", "run")

                        for kind, message in cannotWrite size plan (fun rank -> if rank = bad then nowhere else path) do
                            Expect.equal kind typeof<IOException> "what"
                            Expect.stringStarts message $"Rank {bad} cannot write its share of a checkpoint: " "who"
                            Expect.stringContains message "nowhere" "why"

                        Expect.equal (files path) [] "nothing is left"))

        testCase "the first of several is told" (fun () ->
            within (fun path ->
                let nowhere = Path.Combine(path, "nowhere", "run")

                for kind, message in cannotWrite 3 plan (fun rank -> if rank > 0 then nowhere else path) do
                    Expect.equal kind typeof<IOException> "what"
                    Expect.stringStarts message "Rank 1 cannot write its share" "who"))

        testCase "one share for all of them: rank 0 writes it, and is told of" (fun () ->
            let plan = double "lbfgs 2 0.1" layout

            within (fun path ->
                let nowhere = Path.Combine(path, "nowhere", "run")

                for kind, message in cannotWrite 3 plan (fun rank -> if rank = 0 then nowhere else path) do
                    Expect.equal kind typeof<IOException> "what"
                    Expect.stringStarts message "Rank 0 cannot write its share" "who"

                Expect.equal (files path) [] "nothing is left"
                // The others write nothing.
                save plan 3 1 0 path |> ignore
                Expect.equal (List.length (files path)) 2 "a share and the manifest"))

        testCase "a manifest that cannot be written fails all, and the shares are gone" (fun () ->
            for size in [ 1; 2; 3 ] do
                within (fun path ->
                    // A folder stands under its name.
                    Directory.CreateDirectory path |> ignore

                    for kind, message in cannotWrite size plan (fun _ -> path) do
                        Expect.equal kind typeof<IOException> "what"
                        Expect.stringStarts message "Rank 0 cannot write its share of a checkpoint: " "who"

                    Expect.equal (files path) [ "run" ] "the folder alone"))

        testCase "the checkpoint before goes when the next one is complete, whoever has written it" (fun () ->
            for before in [ 1; 2; 3 ] do
                for after in [ 1; 2; 3 ] do
                    within (fun path ->
                        save plan before 1 0 path |> ignore
                        Expect.equal (List.length (files path)) (before + 1) "the first one"
                        let state = save plan after 2 0 path
                        Expect.equal (List.length (files path)) (after + 1) $"{before}, then {after}"
                        Expect.isTrue ((ShardedCheckpoint.Load(plan, path)).Equals state) "the second one"))

        testCase "something else of its name is replaced, and nothing of it is deleted" (fun () ->
            within (fun path ->
                for other in [ "no safetensors at all"; "" ] do
                    File.WriteAllText(path, other)
                    let state = save plan 2 1 0 path
                    Expect.isTrue ((ShardedCheckpoint.Load(plan, path)).Equals state) "written"
                    Expect.equal (List.length (files path)) 3 "and nothing else"

                    for file in files path do
                        File.Delete(path.Substring(0, path.Length - 3) + file)

                Checkpoint.Save(plan.Init(ReadOnlySpan start), path)
                save plan 1 1 0 path |> ignore
                Expect.equal (List.length (files path)) 2 "a checkpoint of one rank lists no shares"))
    ]

[<Tests>]
let tests = testList "files of sharded checkpoints" [ parts; reading; writing ]
