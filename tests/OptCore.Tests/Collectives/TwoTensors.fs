/// Two small tensors and their gradients on ranks, and the ways to hand them in.
module OptCore.Tests.TwoTensors

open System
open OptCore

let layout = Layout.Empty.Add("w", 4, 3).Add("b", 5)
let start = Array.init layout.Length (fun i -> float (i % 5) / 4.0 - 0.5)

let gradient (step: int) (rank: int) =
    Array.init layout.Length (fun i -> float ((i * 7 + rank * 3 + step * 5) % 11) / 8.0 - 0.5)

/// The sum in the tree of two or three, divided.
let meanOf (size: int) (of': int -> float[]) =
    [ 0 .. size - 1 ]
    |> List.map of'
    |> List.reduce (Array.map2 (+))
    |> Array.map (fun x -> x / float size)

let onRanks (size: int) (work: ICollectives -> unit) =
    ThreadRanks.Run(size, Action<ICollectives> work)

let split (values: float[]) = [| values[..11]; values[12..] |]
let given (values: float[]) : (float[] | null)[] = [| for one in split values -> one |]

let blocks (values: float[]) = [| for one in split values -> TensorBlock<float>.op_Implicit one |]
