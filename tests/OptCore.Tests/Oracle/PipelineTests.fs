/// Random optimizers follow the equations, give the same bits in every way and read their own text.
module OptCore.Tests.Oracle.PipelineTests

open Expecto
open OptCore
open OptCore.Tests.Oracle.Sweeps

let private composed = {
    FsCheckConfig.defaultConfig with
        maxTest = 150
        arbitrary = [ typeof<Pipelines.Arbitraries> ]
}

let private pipelineFollowsTheOracle (composed: Pipelines.Composed) =
    against Twins.vocabulary "the oracle" composed.Problem

let private pipelineGivesOneResult (composed: Pipelines.Composed) = everyBit composed.Problem

let private pipelineReadsItsText (composed: Pipelines.Composed) =
    let text = string composed.Problem.Optimizer
    Expect.equal (Optimizer.Parse text) composed.Problem.Optimizer text

[<Tests>]
let tests =
    testList "oracle" [
        testList "random pipelines" [
            testPropertyWithConfig composed "follow the equations" pipelineFollowsTheOracle
            testPropertyWithConfig
                { composed with maxTest = 60 }
                "give the same bits in every way"
                pipelineGivesOneResult
            testPropertyWithConfig composed "read their own text" pipelineReadsItsText
        ]
    ]
