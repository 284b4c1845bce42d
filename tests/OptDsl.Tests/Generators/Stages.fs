/// Stages: every record of the catalogue with random hyper-parameters in range, defaults among them.
module OptDsl.Tests.Stages

open FsCheck
open FsCheck.FSharp
open OptCore

/// One row per word of a stage: its simplest value and a generator over all its hyper-parameters.
type StageRow = {
    Word: string
    Simplest: IStage
    Any: Gen<IStage>
}

/// All rows.
let rows: StageRow list = [
    for row in Catalogue.Stages.all do
        {
            Word = row.Word
            Simplest = row.Values.Head.Stage
            Any = Gen.constant (Constant 1.0 :> ISchedule) |> row.Any |> Gen.map unbox<IStage>
        }
]

let private those (phase: Phase) (condition: IStage -> bool) =
    rows
    |> List.filter (fun row -> row.Simplest.Phase = phase && condition row.Simplest)

let private named (word: string) =
    rows |> List.find (fun row -> row.Word = word)

let private has (trait': StageTraits) (stage: IStage) = stage.Traits.HasFlag trait'

/// Conditioning of the gradient.
let gradientRows = those Phase.Gradient (has StageTraits.Single >> not)

/// Penalties.
let regularizationRows = those Phase.Regularization (fun _ -> true)

/// Directions that may follow one another, on tensors of any shape.
let directionRows =
    those Phase.Direction (fun stage ->
        not (
            stage :? ICurvature
            || has StageTraits.RateInside stage
            || has StageTraits.StandsAlone stage
            || has StageTraits.Unprojected stage
            || stage :? ITensorCheck
        ))

/// Directions for matrices.
let matrixRows = those Phase.Direction (fun stage -> stage :? ITensorCheck)

/// Directions that no constraint may follow.
let unprojectedRows = those Phase.Direction (has StageTraits.Unprojected)

/// Directions that contain the rate: at most one, and the last of its tensors.
let rateInsideRows = those Phase.Direction (has StageTraits.RateInside)

/// What acts on the finished direction.
let updateRows = those Phase.Update (fun _ -> true)

/// The projection that needs an element to act on.
let simplexRow = named "simplex"

/// Projections and proximal operators for any number of elements.
let constraintRows = those Phase.Constraint (fun stage -> not (stage :? Simplex))

/// Averages and slow copies.
let iterateRows = those Phase.Iterate (fun stage -> not (stage :? IOwnsParameters))

/// What decides what the parameters are: at most one.
let ownerRows = rows |> List.filter (fun row -> row.Simplest :? IOwnsParameters)

/// The direction that is a probe too, and must stand alone.
let nagRow = named "nag"

/// The probe.
let samRow = named "sam"

/// Stages that stand once, outside of every scope.
let accumulateRow = named "accumulate"

/// The guard.
let skipRow = named "skipNonFinite"

/// The limit of gradients, their scale, and what turns them.
let onceRows = [ named "skipLarge"; named "lossScale"; named "ascend" ]

/// The loss-aware one.
let plateauRow = named "plateau"

/// The one that learns the rate.
let hypergradientRow = named "hypergradient"

/// Any stage of some rows.
let oneOf (rows: StageRow list) = rows |> List.map _.Any |> Gen.oneof

/// The row of a stage, by the type of its record.
let rowOf (stage: IStage) =
    rows |> List.find (fun row -> row.Simplest.GetType() = stage.GetType())

/// The same word with its simplest hyper-parameters.
let shrinkStage (stage: IStage) =
    match (rowOf stage).Simplest with
    | simplest when simplest.Equals stage -> Seq.empty
    | simplest -> Seq.singleton simplest
