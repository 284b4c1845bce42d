/// Slots and tensors of a state: their names and kinds, tensors without elements.
module OptCore.Tests.CornerCases.StateTests

open Expecto
open OptCore
open OptCore.Tests.CornerCases.Steps

let private eleventh = [
    testCase "slots carry the stage's word; the second of a kind a number" (fun () ->
        let plan =
            plain "adam 0.1 |> momentum 0.9 |> stage (Adam()) |> average 0.9 |> average 0.5" 1

        Expect.equal
            (List.ofSeq (init plan [ 1.0 ]).SlotNames
             |> List.filter (fun s -> not (s.Contains "Power")))
            [
                "adam.m"
                "adam.v"
                "momentum.v"
                "adam#2.m"
                "adam#2.v"
                "average"
                "average#2"
            ]
            "slots")

    testCase "inside a part the part's pattern stands before" (fun () ->
        let plan =
            named "partition [\"w*\", adam 0.1; \"*\", sgd 0.1 |> momentum 0.5]" (layout [ "w1", 2; "b", 3 ])

        let state = init plan [ 1.0; 2.0; 3.0; 4.0; 5.0 ]
        Expect.containsAll state.SlotNames [ "partition[w*].adam.m"; "partition[*].momentum.v" ] "slots"
        Expect.equal (state.Slot "partition[w*].adam.m").Length 2 "as long as its tensors"
        Expect.equal (state.Slot "partition[*].momentum.v").Length 3 "as long as its tensors")

    testCase "kinds: element, per tensor, scalar, integer, random" (fun () ->
        let plan =
            named
                "novoGrad 0.1 |> accumulate 2 |> noise 0.1 0.5 7 |> plateau 2 0.5"
                (layout [ "a", 2; "b", 1; "c", 0 ])

        let state = init plan [ 1.0; 2.0; 3.0 ]
        Expect.equal (state.Slot "novoGrad.m") [| 0.0; 0.0; 0.0 |] "element"
        Expect.hasLength (state.Numbers "novoGrad.nu") 3 "per tensor"
        Expect.equal (state.Numbers "plateau.factor") [| 1.0 |] "scalar"
        Expect.equal (state.Count "accumulate.count") 0L "integer"
        says [ "novoGrad.m"; "Element" ] (fun () -> state.Count "novoGrad.m")
        says [ "adam.m"; "novoGrad.m" ] (fun () -> state.Slot "adam.m"))
]

let private twelfth = [
    testCase "a plain array is one tensor named parameters" (fun () ->
        let plan = plain "sgd 0.5 |> only \"parameters\" (weightDecay 1.0)" 3
        Expect.equal (string plan.Layout) "parameters[3]" "layout"
        Expect.equal (plan.Layout.Tensors[0].Name) Layout.PlainName "name"
        Expect.equal ((init plan [ 1.0; 2.0; 3.0 ]).Tensor "parameters") [| 1.0; 2.0; 3.0 |] "tensor")

    testTheory
        "tensors of 0 elements and no tensors at all are legal"
        [
            "sgd 0.5"
            "adam 0.5 |> clip 1.0 |> weightDecay 0.1"
            "novoGrad 0.5 |> clipPerTensor 1.0 |> centralize |> clipAdaptive 0.1 |> normalize |> trustRatio"
            "lars 0.1 0.5 |> accumulate 2 |> skipNonFinite 3 |> noise 0.1 0.5 1"
            "sgd 0.5 |> ball 1.0 |> l1Ball 1.0 |> nonNegative |> lookahead 2 0.5 |> average 0.5"
            "sgd 0.5 |> sam 0.1 |> momentum 0.9"
        ]
        (fun text ->
            for tensors in [ Layout.Empty; Layout.Plain 0; layout [ "a", 0; "b", 0 ] ] do
                let plan, none = named text tensors, vector []

                let state =
                    plan.Step(plan.Step(init plan [], none, atPoint = true), none, atPoint = true)

                Expect.equal (state.ToArray()) [||] "nothing"
                Expect.equal state.Step (2L / int64 plan.GradientsPerUpdate) "t"
                let session = plan.Start none
                session.Step(none, atPoint = true) |> ignore
                session.StepReported(none, atPoint = true) |> ignore
                Expect.equal (session.Snapshot()) state "in place")

    testCase "an empty tensor beside full ones changes nothing" (fun () ->
        let text = "adam 0.5 |> clip 1.0 |> clipPerTensor 0.5 |> trustRatio"

        let full =
            after (named text (layout [ "a", 2; "b", 1 ])) [ 1.0; 2.0; 3.0 ] [ [ 3.0; 4.0; 5.0 ] ]

        let holed =
            after (named text (layout [ "x", 0; "a", 2; "y", 0; "b", 1; "z", 0 ])) [ 1.0; 2.0; 3.0 ] [
                [ 3.0; 4.0; 5.0 ]
            ]

        Expect.equal holed full "bits")
]

[<Tests>]
let tests = testList "corner cases" [ yield! eleventh; yield! twelfth ]
