/// Schedules: every word of the catalogue with random arguments in range, combined to a bounded depth.
module OptDsl.Tests.Schedules

open FsCheck
open FsCheck.FSharp
open OptCore
open OptDsl

/// One row per word of a schedule: its simplest value and a generator over all its arguments.
type ScheduleRow = {
    Word: string
    Simplest: ISchedule
    Any: Gen<ISchedule>
}

let private drawn (inner: Gen<ISchedule>) (rows: Catalogue.Rows.Row<ISchedule> list) : ScheduleRow list = [
    for row in rows do
        {
            Word = row.Word
            Simplest = row.Values.Head
            Any = row.Any inner |> Gen.map unbox<ISchedule>
        }
]

/// The words without combinators.
let leaves =
    Catalogue.Schedules.leaves |> drawn (Gen.constant (Schedule.constant 1.0))

/// A schedule of one word.
let leaf = leaves |> List.map _.Any |> Gen.oneof

let private combined (inner: Gen<ISchedule>) =
    Catalogue.Schedules.combinators |> drawn inner

/// The combinators over schedules of one word.
let combinators = combined leaf

/// All rows.
let rows = leaves @ combinators

/// The row of a schedule, by the type of its record.
let rowOf (schedule: ISchedule) =
    rows |> List.find (fun row -> row.Simplest.GetType() = schedule.GetType())

let rec private ofDepth depth =
    if depth = 0 then
        leaf
    else
        let inner = Gen.frequency [ 2, leaf; 1, Gen.delay (fun () -> ofDepth (depth - 1)) ]
        combined inner |> List.map _.Any |> Gen.oneof

/// Any schedule: one word, or combinators up to three deep.
let schedule = Gen.frequency [ 5, leaf; 3, ofDepth 1; 2, ofDepth 2; 1, ofDepth 3 ]

let private parts (schedule: ISchedule) = [
    for property in schedule.GetType().GetProperties() do
        match property.GetValue schedule with
        | :? ISchedule as part -> part
        | _ -> ()
]

/// The parts of a combinator, then the word with its simplest arguments, then the constant 1.
let shrinkSchedule (schedule: ISchedule) =
    let one = Schedule.constant 1.0
    let simplest = (rowOf schedule).Simplest

    parts schedule @ [ simplest; one ]
    |> Seq.distinct
    |> Seq.filter (fun simpler -> schedule <> one && simpler <> schedule)

/// Schedules with their shrinker.
let schedules = Arb.fromGenShrink (schedule, shrinkSchedule)
