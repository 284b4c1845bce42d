/// The contracts of every optimizer and schedule (OptVerify) on random pipelines, layouts and schedules.
module OptDsl.Tests.ContractTests

open Expecto
open FsCheck.FSharp
open OptVerify
open OptDsl.Tests
open OptDsl.Tests.Problems

let private keeps (laws: Law list) =
    for law in laws do
        let verdict = law.JudgeOn(Subject.library, 2, 1UL)

        if not verdict.Holds then
            failtest (string verdict)

[<Tests>]
let tests =
    testList "contracts" [
        testProperty "random pipelines on random layouts keep them"
        <| Prop.forAll problems (fun problem -> keeps (Laws.forOptimizerOn problem.Layout problem.Optimizer))
        testProperty "random schedules keep them"
        <| Prop.forAll Schedules.schedules (fun schedule -> keeps (Laws.forSchedule schedule))
    ]
