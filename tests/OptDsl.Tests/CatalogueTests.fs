/// The catalogue has everything that the suites need to know of a stage or a schedule.
module OptDsl.Tests.CatalogueTests

open System
open System.Reflection
open Expecto
open OptCore
open Catalogue.Rows

let private records (contract: Type) =
    set [
        for record in typeof<Optimizer>.Assembly.GetExportedTypes() do
            if
                contract.IsAssignableFrom record
                && not (isNull (record.GetCustomAttribute<WordAttribute>()))
            then
                record.Name
    ]

let private complete (record: Type) (ranges: (string * Catalogue.Ranges.Range) list) (values: objnull list) =
    testCase record.Name (fun () ->
        let ranged = ranges |> List.map fst |> set
        Expect.equal ranged (set (numbersOf record)) "its numbers have their ranges"

        let fresh = values.Head

        for option in optionsOf record do
            let shown =
                values
                |> List.exists (fun value -> option.GetValue value <> option.GetValue fresh)

            let drawn = ranged.Contains option.Name

            // What a number does is in the oracle's equation, whatever its value; a switch has two equations.
            Expect.isTrue (shown || drawn) $"a value shows {option.Name}")

[<Tests>]
let tests =
    testList "catalogue" [
        testCase "every stage has one row, and no other" (fun () ->
            let rows = [ for row in Catalogue.Stages.all -> row.Record.Name ]
            Expect.equal (set rows) (records typeof<IStage>) "stages"
            Expect.hasLength rows (set rows).Count "no stage twice")

        testCase "every schedule has one row, and no other" (fun () ->
            let rows = [ for row in Catalogue.Schedules.rows -> row.Record.Name ]
            Expect.equal (set rows) (records typeof<ISchedule>) "schedules"
            Expect.hasLength rows (set rows).Count "no schedule twice")

        testList "stages" [
            for row in Catalogue.Stages.all do
                complete row.Record row.Ranges [ for value in row.Values -> box value.Stage ]
        ]

        testList "schedules" [
            for row in Catalogue.Schedules.rows do
                complete row.Record row.Ranges [ for value in row.Values -> box value ]
        ]
    ]
