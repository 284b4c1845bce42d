// What theory says about an optimizer, and what it does not. After `dotnet build -c Release`:
//   dotnet fsi samples/verify.fsx
#r "../src/OptVerify.FSharp/bin/Release/net10.0/OptCore.CSharp.dll"
#r "../src/OptVerify.FSharp/bin/Release/net10.0/OptModels.CSharp.dll"
#r "../src/OptVerify.FSharp/bin/Release/net10.0/OptDsl.FSharp.dll"
#r "../src/OptVerify.FSharp/bin/Release/net10.0/MathNet.Numerics.dll"
#r "../src/OptVerify.FSharp/bin/Release/net10.0/FsCheck.dll"
#r "../src/OptVerify.FSharp/bin/Release/net10.0/OptVerify.FSharp.dll"

open FsCheck
open OptCore
open OptDsl
open OptVerify

let show value = printfn "%O\n" value

// A rate above the limit of stability: the limit, the function on which the run explodes, and the theorems that are lost.
verify (sgd 0.4 |> momentum 0.9) (StronglyConvex(1.0, 10.0)) |> show

// The code of the table runs as it stands.
let points =
    Runs.points (sgd 0.4 |> momentum 0.9) (CounterExampleFunctions.quadratic 10.0) [| 1.0 |] 100

let final = points[100]
printfn "after 100 updates: %A\n" final

// Theorems about gradient descent, judged at this rate: a ratio of 1 says that the bound is attained.
verify (sgd 0.15) (Convex 10.0) |> show

// Adam has no rate on this class; its steps are bounded, and the bound is attained.
verify (adam 0.1) (Convex 10.0) |> show

// The last iterate of a subgradient method, for any schedule.
verify (sgd 0.1 |> inverseSqrt) (NonSmooth 1.0) |> show

// The same laws as properties for any runner.
for law in Theorems.laws (sgd 0.15) (Convex 10.0) do
    Check.One(Config.QuickThrowOnFailure.WithMaxTest 20, law.Check)
    printfn "checked: %O" law

printfn ""

// Exact rates on quadratics, from the responses of the optimizer itself; and the best there are.
Rate.onQuadratics (sgd 0.1 |> momentum 0.5) (1.0, 10.0) |> show
Rate.limit (sgd 0.1 |> nesterov 0.9) (1.0, 10.0) |> show
Rate.worstFactor (sgd 0.1 |> momentum 0.5 |> cosine 50) 50 (1.0, 10.0) |> show
let tuned = Rate.tune Family.HeavyBall (1.0, 100.0)
printfn "tuned for (1, 100): %O, %g per update\n" tuned.Optimizer tuned.Factor

// The best rate on quadratics is no promise for other functions: Polyak's tuning runs in a circle.
verify tuned.Optimizer (StronglyConvex(1.0, 100.0)) |> show

// Nesterov's momentum is proved to converge on the whole class.
verify (sgd 0.01 |> nesterov (9.0 / 11.0)) (StronglyConvex(1.0, 100.0)) |> show

// Constant steps cannot end on a function with a kink; and Adam can end at the worst point of a box.
verify (sgd 0.1) (NonSmooth 1.0) |> show
CounterExamples.adamStuck |> CounterExample.run |> CounterExample.report |> show
