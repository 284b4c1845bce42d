/// What the tests know of a record: values that show it, the ranges of its numbers, how to draw one.
module Catalogue.Rows

open System
open System.Reflection
open FsCheck
open FsCheck.FSharp
open OptCore
open Catalogue.Ranges

/// A stage, and those that stand before it where it is shown.
type Specimen = { Before: IStage list; Stage: IStage }

let alone (stage: IStage) = { Before = []; Stage = stage }

let after (before: IStage list) (stage: IStage) = { Before = before; Stage = stage }

/// A row of the catalogue. The first of the values is the simplest.
type Row<'Value> = {
    Record: Type
    Values: 'Value list
    Ranges: (string * Range) list
    /// A record with any hyper-parameters; schedules that it is made of are drawn by the argument.
    Any: Gen<ISchedule> -> Gen<objnull>
} with

    member row.Word =
        match row.Record.GetCustomAttribute<WordAttribute>() with
        | null -> failwith $"{row.Record.Name} has no word"
        | word -> word.Name

let private constructor (record: Type) =
    record.GetConstructors()
    |> Array.filter (fun c -> c.GetParameters() |> Array.forall (fun p -> p.ParameterType <> record))
    |> Array.maxBy _.GetParameters().Length

let private capital (name: string | null) =
    match name with
    | null -> ""
    | name -> string (Char.ToUpperInvariant name[0]) + name.Substring 1

/// The settable properties that are no argument of the constructor.
let optionsOf (record: Type) =
    let arguments =
        set [ for p in (constructor record).GetParameters() -> capital p.Name ]

    [
        for p in record.GetProperties() do
            if p.CanWrite && not (arguments.Contains p.Name) then
                p
    ]

/// The names of all properties that are a number or a list.
let numbersOf (record: Type) =
    [
        for p in (constructor record).GetParameters() -> capital p.Name, p.ParameterType
        for p in optionsOf record -> p.Name, p.PropertyType
    ]
    |> List.filter (fun (_, t) -> t = typeof<float> || t = typeof<int>)
    |> List.map fst

let private flag = Gen.elements [ true; false ]

let private draw
    (ranges: (string * Range) list)
    (schedule: Gen<ISchedule>)
    (record: Type)
    name
    (t: Type)
    : Gen<objnull> =
    if t = typeof<bool> then
        Gen.map box flag
    elif t = typeof<ISchedule> then
        Gen.map box schedule
    else
        match List.tryFind (fst >> (=) name) ranges with
        | Some(_, range) -> range.Draw
        | None -> failwith $"{record.Name}.{name} has no range in the catalogue"

/// The defaults or, twice as often, all options at random.
let private anyOf (record: Type) (ranges: (string * Range) list) (schedule: Gen<ISchedule>) : Gen<objnull> =
    let constructor, options = constructor record, optionsOf record
    let draw = draw ranges schedule record

    let fresh =
        Gen.collectToList
            (fun (p: ParameterInfo) -> draw (capital p.Name) p.ParameterType)
            (constructor.GetParameters())
        |> Gen.map (fun arguments -> constructor.Invoke(List.toArray arguments) |> box)

    let changed = gen {
        let! value = fresh

        let! settings =
            Gen.collectToList (fun (p: PropertyInfo) -> draw p.Name p.PropertyType) options

        List.iter2 (fun (p: PropertyInfo) setting -> p.SetValue(value, setting)) options settings
        return value
    }

    if options.IsEmpty then
        fresh
    else
        Gen.frequency [ 1, fresh; 2, changed ]

let private row (record: obj) (values: 'Value list) (ranges: (string * Range) list) = {
    Record = record.GetType()
    Values = values
    Ranges = ranges
    Any = anyOf (record.GetType()) ranges
}

/// The row of a stage.
let stage (values: Specimen list) (ranges: (string * Range) list) : Row<Specimen> = row values.Head.Stage values ranges

/// The row of a schedule.
let schedule (values: ISchedule list) (ranges: (string * Range) list) : Row<ISchedule> = row values.Head values ranges

/// The same row, drawn otherwise: where hyper-parameters depend on one another.
let drawnAs (any: Gen<'Record>) (row: Row<'Value>) = {
    row with
        Any = fun _ -> Gen.map box any
}
