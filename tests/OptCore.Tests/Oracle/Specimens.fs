/// Optimizers that show every stage with its defaults and its options, as the catalogue has them.
module OptCore.Tests.Oracle.Specimens

open OptCore
open Catalogue

/// One optimizer that shows one stage.
[<StructuredFormatDisplay("{Name}")>]
type Specimen = {
    /// The stage shown.
    Stage: IStage
    Optimizer: Optimizer
} with

    member specimen.Name = string specimen.Optimizer

let private add (optimizer: Optimizer) (stage: IStage) = optimizer.With stage

/// Every stage, with its defaults and each of its options.
let all: Specimen list = [
    for row in Stages.rows do
        for value in row.Values do
            {
                Stage = value.Stage
                Optimizer = List.fold add (Optimizer.Sgd 0.1) (value.Before @ [ value.Stage ])
            }
]

/// Every schedule and combinator.
let schedules: ISchedule list = Schedules.rows |> List.collect _.Values
