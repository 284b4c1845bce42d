/// Flags are bits of their own, and phases follow one another.
module OptCore.Tests.FlagTests

open System
open Expecto
open OptCore

let private values<'T when 'T: struct and 'T :> Enum and 'T: (new: unit -> 'T) and 'T :> ValueType> () =
    Enum.GetValues<'T>() |> Array.map Convert.ToInt32 |> Array.sort

let private flags count = [|
    0
    for i in 0 .. count - 1 -> 1 <<< i
|]

[<Tests>]
let tests =
    testList "flags" [
        testCase "traits of stages" (fun () ->
            let values = values<StageTraits> ()
            Expect.equal values (flags (values.Length - 1)) "0, then a bit for each")
        testCase "what conditions look at" (fun () -> Expect.equal (values<StepMeasures> ()) (flags 2) "0, then a bit for each")
        testCase "a stage has a set of traits if it has each of them" (fun () ->
            let momentum: IStage = Momentum 0.9
            Expect.isTrue (momentum.Has(StageTraits.Momentum ||| StageTraits.Elementwise)) "both"
            Expect.isFalse (momentum.Has(StageTraits.Momentum ||| StageTraits.Random)) "one of two"
            Expect.isFalse (momentum.Has StageTraits.Random) "none"
            Expect.isTrue (momentum.Has StageTraits.None) "nothing is asked for")
        testCase "phases" (fun () ->
            Expect.equal (values<Phase> ()) [| 1..8 |] "in their order"

            Expect.equal
                [|
                    Phase.Probe
                    Phase.Gradient
                    Phase.Regularization
                    Phase.Direction
                    Phase.Update
                    Phase.Step
                    Phase.Constraint
                    Phase.Iterate
                |]
                (Array.sort (Enum.GetValues<Phase>()))
                "by name")
    ]
