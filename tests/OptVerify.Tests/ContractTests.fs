module OptVerify.Tests.ContractTests

open Expecto
open FsCheck
open OptCore
open OptDsl
open OptVerify

let private holds (law: Law) =
    testCase law.Title (fun () ->
        let verdict =
            law.JudgeOn(Subject.library, max 20 (Sampling.cases / 5), Sampling.seed)

        if not verdict.Holds then
            failtest (string verdict))

let private stages: IStage list =
    List.distinct [
        for row in Catalogue.Stages.rows do
            for value in row.Values do
                value.Stage
    ]

let private optimizers = [
    sgd 0.1
    sgd 0.1 |> clip 1.0 |> momentum 0.9 |> weightDecay 0.01 |> cosine 10
    adamW 0.01 0.001 |> clip 1.0 |> warmupCosine 3 10 |> average 0.9
    lion 0.01 |> accumulate 2 |> lookahead 3 0.5
    partition [ "*", adam 0.1 |> clip 1.0 ] |> clipValue 2.0
    flow [ Momentum 0.9; ClipGlobalNorm 1.0 ] 0.1
]

let private schedules: ISchedule list =
    (Catalogue.Schedules.rows |> List.collect _.Values)
    @ [
        Schedule.warmup 10 |> Schedule.andThen 10 (Schedule.cosine 90)
        Schedule.cosine 20 |> Schedule.repeat 20 |> Schedule.atLeast 0.1
        // Growing ones saturate.
        Schedule.geometric 3.0
        Schedule.stepDecay 1 1e3
        Schedule.multiStep [ 0..200 ] 1e300
        Schedule.constant 1e300 |> Schedule.times (Schedule.constant 1e300)
        Schedule.constant 1e308
        |> Schedule.plus (Schedule.constant System.Double.MaxValue)
        Schedule.geometric 1e3 |> Schedule.scaleBy 1e300
        LinearRamp(5, From = 1e300, To = System.Double.MaxValue)
    ]

// Two values of one list may give laws of one title; a test needs a name of its own.
let private each (laws: 'a -> Law list) (values: 'a list) =
    values |> List.collect laws |> List.distinctBy _.Title |> List.map holds

[<Tests>]
let tests =
    testList "contracts" [
        testList "stages" (each Laws.forStage stages)
        testList "optimizers" (each Laws.forOptimizer optimizers)
        testList "schedules" (each Laws.forSchedule schedules)
        testCase "one line with FsCheck alone" (fun () ->
            for law in Laws.forOptimizer (adam 0.1) do
                Check.One(Config.QuickThrowOnFailure.WithMaxTest 20, law.Check))
        testProperty "one line with Expecto" (Laws.find "GD-1").Check
        testCase "an unknown law names the known ones" (fun () ->
            Expect.throwsT<System.ArgumentException> (fun () -> Laws.find "GD-0" |> ignore) "GD-0")
    ]
