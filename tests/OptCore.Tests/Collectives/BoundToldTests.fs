/// What a session in the caller's memory tells of itself on ranks, whichever way it is stepped; and ranks that have no gradient at all.
module OptCore.Tests.BoundToldTests

open System
open Expecto
open OptCore
open OptCore.Tests.OnRanks
open OptCore.Tests.TwoTensors
open OptCore.Tests.BadInput.Refusals

let private ways: (string * (DistributedBoundSession<float> -> float[] -> float -> StepOutcome)) list = [
    "arrays", (fun session values loss -> session.Step(given values, loss))
    "blocks", (fun session values loss -> session.Step(ReadOnlySpan(blocks values), loss))
    "names", (fun session values loss -> session.Step(readOnlyDict (Seq.zip [ "w"; "b" ] (split values)), loss))
    "arrays, reported", (fun session values loss -> (session.StepReported(given values, loss)).Outcome)
    "blocks, reported", (fun session values loss -> (session.StepReported(ReadOnlySpan(blocks values), loss)).Outcome)
]

/// (1 + … + n)/n times what the losses of a step are multiplied by.
let private lossOf step size =
    float (1 + step % 2) * float (1 + size) / 2.0

[<Tests>]
let tests =
    testList "ranks/told in the caller's memory" [
        for name, way in ways do
            testCase $"{name}: the mean of the losses, the count, the rate, a stop" (fun () ->
                // The second one looks at the loss: two steps without a smaller one halve the rate.
                for text in [ "sgd 0.1 |> cosine 10"; "sgd 0.1 |> plateau 1 0.5"; "adam 0.01 |> clip 1.0" ] do
                    let plan = double text layout

                    for size in [ 1; 2; 3 ] do
                        let flat = plan.Start(ReadOnlySpan start)

                        let states = [
                            for step in 0..4 do
                                flat.Step(ReadOnlySpan(meanOf size (gradient step)), lossOf step size) |> ignore
                                flat.Snapshot()
                        ]

                        onRanks size (fun ranks ->
                            let tensors = split start
                            use session = plan.Bind(ranks, tensors)
                            Expect.isTrue (Double.IsNaN session.Loss) "no loss yet"
                            Expect.isFalse session.MustStop "nobody has asked"
                            Expect.equal session.StepCount 0L "no step"
                            Expect.equal (string session.Optimizer) text "the optimizer"
                            Expect.isTrue (Object.ReferenceEquals(session.Plan, plan)) "the plan"

                            for step in 0..4 do
                                if step = 3 && ranks.Rank = size - 1 then
                                    session.Session.RequestStop()

                                Expect.equal (session.Rate()) (plan.RateAt(int64 step)) "the rate of the coming step"
                                let loss = float (1 + step % 2) * float (1 + ranks.Rank)

                                Expect.equal
                                    (way session (gradient step ranks.Rank) loss)
                                    StepOutcome.Updated
                                    "the outcome"

                                Expect.equal session.Loss (lossOf step size) $"{text}: the loss of {step} on {size}"
                                Expect.equal session.MustStop (step >= 3) $"{text}: a stop at {step} on {size}"
                                Expect.equal session.StepCount (int64 step + 1L) "the count"
                                Expect.equal (Array.concat tensors) (states[step].ToArray()) $"{text}: step {step}"

                            Expect.isTrue (session.Gather().Equals(List.last states)) $"{text} on {size}: the state"))

            testCase $"{name}: the scale of the loss" (fun () ->
                let plan =
                    double "adam 0.01 |> lossScaleWith (LossScale(Initial = 4.0, Every = 2))" layout

                for size in [ 1; 2 ] do
                    onRanks size (fun ranks ->
                        use session = plan.Bind(ranks, split start)

                        let scales = [
                            for step in 0..4 do
                                session.LossScale
                                way session (gradient step ranks.Rank) 1.0 |> ignore
                        ]

                        Expect.equal scales [ 4.0; 4.0; 8.0; 8.0; 16.0 ] $"on {size}: twice as much after two")

            )

            testCase $"{name}: a loss that is needed and not there is refused, and nothing is done" (fun () ->
                let plan = double "sgd 0.1 |> plateau 1 0.5" layout

                for size in [ 1; 2 ] do
                    onRanks size (fun ranks ->
                        let tensors = split start
                        use session = plan.Bind(ranks, tensors)

                        argument [ "needs the loss of every step" ] (fun () ->
                            way session (gradient 0 ranks.Rank) nan)

                        Expect.equal (session.StepCount, Array.concat tensors) (0L, start) $"on {size}"))

        for text in
            [
                "sgd 0.1 |> momentum 0.9"
                "adam 0.01 |> clip 1.0"
                "lamb 0.01 0.1"
                "lbfgs 2 0.1"
            ] do
            testCase $"{text}: what a rank without any gradient hands in is not looked at" (fun () ->
                let plan = double text layout

                for size in [ 2; 3 ] do
                    for idle in 0 .. size - 1 do
                        let zeroed step rank =
                            if rank = idle then
                                Array.zeroCreate layout.Length
                            else
                                gradient step rank

                        let flat = plan.Start(ReadOnlySpan start)

                        for step in 0..3 do
                            flat.Step(ReadOnlySpan(meanOf size (zeroed step)), 1.0) |> ignore

                        onRanks size (fun ranks ->
                            use session = plan.Start(ranks, ReadOnlySpan start)

                            for step in 0..3 do
                                let isIdle = ranks.Rank = idle

                                let values =
                                    if isIdle then
                                        Array.create layout.Length nan
                                    else
                                        gradient step ranks.Rank

                                let flags = Array.create 2 (not isIdle)

                                if step % 2 = 0 then
                                    session.Step(ReadOnlySpan values, ReadOnlySpan flags, 1.0) |> ignore
                                else
                                    session.StepReported(ReadOnlySpan values, ReadOnlySpan flags, 1.0) |> ignore

                            Expect.isTrue (session.Gather().Equals(flat.Snapshot())) $"{idle} of {size}"))
    ]
