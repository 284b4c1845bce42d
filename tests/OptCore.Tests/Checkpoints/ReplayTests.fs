/// Logs of runs, and runs made again from them.
module OptCore.Tests.Checkpoints.ReplayTests

open System
open System.IO
open Expecto
open OptCore
open OptCore.Tests.BadInput.Refusals
open OptCore.Tests.Checkpoints.Published

/// A bowl whose gradient has one bit more at one step and index.
type private Bent(dimension: int, step: int64, index: int) =
    interface IObjective with
        member _.Dimension = dimension

        member _.Evaluate(parameters: ReadOnlySpan<float>, gradient: Span<float>) =
            let mutable sum = 0.0

            for i in 0 .. dimension - 1 do
                let c = float (1 + i % 3)
                gradient[i] <- c * parameters[i]
                sum <- sum + 0.5 * c * parameters[i] * parameters[i]

            sum

        member this.Evaluate(t: int64, parameters: ReadOnlySpan<float>, gradient: Span<float>) =
            let value = (this :> IObjective).Evaluate(parameters, gradient)

            if t = step then
                gradient[index] <- Math.BitIncrement gradient[index]

            value

let private straight dimension = Bent(dimension, -1L, 0) :> IObjective
let private layout = Layout.Empty.Add("w", 2, 3).Add("b", 4)

let private recorded (layout: Layout) (text: string) (steps: int64) (test: string -> Result<float> -> unit) =
    inFolder (fun folder ->
        let path = Path.Combine(folder, "a.log")
        let start = Array.init layout.Length (fun i -> sin (float i + 1.0))
        let plan = (Optimizer.Parse text).Plan<float> layout

        test
            path
            (Minimizer.Minimize(plan, straight layout.Length, start, MinimizeOptions(Steps = steps, Record = path))))

[<Tests>]
let tests =
    testList "checkpoint/replay" [
        testCase "the same run is the same, in every way of running" (fun () ->
            for text in
                [
                    "adam 0.1 |> cosine 30"
                    "sgd 0.1 |> nag 0.9"
                    "sgd 0.1 |> sam 0.05 |> noise 0.1 0.5 3"
                    "sgd 0.1 |> accumulate 3 |> skipNonFinite 2 |> plateau 2 0.5"
                ] do
                recorded layout text 20L (fun path _ ->
                    for execution in [ Execution.Default; Execution(Fuse = false, Bits = 128, Threads = 1) ] do
                        let replay = Replay.Run(path, straight layout.Length, execution)
                        Expect.isNull replay.Difference text
                        Expect.equal (string replay) "the same for 20 updates" text))

        testCase "recording changes nothing" (fun () ->
            recorded layout "adam 0.1" 20L (fun _ result ->
                let plain =
                    Minimizer.Minimize(
                        (Optimizer.Adam 0.1).Plan<float> layout,
                        straight layout.Length,
                        Array.init layout.Length (fun i -> sin (float i + 1.0)),
                        MinimizeOptions(Steps = 20L)
                    )

                Expect.equal result plain "the same result"))

        testTheory
            "one bit is found, with its step, tensor and index"
            [
                0L, 0, "step 0: gradient differs at w[0]"
                7L, 5, "step 7: gradient differs at w[5]"
                12L, 9, "step 12: gradient differs at b[3]"
            ]
            (fun (step, index, expected) ->
                recorded layout "sgd 0.1 |> momentum 0.9" 20L (fun path _ ->
                    let replay = Replay.Run(path, Bent(layout.Length, step, index))
                    Expect.equal (string replay) expected "text"
                    Expect.equal replay.Steps step "compared before"))

        testCase "in a long vector, the block" (fun () ->
            let long = Layout.Empty.Add("w", 3000).Add("b", 2000)

            recorded long "sgd 0.1" 5L (fun path _ ->
                Expect.equal
                    (string (Replay.Run(path, Bent(5000, 3L, 3007))))
                    "step 3: gradient differs within 5 numbers from b[5] on"
                    "block"))

        testCase "another optimizer in the log: parameters and rate" (fun () ->
            recorded layout "sgd 0.5" 5L (fun path _ ->
                let lines = File.ReadAllLines path
                // The rate of update 2, and another log's parameters at update 3.
                let changed (line: int) (field: int) (text: string) =
                    let fields = lines[line + 3].Split ' '
                    fields[field] <- text

                    File.WriteAllLines(
                        path,
                        lines
                        |> Array.mapi (fun i l -> if i = line + 3 then String.Join(' ', fields) else l)
                    )

                changed 2 1 "3fd0000000000000"
                Expect.equal (string (Replay.Run(path, straight layout.Length))) "step 2: rate differs" "rate"
                changed 3 4 (String('0', 4 * layout.Length))

                Expect.equal
                    (string (Replay.Run(path, straight layout.Length)))
                    "step 3: parameters differ at w[0]"
                    "parameters"))

        testCase "the log of a killed run ends within a line" (fun () ->
            recorded layout "sgd 0.5" 6L (fun path _ ->
                let text = File.ReadAllText path

                for cut in [ 2; 20; 41; 60; 100 ] do
                    File.WriteAllText(path, text.Substring(0, text.Length - cut))
                    let replay = Replay.Run(path, straight layout.Length)
                    Expect.isNull replay.Difference $"cut by {cut}"
                    Expect.isGreaterThanOrEqual replay.Steps 4L $"cut by {cut}"))

        testCase "what is no log" (fun () ->
            recorded layout "sgd 0.5" 6L (fun path _ ->
                let lines = File.ReadAllLines path
                argument [ "10 parameters"; "3" ] (fun () -> Replay.Run(path, straight 3))
                File.WriteAllLines(path, Array.insertAt 5 "nothing" lines)
                refused typeof<FormatException> [ "nothing" ] (fun () -> Replay.Run(path, straight 10))
                File.WriteAllLines(path, Array.tail lines)
                refused typeof<FormatException> [ "optdsl-log 1" ] (fun () -> Replay.Run(path, straight 10))
                File.WriteAllLines(path, lines |> Array.map (fun line -> line.Replace("start ", "start AAAA")))
                refused typeof<CheckpointException> [] (fun () -> Replay.Run(path, straight 10))))
    ]
