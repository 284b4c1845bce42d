/// Files that are damaged, forged or of another plan: one clear error each, and no memory for what a header only claims.
module OptCore.Tests.Checkpoints.DamageTests

open System
open System.IO
open System.Text
open Expecto
open OptCore
open OptCore.Tests
open OptCore.Tests.Checkpoints.Published
open OptCore.Tests.Checkpoints.States

let private plan =
    (Optimizer.Parse "adam 0.1 |> accumulate 3 |> noise 0.1 0.5 7").Plan<float> layout

let private state = plan.Init(numbers 0 layout.Length) |> walk 5 |> List.last

let private good =
    lazy
        (use stream = new MemoryStream()
         Checkpoint.Save(state, stream)
         stream.ToArray())

let private content = lazy (parse good.Value)

let private load (bytes: byte[]) =
    fun () -> Checkpoint.Load(plan, new MemoryStream(bytes))

let private loadFile (bytes: byte[]) =
    fun () ->
        let path = Path.GetTempFileName()

        try
            File.WriteAllBytes(path, bytes)
            Checkpoint.Load(plan, path)
        finally
            File.Delete path

let private fails (fault: CheckpointFault) (words: string list) (action: unit -> State<float>) =
    Expect.throwsC (fun () -> action () |> ignore) (fun e ->
        match e with
        | :? CheckpointException as refused ->
            if refused.Fault <> fault then
                failtestf "expected %O, was %O: %s" fault refused.Fault e.Message

            for word in words do
                Expect.stringContains e.Message word "message"
        | _ -> failtestf "was %O" e)

let private edited (change: Content -> Content) = load (render (change content.Value))

let private meta key value = edited (withMetadata key value)

/// The same data under another header.
let private header (change: string -> string) =
    load (file true (change (headerOf good.Value)) (dataOf good.Value))

let private replaced (oldText: string) (newText: string) =
    header (fun text ->
        Expect.stringContains text oldText "the header"
        text.Replace(oldText, newText))

let private raw (text: string) = load (file false text [||])

let private entry (first: int64) (last: int64) shape = entryText "a" "F64" shape first last

let private forged = [
    "a newer format", CheckpointFault.Version, [ "version 2"; "up to version 1" ], lazy (meta "optdsl.format" "2")
    "no number of a format", CheckpointFault.Metadata, [ "optdsl.format"; "new" ], lazy (meta "optdsl.format" "new")
    "a negative step", CheckpointFault.Metadata, [ "optdsl.step"; "-1" ], lazy (meta "optdsl.step" "-1")
    "a step too large", CheckpointFault.Metadata, [ "optdsl.step" ], lazy (meta "optdsl.step" "9223372036854775808")
    "another optimizer",
    CheckpointFault.Optimizer,
    [ "adam 0.2"; "adam 0.1"; "carry" ],
    lazy (meta "optdsl.optimizer" "adam 0.2 |> accumulate 3 |> noise 0.1 0.5 7")
    "no optimizer", CheckpointFault.Optimizer, [ "adma 0.1" ], lazy (meta "optdsl.optimizer" "adma 0.1")
    "another type", CheckpointFault.Type, [ "F32"; "F64" ], lazy (meta "optdsl.type" "F32")
    "another order",
    CheckpointFault.Layout,
    [ "tensor 0"; "b[1]"; "w[2, 3]" ],
    lazy (meta "optdsl.layout" "[[\"b\",1],[\"w\",2,3],[\"scalar\"],[\"empty\",0],[\"hidden.w\",5]]")
    "another shape",
    CheckpointFault.Shape,
    [ "w[3, 2]"; "w[2, 3]" ],
    lazy (meta "optdsl.layout" "[[\"w\",3,2],[\"b\",1],[\"scalar\"],[\"empty\",0],[\"hidden.w\",5]]")
    "a tensor less",
    CheckpointFault.Layout,
    [ "tensor 4"; "missing"; "hidden.w[5]" ],
    lazy (meta "optdsl.layout" "[[\"w\",2,3],[\"b\",1],[\"scalar\"],[\"empty\",0]]")
    "no layout", CheckpointFault.Metadata, [ "layout" ], lazy (meta "optdsl.layout" "[[1]]")
    "a tensor twice in the layout",
    CheckpointFault.Metadata,
    [ "layout"; "\"w\"" ],
    lazy (meta "optdsl.layout" "[[\"w\",2,3],[\"w\",1]]")
    "a slot missing",
    CheckpointFault.Missing,
    [ "\"adam.m/w\"" ],
    lazy
        (edited (fun content -> {
            content with
                Items = content.Items |> List.filter (fun item -> item.Name <> "adam.m/w")
        }))
    "an entry too many",
    CheckpointFault.Unknown,
    [ "adam.n/w F64[1]" ],
    lazy
        (edited (fun content -> {
            content with
                Items =
                    content.Items
                    @ [
                        {
                            Name = "adam.n/w"
                            Type = "F64"
                            Shape = [ 1L ]
                            Bytes = Array.zeroCreate 8
                        }
                    ]
        }))
    "two entries too many: the first one",
    CheckpointFault.Unknown,
    [ "the file has x F64[1], which" ],
    lazy
        (edited (fun content -> {
            content with
                Items =
                    content.Items
                    @ [
                        for name in [ "x"; "adam.n/w" ] ->
                            {
                                Name = name
                                Type = "F64"
                                Shape = [ 1L ]
                                Bytes = Array.zeroCreate 8
                            }
                    ]
        }))
    "a run's entries in a file of no run",
    CheckpointFault.Unknown,
    [ "run/x" ],
    lazy
        (edited (fun content -> {
            content with
                Items =
                    content.Items
                    @ [
                        {
                            Name = "run/x"
                            Type = "F64"
                            Shape = []
                            Bytes = Array.zeroCreate 8
                        }
                    ]
        }))
    "an integer stored as a double",
    CheckpointFault.Type,
    [ "noise.state F64[]"; "I64" ],
    lazy (edited (withItem "noise.state" (fun item -> { item with Type = "F64" })))
    "a slot turned",
    CheckpointFault.Shape,
    [ "adam.m/w F64[3, 2]"; "[2, 3]" ],
    lazy (edited (withItem "adam.m/w" (fun item -> { item with Shape = [ 3L; 2L ] })))
    "a counter out of range",
    CheckpointFault.Value,
    [ "accumulate.count"; "3"; "0 ≤ value < 3" ],
    lazy
        (edited (
            withItem "accumulate.count" (fun item -> {
                item with
                    Bytes = BitConverter.GetBytes 3L
            })
        ))
    "no checksum",
    CheckpointFault.Checksum,
    [ "optdsl.checksum" ],
    lazy
        (edited (fun content -> {
            content with
                Metadata = content.Metadata |> List.filter (fst >> (<>) "optdsl.checksum")
        }))
    "a checksum of another kind", CheckpointFault.Checksum, [ "sha256:12" ], lazy (meta "optdsl.checksum" "sha256:12")
    "no checkpoint",
    CheckpointFault.Metadata,
    [ "optdsl.format"; "parameters" ],
    lazy (edited (fun content -> { content with Metadata = [] }))
]

let private malformed = [
    "an empty file", CheckpointFault.Truncated, load [||]
    "seven bytes", CheckpointFault.Truncated, load (Array.zeroCreate 7)
    "no header", CheckpointFault.Header, load (Array.zeroCreate 8)
    "a header of 2⁶³ bytes",
    CheckpointFault.Header,
    load (Array.append (Array.replicate 8 255uy) (Array.zeroCreate 100))
    "a header of more than the format allows", CheckpointFault.Header, load (BitConverter.GetBytes 100_000_001L)
    "a header longer than the file",
    CheckpointFault.Truncated,
    load (Array.append (BitConverter.GetBytes 90_000_000L) (Array.create 100 32uy))
    "a header longer than the file, length known",
    CheckpointFault.Truncated,
    loadFile (Array.append (BitConverter.GetBytes 90_000_000L) (Array.create 100 32uy))
    "no object", CheckpointFault.Header, raw "[]"
    "space before", CheckpointFault.Header, raw " {}"
    "an open object", CheckpointFault.Header, raw "{\"a\":"
    "text behind", CheckpointFault.Header, raw "{}{}"
    "no entry", CheckpointFault.Header, raw "{\"a\":1}"
    "an entry without a type", CheckpointFault.Header, raw "{\"a\":{\"shape\":[],\"data_offsets\":[0,0]}}"
    "one offset", CheckpointFault.Header, raw "{\"a\":{\"dtype\":\"F64\",\"shape\":[0],\"data_offsets\":[0]}}"
    "a negative axis", CheckpointFault.Header, raw "{\"a\":{\"dtype\":\"F64\",\"shape\":[-1],\"data_offsets\":[0,0]}}"
    "a broken axis", CheckpointFault.Header, raw "{\"a\":{\"dtype\":\"F64\",\"shape\":[0.5],\"data_offsets\":[0,0]}}"
    "an axis of 2⁶³",
    CheckpointFault.Header,
    raw "{\"a\":{\"dtype\":\"F64\",\"shape\":[9223372036854775808],\"data_offsets\":[0,0]}}"
    "metadata of numbers", CheckpointFault.Header, raw "{\"__metadata__\":{\"a\":1}}"
    "depth", CheckpointFault.Header, raw ("{\"a\":" + String('[', 100_000))
    "no UTF-8",
    CheckpointFault.Header,
    load (Array.concat [ BitConverter.GetBytes 8L; "{\"a"B; [| 255uy; 254uy |]; "\":1"B ])
    "a name twice", CheckpointFault.Duplicate, raw $"{{{entry 0L 0L [ 0L ]},{entry 0L 0L [ 0L ]}}}"
    "a key twice",
    CheckpointFault.Duplicate,
    raw "{\"a\":{\"dtype\":\"F64\",\"dtype\":\"F64\",\"shape\":[0],\"data_offsets\":[0,0]}}"
    "metadata twice", CheckpointFault.Duplicate, raw "{\"__metadata__\":{\"a\":\"1\",\"a\":\"1\"}}"
    "a gap", CheckpointFault.Offsets, raw $"{{{entry 8L 16L [ 1L ]}}}"
    "the end before the beginning", CheckpointFault.Offsets, raw $"{{{entry 8L 0L [ 1L ]}}}"
    "an overlap",
    CheckpointFault.Offsets,
    raw (
        "{"
        + entryText "a" "F64" [ 1L ] 0L 8L
        + ","
        + entryText "b" "F64" [ 1L ] 4L 12L
        + "}"
    )
    "bytes that do not fit the shape", CheckpointFault.Offsets, raw $"{{{entry 0L 8L [ 2L ]}}}"
    "a shape whose product overflows", CheckpointFault.Offsets, raw $"{{{entry 0L 0L [ 4294967296L; 4294967296L ]}}}"
]

/// What the format's types take; of others nothing is known.
let private sizes =
    [
        8, [ "F64"; "I64"; "U64"; "C64" ]
        4, [ "F32"; "I32"; "U32" ]
        2, [ "F16"; "BF16"; "I16"; "U16" ]
        1, [ "I8"; "U8"; "BOOL"; "F8_E4M3"; "F8_E5M2"; "F8_E8M0" ]
    ]
    |> List.collect (fun (size, types) -> [ for name in types -> name, size ])

/// A header that is one, of a file that is no checkpoint.
let private passes = fails CheckpointFault.Metadata [ "optdsl.format" ]

let private headers =
    testList "what a header may say" [
        testCase "as many bytes as the numbers take, and no others" (fun () ->
            for name, size in sizes do
                for shape in [ []; [ 0L ]; [ 1L ]; [ 3L ]; [ 2L; 3L ]; [ 4294967296L; 4294967296L; 0L ] ] do
                    let bytes =
                        if List.contains 0L shape then
                            0L
                        else
                            List.fold (*) (int64 size) shape

                    let of' length =
                        raw ("{" + entryText "a" name shape 0L length + "}")

                    passes (of' bytes)

                    for wrong in [ bytes - 1L; bytes + 1L; 2L * bytes + 2L ] do
                        if wrong >= 0L then
                            fails
                                CheckpointFault.Offsets
                                [ $"a {name}["; $"the offsets [0, {wrong}]"; $"its shape needs {bytes} bytes" ]
                                (of' wrong))

        testCase "of any length: what has come is read piece by piece" (fun () ->
            // Pieces of 2¹⁶ bytes, then twice as many.
            for length in [ 2; 65_535; 65_536; 65_537; 131_072; 131_073; 300_001 ] do
                let text = "{}" + String(' ', length - 2)
                passes (raw text)
                passes (loadFile (file false text [||]))

                fails
                    CheckpointFault.Truncated
                    [ $"claims {length + 1} bytes; the file ends after {length}" ]
                    (load (Array.append (BitConverter.GetBytes(int64 length + 1L)) (Encoding.UTF8.GetBytes text))))

        testCase "any bytes for a type that is not known" (fun () ->
            for name in [ "F4"; "F6_E2M3"; "f64"; "" ] do
                for length in [ 0L; 1L; 17L ] do
                    passes (raw ("{" + entryText "a" name [ 3L ] 0L length + "}")))

        testCase "keys of a tensor that are not known, down to the eighth level" (fun () ->
            // The header is the first level and the tensor the second.
            for opening, closing in [ "[", "]"; "{\"x\":", "}" ] do
                for depth in 0..9 do
                    let more = String.replicate depth opening + "1" + String.replicate depth closing
                    let text = (entry 0L 8L [ 1L ]).TrimEnd('}') + $",\"more\":{more}}}"

                    let check =
                        if depth <= 6 then
                            passes
                        else
                            fails CheckpointFault.Header [ "depth" ]

                    check (raw $"{{{text}}}"))

        testCase "where it is wrong" (fun () ->
            let two first last =
                raw ("{" + entry 0L 8L [ 1L ] + "," + entryText "b" "F64" [ 1L ] first last + "}")

            for fault, words, action in
                [
                    CheckpointFault.Duplicate,
                    [ "the name \"a\" stands twice in the header" ],
                    raw $"{{{entry 0L 0L [ 0L ]},{entry 0L 0L [ 0L ]}}}"
                    CheckpointFault.Duplicate,
                    [ "the key \"x\" stands twice in the metadata" ],
                    raw "{\"__metadata__\":{\"x\":\"1\",\"x\":\"2\"}}"
                    for key in [ "\"dtype\":\"F64\""; "\"shape\":[1]"; "\"data_offsets\":[0,8]" ] do
                        CheckpointFault.Duplicate,
                        [ "the tensor \"a\" has two keys " + key.Substring(0, key.IndexOf ':') ],
                        raw ("{" + (entry 0L 8L [ 1L ]).TrimEnd('}') + "," + key + "}}")
                    for key in [ "\"dtype\":\"F64\""; "\"shape\":[1]"; "\"data_offsets\":[0,8]" ] do
                        CheckpointFault.Header,
                        [ "the tensor \"a\" lacks dtype, shape or two data_offsets" ],
                        raw ((entry 0L 8L [ 1L ]).Replace(key, "\"x\":1") |> sprintf "{%s}")
                    CheckpointFault.Header,
                    [ "lacks dtype, shape or two data_offsets" ],
                    raw ((entry 0L 8L [ 1L ]).Replace("[0,8]", "[0,8,8]") |> sprintf "{%s}")
                    CheckpointFault.Header,
                    [ "expected an integer ≥ 0 at byte 17" ],
                    raw ("{\"a\":" + "{\"shape\":[1,-2]}}")
                    CheckpointFault.Header, [ "is invalid after a single JSON value" ], raw "{} {}"
                    CheckpointFault.Header, [ "does not begin with '{'" ], raw " {}"
                    CheckpointFault.Offsets, [ "b F64[1]"; "[9, 17]"; "there is a gap before: expected 8" ], two 9L 17L
                    CheckpointFault.Offsets,
                    [ "b F64[1]"; "[7, 15]"; "it overlaps the tensor before: expected 8" ],
                    two 7L 15L
                    CheckpointFault.Offsets, [ "b F64[1]"; "[16, 8]"; "expected 0 ≤ begin ≤ end" ], two 16L 8L
                    CheckpointFault.Truncated, [ "within its first 8 bytes" ], load (Array.zeroCreate 7)
                    CheckpointFault.Header,
                    [ "claims 1 bytes; expected 2 to 100000000" ],
                    load (BitConverter.GetBytes 1L)
                    CheckpointFault.Header, [ "claims 100000001 bytes" ], load (BitConverter.GetBytes 100_000_001L)
                    CheckpointFault.Truncated,
                    [ "claims 2 bytes; the file ends after 0" ],
                    load (BitConverter.GetBytes 2L)
                    CheckpointFault.Truncated,
                    [ "claims 100000000 bytes; the file ends after 3" ],
                    load (Array.append (BitConverter.GetBytes 100_000_000L) "{  "B)
                    CheckpointFault.Truncated,
                    [ "claims 4 bytes; the file has 3 behind its length" ],
                    loadFile (Array.append (BitConverter.GetBytes 4L) "{  "B)
                    CheckpointFault.Truncated,
                    [ "has 11 bytes; its header describes 10" ],
                    loadFile (file false "{}" "x"B)
                ] do
                fails fault words action)

        testCase "an entry is equal to one that says the same" (fun () ->
            let one = StoredTensor("a", "F64", [| 2L; 3L |], 8L, 56L)
            let same = StoredTensor("a", "F64", [| 2L; 3L |], 8L, 56L)
            Expect.equal (one.Equals same, one.GetHashCode()) (true, same.GetHashCode()) "the same"
            Expect.isFalse (one.Equals(Unchecked.defaultof<StoredTensor>)) "nothing"

            for other in
                [
                    StoredTensor("b", "F64", [| 2L; 3L |], 8L, 56L)
                    StoredTensor("a", "F32", [| 2L; 3L |], 8L, 56L)
                    StoredTensor("a", "F64", [| 3L; 2L |], 8L, 56L)
                    StoredTensor("a", "F64", [| 2L |], 8L, 56L)
                    StoredTensor("a", "F64", [| 2L; 3L |], 0L, 56L)
                    StoredTensor("a", "F64", [| 2L; 3L |], 8L, 57L)
                ] do
                Expect.isFalse (one.Equals other) $"{other}"

            Expect.equal (string one, one.Bytes) ("a F64[2, 3]", 48L) "what it says")

        testCase "a report names four tensors of a slot and counts the others" (fun () ->
            let parts slot count = [| for i in 1..count -> StatePart(slot, $"t{i}", i) |]
            let text (parts: StatePart[]) = string (CarryReport(parts, [||], [||]))

            for count, shown in
                [
                    0, "nothing"
                    1, "adam.m of t1"
                    4, "adam.m of t1, t2, t3, t4"
                    5, "adam.m of t1, t2, t3, t4 and 1 more"
                    7, "adam.m of t1, t2, t3, t4 and 3 more"
                ] do
                Expect.equal
                    (text (parts "adam.m" count))
                    $"kept: {shown}\nbegun anew: nothing\ndropped: nothing"
                    "the text"

            let mixed =
                Array.concat [ parts "" 1; [| StatePart("adam.power", "", 1) |]; parts "adam.m" 2 ]

            Expect.equal
                (text mixed)
                "kept: parameters of t1; adam.power; adam.m of t1, t2\nbegun anew: nothing\ndropped: nothing"
                "slots in their order"

            Expect.equal
                [ for part in mixed -> string part ]
                [ "t1"; "adam.power"; "adam.m/t1"; "adam.m/t2" ]
                "as in a file"

            let one, two = parts "a" 1, parts "a" 2
            let report = CarryReport(one, two, [||])
            Expect.isTrue (report.Equals(CarryReport(parts "a" 1, parts "a" 2, [||]))) "by content"
            Expect.equal (report.GetHashCode()) (CarryReport(parts "a" 1, parts "a" 2, [||]).GetHashCode()) "hash"
            Expect.isFalse (report.Equals(Unchecked.defaultof<CarryReport>)) "nothing"

            for other in
                [
                    CarryReport(two, two, [||])
                    CarryReport(one, one, [||])
                    CarryReport(one, two, one)
                ] do
                Expect.isFalse (report.Equals other) "another one")
    ]

/// The memory that a refusal takes on this thread.
let private allocated (action: unit -> State<float>) =
    Allocation.during (fun () ->
        try
            action () |> ignore
            failtest "nothing was thrown"
        with :? CheckpointException ->
            ())

let private damage (random: Random) (bytes: byte[]) =
    let at () = random.Next bytes.Length
    let copy = Array.copy bytes

    match random.Next 7 with
    | 0 ->
        let i = at ()
        copy[i] <- copy[i] ^^^ (1uy <<< random.Next 8)
        copy
    | 1 ->
        for _ in 0 .. random.Next 8 do
            copy[at ()] <- byte (random.Next 256)

        copy
    | 2 -> Array.truncate (at ()) bytes
    | 3 ->
        let i = at ()

        Array.concat [
            bytes[.. i - 1]
            Array.init (1 + random.Next 20) (fun _ -> byte (random.Next 256))
            bytes[i..]
        ]
    | 4 ->
        let i = at ()
        Array.append bytes[.. i - 1] bytes[i + 1 + random.Next 20 ..]
    | 5 ->
        let i, j = at (), at ()
        let length = min (1 + random.Next 64) (bytes.Length - max i j)
        Array.blit bytes i copy j length
        copy
    | _ ->
        let i = at ()
        Array.fill copy i (min (1 + random.Next 64) (bytes.Length - i)) 0uy
        copy

/// How many damaged files: OPTDSL_DAMAGED sets it for longer runs.
let private count =
    match Int32.TryParse(Environment.GetEnvironmentVariable "OPTDSL_DAMAGED") with
    | true, count -> count
    | _ -> 3000

[<Tests>]
let tests =
    testList "damaged checkpoint" [
        headers

        for name, fault, words, action in forged do
            testCase name (fun () -> fails fault words action.Value)

        for name, fault, action in malformed do
            testCase name (fun () -> fails fault [] action)

        testCase "the file written by hand is good as it is" (fun () ->
            Expect.equal (edited id ()) state "unchanged"
            Expect.equal (header id ()) state "unchanged")

        testCase "a bit of the data" (fun () ->
            let bytes = Array.copy good.Value
            bytes[bytes.Length - 1] <- bytes[bytes.Length - 1] ^^^ 128uy
            fails CheckpointFault.Checksum [ "checksum" ] (load bytes))

        testCase "a byte less, a byte more" (fun () ->
            fails CheckpointFault.Truncated [] (load good.Value[.. good.Value.Length - 2])
            fails CheckpointFault.Truncated [] (loadFile good.Value[.. good.Value.Length - 2])
            fails CheckpointFault.Truncated [ "describes" ] (loadFile (Array.append good.Value [| 0uy |])))

        testCase "no memory for what a header claims" (fun () ->
            let claims =
                Array.append (BitConverter.GetBytes 90_000_000L) (Array.create 100 32uy)

            Expect.isLessThan (allocated (load claims)) 1_000_000L "header, length not known"
            Expect.isLessThan (allocated (loadFile claims)) 1_000_000L "header"

            let big =
                render {
                    Metadata = [
                        "optdsl.format", "1"
                        "optdsl.optimizer", "adam 0.1"
                        "optdsl.layout", "[[\"w\",2000000000]]"
                        "optdsl.type", "F64"
                        "optdsl.step", "0"
                        "optdsl.checksum", "xxh64:0000000000000000"
                    ]
                    Items = []
                }

            let path = Path.GetTempFileName()

            try
                File.WriteAllBytes(path, big)
                let loading () = Checkpoint.Load<float> path
                fails CheckpointFault.Missing [ "\"w\"" ] loading
                Expect.isLessThan (allocated loading) 1_000_000L "layout"
            finally
                File.Delete path)

        testCase "no damage passes, and none throws anything else" (fun () ->
            let random = Random 20261129

            for i in 1..count do
                let bytes = damage random good.Value

                if not (bytes.AsSpan().SequenceEqual(ReadOnlySpan good.Value)) then
                    try
                        // A byte behind the state is another's in a stream, but damage in a file.
                        load bytes () |> ignore

                        if not (bytes.AsSpan().StartsWith(ReadOnlySpan good.Value)) then
                            failtestf "damage %d passed" i
                    with :? CheckpointException ->
                        ())

        testCase "forged headers with the right checksum throw nothing else" (fun () ->
            let random = Random 7

            for _ in 1..count do
                let bytes = damage random (Encoding.UTF8.GetBytes(headerOf good.Value))
                let text = Encoding.UTF8.GetString bytes

                let forged =
                    try
                        file true text (dataOf good.Value)
                    with :? ArgumentOutOfRangeException ->
                        file false text (dataOf good.Value)

                try
                    load forged () |> ignore
                with :? CheckpointException ->
                    ())
    ]
