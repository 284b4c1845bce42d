/// What a checkpoint may say of its checksum, its layout and its optimizer, and which entries it may have.
module OptCore.Tests.Checkpoints.ContentTests

open System
open System.IO
open System.Reflection
open System.Text
open Expecto
open OptCore
open OptCore.Tests.BadInput.Refusals
open OptCore.Tests.Checkpoints.Published
open OptCore.Tests.Checkpoints.States
open OptCore.Tests.Checkpoints.Stored

let private checksums =
    testList "the checksum" [
        testCase "sixteen digits as this library writes them, and no others" (fun () ->
            let content = parse stored.Value
            let written = (metadata "optdsl.checksum" content).Substring 6
            Expect.isTrue (Seq.exists Char.IsAsciiLetterLower written) "one with a letter"

            for text in
                [
                    written
                    "xxh64:"
                    "xxh64:12"
                    "xxh64:" + written + "0"
                    "xxh64:" + written.Substring 1
                    "xxh64:" + written.ToUpperInvariant()
                    "xxh64:" + written.Substring(0, 15) + "g"
                    "xxh64:zzzzzzzzzzzzzzzz"
                    "XXH64:" + written
                    "xxh3:" + written
                    ""
                ] do
                // The header is not signed anew.
                let header =
                    (headerOf stored.Value).Replace("xxh64:" + written, text, StringComparison.Ordinal)

                withFile (file false header (dataOf stored.Value)) (fun path ->
                    let words = [ $"the checksum \"{text}\" is not one that this library has written." ]
                    fails CheckpointFault.Checksum words (fun () -> Checkpoint.Load(state.Plan, path))
                    fails CheckpointFault.Checksum words (fun () -> Checkpoint.Verify path)))

        testCase "where it is spelt in another way, it cannot be left out of what is hashed" (fun () ->
            let header = headerOf stored.Value

            let spelt =
                header.Replace("\"optdsl.checksum\":", "\"optdsl.checksum\" :", StringComparison.Ordinal)

            Expect.notEqual spelt header "a space"

            withFile (file false spelt (dataOf stored.Value)) (fun path ->
                fails CheckpointFault.Checksum [ "is not one that this library has written" ] (fun () ->
                    Checkpoint.Load(state.Plan, path))))

        testCase "of other bytes: both are told" (fun () ->
            let bytes = Array.copy stored.Value
            bytes[bytes.Length - 1] <- bytes[bytes.Length - 1] ^^^ 1uy
            let claimed = (metadata "optdsl.checksum" (parse bytes)).Substring 6
            let found = checksum (headerOf bytes) (dataOf bytes)

            withFile bytes (fun path ->
                let words = [ $"the checksum of the bytes is {found}, the file says {claimed}" ]
                fails CheckpointFault.Checksum words (fun () -> Checkpoint.Verify path)
                fails CheckpointFault.Checksum words (fun () -> Checkpoint.Load(state.Plan, path))
                fails CheckpointFault.Checksum words (fun () -> Checkpoint.LoadParameters<float>(layout, path))
                fails CheckpointFault.Checksum words (fun () -> Checkpoint.LoadParameters<float32> path)))

        testCase "is asked for where a file is to be verified" (fun () ->
            let content = parse stored.Value

            let without = {
                content with
                    Metadata = content.Metadata |> List.filter (fst >> (<>) "optdsl.checksum")
            }

            withFile (render content) (fun path -> Checkpoint.Verify path)

            withFile (render without) (fun path ->
                let words = [ "the metadata has no \"optdsl.checksum\"" ]
                fails CheckpointFault.Checksum words (fun () -> Checkpoint.Verify path)
                fails CheckpointFault.Checksum words (fun () -> Checkpoint.Load(state.Plan, path))
                Expect.equal (Checkpoint.LoadParameters<float>(layout, path)) (state.ToArray()) "parameters need none"))

        testCase "of much data, of which parameters alone are wanted, of either type" (fun () ->
            inFolder (fun folder ->
                // 9.6 MB, of which a third is parameters.
                let layout = Layout.Empty.Add("w", 400_003).Add("b", 5)
                let plan = (Optimizer.Parse "adam 0.1").Plan<float> layout
                let numbers = Array.init layout.Length (fun i -> float (i % 1000) / 8.0)
                let state = plan.Step(plan.Init numbers, Array.map (fun x -> x - 3.0) numbers)
                let path = Path.Combine(folder, "a")
                Checkpoint.Save(state, path)
                Checkpoint.Verify path
                let values = state.ToArray()
                Expect.equal (Checkpoint.LoadParameters<float>(layout, path)) values "doubles"
                Expect.equal (Checkpoint.LoadParameters<float32>(layout, path)) (Array.map float32 values) "floats"
                Expect.equal ((Checkpoint.LoadParameters<float32> path).ToArray()) (Array.map float32 values) "all"

                // 4.8 MB of parameters alone.
                let large = Layout.Empty.Add("w", 600_001)
                let values = Array.init large.Length (fun i -> float (i % 777) - 0.5)
                Checkpoint.SaveParameters<float>(large, ReadOnlySpan values, path)
                Checkpoint.Verify path
                Expect.equal (Checkpoint.LoadParameters<float>(large, path)) values "doubles"
                Expect.equal (Checkpoint.LoadParameters<float32>(large, path)) (Array.map float32 values) "floats"

                let bytes = File.ReadAllBytes path
                bytes[bytes.Length - 5] <- bytes[bytes.Length - 5] ^^^ 1uy
                File.WriteAllBytes(path, bytes)
                let words = [ "the checksum of the bytes is" ]
                fails CheckpointFault.Checksum words (fun () -> Checkpoint.LoadParameters<float>(large, path))
                fails CheckpointFault.Checksum words (fun () -> Checkpoint.LoadParameters<float32>(large, path))
                fails CheckpointFault.Checksum words (fun () -> Checkpoint.Verify path)))

        testCase "XXH64 is the same in whatever pieces bytes come" (fun () ->
            for length in [ 0; 1; 31; 32; 33; 63; 64; 65; 100; 257 ] do
                let bytes = Array.init length (fun i -> byte (i * 91 + length))

                for sizes in
                    [
                        [ 1 ]
                        [ 5 ]
                        [ 31 ]
                        [ 32 ]
                        [ 33 ]
                        [ 1; 40; 3 ]
                        [ 30; 1; 1; 64 ]
                        [ 0; 7 ]
                    ] do
                    let hash = XxHash64()
                    let mutable at, turn = 0, 0

                    while at < length do
                        let size = min sizes[turn % sizes.Length] (length - at)
                        hash.Append(ReadOnlySpan(bytes, at, size))
                        at <- at + size
                        turn <- turn + 1

                    Expect.equal (hash.Digest()) (xxh64 bytes) $"{length} bytes in pieces of %A{sizes}"
                    Expect.equal (hash.Digest()) (xxh64 bytes) "asked for twice")
    ]

let private states =
    testList "the state" [
        testCase "a layout in the metadata is one, or it is refused" (fun () ->
            let content = parse stored.Value

            for text in
                [
                    "[[\"w\",2,3],[\"b\",1],[\"scalar\"],[\"empty\",0],[\"hidden.w\",5,\"x\"]]"
                    "[[\"w\",2,3,\"x\"],[\"b\",1],[\"scalar\"],[\"empty\",0],[\"hidden.w\",5]]"
                    "[[\"w\",[2,3]],[\"b\",1],[\"scalar\"],[\"empty\",0],[\"hidden.w\",5]]"
                    "[[\"w\",2,3],7,[\"b\",1],[\"scalar\"],[\"empty\",0],[\"hidden.w\",5]]"
                    "[[\"w\",2,3],[\"b\",1],[\"scalar\"],[\"empty\",0],[\"hidden.w\",5],null]"
                    "[[\"w\",2,3],[\"b\",1],[\"scalar\"],[\"empty\",0],[\"hidden.w\",5]] []"
                    "[[\"w\",2,3],[\"b\",1],[\"scalar\"],[\"empty\",0],[\"hidden.w\",5]"
                    "[[\"w\",2,3.5]]"
                    "[[\"w\",2147483648]]"
                    "[[\"w\",-1]]"
                    "[[]]"
                    "{}"
                    "\"w\""
                    ""
                ] do
                withFile (render (withMetadata "optdsl.layout" text content)) (fun path ->
                    let words = [ "the layout in the metadata is malformed: " ]
                    fails CheckpointFault.Metadata words (fun () -> Checkpoint.Load(state.Plan, path))
                    fails CheckpointFault.Metadata words (fun () -> Checkpoint.Load<float> path)
                    fails CheckpointFault.Metadata words (fun () -> Checkpoint.Inspect path)
                    fails CheckpointFault.Metadata words (fun () -> Checkpoint.LoadParameters<float> path)))

        testCase "a tensor more, a tensor less, another name: by the place of the first that differs" (fun () ->
            let content = parse stored.Value

            for text, fault, words in
                [
                    "[[\"w\",2,3],[\"b\",1],[\"scalar\"],[\"empty\",0],[\"hidden.w\",5],[\"x\",1]]",
                    CheckpointFault.Layout,
                    "tensor 5 of the file is x[1]; the layout has none there"
                    "[[\"w\",2,3],[\"b\",1],[\"scalar\"],[\"empty\",0]]",
                    CheckpointFault.Layout,
                    "tensor 4 of the file is missing; the layout has hidden.w[5] there"
                    "[]", CheckpointFault.Layout, "tensor 0 of the file is missing; the layout has w[2, 3] there"
                    "[[\"w\",2,3],[\"b\",1],[\"other\"],[\"empty\",0],[\"hidden.w\",5]]",
                    CheckpointFault.Layout,
                    "tensor 2 of the file is other[]; the layout has scalar[] there"
                    "[[\"w\",2,3],[\"b\",1],[\"scalar\",1],[\"empty\",0],[\"hidden.w\",5]]",
                    CheckpointFault.Shape,
                    "tensor 2 of the file is scalar[1]; the layout has scalar[] there"
                ] do
                withFile (render (withMetadata "optdsl.layout" text content)) (fun path ->
                    fails fault [ words ] (fun () -> Checkpoint.Load(state.Plan, path))))

        testCase "an optimizer that is spelt in another way is the same one" (fun () ->
            let content = parse stored.Value

            for text in [ "sgd 0.10 |> momentum 0.90"; "sgd 1e-1 |>  momentum 0.9" ] do
                withFile (render (withMetadata "optdsl.optimizer" text content)) (fun path ->
                    Expect.equal (Checkpoint.Load(state.Plan, path)) state text)

            withFile (render (withMetadata "optdsl.optimizer" "sgd 0.1 |> momentum 0.8" content)) (fun path ->
                fails
                    CheckpointFault.Optimizer
                    [
                        "the file is of the optimizer sgd 0.1 |> momentum 0.8; the plan is of sgd 0.1 |> momentum 0.9."
                    ]
                    (fun () -> Checkpoint.Load(state.Plan, path))))

        testCase "a stage made of a function has no text that reads back, and is loaded by its own plan" (fun () ->
            let halves = {
                new ISpanStage with
                    member _.Phase = Phase.Update
                    member _.Equation = "u = u/2"

                    member _.Apply step =
                        for i in 0 .. step.Update.Length - 1 do
                            step.Update[i] <- step.Update[i] / 2.0
            }

            let optimizer = (Optimizer.Sgd 0.1).Momentum(0.9).With halves
            Expect.isFalse (fst (Optimizer.TryParse(string optimizer))) "no text"
            let state = startDouble optimizer |> walk 2 |> List.last

            inFolder (fun folder ->
                let path = Path.Combine(folder, "a")
                Checkpoint.Save(state, path)
                Expect.equal (Checkpoint.Load(state.Plan, path)) state "with its plan"
                fails CheckpointFault.Optimizer [ "cannot be planned" ] (fun () -> Checkpoint.Load<float> path)))

        testCase "entries of a run are the run's alone" (fun () ->
            let content = parse stored.Value

            let with' name (run: bool) = {
                content with
                    Metadata = content.Metadata @ (if run then [ "optdsl.run", "1" ] else [])
                    Items = content.Items @ [ doubles name [ 1.0 ] ]
            }

            for name, run in [ "run/x", false; "x", false; "x", true; "arun/x", true; "run", true ] do
                withFile (render (with' name run)) (fun path ->
                    fails
                        CheckpointFault.Unknown
                        [ $"the file has {name} F64[1], which is no tensor and no slot of the plan." ]
                        (fun () -> Checkpoint.Load(state.Plan, path)))

            withFile (render (with' "run/x" true)) (fun path ->
                Expect.equal (Checkpoint.Load(state.Plan, path)) state "read over"))

        testCase "a checkpoint whose parameters are not in it gives none" (fun () ->
            let content = parse stored.Value

            let without = {
                content with
                    Items = content.Items |> List.filter (fun item -> item.Name <> "b")
            }

            withFile (render without) (fun path ->
                fails CheckpointFault.Missing [ "\"b\" is not in the file" ] (fun () ->
                    Checkpoint.LoadParameters<float> path)

                fails CheckpointFault.Missing [ "\"b\" is not in the file" ] (fun () -> Checkpoint.Load<float> path))

            withFile (render (withItem "b" (fun item -> { item with Shape = [ 1L; 1L ] }) content)) (fun path ->
                fails CheckpointFault.Shape [ "the file has b F64[1, 1]; expected the shape [1]" ] (fun () ->
                    Checkpoint.LoadParameters<float> path)))
    ]

[<Tests>]
let tests = testList "checkpoint/content" [ checksums; states ]
