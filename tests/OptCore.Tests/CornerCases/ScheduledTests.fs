/// Hyper-parameters that follow a schedule.
module OptCore.Tests.CornerCases.ScheduledTests

open System
open System.IO
open System.Reflection
open Expecto
open OptCore
open OptCore.Tests.CornerCases.Steps

/// A stage of one's own whose fields can be set, and one whose fields cannot.
[<CLIMutable>]
type Pull = {
    Strength: float
} with

    interface ISpanStage with
        member _.Phase = Phase.Update
        member _.Equation = "u = strength u"
        member _.Slots = [||]

        member this.Apply step =
            for i in 0 .. step.Update.Length - 1 do
                step.Update[i] <- this.Strength * step.Update[i]

type Fixed = {
    Strength: float
} with

    interface ISpanStage with
        member _.Phase = Phase.Update
        member _.Equation = "u = u"
        member _.Slots = [||]
        member _.Apply _ = ()

let private copy (stage: IStage) =
    let clone =
        typeof<obj>.GetMethod("MemberwiseClone", BindingFlags.Instance ||| BindingFlags.NonPublic)

    match clone with
    | null -> failwith "no MemberwiseClone"
    | clone ->
        match clone.Invoke(stage, [||]) with
        | :? IStage as other -> other
        | other -> failwithf "%O" other

/// The stage with another value, where the value is in range.
let private changed (property: PropertyInfo) (value: float) stage =
    let other = copy stage

    try
        property.SetValue(other, value)
        Some other
    with _ ->
        None

let private numbers (stage: IStage) = [
    for p in stage.GetType().GetProperties() do
        if p.CanWrite && p.PropertyType = typeof<float> then
            p
]

let private layout = Layout.Empty.Add("w", 3, 2).Add("b", 5)

let private run (optimizer: Optimizer) =
    let plan = optimizer.Plan<float>(layout, Execution(Bits = 128, Threads = 1))
    let random = Random 5

    let draw () =
        Array.init 11 (fun _ -> random.NextDouble() - 0.5)

    let mutable state = plan.Init(draw ())

    [
        for t in 1..12 do
            state <- plan.Step(state, draw (), 1.0 / float t, atPoint = true)
            Array.map BitConverter.DoubleToInt64Bits (state.ToArray())
    ]

let private attempt f =
    try
        Ok(f ())
    with :? ArgumentException as e ->
        Error e.Message

/// The first value that a stage is made with decides nothing: not which rules are built, nor what they read.
let private stays (specimen: Catalogue.Rows.Specimen) () =
    let before =
        (Optimizer.Sgd 0.1, specimen.Before)
        ||> List.fold (fun all stage -> all.With stage)

    let stage = specimen.Stage

    for property in numbers stage do
        for value in [ 0.0; 0.25; 0.9; 2.0 ] do
            let follows =
                attempt (fun () ->
                    (before.With stage).Scheduled($"{stage.GetType().Name}.{property.Name}", Constant value))

            match changed property value stage, follows with
            | Some other, Ok follows ->
                match attempt (fun () -> run (before.With other)), attempt (fun () -> run follows) with
                | Ok expected, Ok actual ->
                    if actual <> expected then
                        failtestf "%O is not %O" follows (before.With other)
                | Error _, Error _ -> ()
                | a, b -> failtestf "%O: %A, %A" follows a b
            | Some _, Error message ->
                if not (message.Contains "a slot starts with it") then
                    failtestf "%O.%s = %g: %s" stage property.Name value message
            | None, Ok follows -> failtestf "%O takes what %O refuses" follows stage
            | None, Error _ -> ()

let private texts = [
    "sgd 0.1 |> momentum 0.95 |> scheduled \"Momentum.Beta\" (LinearRamp(20, From = 0.5, To = 0.9))"
    "sgd 0.1 |> momentum 0.9 |> momentum 0.5 |> cosine 9 |> scheduled \"Momentum#2.Beta\" (LinearRamp(5, From = 0.5)) |> rateFor \"w\" 2.0"
    "adam 0.1 |> only \"w\" (weightDecay 0.1) |> only \"w\" (scheduled \"WeightDecay.Lambda\" (Schedule.cosine 9))"
    "adam 0.1 |> only \"w\" (weightDecay 0.1) |> scheduled \"WeightDecay.Lambda\" (Schedule.cosine 9)"
    "partition [\"w\", adam 0.1 |> scheduled \"Adam.Beta1\" (LinearRamp(5, From = 0.5, To = 0.25)); \"*\", sgd 0.1] |> clip 1.0 |> scheduled "
    + "\"ClipGlobalNorm.MaxNorm\" (Schedule.geometric 0.5 |> Schedule.plus (Schedule.constant 1.0))"
    "flow [ClipValue 1.0; Momentum 0.5] 0.1 |> scheduled \"Momentum.Beta\" (LinearRamp(5, From = 0.5, To = 0.25))"
]

let private refusals = [
    "sgd 0.1 |> momentum 0.9", "Momentum", [ "Momentum"; "Record.Property" ]
    "sgd 0.1 |> momentum 0.9", "Momentum.", [ "Record.Property" ]
    "sgd 0.1 |> momentum 0.9", "Momentum#0.Beta", [ "Record.Property" ]
    "sgd 0.1 |> momentum 0.9", "Momentum#x.Beta", [ "Record.Property" ]
    "sgd 0.1 |> momentum 0.9", "Momentum#2.Beta", [ "number 2"; "there are 1" ]
    "sgd 0.1 |> momentum 0.9", "Nesterov.Beta", [ "Nesterov.Beta"; "Momentum" ]
    "sgd 0.1 |> momentum 0.9", "Momentun.Beta", [ "Did you mean Momentum.Beta" ]
    "sgd 0.1 |> momentum 0.9", "Momentum.Bta", [ "no property Bta"; "Beta, Dampening"; "Did you mean Beta" ]
    "sgd 0.1 |> lookahead 3 0.5", "Lookahead.Period", [ "a count or a seed"; "Alpha" ]
    "sgd 0.1 |> noise 0.1 0.5 7", "Noise.Seed", [ "a count or a seed" ]
    "adam 0.1", "Adam.BiasCorrection", [ "true or false" ]
    "adagrad 0.1", "Adagrad.Initial", [ "a slot starts with it"; "expected Epsilon" ]
    "adam 0.1 |> only \"*\" (momentum 0.9)", "Momentum#2.Beta", [ "there are 1" ]
    "partition [\"*\", adam 0.1]", "Adam.Beta1", [ "there is no stage" ]
]

let private after (text: string) start gradients = after (plain text 1) start gradients

let private tested = [
    testCase "the property has the value s(t)" (fun () ->
        // β = 0.5, 0.25, 0: v = 1, 1.25, 1.
        let ramp =
            "sgd 1.0 |> momentum 0.75 |> scheduled \"Momentum.Beta\" (LinearRamp(2, From = 0.5, To = 0.0))"

        Expect.equal (after ramp [ 10.0 ] [ [ 1.0 ]; [ 1.0 ]; [ 1.0 ] ]) [ 6.75 ] "p"
        // A decay of 0 at first, then 0.5: 8 − 4 = 4.
        let late =
            "sgd 1.0 |> weightDecay 0.0 |> scheduled \"WeightDecay.Lambda\" (LinearRamp(2, From = 0.0, To = 1.0))"

        Expect.equal (after late [ 8.0 ] [ [ 0.0 ]; [ 0.0 ] ]) [ 4.0 ] "p")

    testCase "1−β^k has the present β" (fun () ->
        // m = ½, then ¼·½ + ¾ = 7/8, divided by 1 − 1/16.
        let text =
            "sgd 1.0 |> emaWith (Ema(0.9, BiasCorrection = true)) |> scheduled \"Ema.Beta\" (LinearRamp(2, From = 0.5, To = 0.0))"

        match after text [ 0.0 ] [ [ 1.0 ]; [ 1.0 ] ] with
        | [ p ] -> Expect.floatClose Accuracy.veryHigh p (-1.0 - 0.875 / (1.0 - 1.0 / 16.0)) "p"
        | _ -> failtest "one parameter")

    testCase "t counts updates, not gradients" (fun () ->
        let text =
            "sgd 1.0 |> accumulate 2 |> momentum 0.5 |> scheduled \"Momentum.Beta\" (Schedule.geometric 0.5 |> Schedule.scaleBy 0.5)"
        // β of the second update is 1/4.
        Expect.equal (after text [ 10.0 ] [ [ 1.0 ]; [ 1.0 ]; [ 1.0 ]; [ 1.0 ] ]) [ 7.75 ] "p")

    testCase "the point of a probe has the value of the coming update" (fun () ->
        let plan =
            plain "sgd 1.0 |> sam 0.5 |> scheduled \"Sam.Rho\" (Schedule.geometric 0.5)" 1

        let start = init plan [ 4.0 ]
        Expect.equal (plan.Point(start, vector [ 2.0 ])) [| 5.0 |] "ρ = 1"
        Expect.equal (plan.Point(step plan start [ 0.0 ], vector [ 2.0 ])) [| 4.5 |] "ρ = ½")

    testCase "a value outside its range names t and changes nothing" (fun () ->
        let plan =
            plain "sgd 1.0 |> momentum 0.5 |> scheduled \"Momentum.Beta\" (LinearRamp(4, From = 0.5, To = 1.5))" 1

        let state = step plan (step plan (init plan [ 8.0 ]) [ 1.0 ]) [ 1.0 ]
        says [ "Momentum.Beta"; "t = 2"; "value < 1" ] (fun () -> step plan state [ 1.0 ])
        let session = plan.Resume state
        says [ "t = 2" ] (fun () -> session.Step(vector [ 1.0 ]))
        Expect.equal (session.Snapshot()) state "the session")

    testCase "at t = 0 it is refused where it is said" (fun () ->
        says [ "t = 0"; "value < 1" ] (fun () ->
            (read "sgd 1.0 |> momentum 0.5").Scheduled("Momentum.Beta", Constant 1.0))

        says [ "t = 0" ] (fun () ->
            read "sgd 1.0 |> only \"w\" (momentum 0.5 >> scheduled \"Momentum.Beta\" (Schedule.constant 1.0))"))

    testCase "values that do not go together" (fun () ->
        let plan =
            plain "sgd 1.0 |> within 0.0 1.0 |> scheduled \"Box.Low\" (LinearRamp(2, From = 0.0, To = 4.0))" 1

        says [ "t = 1" ] (fun () -> step plan (step plan (init plan [ 1.0 ]) [ 1.0 ]) [ 1.0 ]))

    testTheory "prints and reads back" texts (fun text ->
        let optimizer = read text
        Expect.equal (string optimizer) text "text"
        Expect.equal (read (string optimizer)) optimizer "value"
        Expect.equal (optimizer.GetHashCode()) ((read text).GetHashCode()) "hash")

    testCase "another schedule or property is another optimizer" (fun () ->
        let of' name schedule =
            (read "adam 0.1").Scheduled(name, schedule)

        Expect.notEqual
            (of' "Adam.Beta1" (LinearRamp(5, From = 0.5)))
            (of' "Adam.Beta1" (LinearRamp(5, From = 0.25)))
            "schedule"

        Expect.notEqual
            (of' "Adam.Beta1" (LinearRamp(5, From = 0.5)))
            (of' "Adam.Beta2" (LinearRamp(5, From = 0.5)))
            "property"

        Expect.notEqual (of' "Adam.Beta1" (LinearRamp(5, From = 0.5))) (read "adam 0.1") "none"

        Expect.equal
            ((of' "Adam.Beta1" (LinearRamp(5, From = 0.5))).WithRate(0.2).ScheduledValues.Count)
            1
            "another rate")

    testTheory "is refused" refusals (fun (text, name, words) ->
        says words (fun () -> (read text).Scheduled(name, LinearRamp(5, From = 0.5))))

    testCase "twice" (fun () ->
        let twice = "scheduled \"Momentum.Beta\" (LinearRamp(5, From = 0.5, To = 0.25))"
        says [ "Momentum.Beta"; "two schedules" ] (fun () -> read $"sgd 0.1 |> momentum 0.9 |> {twice} |> {twice}")
        says [ "two schedules" ] (fun () -> read $"sgd 0.1 |> only \"w\" (momentum 0.9 >> {twice}) |> {twice}")

        says [ "two schedules" ] (fun () ->
            read $"sgd 0.1 |> momentum 0.9 |> {twice} |> scheduled \"Momentum#1.Beta\" (Schedule.cosine 9)"))

    testCase "in a scope the name means the stage of that scope" (fun () ->
        let plan =
            named
                "sgd 1.0 |> only \"b\" (weightDecay 0.5) |> only \"w\" (weightDecay 0.5 >> scheduled \"WeightDecay.Lambda\" (Schedule.constant 0.25))"
                (Steps.layout [ "w", 1; "b", 1 ])

        Expect.equal (Steps.after plan [ 8.0; 8.0 ] [ [ 0.0; 0.0 ] ]) [ 6.0; 4.0 ] "p")

    testCase "stages of one's own" (fun () ->
        let pull: IStage = { Pull.Strength = 1.0 }

        let plan =
            (Optimizer.Sgd(1.0).With(pull).Scheduled("Pull.Strength", GeometricDecay 0.5)).Plan 1

        Expect.equal (Steps.after plan [ 8.0 ] [ [ 1.0 ]; [ 1.0 ] ]) [ 6.5 ] "p"
        let fixed': IStage = { Fixed.Strength = 1.0 }

        says [ "CLIMutable" ] (fun () ->
            Optimizer.Sgd(1.0).With(fixed').Scheduled("Fixed.Strength", GeometricDecay 0.5)))

    testCase "the optimizer that runs stays as it is" (fun () ->
        let momentum = Momentum 0.75

        let plan =
            (Optimizer
                .Sgd(1.0)
                .With(momentum)
                .Scheduled("Momentum.Beta", GeometricDecay 0.5 |> fun s -> Times(s, Constant 0.5)))
                .Plan
                1

        Steps.after plan [ 8.0 ] [ [ 1.0 ]; [ 1.0 ] ] |> ignore
        Expect.equal momentum.Beta 0.75 "β")

    testCase "a checkpoint goes on with the same bits" (fun () ->
        let plan =
            plain "adam 0.1 |> scheduled \"Adam.Beta1\" (LinearRamp(9, From = 0.5, To = 0.9))" 2

        let middle =
            step plan (step plan (init plan [ 1.0; 2.0 ]) [ 0.5; -1.0 ]) [ 0.25; 1.0 ]

        let file = Path.GetTempFileName()

        try
            Checkpoint.Save(middle, file)
            let restored = Checkpoint.Load(plain (string plan.Optimizer) 2, file)
            Expect.equal restored middle "state"
            Expect.equal (step restored.Plan restored [ 1.0; 1.0 ]) (step plan middle [ 1.0; 1.0 ]) "next"
        finally
            File.Delete file)

    testCase "explained and warned about" (fun () ->
        let optimizer = read texts.Head
        Expect.stringContains (optimizer.Explain()) "Momentum.Beta = " "explain"
        let codes (text: string) (steps: int64) = [ for w in (read text).Warnings(steps = steps) -> w.Code ]
        Expect.equal (codes texts.Head 20L) [] "nothing"
        Expect.equal (codes texts.Head 10L) [ "schedule-cut-short" ] "cut short"

        let outside =
            "sgd 1.0 |> momentum 0.5 |> scheduled \"Momentum.Beta\" (LinearRamp(4, From = 0.5, To = 1.5))"

        Expect.equal (codes outside 8L) [ "value-out-of-range" ] "outside"
        Expect.equal (codes outside 2L) [ "schedule-cut-short" ] "not within the run"

        let constant =
            "sgd 1.0 |> momentum 0.5 |> scheduled \"Momentum.Beta\" (Schedule.constant 0.75)"

        Expect.equal (codes constant 8L) [ "value-constant" ] "constant")
]

[<Tests>]
let tests =
    testList "hyper-parameters that follow a schedule" [
        yield! tested
        testList "a schedule that stays is that value, bit for bit" [
            for row in Catalogue.Stages.rows do
                for i, specimen in List.indexed row.Values do
                    testCase $"{row.Record.Name} {i}" (stays specimen)
        ]
    ]
