/// Flags are bits of their own, phases follow one another, lists are compared by what is in them.
module OptCore.Tests.FlagTests

open System
open Expecto
open OptCore

let private values<'T when 'T: struct and 'T :> Enum and 'T: (new: unit -> 'T) and 'T :> ValueType> () =
    Enum.GetValues<'T>() |> Array.map Convert.ToInt32 |> Array.sort

let private flags count =
    Array.append [| 0 |] (Array.init count (fun i -> 1 <<< i))

[<Tests>]
let tests =
    testList "flags" [
        testCase "traits of stages" (fun () ->
            let values = values<StageTraits>()
            Expect.equal values (flags (values.Length - 1)) "0, then a bit for each")
        testCase "what conditions look at" (fun () ->
            Expect.equal (values<StepMeasures>()) (flags 2) "0, then a bit for each")
        testCase "a stage has a set of traits if it has each of them" (fun () ->
            let momentum: IStage = Momentum 0.9
            Expect.isTrue (momentum.Has(StageTraits.Momentum ||| StageTraits.Elementwise)) "both"
            Expect.isFalse (momentum.Has(StageTraits.Momentum ||| StageTraits.Random)) "one of two"
            Expect.isFalse (momentum.Has StageTraits.Random) "none"
            Expect.isTrue (momentum.Has StageTraits.None) "nothing is asked for")
        testCase "bounds are equal where both sides are" (fun () ->
            let bounds = Bounds([ 0.0; 1.0 ], [ 2.0; 3.0 ])
            Expect.equal (Bounds([ 0.0; 1.0 ], [ 2.0; 3.0 ])) bounds "the same numbers"
            Expect.notEqual (Bounds([ 0.5; 1.0 ], [ 2.0; 3.0 ])) bounds "another lower one"
            Expect.notEqual (Bounds([ 0.0; 1.0 ], [ 2.0; 3.5 ])) bounds "another upper one")
        testCase "one bound for all is held against each of the other side" (fun () ->
            let refusal (low: float list) (high: float list) =
                try
                    (Optimizer.Sgd 0.1).With(Bounds(low, high)).Plan 2 |> ignore
                    "none"
                with :? ArgumentOutOfRangeException as e ->
                    e.Message

            Expect.stringContains (refusal [ 0.0 ] [ 1.0; -1.0 ]) "at least Low = 0, at 1" "upper bounds"
            Expect.stringContains (refusal [ 0.0; 2.0 ] [ 1.0 ]) "at least Low = 2, at 1" "lower bounds"
            Expect.equal (refusal [ 0.0 ] [ 1.0; 0.0 ]) "none" "equal ones")
        // Optax' scale_by_param_block_rms.
        testCase "scaleByParameterRms without options" (fun () ->
            Expect.equal (ScaleByParameterRms()) (ScaleByParameterRms(Minimum = 1e-3)) "minimum")
        testCase "plateau counts a cooldown where there is one" (fun () ->
            let slots (plateau: Plateau) =
                let plan = (Optimizer.Sgd 0.1).With(plateau).Plan<float>(Layout.Empty.Add("w", 1))

                (plan.Init(Array.zeroCreate<float> 1)).SlotNames
                |> Seq.filter _.Contains("cooling")
                |> List.ofSeq

            Expect.isEmpty (slots (Plateau(1, 0.5))) "none"
            Expect.hasLength (slots (Plateau(1, 0.5, Cooldown = 1))) 1 "one")
        testCase "phases" (fun () ->
            Expect.equal (values<Phase>()) [| 1..8 |] "in their order"

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
