/// Plans that fit no tensors, and steps with a wrong gradient, loss or state: refused, and the state stays.
module OptCore.Tests.BadInput.PlanTests

open System
open Expecto
open OptCore
open OptCore.Tests.BadInput.Refusals

// Of its own, so that no local keeps it alive.
[<System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)>]
let private memoryOf (session: Session<float>) = WeakReference session.Store

let private tensors = Layout.Empty.Add("layer.w", 2, 2).Add("layer.b", 2)

let private plans =
    testList "plans" [
        testTheory
            "a pattern that matches no tensor names those there are"
            [
                "sgd 0.1 |> freeze \"bias\""
                "sgd 0.1 |> rateFor \"bias\" 2.0"
                "sgd 0.1 |> only \"bias\" (momentum 0.9)"
                "sgd 0.1 |> except \"bias\" (momentum 0.9)"
                "sgd 0.1 |> only \"bias\" (cosine 10)"
                "partition [\"bias\", sgd 0.1; \"*\", sgd 0.2]"
            ]
            (fun source ->
                argument [ "\"bias\""; "\"layer.w\""; "\"layer.b\"" ] (fun () ->
                    (Optimizer.Parse source).Plan<float> tensors))

        testCase "a scope inside a scope that matches nothing" (fun () ->
            argument [ "\"bias\"" ] (fun () ->
                (Optimizer.Parse "sgd 0.1 |> only \"layer.*\" (only \"bias\" (momentum 0.9))").Plan<float> tensors))

        testCase "a part that is shadowed, a tensor that is left over" (fun () ->
            argument [ "\"layer.b\""; "earlier" ] (fun () ->
                (Optimizer.Parse "partition [\"layer.*\", sgd 0.1; \"layer.b\", sgd 0.2]").Plan<float> tensors)

            argument [ "\"layer.b\""; "\"layer.w\"" ] (fun () ->
                (Optimizer.Parse "partition [\"layer.w\", sgd 0.1]").Plan<float> tensors))

        testCase "parameters that are not finite" (fun () ->
            let plan = (Optimizer.Parse "sgd 0.1").Plan<float> tensors
            argument [ "parameters[2] = NaN"; "finite" ] (fun () -> plan.Init(vector [ 1.0; 2.0; nan; 0.0; 0.0; 0.0 ]))
            argument [ "parameters[5]"; "finite" ] (fun () -> plan.Start(vector [ 1.0; 2.0; 3.0; 0.0; 0.0; infinity ])))

        testCase "two rates inside" (fun () ->
            argument [ "velocity"; "lars"; "\"layer.w\"" ] (fun () ->
                (Optimizer.Parse "lars 0.1 0.5 |> velocity 0.9").Plan<float> tensors))

        testCase "the same tensor twice" (fun () ->
            argument [ "\"layer.w\""; "already" ] (fun () -> tensors.Add("layer.w", 3)))

        testCase "another number type" (fun () ->
            argument [ "Half"; "Single"; "Double" ] (fun () -> (Optimizer.Sgd 0.1).Plan<Half> tensors))

        testCase "a negative length, a thread less than one, an unknown width" (fun () ->
            range [ "-1" ] (fun () -> (Optimizer.Sgd 0.1).Plan -1)
            range [ "Threads = 0" ] (fun () -> Execution(Threads = 0))
            range [ "Bits = 100"; "128" ] (fun () -> Execution(Bits = 100)))

        testCase "no such tensor, no such slot, another kind of slot" (fun () ->
            let plan = (Optimizer.Parse "adam 0.1").Plan<float> tensors
            let state = plan.Init(vector [ 1.0; 2.0; 3.0; 4.0; 5.0; 6.0 ])
            argument [ "\"w\""; "\"layer.w\"" ] (fun () -> plan.RateAt(0L, "w"))
            range [ "-1" ] (fun () -> plan.RateAt -1L)
            argument [ "\"b\""; "\"layer.b\"" ] (fun () -> state.Tensor "b")
            argument [ "\"adam.x\""; "adam.m, adam.v" ] (fun () -> state.Slot "adam.x")
            argument [ "\"adam.m\""; "Element" ] (fun () -> state.Numbers "adam.m"))
    ]

let private six = vector [ 1.0; -2.0; 3.0; -4.0; 5.0; -6.0 ]

let private stepping =
    let text =
        "adam 0.1 |> clip 1.0 |> accumulate 2 |> skipNonFinite 2 |> plateau 1 0.5 |> noise 0.1 0.5 3 |> average 0.9"

    let plan = (Optimizer.Parse text).Plan<float> tensors

    let wrong: (string * (float[] * float) * string list) list = [
        "too short", (vector [ 1.0; 2.0 ], 1.0), [ "gradient"; "2"; "6" ]
        "too long", (vector [ 1.0 .. 7.0 ], 1.0), [ "gradient"; "7"; "6" ]
        "none", (vector [], 1.0), [ "gradient"; "0"; "6" ]
        "no loss", (six, nan), [ "loss"; "plateau" ]
    ]

    let start () =
        let session = plan.Start(vector [ 1.0 .. 6.0 ])

        for loss in [ 3.0; 2.0; 2.0; 2.0; 1.0 ] do
            session.Step(six, loss) |> ignore

        session

    testList "steps" [
        testTheory "Step refuses and the state stays" wrong (fun (_, (gradient, loss), words) ->
            let state = start().Snapshot()
            let copy = start().Snapshot()
            argument words (fun () -> plan.Step(state, gradient, loss))
            argument words (fun () -> plan.StepReported(state, gradient, loss))
            argument words (fun () -> plan.Step(state, gradient, copy, loss))
            argument words (fun () -> plan.Step(state, gradient, state, loss))
            Expect.equal state copy "both states are as they were, and not given up")

        testTheory "Session.Step refuses and the session stays" wrong (fun (_, (gradient, loss), words) ->
            let session = start ()
            let before = session.Snapshot()
            argument words (fun () -> session.Step(gradient, loss))
            argument words (fun () -> session.StepReported(gradient, loss))
            Expect.equal (session.Snapshot()) before "state"
            Expect.equal session.StepCount 2L "t"
            session.Step(six, 1.0) |> ignore
            let other = start ()
            other.Step(six, 1.0) |> ignore
            Expect.equal (session.Snapshot()) (other.Snapshot()) "and goes on")

        testCase "a gradient that overlaps the parameters" (fun () ->
            let session = start ()
            let before = session.Snapshot()
            argument [ "overlaps"; "copy" ] (fun () -> session.Step(session.AsSpan(), 1.0))
            argument [ "overlaps"; "copy" ] (fun () -> session.StepReported(session.AsSpan(), 1.0))
            Expect.equal (session.Snapshot()) before "state"
            let state = start().Snapshot()
            let copy = start().Snapshot()
            argument [ "given up"; "copy" ] (fun () -> plan.Step(state, state.AsSpan(), state, 1.0))
            argument [ "given up"; "copy" ] (fun () -> plan.Step(state, copy.AsSpan(), copy, 1.0))
            Expect.equal state copy "neither was given up"
            // Pure: the state is not written.
            plan.Step(state, state.AsSpan(), 1.0) |> ignore
            Expect.equal state copy "unchanged")

        testCase "a state of another plan" (fun () ->
            let other = (Optimizer.Parse "sgd 0.1").Plan<float> tensors
            let foreign = other.Init six
            let state = start().Snapshot()

            for use' in
                [
                    fun () -> plan.Step(foreign, six, 1.0) |> ignore
                    fun () -> plan.Step(state, six, foreign, 1.0) |> ignore
                    fun () -> plan.StepReported(foreign, six, 1.0) |> ignore
                    fun () -> plan.Resume foreign |> ignore
                    fun () -> plan.Point foreign |> ignore
                ] do
                argument [ "another plan"; "sgd 0.1"; "adam 0.1" ] use'

            Expect.equal (foreign.ToArray()) six "not given up")

        testCase "a state of an equal plan is welcome" (fun () ->
            let twin = (Optimizer.Parse text).Plan<float> tensors
            Expect.equal (twin.Step(start().Snapshot(), six, 1.0)) (plan.Step(start().Snapshot(), six, 1.0)) "state")

        testCase "a given-up state: every use says so" (fun () ->
            let old = start().Snapshot()
            let state = plan.Step(old, six, 1.0)
            plan.Step(state, six, old, 1.0) |> ignore

            for use' in
                [
                    fun () -> old.ToArray() |> ignore
                    fun () -> old.AsSpan().Length |> ignore
                    fun () -> old.Slot "adam.m" |> ignore
                    fun () -> old.Numbers "plateau.best" |> ignore
                    fun () -> old.Count "accumulate.count" |> ignore
                    fun () -> old.Tensor "layer.b" |> ignore
                    fun () -> old.GetHashCode() |> ignore
                    fun () -> plan.Step(old, six, 1.0) |> ignore
                    fun () -> plan.Step(state, six, old, 1.0) |> ignore
                    fun () -> plan.StepReported(old, six, 1.0) |> ignore
                    fun () -> plan.Resume old |> ignore
                    fun () -> plan.Point old |> ignore
                ] do
                refused typeof<ObjectDisposedException> [ "given up"; "step 2" ] use'

            Expect.equal (state.ToArray().Length) 6 "the other state is untouched"
            Expect.stringContains (string old) "given up" "it still prints")

        testCase
            "a session that was disposed of: every use says so, its memory is let go, its snapshots stay"
            (fun () ->
                let session = start ()
                session.Step(six, 1.0) |> ignore
                let before = session.Snapshot()
                let memory = memoryOf session
                session.Dispose()
                session.Dispose()

                for use' in
                    [
                        fun () -> session.Step(six, 1.0) |> ignore
                        fun () -> session.Step(ReadOnlySpan six, ReadOnlySpan [| true; false |], 1.0) |> ignore
                        fun () -> session.StepReported(six, 1.0) |> ignore
                        fun () -> session.Trace(six, 1.0) |> ignore
                        fun () -> session.Point(Span(Array.zeroCreate<float> 6))
                        fun () -> session.Snapshot() |> ignore
                        fun () -> session.AsSpan().Length |> ignore
                        fun () -> session.SetTensor("layer.b", ReadOnlySpan [| 1.0; 2.0 |])
                        fun () -> session.Carry plan |> ignore
                    ] do
                    refused typeof<ObjectDisposedException> [ "Session"; "6 parameters"; "after step 3" ] use'

                GC.Collect()
                GC.WaitForPendingFinalizers()
                GC.Collect()
                Expect.isFalse memory.IsAlive "the buffers"
                Expect.stringContains (string session) "disposed of after step 3" "it still prints"
                Expect.equal (plan.Resume(before).Snapshot()) before "the snapshot")

        testCase "skipNonFinite gives up: the exception names the place, nothing else changes" (fun () ->
            let session = start ()
            let bad = Array.copy six
            bad[5] <- nan
            Expect.equal (session.Step(bad, 1.0)) StepOutcome.Skipped "the first is skipped"
            let before = session.Snapshot()

            match caught (fun () -> session.Step(bad, 1.0)) with
            | :? NonFiniteGradientException as e ->
                Expect.equal (e.Tensor, e.Index, e.Step) ("layer.b", 1, 2L) "place"
                Expect.stringContains e.Message "\"layer.b\"" "tensor"
                Expect.stringContains e.Message "2 gradients in a row were not" "how many"
            | e -> failtestf "%O" e

            let after = session.Snapshot()
            Expect.equal (after.ToArray()) (before.ToArray()) "parameters"
            Expect.equal (after.Slot "adam.m") (before.Slot "adam.m") "slots"
            Expect.equal after.Step before.Step "t"
            // Pure: the state itself is the way back.
            refused typeof<NonFiniteGradientException> [] (fun () -> plan.Step(before, bad, 1.0))
            refused typeof<NonFiniteGradientException> [] (fun () -> plan.StepReported(before, bad, 1.0))
            Expect.equal before (before.Plan.Resume(before).Snapshot()) "still usable"
            plan.Step(before, six, 1.0) |> ignore)

        testCase "Init, Start and Point: wrong lengths" (fun () ->
            argument [ "parameters"; "5"; "6" ] (fun () -> plan.Init(vector [ 1.0 .. 5.0 ]))
            argument [ "parameters"; "7"; "6" ] (fun () -> plan.Start(vector [ 1.0 .. 7.0 ]))
            let sam = (Optimizer.Parse "sgd 0.1 |> sam 0.1").Plan<float> tensors
            let session = sam.Start six
            argument [ "point"; "2"; "6" ] (fun () -> session.Point(six, Span<float>(Array.zeroCreate 2)))

            argument [ "gradient"; "2"; "6" ] (fun () ->
                session.Point(vector [ 1.0; 2.0 ], Span<float>(Array.zeroCreate 6)))

            argument [ "sam"; "gradient" ] (fun () -> session.Point(Span<float>(Array.zeroCreate 6)))
            Expect.equal (session.Snapshot()) (sam.Init six) "as it was")
    ]

[<Tests>]
let tests = testList "bad input" [ plans; stepping ]
