/// States stored and loaded: the same bits, in the published layout.
module OptCore.Tests.Checkpoints.CheckpointTests

open System
open System.Diagnostics
open System.IO
open System.Text
open Expecto
open OptCore
open OptCore.Tests.Checkpoints.Published
open OptCore.Tests.Checkpoints.States

/// A stage of one's own with slots of every kind.
type Tally = {
    Gain: float
} with

    interface ISpanStage with
        member _.Phase = Phase.Update
        member _.Equation = "counts"

        member _.Slots = [|
            SlotSpec.Count "seen"
            SlotSpec.Scalar("sum", 1.0)
            SlotSpec("parts", SlotKind.PerTensor)
            SlotSpec.Element "last"
        |]

        member this.Apply step =
            let seen = step.Count "seen"
            let sum = step.Slot "sum"
            let parts = step.Slot "parts"
            seen[0] <- seen[0] + 1L
            sum[0] <- sum[0] + this.Gain * step.Rate
            parts[0] <- parts[0] + 0.25
            step.Update.CopyTo(step.Slot "last")

let private own =
    Words.Register<Tally>()
    Words.Register<UserStage.Blend>()
    Words.Register<UserStage.RowScale>()
    (Optimizer.Sgd 0.1).With(UserStage.RowScale 0.5).With(UserStage.Blend 0.9).With({ Gain = 2.0 })

let private all = own :: optimizers

/// After how many steps: OPTDSL_RESUMED sets it for longer runs.
let private steps =
    match Int32.TryParse(Environment.GetEnvironmentVariable "OPTDSL_RESUMED") with
    | true, count -> count
    | _ -> 5

/// What the published layout says that a state's file holds.
let private expected (state: State<float>) = [
    for tensor in state.Plan.Layout.Tensors do
        tensor.Name, ("F64", [ for axis in tensor.Shape -> int64 axis ], bytesOf (state.Tensor tensor.Name))

    for slot in state.Slots do
        let values = state.Read slot.Name

        match slot.Kind with
        | SlotKind.Element
        | SlotKind.Shaped ->
            let shapes = [ for shape in slot.Shapes -> [ for axis in shape -> int64 axis ] ]

            let firsts =
                shapes |> List.scan (fun first shape -> first + int (List.fold (*) 1L shape)) 0

            for tensor, (shape, (first, next)) in Seq.zip slot.Tensors (List.zip shapes (List.pairwise firsts)) do
                $"{slot.Name}/{tensor.Name}", ("F64", shape, bytesOf values.Elements[first .. next - 1])
        | SlotKind.PerTensor ->
            for tensor, value in Seq.zip slot.Tensors values.Numbers do
                $"{slot.Name}/{tensor.Name}", ("F64", [], bytesOf [| value |])
        | SlotKind.Scalar -> slot.Name, ("F64", [], bytesOf values.Numbers)
        | _ -> slot.Name, ("I64", [], BitConverter.GetBytes(values.Counts[0]))
]

let private found (content: Content) = [ for item in content.Items -> item.Name, (item.Type, item.Shape, item.Bytes) ]

/// Ten lines of Python that know the published layout only.
let private script =
    """
import json, struct, sys
with open(sys.argv[1], "rb") as f:
    n, = struct.unpack("<Q", f.read(8))
    header = json.loads(f.read(n))
    data = f.read()
print(header.pop("__metadata__")["optdsl.step"])
for name, t in sorted(header.items()):
    a, b = t["data_offsets"]
    code = {"F64": "d", "F32": "f", "I64": "q"}[t["dtype"]]
    values = struct.unpack("<%d%s" % ((b - a) // struct.calcsize(code), code), data[a:b])
    print(name, t["dtype"], t["shape"], " ".join(struct.pack("<" + code, v).hex() for v in values))
"""

let private python (path: string) =
    let start =
        ProcessStartInfo("python3", [ "-c"; script; path ], RedirectStandardOutput = true, RedirectStandardError = true)

    try
        match Process.Start start with
        | null -> None
        | run ->
            use run = run
            let output = run.StandardOutput.ReadToEnd()
            run.WaitForExit()
            Expect.equal run.ExitCode 0 "python3"
            Some output
    with :? ComponentModel.Win32Exception ->
        None

let private asPython (state: State<float>) =
    let number (size: int) (bytes: byte[]) =
        bytes
        |> Array.chunkBySize size
        |> Array.map Convert.ToHexStringLower
        |> String.concat " "

    [
        string state.Step
        for name, (kind, shape, bytes) in
            expected state
            |> List.sortWith (fun (a, _) (b, _) -> String.CompareOrdinal(a, b)) do
            let axes = String.Join(", ", shape)
            $"{name} {kind} [{axes}] {number 8 bytes}".TrimEnd()
    ]

/// A stream that takes no time: it keeps its first bytes and forgets the others.
type private Hollow(kept: int, canSeek: bool) =
    inherit Stream()
    let first = Array.zeroCreate<byte> kept
    let mutable position = 0L

    member _.First = first
    override _.CanRead = false
    override _.CanSeek = canSeek
    override _.CanWrite = true
    override _.Length = position

    override _.Position
        with get () = position
        and set value = position <- value

    override _.Flush() = ()
    override _.Read(_: byte[], _: int, _: int) : int = raise (NotSupportedException())
    override _.Seek(_: int64, _: SeekOrigin) : int64 = raise (NotSupportedException())
    override _.SetLength(_: int64) = raise (NotSupportedException())

    override this.Write(buffer: byte[], offset: int, count: int) =
        this.Write(ReadOnlySpan(buffer, offset, count))

    override _.Write(bytes: ReadOnlySpan<byte>) =
        let fits = int (max 0L (min (int64 bytes.Length) (int64 kept - position)))
        bytes.Slice(0, fits).CopyTo(Span(first, int (min position (int64 kept)), fits))
        position <- position + int64 bytes.Length

[<Tests>]
let tests =
    testList "checkpoint" [
        testCase "XXH64 has its published values" (fun () ->
            let text (s: string) = Encoding.ASCII.GetBytes s
            // From the specification's own list of values.
            Expect.equal (xxh64 (text "")) 0xEF46DB3751D8E999UL "empty"
            Expect.equal (xxh64 (text "a")) 0xD24EC4F1A98C6E5BUL "a"
            Expect.equal (xxh64 (text "abc")) 0x44BC2CF5AD770999UL "abc"

            for length in 0..200 do
                let bytes = Array.init length (fun i -> byte (i * 37 + length))
                let hash = XxHash64()
                // In uneven pieces.
                hash.Append(ReadOnlySpan(bytes, 0, length / 3))
                hash.Append(ReadOnlySpan(bytes, length / 3, length - length / 3))
                Expect.equal (hash.Digest()) (xxh64 bytes) $"length {length}"
                Expect.equal (XxHash64.Of(ReadOnlySpan bytes)) (xxh64 bytes) $"at once, length {length}")

        testCase "every state of every optimizer comes back, and goes on with the same bits" (fun () ->
            inFolder (fun folder ->
                let path = Path.Combine(folder, "a.safetensors")

                for optimizer in all do
                    for state in walk steps (startDouble optimizer) do
                        Checkpoint.Save(state, path)
                        let loaded = Checkpoint.Load(state.Plan, path)
                        Expect.equal loaded state (string optimizer)
                        Expect.equal (walk 3 loaded) (walk 3 state) "goes on"
                        // A plan made from the file.
                        let again = Checkpoint.Load<float> path
                        Expect.equal again state "with the plan of the file"

                    for single in
                        List.scan (fun state seed -> stepSingle seed state) (startSingle optimizer) [ 1..steps ] do
                        Checkpoint.Save(single, path)
                        Expect.equal (Checkpoint.Load(single.Plan, path)) single "float32"

                        Expect.equal
                            (stepSingle 3 (Checkpoint.Load<float32> path))
                            (stepSingle 3 single)
                            "float32 goes on"

                printfn "%d optimizers resumed at each of %d steps, in float and float32" all.Length (steps + 1)
                Expect.hasLength (Directory.GetFiles folder) 1 "nothing else is left"))

        testCase "much data, whose checksum is taken on another thread: the same bytes in every way" (fun () ->
            inFolder (fun folder ->
                // 7.2 MB in two tensors, pieces of half a megabyte, the last ones shorter.
                let layout = Layout.Empty.Add("w", 300_001).Add("v", 1).Add("b", 7)
                let plan = (Optimizer.Parse "adam 0.1 |> freeze \"v\"").Plan<float> layout

                let numbers seed =
                    Array.init layout.Length (fun i -> sin (float (i * seed)))

                let state = plan.Step(plan.Init(numbers 3), numbers 5)
                let path = Path.Combine(folder, "a.safetensors")
                Checkpoint.Save(state, path)
                let bytes = File.ReadAllBytes path
                let content = parse bytes
                Expect.equal (Map.ofList (found content)) (Map.ofList (expected state)) "as published"
                Expect.equal (Checkpoint.Load(plan, path)) state "comes back"
                Checkpoint.Verify path

                // A stream that can go back, from its middle; one that cannot.
                use back = new MemoryStream()
                back.Write(ReadOnlySpan [| 1uy; 2uy; 3uy |])
                Checkpoint.Save(state, back)
                Expect.equal (back.ToArray()[3..]) bytes "in the middle of a stream"
                Expect.equal back.Position (int64 bytes.Length + 3L) "stands at the end"
                use packed = new MemoryStream()

                using
                    (new Compression.DeflateStream(packed, Compression.CompressionLevel.NoCompression, true))
                    (fun stream -> Checkpoint.Save(state, stream))

                packed.Position <- 0L

                use unpacked =
                    new Compression.DeflateStream(packed, Compression.CompressionMode.Decompress)

                Expect.equal (Checkpoint.Load(plan, unpacked)) state "through a stream that cannot go back"

                // One bit anywhere, and an end that comes too early.
                for at in [ 9; 3000; bytes.Length / 2; bytes.Length - 1 ] do
                    let damaged = Array.copy bytes
                    damaged[at] <- damaged[at] ^^^ 1uy
                    File.WriteAllBytes(path, damaged)
                    Expect.throwsT<CheckpointException> (fun () -> Checkpoint.Load(plan, path) |> ignore) $"byte {at}"

                use short = new MemoryStream(bytes, 0, bytes.Length - 1)

                Expect.throwsC (fun () -> Checkpoint.Load(plan, short) |> ignore) (fun e ->
                    match e with
                    | :? CheckpointException as e -> Expect.equal e.Fault CheckpointFault.Truncated "short"
                    | e -> failtestf "%O" e)))

        testCase "a checksum that takes longer than the writing is waited for" (fun () ->
            // 64 MB, which no thread hashes while nothing is written.
            let plan = (Optimizer.Sgd 0.1).Plan<float>(Layout.Plain(1 <<< 23))
            let numbers = Array.init plan.Layout.Length float
            let state = plan.Init numbers

            let header canSeek =
                use stream = new Hollow(1024, canSeek)
                Checkpoint.Save(state, stream)
                stream.First

            Expect.equal
                (header true)
                (header false)
                "that of a stream that cannot go back, taken before anything is written")

        testCase "the file is as published" (fun () ->
            inFolder (fun folder ->
                let path = Path.Combine(folder, "a.safetensors")

                for optimizer in all do
                    let state = startDouble optimizer |> walk 4 |> List.last
                    Checkpoint.Save(state, path)
                    let bytes = File.ReadAllBytes path
                    let content = parse bytes
                    Expect.equal (Map.ofList (found content)) (Map.ofList (expected state)) (string optimizer)
                    Expect.hasLength content.Items (expected state).Length "each once"
                    Expect.equal (metadata "optdsl.format" content) "1" "format"
                    Expect.equal (metadata "optdsl.optimizer" content) (string optimizer) "optimizer"
                    Expect.equal (metadata "optdsl.step" content) (string state.Step) "step"
                    Expect.equal (metadata "optdsl.type" content) "F64" "type"

                    Expect.equal
                        (metadata "optdsl.layout" content)
                        "[[\"w\",2,3],[\"b\",1],[\"scalar\"],[\"empty\",0],[\"hidden.w\",5]]"
                        "layout"

                    Expect.equal
                        (metadata "optdsl.checksum" content)
                        $"xxh64:{checksum (headerOf bytes) (dataOf bytes)}"
                        "checksum"

                    Expect.equal ((8 + (headerOf bytes).Length) % 64) 0 "data begins at a line of the cache"))

        testCase "a file written by hand is loaded" (fun () ->
            inFolder (fun folder ->
                let path = Path.Combine(folder, "a.safetensors")

                for optimizer in all do
                    let state = startDouble optimizer |> walk 4 |> List.last

                    let content = {
                        Metadata = [
                            "optdsl.format", "1"
                            "optdsl.optimizer", string optimizer
                            "optdsl.layout", "[[\"w\",2,3],[\"b\",1],[\"scalar\"],[\"empty\",0],[\"hidden.w\",5]]"
                            "optdsl.type", "F64"
                            "optdsl.step", string state.Step
                            "optdsl.checksum", "xxh64:0000000000000000"
                        ]
                        // In an order of its own.
                        Items =
                            List.rev [
                                for name, (kind, shape, bytes) in expected state ->
                                    {
                                        Name = name
                                        Type = kind
                                        Shape = shape
                                        Bytes = bytes
                                    }
                            ]
                    }

                    File.WriteAllBytes(path, render content)
                    Expect.equal (Checkpoint.Load(state.Plan, path)) state (string optimizer)))

        testCase "Python reads it with the standard library alone" (fun () ->
            inFolder (fun folder ->
                let path = Path.Combine(folder, "a.safetensors")

                for optimizer in [ own; optimizers[optimizers.Length - 1]; optimizers[optimizers.Length - 2] ] do
                    let state = startDouble optimizer |> walk 4 |> List.last
                    Checkpoint.Save(state, path)

                    match python path with
                    | None -> skiptest "python3 is not on this machine"
                    | Some output ->
                        Expect.equal
                            [
                                for line in output.Split('\n', StringSplitOptions.RemoveEmptyEntries) ->
                                    line.TrimEnd()
                            ]
                            (asPython state)
                            (string optimizer)))

        testCase "sessions and streams" (fun () ->
            inFolder (fun folder ->
                let path = Path.Combine(folder, "a.safetensors")
                let start = startDouble optimizers[optimizers.Length - 2]
                let session = start.Plan.Resume start

                for seed in 1..3 do
                    session.Step(numbers seed layout.Length, atPoint = true) |> ignore

                Checkpoint.Save(session, path)
                Expect.equal (Checkpoint.Load(start.Plan, path)) (session.Snapshot()) "session"
                use stream = new MemoryStream()
                Checkpoint.Save(session.Snapshot(), stream)
                Expect.equal (stream.ToArray()) (File.ReadAllBytes path) "the same bytes"
                // Two states, one behind the other.
                Checkpoint.Save(start, stream)
                stream.Position <- 0L
                Expect.equal (Checkpoint.Load(start.Plan, stream)) (session.Snapshot()) "first"
                Expect.equal (Checkpoint.Load(start.Plan, stream)) start "second"))

        testCase "tensors called like slots or like the format's key" (fun () ->
            inFolder (fun folder ->
                let path = Path.Combine(folder, "a.safetensors")

                let layout =
                    Layout.Empty
                        .Add("momentum.v/w", 2)
                        .Add("w", 2)
                        .Add("__metadata__", 1)
                        .Add("momentum.v/w#", 1)
                        .Add("ü \"\\ €", 1)

                let plan = (Optimizer.Sgd 0.1).Momentum(0.9).Plan<float> layout
                let state = plan.Init(numbers 3 7) |> walk 3 |> List.last
                Checkpoint.Save(state, path)
                Expect.equal (Checkpoint.Load(plan, path)) state "state"
                Checkpoint.SaveParameters(state, path)
                Expect.equal (Checkpoint.LoadParameters<float>(layout, path)) (state.ToArray()) "parameters"))

        testCase "inspect tells what is there without reading it" (fun () ->
            inFolder (fun folder ->
                let path = Path.Combine(folder, "a.safetensors")
                let state = startDouble ((Optimizer.Sgd 0.1).Momentum 0.9) |> walk 3 |> List.last
                Checkpoint.Save(state, path)
                let bytes = File.ReadAllBytes path
                bytes[bytes.Length - 1] <- bytes[bytes.Length - 1] ^^^ 1uy
                File.WriteAllBytes(path, bytes)
                let info = Checkpoint.Inspect path
                Expect.equal info.Optimizer "sgd 0.1 |> momentum 0.9" "optimizer"
                Expect.equal info.Step (Nullable 3L) "step"
                Expect.equal info.Layout layout "layout"
                Expect.equal info.Bytes bytes.LongLength "bytes"
                let text = info.ToString()

                for part in
                    [
                        "sgd 0.1 |> momentum 0.9"
                        "step 3"
                        "hidden.w F64[5]"
                        "momentum.v/w F64[2, 3]"
                    ] do
                    Expect.stringContains text part "text"

                Expect.throwsT<CheckpointException> (fun () -> Checkpoint.Verify path) "the damage is found"))

        testCase "a write that fails leaves the old file" (fun () ->
            inFolder (fun folder ->
                let path = Path.Combine(folder, "a.safetensors")
                let state = startDouble optimizers[0]
                Checkpoint.Save(state, path)

                Expect.throwsT<IOException>
                    (fun () ->
                        AtomicFile.Write(
                            path,
                            fun stream ->
                                stream.Write(Array.zeroCreate<byte> 100_000)
                                raise (IOException "the disk is full")
                        ))
                    "fails"

                Expect.equal (Checkpoint.Load(state.Plan, path)) state "as before"
                Expect.hasLength (Directory.GetFiles folder) 1 "nothing else is left"

                Expect.throwsT<DirectoryNotFoundException>
                    (fun () -> Checkpoint.Save(state, Path.Combine(folder, "no", "a.safetensors")))
                    "no such folder"))
    ]
