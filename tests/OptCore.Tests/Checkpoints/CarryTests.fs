/// States that move to another optimizer, layout or number type.
module OptCore.Tests.Checkpoints.CarryTests

open System
open Expecto
open OptCore
open OptCore.Tests.BadInput.Refusals
open OptCore.Tests.Checkpoints.States

let private read (text: string) = Optimizer.Parse text
let private planned text = (read text).Plan<float> layout

let private from text steps =
    (planned text).Init(numbers 0 layout.Length) |> walk steps |> List.last

let private allowed = CarryOptions(AllowDropped = true)
let private names (parts: seq<StatePart>) = [ for part in parts -> string part ]

/// Rates by which the pipelines are halved in the middle: powers of two, so that both products are exact.
let private halved = [
    "sgd 0.5"
    "sgd 0.5 |> momentum 0.9 |> weightDecay 0.01"
    "adam 0.5 |> average 0.9"
    "rmsProp 0.5 |> clip 1.0"
    "sgd 0.5 |> velocity 0.9"
    "sgd 0.5 |> nag 0.9"
    "adamW 0.01 0.5 |> warmup 5"
    "partition [\"w\", adam 0.5; \"*\", sgd 0.5 |> momentum 0.9]"
    "lion 0.5 |> accumulate 2 |> noise 0.1 0.75 3"
]

let private halve (text: string) = text.Replace(" 0.5", " 0.25")

[<Tests>]
let tests =
    testList "carry" [
        testCase "to the same plan: the identity, nothing begun and nothing dropped" (fun () ->
            for optimizer in optimizers do
                for state in walk 5 (startDouble optimizer) do
                    let carried = (optimizer.Plan<float> layout).Carry(state, CarryOptions.Default)
                    Expect.equal carried.State state (string optimizer)
                    Expect.isEmpty carried.Report.Begun "begun"
                    Expect.isEmpty carried.Report.Dropped "dropped"

                    Expect.hasLength
                        carried.Report.Kept
                        (layout.Tensors.Count
                         + Seq.sum (Seq.map (fun (slot: StateSlot) -> max 1 slot.Tensors.Count) state.Slots))
                        "kept")

        testCase "float32 to float and back: the identity" (fun () ->
            for optimizer in optimizers do
                let state = startSingle optimizer |> stepSingle 1 |> stepSingle 2
                let wide = (optimizer.Plan<float> layout).Carry state
                Expect.equal (wide.ToArray()) (Array.map float (state.ToArray())) "exact"
                Expect.equal (state.Plan.Carry wide) state (string optimizer))

        testCase "a rate changed by carry is the run with the corresponding schedule" (fun () ->
            for text in halved do
                let scheduled = (read text).MultiStep([ 4 ], 0.5)
                let whole = (scheduled.Plan<float> layout).Init(numbers 0 layout.Length) |> walk 12
                let first = (planned text).Init(numbers 0 layout.Length) |> walk 12
                // The state from which the schedule halves.
                let at = first |> List.findIndex (fun state -> state.Step = 4L)
                let halfRate = (halve text |> planned).Carry(first[at])

                let rest =
                    List.scan (fun state seed -> stepDouble seed state) halfRate [ at + 1 .. 12 ]

                for expected, actual in List.zip (List.skip at whole) rest do
                    Expect.equal (actual.ToArray()) (expected.ToArray()) text
                    Expect.equal actual.Step expected.Step text

                // In a session.
                let session = (planned text).Start(numbers 0 layout.Length)

                for seed in 1..at do
                    session.Step(numbers seed layout.Length, float (seed % 3), atPoint = true)
                    |> ignore

                session.Optimizer <- read (halve text)

                for seed in at + 1 .. 12 do
                    session.Step(numbers seed layout.Length, float (seed % 3), atPoint = true)
                    |> ignore

                Expect.equal (session.Snapshot()) (List.last rest) text)

        testCase "a session goes on with other slots as the state that is carried does" (fun () ->
            for text, next in
                [
                    "sgd 0.5 |> momentum 0.5", "sgd 0.25 |> momentum 0.5 |> average 0.5"
                    "sgd 0.5", "adam 0.5 |> average 0.5 |> noise 0.1 0.75 3"
                    "adam 0.5 |> average 0.5", "adam 0.25 |> average 0.5 |> accumulate 2"
                ] do
                let session = (planned text).Start(numbers 0 layout.Length)

                let step seed =
                    session.Step(numbers seed layout.Length, float (seed % 3), atPoint = true)
                    |> ignore

                List.iter step [ 1..3 ]
                let mutable state = (planned next).Carry(from text 3)
                session.Optimizer <- read next
                Expect.equal (session.Snapshot()) state next

                for seed in 4..8 do
                    step seed
                    state <- stepDouble seed state
                    Expect.equal (session.Snapshot()) state $"{next}, step {seed}")

        testCase "where the gradient has to be evaluated is what the new plan says" (fun () ->
            let gradient = numbers 3 layout.Length
            let point = Array.zeroCreate<float> layout.Length
            let texts = [ "sgd 0.1", 0; "sgd 0.1 |> nag 0.9", 1; "sgd 0.1 |> sam 0.05", 2 ]

            for old, _ in texts do
                for next, probes in texts do
                    let session = (planned old).Start(ReadOnlySpan(numbers 0 layout.Length))
                    session.Step(ReadOnlySpan gradient, atPoint = true) |> ignore
                    session.Carry(planned next, allowed) |> ignore
                    let before = session.Snapshot()

                    for _ in 1..2 do
                        if probes > 0 then
                            refused typeof<InvalidOperationException> [ "Point" ] (fun () ->
                                session.Step(ReadOnlySpan gradient))

                        if probes = 1 then
                            session.Point(point.AsSpan())
                        elif probes = 2 then
                            session.Point(ReadOnlySpan gradient, point.AsSpan())

                        session.Step(ReadOnlySpan gradient) |> ignore

                    let expected = (planned next).Resume before

                    for _ in 1..2 do
                        expected.Step(ReadOnlySpan gradient, atPoint = true) |> ignore

                    Expect.equal (session.Snapshot()) (expected.Snapshot()) $"{old} → {next}")

        testCase "what would be dropped is listed, and allowed where it is asked for" (fun () ->
            let state = from "adam 0.1 |> average 0.9" 3

            argument [ "no place for"; "average of w, b, scalar, empty and 1 more"; "AllowDropped" ] (fun () ->
                (planned "adam 0.1").Carry state)

            let carried = (planned "adam 0.1").Carry(state, allowed)

            Expect.equal
                (names carried.Report.Dropped)
                [
                    "average/w"
                    "average/b"
                    "average/scalar"
                    "average/empty"
                    "average/hidden.w"
                ]
                "dropped"

            Expect.equal (carried.State.Slot "adam.m") (state.Slot "adam.m") "kept"
            Expect.equal (carried.State.Numbers "adam.beta1Power") (state.Numbers "adam.beta1Power") "kept"
            Expect.equal carried.State.Step 3L "time goes on")

        testCase "one part alone would be dropped, and is named; a tensor of another shape is another one" (fun () ->
            let noisy = from "sgd 0.1 |> noise 0.1 0.5 7" 3
            argument [ "no place for: noise.state." ] (fun () -> (planned "sgd 0.1").Carry noisy)
            let carried = (planned "sgd 0.1").Carry(noisy, allowed)
            Expect.equal (names carried.Report.Dropped) [ "noise.state" ] "dropped"
            // As many numbers, in other rows.
            let state =
                ((Optimizer.Sgd 0.1).Plan<float>(Layout.Empty.Add("w", 2, 3))).Init(numbers 0 6)

            let turned = (Optimizer.Sgd 0.1).Plan<float>(Layout.Empty.Add("w", 3, 2))
            argument [ "w[3, 2] is new"; "name and shape" ] (fun () -> turned.Carry state)

            let added =
                CarryOptions(Added = readOnlyDict [ "w", numbers 1 6 ], AllowDropped = true)

            Expect.equal ((turned.Carry(state, added)).State.ToArray()) (numbers 1 6) "begun anew")

        testCase "a stage that is added begins anew, from the parameters it meets" (fun () ->
            let state = from "adam 0.1" 3

            let carried =
                (planned "adam 0.1 |> average 0.9 |> noise 0.1 0.5 7").Carry(state, CarryOptions.Default)

            Expect.equal (carried.State.Slot "average") (state.ToArray()) "a copy of p"
            Expect.equal (carried.State.Count "noise.state") 7L "the seed"

            Expect.equal
                (string carried)
                ("kept: parameters of w, b, scalar, empty and 1 more; adam.m of w, b, scalar, empty and 1 more; adam.v of w, b, scalar, empty and 1 more; adam.beta1Power; adam.beta2Power\n"
                 + "begun anew: noise.state; average of w, b, scalar, empty and 1 more\ndropped: nothing")
                "report"

            Expect.equal ((planned "adam 0.1").Carry(carried.State, allowed).State) state "back")

        testCase "frozen and thawed" (fun () ->
            let state = from "adam 0.1" 3
            argument [ "adam.m of w"; "adam.v of w" ] (fun () -> (planned "adam 0.1 |> freeze \"w\"").Carry state)

            let frozen =
                (planned "adam 0.1 |> freeze \"w\"").Carry(state, allowed).State |> stepDouble 9

            Expect.equal (frozen.Tensor "w") (state.Tensor "w") "frozen"
            let thawed = (planned "adam 0.1").Carry(frozen, CarryOptions.Default)
            Expect.equal (names thawed.Report.Begun) [ "adam.m/w"; "adam.v/w" ] "begun anew"

            Expect.equal
                (thawed.State.Slot "adam.m")
                (Array.append (Array.zeroCreate 6) (frozen.Slot "adam.m"))
                "zero for w, the rest goes on")

        testCase "tensors added, removed, renamed, moved" (fun () ->
            let state = from "sgd 0.1 |> momentum 0.9" 3

            let other =
                Layout.Empty.Add("hidden.w", 5).Add("body", 2, 3).Add("new", 2).Add("b", 1).Add("empty", 0)

            let plan = ((Optimizer.Sgd 0.1).Momentum 0.9).Plan<float> other
            let renamed = readOnlyDict [ "body", "w" ]
            let added = readOnlyDict [ "new", [| 7.0; 8.0 |] ]
            argument [ "new[2] is new"; "Added" ] (fun () -> plan.Carry(state, CarryOptions(Renamed = renamed)))
            argument [ "body[2, 3] is new" ] (fun () -> plan.Carry(state, CarryOptions(Added = added)))

            argument [ "scalar"; "momentum.v of scalar" ] (fun () ->
                plan.Carry(state, CarryOptions(Renamed = renamed, Added = added)))

            let carried =
                plan.Carry(state, CarryOptions(Renamed = renamed, Added = added, AllowDropped = true))

            Expect.equal (carried.State.Tensor "body") (state.Tensor "w") "renamed"
            Expect.equal (carried.State.Tensor "new") [| 7.0; 8.0 |] "added"
            Expect.equal (carried.State.Tensor "hidden.w") (state.Tensor "hidden.w") "moved"

            Expect.equal
                (carried.State.Slot "momentum.v")
                (Array.concat [
                    (state.Slot "momentum.v")[8..12]
                    (state.Slot "momentum.v")[0..5]
                    [| 0.0; 0.0 |]
                    (state.Slot "momentum.v")[6..6]
                ])
                "slots follow their tensors"

            Expect.equal (names carried.Report.Begun) [ "new"; "momentum.v/new" ] "begun"
            Expect.equal (names carried.Report.Dropped) [ "scalar"; "momentum.v/scalar" ] "dropped")

        testCase "renamed there and back: the identity" (fun () ->
            let state = from "adam 0.1 |> average 0.9" 4

            let other = Layout.Empty.Add("e", 5).Add("d", 0).Add("c").Add("b", 1).Add("a", 2, 3)

            let there = [ "a", "w"; "b", "b"; "c", "scalar"; "d", "empty"; "e", "hidden.w" ]
            let plan = state.Plan.Optimizer.Plan<float> other
            let moved = plan.Carry(state, CarryOptions(Renamed = readOnlyDict there)).State

            let back =
                state.Plan.Carry(moved, CarryOptions(Renamed = readOnlyDict [ for a, b in there -> b, a ]))

            Expect.equal back.State state "there and back")

        testCase "restarting starts time anew and keeps the slots" (fun () ->
            let state = from "sgd 0.1 |> momentum 0.9 |> cosine 10" 6
            let anew = state.Plan.Carry(state, CarryOptions(Restart = true)).State
            Expect.equal anew.Step 0L "time"
            Expect.equal (anew.Slot "momentum.v") (state.Slot "momentum.v") "slots"
            // The schedule is 1 at its beginning.
            let constant = (planned "sgd 0.1 |> momentum 0.9").Carry state
            Expect.equal ((stepDouble 9 anew).ToArray()) ((stepDouble 9 constant).ToArray()) "full rate")

        testCase "what cannot be carried leaves everything as it was" (fun () ->
            let state = from "sgd 0.1 |> accumulate 4" 3

            argument [ "accumulate.count"; "3"; "value < 2"; "between two updates" ] (fun () ->
                (planned "sgd 0.1 |> accumulate 2").Carry state)

            let session = (planned "adam 0.1").Start(numbers 0 layout.Length)
            session.Step(numbers 1 layout.Length) |> ignore
            let before = session.Snapshot()
            argument [ "adam.m" ] (fun () -> session.Optimizer <- Optimizer.Sgd 0.1)
            argument [ "\"x*\"" ] (fun () -> session.Optimizer <- (Optimizer.Adam 0.1).Freeze "x*")
            Expect.equal (session.Snapshot()) before "as it was"
            Expect.equal session.Optimizer before.Plan.Optimizer "as it was"
            let report = session.Carry(planned "sgd 0.1", allowed)
            Expect.contains (names report.Dropped) "adam.m/w" "dropped"
            Expect.equal (session.Snapshot().ToArray()) (before.ToArray()) "parameters"
            argument [ "\"x\"" ] (fun () -> state.Plan.Carry(state, CarryOptions(Renamed = readOnlyDict [ "x", "w" ])))
            argument [ "\"x\"" ] (fun () -> state.Plan.Carry(state, CarryOptions(Renamed = readOnlyDict [ "w", "x" ])))

            argument [ "\"b\"" ] (fun () ->
                state.Plan.Carry(state, CarryOptions(Renamed = readOnlyDict [ "w", "b"; "scalar", "b" ])))

            argument [ "\"w\""; "old state" ] (fun () ->
                state.Plan.Carry(state, CarryOptions(Added = readOnlyDict [ "w", numbers 1 6 ]))))

        testCase "a double too large for a float32 is refused" (fun () ->
            let plan = (Optimizer.Sgd 0.1).Plan<float>(Layout.Plain 2)
            let state = plan.Init(vector [ 1.0; 1e300 ])

            argument [ "parameters[1]"; "Single" ] (fun () ->
                ((Optimizer.Sgd 0.1).Plan<float32>(Layout.Plain 2)).Carry state)

            let diverged = plan.Step(state, vector [ infinity; nan ])
            let single = ((Optimizer.Sgd 0.1).Plan<float32>(Layout.Plain 2)).Carry diverged
            Expect.equal single.Step 1L "what is not finite stays so")
    ]
