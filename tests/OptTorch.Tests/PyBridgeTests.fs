/// Checkpoints in the hands of another library: TorchSharp.PyBridge has a reader and a writer of safetensors of its own.
module OptTorch.Tests.PyBridgeTests

open System
open System.Collections.Generic
open Expecto
open Catalogue
open OptCore
open OptDsl
open TorchSharp
open TorchSharp.PyBridge
open OptTorch.Tests.Libtorch
open OptTorch.Tests.Models

let private layout = Layout.Empty.Add("w", 2, 3).Add("b", 4)

/// Every stage of the catalogue, alone or behind those that it is shown with.
let private optimizers = [
    for row in Stages.rows do
        for value in row.Values do
            List.fold
                (fun (optimizer: Optimizer) (stage: IStage) -> optimizer.With stage)
                (sgd 0.1)
                (value.Before @ [ value.Stage ])
]

/// A state after three steps; None where the stage does not go with these tensors.
let private stepped (optimizer: Optimizer) =
    try
        let plan = optimizer.Plan<float32> layout

        let numbers (seed: int) =
            Array.init layout.Length (fun i -> float32 (sin (float (i + 3 * seed))))

        Some(
            List.fold
                (fun (state: State<float32>) seed -> plan.Step(state, numbers seed, 1.0 / float seed, atPoint = true))
                (plan.Init(numbers 0))
                [ 1..3 ]
        )
    with
    | :? ArgumentException
    | :? InvalidOperationException -> None

/// The state that a file holds, by what the other library reads in it.
let private restored (state: State<float32>) (read: IDictionary<string, Tensor>) =
    let parts (name: string) (tensors: seq<TensorInfo>) =
        if Seq.isEmpty tensors then
            [ read[name] ]
        else
            [ for tensor in tensors -> read[$"{name}/{tensor.Name}"] ]

    let slot (slot: StateSlot) =
        let parts = parts slot.Name slot.Tensors

        match parts.Head.dtype with
        | torch.ScalarType.Int64 -> SlotValues<float32>.OfCount(slot.Name, parts.Head.data<int64>().ToArray()[0])
        | torch.ScalarType.Float64 ->
            SlotValues<float32>
                .OfNumbers(
                    slot.Name,
                    ReadOnlySpan [|
                        for part in parts do
                            yield! part.data<float>().ToArray()
                    |]
                )
        | _ ->
            SlotValues<float32>
                .OfElements(
                    slot.Name,
                    ReadOnlySpan [|
                        for part in parts do
                            yield! part.data<float32>().ToArray()
                    |]
                )

    let parameters = [|
        for tensor in layout.Tensors do
            yield! read[tensor.Name].data<float32>().ToArray()
    |]

    state.Plan.Restore(state.Step, parameters, [| for one in state.Slots -> slot one |])

[<Tests>]
let tests =
    testList "PyBridge" [
        torchTest "reads the file of every optimizer: names, shapes, numbers make the same state" (fun () ->
            let states = optimizers |> List.choose stepped
            Expect.isGreaterThan states.Length 150 "optimizers"

            within (fun path ->
                for state in states do
                    Checkpoint.save path state
                    let read = Safetensors.LoadStateDict path

                    for tensor in layout.Tensors do
                        Expect.equal
                            (Array.map int read[tensor.Name].shape)
                            (Array.ofSeq tensor.Shape)
                            $"shape of {tensor.Name}"

                    Expect.equal (restored state read) state (string state.Plan.Optimizer)))

        torchTest "writes parameters that are read here with the same bits" (fun () ->
            within (fun path ->
                let values = Array.init layout.Length (fun i -> float32 (i - 3) / 7.0f)

                let written =
                    Dictionary(
                        dict [
                            "w", torch.tensor(values[..5]).reshape(2L, 3L)
                            "b", torch.tensor values[6..]
                        ]
                    )

                Safetensors.SaveStateDict(path, written)
                Expect.equal (Checkpoint.LoadParameters<float32>(layout, path)) values "the same numbers"))
    ]
