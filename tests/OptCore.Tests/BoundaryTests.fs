/// Where a condition, a number, a flag begins and ends, exactly there.
module OptCore.Tests.BoundaryTests

open System
open Expecto
open OptCore
open OptCore.Tests.CornerCases.Steps

let private holds (condition: ICondition) (facts: StepFacts) =
    // What it looks at by itself is nothing.
    condition.Looks |> ignore
    condition.Holds facts

let private conditions = [
    testCase "conditions on numbers, below, at and above" (fun () ->
        let below, at, above =
            StepFacts(0L, Math.BitDecrement 0.5, Math.BitDecrement 0.5),
            StepFacts(0L, 0.5, 0.5),
            StepFacts(0L, Math.BitIncrement 0.5, Math.BitIncrement 0.5)

        for condition, expected in
            [
                LossAbove 0.5 :> ICondition, [ false; false; true ]
                LossAtMost 0.5, [ true; true; false ]
                GradientAbove 0.5, [ false; false; true ]
                GradientAtMost 0.5, [ true; true; false ]
            ] do
            Expect.equal [ for facts in [ below; at; above ] -> holds condition facts ] expected (string condition))

    testCase "conditions on steps, below, at and above" (fun () ->
        for condition, expected in
            [
                StepsFrom 3L :> ICondition, [ false; true; true ]
                StepsUntil 3L, [ true; false; false ]
                StepsEvery 3L, [ false; true; false ]
                StepsEvery(3L, Offset = 4L), [ false; false; true ]
            ] do
            Expect.equal [ for t in 2L .. 4L -> holds condition (StepFacts(t, 0.0, 0.0)) ] expected (string condition))

    testCase "the least numbers of steps, given afterwards as well" (fun () ->
        for condition, property, least, expected in
            [
                StepsFrom 5L :> ICondition, "Step", 0L, StepsFrom 0L :> ICondition
                StepsUntil 5L, "Step", 0L, StepsUntil 0L
                StepsEvery 5L, "Period", 1L, StepsEvery 1L
                StepsEvery 5L, "Offset", 0L, StepsEvery 5L
            ] do
            // As C# does behind `with`; F# has no word for it where the constructor takes the same name.
            let set (value: int64) =
                match condition.GetType().GetProperty property with
                | null -> failtestf "no %s" property
                | found -> found.SetValue(condition, box value)

            set least
            Expect.equal condition expected property

            Expect.throwsC (fun () -> set (least - 1L)) (fun e ->
                Expect.stringContains (string e.InnerException) property "the value that is refused")

            Expect.equal condition expected "as before")
]

// Asked of the assembly: a compiler would put the numbers of its own day here.
let private numbers (kind: Type) = [ for value in Enum.GetValues kind -> Convert.ToInt32 value ]

let private flags = [
    for kind in [ typeof<StageTraits>; typeof<StepMeasures> ] do
        testCase $"every flag of {kind.Name} is a bit of its own" (fun () ->
            holds (StepsFrom 0L) (StepFacts(0L, 0.0, 0.0)) |> ignore
            let values = numbers kind
            let names = Enum.GetNames kind
            Expect.equal (Convert.ToInt32(Enum.Parse(kind, "None"))) 0 "none"
            Expect.equal values.Length names.Length "each its own"
            Expect.equal values (0 :: [ for i in 0 .. values.Length - 2 -> 1 <<< i ]) "bits, without a gap")

    testCase "phases are counted from 1 in the order of a step" (fun () ->
        let order = [
            "Probe"
            "Gradient"
            "Regularization"
            "Direction"
            "Update"
            "Step"
            "Constraint"
            "Iterate"
        ]

        let kind = typeof<Phase>
        Expect.equal (List.ofArray (Enum.GetNames kind)) order "names"
        Expect.equal (numbers kind) [ 1..8 ] "numbers")
]

/// 1 at first, then the same for ever.
type private Jump(after: float) =
    interface ISchedule with
        member _.Equation = "1, then a"
        member _.At step = if step = 0L then 1.0 else after

let private pipelines = [
    testCase "a schedule grows from 1000 times its start on, not at it" (fun () ->
        let codes after = [
            for warning in (Optimizer.Sgd 0.1).With(Jump after :> ISchedule).Warnings() do
                warning.Code
        ]

        Expect.equal (codes 1000.0) [] "at it"
        Expect.equal (codes (Math.BitIncrement 1000.0)) [ "schedule-grows" ] "above it")

    testCase "comments, one within another" (fun () ->
        Expect.equal
            (read "sgd 0.1 (* a (* b *) c *) |> clip 1.0 (**)")
            (read "sgd 0.1 |> clip 1.0")
            "they end where they end"

        says [ "comment"; "*)" ] (fun () -> read "sgd 0.1 (* a (* b *) |> clip 1.0"))

    testCase "words with options have a second one, others have none" (fun () ->
        let heads = List.ofSeq Words.Heads
        Expect.containsAll heads [ "sgd"; "adam"; "adamWith" ] "heads"
        Expect.isFalse (List.contains "sgdWith" heads) "sgd has no options")

    testCase "disposed at the point of a gradient, a bound session puts the parameters back" (fun () ->
        let tensor = vector [ 1.0; -2.0 ]
        let session = (plain "sgd 0.5 |> nag 0.5" 2).Bind [| tensor |]
        session.MoveToPoint()
        session.Step [| vector [ 1.0; 1.0 ] |] |> ignore
        let before = Array.copy tensor
        session.MoveToPoint()
        Expect.notEqual tensor before "at the point"
        session.Dispose()
        Expect.equal tensor before "back")

    testCase "a reported step of a bound session refuses what a step refuses" (fun () ->
        let tensor = vector [ 1.0; -2.0 ]
        use session = (plain "sgd 0.5 |> nag 0.5" 2).Bind [| tensor |]
        let gradient = [| vector [ 1.0; 1.0 ] |]
        Expect.throws (fun () -> session.StepReported gradient |> ignore) "not at the point"
        Expect.equal (session.StepCount, tensor) (0L, vector [ 1.0; -2.0 ]) "nothing is done")

    testCase "the first stage behind parts has its own phase" (fun () ->
        let run text =
            after (plain text 2) [ 1.0; -2.0 ] [ [ 1.0; 0.5 ]; [ 0.25; 2.0 ]; [ -1.0; 1.0 ] ]

        Expect.equal
            (run "partition [\"*\", sgd 0.5 |> l2 0.5 |> momentum 0.5] |> weightDecay 0.5")
            (run "sgd 0.5 |> l2 0.5 |> momentum 0.5 |> weightDecay 0.5")
            "behind the momentum of the part")

    testCase "a norm that is infinite has no cosine, though no entry is" (fun () ->
        let plan = plain "sgd 1e-300" 2
        let gradient = vector [ 1.7e308; 1.7e308 ]

        let struct (_, trace) =
            plan.Trace(plan.Init(vector [ 0.0; 0.0 ]), gradient, 0.0, atPoint = true)

        Expect.equal trace["gradient"].Norm infinity "the norm"
        Expect.isTrue (Double.IsNaN trace["gradient"].Cosine) "the cosine")
]

let private reports = [
    testCase "costs are equal where all of them are" (fun () ->
        let cost (elements, bytes, passes, state, stages) =
            PlanCost(elements, bytes, passes, state, Array.zeroCreate<StageCost> stages)

        let one = cost (2L, 8, 1, 3L, 1)
        Expect.isTrue (one.Equals(cost (2L, 8, 1, 3L, 1))) "all"

        for other in
            [
                cost (1L, 8, 1, 3L, 1)
                cost (2L, 4, 1, 3L, 1)
                cost (2L, 8, 2, 3L, 1)
                cost (2L, 8, 1, 4L, 1)
                cost (2L, 8, 1, 3L, 2)
                Unchecked.defaultof<PlanCost>
            ] do
            Expect.isFalse (one.Equals other) "one is another"

        Expect.stringContains (string (cost (2L, 8, 1, 3L, 0))) "2 parameters" "without stages there is a table, too")

    testCase "traces are equal where all of them are" (fun () ->
        let stage (name, phase, limits, norm, cosine, largest, tensors) =
            StageTrace(name, phase, limits, norm, cosine, largest, Array.zeroCreate<TensorTrace> tensors)

        let one = stage ("a", Phase.Update, false, 1.0, nan, 2.0, 1)
        Expect.isTrue (one.Equals(stage ("a", Phase.Update, false, 1.0, nan, 2.0, 1))) "all, NaN as well"

        for other in
            [
                stage ("b", Phase.Update, false, 1.0, nan, 2.0, 1)
                stage ("a", Phase.Step, false, 1.0, nan, 2.0, 1)
                stage ("a", Phase.Update, true, 1.0, nan, 2.0, 1)
                stage ("a", Phase.Update, false, 0.5, nan, 2.0, 1)
                stage ("a", Phase.Update, false, 1.0, 0.5, 2.0, 1)
                stage ("a", Phase.Update, false, 1.0, nan, 3.0, 1)
                stage ("a", Phase.Update, false, 1.0, nan, 2.0, 0)
                Unchecked.defaultof<StageTrace>
            ] do
            Expect.isFalse (one.Equals other) "one is another"

        let plan = plain "sgd 1.0" 2

        let traceOf (gradient: float list) =
            let struct (_, trace) =
                plan.Trace(init plan [ 1.0; 2.0 ], vector gradient, 0.0, atPoint = true)

            trace

        let trace, other = traceOf [ 1.0; 2.0 ], traceOf [ 1.0; 3.0 ]
        Expect.isTrue (trace.Equals(traceOf [ 1.0; 2.0 ])) "the same step"
        Expect.isFalse (trace.Equals(StepTrace(trace.Report, other.Stages))) "other stages"
        Expect.isFalse (trace.Equals(StepTrace(other.Report, trace.Stages))) "another report"
        Expect.isFalse (trace.Equals Unchecked.defaultof<StepTrace>) "none")

    testCase "of two tensors that are not finite a trace names the first" (fun () ->
        let plan = named "sgd 1.0" (layout [ "first", 1; "second", 1 ])
        let gradient = vector [ infinity; infinity ]

        let struct (_, trace) =
            plan.Trace(init plan [ 1.0; 2.0 ], gradient, 0.0, atPoint = true)

        Expect.stringContains (string trace["gradient"].NonFinite) "first" "the tensor")
]

[<Tests>]
let tests =
    testList "boundaries" [
        testList "conditions" conditions
        testList "flags" flags
        testList "pipelines" pipelines
        testList "reports" reports
    ]
