/// States of every optimizer of the specimens, after a few steps.
module OptCore.Tests.Checkpoints.States

open System
open OptCore
open OptCore.Tests.Oracle

let layout =
    Layout.Empty.Add("w", 2, 3).Add("b", 1).Add("scalar").Add("empty", 0).Add("hidden.w", 5)

/// Numbers in [−1, 1) that differ from call to call.
let numbers (seed: int) (length: int) =
    let random = Random seed
    Array.init length (fun _ -> 2.0 * random.NextDouble() - 1.0)

let singles (values: float[]) = Array.map float32 values

/// Optimizers by name: those of the specimens, and some whose states are of several parts.
let optimizers = [
    for specimen in Specimens.all do
        if Problems.needsMatrices specimen.Optimizer then
            (Optimizer.Sgd 0.1).Only("w", Func<_, _>(fun (inner: Optimizer) -> inner.With specimen.Stage))
        else
            specimen.Optimizer
    Optimizer.Parse
        "partition [\"w\", adam 0.1; \"*\", sgd 0.1 |> momentum 0.9] |> skipNonFinite 3 |> accumulate 2 |> noise 0.1 0.5 -7 |> average 0.9 |> average 0.5"
    Optimizer.Parse "novoGrad 0.1 |> freeze \"b\" |> except \"w\" (weightDecay 0.1) |> plateau 1 0.5 |> cosine 50"
]

let stepDouble (seed: int) (state: State<float>) =
    state.Plan.Step(state, numbers seed state.Plan.Layout.Length, float (seed % 3), atPoint = true)

let stepSingle (seed: int) (state: State<float32>) =
    state.Plan.Step(state, singles (numbers seed state.Plan.Layout.Length), float (seed % 3), atPoint = true)

/// The states before and after so many gradients.
let walk (steps: int) (start: State<float>) =
    List.scan (fun state seed -> stepDouble seed state) start [ 1..steps ]

let startDouble (optimizer: Optimizer) =
    optimizer.Plan<float>(layout).Init(numbers 0 layout.Length)

let startSingle (optimizer: Optimizer) =
    optimizer.Plan<float32>(layout).Init(singles (numbers 0 layout.Length))

/// The bytes of numbers in memory.
let bytesOf<'T when 'T: unmanaged and 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType> (values: 'T[]) =
    Runtime.InteropServices.MemoryMarshal.AsBytes(ReadOnlySpan<'T> values).ToArray()
