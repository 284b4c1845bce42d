// A model of one's own without a framework: a record of arrays, gradients by hand, trained where they are.
// After `dotnet build -c Release`:
//   dotnet fsi samples/own-model.fsx
#r "../src/OptDsl.FSharp/bin/Release/net10.0/OptCore.CSharp.dll"
#r "../src/OptDsl.FSharp/bin/Release/net10.0/OptModels.CSharp.dll"
#r "../src/OptDsl.FSharp/bin/Release/net10.0/OptDsl.FSharp.dll"
#load "../src/OptDsl.FSharp/content/OptDsl.FSharp.fsx"

open System
open OptCore
open OptDsl

/// y = v · tanh(W x + b) + c, with one input and so many hidden units.
type Model = {
    W: float32[]
    B: float32[]
    V: float32[]
    C: float32[]
}

let hidden = 16
let random = Random 1
let draw n scale = Array.init n (fun _ -> scale * (2.0f * random.NextSingle() - 1.0f))

let model = {
    W = draw hidden 2.0f
    B = draw hidden 1.0f
    V = draw hidden 0.5f
    C = [| 0.0f |]
}

// The gradients have the same shape, and are the same arrays in every step.
let gradient = {
    W = Array.zeroCreate hidden
    B = Array.zeroCreate hidden
    V = Array.zeroCreate hidden
    C = Array.zeroCreate 1
}

let samples = [| for i in 0..63 -> let x = float32 i / 32.0f - 1.0f in x, sin (3.0f * x) |]

/// The mean of ½(y − target)², and its gradient by hand.
let loss () =
    for values in [ gradient.W; gradient.B; gradient.V; gradient.C ] do
        Array.Clear values

    let mutable sum = 0.0f

    for x, target in samples do
        let units = Array.init hidden (fun i -> tanh (model.W[i] * x + model.B[i]))
        let error = Array.fold2 (fun y v unit -> y + v * unit) model.C[0] model.V units - target
        let share = error / float32 samples.Length
        sum <- sum + 0.5f * error * share
        gradient.C[0] <- gradient.C[0] + share

        for i in 0 .. hidden - 1 do
            let back = share * model.V[i] * (1.0f - units[i] * units[i])
            gradient.V[i] <- gradient.V[i] + share * units[i]
            gradient.W[i] <- gradient.W[i] + back * x
            gradient.B[i] <- gradient.B[i] + back

    float sum

// Names are what scopes speak of. The arrays stay where they are: the optimizer writes into the record's.
let optimizer =
    adam 0.02 |> clip 1.0 |> except "b*" (weightDecay 1e-4) |> warmupCosine 50 1000

let session =
    optimizer |> bind [ "w", model.W; "bias", model.B; "v", model.V; "c", model.C ]

let gradients = [| gradient.W; gradient.B; gradient.V; gradient.C |]
printfn "%O" session.Plan

for step in 0..1000 do
    let value = loss ()

    if step % 250 = 0 then
        printfn "step %4d: loss %.6f, rate %.4f" step value (session.Rate())

    session.Step(gradients, value) |> ignore

let final = loss ()
printfn "loss %.6f" final

// A tensor without a gradient stays as it is: null, or a name that is missing.
let before = Array.copy model.W
session.Step(dict [ "v", gradient.V; "c", gradient.C ] |> Collections.Generic.Dictionary) |> ignore
printfn "without a gradient the weights stay: %b" (before = model.W)

(session :> IDisposable).Dispose()

if final > 1e-3 || before <> model.W then
    exit 1
