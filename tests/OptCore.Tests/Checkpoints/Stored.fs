/// A small checkpoint whose bytes are known, and how one that says something else is refused.
module OptCore.Tests.Checkpoints.Stored

open System
open System.IO
open Expecto
open OptCore
open OptCore.Tests.BadInput.Refusals
open OptCore.Tests.Checkpoints.Published
open OptCore.Tests.Checkpoints.States

let fails (fault: CheckpointFault) (words: string list) (action: unit -> 'T) =
    match caught action with
    | :? CheckpointException as refused ->
        Expect.equal refused.Fault fault refused.Message

        for word in words do
            Expect.stringContains refused.Message word "message"
    | e -> failtestf "was %O" e

let isNull (name: string) (action: unit -> 'T) =
    match caught action with
    | :? ArgumentNullException as e -> Expect.equal e.ParamName name "the parameter"
    | e -> failtestf "%O" e

let withFile (bytes: byte[]) (test: string -> unit) =
    inFolder (fun folder ->
        let path = Path.Combine(folder, "a.safetensors")
        File.WriteAllBytes(path, bytes)
        test path)

let item name kind shape bytes = {
    Name = name
    Type = kind
    Shape = shape
    Bytes = bytes
}

let doubles name (values: float list) =
    item name "F64" [ int64 values.Length ] (bytesOf (Array.ofList values))

let state = startDouble ((Optimizer.Sgd 0.1).Momentum 0.9) |> walk 3 |> List.last

let stored =
    lazy
        (use stream = new MemoryStream()
         Checkpoint.Save(state, stream)
         stream.ToArray())

let with' key value (content: Content) =
    if List.exists (fst >> (=) key) content.Metadata then
        withMetadata key value content
    else
        {
            content with
                Metadata = content.Metadata @ [ key, value ]
        }

let foreign = {
    Metadata = []
    Items = [ doubles "a" [ 1.5; -2.0 ]; doubles "b" [ 0.25 ] ]
}
