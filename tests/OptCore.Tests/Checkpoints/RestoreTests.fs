/// Plan.Restore builds states from named slots, and refuses what is wrong.
module OptCore.Tests.Checkpoints.RestoreTests

open System
open Expecto
open OptCore
open OptCore.Tests.BadInput.Refusals
open OptCore.Tests.Checkpoints.States

let private parts (state: State<float>) = [ for slot in state.Slots -> state.Read slot.Name ]

let private restored (state: State<float>) =
    state.Plan.Restore(state.Step, state.AsSpan(), parts state)

let private mixed =
    (Optimizer.Parse "novoGrad 0.1 |> accumulate 2 |> noise 0.1 0.5 7 |> skipNonFinite 3 |> plateau 2 0.5").Plan<float>
        layout

let private state = mixed.Init(numbers 0 layout.Length) |> walk 3 |> List.last

/// Restores with the parts changed.
let private changed (change: SlotValues<float> list -> SlotValues<float> list) () =
    mixed.Restore(3L, state.AsSpan(), change (parts state))

let private without name =
    List.filter (fun (values: SlotValues<float>) -> values.Name <> name)

let private instead (values: SlotValues<float>) =
    without values.Name >> List.append [ values ]

[<Tests>]
let tests =
    testList "restore" [
        testCase "every state of every optimizer comes back from its parts" (fun () ->
            for optimizer in optimizers do
                for state in walk 6 (startDouble optimizer) do
                    Expect.equal (restored state) state (string optimizer)
                    Expect.equal (stepDouble 99 (restored state)) (stepDouble 99 state) "and goes on")

        testCase "what is not finite comes back, too" (fun () ->
            let plan = (Optimizer.Sgd 0.1).Momentum(0.9).Plan<float> layout

            let broken =
                plan.Step(
                    plan.Init(numbers 0 layout.Length),
                    vector (List.replicate layout.Length nan),
                    atPoint = true
                )

            Expect.equal (restored broken) broken "NaN")

        testCase "slots say what they are" (fun () ->
            let rows = [
                for slot in state.Slots -> slot.Name, slot.Kind, slot.Length, slot.Tensors.Count
            ]

            Expect.containsAll
                rows
                [
                    "novoGrad.m", SlotKind.Element, layout.Length, layout.Tensors.Count
                    "novoGrad.nu", SlotKind.PerTensor, layout.Tensors.Count, layout.Tensors.Count
                    "plateau.factor", SlotKind.Scalar, 1, 0
                    "accumulate.count", SlotKind.Count, 1, 0
                    "noise.state", SlotKind.Random, 1, 0
                ]
                "rows"

            Expect.equal [ for slot in state.Slots -> slot.Name ] (List.ofSeq state.SlotNames) "order"
            Expect.equal (List.ofSeq mixed.Slots) (List.ofSeq state.Slots) "of the plan")

        testCase "what is wrong is refused by name" (fun () ->
            argument [ "\"novoGrad.m\" is missing"; "noise.state" ] (changed (without "novoGrad.m"))

            argument
                [ "no slot \"adam.m\""; "novoGrad.m" ]
                (changed (fun all -> SlotValues<float>.OfCount("adam.m", 0L) :: all))

            argument [ "\"plateau.factor\""; "twice" ] (changed (fun all -> state.Read "plateau.factor" :: all))

            argument
                [ "\"novoGrad.m\""; "doubles"; "Element" ]
                (changed (instead (SlotValues<float>.OfNumbers("novoGrad.m", vector [ 1.0 ]))))

            argument
                [ "\"novoGrad.m\""; "2 values"; "13" ]
                (changed (instead (SlotValues<float>.OfElements("novoGrad.m", vector [ 1.0; 2.0 ]))))

            argument
                [ "\"novoGrad.nu\""; "1 values"; "5" ]
                (changed (instead (SlotValues<float>.OfNumbers("novoGrad.nu", vector [ 1.0 ]))))

            argument
                [ "\"accumulate.count\""; "2"; "0 ≤ value < 2" ]
                (changed (instead (SlotValues<float>.OfCount("accumulate.count", 2L))))

            argument
                [ "\"skipNonFinite"; "-1"; "0 ≤ value" ]
                (changed (
                    instead (
                        SlotValues<float>
                            .OfCount(Seq.find (fun (n: string) -> n.StartsWith "skip") state.SlotNames, -1L)
                    )
                ))

            argument [ "parameters has 2 elements"; "13" ] (fun () ->
                mixed.Restore(3L, vector [ 1.0; 2.0 ], parts state))

            range [ "step" ] (fun () -> mixed.Restore(-1L, state.AsSpan(), parts state)))

        testCase "one tensor can be written from outside" (fun () ->
            let other = state.WithTensor("hidden.w", vector [ 1.0; 2.0; 3.0; 4.0; 5.0 ])
            Expect.equal (other.Tensor "hidden.w") [| 1.0; 2.0; 3.0; 4.0; 5.0 |] "written"
            Expect.equal (other.WithTensor("hidden.w", state.Tensor "hidden.w")) state "the rest is as it was"
            let session = mixed.Resume state
            session.SetTensor("hidden.w", vector [ 1.0; 2.0; 3.0; 4.0; 5.0 ])
            Expect.equal (session.Snapshot()) other "in place"
            argument [ "\"v\""; "hidden.w" ] (fun () -> state.WithTensor("v", vector []))
            argument [ "2 elements"; "hidden.w" ] (fun () -> state.WithTensor("hidden.w", vector [ 1.0; 2.0 ]))
            argument [ "values[0]"; "finite" ] (fun () -> state.WithTensor("b", vector [ infinity ]))
            argument [ "values[0]"; "finite" ] (fun () -> session.SetTensor("b", vector [ nan ])))
    ]
