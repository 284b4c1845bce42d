/// What a file may say that is read: in what order, of which version; and what is refused before a file is opened.
module OptCore.Tests.Checkpoints.FileTests

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

let private headers =
    testList "the header" [
        testCase "names tensors in any order, whose bytes lie in theirs" (fun () ->
            // "b" is named first and lies last.
            let header =
                String.Join(
                    ",",
                    [
                        entryText "b" "F64" [ 1L ] 24L 32L
                        entryText "e" "F64" [ 0L ] 16L 16L
                        entryText "c" "F64" [ 1L ] 16L 24L
                        entryText "a" "F64" [ 2L ] 0L 16L
                    ]
                )

            withFile (file false $"{{{header}}}" (bytesOf [| 1.0; 2.0; 3.0; 4.0 |])) (fun path ->
                Expect.equal
                    [ for tensor in (Checkpoint.Inspect path).Tensors -> tensor.Name ]
                    [ "a"; "e"; "c"; "b" ]
                    "as they lie"

                let all = Checkpoint.LoadParameters<float> path

                Expect.equal
                    (string all)
                    (string (Layout.Empty.Add("a", 2).Add("e", 0).Add("c", 1).Add("b", 1)))
                    "layout"

                Expect.equal (all.ToArray()) [| 1.0; 2.0; 3.0; 4.0 |] "numbers"
                Expect.equal (all.AsSpan().ToArray()) [| 1.0; 2.0; 3.0; 4.0 |] "without a copy"

                Expect.equal
                    (Checkpoint.LoadParameters<float>(Layout.Empty.Add("b", 1).Add("c", 1), path, null, true))
                    [| 4.0; 3.0 |]
                    "two of them"))

        testCase "alone is a file: of no tensors" (fun () ->
            for text in [ "{}"; "{\"__metadata__\":{}}"; "{\"__metadata__\":{\"a\":\"b\"}}   " ] do
                withFile (file false text [||]) (fun path ->
                    let info = Checkpoint.Inspect path
                    Expect.isEmpty info.Tensors text
                    Expect.equal info.Bytes (int64 text.Length + 8L) text
                    Expect.equal (string info) $"{text.Length + 8} bytes, 0 entries" text
                    Expect.equal (Checkpoint.LoadParameters<float>(Layout.Empty, path)) [||] text))

        testCase "tensors that nobody wants are read over, of every length" (fun () ->
            // Pieces of 2¹⁶ bytes.
            for length in [ 0; 1; 2; 65_535; 65_536; 65_537; 131_073 ] do
                let content = {
                    Metadata = []
                    Items = [
                        item "x" "U8" [ int64 length ] (Array.create length 255uy)
                        item "y" "U8" [ 1L ] [| 255uy |]
                        doubles "a" [ 1.5; -2.0 ]
                    ]
                }

                withFile (render content) (fun path ->
                    Expect.equal
                        (Checkpoint.LoadParameters<float>(Layout.Empty.Add("a", 2), path, null, true))
                        [| 1.5; -2.0 |]
                        $"{length} bytes"))
    ]

let private versions =
    testList "the version" [
        testCase "a newer one, and one that is none, are refused by whatever reads the file" (fun () ->
            let content = parse stored.Value

            for version, fault, words in
                [
                    "2",
                    CheckpointFault.Version,
                    [
                        "the file is of format version 2, written by library version"
                        "up to version 1"
                    ]
                    "10", CheckpointFault.Version, [ "format version 10" ]
                    "0", CheckpointFault.Metadata, [ "\"optdsl.format\" = \"0\"; expected a whole number" ]
                    "-1", CheckpointFault.Metadata, [ "\"optdsl.format\" = \"-1\"; expected a whole number" ]
                    "", CheckpointFault.Metadata, [ "\"optdsl.format\" = \"\"; expected a whole number" ]
                    "1.0", CheckpointFault.Metadata, [ "\"optdsl.format\" = \"1.0\"; expected a whole number" ]
                ] do
                for file in [ content; foreign ] do
                    withFile (render (with' "optdsl.format" version file)) (fun path ->
                        fails fault words (fun () -> Checkpoint.Inspect path)
                        fails fault words (fun () -> Checkpoint.LoadParameters<float> path)
                        fails fault words (fun () -> Checkpoint.LoadParameters<float>(layout, path, null, true))
                        fails fault words (fun () -> Checkpoint.Load(state.Plan, path))
                        fails fault words (fun () -> Checkpoint.Load<float> path)))

        testCase "of none: a file of somebody else, whose tensors are parameters" (fun () ->
            withFile (render foreign) (fun path ->
                let info = Checkpoint.Inspect path
                Expect.isNull info.Optimizer "no optimizer"
                Expect.isNull info.Layout "no layout"
                Expect.equal info.Step (Nullable()) "no step"
                Expect.isNull info.Library "no library"
                Expect.isEmpty info.Metadata "no metadata"
                let bytes = (FileInfo path).Length
                Expect.equal info.Bytes bytes "bytes"
                Expect.equal (string info) $"{bytes} bytes, 2 entries\n  a F64[2]\n  b F64[1]" "what it says"
                Expect.equal ((Checkpoint.LoadParameters<float> path).ToArray()) [| 1.5; -2.0; 0.25 |] "numbers"
                let words = [ "\"optdsl.format\""; "no checkpoint of this library" ]
                fails CheckpointFault.Metadata words (fun () -> Checkpoint.Load(state.Plan, path))
                fails CheckpointFault.Metadata words (fun () -> Checkpoint.Load<float> path)

                fails CheckpointFault.Checksum [ "the metadata has no \"optdsl.checksum\"" ] (fun () ->
                    Checkpoint.Verify path)))

        testCase "of the library that wrote it" (fun () ->
            withFile stored.Value (fun path ->
                let assembly = typeof<State<float>>.Assembly

                let version =
                    match assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>() with
                    | null -> ""
                    | attribute -> attribute.InformationalVersion

                let library = string (Checkpoint.Inspect path).Library
                Expect.stringStarts version library "that of the assembly"
                Expect.isFalse (library.Contains '+') "without the commit"
                Expect.isTrue (version.Length = library.Length || version[library.Length] = '+') "all of it"
                Expect.equal (metadata "optdsl.library" (read path)) library "as it stands")

            let old = {
                parse stored.Value with
                    Metadata = (parse stored.Value).Metadata |> List.filter (fst >> (<>) "optdsl.library")
            }

            withFile (render old) (fun path ->
                Expect.equal (Checkpoint.Inspect path).Library "unknown" "it does not say"))
    ]

let private arguments =
    testList "what is not given" [
        testCase "is named, before a file is opened" (fun () ->
            let gone = Path.Combine(Path.GetTempPath(), "there", "is", "no", "such", "file")
            use empty = new MemoryStream()
            isNull "state" (fun () -> Checkpoint.Save(nothing<State<float>>, gone))
            isNull "state" (fun () -> Checkpoint.Save(nothing<State<float>>, empty))
            isNull "stream" (fun () -> Checkpoint.Save(state, nothing<Stream>))
            isNull "session" (fun () -> Checkpoint.Save(nothing<Session<float>>, gone))
            isNull "path" (fun () -> Checkpoint.Save(state, nothing<string>))
            isNull "plan" (fun () -> Checkpoint.Load(nothing<Plan<float>>, gone))
            isNull "plan" (fun () -> Checkpoint.Load(nothing<Plan<float>>, empty))
            isNull "stream" (fun () -> Checkpoint.Load(state.Plan, nothing<Stream>))
            isNull "layout" (fun () -> Checkpoint.LoadParameters<float>(nothing<Layout>, gone))
            isNull "state" (fun () -> Checkpoint.SaveParameters(nothing<State<float>>, gone))

            isNull "layout" (fun () -> Checkpoint.SaveParameters<float>(nothing<Layout>, ReadOnlySpan [| 1.0 |], gone))

            isNull "session" (fun () -> ShardedCheckpoint.Save(nothing<DistributedSession<float>>, gone))
            isNull "plan" (fun () -> ShardedCheckpoint.Load(nothing<Plan<float>>, gone))
            isNull "plan" (fun () -> ShardedCheckpoint.Resume(nothing<Plan<float>>, Alone.Instance, gone))
            isNull "ranks" (fun () -> ShardedCheckpoint.Resume(state.Plan, nothing<ICollectives>, gone))
            isNull "state" (fun () -> state.Plan.Carry nothing<State<float>>)
            isNull "options" (fun () -> state.Plan.Carry(state, nothing<CarryOptions>)))

        testCase "is as documented" (fun () ->
            let optional (of': Type) method name =
                of'.GetMethods()
                |> Array.filter (fun found -> found.Name = method)
                |> Array.collect _.GetParameters()
                |> Array.filter (fun parameter -> parameter.Name = name && parameter.IsOptional)
                |> Array.map _.DefaultValue
                |> Array.distinct

            Expect.equal (optional typeof<Checkpoint> "LoadParameters" "others") [| box false |] "others"
            Expect.equal (optional typeof<Checkpoint> "LoadParameters" "names") [| null |] "names"

            withFile (render foreign) (fun path ->
                fails CheckpointFault.Unknown [ "the file has b F64[1], which is no tensor of the layout" ] (fun () ->
                    Checkpoint.LoadParameters<float>(Layout.Empty.Add("a", 2), path)))

            let folder = Checkpoints "a"

            Expect.equal
                (folder.Folder, folder.EverySteps, folder.Every, folder.Keep, folder.HandleSignals)
                ("a", Nullable(), Nullable(), 2, true)
                "a folder"

            let all =
                Checkpoints("a", EverySteps = 1L, Every = TimeSpan.FromTicks 1L, Keep = 1, HandleSignals = false)

            Expect.equal
                (all.EverySteps, all.Every, all.Keep, all.HandleSignals)
                (Nullable 1L, Nullable(TimeSpan.FromTicks 1L), 1, false)
                "the least that may be given"

            Expect.equal (Checkpoints("a", EverySteps = Nullable(), Every = Nullable())) folder "none"
            let options = CarryOptions()

            Expect.equal
                (options.Renamed.Count, options.Added.Count, options.AllowDropped, options.Restart)
                (0, 0, false, false)
                "a carry")

        testCase "parameters of another length are refused, and no file is made" (fun () ->
            inFolder (fun folder ->
                for length in [ 0; 12; 14 ] do
                    let values = Array.zeroCreate<float> length

                    argument [ $"parameters has {length} elements; the layout"; "has 13" ] (fun () ->
                        Checkpoint.SaveParameters<float>(layout, ReadOnlySpan values, Path.Combine(folder, "a")))

                Expect.isEmpty (Directory.GetFiles folder) "no file"))
    ]

[<Tests>]
let tests = testList "checkpoint/file" [ headers; versions; arguments ]
