/// Every number that a record takes is refused outside of its range, by name and value.
module OptCore.Tests.BadInput.RangeTests

open System
open System.Reflection
open Expecto
open OptCore
open OptCore.Tests.BadInput.Refusals

/// By record and property, as the catalogue has them.
let private ranges =
    let named (record: Type) ranges = [ for name, range in ranges -> $"{record.Name}.{name}", range ]

    dict [
        for row in Catalogue.Stages.all do
            yield! named row.Record row.Ranges
        for row in Catalogue.Schedules.rows do
            yield! named row.Record row.Ranges
    ]

let private records =
    typeof<IStage>.Assembly.GetTypes()
    |> Array.filter (fun t -> not (isNull (t.GetCustomAttribute<WordAttribute>())))
    |> Array.sortBy _.Name

let private constructorOf (record: Type) =
    record.GetConstructors()
    |> Array.filter (fun c ->
        c.GetParameters()
        |> Array.forall (fun p -> p.ParameterType <> record && p.ParameterType <> typeof<int[]>))
    |> Array.sortByDescending _.GetParameters().Length
    |> Array.head

let private sample (record: Type) (parameter: ParameterInfo) : objnull =
    match record.Name, parameter.Name with
    | "ClipNorm", "Order" -> 2.0
    | "WarmupCosine", "Steps" -> 10
    | "WarmupStableDecay", "Steps" -> 10
    | "WarmupStableDecay", "DecaySteps" -> 2
    | _ when parameter.ParameterType = typeof<float> -> 0.5
    | _ when parameter.ParameterType = typeof<int> -> 3
    | _ when parameter.ParameterType = typeof<ISchedule> -> Constant 1.0
    | _ when parameter.ParameterType = typeof<seq<float>> -> [| 1.0; 2.0 |]
    | _ -> [| 1; 2 |]

let private build (record: Type) (changed: string) (value: objnull) : obj =
    let constructor = constructorOf record

    let arguments =
        constructor.GetParameters()
        |> Array.map (fun p ->
            if String.Equals(p.Name, changed, StringComparison.OrdinalIgnoreCase) then
                value
            else
                sample record p)

    constructor.Invoke(BindingFlags.DoNotWrapExceptions, null, arguments, null)
    |> Unchecked.nonNull

let private isNumber (t: Type) = t = typeof<float> || t = typeof<int>

let private parametersOf (record: Type) = [
    for p in (constructorOf record).GetParameters() do
        if isNumber p.ParameterType then
            // The property's name: MultiStep's constructor is written out.
            let name = string p.Name
            string (Char.ToUpperInvariant name[0]) + name.Substring 1
]

let private optionsOf (record: Type) = [
    for p in record.GetProperties() do
        match p.SetMethod with
        | null -> ()
        | setter ->
            if setter.IsPublic && isNumber p.PropertyType then
                p
]

let private checkRange (name: string) (make: objnull -> obj) =
    match ranges.TryGetValue name with
    | true, range ->
        let property = name.Substring(name.IndexOf '.' + 1)

        for value in List.map Unchecked.nonNull range.Outside do
            match caught (fun () -> make value) with
            | :? ArgumentOutOfRangeException as e ->
                Expect.equal (e.ParamName |> string) property $"parameter, {text value}"
                Expect.stringContains e.Message $"{property} = {text value}" "value"
                Expect.isMatch e.Message @"range: .+" "allowed range"
            | e -> failtestf "%s = %s: %O" name (text value) e

        for value in List.map Unchecked.nonNull range.Inside do
            make value |> ignore
    | _ -> failtestf "%s has no row in the table of ranges" name

let private constructors =
    testList "constructors" [
        for record in records do
            testCase record.Name (fun () ->
                for parameter in parametersOf record do
                    checkRange $"{record.Name}.{parameter}" (build record parameter)

                for option in optionsOf record do
                    let set (value: objnull) =
                        let fresh = build record "" (0 :> obj)
                        option.SetValue(fresh, value, BindingFlags.DoNotWrapExceptions, null, null, null)
                        fresh

                    checkRange $"{record.Name}.{option.Name}" set)

        testCase "the table of ranges has no row too many" (fun () ->
            let there = [
                for record in records do
                    for parameter in parametersOf record do
                        $"{record.Name}.{parameter}"

                    for option in optionsOf record do
                        $"{record.Name}.{option.Name}"
            ]

            Expect.containsAll there ranges.Keys "rows")

        testCase "values that depend on one another" (fun () ->
            range [ "High = 0.5"; "Low = 1" ] (fun () -> Box(1.0, 0.5))

            range [ "Min = 2"; "Max = 1" ] (fun () -> Optimizer.Head(RProp(Min = 2.0, Max = 1.0), 0.1).Plan 1))

        testCase "no schedule, a negative milestone" (fun () ->
            refused typeof<ArgumentNullException> [ "First" ] (fun () -> Times(nothing<ISchedule>, Constant 1.0))
            range [ "Milestones = -1" ] (fun () -> MultiStep([ 3; -1 ], 0.5)))
    ]

[<Tests>]
let tests = testList "bad input" [ constructors ]
