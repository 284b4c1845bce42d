/// Runs with a wrong start, plan, option or objective are refused before they begin.
module OptCore.Tests.BadInput.RunTests

open System
open Expecto
open OptCore
open OptModels
open OptCore.Tests.BadInput.Refusals

let private minimizing =
    let bowl = Quadratic [| 1.0; 2.0 |]
    let sgd = Optimizer.Sgd 0.1

    testList "minimize" [
        testCase "a start of a wrong length, or not finite" (fun () ->
            argument [ "start has 3"; "2" ] (fun () -> Minimizer.Minimize(sgd, bowl, vector [ 1.0; 2.0; 3.0 ]))
            argument [ "start[1] = NaN" ] (fun () -> Minimizer.Minimize(sgd, bowl, vector [ 1.0; nan ]))
            argument [ "start[0] = Infinity" ] (fun () -> Minimizer.Trace(sgd, bowl, vector [ infinity; 1.0 ])))

        testCase "a plan or a state of another dimension" (fun () ->
            argument [ "quadratic has 2"; "3" ] (fun () ->
                Minimizer.Minimize(sgd.Plan 3, bowl, vector [ 1.0; 2.0; 3.0 ]))

            argument [ "quadratic has 2"; "1" ] (fun () -> Minimizer.Minimize((sgd.Plan 1).Init(vector [ 1.0 ]), bowl)))

        testCase "options out of range" (fun () ->
            range [ "Steps = -1" ] (fun () -> MinimizeOptions(Steps = -1L))
            range [ "GradientTolerance = -1" ] (fun () -> MinimizeOptions(GradientTolerance = -1.0))
            range [ "GradientTolerance = NaN" ] (fun () -> MinimizeOptions(GradientTolerance = nan))
            range [ "Target = Infinity" ] (fun () -> MinimizeOptions(Target = infinity))
            range [ "Patience = 0" ] (fun () -> MinimizeOptions(Patience = 0L))
            range [ "ValueTolerance = -1" ] (fun () -> MinimizeOptions(ValueTolerance = -1.0))
            range [ "TimeLimit" ] (fun () -> MinimizeOptions(TimeLimit = TimeSpan.Zero))
            range [ "DivergenceThreshold = 0" ] (fun () -> MinimizeOptions(DivergenceThreshold = 0.0))
            range [ "HistoryEvery = -1" ] (fun () -> MinimizeOptions(HistoryEvery = -1))
            range [ "ProgressEvery" ] (fun () -> MinimizeOptions(ProgressEvery = TimeSpan.FromSeconds -1.0)))

        testCase "objectives: lengths, overlaps, shapes" (fun () ->
            let gradient = Array.zeroCreate<float> 2
            argument [ "parameters"; "1"; "2" ] (fun () -> bowl.Evaluate(vector [ 1.0 ], gradient))
            argument [ "gradient"; "1"; "2" ] (fun () -> bowl.Evaluate(vector [ 1.0; 2.0 ], Array.zeroCreate<float> 1))
            argument [ "overlaps" ] (fun () -> bowl.Evaluate(gradient, gradient))
            argument [ "spectrum"; "0" ] (fun () -> Quadratic [||])
            range [ "spectrum = NaN" ] (fun () -> Quadratic [| nan |])
            argument [ "minimizer"; "1"; "2" ] (fun () -> Quadratic([| 1.0; 2.0 |], [| 1.0 |]))
            range [ "dimension = 1" ] (fun () -> Rosenbrock 1)
            range [ "dimension = -1" ] (fun () -> FunctionObjective.OfArrays(-1, (fun _ -> 0.0), id))

            argument [ "gradient function"; "length 1"; "length 2" ] (fun () ->
                FunctionObjective
                    .OfArrays(2, (fun _ -> 0.0), (fun _ -> [| 1.0 |]))
                    .Evaluate(vector [ 1.0; 2.0 ], gradient)))

        testCase "mini-batches" (fun () ->
            let sum = LeastSquares(array2D [ [ 1.0 ]; [ 2.0 ] ], [| 1.0; 2.0 |])
            range [ "batchSize = 0"; "2" ] (fun () -> MiniBatches(sum, 0))
            range [ "batchSize = 3"; "2" ] (fun () -> MiniBatches(sum, 3))
            range [ "step = -1" ] (fun () -> MiniBatches(sum, 1).Epoch -1L)
            range [ "step = -1" ] (fun () -> MiniBatches(sum, 1).Batch(-1L).Length)
            let gradient = Array.zeroCreate<float> 1
            let none, outside: int[] * int[] = [||], [| 0; 2 |]
            argument [ "samples is empty" ] (fun () -> sum.Evaluate(none, vector [ 1.0 ], gradient))
            range [ "samples[1] = 2" ] (fun () -> sum.Evaluate(outside, vector [ 1.0 ], gradient)))
    ]

[<Tests>]
let tests = testList "bad input" [ minimizing ]
