// A run that stops in the middle, in a process that is gone, goes on in another one, and then with another optimizer.
// After `dotnet build -c Release`: dotnet fsi samples/22-resume.fsx
#r "../src/OptDsl.FSharp/bin/Release/net10.0/OptCore.CSharp.dll"
#r "../src/OptDsl.FSharp/bin/Release/net10.0/OptModels.CSharp.dll"
#r "../src/OptDsl.FSharp/bin/Release/net10.0/OptDsl.FSharp.dll"

open System.IO
open OptCore
open OptDsl

let folder = Directory.CreateTempSubdirectory().FullName
let valley = Objective.rosenbrock 10
let start = Array.create 10 -1.0
let layout = Layout.Empty.Add("left", 5).Add("right", 5)
let optimizer = adam 0.01 |> cosine 3000 |> average 0.99
let log = Path.Combine(folder, "run.log")

/// What a program says each time it is started: the folder, and how far. Nothing else is kept between two calls.
let program steps =
    let kept = Checkpoints(Path.Combine(folder, "run"), EverySteps = 250L, Keep = 2)
    let options = MinimizeOptions(Steps = steps, Checkpoints = kept, Record = log)

    optimizer
    |> plan layout
    |> fun plan -> Minimizer.Minimize(plan, valley, start, options)

printfn "the whole run:       %O" (optimizer |> minimize 3000 valley start)

// The process ends at step 1100. What it knew is in the newest file.
let first = program 1100L
printfn "\nends:                %O" first

for file in Directory.GetFiles(Path.Combine(folder, "run")) |> Array.sort do
    printfn "  %s, step %d" (Path.GetFileName file) (Checkpoint.inspect file).Step.Value

// The next process says the same.
let second = program 3000L
printfn "\ngoes on:             %O" second

let whole =
    optimizer
    |> plan layout
    |> fun plan -> Minimizer.Minimize(plan, valley, start, MinimizeOptions(Steps = 3000L))

printfn "the same bits:       %b" (second = whole)

// The log has every update of both processes, and is made again.
printfn "the log, replayed:   %O" (Run.replay log valley)

// From its last state on with another optimizer: what fits is kept, what is new begins, what is lost must be allowed.
let file = Path.Combine(folder, "last.safetensors")
second.State |> Checkpoint.save file

let next = adam 0.001 |> momentum 0.9 |> freeze "left" |> plan layout
let stored: State<float> = Checkpoint.restore file

try
    stored |> carry next |> ignore
with :? System.ArgumentException as refusal ->
    printfn "\nrefused:             %s" (refusal.Message.Split('\n')[0])

let moved = stored |> Run.carryWith (CarryOptions(AllowDropped = true)) next
printfn "\n%O" moved

let finished = moved.State |> Run.resume 500 valley
printfn "\n500 steps later:     %O" finished

if second <> whole || finished.State.Tensor "left" <> stored.Tensor "left" then
    exit 1

Directory.Delete(folder, true)
