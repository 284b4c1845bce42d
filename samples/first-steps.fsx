// Optimizers as values, one at a time. After `dotnet build -c Release`:
//   dotnet fsi samples/first-steps.fsx
#r "../src/OptDsl.FSharp/bin/Release/net10.0/OptCore.CSharp.dll"
#r "../src/OptDsl.FSharp/bin/Release/net10.0/OptModels.CSharp.dll"
#r "../src/OptDsl.FSharp/bin/Release/net10.0/OptDsl.FSharp.dll"
#load "../src/OptDsl.FSharp/content/OptDsl.FSharp.fsx"

open OptCore
open OptDsl

// Words compose with F#'s own operators; an optimizer prints as the code that builds it.
let pipeline = sgd >> momentum 0.9 >> clip 1.0 >> cosine 300
let optimizer = pipeline 0.05
printfn "%O" optimizer
printfn "reads back as the same value: %b" (Optimizer.Parse(string optimizer) = optimizer)

// A run is a value, too; it says why it ended.
let valley = Objective.rosenbrock 2
let start = [| -1.0; 0.5 |]
let result = optimizer |> minimize 300 valley start
printfn "\n%O" result

// A trace is lazy: only what is looked at is computed.
printfn "\nthe first iterates:"
optimizer |> trace valley start |> Seq.take 3 |> Seq.iter (printfn "  %O")

// Half a run, kept as a state, goes on as if nothing had happened: the same bits.
let half = optimizer |> minimize 150 valley start
let resumed = half.State |> Run.resume 150 valley
printfn "\n%O" half.State
printfn "resumed, the same bits: %b" (resumed.State = result.State)
