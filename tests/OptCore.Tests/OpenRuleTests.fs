/// Rules on registers written in F#: with one slot, with four and five, and handed over wrongly.
module OptCore.Tests.OpenRuleTests

open System
open System.Runtime.CompilerServices
open Expecto
open OptCore
open OptCore.Kernels
open OptCore.Tests.RuleRuns

/// Heavy-ball momentum with a rule on registers in F#: the library's momentum is its oracle.
type OpenBall = {
    Beta: float
} with

    interface IOpenStage with
        member _.Phase = Phase.Direction
        member _.Equation = "v = β v + u; u = v"
        member _.Slots = [| SlotSpec.Element "v" |]

        member stage.Build builder =
            builder.ApplyOpen(typedefof<HeavyBallRule<AnyVector, float32>>, [| "v" |], stage)

and [<Struct>] HeavyBallRule<'V, 'T
    when 'V: struct
    and 'V: (new: unit -> 'V)
    and 'V :> ValueType
    and 'V :> IVector<'V, 'T>
    and 'T: unmanaged
    and 'T: struct
    and 'T: (new: unit -> 'T)
    and 'T :> ValueType>(stage: OpenBall) =

    [<DefaultValue(false)>]
    val mutable private b: 'V

    interface IRule1<'V, 'T> with
        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        member rule.Begin _ = rule.b <- 'V.Broadcast stage.Beta

        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        member rule.Apply(u, _, v) =
            v <- 'V.Fma(rule.b, v, u)
            u <- v

/// The update of four or five steps ago and the number of this one: rules with so many slots, whose numbers change with the step.
type Delayed = {
    By: int
} with

    member stage.Names = Array.init stage.By (fun i -> string (char (int 'a' + i)))

    interface IOpenStage with
        member _.Phase = Phase.Direction
        member stage.Equation = $"u(t − {stage.By}) + t"
        member stage.Slots = [| for name in stage.Names -> SlotSpec.Element name |]

        member stage.Build builder =
            let rule =
                match stage.By with
                | 4 -> typedefof<Line4<AnyVector, float32>>
                | _ -> typedefof<Line5<AnyVector, float32>>

            builder.ApplyOpen(rule, stage.Names, stage)

and [<Struct>] Line4<'V, 'T
    when 'V: struct
    and 'V: (new: unit -> 'V)
    and 'V :> ValueType
    and 'V :> IVector<'V, 'T>
    and 'T: unmanaged
    and 'T: struct
    and 'T: (new: unit -> 'T)
    and 'T :> ValueType>(_stage: Delayed) =

    [<DefaultValue(false)>]
    val mutable private count: 'V

    interface IRule4<'V, 'T> with
        member rule.Begin step =
            rule.count <- 'V.Broadcast(float step.Number)

        member rule.Apply(u, _, a, b, c, d) =
            let last = d
            d <- c
            c <- b
            b <- a
            a <- u
            u <- 'V.op_Addition (last, rule.count)

and [<Struct>] Line5<'V, 'T
    when 'V: struct
    and 'V: (new: unit -> 'V)
    and 'V :> ValueType
    and 'V :> IVector<'V, 'T>
    and 'T: unmanaged
    and 'T: struct
    and 'T: (new: unit -> 'T)
    and 'T :> ValueType>(_stage: Delayed) =

    [<DefaultValue(false)>]
    val mutable private count: 'V

    interface IRule5<'V, 'T> with
        member rule.Begin step =
            rule.count <- 'V.Broadcast(float step.Number)

        member rule.Apply(u, _, a, b, c, d, e) =
            let last = e
            e <- d
            d <- c
            c <- b
            b <- a
            a <- u
            u <- 'V.op_Addition (last, rule.count)

/// Rules that a stage might hand over: a class, and a struct of three types.
type ClassRule<'V, 'T
    when 'V: struct
    and 'V: (new: unit -> 'V)
    and 'V :> ValueType
    and 'V :> IVector<'V, 'T>
    and 'T: unmanaged
    and 'T: struct
    and 'T: (new: unit -> 'T)
    and 'T :> ValueType>() =

    interface IRule0<'V, 'T> with
        member _.Begin _ = ()
        member _.Apply(_, _) = ()

[<Struct>]
type ThreeTypes<'V, 'T, 'U
    when 'V: struct
    and 'V: (new: unit -> 'V)
    and 'V :> ValueType
    and 'V :> IVector<'V, 'T>
    and 'T: unmanaged
    and 'T: struct
    and 'T: (new: unit -> 'T)
    and 'T :> ValueType> =

    interface IRule0<'V, 'T> with
        member _.Begin _ = ()
        member _.Apply(_, _) = ()

/// A stage whose rule is handed over wrongly.
type Wrong = {
    Rule: Type
    Names: string[]
    Arguments: obj[]
} with

    interface IOpenStage with
        member _.Phase = Phase.Direction
        member _.Equation = ""
        member _.Slots = [| SlotSpec.Element "v" |]

        member stage.Build builder =
            builder.ApplyOpen(stage.Rule, stage.Names, stage.Arguments)

let private openRules =
    testList "rules in F#" [
        testCase "an open rule is the library's momentum, bit for bit" (fun () ->
            let mine = run ((Optimizer.Sgd 0.1).With({ OpenBall.Beta = 0.9 }).Clip 1.0)
            let theirs = run ((Optimizer.Sgd 0.1).Momentum(0.9).Clip 1.0)
            Expect.equal (mine.ToArray()) (theirs.ToArray()) "p"
            Expect.equal (mine.Slot "openBall.v") (theirs.Slot "momentum.v") "v")

        testCase "float32 too" (fun () ->
            let single (optimizer: Optimizer) =
                let session =
                    optimizer.Plan<float32>(tensors).Start(ReadOnlySpan(Array.map float32 (numbers 1)))

                for step in 1..steps do
                    session.Step(ReadOnlySpan(Array.map float32 (gradient step))) |> ignore

                session.Snapshot().ToArray()

            Expect.equal
                (single ((Optimizer.Sgd 0.1).With { OpenBall.Beta = 0.9 }))
                (single ((Optimizer.Sgd 0.1).Momentum 0.9))
                "bits")

        testCase "four and five slots, a number of the step" (fun () ->
            for by in [ 4; 5 ] do
                let p = numbers 1

                for step in 1..steps do
                    for i in 0 .. p.Length - 1 do
                        let before = if step > by then (gradient (step - by))[i] else 0.0
                        p[i] <- p[i] - (before + float step)

                Expect.equal ((run ((Optimizer.Sgd 1.0).With { By = by })).ToArray()) p $"{by} slots")

        testCase "it joins its neighbours' loop" (fun () ->
            let lines (optimizer: Optimizer) =
                optimizer.Plan<float>(tensors, Execution(Threads = 1)).Describe().Split('\n').Length

            Expect.equal
                (lines ((Optimizer.Sgd 0.1).With({ OpenBall.Beta = 0.9 }).WeightDecay 0.1))
                (lines ((Optimizer.Sgd 0.1).Momentum(0.9).WeightDecay 0.1))
                "as the library's")

        testCase "what is handed over wrongly says so" (fun () ->
            let message (stage: Wrong) =
                try
                    (Optimizer.Sgd 0.1).With(stage).Plan 1 |> ignore
                    "none"
                with :? ArgumentException as e ->
                    e.Message

            let rule = typedefof<HeavyBallRule<AnyVector, float32>>
            let argument: obj = { OpenBall.Beta = 0.5 }

            let right = {
                Rule = rule
                Names = [| "v" |]
                Arguments = [| argument |]
            }

            Expect.equal (message right) "none" "right"
            Expect.stringContains (message { right with Rule = typeof<int> }) "open struct" "no rule"
            Expect.stringContains (message { right with Names = [||] }) "takes 1 slots and is given 0" "too few slots"
            Expect.stringContains (message { right with Names = [| "w" |] }) "\"w\"" "no such slot"

            Expect.stringContains
                (message { right with Arguments = [| 1 |] })
                "no public constructor"
                "no such constructor")

        testCase "what is no open struct of two types that is a rule is refused, whatever else it is" (fun () ->
            let argument: obj = { OpenBall.Beta = 0.5 }

            let message (rule: Type) names (arguments: obj[]) =
                Expect.throwsC
                    (fun () ->
                        (Optimizer.Sgd 0.1)
                            .With(
                                {
                                    Rule = rule
                                    Names = names
                                    Arguments = arguments
                                }
                            )
                            .Plan
                            1
                        |> ignore)
                    (fun e ->
                        Expect.isTrue (e :? ArgumentException) (string e)
                        e.Message)

            for rule in
                [
                    typeof<HeavyBallRule<Simd128<float>, float>>
                    typedefof<ClassRule<AnyVector, float32>>
                    typedefof<ThreeTypes<AnyVector, float32, int>>
                    typedefof<Collections.Generic.KeyValuePair<int, int>>
                    typeof<int>
                ] do
                for names in [ [||]; [| "v" |] ] do
                    Expect.equal
                        (message rule names [||])
                        ($"The stage wrong hands over {rule}; expected an open struct with two type parameters, V and T, that implements "
                         + "one of IRule0<V, T> to IRule5<V, T>. (Parameter 'rule')")
                        "no rule"

            let rule = typedefof<HeavyBallRule<AnyVector, float32>>

            Expect.equal
                (message rule [| "v"; "v" |] [| argument |])
                "The rule HeavyBallRule`2 of the stage wrong takes 1 slots and is given 2: v, v. (Parameter 'slots')"
                "slots"

            Expect.equal
                (message rule [| "v" |] [| argument; "b" |])
                ("The rule HeavyBallRule`2 of the stage wrong has no public constructor that takes (OpenBall, String). "
                 + "(Parameter 'arguments')")
                "arguments")

        testCase "where no code can be generated it says so" (fun () ->
            Expect.throwsC
                (fun () -> OpenRules.CheckSupported(false, "openBall", typedefof<HeavyBallRule<AnyVector, float32>>))
                (fun e ->
                    Expect.isTrue (e :? PlatformNotSupportedException) "type"
                    Expect.stringContains e.Message "openBall" "stage"
                    Expect.stringContains e.Message "IFusedStage" "what to do"))
    ]

[<Tests>]
let tests = testList "rules" [ openRules ]
