/// Words of the modules Objective and Run that nothing else runs.
module OptDsl.Tests.RunWordsTests

open System
open Expecto
open MathNet.Numerics.LinearAlgebra
open OptCore
open OptDsl

[<Tests>]
let tests =
    testList "words of Objective and Run" [
        testCase "test functions at points where they are known" (fun () ->
            let at point (objective: IObjective) =
                objective |> Objective.value point, objective |> Objective.gradient point

            Expect.equal (Objective.himmelblau |> at [| 3.0; 2.0 |]) (0.0, [| 0.0; 0.0 |]) "a minimum of Himmelblau's"
            // 2x(x² + y − 11)·2 + 2(x + y² − 7) at the origin: −14 and −22.
            Expect.equal (Objective.himmelblau |> at [| 0.0; 0.0 |]) (170.0, [| -14.0; -22.0 |]) "its origin"

            Expect.equal
                (Objective.rastrigin 3 |> at [| 0.0; 0.0; 0.0 |])
                (0.0, [| 0.0; 0.0; 0.0 |])
                "Rastrigin's minimum"

            Expect.equal (Objective.rastrigin 1 |> Objective.value [| 0.5 |]) 20.25 "¼ + 10·2 between two minima"
            Expect.equal (Objective.sharpAndFlat 9.0 |> Objective.value [| 0.0; 2.0 |]) 2.25 "¼ + ½·2² at the saddle"

            Expect.equal
                ((Objective.sharpAndFlat 9.0).Evaluate(ReadOnlySpan [| 0.0; 0.0 |], Span(Array.zeroCreate<float> 2)))
                0.25
                "¼")

        testCase "ofVectors takes and gives MathNet's vectors" (fun () ->
            let bowl = Objective.ofVectors 2 (fun x -> x.DotProduct x / 2.0) (fun x -> x)

            Expect.equal (bowl |> Objective.value [| 3.0; 4.0 |]) 12.5 "value"
            Expect.equal (bowl |> Objective.gradient [| 3.0; 4.0 |]) [| 3.0; 4.0 |] "gradient")

        testCase "traceFrom goes on where a state is" (fun () ->
            let bowl = Objective.quadratic [| 1.0; 4.0 |]
            let whole = adam 0.1 |> trace bowl [| 3.0; -2.0 |] |> Seq.truncate 8 |> List.ofSeq
            let rest = whole[3].State |> Run.traceFrom bowl |> Seq.truncate 5 |> List.ofSeq
            Expect.equal (rest |> List.map _.State) (whole |> List.skip 3 |> List.map _.State) "the same states")

        testCase "minimizeFrom starts at a MathNet vector, point ends at one" (fun () ->
            let bowl = Objective.quadratic [| 1.0; 1.0 |]

            let result =
                sgd 0.5
                |> Run.minimizeFrom (MinimizeOptions(Steps = 1L)) bowl (Vector<float>.Build.Dense [| 3.0; -4.0 |])

            Expect.equal (Run.point result) (Vector<float>.Build.Dense [| 1.5; -2.0 |]) "half way")
    ]
