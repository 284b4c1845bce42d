/// Changes in the middle of a run: another plan, a tensor written from outside; in memory of its own and in the caller's.
module OptCore.Tests.Checkpoints.SessionCarryTests

open System
open Expecto
open OptCore
open OptCore.Tests.BadInput.Refusals

let private layout = Layout.Empty.Add("w", 3).Add("b", 2)
let private start = [| 0.5; -1.0; 2.0; 0.25; -0.75 |]
let private split (values: float[]) = [| values[..2]; values[3..] |]
let private given (values: float[]) : (float[] | null)[] = [| for one in split values -> one |]

let private plan (text: string) =
    (Optimizer.Parse text).Plan<float>(layout, Execution(Threads = 1))

let private gradient (step: int) =
    Array.init layout.Length (fun i -> float ((i * 7 + step * 5) % 11) / 8.0 - 0.5)

[<Tests>]
let tests =
    testList "carry/sessions" [
        testCase "time starts anew where that is asked for, and goes on where it is not" (fun () ->
            for restarts in [ false; true ] do
                let session =
                    (plan "sgd 0.1 |> momentum 0.9 |> cosine 10").Start(ReadOnlySpan start)

                for step in 1..4 do
                    session.Step(ReadOnlySpan(gradient step)) |> ignore

                let next = plan "sgd 0.2 |> momentum 0.9 |> cosine 10"
                let options = CarryOptions(Restart = restarts)
                let expected = next.Carry(session.Snapshot(), options).State
                let report = session.Carry(next, options)
                Expect.isEmpty report.Dropped "nothing is dropped"
                Expect.equal session.StepCount (if restarts then 0L else 4L) "time"
                Expect.equal (session.Snapshot()) expected "the state"
                let flat = next.Resume expected
                session.Step(ReadOnlySpan(gradient 5)) |> ignore
                flat.Step(ReadOnlySpan(gradient 5)) |> ignore
                Expect.equal (session.Snapshot()) (flat.Snapshot()) "goes on")

        testCase "a slot that begins as the parameters begins as the caller's" (fun () ->
            let tensors = split start
            use bound = (plan "sgd 0.1").Bind tensors
            bound.Step(given (gradient 1)) |> ignore
            tensors[0][1] <- 7.5
            tensors[1][0] <- -3.5
            let written = Array.concat tensors
            bound.Carry(plan "sgd 0.1 |> average 0.5") |> ignore
            Expect.equal (Array.concat tensors) written "they stay"
            Expect.equal (bound.Snapshot().Slot "average") written "the average of one")

        testCase "the parameters come back from a point before anything changes" (fun () ->
            let changes: (string * (BoundSession<float> -> unit)) list = [
                "another plan", (fun bound -> bound.Carry(plan "sgd 0.2 |> nag 0.9") |> ignore)
                "another optimizer", (fun bound -> bound.Optimizer <- Optimizer.Parse "sgd 0.3 |> nag 0.9")
            ]

            for name, change in changes do
                let tensors = split start
                use bound = (plan "sgd 0.1 |> nag 0.9").Bind tensors
                bound.Step(given (gradient 1), atPoint = true) |> ignore
                let parameters = Array.concat tensors
                bound.MoveToPoint()
                Expect.notEqual (Array.concat tensors) parameters "at the point"
                change bound
                Expect.equal (Array.concat tensors) parameters name
                Expect.equal (bound.Snapshot().ToArray()) parameters $"{name}: the state")

        testCase "reports and points behind a change are those of the new plan" (fun () ->
            let texts = [
                "sgd 0.1 |> nag 0.9"
                "sgd 0.4 |> nag 0.5"
                "sgd 0.2 |> nag 0.9 |> average 0.5"
            ]

            let tensors = split start
            use bound = (plan texts.Head).Bind tensors
            let flat = (plan texts.Head).Start(ReadOnlySpan start)

            for text in texts do
                bound.Carry(plan text) |> ignore
                flat.Carry(plan text) |> ignore

                for step in 1..2 do
                    let point = Array.zeroCreate<float> layout.Length
                    flat.Point(point.AsSpan())
                    bound.MoveToPoint()
                    Expect.equal (Array.concat tensors) point $"{text}: the point of {step}"

                    Expect.equal
                        (string (bound.StepReported(given (gradient step))))
                        (string (flat.StepReported(ReadOnlySpan(gradient step))))
                        $"{text}: the report of {step}"

                    Expect.equal (Array.concat tensors) (flat.AsSpan().ToArray()) $"{text}: step {step}")

        testCase "a point that was asked for before a tensor was written is none" (fun () ->
            let session = (plan "sgd 0.1 |> nag 0.9").Start(ReadOnlySpan start)
            let point = Array.zeroCreate<float> layout.Length
            session.Step(ReadOnlySpan(gradient 1), atPoint = true) |> ignore
            session.Point(point.AsSpan())
            session.SetTensor("w", vector [ 1.0; 2.0; 3.0 ])

            refused typeof<InvalidOperationException> [ "nag"; "Point" ] (fun () ->
                session.Step(ReadOnlySpan(gradient 2)))

            session.Point(point.AsSpan())
            session.Step(ReadOnlySpan(gradient 2)) |> ignore
            Expect.equal session.StepCount 2L "asked for again")

        testCase
            "of a session that was disposed of there is nothing to change, and nothing that is not there can be put in"
            (fun () ->
                let session = (plan "sgd 0.1").Start(ReadOnlySpan start)

                let isNull (name: string) (action: unit -> 'T) =
                    match caught action with
                    | :? ArgumentNullException as e -> Expect.equal e.ParamName name "the parameter"
                    | e -> failtestf "%O" e

                isNull "plan" (fun () -> session.Carry nothing)
                isNull "value" (fun () -> session.Optimizer <- nothing)
                Expect.equal (session.Snapshot().ToArray()) start "as it was"
                session.Dispose()

                for action in
                    [
                        fun () -> session.Carry(plan "sgd 0.2") |> ignore
                        fun () -> session.Optimizer <- Optimizer.Parse "sgd 0.2"
                        fun () -> session.SetTensor("b", vector [ 8.0; 9.0 ])
                    ] do
                    refused typeof<ObjectDisposedException> [ "disposed of after step 0" ] action)

        testCase "of what is renamed and added every name is one of the layouts" (fun () ->
            let state = (plan "sgd 0.1").Init start
            let other = Layout.Empty.Add("v", 3).Add("b", 2).Add("n", 1)
            let to' = (Optimizer.Parse "sgd 0.1").Plan<float> other

            let carried renamed added =
                to'.Carry(state, CarryOptions(Renamed = readOnlyDict renamed, Added = readOnlyDict added))

            let fits = carried [ "v", "w" ] [ "n", [| 4.0 |] ]
            Expect.equal (fits.State.ToArray()) (Array.append start [| 4.0 |]) "all of them"

            argument [ "\"x\"" ] (fun () -> carried [ "v", "w" ] [ "n", [| 4.0 |]; "x", [| 1.0 |] ])
            argument [ "\"x\"" ] (fun () -> carried [ "v", "w"; "x", "b" ] [ "n", [| 4.0 |] ])
            argument [ "\"x\"" ] (fun () -> carried [ "v", "x" ] [ "n", [| 4.0 |] ])
            argument [ "Two tensors are to come from \"w\"." ] (fun () -> carried [ "v", "w"; "n", "w" ] [])

            // The first of two pairs.
            let four = Layout.Empty.Add("v", 3).Add("x", 3).Add("y", 2).Add("z", 2)

            argument [ "Two tensors are to come from \"w\"." ] (fun () ->
                ((Optimizer.Parse "sgd 0.1").Plan<float> four)
                    .Carry(state, CarryOptions(Renamed = readOnlyDict [ "v", "w"; "x", "w"; "y", "b"; "z", "b" ])))

            argument [ "Added gives 2 parameters for n[1]; it has 1." ] (fun () ->
                carried [ "v", "w" ] [ "n", [| 4.0; 5.0 |] ])

            argument [ "Added gives n[0] = NaN" ] (fun () -> carried [ "v", "w" ] [ "n", [| nan |] ])

            argument [ "The tensor \"v\" is in the old state; Added is for new ones." ] (fun () ->
                carried [ "v", "w" ] [ "n", [| 4.0 |]; "v", [| 1.0; 2.0; 3.0 |] ]))
    ]
