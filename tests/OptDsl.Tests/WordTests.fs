/// Every word that text knows is an F# function of the same name, the same arguments and the same meaning.
module OptDsl.Tests.WordTests

open System
open System.Reflection
open Expecto
open Tests
open OptCore
open OptDsl
open Catalogue

/// A schedule of one's own with a list of numbers.
type Levels(values: float seq) =
    let values = Array.ofSeq values
    member _.Values: float seq = values

    override _.Equals(other: obj) =
        match other with
        | :? Levels as that -> Seq.forall2 (=) values that.Values && Seq.length that.Values = values.Length
        | _ -> false

    override _.GetHashCode() = values.Length

    interface ISchedule with
        member _.At step =
            values[int (min step (int64 values.Length - 1L))]

        member _.End = Nullable(int64 values.Length - 1L)
        member _.Equation = "a table"

let private shared = BindingFlags.Static ||| BindingFlags.Public

/// The members of the auto-opened modules, and those of Schedule as `Schedule.name`.
let private functions: Map<string, MemberInfo> =
    Map [
        for t in typeof<FunctionStage>.Assembly.GetTypes() do
            if List.contains t.Name [ "HeadWords"; "StageWords"; "ScheduleWords"; "OptimizerWords" ] then
                for m in t.GetMembers shared do
                    m.Name, m
            elif t.Name = "Schedule" || t.Name = "ScheduleModule" then
                for m in t.GetMembers shared do
                    "Schedule." + m.Name, m
    ]

/// What F# computes for a word and its arguments, those that are not curried last.
let private call (name: string) (arguments: objnull list) : objnull =
    match functions |> Map.tryFind name with
    | Some(:? MethodInfo as method) ->
        method.Invoke(null, BindingFlags.DoNotWrapExceptions, null, List.toArray arguments, null)
    | Some(:? PropertyInfo as property) when arguments.IsEmpty -> property.GetValue null
    | _ -> failwith $"there is no F# function {name}"

let private arguments (value: obj) : objnull list =
    let record = value.GetType()

    let constructor =
        record.GetConstructors()
        |> Array.filter (fun c -> c.GetParameters() |> Array.forall (fun p -> p.ParameterType <> record))
        |> Array.maxBy _.GetParameters().Length

    let flags =
        BindingFlags.Public ||| BindingFlags.Instance ||| BindingFlags.IgnoreCase

    [
        for parameter in constructor.GetParameters() do
            record.GetProperty(string parameter.Name, flags)
            |> Unchecked.nonNull
            |> _.GetValue(value)
    ]

/// The record with these arguments and no option changed.
let private plain (value: obj) : objnull =
    Activator.CreateInstance(value.GetType(), List.toArray (arguments value))
    |> Unchecked.nonNull

let private isHead (record: Type) =
    match record.GetCustomAttribute<WordAttribute>() with
    | null -> false
    | word -> word.Head

let private readsBack (optimizer: Optimizer) =
    Expect.equal (Optimizer.Parse(string optimizer)) optimizer "print, parse"

let private ofStage (row: Rows.Row<Rows.Specimen>) (value: IStage) =
    let added (stage: objnull) =
        (Optimizer.Sgd 0.1).With(unbox<IStage> stage)

    let last: objnull = if isHead row.Record then 0.1 else sgd 0.1
    let fresh = plain value

    Expect.equal (call row.Word (arguments value @ [ last ])) (box (added fresh)) row.Word
    readsBack (added fresh)

    if not (Rows.optionsOf row.Record).IsEmpty then
        Expect.equal (call (row.Word + "With") [ value; last ]) (box (added value)) $"{row.Word}With"
        readsBack (added value)

let private ofSchedule (row: Rows.Row<ISchedule>) (value: ISchedule) =
    let scheduled (schedule: objnull) =
        (sgd 0.1).With(unbox<ISchedule> schedule)

    let fresh = plain value

    match row.Record.GetCustomAttribute<WordAttribute>() with
    | null -> ()
    | word when word.Combinator ->
        let all = arguments value
        Expect.equal (call $"Schedule.{row.Word}" (all.Tail @ [ all.Head ])) (box value) row.Word
    | _ ->
        Expect.equal (call row.Word (arguments value @ [ sgd 0.1 ])) (box (scheduled fresh)) row.Word
        Expect.equal (call $"Schedule.{row.Word}" (arguments value)) fresh $"Schedule.{row.Word}"

        if not (Rows.optionsOf row.Record).IsEmpty then
            Expect.equal (call (row.Word + "With") [ value; sgd 0.1 ]) (box (scheduled value)) $"{row.Word}With"
            Expect.equal (call $"Schedule.{row.Word}With" [ value ]) (box value) $"Schedule.{row.Word}With"

    let read = Words.ParseSchedule(Words.Print value)
    Expect.equal read value "print, parse"
    readsBack (scheduled value)

    for t in [ 0L; 1L; 7L; 50L; 1000L ] do
        Expect.equal (read.At t) (value.At t) $"s({t})"

/// The words that are no record, beside their text, and a few that people write.
let private examples: (string * Optimizer) list = [
    "sgd 0.1", sgd 0.1
    "adaDelta 1", adaDelta 1.0
    "adamW 0.01 0.1", adamW 0.01 0.1
    "signum 0.9 0.1", signum 0.9 0.1
    "lamb 0.01 0.1", lamb 0.01 0.1
    "flow [Momentum 0.9; ClipGlobalNorm 1.0] 0.1", flow [ Momentum 0.9; ClipGlobalNorm 1.0 ] 0.1
    "partition [\"a\", sgd 0.1; \"*\", adam 0.2]", partition [ "a", sgd 0.1; "*", adam 0.2 ]
    "adamWith (Adam(Beta1 = 0.95, Epsilon = 1e-06)) 0.1", adamWith (Adam(Beta1 = 0.95, Epsilon = 1e-6)) 0.1
    "0.1 |> (sgd >> momentum 0.9 >> clip 1.0 >> cosine 100)", 0.1 |> (sgd >> momentum 0.9 >> clip 1.0 >> cosine 100)
    "sgd 0.1 |> stage (Adam())", sgd 0.1 |> stage (Adam())
    "sgd 0.1 |> only \"w*\" (clip 1.0 >> momentum 0.9)", sgd 0.1 |> only "w*" (clip 1.0 >> momentum 0.9)
    "sgd 0.1 |> except \"*.b\" (weightDecay 0.1)", sgd 0.1 |> except "*.b" (weightDecay 0.1)
    "sgd 0.1 |> onlyWhen (StepsFrom 100) (clip 1.0)", sgd 0.1 |> onlyWhen (StepsFrom 100) (clip 1.0)
    "sgd 0.1 |> onlyWhen (StepsUntil 5000000000L) (clip 1.0)", sgd 0.1 |> onlyWhen (StepsUntil 5000000000L) (clip 1.0)
    "sgd 0.1 |> zeroUnless (StepsEvery(10, Offset = 9)) (clip 1.0 >> momentum 0.9)",
    sgd 0.1 |> zeroUnless (StepsEvery(10, Offset = 9)) (clip 1.0 >> momentum 0.9)
    "sgd 0.1 |> zeroUnless (GradientAtMost 1.5) (only \"w\" (clip 1.0))",
    sgd 0.1 |> zeroUnless (GradientAtMost 1.5) (only "w" (clip 1.0))
    "sgd 0.1 |> freeze \"b\"", sgd 0.1 |> freeze "b"
    "sgd 0.1 |> rateFor \"b\" 2.0", sgd 0.1 |> rateFor "b" 2.0
    "sgd 0.1 |> schedule (Schedule.cosine 90)", sgd 0.1 |> schedule (Schedule.cosine 90)
    "sgd 0.1 |> multiStep [10; 20] 0.1", sgd 0.1 |> multiStep [ 10; 20 ] 0.1
]

let private records =
    set [ for row in Catalogue.Stages.all -> row.Record.Name ]
    + set [ for row in Catalogue.Schedules.rows -> row.Record.Name ]

/// The library's own names among those that text knows: other tests may have registered theirs.
let private known =
    let own =
        set [
            for word in
                [ for row in Catalogue.Stages.all -> row.Word ]
                @ [ for row in Catalogue.Schedules.rows -> row.Word ] do
                word
                word + "With"
                "Schedule." + word
                "Schedule." + word + "With"
            for declared in WordWriter.Row.declared.Value do
                declared.Word
        ]

    [
        for name in Words.Known do
            if own.Contains name then
                name
    ]

/// Every word, and its form with options where there are options.
let private expected =
    let forms (record: Type) (name: string) =
        if (Rows.optionsOf record).IsEmpty then
            [ name ]
        else
            [ name; name + "With" ]

    let combines (record: Type) =
        match record.GetCustomAttribute<WordAttribute>() with
        | null -> false
        | word -> word.Combinator

    set [
        for row in Catalogue.Stages.all do
            yield! forms row.Record row.Word
        for row in Catalogue.Schedules.rows do
            yield! forms row.Record ("Schedule." + row.Word)

            if not (combines row.Record) then
                yield! forms row.Record row.Word
        for declared in WordWriter.Row.declared.Value do
            declared.Word
    ]

[<Tests>]
let tests =
    testList "words" [
        for row in Catalogue.Stages.all do
            testCase row.Word (fun () ->
                for value in row.Values do
                    ofStage row value.Stage)

        for row in Catalogue.Schedules.rows do
            testCase row.Word (fun () ->
                for value in row.Values do
                    ofSchedule row value)

        for text, optimizer in examples do
            testCase text (fun () ->
                Expect.equal (Optimizer.Parse text) optimizer "text = F#"
                readsBack optimizer)

        testCase "every name that text knows is an F# function or a record" (fun () ->
            Expect.equal (set known) expected "what the catalogue and the declared words say"

            for name in known do
                Expect.isTrue (records.Contains name || functions.ContainsKey name) $"{name} has no F# function")

        testCase "a list of numbers is an argument, too" (fun () ->
            let entry = "sgd 0.1 |> schedule (Levels([1.0; 0.5; 0.25]))"
            Words.Register typeof<Levels>
            let optimizer = Optimizer.Parse entry
            Expect.equal (string optimizer) entry "print"
            readsBack optimizer)

        testCase "words of different phases commute, as F# functions" (fun () ->
            let one = sgd >> momentum 0.9 >> clip 1.0 >> cosine 100 >> weightDecay 0.1
            let other = sgd >> weightDecay 0.1 >> cosine 100 >> clip 1.0 >> momentum 0.9
            Expect.equal (one 0.1) (other 0.1) "equal")
    ]
