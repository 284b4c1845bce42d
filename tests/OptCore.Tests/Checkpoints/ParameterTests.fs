/// Parameters alone: as other frameworks store a model, and from files of theirs.
module OptCore.Tests.Checkpoints.ParameterTests

open System
open System.IO
open Expecto
open OptCore
open OptCore.Tests.BadInput.Refusals
open OptCore.Tests.Checkpoints.Published
open OptCore.Tests.Checkpoints.States

let private item name kind shape bytes = {
    Name = name
    Type = kind
    Shape = shape
    Bytes = bytes
}

let private halves (values: float list) =
    Array.concat [
        for x in values -> BitConverter.GetBytes(BitConverter.HalfToUInt16Bits(Half.CreateChecked x))
    ]

/// The upper halves of floats: exact for numbers of few bits.
let private brains (values: float list) =
    Array.concat [
        for x in values -> BitConverter.GetBytes(uint16 (BitConverter.SingleToUInt32Bits(float32 x) >>> 16))
    ]

let private foreign = {
    Metadata = [ "format", "pt" ]
    Items = [
        item "model.a" "F16" [ 2L; 2L ] (halves [ 1.5; -2.0; 65504.0; 0.0625 ])
        item "model.b" "BF16" [ 3L ] (brains [ 1.5; -2.0; 3.0e38 ])
        item "model.c" "F32" [] (bytesOf [| 0.1f |])
        item "model.d" "F64" [ 2L ] (bytesOf [| 0.1; 1e300 |])
        item "model.n" "I64" [ 1L ] (bytesOf [| 0.0 |])
    ]
}

let private target =
    Layout.Empty.Add("d", 2).Add("a", 2, 2).Add("model.b", 3).Add("c")

let private names = readOnlyDict [ "a", "model.a"; "c", "model.c"; "d", "model.d" ]

let private withForeign (content: Content) (test: string -> unit) =
    inFolder (fun folder ->
        let path = Path.Combine(folder, "model.safetensors")
        File.WriteAllBytes(path, render content)
        test path)

let private brain (x: float) =
    float (BitConverter.UInt32BitsToSingle((BitConverter.SingleToUInt32Bits(float32 x) >>> 16) <<< 16))

let private fails (fault: CheckpointFault) (words: string list) (action: unit -> 'T) =
    match caught action with
    | :? CheckpointException as refused ->
        Expect.equal refused.Fault fault refused.Message

        for word in words do
            Expect.stringContains refused.Message word "message"
    | e -> failtestf "was %O" e

[<Tests>]
let tests =
    testList "parameters in files" [
        testCase "stored under plain names, of one's own type" (fun () ->
            inFolder (fun folder ->
                let path = Path.Combine(folder, "model.safetensors")
                let state = startSingle ((Optimizer.Adam 0.1).Average 0.9) |> stepSingle 1
                Checkpoint.SaveParameters(state, path)
                let content = read path
                Expect.equal (metadata "format" content) "pt" "what readers look for"

                Expect.equal
                    [ for item in content.Items -> item.Name, item.Type, item.Shape, item.Bytes ]
                    [
                        for tensor in layout.Tensors ->
                            tensor.Name,
                            "F32",
                            [ for axis in tensor.Shape -> int64 axis ],
                            bytesOf (state.Tensor tensor.Name)
                    ]
                    "the tensors and nothing else"

                Expect.equal (Checkpoint.LoadParameters<float32>(layout, path)) (state.ToArray()) "back"

                Expect.equal
                    (Checkpoint.LoadParameters<float>(layout, path))
                    (Array.map float (state.ToArray()))
                    "widened"

                let again = Checkpoint.LoadParameters<float32> path
                Expect.equal again.Layout layout "layout"
                Expect.equal (again.ToArray()) (state.ToArray()) "values"
                let values = state.ToArray()
                Checkpoint.SaveParameters<float32>(layout, ReadOnlySpan values, path)
                Expect.equal (read path) content "from a vector"
                fails CheckpointFault.Metadata [ "optdsl.optimizer" ] (fun () -> Checkpoint.Load(state.Plan, path))))

        testCase "tensors of many pieces, of every type, converted to either type" (fun () ->
            // Whole numbers that all types have exactly; pieces are cut at powers of two.
            let number i = float ((i * 37) % 251 - 125)

            let types: (string * int * (float list -> byte[])) list = [
                "F16", 2, halves
                "BF16", 2, brains
                "F32", 4, (List.map float32 >> Array.ofList >> bytesOf)
                "F64", 8, (Array.ofList >> bytesOf)
            ]

            for name, size, stored in types do
                // Behind a tensor of one number, so that the second one begins within a register.
                for length in [ 65_536 / size; 65_536 / size + 1; 600_000 / size + 3 ] do
                    let layout = Layout.Empty.Add("a", 1).Add("b", length).Add("c", 5)
                    let values = List.init layout.Length number

                    let content = {
                        Metadata = []
                        Items = [
                            for tensor in layout.Tensors ->
                                item
                                    tensor.Name
                                    name
                                    [ int64 tensor.Length ]
                                    (stored values[tensor.Offset .. tensor.End - 1])
                        ]
                    }

                    withForeign content (fun path ->
                        Expect.equal
                            (Checkpoint.LoadParameters<float>(layout, path))
                            (Array.ofList values)
                            $"{name}: float"

                        Expect.equal
                            (Checkpoint.LoadParameters<float32>(layout, path))
                            (values |> List.map float32 |> Array.ofList)
                            $"{name}: float32"))

        testCase "a checkpoint gives its parameters" (fun () ->
            inFolder (fun folder ->
                let path = Path.Combine(folder, "a.safetensors")
                let state = startDouble ((Optimizer.Sgd 0.1).Momentum 0.9) |> walk 2 |> List.last
                Checkpoint.Save(state, path)
                Expect.equal (Checkpoint.LoadParameters<float>(layout, path)) (state.ToArray()) "values"
                let all = Checkpoint.LoadParameters<float> path
                Expect.equal all.Layout layout "in the order of its layout"
                Expect.equal (all.ToArray()) (state.ToArray()) "values"))

        testCase "foreign files of every type, with a map of names" (fun () ->
            withForeign foreign (fun path ->
                let values = Checkpoint.LoadParameters<float>(target, path, names, true)

                Expect.equal
                    values
                    [|
                        0.1
                        1e300
                        1.5
                        -2.0
                        65504.0
                        0.0625
                        1.5
                        -2.0
                        brain 3.0e38
                        float 0.1f
                    |]
                    "values"))

        testCase "a file without the tensor names eight of those that it has" (fun () ->
            for count in [ 1; 7; 8; 9; 20 ] do
                let content = {
                    Metadata = []
                    Items = [ for i in 1..count -> item $"t{i:D2}" "F64" [ 1L ] (bytesOf [| float i |]) ]
                }

                withForeign content (fun path ->
                    let shown = String.Join(", ", [ for i in 1 .. min 8 count -> $"\"t{i:D2}\"" ])
                    let more = if count > 8 then ", …" else ""

                    fails CheckpointFault.Missing [ $"\"a\" is not in the file; it has: {shown}{more}." ] (fun () ->
                        Checkpoint.LoadParameters<float>(Layout.Empty.Add("a", 1), path))))

        testCase "what does not fit is refused" (fun () ->
            withForeign foreign (fun path ->
                fails CheckpointFault.Unknown [ "model.n" ] (fun () ->
                    Checkpoint.LoadParameters<float>(target, path, names))

                fails CheckpointFault.Missing [ "\"d\""; "model.a" ] (fun () ->
                    Checkpoint.LoadParameters<float>(target, path))

                fails CheckpointFault.Value [ "model.d"; "1E+300"; "F32" ] (fun () ->
                    Checkpoint.LoadParameters<float32>(target, path, names, true))

                fails CheckpointFault.Shape [ "model.a F16[2, 2]"; "[4]" ] (fun () ->
                    Checkpoint.LoadParameters<float>(Layout.Empty.Add("model.a", 4), path, null, true))

                fails CheckpointFault.Type [ "model.n I64"; "BF16" ] (fun () ->
                    Checkpoint.LoadParameters<float>(Layout.Empty.Add("model.n", 1), path, null, true))

                fails CheckpointFault.Type [ "model.n I64" ] (fun () -> Checkpoint.LoadParameters<float> path)

                argument [ "\"x\""; "\"d\"" ] (fun () ->
                    Checkpoint.LoadParameters<float>(target, path, readOnlyDict [ "x", "y" ], true))

                argument [ "model.b" ] (fun () ->
                    Checkpoint.LoadParameters<float>(
                        Layout.Empty.Add("model.b", 3).Add("x", 3),
                        path,
                        readOnlyDict [ "x", "model.b" ],
                        true
                    ))))
    ]
