/// Rows of docs/differences.md for which no peer has a trajectory: values by hand.
module OptCore.Tests.DifferenceTests

open System
open Expecto
open OptCore

let private two = Layout.Empty.Add("a", 1).Add("b", 1)

let private vector (values: float list) : float[] = Array.ofList values

let private step (text: string) (gradient: float[]) =
    let plan = (Optimizer.Parse text).Plan<float> two
    plan.Step(plan.Init(vector [ 0.0; 0.0 ]), gradient).ToArray()

[<Tests>]
let tests =
    testList "differences by hand" [
        testCase "clip per tensor: Keras' clipnorm is clipPerTensor, not clip" (fun () ->
            Expect.equal (step "sgd 1.0 |> clipPerTensor 1.0" [| 3.0; 4.0 |]) [| -1.0; -1.0 |] "each to length 1"
            Expect.equal (step "sgd 1.0 |> clip 2.5" [| 3.0; 4.0 |]) [| -1.5; -2.0 |] "together to 2.5"

            Expect.equal
                (step (string (Dialect.Read(Peer.Keras, "SGD(1.0, clipnorm=1.0)").Optimizer)) [| 3.0; 4.0 |])
                [| -1.0; -1.0 |]
                "the dialect says so")

        testCase "plateau: a worsening negative loss is no improvement" (fun () ->
            // best·(1 − 0.1) of −1 is −0.9, below which −0.95 would be: PyTorch goes on without a reduction.
            let plan =
                (Optimizer.Parse "sgd 1.0 |> plateauWith (Plateau(1, 0.5, Threshold = 0.1))").Plan 1

            let session = plan.Start(ReadOnlySpan [| 0.0 |])

            let moves = [
                for loss in [ -1.0; -0.95; -0.92; -0.91 ] do
                    let before = session.AsSpan()[0]
                    session.Step(ReadOnlySpan [| 1.0 |], loss) |> ignore
                    before - session.AsSpan()[0]
            ]

            Expect.equal moves [ 1.0; 1.0; 1.0; 0.5 ] "reduced behind two that are worse")

        testCase "unknown names are errors that name the nearest" (fun () ->
            let error =
                Expect.throwsC (fun () -> Optimizer.Parse "sgd 0.1 |> momentm 0.9" |> ignore) id

            match error with
            | :? OptimizerParseException as e -> Expect.equal e.Suggestion "momentum" e.Message
            | e -> failtestf "%O" e

            Expect.throwsC (fun () -> Dialect.Read(Peer.Torch, "SGD(lr=0.1, momentm=0.9)") |> ignore) (fun e ->
                Expect.stringContains
                    e.Message
                    "SGD has no argument momentm; did you mean momentum?"
                    "in a dialect too"))

        testCase "loading state: that of another plan is refused" (fun () ->
            let plan (text: string) (layout: Layout) =
                (Optimizer.Parse text).Plan<float> layout

            let state = (plan "sgd 0.1 |> momentum 0.9" two).Init(vector [ 0.0; 0.0 ])
            // As many numbers under other names, which PyTorch loads.
            let other = Layout.Empty.Add("b", 1).Add("a", 1)

            Expect.throwsT<ArgumentException>
                (fun () ->
                    (plan "sgd 0.1 |> momentum 0.9" other).Step(state, vector [ 1.0; 1.0 ])
                    |> ignore)
                "tensors"

            Expect.throwsT<ArgumentException>
                (fun () -> (plan "sgd 0.1 |> nesterov 0.9" two).Step(state, vector [ 1.0; 1.0 ]) |> ignore)
                "optimizer")

        testCase "step counter: one for all stages, 64 bits" (fun () ->
            let plan = (Optimizer.Parse "adam 0.1 |> cosine 10 |> average 0.9").Plan 1
            let state = plan.Step(plan.Init(vector [ 0.0 ]), vector [ 1.0 ])
            Expect.equal (state.Step.GetType(), state.Step) (typeof<int64>, 1L) "t"
            // Beyond 2²⁴, where a float32 counts no further.
            Expect.equal (plan.RateAt((1L <<< 24) + 1L)) (plan.RateAt 10L) "schedules too")

        testCase "order of words, masks, decay on biases: as the golden cases" (fun () ->
            Expect.equal
                (Optimizer.Parse "sgd 0.1 |> clip 1.0 |> momentum 0.9")
                (Optimizer.Parse "sgd 0.1 |> momentum 0.9 |> clip 1.0")
                "words of different phases commute")
    ]
